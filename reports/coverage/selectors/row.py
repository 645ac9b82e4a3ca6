"""The row of coverage: every column once, with its type and with what the figure in it means.

Answers of the API and their document, CSV, sheets, packages, metadata and publications take their
columns from here. To add a figure: a line here, its value in `coverage`, its text in the catalogue.

Presidential Regulation 39/2019 (Satu Data) wants concept, definition, classification, measure, unit
and source of every statistical figure; BPS calls them standar data.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dukcapil.core.rows import columns
from reports.coverage.enums import Concept, Family

PEOPLE, PERCENT, DAILY = "people", "percent", "people a day"
#: For people; programs read the codes above.
UNITS = {PEOPLE: _("people"), PERCENT: _("percent"), DAILY: _("people a day")}


@dataclass(frozen=True)
class Figure:
    """What a number means. `formula` names other figures, or where a number comes from."""

    label: str | Promise
    concept: Concept
    definition: str | Promise
    unit: str
    formula: str
    #: Counts that could be computed from it: a publication that leaves one out leaves it out too.
    families: tuple[Family, ...] = ()
    #: Rounded up for each region of its own, so that parts sum to more than the whole.
    rounded: bool = False

    @property
    def of_the_day(self) -> bool:
        return bool({Family.RECORDING_TODAY, Family.IKD_TODAY}.intersection(self.families))

    @property
    def summed(self) -> bool:
        """Days, percentages and what is rounded are never summed."""
        return self.unit == PEOPLE and not self.rounded


class Components(TypedDict):
    """The six parts of a dinamis basis, as in `reports.bases.validators.COMPONENTS`."""

    dkb: Annotated[
        int | None,
        Figure(
            "DKB",
            Concept.DENOMINATOR,
            _("Wajib KTP of the consolidated clean data that a dinamis basis begins with."),
            PEOPLE,
            "basis",
        ),
    ]
    deaths: Annotated[
        int | None,
        Figure(
            _("Deaths"), Concept.DENOMINATOR, _("Died since the DKB; taken off."), PEOPLE, "basis"
        ),
    ]
    duplicates: Annotated[
        int | None,
        Figure(
            _("Double NIK"),
            Concept.DENOMINATOR,
            _("Second numbers of one person; taken off."),
            PEOPLE,
            "basis",
        ),
    ]
    moved_out: Annotated[
        int | None,
        Figure(
            _("Moved out"),
            Concept.DENOMINATOR,
            _("Moved away since the DKB; taken off."),
            PEOPLE,
            "basis",
        ),
    ]
    moved_in: Annotated[
        int | None,
        Figure(
            _("Moved in"),
            Concept.DENOMINATOR,
            _("Moved here since the DKB; added."),
            PEOPLE,
            "basis",
        ),
    ]
    first_recordings: Annotated[
        int | None,
        Figure(
            _("First recordings outside the DKB"),
            Concept.DENOMINATOR,
            _("Recorded for the first time without being in the DKB; added."),
            PEOPLE,
            "basis",
        ),
    ]


class CoverageRow(TypedDict):
    """In the order of every answer and file. Percentages are text with two decimals."""

    region: str
    name: str
    level: str
    date: dt.date
    basis: str | None
    basis_kind: str | None
    wajib_as_of: dt.date | None
    recorded_as_of: dt.date | None
    wajib_ktp: Annotated[
        int | None,
        Figure(
            _("Wajib KTP"),
            Concept.DENOMINATOR,
            _(
                "Residents who must hold a KTP-el: 17 or older, or ever married (Law 24/2013, article"
                " 63), as the named basis counts them."
            ),
            PEOPLE,
            "basis",
        ),
    ]
    recorded: Annotated[
        int | None,
        Figure(
            _("Recorded"),
            Concept.RECORDING,
            _(
                "People whose photo, fingerprints and iris were taken once: those of the basis, and all"
                " logged after its day up to the date; who is due later counts from then on."
            ),
            PEOPLE,
            "basis.recorded + ledger",
            families=(Family.RECORDING,),
        ),
    ]
    unrecorded: Annotated[
        int | None,
        Figure(
            _("Not recorded"),
            Concept.RECORDING,
            _(
                "Wajib KTP who were not recorded yet. Below zero where residents of others were counted."
            ),
            PEOPLE,
            "basis.unrecorded - ledger",
            families=(Family.RECORDING,),
        ),
    ]
    recorded_percent: Annotated[
        str | None,
        Figure(
            _("Recorded, %"),
            Concept.RECORDING,
            _("Recorded people of wajib KTP. Above 100 where residents of others were counted."),
            PERCENT,
            "recorded / wajib_ktp",
            families=(Family.RECORDING,),
        ),
    ]
    printed: Annotated[
        int | None,
        Figure(
            _("Cards printed"),
            Concept.RECORDING,
            _("People whose card was printed: by the basis, and first cards logged since."),
            PEOPLE,
            "basis.printed + ledger",
            families=(Family.RECORDING,),
        ),
    ]
    printed_percent: Annotated[
        str | None,
        Figure(
            _("Cards printed, %"),
            Concept.RECORDING,
            _("Printed cards of recorded people."),
            PERCENT,
            "printed / recorded",
            families=(Family.RECORDING,),
        ),
    ]
    ikd_activated: Annotated[
        int | None,
        Figure(
            _("IKD active"),
            Concept.IKD,
            _(
                "People with an activated digital identity: those of the basis, and all logged since."
            ),
            PEOPLE,
            "basis.ikd_activated + ledger",
            families=(Family.IKD,),
        ),
    ]
    ikd_percent_of_base: Annotated[
        str | None,
        Figure(
            _("IKD, % of the recorded"),
            Concept.IKD,
            _("Activated people of recorded people."),
            PERCENT,
            "ikd_activated / recorded",
            families=(Family.RECORDING, Family.IKD),
        ),
    ]
    ikd_percent_of_target: Annotated[
        str | None,
        Figure(
            _("IKD, % of the target"),
            Concept.IKD,
            _("Activated people of those whom the year's target asks for."),
            PERCENT,
            "ikd_activated / (target x recorded)",
            families=(Family.RECORDING, Family.IKD),
        ),
    ]
    target_percent: Annotated[
        str | None,
        Figure(
            _("Target, %"),
            Concept.RECORDING,
            _("The share of wajib KTP that must be recorded: the nearest region's newest target."),
            PERCENT,
            "target",
        ),
    ]
    gap_to_target: Annotated[
        int | None,
        Figure(
            _("Short of target"),
            Concept.RECORDING,
            _("People still to be recorded for the target; below zero when it is passed."),
            PEOPLE,
            "ceil(target_percent x wajib_ktp) - recorded",
            families=(Family.RECORDING,),
            rounded=True,
        ),
    ]
    needed_per_day: Annotated[
        int | None,
        Figure(
            _("Needed a day"),
            Concept.RECORDING,
            _(
                "The gap over the working or opened days left to the region's own next election, or"
                " the year's end."
            ),
            DAILY,
            "ceil(gap_to_target / days)",
            families=(Family.RECORDING,),
        ),
    ]
    recorded_today: Annotated[
        int | None,
        Figure(
            _("Recorded on the day"),
            Concept.RECORDING,
            _("People recorded on the date, by the calendar of the place of service."),
            PEOPLE,
            "ledger",
            families=(Family.RECORDING_TODAY,),
        ),
    ]
    recorded_today_pemula: Annotated[
        int | None,
        Figure(
            _("of them first-time"),
            Concept.RECORDING,
            _("Of these, first recordings of people under 18, or 17 only since the last election."),
            PEOPLE,
            "ledger",
            families=(Family.RECORDING_TODAY,),
        ),
    ]
    ikd_today: Annotated[
        int | None,
        Figure(
            _("IKD on the day"),
            Concept.IKD,
            _("People whose digital identity was activated on the date."),
            PEOPLE,
            "ledger",
            families=(Family.IKD_TODAY,),
        ),
    ]
    status: str
    revision: int | None
    as_of: dt.datetime | None
    unrecorded_percent: Annotated[
        str | None,
        Figure(
            _("Not recorded, %"),
            Concept.RECORDING,
            _("People not recorded of wajib KTP."),
            PERCENT,
            "unrecorded / wajib_ktp",
            families=(Family.RECORDING,),
        ),
    ]
    published_unrecorded_percent: Annotated[
        str | None,
        Figure(
            _("Not recorded, % as printed"),
            Concept.RECORDING,
            _("The percentage that the source printed itself; nothing is computed from it."),
            PERCENT,
            "source",
        ),
    ]
    population: Annotated[
        int | None,
        Figure(
            _("Population"),
            Concept.DENOMINATOR,
            _("All residents, as the basis counts them."),
            PEOPLE,
            "basis",
        ),
    ]
    components: Components | None
    #: What `needed_per_day` counts to; with its election, if there is one. Both of the row's own region.
    needed_until: dt.date | None
    election: int | None
    recorded_early: Annotated[
        int | None,
        Figure(
            _("Recorded early"),
            Concept.RECORDING,
            _("People recorded by the date and due only after it, at 17: no part of recorded."),
            PEOPLE,
            "ledger",
            families=(Family.RECORDING,),
        ),
    ]
    ikd_target_percent: Annotated[
        str | None,
        Figure(
            _("IKD target, % of the recorded"),
            Concept.IKD,
            _(
                "The share of recorded people whose IKD must be active: the nearest region's newest target."
            ),
            PERCENT,
            "ikd_target",
        ),
    ]
    ikd_gap_to_target: Annotated[
        int | None,
        Figure(
            _("IKD, short of target"),
            Concept.IKD,
            _("People still to be activated for the target; below zero when it is passed."),
            PEOPLE,
            "ceil(ikd_target_percent x recorded) - ikd_activated",
            families=(Family.RECORDING, Family.IKD),
            rounded=True,
        ),
    ]


#: Columns that hold other columns; a table shows those instead.
NESTED = {column.name for column in columns(CoverageRow) if column.kind is Components}
#: Columns of a table of coverage, none of them nested.
TABLE = [
    column
    for outer in columns(CoverageRow)
    for column in (columns(Components) if outer.name in NESTED else (outer,))
]
COLUMNS = [column.name for column in TABLE]
_UNKNOWN = {column.name: None for column in columns(Components)}


def flat(row: CoverageRow) -> dict[str, Any]:
    """A row of COLUMNS for a table, with no nested values."""
    return {**row, **(row["components"] or _UNKNOWN)}
