"""What is missing where no plan comes of it, or one without a journey, and the page on which to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.core.templatetags.figures import people
from reports.planner.enums import LeftOutReason
from reports.planner.models.plans import PlanLeftOut


@dataclass(frozen=True)
class Door:
    """A page by the name of its address, and what is done there."""

    name: str
    words: Any
    #: Of one office, which stands in the address.
    of_office: bool = True


_CREWS = Door("resources", gettext_lazy("Teams and recording sets"), of_office=False)
_MONEY = Door("plan-rules", gettext_lazy("Rules and money"))
_DAYS = Door("plan-days", gettext_lazy("Days and visits"))
_WAYS = Door("plan-ways", gettext_lazy("Ways"))
#: Code of what was refused -> where it is mended.
_DOORS = {
    "no-team": _CREWS,
    "no-kit": _CREWS,
    "no-way": _WAYS,
    "pin-impossible": _DAYS,
    "floor-impossible": _DAYS,
    "plan-input": _MONEY,
    "CLASH": _DAYS,
    "PIN": _DAYS,
    "FLOOR": _DAYS,
    "TRAVEL": _WAYS,
    "DAY": _MONEY,
}


def door_of(codes: Sequence[str]) -> Door | None:
    """Where the first of these is mended; None: nowhere but where it was asked."""
    return next((_DOORS[code] for code in codes if code in _DOORS), None)


@dataclass(frozen=True)
class Empty:
    """Why there is no journey, what to do, and where."""

    words: str
    door: Door | None = None


def empty(left: Sequence[PlanLeftOut]) -> Empty:
    """Of a plan without a journey. By what keeps out the places to which somebody would come."""
    some = [one for one in left if one.reason != LeftOutReason.NOBODY]
    if not some:
        return Empty(_("No journey: nobody is expected at any place on these days."))
    if dear := [one for one in some if one.reason in _FOR_MONEY]:
        cheapest = min(dear, key=lambda one: one.numbers.get("cost", 0))
        numbers = {name: people(cheapest.numbers.get(name, 0)) for name in ("left", "cost")}
        text = _(
            "No journey: there are Rp %(left)s, and the cheapest visit costs Rp %(cost)s. Write down the money that there is, then plan again."
        )
        return Empty(text % numbers, _MONEY)
    reasons = [one.reason for one in some]
    most = max(LeftOutReason, key=reasons.count)
    words, door = _EMPTY.get(most, (_("No journey pays."), None))
    return Empty(str(words), door)


_FOR_MONEY = {LeftOutReason.MONEY, LeftOutReason.PUSHED_OUT}
_EMPTY: dict[str, tuple[Any, Door | None]] = {
    LeftOutReason.NO_DATE: (
        gettext_lazy(
            "No journey: every place is closed on these days. Choose other days, or look at the days and visits."
        ),
        _DAYS,
    ),
    LeftOutReason.OUT_OF_REACH: (
        gettext_lazy(
            "No journey: every place is out of reach in a day. Look at the limits of a day and the ways."
        ),
        _MONEY,
    ),
    LeftOutReason.NO_TEAM: (
        gettext_lazy(
            "No journey: no team or no recording set is free on these days. Choose other days, or add some."
        ),
        _CREWS,
    ),
}


def reason_words(one: PlanLeftOut) -> str:
    """The reason in a few words. Where no journey pays there is nothing on which the money is better spent."""
    if one.reason == LeftOutReason.MONEY and not one.numbers.get("poorest"):
        return _("The money does not suffice")
    return str(one.get_reason_display())
