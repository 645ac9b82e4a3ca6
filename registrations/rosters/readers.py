"""A list of a school, a prison or a home as rows: as a class list is read, with the class of each row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.core.characters import Unseen, plain
from dukcapil.core.errors import Invalid
from dukcapil.core.lists.grid import Grid, text_of
from dukcapil.core.lists.layout import Layout, Row, lay_out
from dukcapil.core.lists.people import PEOPLE
from dukcapil.core.lists.vocabulary import Kind, Vocabulary
from dukcapil.core.templatetags.figures import people
from registrations.booking.readers import MOST_ROWS, Line, line_of
from registrations.people.validators import name_key
from registrations.rosters.enums import Doubt

_CLASS_WORDS = (
    *("kelas", "rombel", "rombel saat ini", "rombongan belajar", "nama rombel", "class"),
    *(
        "blok",
        "kamar",
        "blok kamar",
        "ruang",
        "ruangan",
        "bangsal",
        "wisma",
        "bagian",
        "unit kerja",
    ),
)
_CLASS = Kind("class", gettext_lazy("Class, block or ward"), _CLASS_WORDS)
LONGEST_CLASS = 40


def _without_class(kind: Kind) -> Kind:
    return replace(kind, words=tuple(word for word in kind.words if word not in _CLASS_WORDS))


#: The words of people's lists; a class is read, too.
ROSTER = Vocabulary(
    kinds=(*(_without_class(kind) for kind in PEOPLE.kinds), _CLASS),
    needs=PEOPLE.needs,
    others=PEOPLE.others,
    other=PEOPLE.other,
    rest=PEOPLE.rest,
    checks=PEOPLE.checks,
)


@dataclass
class Listed:
    """A row of a roster. `line`: without a number that nobody could read; then `doubt` says so."""

    line: Line
    class_name: str = ""
    doubt: str = ""

    @property
    def name_and_day(self) -> str:
        return f"{name_key(self.line.name)}|{self.line.born or ''}"


def listed(grid: Grid, chosen: Mapping[str, str] | None = None) -> tuple[list[Listed], Layout]:
    """Raises Invalid when nothing stands in it or too much, WhichColumns when somebody has to choose."""
    if not grid.rows:
        raise Invalid("no-rows", _("The list has no rows."))
    layout = lay_out(grid, ROSTER, chosen)
    if len(layout.rows) > MOST_ROWS:
        raise Invalid(
            "roster",
            _("%(count)s rows: bring at most %(most)s at once.")
            % {"count": people(len(layout.rows)), "most": people(MOST_ROWS)},
        )
    return [_listed(row) for row in layout.rows], layout


def _listed(row: Row) -> Listed:
    try:
        text, class_name = plain(row.text), plain(text_of(row.cells.get("class", "")))
    except Unseen:
        text = class_name = ""
    cells = {kind: cell for kind, cell in row.cells.items() if kind != "class"}
    one = Listed(line_of(row.number, cells, text), " ".join(class_name.split())[:LONGEST_CLASS])
    problem = one.line.problem[0] if one.line.problem else ""
    if not problem or not name_key(one.line.name):
        return one
    return _named(one, cells, text, problem)


def _named(one: Listed, cells: dict[str, Any], text: str, problem: str) -> Listed:
    """Somebody with a name stands on the roster, whatever else could not be read; it is said."""
    if problem == "nobody":
        one.line.problem = None
        return one
    for kind, doubt in (("nik", Doubt.NUMBER_UNREAD), ("birth_date", Doubt.DAY_UNREAD)):
        if kind not in cells:
            continue
        rest = {name: cell for name, cell in cells.items() if name != kind}
        line = line_of(one.line.row, rest, text)
        if line.problem is None or line.problem[0] == "nobody":
            line.problem = None
            return Listed(line, one.class_name, doubt)
    return one
