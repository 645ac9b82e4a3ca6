"""What a report of events is made of: figures, facts, tables. Page and files show the same one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.regions.enums import zone_of
from dukcapil.regions.models import Region
from registrations.documents.enums import COUNTED

#: A decimal is a percentage.
Cell = str | int | Decimal | None


@dataclass
class Section:
    """A table: the first column names, the others count. `total` is the sum, made here once."""

    title: str
    columns: list[str]
    rows: list[list[Cell]]
    total: list[Cell] | None = None
    #: Whether it is signed in minutes, or only read.
    in_minutes: bool = True


@dataclass(kw_only=True)
class Sections:
    sections: list[Section] = field(default_factory=list)
    #: (what, how many) above the tables.
    figures: list[tuple[str, int | None]] = field(default_factory=list)
    #: Facts in words.
    facts: list[tuple[str, str]] = field(default_factory=list)


@dataclass(kw_only=True)
class DayPaper(Sections):
    """A region's report of a day."""

    region: Region
    day: date
    #: What is said under the heading.
    about: list[str] = field(default_factory=list)
    made_at: datetime | None = None

    @property
    def title(self) -> str:
        return f"{self.region.name} ({self.region.pk})"

    @property
    def day_in_words(self) -> str:
        return date_format(self.day, "l, j F Y")


def moment_in_words(moment: datetime, code: str) -> str:
    """By the clock of a region, with the name of its zone."""
    zone = zone_of(code)
    return f"{date_format(moment.astimezone(ZoneInfo(zone)), 'j F Y H.i')} {zone.label}"


def counted_section(counts: dict[str, int]) -> list[Section]:
    """What offices counted without persons, beside what the ledger counts; none where nobody counted."""
    if not counts:
        return []
    table: list[list[Cell]] = [
        [str(label), counts[what]] for what, label in COUNTED if what in counts
    ]
    columns = [_("What was counted"), _("How many")]
    return [Section(_("Counted without persons"), columns, table)]


def summed(table: list[list[Cell]]) -> list[Cell]:
    width = len(table[0]) if table else 1
    sums = (sum(int(row[column] or 0) for row in table) for column in range(1, width))
    return [_("Sum"), *sums]
