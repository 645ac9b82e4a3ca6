"""What answers a region on a day: its basis, and its figures in it. Nothing else chooses a basis.

Regions answer each for itself, so that a figure does not depend on the list that it stands in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dukcapil.core.db import Found, Part, at_once
from dukcapil.regions.enums import Level
from dukcapil.regions.validators import ancestor_sql, inside_sql, level_of, span
from reports.bases.enums import VOTERS, BasisKind
from reports.bases.models import PopulationBasis
from reports.bases.selectors.access import about_region
from reports.bases.selectors.basis import COLUMNS, Figures

#: A level and those below it.
_FROM_HERE = {level: Level.values[place:] for place, level in enumerate(Level)}
#: One of these has to be known, or a row says nothing of recording.
_SAYING = ("wajib", "recorded", "unrecorded")


@dataclass(frozen=True)
class Answered:
    """A region's own answer; without a basis everything in it is unknown."""

    basis: PopulationBasis | None = None
    figures: Figures = field(default_factory=lambda: Figures({}))


@dataclass(frozen=True)
class Answering:
    """The answers of a region and of the regions of one level within it."""

    code: str
    regions: dict[str, Answered]
    #: The newest basis that answers every region of the level: on it they can be ranked.
    common: PopulationBasis | None = None

    def of(self, code: str) -> Answered:
        return self.regions.get(code, _NOBODY)

    @property
    def whole(self) -> Answered:
        return self.of(self.code)

    @property
    def bases(self) -> list[PopulationBasis]:
        """Of all the answers, the region's own first; each once."""
        found = [self.whole.basis, *(one.basis for _code, one in sorted(self.regions.items()))]
        return list(dict.fromkeys(basis for basis in found if basis))

    @property
    def notes(self) -> list[str]:
        return [basis.note for basis in self.bases if basis.note]


_NOBODY = Answered()


def dated(basis: PopulationBasis) -> date:
    """From which day on a basis answers."""
    return max(basis.wajib_as_of, basis.recorded_as_of)


def rank(basis: PopulationBasis) -> tuple[Any, ...]:
    """Of two bases that cover a region on its day the greater answers. One that nobody decided about
    yet would be the last.
    """
    decision = getattr(basis, "decision", None)
    return (
        basis.kind not in VOTERS,
        basis.kind != BasisKind.DERIVED,
        dated(basis),
        basis.wajib_as_of,
        basis.kind == BasisKind.DINAMIS,
        (decision is None, *((decision.decided_at, decision.pk) if decision else ())),
    )


def answering(
    code: str,
    level: Level,
    day: date,
    known_at: datetime | None = None,
    basis: PopulationBasis | None = None,
) -> Answering:
    """The region and every region of `level` within it: of the official bases that are dated not
    later than `day` and cover it, by its own row or by all its parts, the newest; else the newest
    estimate. Voters' lists answer only as `basis`, which is one for all. `known_at`: only bases in
    force at that moment. The same two queries for any number of regions.
    """
    bases = bases_of(code, day, known_at) if basis is None else [basis]
    return answered(code, level, bases, at_once({"cells": cells_of(code, level, bases)}), basis)


def answered(
    code: str,
    level: Level,
    bases: list[PopulationBasis],
    found: Found,
    basis: PopulationBasis | None = None,
) -> Answering:
    """As `answering`, with `bases_of`, and the part `cells` of `cells_of` asked for already."""
    sums = _Sums.of(code, level, found["cells"])
    if basis is not None:
        regions = {region: Answered(basis, sums.figures(basis, region)) for region in sums.regions}
        return Answering(code, regions, basis)
    chosen = {region: sums.first(bases, region) for region in sums.regions}
    regions = {
        region: Answered(one, sums.figures(one, region)) for region, one in chosen.items() if one
    }
    return Answering(code, regions, sums.common(bases, chosen))


def timeline(
    code: str,
    first: date,
    last: date,
    known_at: datetime | None = None,
    basis: PopulationBasis | None = None,
) -> list[tuple[date, Answered]]:
    """What answers one region from each of these days on, up to and with `last`: the first of them,
    and every day on which another basis takes over.
    """
    level = level_of(code)
    if basis is not None:
        return [(first, answering(code, level, last, basis=basis).whole)]
    bases = bases_of(code, last, known_at)
    sums = _Sums.of(code, level, at_once({"cells": cells_of(code, level, bases)})["cells"])
    days = sorted({first, *(dated(one) for one in bases if first < dated(one))})
    chosen = [(day, sums.first([b for b in bases if dated(b) <= day], code)) for day in days]
    joins = [pair for n, pair in enumerate(chosen) if n == 0 or pair[1] != chosen[n - 1][1]]
    return [(day, Answered(one, sums.figures(one, code)) if one else _NOBODY) for day, one in joins]


def bases_of(code: str, day: date, known_at: datetime | None = None) -> list[PopulationBasis]:
    """Bases that may answer on that day by themselves, the one that wins first."""
    return ranked(bases_about(code, known_at), day)


def bases_about(code: str, known_at: datetime | None = None) -> list[PopulationBasis]:
    """Bases in force that say something about this region or what lies in it, the newest first."""
    bases = PopulationBasis.objects.in_force(known_at).filter(about_region(code))
    return list(bases.select_related("decision").order_by("-recorded_as_of", "name"))


def ranked(bases: Iterable[PopulationBasis], day: date) -> list[PopulationBasis]:
    able = (basis for basis in bases if basis.kind not in VOTERS and dated(basis) <= day)
    return sorted(able, key=rank, reverse=True)


# --- rows of bases, summed by the regions of the question ------------------------------------------

#: A region, and the level of rows within it.
_Cell = tuple[str, str]
_Cells = dict[_Cell, tuple[int, ...]]

_LEVEL = f"""CASE WHEN {{column}} = '00' THEN '{Level.NATION}' ELSE CASE length({{column}})
 {" ".join(f"WHEN {one.code_length} THEN '{one}'" for one in list(Level)[1:])} END END"""

_SUMMED = ", ".join(
    (
        *(f"coalesce(sum(figure.{name}), 0)::bigint AS {name}" for name in COLUMNS),
        *(f"count(figure.{name}) AS n_{name}" for name in COLUMNS),
        "max(figure.published_unrecorded_percent)::text AS published",
    )
)
_NAMES = (*COLUMNS, *(f"n_{name}" for name in COLUMNS))
#: Where in a cell stands how many rows know each of `_SAYING`.
_KNOWN = [_NAMES.index(f"n_{name}") for name in _SAYING]

#: Of each basis, region of the question, and level of the rows in it the sums (rows above the level of
#: the question stand for themselves); and how many regions there are to know of: within the region
#: itself, those of its level, and within those of them that a basis has parts of.
_READ = f"""
WITH cells AS MATERIALIZED (
    SELECT figure.basis_id AS basis, {{ancestor}} AS region,
           {_LEVEL.format(column="figure.region_id")} AS level, {_SUMMED}
      FROM reports_populationfigure figure
     WHERE figure.basis_id = ANY (%(bases)s::bigint[]) AND {inside_sql("figure.region_id")}
       AND (%(most)s::int IS NULL OR %(most)s >= (
            SELECT count(*) FROM regions_region
             WHERE level = %(level)s AND {inside_sql("code")}))
     GROUP BY 1, 2, 3
), parts AS MATERIALIZED (SELECT DISTINCT region, level AS part FROM cells)
SELECT (SELECT json_agg(cells) FROM cells) AS cells,
       (SELECT json_agg(expected) FROM (
            SELECT %(code)s AS region, level, count(*) AS n FROM regions_region
             WHERE level IN (SELECT part FROM parts) AND level <> %(level)s AND level <> %(own)s
               AND {inside_sql("code")}
             GROUP BY level
             UNION ALL
            SELECT code, level, 1 FROM regions_region
             WHERE level = %(level)s AND {inside_sql("code")}
             UNION ALL
            SELECT region, part, (SELECT count(*) FROM regions_region below
                                   WHERE below.level = part
                                     AND below.code >= region || '.' AND below.code < region || '/')
              FROM parts
             WHERE region <> %(code)s AND part <> {_LEVEL.format(column="region")}
       ) AS expected) AS expected
"""


def cells_of(
    code: str, level: Level, bases: Iterable[PopulationBasis], most: int | None = None
) -> Part:
    """What bases say of the regions of a question, for `answered`. `most`: where there are more
    regions, nothing is read.
    """
    params = {
        **span(code),
        "bases": [basis.pk for basis in bases],
        "level": str(level),
        "own": str(level_of(code)),
        "most": most,
    }
    return _READ.format(ancestor=ancestor_sql("figure.region_id", level)), params


def _with_whole(cells: _Cells, code: str) -> _Cells:
    """The same cells, and of the region itself the sums of those within it."""
    own = level_of(code)
    whole: dict[str, tuple[int, ...]] = {}
    for (region, level), value in cells.items():
        if region != code and level != own:
            before = whole.get(level)
            whole[level] = value if before is None else _added(before, value)
    return cells | {(code, level): value for level, value in whole.items()}


def _added(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))


@dataclass(frozen=True)
class _Sums:
    """Of some bases the sums of their rows within each region, and of how many regions within each
    region they say something.
    """

    code: str
    level: Level
    cells: dict[int, _Cells]
    published: dict[tuple[int, str], Decimal | None]
    #: (region, level of parts) -> how many there are, of the cells that a basis has something of
    expected: dict[_Cell, int]

    @classmethod
    def of(cls, code: str, level: Level, found: list[dict[str, Any]]) -> _Sums:
        [read] = found
        cells: dict[int, _Cells] = defaultdict(dict)
        published = {}
        for row in read["cells"] or ():
            cells[row["basis"]][row["region"], row["level"]] = tuple(row[n] for n in _NAMES)
            if row["level"] == level_of(row["region"]):
                printed = row["published"]
                published[row["basis"], row["region"]] = Decimal(printed) if printed else None
        expected = {(row["region"], row["level"]): row["n"] for row in read["expected"] or ()}
        if level != level_of(code):
            expected[code, str(level)] = sum(part == level for _region, part in expected)
        summed = {basis: _with_whole(found, code) for basis, found in cells.items()}
        return cls(code, level, summed, published, expected)

    @property
    def regions(self) -> list[str]:
        at_level = {region for region, part in self.expected if part == self.level}
        return sorted(at_level | {self.code})

    # --- which basis covers a region

    def covers(self, basis: PopulationBasis, region: str) -> bool:
        found, own = self.cells.get(basis.pk, {}), level_of(region)
        for part in _FROM_HERE[own]:
            if cell := found.get((region, part)):
                known = [cell[place] for place in _KNOWN]
                if any(known) if part == own else self._complete(region, part, known):
                    return True
        return False

    def _complete(self, region: str, part: str, known: list[int]) -> bool:
        return max(known) == self.expected.get((region, part))

    def first(self, bases: list[PopulationBasis], region: str) -> PopulationBasis | None:
        return next((basis for basis in bases if self.covers(basis, region)), None)

    def common(
        self, bases: list[PopulationBasis], chosen: dict[str, PopulationBasis | None]
    ) -> PopulationBasis | None:
        regions = [region for region in chosen if level_of(region) == self.level]
        if len(alike := {chosen[region] for region in regions}) == 1:
            return alike.pop()
        return next((b for b in bases if all(self.covers(b, one) for one in regions)), None)

    # --- what it says

    def figures(self, basis: PopulationBasis, region: str) -> Figures:
        """A region's own row, and of what lies below it complete sums: unknown is not zero."""
        own, found = level_of(region), self.cells.get(basis.pk, {})
        made = Figures({})
        for part in _FROM_HERE[own]:
            if (cell := found.get((region, part))) is None:
                continue
            sums, counts = cell[: len(COLUMNS)], cell[len(COLUMNS) :]
            if part == own:
                known = zip(COLUMNS, sums, counts, strict=True)
                made.own = {name: total if n else None for name, total, n in known}
                made.published = self.published.get((basis.pk, region))
                continue
            for name, total, n in zip(COLUMNS, sums, counts, strict=True):
                if n == self.expected.get((region, part)) and name not in made.parts:
                    made.parts[name] = total
                    made.parts_level = part
        return made
