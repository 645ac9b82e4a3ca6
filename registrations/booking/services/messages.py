"""What people are told, and when: writing messages. `sending` sends them by a job, over `gateways`.

A message names the event, place, day, date, hour and slip code; never a person's name or NIK.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.core.crypto import decrypt, encrypt
from dukcapil.core.errors import Invalid
from dukcapil.core.ids import uuid7
from registrations.booking.enums import Channel, MessageKind, MessageState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.message import Message

#: Reminders go out on the evening before.
EVENING = time(17)
_PHONE = re.compile(r"\+62[0-9]{8,12}")


@dataclass(frozen=True)
class Contact:
    channel: str
    address: str

    def sealed(self, owner: uuid.UUID) -> bytes:
        return encrypt(self.address, context=str(owner))


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


def contact_of(owner: Appointment | VisitGroup) -> Contact | None:
    if not owner.channel or owner.contact is None:
        return None
    return Contact(owner.channel, decrypt(bytes(owner.contact), context=str(owner.pk)))


def _message(
    owner: Appointment | VisitGroup, contact: Contact, kind: str, due_at: datetime
) -> Message:
    message_id = uuid7()
    owner_field = {"group": owner} if isinstance(owner, VisitGroup) else {"appointment": owner}
    return Message(
        id=message_id,
        office_id=owner.office_id,
        event_id=owner.event_id,
        kind=kind,
        channel=contact.channel,
        address=contact.sealed(message_id),
        due_at=due_at,
        **owner_field,
    )


def remind(owner: Appointment | VisitGroup, contact: Contact) -> None:
    """A reminder for the evening before; none when that evening is past."""
    session = owner.session
    zone = ZoneInfo(session.event.village.timezone)
    day = session.starts_at.astimezone(zone).date() - timedelta(days=1)
    due_at = datetime.combine(day, EVENING, zone)
    if due_at > timezone.now():
        _message(owner, contact, MessageKind.REMINDER, due_at).save(force_insert=True)


def tell(kind: str, owners: Iterable[Appointment | VisitGroup]) -> int:
    """A message to each that left a contact, to be sent at once; returns how many."""
    now = timezone.now()
    messages = [
        _message(owner, contact, kind, now) for owner in owners if (contact := contact_of(owner))
    ]
    Message.objects.bulk_create(messages)
    return len(messages)


def drop(appointments: list[uuid.UUID]) -> None:
    """Reminders of visits that are over, or have begun, are not sent."""
    _drop(Q(appointment_id__in=appointments))


def drop_of_group(group: VisitGroup) -> None:
    _drop(Q(group=group))


def drop_all_of(event_id: uuid.UUID) -> None:
    _drop(Q(event_id=event_id))


def _drop(condition: Q) -> None:
    waiting = Message.objects.filter(state=MessageState.WAITING, kind=MessageKind.REMINDER)
    waiting.filter(condition).update(
        state=MessageState.DROPPED, address=None, finished_at=timezone.now()
    )
