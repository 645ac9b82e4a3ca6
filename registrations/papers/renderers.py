"""A paper as it is handed out: A4, with the office's letterhead and a square that leads to the open page. And
the chart of papers: docs/papers.md is that text (`draw_charts`).
"""

from __future__ import annotations

import io
from typing import Any
from zoneinfo import ZoneInfo

import segno
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.offices.letterhead import letter, logo_of
from dukcapil.accounts.offices.selectors import office_profile
from dukcapil.core.paper import compiled
from registrations.papers.enums import TAKEN_BY, PaperKind, PaperState
from registrations.papers.models import Paper


def paper_pdf(paper: Paper, *, nik: str, address: str) -> bytes:
    """`address`: of the open page."""
    profile = office_profile(paper.office)
    return compiled(
        "paper.typ",
        _content(paper, nik, address) | {"office": letter(profile)},
        paper.issued_at,
        logo_of(profile),
    )


def _content(paper: Paper, nik: str, address: str) -> dict[str, Any]:
    person, identity = paper.resident, paper.resident.identity
    day = date_format(paper.issued_on, "j F Y")
    is_suket = paper.kind == PaperKind.SUKET
    facts = [
        [_("Name"), identity.name],
        ["NIK", nik],
        [_("Birth date"), date_format(person.birth_date, "j F Y")],
        [_("Sex"), person.get_sex_display()],
        [_("Marital status"), person.get_marital_status_display()],
        [_("Address"), identity.address],
        [_("RT / RW"), f"{identity.rt or '-'} / {identity.rw or '-'}"],
        [_("Village"), f"{person.village.name} ({person.village_id})"],
        [_("Issued"), day],
    ]
    if paper.valid_until:
        facts.append([_("Valid until"), date_format(paper.valid_until, "j F Y")])
    opening = (
        _(
            "The head of the office states that this person's KTP-el was recorded and is not printed:"
        )
        if is_suket
        else _("Data of this person as the office holds them:")
    )
    issued = paper.issued_at.astimezone(ZoneInfo(paper.office.timezone))
    return {
        "title": _("RECORDING CERTIFICATE") if is_suket else _("BIODATA SHEET"),
        "number": _("Number: %(number)s") % {"number": paper.number},
        "opening": opening,
        "facts": facts,
        "svg": _square(address),
        "hint": _("Scan: number, state and day of this paper."),
        "made": date_format(issued, "j F Y H.i"),
    }


def _square(text: str) -> str:
    picture = io.BytesIO()
    segno.make_qr(text, error="m").save(picture, kind="svg", xmldecl=False, border=2)
    return picture.getvalue().decode()


_CHART = """# Papers in place of a card

Drawn from `registrations/papers/enums.py` by `manage.py draw_charts`; a test holds the two together, and another one that
papers take these steps and no others. A state follows from the ledger (ADR 0071): nobody sets it. That a paper expired
follows from its last day. Only a suket is exchanged.

```mermaid
stateDiagram-v2
    [*] --> valid: it is issued with its record"""


def chart() -> str:
    with translation.override("en"):
        lines = [
            _CHART,
            *(
                f"    {old.value} --> {new.value}: {', or '.join(verbs)}"
                for (old, new), verbs in TAKEN_BY.items()
            ),
            *("    void --> [*]", "```", "", "| state | means | counts | outstanding |"),
            "|---|---|---|---|",
            *(
                f"| {state.value} | {state.label} | {'no' if state == PaperState.VOID else 'yes'}"
                f" | {'a suket' if state == PaperState.VALID else 'no'} |"
                for state in PaperState
            ),
        ]
    return "\n".join(lines) + "\n"
