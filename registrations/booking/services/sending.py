"""The job that sends what is due. A message that cannot be sent is tried again, later and later."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import scoped
from dukcapil.core.crypto import decrypt
from dukcapil.core.db import EVERYBODY
from registrations.booking.enums import MessageKind, MessageState
from registrations.booking.models.message import Message
from registrations.booking.services.gateways import gateway_of

log = structlog.get_logger()

ATTEMPTS = 5
#: Messages of one run.
MOST = 200


def send_due() -> int:
    """Send what is due, each in a transaction of its own; returns how many were sent."""
    with scoped(EVERYBODY):
        due = Message.everything.filter(state=MessageState.WAITING, due_at__lte=timezone.now())
        ids = list(due.order_by("due_at").values_list("pk", flat=True)[:MOST])
    return sum(_send(message_id) for message_id in ids)


def _send(message_id: uuid.UUID) -> bool:
    with scoped(EVERYBODY), transaction.atomic():
        message = (
            Message.everything.select_for_update(of=("self",), skip_locked=True)
            .select_related("event__village", "appointment__session", "group__session")
            .filter(pk=message_id, state=MessageState.WAITING)
            .first()
        )
        if message is None or message.address is None:
            return False
        address = decrypt(bytes(message.address), context=str(message.pk))
        with translation.override("id"):
            subject, text = words(message)
        message.attempts += 1
        try:
            gateway_of(message.channel).send(address, subject, text)
        except Exception as error:  # noqa: BLE001 - a gateway may fail in any way
            log.warning("message_failed", kind=message.kind, error=type(error).__name__)
            return _later(message)
        _finish(message, MessageState.SENT)
        return True


def _later(message: Message) -> bool:
    if message.attempts >= ATTEMPTS:
        _finish(message, MessageState.FAILED)
    else:
        message.due_at = timezone.now() + timedelta(minutes=5 * 2**message.attempts)
        message.save(update_fields=["attempts", "due_at"])
    return False


def _finish(message: Message, state: MessageState) -> None:
    message.state = state
    message.address = None
    message.finished_at = timezone.now()
    message.save(update_fields=["attempts", "state", "address", "finished_at"])


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
        MessageKind.CANCELLED: _("Cancelled: %(title)s"),
    }[MessageKind(message.kind)] % {"title": event.title}
    lines = [f"{event.title}", f"{when} {event.village.get_timezone_display()}", where]
    if message.kind == MessageKind.CANCELLED:
        lines.append(_("This does not take place: %(why)s") % {"why": event.cancel_reason or "–"})
    elif message.appointment:
        lines.append(
            _("Slip code: %(code)s. Bring your family card (KK).") % {"code": owner.ticket}
        )
    else:
        lines.append(
            _("Group: %(name)s. Everybody brings the family card (KK).") % {"name": owner.name}
        )
    return subject, "\n".join(lines)
