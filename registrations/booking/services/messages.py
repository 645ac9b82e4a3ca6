"""What people are told, and when: writing messages. `sending` sends them by a job, over `gateways`.

A message names the event, place, day, date, hour and slip code; never a person's name or NIK. Here is
also the one home of contacts: what one is, how it is sealed, and whose it is. `contacts` changes them.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.core.crypto import decrypt, encrypt
from dukcapil.core.errors import Invalid
from dukcapil.core.ids import uuid7
from dukcapil.core.prepared import Hot, Step, as_array, hot, in_a_row
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from registrations.booking.enums import (
    AppointmentState,
    Channel,
    MessageKind,
    MessageState,
    WaitState,
)
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.contacted import Contacted
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.message import Message
from registrations.booking.models.waiting import Waiting

#: Reminders go out on the evening before.
EVENING = time(17)
_PHONE = re.compile(r"\+62[0-9]{8,12}")

#: Who can be told.
Owner: TypeAlias = Appointment | VisitGroup | Waiting

_NEWS = [kind for kind in MessageKind.of_visits() if kind != MessageKind.CANCELLED]


@dataclass(frozen=True)
class Contact:
    channel: str
    address: str

    def sealed(self, owner: uuid.UUID | int) -> bytes:
        return encrypt(self.address, context=str(owner))

    @property
    def hint(self) -> str:
        """Enough to tell whether it is the right one, too little to write to."""
        if self.channel == Channel.EMAIL:
            name, _at, domain = self.address.rpartition("@")
            return f"{name[:1]}•••@{domain}"
        return f"••• {self.address[-3:]}"


def contact_from(text: str) -> Contact | None:
    """An e-mail address or an Indonesian mobile number; None for an empty text. Raises Invalid."""
    text = text.strip()
    if not text:
        return None
    if "@" in text:
        try:
            validate_email(text)
        except ValidationError as error:
            raise Invalid("contact", _("This is no e-mail address."), field="contact") from error
        return Contact(Channel.EMAIL, text)
    digits = re.sub(r"[\s().-]", "", text)
    number = "+62" + digits[1:] if digits.startswith("0") else digits
    number = "+" + number if number.startswith("62") else number
    if not _PHONE.fullmatch(number):
        raise Invalid(
            "contact",
            _("An e-mail address, or an Indonesian phone number such as 0812 3456 7890."),
            field="contact",
        )
    return Contact(Channel.PHONE, number)


def contact_of(owner: Contacted) -> Contact | None:
    if not owner.channel or owner.contact is None:
        return None
    return Contact(owner.channel, decrypt(bytes(owner.contact), context=str(owner.pk)))


def with_contact(
    *, event: ServiceEvent | None = None, session: ServiceSession | None = None
) -> list[Owner]:
    """Who left a contact and is still to come, of an event or of a session: open bookings, groups, and
    those who wait for a place. Of a group that moved away nobody comes any more.
    """
    where = Q(session=session) if session else Q(event=event)
    visits = Appointment.objects.filter(where, state__in=AppointmentState.active())
    groups = groups_to_come().filter(where)
    entries = Waiting.objects.filter(where, state=WaitState.WAITING)
    related = "session__event__village"
    return [
        *visits.exclude(channel="").select_related(related),
        *groups.exclude(channel="").select_related(related),
        *entries.exclude(channel="").select_related(related),
    ]


def groups_to_come() -> QuerySet[VisitGroup]:
    """Groups of which somebody is booked, here or waits for a place. Of one, nobody may be on a list
    yet: an institution that asked for a visit.
    """
    of_group = {"group": OuterRef("pk")}
    visits, entries = Appointment.objects.filter(**of_group), Waiting.objects.filter(**of_group)
    return VisitGroup.objects.filter(
        Exists(visits.filter(state__in=AppointmentState.active()))
        | Exists(entries.filter(state=WaitState.WAITING))
        | ~(Exists(visits) | Exists(entries)),
        cancelled_at=None,
    )


# --- writing ----------------------------------------------------------------------------------------


def remind(owner: Appointment | VisitGroup, contact: Contact) -> None:
    """A reminder for the evening before instead of one that waits; none when that evening is past."""
    _remind([(owner, contact)])


def remind_all(owners: Iterable[Owner]) -> None:
    """The same for everybody who left a contact and has a place."""
    placed = [owner for owner in owners if not isinstance(owner, Waiting)]
    _remind([(owner, contact) for owner in placed if (contact := contact_of(owner))])


def _remind(told: list[tuple[Owner, Contact]]) -> None:
    _drop(to(owner for owner, _contact in told), [MessageKind.REMINDER])
    now = timezone.now()
    Message.objects.bulk_create(
        _message(owner, contact, MessageKind.REMINDER, due_at)
        for owner, contact in told
        if (due_at := _evening_before(owner)) > now
    )


def _evening_before(owner: Owner) -> datetime:
    session = owner.session
    zone = ZoneInfo(session.event.village.timezone)
    day = session.starts_at.astimezone(zone).date() - timedelta(days=1)
    return datetime.combine(day, EVENING, zone)


def tell(kind: str, owners: Iterable[Owner]) -> int:
    """A message to each that left a contact, to be sent at once; returns how many.

    It takes the place of one of the same kind that waits; a cancellation that of everything.
    """
    now = timezone.now()
    told = [(owner, contact) for owner in owners if (contact := contact_of(owner))]
    whole = kind == MessageKind.CANCELLED
    kinds = list(MessageKind.of_visits()) if whole else [MessageKind(kind)]
    _drop(to(owner for owner, _contact in told), kinds)
    Message.objects.bulk_create(_message(owner, contact, kind, now) for owner, contact in told)
    return len(told)


def tell_card_ready(owners: Iterable[Owner]) -> int:
    """Their cards are printed and wait; `cards` says once for each."""
    return tell(MessageKind.CARD_READY, owners)


def tell_moved(owners: Collection[Owner]) -> int:
    """Their hours changed: they are told, and reminded on the evening before the new day."""
    remind_all(owners)
    return tell(MessageKind.MOVED, owners)


def _message(owner: Owner, contact: Contact, kind: str, due_at: datetime) -> Message:
    message_id = uuid7()
    return Message(
        id=message_id,
        office_id=owner.office_id,
        event_id=owner.event_id,
        kind=kind,
        channel=contact.channel,
        address=contact.sealed(message_id),
        due_at=due_at,
        appointment=owner if isinstance(owner, Appointment) else None,
        group=owner if isinstance(owner, VisitGroup) else None,
        waiting=owner if isinstance(owner, Waiting) else None,
    )


# --- taking back ------------------------------------------------------------------------------------
# What tells that something does not take place is sent, for that is news of an end.


def _dropping(name: str, of: str, kind: str) -> Hot:
    """As `_drop`, for what every desk asks: by ids, kinds of news, and the moment."""
    return hot(
        name,
        f"""
UPDATE registrations_message SET state = '{MessageState.DROPPED}', address = NULL, finished_at = $3::timestamptz
 WHERE {of} = ANY ($1::{kind}[]) AND state = '{MessageState.WAITING}' AND kind = ANY ($2::text[])
RETURNING id
""",
    )


_OF_VISITS = _dropping("drop_messages", "appointment_id", "uuid")
_OF_ENTRIES = _dropping("drop_messages_of_entries", "waiting_id", "bigint")


def drop(appointments: list[uuid.UUID]) -> None:
    """What waits for visits that are over, or have begun, is not sent."""
    in_a_row(dropped(appointments))


def dropped(appointments: list[uuid.UUID]) -> Step:
    """`drop`, in a row with what is written before it."""
    return _OF_VISITS, (as_array(appointments), as_array(_NEWS), timezone.now())


def drop_entries(entries: Iterable[int]) -> None:
    """The same of entries of a waiting list that moved up, left or ended."""
    _drop(Q(waiting_id__in=list(entries)))


def drop_of_group(group: VisitGroup) -> None:
    _drop(Q(group=group))


def drop_all_of(event_id: uuid.UUID) -> None:
    """Reminders of an event that is moved or cancelled."""
    _drop(Q(event_id=event_id), [MessageKind.REMINDER])


_THEIR_VISITS = hot(
    "visits_of_session",
    """
SELECT id::text, NULL FROM registrations_appointment
 WHERE session_id = $1::uuid AND resident_id = ANY ($2::uuid[])
 UNION ALL
SELECT NULL, id::text FROM registrations_waiting
 WHERE session_id = $1::uuid AND resident_id = ANY ($2::uuid[])
""",
)


_COMING_AGAIN = hot(
    "coming_again",
    f"""
UPDATE registrations_message
   SET state = '{MessageState.DROPPED}', address = NULL, finished_at = $3::timestamptz
 WHERE state = '{MessageState.WAITING}' AND kind = '{MessageKind.CANCELLED}'
   AND (appointment_id = ANY (ARRAY(SELECT id FROM registrations_appointment
                                     WHERE session_id = $1::uuid AND resident_id = $2::uuid))
        OR waiting_id = ANY (ARRAY(SELECT id FROM registrations_waiting
                                    WHERE session_id = $1::uuid AND resident_id = $2::uuid)))
RETURNING id
""",
)


def coming_again(session_id: uuid.UUID, resident_id: uuid.UUID) -> Step:
    """`come_again` of one person, in a row with what is written before it."""
    return _COMING_AGAIN, (session_id, resident_id, timezone.now())


def come_again(session_id: uuid.UUID, residents: Collection[uuid.UUID]) -> None:
    """Who has a place there again is not told that the one of before was cancelled."""
    found = _THEIR_VISITS.rows(session_id, as_array(residents))
    visits = [visit for visit, _entry in found if visit]
    entries = [entry for _visit, entry in found if entry]
    told = as_array([MessageKind.CANCELLED])
    if visits:
        _OF_VISITS.rows(as_array(visits), told, timezone.now())
    if entries:
        _OF_ENTRIES.rows(as_array(entries), told, timezone.now())


def drop_card_ready(residents: Collection[uuid.UUID]) -> None:
    """They have their cards."""
    whose = Q(appointment__resident__in=residents) | Q(waiting__resident__in=residents)
    _drop(whose, [MessageKind.CARD_READY])


def forget(owners: Iterable[Owner]) -> None:
    """Nothing more is sent to them, whatever it tells: they left no contact any more."""
    _drop(to(owners), list(MessageKind))


def to(owners: Iterable[Owner]) -> Q:
    rows = list(owners)
    return (
        Q(appointment__in=[owner.pk for owner in rows if isinstance(owner, Appointment)])
        | Q(group__in=[owner.pk for owner in rows if isinstance(owner, VisitGroup)])
        | Q(waiting__in=[owner.pk for owner in rows if isinstance(owner, Waiting)])
    )


def _drop(condition: Q, kinds: Collection[str] = _NEWS) -> None:
    """Also what was tried in vain and is due again."""
    waiting = Message.objects.filter(condition, state=MessageState.WAITING, kind__in=kinds)
    waiting.update(state=MessageState.DROPPED, address=None, finished_at=timezone.now())
