"""What a page says of a plan: why a change is refused, why a place is left out, how good it is."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.core.templatetags.figures import people
from reports.planner.enums import BoundScope
from reports.planner.renderers.calendar import Names, clock
from reports.planner.validators.left_out import LeftOut
from reports.planner.validators.moving import Unkept

#: Code of a refused change -> the rule, in words.
_UNKEPT: dict[str, Any] = {
    "SAME": gettext_lazy("The visit to %(site)s is on that day with that team already."),
    "GONE": gettext_lazy("This visit is not in the plan any more: look again."),
    "OFFICE": gettext_lazy("That team is not of the office of %(site)s."),
    "WORKDAY": gettext_lazy("%(day)s is not a working day of this plan."),
    "TEAM_OFF": gettext_lazy("%(team)s is not out on %(day)s."),
    "CLOSED": gettext_lazy("%(site)s cannot be visited on %(day)s: it is closed."),
    "TWICE": gettext_lazy("%(site)s is visited on %(day)s already; a place has one visit a day."),
    "AWAY": gettext_lazy(
        "%(team)s sleeps away around %(day)s. A day of such a journey is not moved alone: leave the visit out, or plan again."
    ),
    "STOPS": gettext_lazy(
        "%(team)s has %(most)s stops on %(day)s already, and no day may have more."
    ),
    "NO_KIT": gettext_lazy("All recording sets are out with other teams on %(day)s, or not there."),
    "KM": gettext_lazy(
        "%(team)s would drive %(km)s km on %(day)s; at most %(most)s km a day are allowed."
    ),
    "LATE": gettext_lazy(
        "%(team)s would be back at %(clock)s on %(day)s; it has to be back by %(end)s."
    ),
    "LONG": gettext_lazy(
        "%(team)s would be away for %(minutes)s minutes on %(day)s; at most %(most)s are allowed."
    ),
    "WINDOW": gettext_lazy(
        "The visit to %(site)s would end at %(clock)s; the place closes at %(closes)s."
    ),
    "REST": gettext_lazy(
        "Two visits of a place lie at least %(days)s days apart, and there is another one to %(site)s near %(day)s."
    ),
    "MAX_VISITS": gettext_lazy("%(site)s has at most %(most)s visits in a plan."),
    "BUDGET": gettext_lazy(
        "The plan would cost Rp %(over)s more than the money there is, Rp %(budget)s."
    ),
    "PIN": gettext_lazy(
        "The visit to %(site)s on %(day)s was fixed before this plan was made, and has to stay."
    ),
    "FLOOR": gettext_lazy(
        "The kecamatan %(site)s would have fewer visits than the least number that it is given."
    ),
    "KIT_COUNT": gettext_lazy("%(team)s cannot take so many recording sets along."),
    "KIT_OFF": gettext_lazy("A recording set of %(team)s is not there on %(day)s."),
    "KIT_CONFLICT": gettext_lazy("A recording set would be at two places on %(day)s."),
    "TEAM_CONFLICT": gettext_lazy("%(team)s would have two journeys on %(day)s."),
    "NIGHTS": gettext_lazy("%(team)s would sleep away for more nights than allowed."),
}
_UNKEPT["CHAIN"] = _UNKEPT["LODGING"] = _UNKEPT["AWAY"]
_MINUTES = {"clock", "end", "closes"}


def unkept_words(fault: Unkept, names: Names, districts: dict[str, str] | None = None) -> str:
    """The rule that a change would break. Anything that no rule of ours says is a fault of the program."""
    text = _UNKEPT.get(fault.code)
    if text is None:
        return _("The plan's sums would not be right (%(code)s). Nothing was changed.") % {
            "code": fault.code
        }
    numbers = {
        name: clock(value) if name in _MINUTES else people(value)
        for name, value in fault.numbers.items()
    }
    place = (districts or {}).get(fault.site) or names.site(fault.site)
    where = {"site": place, "team": names.team(fault.team), "day": day_words(fault.date)}
    return text % (where | numbers)


def day_words(text: str) -> str:
    """A day as people read it; anything else as it is."""
    try:
        return date_format(date.fromisoformat(text), "l, j F Y")
    except ValueError:
        return text


def left_words(one: LeftOut, names: Names) -> str:
    """Why a place has no visit, with the numbers of the reason."""
    say = _LEFT.get(one.reason)
    return say(one, names) if say else one.reason


def _nobody(_one: LeftOut, _names: Names) -> str:
    return _("Nobody is expected there.")


def _no_date(_one: LeftOut, _names: Names) -> str:
    return _("It is open on none of the plan's days.")


def _reach(one: LeftOut, _names: Names) -> str:
    numbers = {name: people(value) for name, value in one.numbers.items()}
    text = _(
        "Out of reach in a day: %(minutes)s minutes with the shortest visit (at most %(most)s), %(km)s km (at most %(most_km)s)."
    )
    night = (
        _("With a night there it would do.")
        if one.numbers.get("night")
        else _("A night there would not do either.")
    )
    return f"{text % numbers} {night}"


def _team(one: LeftOut, names: Names) -> str:
    days = people(one.numbers.get("days"))
    if one.numbers.get("kit"):
        return _("No recording set is free on its %(days)s open days.") % {"days": days}
    if not one.names:
        return _("No team is out on its %(days)s open days.") % {"days": days}
    out = ", ".join(names.team(key) for key in one.names)
    return _("No team is free on its %(days)s open days: %(teams)s go elsewhere.") % {
        "days": days,
        "teams": out,
    }


def _money(one: LeftOut, _names: Names) -> str:
    numbers = {name: people(value) for name, value in one.numbers.items()}
    return (
        _(
            "A visit costs Rp %(price)s and Rp %(left)s are left. It brings %(rate)s points per Rp 100,000; the poorest journey of the plan brings %(least)s."
        )
        % numbers
    )


def _pushed(one: LeftOut, names: Names) -> str:
    day, *sites = one.names or ("",)
    return _(
        "A fixed visit or a least number of visits takes its place: %(site)s on %(day)s. Without it the place would bring %(points)s points more."
    ) % {
        "site": ", ".join(names.site(site) for site in sites),
        "day": day_words(day),
        "points": points(one.numbers.get("points", 0)),
    }


def _fits(one: LeftOut, _names: Names) -> str:
    return _("It would fit, and adds %(points)s points for Rp %(price)s: plan again.") % {
        "points": points(one.numbers.get("points", 0)),
        "price": people(one.numbers.get("price")),
    }


_LEFT: dict[str, Any] = {
    "nobody": _nobody,
    "no_date": _no_date,
    "out_of_reach": _reach,
    "no_team": _team,
    "money": _money,
    "pushed_out": _pushed,
    "fits": _fits,
}


def points(thousandths: int | None) -> str:
    """Points as people read them: a person of weight 1 is one."""
    return people(None if thousandths is None else thousandths // 1000)


def bound_words(better: int | None, scope: str, *, proven: bool) -> str:
    """How much better a plan could be."""
    if proven or better == 0:
        return _("No better plan exists.")
    if better is None:
        return _("How much better a plan could be is not reckoned yet.")
    if scope == BoundScope.LOOKED_AT:
        return _("At most %(n)s %% better is possible, among the trips looked at.") % {
            "n": people(better)
        }
    return _("At most %(n)s %% better is possible.") % {"n": people(better)}
