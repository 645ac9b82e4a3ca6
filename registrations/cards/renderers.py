"""The chart of statuses, drawn from the tables: docs/status.md is this text (`draw_charts`); the sheet of a
batch of cards; cards that nobody fetched, as a workbook.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.offices.letterhead import BLANK, below, dated, letter, logo_of
from dukcapil.accounts.offices.selectors import office_profile
from dukcapil.core.paper import compiled
from dukcapil.core.templatetags.figures import masked, people
from dukcapil.core.workbook import table
from dukcapil.regions.models import Region
from registrations.cards.enums import REFUSED, STEPS, Age, StatusCode

_HEAD = """# Statuses of a recording

Drawn from `registrations/cards/enums.py` by `manage.py draw_charts`; a test holds the two together. A list of SIAK
is a look at a single day, so a step may be left out: the chart has every pair that may follow each other, and the table below
what never does, unless the recording was called again in between.
"""


def chart() -> str:
    with translation.override("en"):
        lines = [
            _HEAD,
            *(
                "| code | next step | who acts | late after | counts as recorded |",
                "|---|---|---|---|---|",
            ),
            *(
                f"| {step.code.value} | {step.next} | {step.who.label} |"
                f" {'-' if step.days is None else step.days} | {'yes' if step.recorded else 'no'} |"
                for step in STEPS
            ),
            *("", "```mermaid", "stateDiagram-v2"),
            *(
                f"    {code.value} --> {later.value}"
                for code in StatusCode
                for later in StatusCode
                if later != code and later not in REFUSED[code]
            ),
            *("```", "", "| after | never comes |", "|---|---|"),
            *(
                f"| {code.value} | {', '.join(later.value for later in StatusCode if later in never)} |"
                for code, never in REFUSED.items()
                if never
            ),
        ]
    return "\n".join(lines) + "\n"


class SheetLine(NamedTuple):
    name: str
    nik_masked: str
    born: date
    village: str
    why: str
    handover_from: date


def batch_sheet(
    office: Region, lines: Iterable[SheetLine], *, made_at: datetime, who: str
) -> bytes:
    """What is printed together: a line a card, with room to tick it and to note what went wrong."""
    listed = list(lines)
    profile = office_profile(office)
    moment = date_format(made_at.astimezone(ZoneInfo(office.timezone)), "j F Y H.i")
    rows = [
        [
            *(str(n), line.name, masked(line.nik_masked), date_format(line.born, "j M Y")),
            *(
                line.village,
                line.why,
                _("from %(day)s") % {"day": date_format(line.handover_from, "j M Y")},
            ),
        ]
        for n, line in enumerate(listed, start=1)
    ]
    content = {
        "office": letter(profile),
        "title": _("CARDS TO BE PRINTED"),
        "village": f"{office.name} ({office.pk})",
        "secret": _("personal data: for office use"),
        "opening": [_("Tick what is printed; write down a card that was spoiled.")],
        "facts": [[_("Cards"), people(len(listed))], [_("Made"), f"{moment}, {who}"]],
        "columns": [
            *(_("No."), _("Name"), "NIK", _("Birth date"), _("Village")),
            *(_("Why printed"), _("Handed over, and what went wrong")),
        ],
        "parts": [{"title": _("Batch"), "rows": rows}],
        "closing": [],
        "signatures": [
            {"place": "", "title": _("Printed by"), "name": BLANK, "below": []},
            {
                "place": dated(profile),
                "title": _("Head of the office"),
                "name": profile.head_name or BLANK,
                "below": below(profile),
            },
        ],
    }
    return compiled("village_sheet.typ", content, made_at, logo_of(profile))


def uncollected_xlsx(lines: Iterable[dict[str, Any]]) -> bytes:
    """Cards that lie there, per village and age. No persons."""
    header = [
        *(_("Code"), _("Office"), _("Code"), _("Village")),
        *(str(age.label) for age in Age),
        _("Total"),
    ]
    rows: list[list[str | int | date]] = [
        [
            *(line["office"], line["office_name"], line["village"], line["village_name"]),
            *line["ages"].values(),
            line["total"],
        ]
        for line in lines
    ]
    return table(_("Cards not fetched"), header, rows)
