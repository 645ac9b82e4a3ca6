"""The sheet that a village head works through: who is not recorded, by RW and RT, with room to write."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.offices.letterhead import BLANK, below, dated, letter, logo_of
from dukcapil.accounts.offices.selectors import office_profile
from dukcapil.core.paper import compiled
from dukcapil.core.templatetags.figures import masked, people
from dukcapil.regions.models import Region


@dataclass(frozen=True)
class SheetRow:
    name: str
    nik_masked: str
    born: str
    address: str
    rt: str
    rw: str
    stage: str
    state: str


@dataclass(frozen=True)
class VillageSheet:
    office: Region
    village: Region
    #: Nobody on it is recorded, explained, or gone from the list.
    is_to_do: bool
    #: Of which list, and what was chosen of it, in words.
    of_list: str
    chosen: str
    as_of: datetime
    made_at: datetime
    who: str
    number: str
    reason: str


def village_sheet(sheet: VillageSheet, rows: Iterable[SheetRow]) -> tuple[bytes, int]:
    """A PDF, and how many people stand on it."""
    listed = sorted(rows, key=lambda row: (row.rw.zfill(3), row.rt.zfill(3), row.name))
    profile = office_profile(sheet.office)
    where = f"{sheet.village.name} ({sheet.village.pk})"
    content = {
        "office": letter(profile),
        "title": _("PEOPLE WHO ARE NOT RECORDED YET")
        if sheet.is_to_do
        else _("PEOPLE OF THE LIST"),
        "village": where,
        "secret": _("personal data: for office use"),
        "opening": [
            _(
                "The village office is asked to find out about each of these people, and to send this sheet"
                " back to us. It holds personal data (Law 27/2022): show it to nobody else, copy nothing,"
                " and give it back when the work is done."
            )
        ],
        "facts": [
            [_("List"), sheet.of_list],
            [_("Chosen"), sheet.chosen or _("everybody")],
            [_("People"), people(len(listed))],
            [_("As of"), _moment(sheet.as_of)],
            [_("Made"), f"{_moment(sheet.made_at)}, {sheet.who}"],
            [_("For"), sheet.reason],
            [_("Number"), sheet.number],
        ],
        "columns": [
            *(_("No."), _("Name"), "NIK", _("Birth date"), _("Address")),
            *(_("Stage and state"), _("Has died, moved, not known, not met, comes on …")),
        ],
        "parts": _parts(listed),
        "closing": [_("Of who has died write number and date of the death certificate or letter.")],
        "signatures": [
            {
                "place": f"{BLANK[:18]}, {BLANK[:18]}",
                "title": _("Head of the village"),
                "name": BLANK,
                "below": [],
            },
            {
                "place": dated(profile),
                "title": _("Head of the office"),
                "name": profile.head_name or BLANK,
                "below": below(profile),
            },
        ],
    }
    return compiled("village_sheet.typ", content, sheet.made_at, logo_of(profile)), len(listed)


def _parts(listed: list[SheetRow]) -> list[dict[str, Any]]:
    parts, number = [], 0
    for (rw, rt), group in groupby(listed, key=lambda row: (row.rw, row.rt)):
        lines = []
        for row in group:
            number += 1
            lines.append(
                [
                    *(str(number), row.name, masked(row.nik_masked), row.born),
                    *(row.address, f"{row.stage}, {row.state}", ""),
                ]
            )
        title = f"RT {rt or '–'} / RW {rw or '–'}" if rt or rw else _("Without RT and RW")
        parts.append({"title": title, "rows": lines})
    return parts


def _moment(moment: datetime) -> str:
    return date_format(moment, "j F Y H.i")
