"""Who signs below a list: nobody of it, though a name and a number may stand there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from dukcapil.core.lists import words
from dukcapil.core.lists.grid import Cell

#: Words with which the lines of a signature begin. Asked behind a list alone, of lines with next to nothing.
_SIGNS = frozenset(
    (
        *("mengetahui", "diketahui", "menyetujui", "disetujui", "mengesahkan", "disahkan"),
        *("tertanda", "ttd", "tandatangan", "hormatkami", "nip", "penanggungjawab"),
        *("kepala", "walikelas", "wakasek", "lurah", "camat", "operator", "petugas", "panitia"),
    )
)


class _Row(Protocol):
    @property
    def cells(self) -> Mapping[str, Cell]: ...
    @property
    def text(self) -> str: ...


class Signers:
    """`seen`: a line of a signature stands behind the rows so far. `first` and `latest`: rows of the list."""

    def __init__(self) -> None:
        self.seen = False
        self.first: _Row | None = None
        self.latest: _Row | None = None

    def read(self, row: _Row) -> None:
        """One more of the list: what stood before it signed nothing."""
        self.latest, self.seen = row, False
        self.first = self.first or row

    def look(self, row: _Row) -> None:
        self.seen = self.seen or begins(row)

    def may_sign(self, row: _Row) -> bool:
        """Behind a signature, and without something that the rows of the list have."""
        if not self.seen or self.first is None or self.latest is None or not row.cells:
            return False
        usual = self.first.cells.keys() & self.latest.cells.keys()
        fewest = min(_filled(self.first), _filled(self.latest))
        return not usual <= row.cells.keys() or _filled(row) < fewest


def begins(row: _Row) -> bool:
    found = [words.tokens(text) for text in row.text.split(_BETWEEN)]
    return any(not {*one[:1], "".join(one[:2])}.isdisjoint(_SIGNS) for one in found)


#: Between the cells of `text`.
_BETWEEN = " ; "


def _filled(row: _Row) -> int:
    """Cells that are not empty, also in columns that nobody reads."""
    return row.text.count(_BETWEEN)
