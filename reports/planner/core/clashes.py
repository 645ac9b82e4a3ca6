"""Pins and floors that cannot be kept: which, and why as far as one alone is the reason."""

from __future__ import annotations

from collections.abc import Callable

from reports.planner.core.instance import Floor, Office, Pin, Refused
from reports.planner.core.plans import Duty, cost, worth
from reports.planner.core.routes import route

#: So many are left out in turn when they clash.
_TRIES = 20


def impossible_pin(office: Office, dates: tuple[str, ...], pin: Pin) -> Refused | None:
    """Why a pin cannot be kept whatever else is planned."""
    where = f"pins {office.sites[pin.site].id} {dates[pin.date]}"
    what = _nobody_for(office, pin) or _out_of_reach(office, pin)
    return Refused("PIN", where, what) if what else None


def _teams(office: Office, pin: Pin) -> list[int]:
    some = range(len(office.teams)) if pin.team is None else (pin.team,)
    return [n for n in some if office.teams[n].dates[pin.date] and office.teams[n].max_kits]


def _nobody_for(office: Office, pin: Pin) -> str:
    site = office.sites[pin.site]
    if not site.dates[pin.date]:
        return "the site is closed on that date"
    if not site.turnout:
        return "the site is not to be visited"
    if not _teams(office, pin):
        return "no team is there on that date"
    return "" if office.kit_days[pin.date] else "no kit is there on that date"


def _out_of_reach(office: Office, pin: Pin) -> str:
    if office.day.max_nights:
        return ""
    one = route(office, (pin.site,))
    if one is None:
        return "out of reach in a day"
    least = min(cost(office, one, office.teams[n].staff) for n in _teams(office, pin))
    return "the money does not suffice for it" if least > office.budget else ""


def impossible_floor(office: Office, floor: Floor) -> Refused | None:
    """Why a floor cannot be kept whatever else is planned."""
    where = f"floors {floor.district}"
    if not office.teams or not office.kits:
        return Refused("FLOOR", where, "the office has no team or no kit")
    days = [
        sum(site.dates) if site.turnout else 0 for site in (office.sites[n] for n in floor.sites)
    ]
    most = sum(min(n, len(office.sites[s].turnout)) for n, s in zip(days, floor.sites, strict=True))
    if most < floor.visits:
        return Refused("FLOOR", where, f"its sites are open for {most} visits, not {floor.visits}")
    if office.day.max_nights:
        return None
    staff = min(team.staff for team in office.teams)
    ways = [route(office, (n,)) for n in floor.sites]
    near = [one for one in ways if one is not None]
    if not near:
        return Refused("FLOOR", where, "none of its sites is within reach of a day")
    if min(cost(office, one, staff) for one in near) > office.budget:
        return Refused("FLOOR", where, "the money does not suffice for one visit")
    return None


def clash(
    office: Office,
    dates: tuple[str, ...],
    duties: list[Duty],
    again: Callable[[Office], list[Duty]],
) -> Refused:
    """As the search sees it: each left out makes a plan of the rest; else those not kept."""
    rows = tuple(
        name
        for name, without in _each(office, dates)[:_TRIES]
        if not worth(without, again(without)).missing
    )
    if rows:
        what = "no plan was found that keeps them all; without one of them there is one"
        return Refused("CLASH", "; ".join(rows), what, rows)
    lacking = tuple(
        name
        for name, without in _each(office, dates)
        if worth(without, duties).missing < worth(office, duties).missing
    )
    return Refused("CLASH", "; ".join(lacking), "cannot be kept beside the others", lacking)


def proven_clash(
    office: Office, dates: tuple[str, ...], keeps: Callable[[Office], bool | None]
) -> Refused:
    """Of an office that no plan keeps all for: each left out makes a plan of the rest; else some that
    clash among themselves, none of them too many.
    """
    rows = tuple(name for name, without in _each(office, dates)[:_TRIES] if keeps(without))
    if rows:
        what = "cannot all be kept; without one of them the rest can"
        return Refused("CLASH", "; ".join(rows), what, rows)
    left = office
    for name, _without in _each(office, dates):
        fewer = dict(_each(left, dates))[name]
        left = fewer if keeps(fewer) is False else left
    rows = tuple(name for name, _without in _each(left, dates))
    return Refused("CLASH", "; ".join(rows), "cannot all be kept, whatever else is planned", rows)


def _each(office: Office, dates: tuple[str, ...]) -> list[tuple[str, Office]]:
    found = [
        (f"pins {office.sites[pin.site].id} {dates[pin.date]}", office.without(pin=n))
        for n, pin in enumerate(office.pins)
    ]
    found += [
        (f"floors {floor.district}", office.without(floor=n))
        for n, floor in enumerate(office.floors)
    ]
    return found
