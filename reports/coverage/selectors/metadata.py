"""What each figure means, in the order in which figures are read and described."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypedDict

from django.utils.translation import gettext_lazy as _

from dukcapil.core.rows import columns
from reports.coverage.enums import Concept
from reports.coverage.selectors.row import PEOPLE, Components, Figure
from reports.coverage.selectors.row import TABLE as DECLARED

#: Figures of recorded people and wajib KTP come first; the others follow, concept by concept.
_FIRST = (
    *("wajib_ktp", "recorded", "unrecorded", "recorded_percent", "unrecorded_percent"),
    "published_unrecorded_percent",
)
_DECLARED = {column.name: meaning for column in DECLARED if (meaning := column.note(Figure))}


def ordered(*first: str, of: Iterable[str]) -> tuple[str, ...]:
    """These names first, then the others as they come."""
    return (*first, *(name for name in of if name not in first))


#: Figures of a row, without what names and dates it.
FIGURES = ordered(
    *_FIRST, of=sorted(_DECLARED, key=lambda name: list(Concept).index(_DECLARED[name].concept))
)
BY_NAME = {name: _DECLARED[name] for name in FIGURES}
#: The same in the order of the office's table.
TABLE = ordered("population", "wajib_ktp", "recorded", "recorded_percent", of=FIGURES)
#: What happened on the day itself; and what describes a region, without how its basis came about.
OF_THE_DAY = tuple(name for name in TABLE if BY_NAME[name].of_the_day)
_PARTS = {column.name for column in columns(Components)}
DESCRIBING = tuple(name for name in TABLE if name not in {*OF_THE_DAY, *_PARTS})


_WORDS: dict[str, Any] = {
    "basis": _("basis"),
    "ledger": _("ledger"),
    "source": _("source"),
    "target": _("target"),
    "days": _("working days"),
    "ceil": _("rounded up"),
    "x": "×",  # noqa: RUF001 - the sign of a product
}


def in_words(figure: Figure) -> str:
    """Where a figure comes from, for people: its formula with labels instead of names."""

    def word(match: re.Match[str]) -> str:
        name = match[0].removeprefix("basis.")
        text = str(_DECLARED[name].label if name in _DECLARED else _WORDS.get(name, name))
        return f"{text} ({_WORDS['basis']})" if name != match[0] else text

    return re.sub(r"[a-z_.]+", word, figure.formula)


class MeaningRow(TypedDict):
    name: str
    label: str
    concept: str
    definition: str
    classification: str
    measure: str
    unit: str
    source: str


def described() -> list[MeaningRow]:
    return [
        {
            "name": name,
            "label": str(figure.label),
            "concept": str(figure.concept.label),
            "definition": str(figure.definition),
            "classification": "region, date, basis, view",
            "measure": "count" if figure.unit == PEOPLE else "ratio",
            "unit": figure.unit,
            "source": figure.formula,
        }
        for name, figure in BY_NAME.items()
    ]
