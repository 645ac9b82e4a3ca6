"""What columns hold: for lists without a header, and against headers that say something else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from dukcapil.core.lists.grid import Cell, GridRow, is_filled, text_of
from dukcapil.core.lists.looks import like_running_number
from dukcapil.core.lists.vocabulary import Kind, Vocabulary

#: Of the filled cells of a column so many look like what it holds; the others are mistakes.
_MOST = 0.6
#: Cells of a column that tell what it holds.
_SAMPLE = 300


def letter(position: int) -> str:
    """0 is A, 26 is AA."""
    name, rest = "", position + 1
    while rest:
        rest, last = divmod(rest - 1, 26)
        name = chr(65 + last) + name
    return name


def letters(places: Iterable[int]) -> str:
    return ", ".join(letter(place) for place in places)


def column(rows: Sequence[GridRow], place: int) -> list[Cell]:
    """Its filled cells."""
    cells = (row.cells[place] for row in rows if place < len(row.cells))
    return [cell for cell in cells if is_filled(cell)]


def holds(kind: Kind, cells: Sequence[Cell]) -> bool:
    if kind.looks is None or not cells:
        return False
    sample = cells[:_SAMPLE]
    return sum(map(kind.looks, sample)) >= _MOST * len(sample)


def guess(
    rows: Sequence[GridRow], width: int, vocabulary: Vocabulary
) -> tuple[list[str], list[str]]:
    """Kinds of the columns of a list without a header, and what cannot be decided."""
    kinds, texts, running = [""] * width, [], None
    for place in range(width):
        cells = column(rows, place)
        if not cells:
            continue
        if running is None and len(cells) == len(rows) and like_running_number(cells):
            running = place
            continue
        fitting = [kind.name for kind in vocabulary.kinds if holds(kind, cells)]
        if fitting:
            kinds[place] = fitting[0]
        elif any(any(map(str.isalpha, text_of(cell))) for cell in cells):
            texts.append(place)
    if len(texts) == 1:
        kinds[texts[0]] = vocabulary.rest
    problems = _astray(rows, kinds, vocabulary)
    if len(texts) > 1:
        problems.append(
            _("There is no header, and columns %(letters)s hold words.")
            % {"letters": letters(texts)}
        )
    return kinds, problems


def _astray(rows: Sequence[GridRow], kinds: list[str], vocabulary: Vocabulary) -> list[str]:
    """Rows of a headerless list with what identifies somebody in another column than the rest."""
    kind = next((kind for kind in vocabulary.kinds if kind.name in vocabulary.needs), None)
    if kind is None or kind.looks is None or kind.name not in kinds:
        return []
    for row in rows:
        if any(
            kind.looks(cell)
            for place, cell in enumerate(row.cells)
            if kinds[place] != kind.name and text_of(cell)
        ):
            text = _("There is no header, and row %(row)s has a %(kind)s in another column.")
            return [text % {"row": row.number, "kind": kind.label}]
    return []


def mistaken(
    rows: Sequence[GridRow], kinds: Sequence[str], headers: Sequence[str], vocabulary: Vocabulary
) -> list[str]:
    """Columns that hold what no header says, where the list has no such column."""
    problems = []
    for name in vocabulary.needs:
        kind = vocabulary.kind(name)
        if kind is None or kind.looks is None:
            continue
        right = [place for place, header_kind in enumerate(kinds) if header_kind == name]
        if any(kind.looks(cell) for place in right for cell in column(rows, place)):
            continue
        problems += [
            _("Column %(letter)s “%(header)s” looks like %(kind)s, but its header does not say so.")
            % {"letter": letter(place), "header": headers[place], "kind": kind.label}
            for place, header_kind in enumerate(kinds)
            if not header_kind and holds(kind, column(rows, place))
        ]
    return problems
