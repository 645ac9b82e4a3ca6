"""What each figure means: concept, definition, measure, unit, source, as Satu Data Indonesia asks.

Presidential Regulation 39/2019 (Satu Data) wants these of every statistical figure; BPS calls them
standar data: konsep, definisi, klasifikasi, ukuran, satuan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PEOPLE, PERCENT, DAILY = "people", "percent", "people a day"


@dataclass(frozen=True)
class Meaning:
    """`formula` names other figures, or where a number comes from."""

    name: str
    label: str | Promise
    concept: str | Promise
    definition: str | Promise
    unit: str
    formula: str


_CARD = _("Coverage of KTP-el recording")
_BASIS = _("Denominator")
_IKD = _("Digital identity (IKD)")

MEANINGS = (
    Meaning(
        "wajib_ktp",
        _("Wajib KTP"),
        _BASIS,
        _(
            "Residents who must hold a KTP-el: 17 or older, or ever married (Law 24/2013, article"
            " 63), as the named basis counts them."
        ),
        PEOPLE,
        "basis",
    ),
    Meaning(
        "recorded",
        _("Recorded"),
        _CARD,
        _(
            "People whose photo, fingerprints and iris were taken once: those of the basis, and all"
            " logged after its day up to the date."
        ),
        PEOPLE,
        "basis.recorded + ledger",
    ),
    Meaning(
        "unrecorded",
        _("Not recorded"),
        _CARD,
        _(
            "Wajib KTP who were not recorded yet. Below zero where residents of others were counted."
        ),
        PEOPLE,
        "basis.unrecorded - ledger",
    ),
    Meaning(
        "recorded_percent",
        _("Recorded, %"),
        _CARD,
        _("Recorded people of wajib KTP. Above 100 where residents of others were counted."),
        PERCENT,
        "recorded / wajib_ktp",
    ),
    Meaning(
        "unrecorded_percent",
        _("Not recorded, %"),
        _CARD,
        _("People not recorded of wajib KTP."),
        PERCENT,
        "unrecorded / wajib_ktp",
    ),
    Meaning(
        "published_unrecorded_percent",
        _("Not recorded, % as printed"),
        _CARD,
        _("The percentage that the source printed itself; nothing is computed from it."),
        PERCENT,
        "source",
    ),
    Meaning(
        "printed",
        _("Cards printed"),
        _CARD,
        _("People whose card was printed, as the basis counts them."),
        PEOPLE,
        "basis",
    ),
    Meaning(
        "printed_percent",
        _("Cards printed, %"),
        _CARD,
        _("Printed cards of recorded people."),
        PERCENT,
        "printed / recorded",
    ),
    Meaning(
        "target_percent",
        _("Target, %"),
        _CARD,
        _("The share of wajib KTP that must be recorded: the nearest region's newest target."),
        PERCENT,
        "target",
    ),
    Meaning(
        "gap_to_target",
        _("Short of target"),
        _CARD,
        _("People still to be recorded for the target; below zero when it is passed."),
        PEOPLE,
        "ceil(target_percent x wajib_ktp) - recorded",
    ),
    Meaning(
        "needed_per_day",
        _("Needed a day"),
        _CARD,
        _("The gap over the working or opened days left to the next election or the year's end."),
        DAILY,
        "ceil(gap_to_target / days)",
    ),
    Meaning(
        "recorded_today",
        _("Recorded on the day"),
        _CARD,
        _("People recorded on the date, by the calendar of the place of service."),
        PEOPLE,
        "ledger",
    ),
    Meaning(
        "recorded_today_pemula",
        _("of them first-time"),
        _CARD,
        _("Of these, first recordings of people under 18, or 17 only since the last election."),
        PEOPLE,
        "ledger",
    ),
    Meaning(
        "ikd_activated",
        _("IKD active"),
        _IKD,
        _("People with an activated digital identity: those of the basis, and all logged since."),
        PEOPLE,
        "basis.ikd_activated + ledger",
    ),
    Meaning(
        "ikd_percent_of_base",
        _("IKD, % of the recorded"),
        _IKD,
        _("Activated people of recorded people."),
        PERCENT,
        "ikd_activated / recorded",
    ),
    Meaning(
        "ikd_percent_of_target",
        _("IKD, % of the target"),
        _IKD,
        _("Activated people of those whom the year's target asks for."),
        PERCENT,
        "ikd_activated / (target x recorded)",
    ),
    Meaning(
        "ikd_today",
        _("IKD on the day"),
        _IKD,
        _("People whose digital identity was activated on the date."),
        PEOPLE,
        "ledger",
    ),
    Meaning(
        "population",
        _("Population"),
        _BASIS,
        _("All residents, as the basis counts them."),
        PEOPLE,
        "basis",
    ),
    Meaning(
        "dkb",
        "DKB",
        _BASIS,
        _("Wajib KTP of the consolidated clean data that a dinamis basis begins with."),
        PEOPLE,
        "basis",
    ),
    Meaning("deaths", _("Deaths"), _BASIS, _("Died since the DKB; taken off."), PEOPLE, "basis"),
    Meaning(
        "duplicates",
        _("Double NIK"),
        _BASIS,
        _("Second numbers of one person; taken off."),
        PEOPLE,
        "basis",
    ),
    Meaning(
        "moved_out",
        _("Moved out"),
        _BASIS,
        _("Moved away since the DKB; taken off."),
        PEOPLE,
        "basis",
    ),
    Meaning(
        "moved_in", _("Moved in"), _BASIS, _("Moved here since the DKB; added."), PEOPLE, "basis"
    ),
    Meaning(
        "first_recordings",
        _("First recordings outside the DKB"),
        _BASIS,
        _("Recorded for the first time without being in the DKB; added."),
        PEOPLE,
        "basis",
    ),
)
BY_NAME = {meaning.name: meaning for meaning in MEANINGS}
#: Figures of a row, without what names and dates it.
FIGURES = tuple(BY_NAME)


def described() -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "label": str(one.label),
            "concept": str(one.concept),
            "definition": str(one.definition),
            "classification": "region, date, basis, view",
            "measure": "count" if one.unit == PEOPLE else "ratio",
            "unit": one.unit,
            "source": one.formula,
        }
        for one in MEANINGS
    ]
