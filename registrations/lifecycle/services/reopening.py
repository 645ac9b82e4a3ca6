"""Taking a closing back."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict
from events.planning.enums import EventState
from events.planning.models.event import ServiceEvent
from events.planning.models.signing import EventReopening
from events.planning.selectors.signing import what_stands
from events.planning.services.own import lock_event
from events.planning.services.signing import sign
from events.planning.validators import check_reason
from registrations.booking.services.closing import open_again
from registrations.booking.services.waiting import promote
from registrations.requests.services.steps import count_no_more, take_along


@service
def reopen_event(*, by: Actor, event: ServiceEvent, reason: str = "") -> ServiceEvent:
    """The head takes the closing back: open bookings and waiting lists stand as before it.

    Raises Invalid without a reason, Conflict `event-final` once the last day is final and `event-state`
    when the event is not closed.
    """
    require(by, Permission.EVENTS_APPROVE)
    reason = check_reason(reason, _("Say why the closing is taken back."))
    event = lock_event(by, event.pk)
    if event.state != EventState.CLOSED:
        raise Conflict("event-state", _("Only a closed event is opened again."))
    event.state = EventState.APPROVED
    event.save(update_fields=["state"])
    EventReopening.objects.create(event=event, reason=reason, reopened_by_id=by.user_id)
    standing = what_stands(event)
    if standing.signed is None:
        # Closed before signatures were kept.
        sign(by, event, standing.content)
    count_no_more(event)
    take_along(list(open_again(event)), event)
    for session in event.sessions.select_related("event__village").order_by("starts_at", "pk"):
        promote(by, session)
    return event
