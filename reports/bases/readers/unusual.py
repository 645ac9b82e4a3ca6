"""Unusual figures, which are accepted with a note: above wajib, and parts that make another sum."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from dukcapil.core.db import dicts
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import ancestor_sql, level_of, lineage
from reports.bases.models import PopulationFigure
from reports.bases.readers.places import root_of
from reports.bases.readers.rows import Table

SUMMED = ("population", "wajib", "recorded", "unrecorded", "printed", "ikd_activated")
ByCode = Mapping[str, tuple[int, PopulationFigure]]


@dataclass
class Total:
    """A row that sums up the others and names no region of its own."""

    row: int
    text: str
    figure: PopulationFigure


def warnings(
    by_code: ByCode, table: Table, total: Total | None, rests: Sequence[Total] = ()
) -> list[str]:
    """`rests`: rows of people whom no region's row counts."""
    found = [
        _("Row %(row)s: more people recorded than wajib KTP; kept as it is.") % {"row": row}
        for row, figure in by_code.values()
        if figure.unrecorded is not None and figure.unrecorded < 0
    ]
    found += [
        _(
            "Row %(row)s, %(field)s: %(own)s, but its %(count)s parts in this file sum to %(sum)s"
            " (difference %(difference)s). Both are kept."
        )
        % {
            "row": by_code[code][0],
            "field": _field(name, table),
            "own": own,
            "count": count,
            "sum": summed,
            "difference": own - summed,
        }
        for code, name, own, count, summed in _disagreements(by_code)
    ]
    found += _against_total(by_code, table, total, rests) if total else []
    return found + (_of_rests(by_code, table, total, rests) if rests else [])


def has_sum(by_code: ByCode) -> bool:
    """Whether a row of the list is that of the region above all others."""
    root = root_of(by_code)
    return root in by_code and len(by_code) > 1


def _of_rests(
    by_code: ByCode, table: Table, total: Total | None, rests: Sequence[Total]
) -> list[str]:
    found: list[str] = []
    above = total.figure if total else by_code[root_of(by_code)][1]
    for name in SUMMED:
        beyond, rest = _beyond(by_code, above, name), _rest(rests, name)
        if beyond is not None and rest is not None and beyond != rest:
            text = _(
                "Row %(row)s (%(text)s), %(field)s: %(own)s, but the sum has %(beyond)s beyond its rows."
            )
            values = {"row": rests[0].row, "text": rests[0].text[:40], "field": _field(name, table)}
            found.append(text % {**values, "own": rest, "beyond": beyond})
    return found


def _beyond(by_code: ByCode, above: PopulationFigure, name: str) -> int | None:
    own = getattr(above, name)
    values = [getattr(figure, name) for figure in lowest(by_code)]
    return None if own is None or None in values else own - sum(values)


def _rest(rests: Sequence[Total], name: str) -> int | None:
    values = [getattr(rest.figure, name) for rest in rests]
    return sum(values) if values and None not in values else None


def _field(name: str, table: Table) -> str:
    kind = "wajib_ktp" if name == "wajib" else name
    return table.place(kind) if kind in table.columns else name


def lowest(by_code: ByCode) -> list[PopulationFigure]:
    """Figures of the lowest level that the list has."""
    if not by_code:
        return []
    deepest = max(map(level_of, by_code), key=list(Level).index)
    return [figure for code, (_row, figure) in by_code.items() if level_of(code) == deepest]


def _against_total(
    by_code: ByCode, table: Table, total: Total, rests: Sequence[Total]
) -> list[str]:
    """A sum that is no region's own row: only compared."""
    found: list[str] = []
    rows = lowest(by_code)
    for name in SUMMED:
        own = getattr(total.figure, name)
        values = [getattr(figure, name) for figure in rows]
        explained = _rest(rests, name) or 0
        if own is not None and None not in values and own - sum(values) not in (0, explained):
            text = _(
                "Row %(row)s (%(text)s), %(field)s: %(own)s, but the rows sum to %(sum)s (difference"
                " %(difference)s). The sum of the file is not kept."
            )
            values_of = {"row": total.row, "text": total.text[:40], "field": _field(name, table)}
            found.append(
                text
                % {**values_of, "own": own, "sum": sum(values), "difference": own - sum(values)}
            )
    return found


def is_whole(root: str, by_code: ByCode) -> bool:
    """Whether every region of the list's lowest level within `root` has a row."""
    rows = lowest(by_code)
    if len(rows) < 2:
        return False
    level = level_of(rows[0].region_id)
    return Region.objects.within(root).level(level).count() == len(rows)


def _disagreements(by_code: ByCode) -> Iterator[tuple[str, str, int, int, int]]:
    """Regions with all their parts in the file, where the sum of the parts is another number."""
    parts: dict[tuple[str, Level], list[PopulationFigure]] = defaultdict(list)
    for code, (_row, figure) in by_code.items():
        for above in lineage(code)[:-1]:
            parts[above, level_of(code)].append(figure)
    parts = {key: below for key, below in parts.items() if key[0] in by_code}
    expected = _numbers_of_parts(set(parts))
    for (code, level), below in sorted(parts.items(), key=lambda item: item[0][0]):
        if len(below) != expected.get((code, level)):
            continue
        for name in SUMMED:
            values = [getattr(figure, name) for figure in below]
            own = getattr(by_code[code][1], name)
            if own is not None and None not in values and sum(values) != own:
                yield code, name, own, len(below), sum(values)


def _numbers_of_parts(wanted_parts: set[tuple[str, Level]]) -> dict[tuple[str, Level], int]:
    """(region, level) -> how many regions of that level lie in it."""
    counted: dict[tuple[str, Level], int] = {}
    for above in {level_of(code) for code, _level in wanted_parts}:
        levels = [str(level) for code, level in wanted_parts if level_of(code) == above]
        sql = _PARTS.format(above=ancestor_sql("code", above))
        for row in dicts(sql, {"levels": levels}):
            key = row["region"], Level(row["level"])
            counted[key] = counted.get(key, 0) + row["n"]
    return counted


_PARTS = """
SELECT {above} AS region, level, count(*) AS n FROM regions_region
 WHERE level = ANY (%(levels)s) GROUP BY 1, 2
"""
