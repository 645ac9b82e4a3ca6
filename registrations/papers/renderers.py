"""A paper as it is handed out: A4, with the office's letterhead and a square that leads to the open page."""

from __future__ import annotations

import io
from typing import Any
from zoneinfo import ZoneInfo

import segno
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.offices.letterhead import letter, logo_of
from dukcapil.accounts.offices.selectors import office_profile
from dukcapil.core.paper import compiled
from registrations.papers.enums import PaperKind
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
