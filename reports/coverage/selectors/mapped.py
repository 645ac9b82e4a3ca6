"""What the map and the ranking beside it show: one measure, its classes, and the order of the rows.

Classes are ordered by lightness, so that they can be told apart without colours: the darker, the
more there is to do. Zero is a class of its own and never the same as unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.regions.enums import Level
from dukcapil.regions.validators import ancestor
from reports.coverage.enums import Measure, Reported
from reports.coverage.selectors.row import CoverageRow

#: A class of the map: how its style is called, and what the legend says of it.
UNKNOWN = "0"
MET = "met"
_DARKER = ("a1", "a2", "a3", "a4")
_MORE = ("v1", "v2", "v3", "v4")
#: Percentage points below the target at which a class ends; the last one has no end.
_BELOW = (Decimal(1), Decimal(3), Decimal(8))
#: Days since a visit, as `_BELOW`.
_DAYS = (7, 30, 90)


@dataclass(frozen=True)
class MapClass:
    """One class with the number of regions in it. `first` and `last` bound it, where it has bounds."""

    css: str
    label: str | Promise
    count: int
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True)
class Mapped:
    """The measure that is shown, region -> style of its class, and the legend from light to dark."""

    measure: Measure
    bands: dict[str, str]
    classes: list[MapClass]


@dataclass(frozen=True)
class Beside:
    """What other subjects know of the regions: days reported (offices alone), and last visits."""

    reported: Mapping[str, Reported]
    visited: Mapping[str, date]


def reported_by(level: Level, offices: Iterable[Mapping[str, Any]]) -> dict[str, Reported]:
    """region of `level` -> how far its offices are with a day. `offices`: each with its region, the
    newest revision of the day and when that was confirmed.
    """
    states: dict[str, set[Reported]] = defaultdict(set)
    for row in offices:
        state = Reported.NOT
        if row["confirmed_at"] is not None:
            state = Reported.CONFIRMED
        elif row["revision"] is not None:
            state = Reported.BUILT
        states[ancestor(row["region"], level)].add(state)
    return {
        code: next(iter(found)) if len(found) == 1 else Reported.PART
        for code, found in states.items()
    }


def measures_of(level: Level, rows: Sequence[CoverageRow], *, frozen: bool) -> list[Measure]:
    """What may be shown of these rows. A release keeps figures, not who had reported or travelled."""
    measures = list(Measure)
    if not any(row["recorded_percent"] for row in rows):
        measures = [one for one in measures if one not in (Measure.PERCENT, Measure.GAP)]
    if all(row["unrecorded"] is None for row in rows):
        measures = [one for one in measures if one != Measure.UNRECORDED]
    if frozen:
        measures = [one for one in measures if one not in (Measure.REPORTED, Measure.VISITED)]
    if level.is_below(Level.REGENCY):
        measures = [one for one in measures if one != Measure.REPORTED]
    return measures


def mapped(measure: Measure, rows: Sequence[CoverageRow], beside: Beside, day: date) -> Mapped:
    """`day`: from which the days since a visit are counted."""
    if measure == Measure.PERCENT:
        return _by_percent(rows)
    if measure == Measure.REPORTED:
        return _by_report(rows, beside)
    if measure == Measure.VISITED:
        return _by_visit(rows, beside, day)
    values = {row["region"]: _VALUES[measure](row) for row in rows}
    if measure == Measure.TODAY:
        return _by_quarter(measure, values, _MORE, "v0", gettext_lazy("nobody"))
    words = gettext_lazy("reached") if measure == Measure.GAP else gettext_lazy("nobody")
    return _by_quarter(measure, values, _DARKER, MET, words)


_VALUES: dict[Measure, Callable[[CoverageRow], int | None]] = {
    Measure.GAP: lambda row: row["gap_to_target"],
    Measure.UNRECORDED: lambda row: row["unrecorded"],
    Measure.TODAY: lambda row: row["recorded_today"],
}


def _counted(
    measure: Measure, bands: dict[str, str], names: Iterable[tuple[str, str | Promise]]
) -> Mapped:
    """The classes that there are in this order; an empty one stays, so that a legend says it."""
    held = list(bands.values())
    classes = [MapClass(css, label, held.count(css)) for css, label in names]
    if UNKNOWN in held:
        classes.append(MapClass(UNKNOWN, gettext_lazy("unknown"), held.count(UNKNOWN)))
    return Mapped(measure, bands, classes)


def _by_percent(rows: Sequence[CoverageRow]) -> Mapped:
    """By the distance to the row's own target: rows of several targets are compared fairly."""
    bands = {row["region"]: _distance_band(row) for row in rows}
    ends = [str(end.normalize()) for end in _BELOW]
    names: list[tuple[str, str | Promise]] = [(MET, gettext_lazy("target reached"))]
    names += [
        ("a1", _("less than %(to)s point below") % {"to": ends[0]}),
        ("a2", _("%(from)s to %(to)s points below") % {"from": ends[0], "to": ends[1]}),
        ("a3", _("%(from)s to %(to)s points below") % {"from": ends[1], "to": ends[2]}),
        ("a4", _("more than %(from)s points below") % {"from": ends[2]}),
    ]
    return _counted(Measure.PERCENT, bands, names)


def _distance_band(row: CoverageRow) -> str:
    share, target, gap = row["recorded_percent"], row["target_percent"], row["gap_to_target"]
    if share is None or target is None or gap is None:
        return UNKNOWN
    if gap <= 0:
        return MET
    below = Decimal(target) - Decimal(share)
    return _DARKER[sum(below >= end for end in _BELOW)]


def _by_report(rows: Sequence[CoverageRow], beside: Beside) -> Mapped:
    css = {Reported.CONFIRMED: MET, Reported.BUILT: "a2", Reported.PART: "a2", Reported.NOT: "a4"}
    states = {row["region"]: beside.reported.get(row["region"], Reported.NOT) for row in rows}
    used = set(states.values())
    second = Reported.PART if Reported.PART in used else Reported.BUILT
    return _counted(
        Measure.REPORTED,
        {code: css[state] for code, state in states.items()},
        [(css[state], state.label) for state in (Reported.CONFIRMED, second, Reported.NOT)],
    )


def _by_visit(rows: Sequence[CoverageRow], beside: Beside, day: date) -> Mapped:
    bands = {}
    for row in rows:
        last = beside.visited.get(row["region"])
        css = (MET, "a1", "a2", "a3")
        bands[row["region"]] = (
            css[sum((day - last).days > end for end in _DAYS)] if last is not None else "a4"
        )
    names: list[tuple[str, str | Promise]] = [
        (MET, _("up to %(to)s days ago") % {"to": _DAYS[0]}),
        ("a1", _("%(from)s to %(to)s days ago") % {"from": _DAYS[0] + 1, "to": _DAYS[1]}),
        ("a2", _("%(from)s to %(to)s days ago") % {"from": _DAYS[1] + 1, "to": _DAYS[2]}),
        ("a3", _("more than %(from)s days ago") % {"from": _DAYS[2]}),
        ("a4", gettext_lazy("no visit is known")),
    ]
    return _counted(Measure.VISITED, bands, names)


def _by_quarter(
    measure: Measure,
    values: dict[str, int | None],
    css: tuple[str, ...],
    none: str,
    none_label: str | Promise,
) -> Mapped:
    """Four classes with about the same number of regions each, and one for zero and less."""
    positive = sorted(value for value in values.values() if value is not None and value > 0)
    size = len(positive)
    parts = min(4, len(set(positive)))
    cuts = sorted({positive[size * part // parts] for part in range(1, parts)})
    styles = css if len(cuts) == 3 else css[1 : 2 + len(cuts)]

    def of(value: int | None) -> str:
        if value is None:
            return UNKNOWN
        return none if value <= 0 else styles[sum(value >= cut for cut in cuts)]

    bands = {code: of(value) for code, value in values.items()}
    classes = []
    if none in bands.values() or measure == Measure.GAP:
        classes.append(MapClass(none, none_label, list(bands.values()).count(none)))
    for style in styles:
        members = [value for value in positive if of(value) == style]
        if members:
            classes.append(MapClass(style, "", len(members), members[0], members[-1]))
    if UNKNOWN in bands.values():
        unknown = list(bands.values()).count(UNKNOWN)
        classes.append(MapClass(UNKNOWN, gettext_lazy("unknown"), unknown))
    return Mapped(measure, bands, classes)


# --- the order of the ranking -----------------------------------------------------------------------

_REPORTED_FIRST = (Reported.NOT, Reported.PART, Reported.BUILT, Reported.CONFIRMED)


def in_order(
    order: str, rows: Iterable[CoverageRow], beside: Beside | None = None
) -> list[CoverageRow]:
    """What needs attention first; what is unknown last; equal ones by code. `code` for the codes."""
    kept = sorted(rows, key=lambda row: row["region"])
    if order not in Measure.values:
        return kept
    return sorted(kept, key=lambda row: _key(Measure(order), row, beside))


def _key(measure: Measure, row: CoverageRow, beside: Beside | None) -> tuple[bool, Any]:
    if measure == Measure.PERCENT:
        share = row["recorded_percent"]
        return share is None, Decimal(share or 0)
    if measure == Measure.REPORTED:
        state = beside.reported.get(row["region"], Reported.NOT) if beside else Reported.NOT
        return False, _REPORTED_FIRST.index(state)
    if measure == Measure.VISITED:
        last = beside.visited.get(row["region"]) if beside else None
        return False, last or date.min
    value = _VALUES[measure](row)
    return value is None, -(value or 0)
