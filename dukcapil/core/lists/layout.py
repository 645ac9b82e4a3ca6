"""Which row is the header, what each column means, and the rows below; every choice is said.

What cannot be decided without guessing is asked: `WhichColumns`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from django.utils.translation import gettext as _

from dukcapil.core.errors import Invalid
from dukcapil.core.lists import content, headers, twins, words
from dukcapil.core.lists.grid import Cell, Grid, GridRow, text_of
from dukcapil.core.lists.headers import Header
from dukcapil.core.lists.vocabulary import Vocabulary

#: Rows behind the last of a list that may be remarks and signatures.
_LONGEST_END = 40
#: What is longer is no remark about a person.
_LONGEST_REMARK = 40
_SHOWN = 3
#: Digits of a telephone number; somebody's number has more.
_LONG = 12
#: Days from 30 December 1899 to the first of 1904.
_FOUR_YEARS = 1462


@dataclass
class Column:
    """`place`: 0 for the first; `letter`: as sheets call it; `kind`: "" when it is not used."""

    place: int
    letter: str
    header: str
    kind: str
    sample: str = ""


@dataclass
class Row:
    """`cells` by kind, only of columns that are used; `text`: the whole row as it was brought."""

    number: int
    cells: dict[str, Cell]
    text: str


@dataclass
class Layout:
    """`said`: sentences about every choice. `totals`: rows of sums, which are no rows of the list."""

    columns: list[Column]
    rows: list[Row]
    said: list[str]
    header_rows: tuple[int, ...] = ()
    totals: list[Row] = field(default_factory=list)


class WhichColumns(Invalid):
    """Somebody has to say what the columns mean. `problems`: sentences."""

    def __init__(self, columns: list[Column], problems: list[str]) -> None:
        message = " ".join([*problems, _("Say what each column holds.")])
        super().__init__("which-columns", message, field="columns")
        self.columns = columns
        self.problems = problems


def lay_out(grid: Grid, vocabulary: Vocabulary, chosen: Mapping[str, str] | None = None) -> Layout:
    """Columns and rows of a list. `chosen`: letter of a column -> its kind, "" for not used.

    Raises WhichColumns for what has to be decided by somebody, Invalid when there is no row.
    """
    layout, rows = begin(grid.rows, (), vocabulary, chosen)
    layout.said[:0] = grid.said
    layout.rows.extend(since_1904(rows, vocabulary) if grid.since_1904 else rows)
    check(layout, vocabulary)
    return layout


def since_1904(rows: Iterable[Row], vocabulary: Vocabulary) -> Iterator[Row]:
    """Bare numbers of days as every other program counts them; real dates are right already."""
    days = [kind.name for kind in vocabulary.kinds if kind.day]
    for row in rows:
        for kind in days:
            if isinstance(cell := row.cells.get(kind), float):
                row.cells[kind] = cell + _FOUR_YEARS
        yield row


def check(layout: Layout, vocabulary: Vocabulary) -> None:
    if not layout.rows:
        raise _empty()
    for _row in checked(layout.rows, vocabulary):
        pass


def checked(rows: Iterable[Row], vocabulary: Vocabulary) -> Iterator[Row]:
    """The same rows, one by one; behind the last one Invalid for what makes all of them worthless."""
    checks = [make() for make in vocabulary.checks]
    for row in rows:
        for check in checks:
            check.see(row)
        yield row
    for check in checks:
        check.end()


def _empty() -> Invalid:
    return Invalid("no-rows", _("The list has no rows."), field="file")


def begin(
    head: Sequence[GridRow],
    rest: Iterable[GridRow],
    vocabulary: Vocabulary,
    chosen: Mapping[str, str] | None,
) -> tuple[Layout, Iterator[Row]]:
    """What the first rows say about the columns, and then all rows below the header."""
    if not head:
        raise _empty()
    header = headers.find(head, vocabulary)
    if header:
        _refuse_people_above(head[: header.first], vocabulary)
    columns, said, problems = _columns(head, header, vocabulary, chosen)
    if not any(column.kind in vocabulary.needs for column in columns):
        problems.append(
            _("No column was found for %(kinds)s.") % {"kinds": vocabulary.labels(vocabulary.needs)}
        )
    if problems:
        raise WhichColumns([column for column in columns if _is_something(column)], problems)
    said[:0] = _about(columns, head, header, vocabulary)
    numbers = tuple(row.number for row in head[header.first :][: header.height]) if header else ()
    layout = Layout(columns, [], said, numbers)
    return layout, _Below(layout, header, vocabulary).rows(
        [head[header.first + header.height :] if header else head, rest]
    )


def _columns(
    head: Sequence[GridRow],
    header: Header | None,
    vocabulary: Vocabulary,
    chosen: Mapping[str, str] | None,
) -> tuple[list[Column], list[str], list[str]]:
    """Columns, what is said of them, and what cannot be decided."""
    body = head[header.first + header.height :] if header else head
    width = max(len(row.cells) for row in head)
    names = [""] * width
    if header:
        known = [" ".join(dict.fromkeys(filter(None, levels))) for levels in header.levels]
        names = known + names[len(known) :]
        kinds = header.kinds + [""] * (width - len(header.kinds))
        problems = content.mistaken(body, kinds, names, vocabulary)
    else:
        kinds, problems = content.guess(body, width, vocabulary)
    if chosen:
        kinds, problems = _as_chosen(kinds, chosen, vocabulary), []
    filled = [content.column(body, place) for place in range(width)]
    said, unsettled = twins.settle(kinds, names, filled, vocabulary)
    columns = [
        Column(place, content.letter(place), names[place], kinds[place], _sample(filled[place]))
        for place in range(width)
    ]
    return columns, said, problems + unsettled


def _as_chosen(kinds: list[str], chosen: Mapping[str, str], vocabulary: Vocabulary) -> list[str]:
    known = {kind.name for kind in vocabulary.kinds} | {""}
    places = {content.letter(place): place for place in range(len(kinds))}
    for letter, kind in chosen.items():
        if kind not in known:
            raise Invalid("columns", _("Nothing of this name can be read."), field="columns")
        if letter in places:
            kinds[places[letter]] = kind
    return kinds


def _is_something(column: Column) -> bool:
    return bool(column.header or column.sample)


def _sample(cells: Sequence[Cell]) -> str:
    return "; ".join(text_of(cell)[:40] for cell in cells[:_SHOWN])


# --- what cannot be decided -----------------------------------------------------------------------


def _refuse_people_above(titles: Sequence[GridRow], vocabulary: Vocabulary) -> None:
    looks = [
        kind.looks for kind in vocabulary.kinds if kind.name in vocabulary.needs and kind.looks
    ]
    for row in titles:
        if any(look(cell) for look in looks for cell in row.cells):
            raise Invalid(
                "row-above-header",
                _("Row %(row)s stands above the header and looks like a row of the list: move it"
                  " below.")
                % {"row": row.number},
                field="file",
            )  # fmt: skip


# --- what was decided -----------------------------------------------------------------------------


def _called(column: Column) -> str:
    return f"{column.letter} “{column.header}”" if column.header else column.letter


def _about(
    columns: list[Column],
    head: Sequence[GridRow],
    header: Header | None,
    vocabulary: Vocabulary,
) -> list[str]:
    said = []
    if header is None:
        said.append(_("There is no header: columns are taken for what stands in them."))
    else:
        if header.first:
            span = _span([row.number for row in head[: header.first]])
            said.append(_("Not read, above the header: row %(rows)s.") % {"rows": span})
        span = _span([row.number for row in head[header.first :][: header.height]])
        said.append(_("Header: row %(rows)s.") % {"rows": span})
    used = {kind.name: kind for kind in vocabulary.kinds if kind.used}
    labels = {kind.name: str(kind.label) for kind in vocabulary.kinds}
    read = [
        _("%(column)s as %(kind)s") % {"column": _called(column), "kind": labels[column.kind]}
        for column in columns
        if column.kind in used
    ]
    said.append(_("Read: %(columns)s.") % {"columns": ", ".join(read)})
    left = [
        f"{_called(column)} ({labels[column.kind]})" if column.kind else _called(column)
        for column in columns
        if column.kind not in used and _is_something(column)
    ]
    if left:
        said.append(_("Not read: %(columns)s.") % {"columns": ", ".join(left)})
    return said


def _span(numbers: Sequence[int]) -> str:
    """3, or 3-5, or 3, 5, 9."""
    if len(numbers) > 1 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]}–{numbers[-1]}"
    shown = ", ".join(map(str, numbers[:10]))
    return f"{shown}, ..." if len(numbers) > 10 else shown


# --- rows -----------------------------------------------------------------------------------------


class _Below:
    """Rows below the header. Sums go to `totals`; what else is left out is said at the end."""

    def __init__(self, layout: Layout, header: Header | None, vocabulary: Vocabulary) -> None:
        used = {kind.name for kind in vocabulary.kinds if kind.used}
        self.layout = layout
        self.vocabulary = vocabulary
        self.places = [
            (column.place, column.kind) for column in layout.columns if column.kind in used
        ]
        # A father who died stands in a column of its own, which is somebody else's.
        self.remarks = [
            (column.place, _called(column))
            for column in layout.columns
            if column.kind not in used and column.kind != vocabulary.other and vocabulary.gone
        ]
        self.gone: dict[str, list[int]] = {}
        self.needed = [place for place, kind in self.places if kind in vocabulary.needs]
        self.again = headers.Again(header) if header else None
        self.last = layout.header_rows[-1] if layout.header_rows else None
        self.begun = header is None
        self.left: dict[str, list[int]] = {}
        self.held: list[Row] = []

    def rows(self, parts: Iterable[Iterable[GridRow]]) -> Iterator[Row]:
        for number, cells in chain.from_iterable(parts):
            gap = self.last is not None and number > self.last + 1
            self.last = number
            row = self._row(number, cells)
            if not self._has_number(cells):
                if reason := self._left_out(row, cells):
                    self.left.setdefault(reason, []).append(number)
                    continue
                if self._may_be_remark(row, gap=gap):
                    self.held.append(row)
                    continue
            self.begun = True
            if self.remarks:
                self._see_gone(number, cells)
            if self.held:
                yield from self.held
                self.held = []
            yield row
        self._say()

    def _see_gone(self, number: int, cells: Sequence[Cell]) -> None:
        for place, column in self.remarks:
            cell = cells[place] if place < len(cells) else ""
            if type(cell) is not str or not 2 < len(cell) <= _LONGEST_REMARK:
                continue
            if not self.vocabulary.gone.isdisjoint(words.tokens(cell)):
                self.gone.setdefault(column, []).append(number)

    def _has_number(self, cells: Sequence[Cell]) -> bool:
        """Somebody's number makes a row one of the list, at the cost of nothing."""
        width = len(cells)
        for place in self.needed:
            cell = cells[place] if place < width else ""
            if type(cell) is str and len(cell) > _LONG and cell.isdecimal():
                return True
        return False

    def _row(self, number: int, cells: Sequence[Cell]) -> Row:
        texts = [cell.strip() if type(cell) is str else text_of(cell) for cell in cells]
        width = len(texts)
        kept = {kind: cells[place] for place, kind in self.places if place < width and texts[place]}
        return Row(number, kept, " ; ".join(filter(None, texts)))

    def _left_out(self, row: Row, cells: Sequence[Cell]) -> str:
        """Why; nothing for a row of the list."""
        if not self.begun and headers.is_row_of_numbers(cells):
            return "numbers"
        if _is_total(cells, self.needed, self.vocabulary):
            self.layout.totals.append(row)
            return "sums"
        if self.again and self.again.repeats(cells):
            return "again"
        if self.again and headers.begins_another(cells, self.vocabulary):
            raise Invalid(
                "second-header",
                _("Row %(row)s begins another table: put it on a sheet of its own.")
                % {"row": row.number},
                field="file",
            )
        return "" if row.cells else "nothing"

    def _may_be_remark(self, row: Row, *, gap: bool) -> bool:
        """Behind a gap or the sums: a signature, if nothing of the list follows."""
        ends = self.held or gap or self.layout.totals
        few = len(row.cells) < 2 <= len(self.places)
        return bool(ends) and few and len(self.held) < _LONGEST_END

    def _say(self) -> None:
        if self.held:
            self.left["end"] = [row.number for row in self.held]
        texts = {
            "numbers": _("Not read, numbers of the columns: row %(rows)s."),
            "sums": _("Sums, not read as rows: row %(rows)s."),
            "again": _("Not read, the header again: row %(rows)s."),
            "nothing": _("Not read, empty in all columns that are read: row %(rows)s."),
            "end": _("Not read, below the list: row %(rows)s."),
        }
        self.layout.said.extend(
            text % {"rows": _span(self.left[reason])}
            for reason, text in texts.items()
            if reason in self.left
        )
        self.layout.said.extend(
            _("Column %(column)s says of some that they died, moved away or stand twice: row %(rows)s."
              " They are read like all others.")
            % {"column": column, "rows": _span(numbers)}
            for column, numbers in self.gone.items()
        )  # fmt: skip


def _is_total(cells: Sequence[Any], needed: Sequence[int], vocabulary: Vocabulary) -> bool:
    """A row that begins with a word of sums and has nobody's number."""
    place = next(
        (n for n, cell in enumerate(cells) if isinstance(cell, str) and cell.strip()), None
    )
    if place is None:
        return False
    begins = words.tokens(cells[place])
    if not {*begins[:1], "".join(begins[:2])} & set(vocabulary.totals):
        return False
    return not any(
        sum(map(str.isdigit, text_of(cells[other]))) > _LONG
        for other in needed
        if other < len(cells) and other != place
    )
