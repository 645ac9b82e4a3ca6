"""What an office counted of a day without persons."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.locks import Lock, hold
from dukcapil.regions.enums import today_in
from events.calendar.validators import FIRST_DAY
from events.planning.models.event import ServiceEvent
from registrations.documents.enums import COUNTED
from registrations.documents.models import OfficeCount
from registrations.documents.selectors import counted_on, version_of

MOST = 100_000
_KINDS = {code for code, _label in COUNTED}


@service
def set_counts(
    *,
    by: Actor,
    day: date,
    counts: dict[str, int | None],
    version: str | None,
    event: ServiceEvent | None = None,
) -> int:
    """How many of each were made on a day, at an event or at the office, by nobody's name. None says
    nothing; 0 says that there were none. What was said stays as history. Returns how many changed.

    `version`: of what somebody looked at; None of a program that did not. Raises Conflict `version` where another said more meanwhile.
    """
    require(by, Permission.RECORDS_LOG)
    office = by.office
    if office is None or (event is not None and event.office_id != office):
        raise NotFound
    _check_day(office, day, event)
    if unknown := counts.keys() - _KINDS:
        raise Invalid("what", _("Nobody counts %(what)s.") % {"what": ", ".join(sorted(unknown))})
    for what, quantity in counts.items():
        if quantity is not None and not 0 <= quantity <= MOST:
            raise Invalid("quantity", _("So many are not made on one day."), field=what)
    hold(Lock.LEDGER, office)
    event_id = event.pk if event else None
    if version is not None and version != version_of(office, day, event_id):
        raise Conflict("version", _("Somebody else counted meanwhile: look at it anew."))
    known = counted_on(office, day, event_id)
    rows = [
        OfficeCount(office_id=office, day=day, event=event, what=what, quantity=n, by_id=by.user_id)
        for what, n in counts.items()
        if n is not None and known.get(what) != n
    ]
    if any(known.get(what) is not None for what, n in counts.items() if n is None):
        text = _("What was counted stays counted: give 0 where there were none.")
        raise Invalid("quantity", text)
    for row in rows:
        row.save(force_insert=True)
    log_access(
        by=by, action=Access.CHANGE, kind="counts without persons", subject=f"{office} {day}"
    )
    return len(rows)


def _check_day(office: str, day: date, event: ServiceEvent | None) -> None:
    if not FIRST_DAY <= day <= today_in(event.village_id if event else office):
        raise Invalid("day", _("This day has not come yet, or is too long ago."), field="day")
    if event is None:
        return
    if not event.is_held:
        raise Conflict("event-state", _("The event is not approved."), field="event")
    if not event.starts_on <= day <= event.ends_on:
        raise Invalid("outside-event", _("The day lies outside the event."), field="day")
