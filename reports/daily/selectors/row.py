"""The row of a daily report: every column once, and of every count what is counted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from dukcapil.core.rows import columns
from dukcapil.regions.enums import Level
from dukcapil.regions.validators import ancestor_sql


@dataclass(frozen=True)
class Counts:
    """A number of the form; `cells`: which cells of a day it sums, where it comes from these."""

    cells: str = ""


#: The regency that somebody served lives in.
HOME = ancestor_sql("c.domicile_id", Level.REGENCY)
_RECORDED = "c.service = 'recording' AND c.outcome = 'done'"
#: Handing a card over makes no document: it was one when it was printed.
_DOCUMENTS = (
    "c.outcome = 'done' AND c.service NOT IN"
    " ('recording', 'ikd_activation', 'card_print', 'card_handover'"
)


class DailyRow(TypedDict):
    region: str
    name: str
    date: dt.date
    revision: int
    ledger_seq: int
    reason: str
    built_at: dt.datetime
    latest: bool
    status: str
    due_at: dt.datetime
    confirmed_at: dt.datetime | None
    on_time: bool | None
    nil_reason: str | None
    nil_note: str | None
    locked_at: dt.datetime | None
    printed_by_reason: dict[str, int]
    failed_by_reason: dict[str, int]
    # The form's numbers, in its order.
    target: Annotated[int, Counts()]
    present: Annotated[int, Counts()]
    recorded: Annotated[int, Counts(_RECORDED)]
    recorded_pemula: Annotated[int, Counts(f"{_RECORDED} AND c.category = 'pemula'")]
    recorded_umum: Annotated[int, Counts(f"{_RECORDED} AND c.category = 'umum'")]
    recorded_outsiders: Annotated[int, Counts(f"{_RECORDED} AND {HOME} <> day.regency_id")]
    ikd_activated: Annotated[int, Counts("c.service = 'ikd_activation' AND c.outcome = 'done'")]
    cards_printed: Annotated[int, Counts("c.service = 'card_print' AND c.outcome = 'done'")]
    biodata: Annotated[int, Counts("c.service = 'biodata' AND c.outcome = 'done'")]
    suket: Annotated[int, Counts("c.service = 'suket' AND c.outcome = 'done'")]
    other_documents: Annotated[int, Counts(f"{_DOCUMENTS}, 'biodata', 'suket')")]
    documents: Annotated[int, Counts(f"{_DOCUMENTS})")]
    failed: Annotated[int, Counts("c.outcome = 'failed'")]


_NOTES = {column.name: note for column in columns(DailyRow) if (note := column.note(Counts))}
#: Counts of a daily report, in the order of the form.
REPORTED = tuple(_NOTES)
#: Those that are summed from a day's cells -> which cells.
COUNTED = {name: note.cells for name, note in _NOTES.items() if note.cells}


def counts_of(row: DailyRow) -> dict[str, int]:
    """Every number of the form but the target, which is set and not counted."""
    values: dict[str, Any] = {**row}
    return {name: values[name] for name in REPORTED if name != "target"}
