"""Reading a basis from CSV or XLSX: every bad row named with its field and what to do about it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from dukcapil.core.db import dicts
from dukcapil.core.errors import DomainError, Invalid
from dukcapil.core.reader.limits import Limits
from dukcapil.core.tables import RowError, RowErrors, Rows, text_of
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import ancestor_sql, dotted, level_of, lineage
from reports.bases.models import PopulationFigure
from reports.bases.validators import COMPONENTS, dinamis

#: The nation's villages and all above them are 91,600 rows, with a dozen columns each.
LIMITS = Limits(rows=100_000, cells=1_200_000)
PLAIN = ("wajib_ktp", "recorded", "unrecorded", "printed", "ikd_activated")
#: Columns that every basis may have besides its own.
EXTRA = ("population", "published_unrecorded_percent")
#: Columns that only help people to read the file; their content is ignored.
IGNORED = {"region_name", "name", "nama", "nama_wilayah"}
_SEPARATED = re.compile(r"\d{1,3}([.,]\d{3})+")


@dataclass
class Parsed:
    figures: list[PopulationFigure]
    #: Unusual but real figures: accepted with a note, which is shown beside them.
    warnings: list[str] = field(default_factory=list)


# --- rows -----------------------------------------------------------------------------------------


def parse(rows: Rows, level: str, *, components: bool) -> Parsed:
    """The figure of every row; raises RowErrors with every bad row. Writes nothing."""
    columns = (*COMPONENTS, "recorded", "unrecorded") if components else PLAIN
    _check_header(rows, columns, components=components)
    known_codes = set(Region.objects.filter(code__in=_codes(rows)).values_list("code", flat=True))
    errors: list[RowError] = []
    by_code: dict[str, tuple[int, PopulationFigure]] = {}
    for number, row in enumerate(rows, start=2):
        row_errors: list[RowError] = []
        figure = _figure(row, number, columns, known_codes, level, row_errors)
        if figure is not None and (earlier := by_code.get(figure.region_id)):
            message = _("This region stands in row %(row)s already; remove one of the two.")
            row_errors.append(RowError(number, "region_code", message % {"row": earlier[0]}))
        if figure is not None and not row_errors:
            by_code[figure.region_id] = number, figure
        errors += row_errors
    if errors:
        raise RowErrors(errors)
    return Parsed([figure for _row, figure in by_code.values()], _warnings(by_code))


def _check_header(rows: Rows, columns: tuple[str, ...], *, components: bool) -> None:
    if not rows:
        raise RowErrors([RowError(0, "", _("The file has no rows."))])
    names = {name for name in rows[0] if name}
    required = {"region_code", *(COMPONENTS if components else ())}
    if missing := required - names:
        text = _("Missing columns: %(names)s.") % {"names": ", ".join(sorted(missing))}
        raise RowErrors([RowError(0, "", text)])
    allowed = {"region_code", *columns, *EXTRA}
    if unknown := names - allowed - IGNORED:
        text = _("Unknown columns: %(names)s. Allowed: %(allowed)s.") % {
            "names": ", ".join(sorted(unknown)),
            "allowed": ", ".join(["region_code", *columns, *EXTRA]),
        }
        raise RowErrors([RowError(1, _("header"), text)])


def _codes(rows: Rows) -> list[str]:
    codes = []
    for row in rows:
        try:
            codes.append(dotted(text_of(row.get("region_code"))))
        except DomainError:
            continue
    return codes


def _figure(
    row: dict[str, Any],
    number: int,
    columns: tuple[str, ...],
    known_codes: set[str],
    level: str,
    errors: list[RowError],
) -> PopulationFigure | None:
    """The row's figure; what is wrong with it is added to `errors`, every field of it."""
    values: dict[str, int | None] = {}
    for name in (*columns, "population"):
        try:
            values[name] = count_of(row.get(name), name)
        except Invalid as error:
            errors.append(RowError(number, name, str(error.message)))
    try:
        code = _region(row, known_codes, level)
        share = _share(row.get("published_unrecorded_percent"))
        if errors:
            return None
        if any(values.get(name) is not None for name in COMPONENTS):
            values["wajib_ktp"] = dinamis(values)
        completed = _completed(values)
    except Invalid as error:
        errors.append(RowError(number, error.field or "", str(error.message)))
        return None
    return PopulationFigure(
        region_id=code,
        population=values["population"],
        published_unrecorded_percent=share,
        **completed,
        **{name: values.get(name) for name in COMPONENTS},
    )


def _region(row: dict[str, Any], known_codes: set[str], level: str) -> str:
    cell = row.get("region_code")
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        raise Invalid(
            "code-number",
            _(
                "The code is a number in the workbook (%(code)s), so zeros may be lost: format the"
                " column as text and write the code again."
            )
            % {"code": cell},
            field="region_code",
        )
    code = dotted(text_of(cell), field="region_code")
    if code not in known_codes:
        raise Invalid(
            "region-unknown",
            _("No region has this code; see /api/v1/regions/ for the current ones."),
            field="region_code",
        )
    if level_of(code).is_below(Level(level)):
        raise Invalid(
            "region-level",
            _("This region lies below the level of the basis."),
            field="region_code",
        )
    return code


def count_of(value: Any, name: str) -> int | None:
    """A whole number as text, or as a workbook's own number. Raises Invalid saying what to write."""
    if isinstance(value, float) and value.is_integer() and value >= 0:
        return int(value)
    digits = text_of(value)
    if not digits:
        return None
    if digits.isascii() and digits.isdigit() and len(digits) < 19:
        return int(digits)
    raise Invalid("number", _what_to_write(digits), field=name)


def _what_to_write(text: str) -> str:
    if "%" in text:
        return _("This is a percentage. Give the number of people; we compute percentages.")
    if _SEPARATED.fullmatch(text):
        plain = re.sub(r"[.,]", "", text)
        return _("Write %(plain)s, without separators of thousands.") % {"plain": plain}
    if text.startswith("-"):
        return _("A number of people is not below zero.")
    return _("Write whole numbers with digits only, without separators.")


def _share(value: Any) -> str | None:
    text = text_of(value).replace(",", ".")
    if not text:
        return None
    if not re.fullmatch(r"\d{1,4}(\.\d{1,2})?", text):
        raise Invalid(
            "share",
            _("Write the printed share as 1.26, without a percent sign."),
            field="published_unrecorded_percent",
        )
    return text


def _completed(values: dict[str, int | None]) -> dict[str, int | None]:
    """Any two of wajib, recorded and unrecorded give the third."""
    wajib, recorded, unrecorded = (
        values.get(name) for name in ("wajib_ktp", "recorded", "unrecorded")
    )
    if wajib is None and recorded is not None and unrecorded is not None:
        wajib = recorded + unrecorded
    elif recorded is None and wajib is not None and unrecorded is not None:
        recorded = wajib - unrecorded
    elif unrecorded is None and wajib is not None and recorded is not None:
        unrecorded = wajib - recorded
    if (
        wajib is not None
        and recorded is not None
        and unrecorded is not None
        and wajib != recorded + unrecorded
    ):
        raise Invalid(
            "figure-sum",
            _("Recorded and unrecorded do not add up to wajib KTP."),
            field="unrecorded",
        )
    return {
        "wajib": wajib,
        "recorded": recorded,
        "unrecorded": unrecorded,
        "printed": values.get("printed"),
        "ikd_activated": values.get("ikd_activated"),
    }


# --- unusual figures, which are accepted with a note ----------------------------------------------

_SUMMED = ("population", "wajib", "recorded", "unrecorded", "printed", "ikd_activated")


def _warnings(by_code: dict[str, tuple[int, PopulationFigure]]) -> list[str]:
    warnings = [
        _("Row %(row)s: more people recorded than wajib KTP; kept as it is.") % {"row": row}
        for row, figure in by_code.values()
        if figure.unrecorded is not None and figure.unrecorded < 0
    ]
    return warnings + [
        _(
            "Row %(row)s, %(field)s: %(own)s, but its %(count)s parts in this file sum to %(sum)s"
            " (difference %(difference)s). Both are kept."
        )
        % {
            "row": by_code[code][0],
            "field": name,
            "own": own,
            "count": count,
            "sum": total,
            "difference": own - total,
        }
        for code, name, own, count, total in _disagreements(by_code)
    ]


def _disagreements(
    by_code: dict[str, tuple[int, PopulationFigure]],
) -> Iterator[tuple[str, str, int, int, int]]:
    """Regions with all their parts in the file, where the sum of the parts is another number."""
    parts: dict[tuple[str, Level], list[PopulationFigure]] = defaultdict(list)
    for code, (_row, figure) in by_code.items():
        for above in _above(code):
            parts[above, level_of(code)].append(figure)
    parts = {key: below for key, below in parts.items() if key[0] in by_code}
    expected = _numbers_of_parts(set(parts))
    for (code, level), below in sorted(parts.items(), key=lambda item: item[0][0]):
        if len(below) != expected.get((code, level)):
            continue
        for name in _SUMMED:
            values = [getattr(figure, name) for figure in below]
            own = getattr(by_code[code][1], name)
            if own is not None and None not in values and sum(values) != own:
                yield code, name, own, len(below), sum(values)


def _above(code: str) -> list[str]:
    return lineage(code)[:-1]


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
