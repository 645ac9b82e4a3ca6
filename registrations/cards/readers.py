"""Lists of statuses that SIAK wrote: whose row it is is read as in every list of people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.core.characters import Unseen, plain
from dukcapil.core.errors import Invalid
from dukcapil.core.lists import clean
from dukcapil.core.lists.clean import Unreadable
from dukcapil.core.lists.grid import Grid, text_of
from dukcapil.core.lists.layout import Layout, Row, lay_out
from dukcapil.core.lists.people import PEOPLE
from dukcapil.core.lists.vocabulary import Kind, Vocabulary
from dukcapil.core.templatetags.figures import people
from registrations.booking.readers import MOST_ROWS, Line, line_of
from registrations.cards.enums import StatusCode

_STATUS_WORDS = (
    *("status", "status rekam", "status ktp", "status perekaman", "status ktp el", "kode status"),
    *("status rekam ktp el", "current status", "current status code", "status code", "sts rekam"),
)
_DAY_WORDS = (
    *("tanggal status", "tgl status", "status date", "tanggal update", "tgl update"),
    *("tanggal status terakhir", "waktu status", "last update", "update terakhir"),
)
_KINDS = (
    Kind("status", gettext_lazy("Status"), _STATUS_WORDS),
    Kind("status_at", gettext_lazy("Day of the status"), _DAY_WORDS, day=True),
)


def _without_status(kind: Kind) -> Kind:
    return replace(kind, words=tuple(word for word in kind.words if word not in _STATUS_WORDS))


STATUSES = Vocabulary(
    kinds=(*(_without_status(kind) for kind in PEOPLE.kinds), *_KINDS),
    needs=("status",),
    others=PEOPLE.others,
    other=PEOPLE.other,
    rest=PEOPLE.rest,
    checks=PEOPLE.checks,
)

#: What offices write at the corner of a paper, and short for the code in their lists.
_SHORT = {
    "PRO": StatusCode.PROCESSING,
    "SFE": StatusCode.SENT_FOR_ENROLLMENT,
    "PRR": StatusCode.PRINT_READY_RECORD,
    "PRINT_READY": StatusCode.PRINT_READY_RECORD,
    "DUP": StatusCode.DUPLICATE_RECORD,
    "DUPLICATE": StatusCode.DUPLICATE_RECORD,
    "DUPLICATE_RECORD_1_1": StatusCode.DUPLICATE_RECORD,
    "DUPLICATE_RECORD_1_N": StatusCode.DUPLICATE_RECORD,
    "EFAC": StatusCode.ENROLL_FAILURE_AT_CENTRAL,
    "ADJUDICATE": StatusCode.ADJUDICATE_RECORD,
    "SFCP": StatusCode.SENT_FOR_CARD_PRINTING,
    "CP": StatusCode.CARD_PRINTED,
    "CS": StatusCode.CARD_SHIPPED,
    "BELUM_REKAM": StatusCode.UNREGISTERED,
}


def code_of(text: str) -> StatusCode | None:
    """The code that a list or somebody means; None for what nobody can know."""
    word = re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")
    if word in StatusCode.values:
        return StatusCode(word)
    return _SHORT.get(word)


@dataclass
class Told:
    """A row: whose it is, and what it says of them. `day`: None where the row has none."""

    line: Line
    code: StatusCode | None = None
    day: date | None = None


def told(grid: Grid, chosen: Mapping[str, str] | None = None) -> tuple[list[Told], Layout]:
    """Raises Invalid when nothing stands in it or too much, WhichColumns when somebody has to choose."""
    if not grid.rows:
        raise Invalid("no-rows", _("The list has no rows."), field="file")
    layout = lay_out(grid, STATUSES, chosen)
    if len(layout.rows) > MOST_ROWS:
        raise Invalid(
            "statuses",
            _("%(count)s rows: bring at most %(most)s at once.")
            % {"count": people(len(layout.rows)), "most": people(MOST_ROWS)},
            field="file",
        )
    return [_told(row) for row in layout.rows], layout


def _told(row: Row) -> Told:
    cells: dict[str, Any] = dict(row.cells)
    status, day = cells.pop("status", ""), cells.pop("status_at", "")
    try:
        text = plain(row.text)
    except Unseen:
        text = ""
    one = Told(line_of(row.number, cells, text))
    if one.line.problem:
        return one
    try:
        one.code = code_of(clean.text(text_of(status)))
        one.day = clean.day_of(day) if day not in ("", None) else None
    except Unreadable as error:
        one.line.refuse(error.code, error.message)
        return one
    if one.code is None:
        one.line.refuse("status", _("Nobody can know the status of this row."))
    return one
