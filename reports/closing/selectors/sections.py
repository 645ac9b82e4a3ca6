"""What a report of events is made of: figures, facts, tables. Page and files show the same one."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

Cell = str | int | None


@dataclass
class Section:
    """A table: the first column names, the others count. `total` is the sum, made here once."""

    title: str
    columns: list[str]
    rows: list[list[Cell]]
    total: list[Cell] | None = None


@dataclass(kw_only=True)
class Sections:
    sections: list[Section] = field(default_factory=list)
    #: (what, how many) above the tables.
    figures: list[tuple[str, int | None]] = field(default_factory=list)
    #: Facts in words.
    facts: list[tuple[str, str]] = field(default_factory=list)


def summed(table: list[list[Cell]]) -> list[Cell]:
    width = len(table[0]) if table else 1
    sums = (sum(int(row[column] or 0) for row in table) for column in range(1, width))
    return [_("Sum"), *sums]
