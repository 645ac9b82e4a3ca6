"""What a page says of a plan: why a change is refused, why a place is left out, how good it is."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dukcapil.core.templatetags.figures import people
from reports.planner.enums import BoundScope, LeftOutReason
from reports.planner.errors import Unkept
from reports.planner.renderers.calendar import Names, Taken, clock

Row = dict[str, Any]

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
        "%(team)s sleeps away around %(day)s. A day of such a journey is not changed alone: plan again."
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
        "%(site)s would have fewer visits than the least number that it is given."
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


def left_words(reason: str, numbers: dict[str, int], beside: str = "") -> str:
    """Why a place has no visit, with the numbers of the reason. `beside`: what else says who or what took the
    place, in words (`elsewhere`, `promised`).
    """
    shown = {"missing": people(None)} | {name: people(value) for name, value in numbers.items()}
    for name in ("points", "per_100000", "poorest"):
        shown[name] = points(numbers.get(name, 0))
    if reason == LeftOutReason.MONEY and not numbers.get("poorest"):
        return str(_PRICE % shown)
    if reason == LeftOutReason.OUT_OF_REACH:
        return f"{_OUT_OF_REACH % shown} {_NIGHT[bool(numbers.get('a_night_would_do'))]}"
    text = str(_LEFT.get(reason, "")) % shown
    return f"{text} {beside}".strip()


def elsewhere(taken: Taken, names: Names) -> str:
    """Who or what is out on the open days of a place."""
    said = []
    if taken.by_teams:
        said.append(
            ngettext(
                "On %(n)s day all teams are out: %(teams)s.",
                "On %(n)s days all teams are out: %(teams)s.",
                taken.by_teams,
            )
            % {"n": people(taken.by_teams), "teams": _listed(taken.teams, names)}
        )
    if taken.by_sets:
        said.append(
            ngettext(
                "On %(n)s day all recording sets are with %(teams)s.",
                "On %(n)s days all recording sets are with %(teams)s.",
                taken.by_sets,
            )
            % {"n": people(taken.by_sets), "teams": _listed(taken.with_sets, names)}
        )
    if taken.nobody:
        said.append(
            ngettext(
                "On %(n)s day no team or no set is there at all.",
                "On %(n)s days no team or no set is there at all.",
                taken.nobody,
            )
            % {"n": people(taken.nobody)}
        )
    return " ".join(said)


def _listed(teams: frozenset[str], names: Names) -> str:
    return ", ".join(sorted(names.team(team) for team in teams))


#: So many fixed visits and kecamatan are named for a place that they push out.
_NAMED = 3


def promised(instance: Row, names: Names, districts: dict[str, str], price: int | None) -> str:
    """The fixed visits and least numbers of an instance, and the points that they cost, once that is reckoned."""
    rows = [f"{names.site(pin['site'])}, {day_words(pin['date'])}" for pin in instance["pins"]]
    rows += [
        f"{districts.get(one['district'], one['district'])} ({people(one['min_visits'])})"
        for one in instance["floors"]
    ]
    if len(rows) > _NAMED:
        more = len(rows) - _NAMED
        rows[_NAMED:] = [ngettext("%(n)s more", "%(n)s more", more) % {"n": people(more)}]
    text = _("Fixed visits or least numbers of visits take the money: %(rows)s.") % {
        "rows": "; ".join(rows)
    }
    if price is None:
        below = _("What they cost is reckoned below.")
        return f"{text} {below}"
    cost = _("Without all of them the plan would have %(points)s points more.")
    return f"{text} {cost % {'points': people(price)}}"


_RATES = gettext_lazy(
    "A visit costs Rp %(cost)s, Rp %(left)s are left. It brings %(per_100000)s points per Rp 100,000; the poorest journey of the plan brings %(poorest)s."
)
_PRICE = gettext_lazy("A visit costs Rp %(cost)s, Rp %(left)s are left.")
_OUT_OF_REACH = gettext_lazy(
    "With the shortest visit the day would take %(minutes)s minutes (at most %(most_minutes)s) and %(km)s km (at most %(most_km)s)."
)
_NIGHT = {
    True: gettext_lazy("With a night there it would do."),
    False: gettext_lazy("A night there would not do either."),
}
_LEFT: dict[str, Any] = {
    LeftOutReason.NOBODY: gettext_lazy("%(missing)s are missing there, and nobody would come."),
    LeftOutReason.NO_DATE: gettext_lazy("It is open on none of the plan's days."),
    LeftOutReason.NO_TEAM: gettext_lazy(
        "It is open on %(dates)s days of the plan, and nobody is free on any of them."
    ),
    LeftOutReason.MONEY: _RATES,
    LeftOutReason.PUSHED_OUT: _RATES,
    LeftOutReason.FITS: gettext_lazy("It would add %(points)s points for Rp %(cost)s."),
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
