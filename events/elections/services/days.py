"""Days on which offices of a region open or close against the calendar, and what opens on them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Asks, Conflict, Invalid, NotFound
from dukcapil.core.locks import Lock, hold
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from events.calendar.enums import BY_OPENING, DayKind
from events.calendar.models import LocalDay
from events.calendar.selectors import decided, is_usual
from events.calendar.validators import FIRST_DAY, LAST_DAY
from events.elections.models import Election, Opening
from events.elections.selectors import election_on, openings_in


def require_region(by: Actor, region: Region) -> None:
    """Elections and days are decided by a province officer for the own province, by an administrator for
    the own region. What lies elsewhere does not exist.
    """
    require(by, Permission.ELECTIONS_SET)
    if not by.covers(region.pk):
        raise NotFound


def require_source(source: str, message: object) -> str:
    if not source.strip():
        raise Invalid("source", message, field="source")
    return source.strip()


def require_day(day: date, field: str) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Invalid("day", gettext_lazy("A day lies between 2011 and 2100."), field=field)


@service
def decide_day(
    *,
    by: Actor,
    region: Region,
    day: date,
    kind: str,
    reason: str,
    source: str = "",
    confirm: Collection[str] = (),
) -> LocalDay:
    """Asks before a day is closed on which offices open: they are told, and their openings end."""
    require_region(by, region)
    require_day(day, "day")
    if region.level in (Level.DISTRICT, Level.VILLAGE):
        raise Invalid(
            "region-level",
            _("Offices open and close: name a regency, a city or a region above."),
            field="region",
        )
    if not reason.strip():
        raise Invalid("reason", _("Give a reason."), field="reason")
    hold(Lock.CALENDAR)
    row = _written(by, region.pk, day, kind, reason, source)
    standing = _standing(region.pk, day)
    ending = [one for one in standing if why_not(one, election_on(one.office_id, day))]
    if ending and "openings-end" not in confirm:
        raise Asks(
            "openings-end",
            message=_("%(n)d openings are planned on this day (%(offices)s). They end with this.")
            % {"n": len(ending), "offices": ", ".join(one.office.name for one in ending)},
            field="day",
        )
    for one in ending:
        end(one, by, reason.strip())
    for one in standing:
        if one not in ending:
            open_day(one, by, one.reason or reason)
    log_access(
        by=by, action=Access.CHANGE, kind="local day", subject=f"{region.pk} {day}", reason=reason
    )
    return row


def _standing(region: str, day: date) -> list[Opening]:
    ids = [one.id for one in openings_in(region, day)]
    return list(
        Opening.everything.filter(pk__in=ids)
        .select_for_update(of=("self",))
        .select_related("office")
        .order_by("pk")
    )


def why_not(opening: Opening, election: Election | None) -> Conflict | None:
    """Why an office does not open on this day; None when it may. `election`: one that is held there.
    What openings wrote themselves says nothing: a region that closes a day closes it for them too.
    """
    kind = decided([opening.office_id], opening.day, by_people=True)[opening.office_id]
    if kind == DayKind.CLOSED:
        return Conflict(
            "day-closed",
            _("The region closed %(day)s: nothing opens on it.")
            % {"day": date_format(opening.day, "j F Y")},
            field="day",
        )
    is_held = election is not None and election.held_on == opening.day
    if kind == DayKind.OPEN or is_held or not is_usual(opening.day):
        return None
    return Conflict(
        "ordinary-day",
        _("%(day)s is an ordinary working day: there is nothing to open.")
        % {"day": date_format(opening.day, "j F Y")},
        field="day",
    )


def open_day(opening: Opening, by: Actor, reason: str) -> None:
    """Write the day of an opening as open, unless it is decided already."""
    if decided([opening.office_id], opening.day)[opening.office_id] != DayKind.OPEN:
        _written_by_opening(by, opening.office_id, opening.day, DayKind.OPEN, reason)


def shut_day(office: str, day: date, by: Actor, reason: str) -> None:
    """Take back what the last opening of that day wrote; what was decided otherwise counts again."""
    wrote = LocalDay.objects.filter(region_id=office, day=day, by_opening=True)
    last = wrote.order_by("-created_at", "-pk").first()
    if last is None or last.kind != DayKind.OPEN:
        return
    if not Opening.everything.filter(office_id=office, day=day, ended_at=None).exists():
        _written_by_opening(by, office, day, DayKind.USUAL, reason)


def end(opening: Opening, by: Actor, reason: str) -> None:
    opening.ended_at = timezone.now()
    opening.ended_by_id = by.user_id
    opening.ended_reason = reason[:200]
    opening.save(update_fields=["ended_at", "ended_by", "ended_reason"])
    shut_day(opening.office_id, opening.day, by, reason)


def _written(by: Actor, region: str, day: date, kind: str, reason: str, source: str) -> LocalDay:
    return LocalDay.objects.create(
        region_id=region,
        day=day,
        kind=kind,
        reason=reason.strip()[:200],
        source=source.strip(),
        by_id=by.user_id,
    )


def _written_by_opening(by: Actor, office: str, day: date, kind: str, reason: str) -> None:
    LocalDay.objects.create(
        region_id=office,
        day=day,
        kind=kind,
        reason=reason.strip()[:200],
        source=BY_OPENING,
        by_opening=True,
        by_id=by.user_id,
    )
