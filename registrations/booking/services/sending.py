"""The job that sends what is due. A message that cannot be sent is tried again, later and later."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import scoped
from dukcapil.core.crypto import decrypt
from dukcapil.core.db import EVERYBODY
from dukcapil.core.work import Queue, Stopped
from dukcapil.regions.enums import today_in
from events.planning.enums import EventState, Service
from events.planning.models.event import ServiceEvent
from events.planning.selectors.requirements import papers_together
from registrations.booking.enums import AppointmentState, MessageKind, MessageState, WaitState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.message import Message
from registrations.booking.models.waiting import Waiting
from registrations.booking.services.gateways import gateway_of
from registrations.booking.services.messages import Owner, groups_to_come

ATTEMPTS = 5
#: Messages that one run sends at most.
MOST_MESSAGES = 200


def send_due() -> int:
    """Send what is due, each in a transaction of its own; returns how many were sent."""
    return MESSAGES.run_due(most=MOST_MESSAGES)


def _send(message: Message, _asker: None) -> dict[str, Any]:
    """Also a retry asks first whether it still is true: raises Stopped when it is not."""
    if not still_true(message):
        raise Stopped
    address = decrypt(bytes(message.address or b""), context=str(message.pk))
    with translation.override("id"):
        subject, text = words(message)
    gateway_of(message.channel).send(address, subject, text)
    return {"state": MessageState.SENT}


MESSAGES = Queue(
    Message,
    _send,
    tries=ATTEMPTS,
    wait=lambda tries: timedelta(minutes=5 * 2**tries),
    scope=lambda: scoped(EVERYBODY),
    stopped=MessageState.DROPPED,
    content="address",
)


def still_true(message: Message) -> bool:
    """Whether whom it is for still waits for what it tells of."""
    if message.kind == MessageKind.CARD_READY:
        return True  # it is dropped when the card is handed over (`messages.drop_card_ready`)
    owner = _owner(message)
    now = timezone.now()
    if owner.session.ends_at <= now:
        return False
    cancelled = message.event.state == EventState.CANCELLED
    if message.kind == MessageKind.CANCELLED:
        return cancelled or not isinstance(owner, VisitGroup) or bool(owner.cancelled_at)
    if message.event.state != EventState.APPROVED or not _expected(owner):
        return False
    return message.kind != MessageKind.REMINDER or owner.session.starts_at > now


def _owner(message: Message) -> Owner:
    owner = message.appointment or message.group or message.waiting
    if owner is None:
        raise AssertionError("a message has somebody whom it is for")  # `message_to_one`
    return owner


def _expected(owner: Owner) -> bool:
    if isinstance(owner, Appointment):
        return owner.state == AppointmentState.BOOKED
    if isinstance(owner, Waiting):
        return owner.state == WaitState.WAITING
    return groups_to_come().filter(pk=owner.pk).exists()


def words(message: Message) -> tuple[str, str]:
    """Subject and text, in Indonesian: event, place, day, date, hour, code. No name, no number."""
    event = message.event
    owner = _owner(message)
    if message.kind == MessageKind.CARD_READY:
        return _card_ready(message, owner)
    zone = ZoneInfo(event.village.timezone)
    moment = getattr(owner, "expected_at", None) or owner.session.starts_at
    when = date_format(moment.astimezone(zone), _("l, j F Y, H.i"))
    where = f"{event.place}, {event.village.name}"
    subject = {
        MessageKind.REMINDER: _("Reminder: %(title)s"),
        MessageKind.MOVED_UP: _("A place came free: %(title)s"),
        MessageKind.MOVED: _("New time: %(title)s"),
        MessageKind.CHANGED: _("Changed: %(title)s"),
        MessageKind.CANCELLED: _("Cancelled: %(title)s"),
    }[MessageKind(message.kind)] % {"title": event.title}
    lines = [f"{event.title}", f"{when} {event.village.get_timezone_display()}", where]
    if message.kind == MessageKind.CANCELLED:
        group = owner if isinstance(owner, VisitGroup) else owner.group
        why = event.cancel_reason or (group and group.cancelled_because) or "–"
        lines.append(_("This does not take place: %(why)s") % {"why": why})
    else:
        lines.append(_whom(owner))
        if not isinstance(owner, Waiting):
            day = owner.session.starts_at.astimezone(zone).date()
            lines.append(_brought(event, owner, day))
    return subject, "\n".join(lines)


def _card_ready(message: Message, owner: Owner) -> tuple[str, str]:
    """Where the card waits, and what to bring. No name, no number: whoever left the contact knows whose."""
    office = message.office
    papers = papers_together(office.pk, [Service.CARD_HANDOVER], today_in(office.pk))
    lines = [
        _("The KTP-el for which this contact was left is printed and waits at %(office)s.")
        % {"office": office.name},
        _whom(owner) if isinstance(owner, Appointment) else "",
        _("Bring: %(papers)s.") % {"papers": "; ".join(papers)},
    ]
    return _("Your KTP-el is ready: %(office)s") % {"office": office.name}, "\n".join(
        line for line in lines if line
    )


def _whom(owner: Owner) -> str:
    if isinstance(owner, Appointment):
        return _("Slip code: %(code)s.") % {"code": owner.ticket}
    if isinstance(owner, Waiting):
        return _("You are on the waiting list. You are told when a place comes free.")
    return _("Group: %(name)s.") % {"name": owner.name}


def _brought(event: ServiceEvent, owner: Owner, day: date) -> str:
    """The papers of all services together."""
    papers = papers_together(event.office_id, owner.services, day)
    named = "; ".join(papers)
    if isinstance(owner, VisitGroup):
        return _("Everybody brings: %(papers)s.") % {"papers": named}
    return _("Bring: %(papers)s.") % {"papers": named}
