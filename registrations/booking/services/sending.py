"""The job that sends what is due. A message that cannot be sent is tried again, later and later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import scoped
from dukcapil.core.crypto import decrypt
from dukcapil.core.db import EVERYBODY
from dukcapil.core.work import Queue
from registrations.booking.enums import MessageKind, MessageState
from registrations.booking.models.message import Message
from registrations.booking.services.gateways import gateway_of

ATTEMPTS = 5
#: Messages that one run sends at most.
MOST_MESSAGES = 200


def send_due() -> int:
    """Send what is due, each in a transaction of its own; returns how many were sent."""
    return MESSAGES.run_due(most=MOST_MESSAGES)


def _send(message: Message, _asker: None) -> dict[str, Any]:
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
    content="address",
)


def words(message: Message) -> tuple[str, str]:
    """Subject and text, in Indonesian: event, place, day, date, hour, code. No name, no number."""
    event = message.event
    zone = ZoneInfo(event.village.timezone)
    owner: Any = message.appointment or message.group
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
        why = event.cancel_reason or getattr(message.group, "cancelled_because", "") or "–"
        lines.append(_("This does not take place: %(why)s") % {"why": why})
    elif message.appointment:
        lines.append(
            _("Slip code: %(code)s. Bring your family card (KK).") % {"code": owner.ticket}
        )
    else:
        lines.append(
            _("Group: %(name)s. Everybody brings the family card (KK).") % {"name": owner.name}
        )
    return subject, "\n".join(lines)
