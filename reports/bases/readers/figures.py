"""The figures of a basis from the rows of a list: every bad row named with its column and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from dukcapil.core.errors import Invalid
from dukcapil.core.reader.limits import Limits
from dukcapil.core.tables import RowError, RowErrors, Rows
from dukcapil.regions.validators import NATION
from reports.bases.models import PopulationFigure
from reports.bases.readers import names, unusual
from reports.bases.readers.numbers import read_column
from reports.bases.readers.places import Finder, Places, root_of
from reports.bases.readers.rows import Line, Table, table_of
from reports.bases.readers.unusual import Total
from reports.bases.readers.written import CODE, Written
from reports.bases.validators import COMPONENTS, dinamis

#: The nation's villages and all above them are 91,600 rows, with a dozen columns each.
LIMITS = Limits(rows=100_000, cells=1_200_000)
PLAIN = ("wajib_ktp", "recorded", "unrecorded", "printed", "ikd_activated")
#: Columns that every basis may have besides its own.
EXTRA = ("population", "published_unrecorded_percent")
#: Columns that only help people to read the file.
IGNORED = {"region_name", "name", "nama", "nama_wilayah"}
_SHARE = "published_unrecorded_percent"
#: Rows that a sentence names; all are counted.
_NAMED = 8


@dataclass
class Parsed:
    figures: list[PopulationFigure]
    #: Unusual but real figures: accepted with a note, which is shown beside them.
    warnings: list[str] = field(default_factory=list)
    #: What was decided in reading the file.
    said: list[str] = field(default_factory=list)
    #: region -> its row in the file, and its name.
    rows: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    #: region -> how the file writes it, where that is neither its code nor its name.
    written: dict[str, str] = field(default_factory=dict)
    total: Total | None = None

    @property
    def root(self) -> str:
        """The smallest region that all rows lie in."""
        return root_of(figure.region_id for figure in self.figures)


def parse(
    rows: Rows | Table,
    level: str,
    *,
    components: bool,
    region: str = NATION,
    by_name: bool = False,
) -> Parsed:
    """The figure of every row; raises RowErrors with every bad row. Writes nothing.

    `region`: names are looked for in it. `by_name`: codes are another office's, and left aside.
    """
    table = rows if isinstance(rows, Table) else table_of(rows)
    if not isinstance(rows, Table):
        _check_names(rows, table, components=components)
    _check_columns(table, components=components)
    return _Reading(table, level, region, components=components, by_name=by_name).parsed()


def _check_names(rows: Rows, table: Table, *, components: bool) -> None:
    """A program's own columns: none is missing, none is unknown."""
    columns = [*COMPONENTS, "recorded", "unrecorded"] if components else list(PLAIN)
    known = {CODE, *columns, *EXTRA}
    if rows and CODE not in table.columns:
        raise RowErrors([RowError(0, "", _("Missing columns: %(names)s.") % {"names": CODE})])
    if unknown := table.columns.keys() - known - IGNORED:
        text = _("Unknown columns: %(names)s. Allowed: %(allowed)s.") % {
            "names": ", ".join(sorted(unknown)),
            "allowed": ", ".join([CODE, *columns, *EXTRA]),
        }
        raise RowErrors([RowError(1, _("header"), text)])
    for name in IGNORED & table.columns.keys() - {"region_name"}:
        for line in table.lines:
            line.cells = {**line.cells, "region_name": line.cells.get(name)}


def _check_columns(table: Table, *, components: bool) -> None:
    if not table.lines:
        raise RowErrors([RowError(0, "", _("The file has no rows."))])
    if components and (missing := COMPONENTS.keys() - table.columns.keys()):
        text = _("Missing columns: %(names)s.") % {"names": ", ".join(sorted(missing))}
        raise RowErrors([RowError(0, "", text)])


class _Reading:
    """One list on its way to figures."""

    def __init__(
        self, table: Table, level: str, region: str, *, components: bool, by_name: bool
    ) -> None:
        self.table, self.level, self.components = table, level, components
        self.counted = [*(PLAIN if not components else ("recorded", "unrecorded")), "population"]
        self.counted += [name for name in COMPONENTS if name in table.columns]
        if not components:
            self.counted = list(dict.fromkeys([*self.counted, *COMPONENTS]))
        self.filled = [name for name in (*self.counted, _SHARE) if name in table.columns]
        self.finder = Finder(table, region, level, by_name=by_name)
        self.errors: list[RowError] = []
        self.said = list(table.said)
        self.totals: list[tuple[Line, str]] = []
        self.rests: list[tuple[Line, str]] = []

    def parsed(self) -> Parsed:
        written = self._rows_of_regions()
        places = self.finder.find(written)
        self.errors += places.errors
        apart = [*self.totals, *self.rests]
        lines = [*(one.line for one in written), *(line for line, _text in apart)]
        values = self._counts(lines)
        by_code = self._figures(written, places, values)
        total = self._total(values)
        rests = [
            Total(line.number, text, figure)
            for line, text in self.rests
            if (figure := self._figure(line, NATION, values)) is not None
        ]
        if rests and not self.errors:
            self._compare_rests(rests, by_code, total)
        if self.errors:
            self.errors.sort(key=lambda error: error.row)
            raise RowErrors(self.errors)
        if not by_code:
            raise RowErrors([RowError(0, "", _("No row has a region and figures."))])
        found = Parsed(
            [figure for _row, figure in by_code.values()],
            said=[*self.said, *places.said],
            rows={code: row for code, (row, _figure) in by_code.items()},
            names=places.names,
            written=_otherwise(written, places),
            total=total,
        )
        self._take_total(found, by_code)
        found.warnings = unusual.warnings(by_code, self.table, found.total, rests)
        return found

    def _compare_rests(
        self,
        rests: list[Total],
        by_code: dict[str, tuple[int, PopulationFigure]],
        total: Total | None,
    ) -> None:
        """They belong to no region and give no figure: only a sum says what they are the rest of."""
        if total is None and not unusual.has_sum(by_code):
            text = _(
                "“%(text)s” is no region, and the file has no sum that it is the rest of: add the row"
                " of the sum (Jumlah), or leave this row out."
            )
            place = self.table.place(CODE)
            self.errors += [
                RowError(rest.row, place, text % {"text": rest.text[:40]}) for rest in rests
            ]
            return
        text = _(
            "Row %(row)s (%(text)s) is no region: it gives no figure and is compared with what the sum"
            " has beyond its rows."
        )
        self.said += [text % {"row": rest.row, "text": rest.text[:40]} for rest in rests]

    # --- which rows are what ---------------------------------------------------------------------

    def _rows_of_regions(self) -> list[Written]:
        written: list[Written] = []
        left_out: list[int] = []
        for line in self.table.lines:
            one = Written.of(line)
            text = one.name or line.text(one.code_kind)
            if not text and names.total_of(line.first) is not None:
                text = line.first  # in a column that is not used, as that of the row's number
            if names.is_mean(text):
                left_out.append(line.number)
            elif not self._has_counts(line):
                if text:
                    left_out.append(line.number)
            elif not text:
                self.errors.append(
                    RowError(
                        line.number,
                        self.table.place(CODE),
                        _("This row has figures and names no region: write its code or its name."),
                    )
                )
            elif names.is_rest(text) and not one.code:
                self.rests.append((one.line, text))
            elif (summed := names.total_of(text)) is not None:
                self._sum(one, summed, text, written)
            else:
                written.append(one)
        if left_out:
            rows = ", ".join(map(str, left_out[:_NAMED])) + (
                " ..." if len(left_out) > _NAMED else ""
            )
            text = _("%(count)s rows without figures of a region were left out: %(rows)s.")
            self.said.append(text % {"count": len(left_out), "rows": rows})
        return written

    def _has_counts(self, line: Line) -> bool:
        return any(line.text(name) for name in self.filled)

    def _sum(self, one: Written, summed: str, text: str, written: list[Written]) -> None:
        """`Jumlah Kabupaten Agam` is that region's own row; `Jumlah` is a sum of the file."""
        if re.search(r"[^\W\d]{3}", summed):
            kind = one.name_kind if one.name else one.code_kind
            written.append(replace(one, code_kind="", code="", name_kind=kind, name=summed))
        else:
            self.totals.append((one.line, text))

    # --- numbers ---------------------------------------------------------------------------------

    def _counts(self, lines: Iterable[Line]) -> dict[str, dict[int, int | None]]:
        """kind -> row -> count; what is wrong is added to the errors."""
        lines = list(lines)
        found: dict[str, dict[int, int | None]] = {}
        for name in self.counted:
            if name not in self.table.columns:
                continue
            column = read_column(
                [(line.number, line.cells.get(name)) for line in lines],
                below_zero=name == "unrecorded",
            )
            found[name] = column.values
            place = self.table.place(name)
            self.errors += [RowError(row, place, text) for row, text in column.errors]
            self.said += [f"{place[:1].upper()}{place[1:]}: {text}." for text in column.said]
        return found

    def _figures(
        self, written: list[Written], places: Places, values: dict[str, dict[int, int | None]]
    ) -> dict[str, tuple[int, PopulationFigure]]:
        bad = {error.row for error in self.errors}
        by_code: dict[str, tuple[int, PopulationFigure]] = {}
        for one in written:
            row, code = one.line.number, places.codes.get(one.line.number)
            if code is not None and code in by_code:
                message = _("This region stands in row %(row)s already; remove one of the two.")
                place = self.table.place(one.code_kind or one.name_kind)
                self.errors.append(RowError(row, place, message % {"row": by_code[code][0]}))
            elif row not in bad and code is not None:
                figure = self._figure(one.line, code, values)
                if figure is not None:
                    by_code[code] = row, figure
        return by_code

    def _figure(
        self, line: Line, code: str, values: dict[str, dict[int, int | None]]
    ) -> PopulationFigure | None:
        counts = {name: column.get(line.number) for name, column in values.items()}
        parts = {name: counts.get(name) for name in COMPONENTS}
        try:
            share = _share(line.cells.get(_SHARE))
            if any(value is not None for value in parts.values()):
                counts["wajib_ktp"] = _of_components(parts, counts.get("wajib_ktp"))
            completed = _completed(counts)
        except Invalid as error:
            place = self.table.place(error.field or "")
            self.errors.append(RowError(line.number, place, str(error.message)))
            return None
        return PopulationFigure(
            region_id=code,
            population=counts.get("population"),
            published_unrecorded_percent=share,
            **completed,
            **parts,
        )

    # --- the row of sums -------------------------------------------------------------------------

    def _total(self, values: dict[str, dict[int, int | None]]) -> Total | None:
        """The last row of sums; sums before it are of parts that no row names."""
        if not self.totals:
            return None
        line, text = self.totals[-1]
        if len(self.totals) > 1:
            said = _("%(count)s rows of sums that name no region were left out.")
            self.said.append(said % {"count": len(self.totals) - 1})
        if line.number in {error.row for error in self.errors}:
            return None
        figure = self._figure(line, NATION, values)
        return Total(line.number, text, figure) if figure is not None else None

    def _take_total(self, found: Parsed, by_code: dict[str, tuple[int, PopulationFigure]]) -> None:
        """Where all parts of one region stand above the sum, and not the region, the sum is its own
        figure: what the source printed stays, also where its parts make another number.
        """
        total, root = found.total, found.root
        if total is None or root in by_code or not unusual.is_whole(root, by_code):
            return
        total.figure.region_id = root
        by_code[root] = total.row, total.figure
        found.figures.append(total.figure)
        found.rows[root] = total.row
        text = _("Row %(row)s (%(text)s) was taken as the own figures of %(name)s (%(code)s).")
        name = self.finder.known.get(root, root)
        found.said.append(
            text % {"row": total.row, "text": total.text[:40], "name": name, "code": root}
        )
        found.total = None


def _otherwise(written: list[Written], places: Places) -> dict[str, str]:
    found = {}
    for one in written:
        code = places.codes.get(one.line.number, "")
        digits = re.sub(r"\D", "", one.line.text(one.code_kind)) if one.code_kind else ""
        same = digits in ("", code.replace(".", ""))
        if not same or one.name.casefold() not in ("", places.names.get(code, "").casefold()):
            shown_code = one.line.text(one.code_kind) if one.code_kind != one.name_kind else ""
            found[code] = f"{shown_code} {one.name}".strip()[:80]
    return found


def _share(value: Any) -> str | None:
    text = ("" if value is None else str(value)).replace(",", ".").removesuffix("%").strip()
    if not text:
        return None
    if not re.fullmatch(r"\d{1,4}(\.\d{1,2})?", text):
        raise Invalid(
            "share", _("Write the printed share as 1.26, without a percent sign."), field=_SHARE
        )
    return text


def _of_components(parts: dict[str, int | None], given: int | None) -> int:
    """Wajib KTP by the formula; a column of its own must say the same."""
    wajib = dinamis(parts)
    if given is not None and given != wajib:
        text = _("The six components make %(made)s, and this column says %(given)s.")
        raise Invalid("figure-dinamis", text % {"made": wajib, "given": given}, field="wajib_ktp")
    return wajib


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
    for name, value in (("wajib_ktp", wajib), ("recorded", recorded)):
        if value is not None and value < 0:
            raise Invalid("number", _("A number of people is not below zero."), field=name)
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
