"""The backlog of offices by status: counted for who may see the people, and as it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import Part, at_once
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import ancestor_sql, inside_sql, level_of, span
from registrations.cards.enums import SENT, STEP, STEPS, TO_PRINT, Exceptional, StatusCode, Step


@dataclass(frozen=True)
class Backlog:
    """People of one code. `late`: longer in it than its step takes. `oldest`: since when."""

    step: Step
    people: int = 0
    late: int = 0
    oldest: datetime | None = None

    @property
    def days(self) -> int | None:
        """How long the oldest of them stand in it."""
        return None if self.oldest is None else max((timezone.now() - self.oldest).days, 0)


@dataclass(frozen=True)
class CardsNeeded:
    """Cards that are needed at once: whose printing was ordered, who is print-ready, and who was sent to the
    centre and will be.
    """

    queue: int
    print_ready: int
    sent: int

    @property
    def cards(self) -> int:
        return self.queue + self.print_ready + self.sent


def cards_needed(rows: Iterable[Backlog]) -> CardsNeeded:
    people = {row.step.code: row.people for row in rows}
    return CardsNeeded(
        queue=people.get(StatusCode.SENT_FOR_CARD_PRINTING, 0),
        print_ready=people.get(StatusCode.PRINT_READY_RECORD, 0),
        sent=sum(people.get(code, 0) for code in SENT),
    )


@dataclass(frozen=True)
class RegionBacklog:
    """The last known backlog of an office, or of all offices of a region that bring lists."""

    #: Every code, in the order of the steps.
    rows: list[Backlog]
    #: How many offices are in it.
    offices: int
    #: Day of the newest list; of several offices the earliest of those days. None without a list.
    as_of: date | None
    counted_at: datetime

    @property
    def late(self) -> int:
        return sum(row.late for row in self.rows)

    def people_in(self, codes: Iterable[str]) -> int:
        return sum(self.by_code[code].people for code in codes)

    @property
    def known(self) -> list[Backlog]:
        """Codes in which anybody stands."""
        return [row for row in self.rows if row.people]

    @property
    def by_code(self) -> dict[str, Backlog]:
        return {row.step.code: row for row in self.rows}

    @property
    def needed(self) -> CardsNeeded:
        return cards_needed(self.rows)


_KEPT = """
SELECT {above} AS region, code, sum(people)::bigint AS people, sum(late)::bigint AS late,
       min(oldest) AS oldest, count(*) AS offices, min(listed_on) AS as_of,
       min(counted_at) AS counted_at
  FROM registrations_statuscount
 WHERE {listed} AND {inside}
 GROUP BY 1, 2
"""


#: The same of one office, as text of SQL for a statement about it.
KEPT_OF_OFFICE = """(
    SELECT jsonb_agg(jsonb_build_object('region', own.office_id, 'code', own.code, 'offices', 1,
               'people', own.people, 'late', own.late, 'oldest', own.oldest,
               'as_of', own.listed_on, 'counted_at', own.counted_at))
      FROM registrations_statuscount own
     WHERE own.office_id = {office} AND own.listed_on IS NOT NULL
)"""


def kept_part(region: str, level: Level, *, entered: bool = False) -> Part:
    """For `core.db.at_once`: what is kept of each region of a level within `region`, of offices that bring
    lists. `entered`: also of one that only entered statuses by hand.
    """
    sql = _KEPT.format(
        above=ancestor_sql("office_id", level),
        listed="TRUE" if entered else "listed_on IS NOT NULL",
        inside=inside_sql("office_id"),
    )
    return sql, span(region)


def kept_by(found: Iterable[Mapping[str, Any]]) -> dict[str, RegionBacklog]:
    """What `kept_part` found, by region. A region of which no office brought a list is not among them."""
    of_region: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in found:
        of_region.setdefault(row["region"], {})[row["code"]] = row
    return {region: _kept(rows) for region, rows in of_region.items()}


def _kept(rows: Mapping[str, Mapping[str, Any]]) -> RegionBacklog:
    first = next(iter(rows.values()))
    backlog = [
        Backlog(step, row["people"], row["late"], row["oldest"] and _moment(row["oldest"]))
        if (row := rows.get(step.code))
        else Backlog(step)
        for step in STEPS
    ]
    as_of = first["as_of"] and date.fromisoformat(first["as_of"])
    return RegionBacklog(backlog, first["offices"], as_of, _moment(first["counted_at"]))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def kept_backlogs(region: str, level: Level, *, entered: bool = False) -> dict[str, RegionBacklog]:
    return kept_by(at_once({"kept": kept_part(region, level, entered=entered)})["kept"])


def kept_backlog(region: str) -> RegionBacklog | None:
    """Of the region itself; None where nobody knows: no office brought a list, or it is below an office."""
    level = level_of(region)
    if level.is_below(Level.REGENCY):
        return None
    return kept_backlogs(region, level).get(region)


def backlog(by: Actor) -> list[Backlog]:
    """Every code with its people, as kept. An office sees what it entered by hand, too; whoever watches
    several sees those that bring lists.
    """
    if by.office:
        entered = kept_backlogs(by.office, Level.REGENCY, entered=True).get(by.office)
    else:
        entered = kept_backlog(by.region)
    return entered.rows if entered else [Backlog(step) for step in STEPS]


@dataclass(frozen=True)
class OfficeBacklog:
    office: str
    name: str
    people: int
    print_ready: int
    sent: int
    exceptional: int
    late: int


def backlog_by_office(by: Actor) -> list[OfficeBacklog]:
    """A row for each office that brings lists; for whoever watches several."""
    exceptional = [code for one in Exceptional for code in one.codes]
    kept = kept_backlogs(by.region, Level.REGENCY)
    names = dict(Region.objects.filter(pk__in=kept).values_list("code", "name"))
    return [
        OfficeBacklog(
            code,
            names[code],
            one.people_in(STEP),
            one.people_in(TO_PRINT),
            one.people_in(SENT),
            one.people_in(exceptional),
            one.late,
        )
        for code, one in sorted(kept.items())
    ]


@dataclass(frozen=True)
class BacklogLine:
    """A row of a table of backlogs: `cells` are of its codes, none where nobody knows."""

    name: str
    backlog: RegionBacklog | None
    cells: list[Backlog | None]


@dataclass(frozen=True)
class BacklogTable:
    """Offices or regions side by side, with the codes in which anybody of them stands."""

    steps: list[Step]
    lines: list[BacklogLine]


def side_by_side(
    regions: Iterable[tuple[str, str]], kept: Mapping[str, RegionBacklog]
) -> BacklogTable:
    """`regions`: code and name, in the order of the page."""
    known = list(regions)
    steps = [
        step
        for step in STEPS
        if any(code in kept and kept[code].by_code[step.code].people for code, _name in known)
    ]
    lines = []
    for code, name in known:
        one = kept.get(code)
        cells = [one.by_code[step.code] if one else None for step in steps]
        lines.append(BacklogLine(name, one, cells))
    return BacklogTable(steps, lines)
