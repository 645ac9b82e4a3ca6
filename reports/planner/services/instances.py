"""What a plan is asked for: an office and a period, out of what is held now. Refused before anything is
written where it cannot come to a plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.models import Region
from events.calendar.validators import LAST_DAY
from events.elections.enums import ElectionState
from events.elections.models import Election
from events.elections.selectors import bears_on, next_election
from registrations.missing.services.refreshing import refresh_within
from reports.bases.models import PopulationBasis
from reports.planner.core.limits import MOST_DATES, MOST_SITES
from reports.planner.enums import MOST_DAYS
from reports.planner.readers import check_time
from reports.planner.selectors.instances import (
    hash_of,
    instance,
    pins_of,
    workdays_of,
)
from reports.planner.selectors.rules import first_open_day, rules_of
from reports.planner.selectors.sites import Site, sites_of
from reports.planner.selectors.so_far import carried_on, so_far
from reports.planner.selectors.travel import without_way
from reports.planner.services.examining import in_words

if TYPE_CHECKING:
    from reports.planner.core.instance import Refused


@dataclass(frozen=True)
class Asked:
    """Columns of a plan that say what it was made from."""

    office: Region
    from_day: date
    until_day: date
    instance: dict[str, Any]
    instance_hash: str
    basis: PopulationBasis | None
    election: Election | None
    cut: datetime


@service
def ask_for(
    *,
    by: Actor,
    office: Region,
    from_day: date,
    until_day: date,
    election: Election | None = None,
) -> Asked:
    """The instance of an office, as things stand now, and as the plan that it goes by has come. Raises NotFound outside of the actor's region,
    Invalid where the days have passed, nobody can go, or a fixed visit cannot be kept: it is named.
    """
    require(by, Permission.PLANS_MAKE)
    if office.level != Level.REGENCY or not by.covers(office.pk):
        raise NotFound
    check_period(office.pk, from_day, until_day)
    from_day = max(from_day, first_open_day(office.pk))
    if until_day < from_day:
        raise Invalid(
            "plan-today", _("Today's teams have set out: plan from tomorrow on."), field="until"
        )
    election = _election(office.pk, from_day, until_day, election)
    refresh_within(office.pk)
    cut = timezone.now()
    figures = sites_of(by, office, election)
    # Before the ways between all of them are reckoned.
    if len(figures.sites) > MOST_SITES:
        raise Invalid("plan-too-large", in_words("SIZE", office.name), field="office")
    held_on = election.held_on if election else date.fromordinal(until_day.toordinal() + 1)
    days = workdays_of(office.pk, from_day, until_day, held_on)
    if not days:
        raise Invalid("no-workday", _("The office works on none of these days."), field="until")
    if len(days) > MOST_DATES:
        raise _too_long()
    _check_pins_days(office.pk, from_day, until_day, days, figures.sites)
    _check_ways(office.pk, figures.sites)
    rules = rules_of(office.pk, from_day)
    before = so_far(office.pk, days[0], until_day)
    made = instance(office.pk, days, held_on, rules, figures.sites, before.held)
    made = carried_on(made, before, rules.announced_points)
    check(made)
    check_time(made)
    return Asked(office, from_day, until_day, made, hash_of(made), figures.basis, election, cut)


def check_period(office: str, from_day: date, until_day: date) -> None:
    """Nobody plans days that have passed."""
    if from_day < today_in(office):
        raise Invalid("plan-past", _("These days have passed: begin today or later."), field="from")
    if until_day < from_day:
        raise Invalid("plan-days", _("It ends before it begins."), field="until")
    if (until_day - from_day).days >= MOST_DAYS:
        raise _too_long()
    if until_day > LAST_DAY:
        raise Invalid("day", _("This day is too far away."), field="until")


def _too_long() -> Invalid:
    words = _("A plan has at most %(most)s working days, within %(days)s days.") % {
        "most": MOST_DATES,
        "days": MOST_DAYS,
    }
    return Invalid("plan-long", words, field="until")


def _election(
    office: str, from_day: date, until_day: date, named: Election | None
) -> Election | None:
    """The one that is planned towards: the office's next, unless one is named."""
    if named is not None and not bears_on(named, office):
        raise Invalid("election-elsewhere", _("It is held in another region."), field="election")
    if named is not None and named.state == ElectionState.CANCELLED:
        raise Invalid("election-cancelled", _("This election was cancelled."), field="election")
    found = named or next_election(office, today_in(office))
    if found is None:
        return None
    if found.held_on <= from_day or found.held_on < today_in(office):
        raise Invalid(
            "election-past",
            _("The election is on %(day)s: plan the days before it.")
            % {"day": date_format(found.held_on, "j F Y")},
            field="election" if named else "from",
        )
    if found.held_on <= until_day:
        raise Invalid(
            "plan-after-election",
            _("The election is on %(day)s: plan the days before it.")
            % {"day": date_format(found.held_on, "j F Y")},
            field="until",
        )
    return found


# --- what cannot come to a plan -------------------------------------------------------------------

#: What the solver says of a pin or a floor -> words for people.
_WHY: dict[str, Any] = {
    "the site is closed on that date": gettext_lazy("the place is closed on that day"),
    "the site is not to be visited": gettext_lazy("nobody is to be visited there"),
    "no team is there on that date": gettext_lazy("no team is free on that day"),
    "no kit is there on that date": gettext_lazy("no recording set is free on that day"),
    "out of reach in a day": gettext_lazy("it is out of reach in a day"),
    "the money does not suffice for it": gettext_lazy("the money does not suffice"),
    "none of its sites is within reach of a day": gettext_lazy("it is out of reach in a day"),
    "the money does not suffice for one visit": gettext_lazy("the money does not suffice"),
    "the district has no site": gettext_lazy("it has no place to visit"),
}


def check(made: dict[str, Any]) -> None:
    """Refuse an instance of an office that no plan can be made of, naming what is in the way."""
    # Numpy comes with them: not before somebody asks for a plan.
    from reports.planner.core.clashes import impossible_floor, impossible_pin  # noqa: PLC0415
    from reports.planner.core.instance import Refused  # noqa: PLC0415
    from reports.planner.core.reading import read  # noqa: PLC0415

    if not made["teams"]:
        raise Invalid("no-team", _("The office has no team: add one first."), field="office")
    if not made["kits"]:
        raise Invalid(
            "no-kit", _("The office has no recording set: add one first."), field="office"
        )
    names = {one["id"]: str(one["name"]) for one in made["sites"]}
    try:
        asked = read(made)
    except Refused as refused:
        words = in_words(refused.code, refused.where)
        raise Invalid("plan-input", words, field="office") from None
    [office] = asked.offices
    for pin in office.pins:
        if clash := impossible_pin(office, asked.dates, pin):
            day = date.fromisoformat(asked.dates[pin.date])
            raise pin_refused(names[office.sites[pin.site].id], day, _why(clash))
    for floor in office.floors:
        if clash := impossible_floor(office, floor):
            raise Invalid(
                "floor-impossible",
                _("%(district)s cannot get its least number of visits (%(visits)s): %(why)s.")
                % {
                    "district": Region.objects.get(pk=floor.district).name,
                    "visits": floor.visits,
                    "why": _why(clash),
                },
                field="floors",
                district=floor.district,
            )


def _why(refused: Refused) -> str:
    return str(_WHY.get(refused.what, _("its places are not open for so many visits")))


def pin_refused(place: str, day: date, why: str) -> Invalid:
    return Invalid(
        "pin-impossible",
        _("The fixed visit of %(place)s on %(day)s cannot be kept: %(why)s.")
        % {"place": place, "day": date_format(day, "j F Y"), "why": why},
        field="pins",
        place=place,
        day=str(day),
    )


def _check_ways(office: str, sites: list[Site]) -> None:
    if lost := without_way(office, sites):
        raise Invalid(
            "no-way",
            _("Nobody knows the way to %(place)s: type it in, or its position.")
            % {"place": lost[0].name},
            field="office",
            places=[one.key for one in lost],
        )


def _check_pins_days(
    office: str, first: date, last: date, days: list[date], sites: list[Site]
) -> None:
    known = {one.key for one in sites}
    for pin in pins_of(office, first, last):
        if pin.day is not None and pin.day not in days:
            raise pin_refused(str(pin.site), pin.day, _("the office does not work on that day"))
        if pin.day is not None and pin.site.key not in known:
            raise pin_refused(str(pin.site), pin.day, _("nobody is to be visited there"))
