"""Which row is the header, what each column means, and the rows below; every choice is said.

What cannot be decided without guessing is asked: `WhichColumns`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from dukcapil.core.errors import Invalid
from dukcapil.core.lists import content, headers, words
from dukcapil.core.lists.grid import Cell, Grid, GridRow, is_filled, text_of
from dukcapil.core.lists.headers import Header
from dukcapil.core.lists.vocabulary import Vocabulary

#: Rows behind the last of a list that may be remarks and signatures.
_LONGEST_END = 40
_SHOWN = 3


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
    layout.rows.extend(rows)
    check(layout, vocabulary)
    return layout


def check(layout: Layout, vocabulary: Vocabulary) -> None:
    if not layout.rows:
        raise Invalid("no-rows", _("The list has no rows."), field="file")
    for one in vocabulary.checks:
        one(layout)


def begin(
    head: Sequence[GridRow],
    rest: Iterable[GridRow],
    vocabulary: Vocabulary,
    chosen: Mapping[str, str] | None,
) -> tuple[Layout, Iterator[Row]]:
    """What the first rows say about the columns, and then all rows below the header."""
    header = headers.find(head, vocabulary)
    body = head[header.first + header.height :] if header else head
    width = max((len(row.cells) for row in head), default=0)
    if header:
        names = [" ".join(dict.fromkeys(filter(None, one))) for one in header.levels]
        names += [""] * (width - len(names))
        kinds, problems = [*header.kinds, *[""] * (width - len(header.kinds))], []
    else:
        names = [""] * width
        kinds, problems = content.guess(body, width, vocabulary)
    filled = [content.column(body, place) for place in range(width)]
    if chosen:
        kinds = _as_chosen(kinds, chosen, vocabulary)
        problems = []
    elif header:
        problems += content.mistaken(body, kinds, names, vocabulary)
        problems += _people_above(head[: header.first], vocabulary)
    columns = [
        Column(place, content.letter(place), names[place], kinds[place], _sample(filled[place]))
        for place in range(width)
    ]
    said = _drop_empty_twins(columns, filled, vocabulary)
    problems += _twins(columns, vocabulary)
    if not any(column.kind in vocabulary.needs for column in columns):
        problems.append(
            _("No column was found for %(kinds)s.") % {"kinds": vocabulary.labels(vocabulary.needs)}
        )
    if problems:
        raise WhichColumns([column for column in columns if _is_something(column)], problems)
    said[:0] = _about(columns, head, header, vocabulary)
    numbers = tuple(row.number for row in head[header.first :][: header.height]) if header else ()
    layout = Layout(columns, [], said, numbers)
    return layout, _rows(layout, header, [body, rest], vocabulary)


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


def _drop_empty_twins(
    columns: list[Column], filled: Sequence[Sequence[Cell]], vocabulary: Vocabulary
) -> list[str]:
    said = []
    for twins in _twins_of(columns, vocabulary).values():
        if any(filled[column.place] for column in twins):
            for column in twins:
                if not filled[column.place]:
                    column.kind = ""
                    said.append(
                        _("Column %(letter)s “%(header)s” is empty and does not count.")
                        % {"letter": column.letter, "header": column.header}
                    )
    return said


def _twins_of(columns: list[Column], vocabulary: Vocabulary) -> dict[str, list[Column]]:
    single = {kind.name for kind in vocabulary.kinds if kind.single and kind.used}
    count = Counter(column.kind for column in columns)
    return {
        name: [column for column in columns if column.kind == name]
        for name in single
        if count[name] > 1
    }


def _twins(columns: list[Column], vocabulary: Vocabulary) -> list[str]:
    return [
        _("Columns %(letters)s can both be %(kind)s.")
        % {
            "letters": _(" and ").join(_called(column) for column in twins),
            "kind": vocabulary.labels([name]),
        }
        for name, twins in _twins_of(columns, vocabulary).items()
    ]


def _people_above(titles: Sequence[GridRow], vocabulary: Vocabulary) -> list[str]:
    looks = [
        kind.looks for kind in vocabulary.kinds if kind.name in vocabulary.needs and kind.looks
    ]
    return [
        _("Row %(row)s stands above the header and looks like a row of the list.")
        % {"row": row.number}
        for row in titles
        if any(look(cell) for look in looks for cell in row.cells)
    ][:1]


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


class _Left:
    """Rows that are left out, by reason, said when the list ends."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.again: list[int] = []
        self.nothing: list[int] = []
        self.end: list[int] = []

    def said(self) -> list[str]:
        texts = (
            (self.numbers, _("Not read, numbers of the columns: row %(rows)s.")),
            (self.again, _("Not read, the header again: row %(rows)s.")),
            (self.nothing, _("Not read, empty in all columns that are read: row %(rows)s.")),
            (self.end, _("Not read, below the list: row %(rows)s.")),
        )
        return [text % {"rows": _span(rows)} for rows, text in texts if rows]


def _rows(
    layout: Layout,
    header: Header | None,
    parts: Iterable[Iterable[GridRow]],
    vocabulary: Vocabulary,
) -> Iterator[Row]:
    """Rows of the list. Sums go to `totals`, what else is left out is said at the end."""
    used = {kind.name for kind in vocabulary.kinds if kind.used}
    places = [(column.place, column.kind) for column in layout.columns if column.kind in used]
    needed = [place for place, kind in places if kind in vocabulary.needs]
    left, held = _Left(), list[Row]()
    last, first = layout.header_rows[-1] if layout.header_rows else None, True
    for cells_of in parts:
        for grid_row in cells_of:
            number, cells = grid_row
            row = _row(grid_row, places)
            if header and first and headers.is_row_of_numbers(cells):
                left.numbers.append(number)
                last = number
                continue
            gap = last is not None and number > last + 1
            first, last = False, number
            if _is_total(cells, needed, vocabulary):
                layout.totals.append(row)
                yield from held
                held = []
                continue
            if header and headers.repeats(cells, header):
                left.again.append(number)
                continue
            if not row.cells:
                left.nothing.append(number)
                continue
            ends = held or gap or layout.totals
            if ends and len(row.cells) < 2 <= len(places) and len(held) < _LONGEST_END:
                held.append(row)
                continue
            yield from held
            held = []
            yield row
    left.end.extend(row.number for row in held)
    if layout.totals:
        span = _span([row.number for row in layout.totals])
        layout.said.append(_("Sums, not read as rows: row %(rows)s.") % {"rows": span})
    layout.said.extend(left.said())


def _row(grid_row: GridRow, places: Sequence[tuple[int, str]]) -> Row:
    number, cells = grid_row
    width = len(cells)
    kept = {
        kind: cells[place] for place, kind in places if place < width and is_filled(cells[place])
    }
    return Row(number, kept, " ; ".join(text for cell in cells if (text := text_of(cell))))


def _is_total(cells: Sequence[Any], needed: Sequence[int], vocabulary: Vocabulary) -> bool:
    """A row that begins with a word of sums and has nobody's number."""
    for place, cell in enumerate(cells):
        if not isinstance(cell, str) or not cell.strip():
            continue
        begins = words.tokens(cell)
        if not {*begins[:1], "".join(begins[:2])} & set(vocabulary.totals):
            return False
        return not any(
            sum(map(str.isdigit, text_of(cells[other]))) > 11
            for other in needed
            if other < len(cells) and other != place
        )
    return False
