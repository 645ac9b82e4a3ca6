"""From the cells of a file or a paste to a table whose columns are known; every choice is said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _

from dukcapil.core.lists import words
from dukcapil.core.lists.grid import Grid, GridRow
from dukcapil.core.lists.layout import Column, Layout, WhichColumns, lay_out
from dukcapil.core.tables import RowError, RowErrors
from reports.bases.readers.rows import Line, Table
from reports.bases.readers.words import BASES
from reports.bases.validators import COMPONENTS

COUNTS = (
    *("population", "wajib_ktp", "recorded", "unrecorded", "printed", "ikd_activated"),
    *COMPONENTS,
)
#: Columns of our own format, in which a slip of the pen is refused and never left out.
OWN = "region_code"
#: Rows in which a header may stand.
_TOP = 200
_BOTH = re.compile(r"\b(l|lk|laki(\s*-?\s*laki)?)\s*\+\s*(p|pr|perempuan)\b", re.IGNORECASE)
_SHARES = {"publishedunrecordedpercent", "publishedpctbelum"}
_CLOSE = 0.85


def read_table(grid: Grid, chosen: Mapping[str, str] | None = None) -> Table:
    """`chosen`: letter of a column -> what it holds, "" for not used.

    Raises WhichColumns where a column may be meant that is not understood, or two may be.
    """
    readable = Grid(**{**vars(grid), "rows": list(_readable(grid.rows))})
    layout = lay_out(readable, BASES, chosen)
    _check(layout, by_hand=chosen is not None)
    columns = {
        column.kind: (column.letter, " ".join(column.header.split()))
        for column in layout.columns
        if (kind := BASES.kind(column.kind)) and kind.used
    }
    lines = [Line(row.number, row.cells, row.text.partition(" ; ")[0]) for row in layout.rows]
    sheet = [asdict(column) for column in layout.columns if column.header or column.sample]
    return Table(lines, columns, list(layout.said), sheet)


def _readable(rows: list[GridRow]) -> Iterator[GridRow]:
    """Signs that change what a header means, as words: a percentage is no count, `L+P` is a sum."""
    for place, row in enumerate(rows):
        yield row._replace(cells=[_worded(cell) for cell in row.cells]) if place < _TOP else row


def _worded(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    if words.squash(cell) in _SHARES:
        return "published unrecorded share"
    if "%" in cell and not any(sign.isdigit() for sign in cell):
        plain = cell.replace("%", " persen ").replace("(", " ").replace(")", " ")
        return " ".join(plain.split())
    return _BOTH.sub("jumlah", cell)


def _check(layout: Layout, *, by_hand: bool) -> None:
    kinds = {column.kind for column in layout.columns}
    if not by_hand:
        unknown = [column for column in layout.columns if column.header and not column.kind]
        if any(column.header.strip() == OWN for column in layout.columns):
            _refuse_unknown(layout.columns, unknown)
        taken = set(kinds)
        problems = [problem for column in unknown if (problem := _slip(column, taken))]
        if problems:
            raise WhichColumns(layout.columns, problems)
    if not kinds & set(COUNTS):
        raise WhichColumns(layout.columns, [_("No column of counts was found.")])


def _refuse_unknown(columns: list[Column], unknown: list[Column]) -> None:
    names = [column.header.strip() for column in unknown]
    if names:
        text = _("Unknown columns: %(names)s. Allowed: %(allowed)s.") % {
            "names": ", ".join(sorted(names)),
            "allowed": ", ".join([OWN, *COUNTS, "published_unrecorded_percent"]),
        }
        raise RowErrors([RowError(1, _("header"), text)])


def _slip(column: Column, taken: set[str]) -> str:
    """A header that is nearly one that would be used: offered as that, where no other column is it."""
    header = words.squash(column.header)
    known = {
        words.squash(word): (kind, word) for kind in BASES.kinds if kind.used for word in kind.words
    }
    close = get_close_matches(header, known, n=1, cutoff=_CLOSE) if len(header) > 3 else []
    if not close:
        return ""
    kind, word = known[close[0]]
    if kind.name not in taken:
        column.kind = kind.name
        taken.add(kind.name)
    text = _("Column %(letter)s, “%(header)s”, is nearly “%(word)s” (%(kind)s).")
    return text % {
        "letter": column.letter,
        "header": column.header[:60],
        "word": word,
        "kind": kind.label,
    }
