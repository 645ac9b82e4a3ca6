"""Turnouts that visits show, beside what is assumed."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import dicts
from dukcapil.regions.enums import today_in
from reports.planner.enums import MOST_VISITS, TURNOUTS, SiteKind
from reports.planner.models.rules import TurnoutRule
from reports.planner.selectors.actual import StopActual, actual, actual_of_everybody
from reports.planner.selectors.rules import rows_of_turnouts

#: From so many visits on a turnout is measured; below it is chance.
FEWEST_VISITS = 3
#: A turnout is measured from the visits of so many days.
MEASURED_DAYS = 120


@dataclass(frozen=True)
class Turnout:
    """Of a thousand who were missing, how many came to the nth visit of a place of this kind."""

    kind: SiteKind
    visit: int
    #: What is assumed, by a rule or by nobody's; None: nothing.
    assumed: int | None
    #: What plans reckon with from today on.
    reckoned: int | None
    reckoned_is_measured: bool
    #: The office typed in what is reckoned with: it stays, whatever is measured, until the office lets it go.
    by_hand: bool = False
    visits: int = 0
    #: Missing before these visits, and recorded at them.
    missing: int = 0
    came: int = 0
    #: Visits at which all places were used: more might have come.
    full: int = 0

    @property
    def measured(self) -> int | None:
        """None from too few visits."""
        if self.visits < FEWEST_VISITS or not self.missing:
            return None
        share = Decimal(1000 * self.came) / self.missing
        return min(1000, int(share.quantize(Decimal(1), ROUND_HALF_UP)))


def turnouts(by: Actor, office: str) -> list[Turnout]:
    """Of the visits of the last months."""
    today = today_in(office)
    found = actual(by, office, today - timedelta(days=MEASURED_DAYS), today)
    return measured(found.rows, office, today)


def turnouts_of_everybody(office: str, today: date) -> list[Turnout]:
    """The same for a job, which sees all."""
    found = actual_of_everybody(office, today - timedelta(days=MEASURED_DAYS), today)
    return measured(found.rows, office, today)


def measured(rows: Iterable[StopActual], office: str, day: date) -> list[Turnout]:
    """What visits that are over say.

    Who was missing before a visit: the count of its plan, less who was recorded at visits of the place
    between the plan's cut and it.
    """
    over = [one for one in rows if one.is_over and one.recorded is not None]
    # No plan reckons with more visits of a place, and no rule can say what came to them.
    sums = _sums([one for one in over if one.visit <= MOST_VISITS])
    rules = _rules(office, day)
    keys = sums.keys() | rules.keys()
    return [
        Turnout(kind, visit, *rules.get((kind, visit), _NOTHING), *sums[kind, visit])
        for kind, visit in sorted(keys)
    ]


_Rule = tuple[int | None, int | None, bool, bool]
_NOTHING: _Rule = (None, None, False, False)


def _sums(over: list[StopActual]) -> dict[tuple[SiteKind, int], list[int]]:
    """Kind and visit -> visits, missing before them, who came, and how many were full."""
    gaps = _gaps(over)
    sums: dict[tuple[SiteKind, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    since: dict[tuple[uuid.UUID, str], int] = defaultdict(int)
    for one in sorted(over, key=lambda row: (row.stop.duty.day, row.stop.number)):
        place = (one.stop.duty.plan_id, one.stop.site)
        missing, recorded = max(0, gaps.get(place, 0) - since[place]), one.recorded or 0
        since[place] += recorded
        if missing:
            full = bool(one.places) and recorded >= (one.places or 0)
            some = (1, missing, min(recorded, missing), int(full))
            key = (one.kind, one.visit)
            sums[key] = [a + b for a, b in zip(sums[key], some, strict=True)]
    return sums


_GAPS = """
SELECT plan.id, site ->> 'id' AS site,
       (SELECT sum(n::int) FROM jsonb_each_text(site -> 'gap') AS people (stage, n))::int AS gap
  FROM reports_plan plan CROSS JOIN LATERAL jsonb_array_elements(plan.instance -> 'sites') AS site
 WHERE plan.id = ANY (%(plans)s) AND site ->> 'id' = ANY (%(sites)s)
"""


def _gaps(rows: list[StopActual]) -> dict[tuple[uuid.UUID, str], int]:
    """Plan and place -> who was missing when the plan was cut."""
    if not rows:
        return {}
    params = {
        "plans": list({one.stop.duty.plan_id for one in rows}),
        "sites": list({one.stop.site for one in rows}),
    }
    return {(row["id"], row["site"]): row["gap"] or 0 for row in dicts(_GAPS, params)}


def _rules(office: str, day: date) -> dict[tuple[SiteKind, int], _Rule]:
    """Kind and visit -> what is assumed, what is reckoned with, whether that was measured, and whether the
    office typed it in.
    """
    rows: dict[tuple[str, int], list[TurnoutRule]] = defaultdict(list)
    for row in rows_of_turnouts(office):
        if row.valid_from <= day:
            rows[row.kind, row.visit].append(row)
    found: dict[tuple[SiteKind, int], _Rule] = {
        (SiteKind(kind), number): (share, share, False, False)
        for kind, shares in TURNOUTS.items()
        for number, share in enumerate(shares, 1)
    }
    for (kind, visit), some in rows.items():
        key = (SiteKind(kind), visit)
        newest = max(some, key=_rank)
        said = [one for one in some if not one.measured]
        usual = found[key][0] if key in found else None
        assumed = max(said, key=_rank).per_thousand if said else usual
        typed = newest.region_id == office and newest.set_by_id is not None
        by_hand = typed and not newest.measured
        found[key] = (assumed, newest.per_thousand, newest.measured, by_hand)
    return found


def _rank(one: TurnoutRule) -> tuple[int, date, int]:
    """The nearest region, of it the row that began last, of these the newest."""
    depth = 0 if one.region_id == "00" else len(one.region_id)
    return (depth, one.valid_from, one.pk)
