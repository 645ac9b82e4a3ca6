"""Changing whom to tell: what waits to be sent follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeVar

from django.utils import timezone

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import NotFound
from events.planning.models.event import ServiceEvent
from registrations.booking.enums import AppointmentState, MessageKind, MessageState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.contacted import Contacted
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.message import Message
from registrations.booking.models.waiting import Waiting
from registrations.booking.services import messages
from registrations.booking.services.messages import Contact, contact_of
from registrations.booking.services.sending import still_true

C = TypeVar("C", bound=Contacted)


@service
def change_contact(*, by: Actor, owner: C, contact: Contact | None) -> C:
    """Whom to tell of this booking, group, entry or request from now on; None: nobody.

    What waits goes to the new contact; what was tried in vain is tried anew, and the newest that was
    given up is told again if it still holds; the request that it is planned for has it, too. Logged with
    the person, or what else it is left for.
    """
    require(by, Permission.APPOINTMENTS_BOOK)
    # First, as whoever changes the contact of a request, and a closing, do.
    requests = _planned_requests(owner)
    rows: Any = type(owner)
    locked = rows.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=owner.pk).first()
    if locked is None:
        raise NotFound
    if contact_of(locked) == contact:
        return locked
    put(locked, contact)
    locked.save(update_fields=["channel", "contact"])
    log_access(
        by=by,
        action=Access.CHANGE,
        kind=f"contact of {rows._meta.model_name}",
        subject=str(getattr(owner, "resident_id", None) or owner.pk),
    )
    for request in requests:
        put(request, contact)
        request.save(update_fields=["channel", "contact"])
    _follow(locked, contact)
    return locked


def _planned_requests(owner: Contacted) -> list[Any]:
    """The requests that this booking, entry or group was made for, locked."""
    if not isinstance(owner, messages.Owner):
        return []
    planned = owner.event.requests.select_for_update().filter(state="planned")
    if isinstance(owner, VisitGroup):
        institutions = planned.filter(resident=None).order_by("pk")
        return [one for one in institutions if one.place[:80] == owner.name]
    return list(planned.filter(resident=owner.resident_id))


def _follow(owner: Any, contact: Contact | None) -> None:
    if not isinstance(owner, messages.Owner):
        return
    if contact is None:
        messages.forget([owner])
        return
    kinds = set()
    waiting = Message.objects.select_for_update().filter(
        messages.to([owner]), state=MessageState.WAITING
    )
    for message in waiting:
        message.channel, message.address = contact.channel, contact.sealed(message.pk)
        if message.attempts:
            message.attempts, message.due_at = 0, timezone.now()
        message.save(update_fields=["channel", "address", "attempts", "due_at"])
        kinds.add(message.kind)
    # One that waits may be late already: a new one would be for an evening that is past.
    reminded = MessageKind.REMINDER in kinds
    if not reminded and isinstance(owner, Appointment) and owner.state == AppointmentState.BOOKED:
        messages.remind(owner, contact)
    if not reminded and isinstance(owner, VisitGroup) and owner.cancelled_at is None:
        messages.remind(owner, contact)
    _tell_again(owner)


def _tell_again(owner: messages.Owner) -> None:
    """What was given up, and nobody told since."""
    related = [f"{name}__session" for name in ("appointment", "group", "waiting")]
    tried = Message.objects.filter(messages.to([owner])).exclude(state=MessageState.DROPPED)
    newest = {
        message.kind: message for message in tried.select_related("event", *related).order_by("pk")
    }
    newest.pop(MessageKind.CARD_READY, None)  # told anew from the list of cards alone
    failed = [message for message in newest.values() if message.state == MessageState.FAILED]
    for message in sorted(failed, key=lambda message: message.pk, reverse=True):
        if still_true(message):
            messages.tell(message.kind, [owner])
            return


def put(owner: Contacted, contact: Contact | None) -> None:
    """In the row at hand; the caller saves it."""
    owner.channel = contact.channel if contact else ""
    owner.contact = contact.sealed(owner.pk) if contact else None


def carry(along: Iterable[tuple[Contacted, Contact | None]]) -> list[Any]:
    """The contact of what was before goes to the new row that takes its place. Returns those rows."""
    by_model: dict[Any, list[Contacted]] = defaultdict(list)
    for owner, contact in along:
        if contact:
            put(owner, contact)
            by_model[type(owner)].append(owner)
    for model, owners in by_model.items():
        model.objects.bulk_update(owners, ["channel", "contact"])
    return [owner for owners in by_model.values() for owner in owners]


def give_group(group: VisitGroup, contact: Contact) -> None:
    """The group has this contact from now on, and is reminded there."""
    carry([(group, contact)])
    messages.drop_of_group(group)
    messages.remind(group, contact)


def take_over(event: ServiceEvent, later: ServiceEvent) -> None:
    """Who is expected again at a later event is told there, as they were here, and so are groups."""
    left: dict[Any, Contact | None] = {}
    for rows in (Waiting, Appointment):
        for row in rows.objects.filter(event=event).exclude(channel="").order_by("created_at"):
            left[row.resident_id] = contact_of(row)
    entries = Waiting.objects.filter(event=later, resident__in=left)
    carry((entry, left[entry.resident_id]) for entry in entries)
    groups = VisitGroup.objects.filter(event=event).exclude(channel="")
    of_groups = {group.name: contact for group in groups if (contact := contact_of(group))}
    for group in VisitGroup.objects.filter(event=later, name__in=of_groups):
        give_group(group, of_groups[group.name])
