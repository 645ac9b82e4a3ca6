"""Sheets of the card ledger as a PDF to sign, and as a text document to go on writing in."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from dukcapil.accounts.offices.letterhead import BLANK, below, dated, letter, logo_of
from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.accounts.offices.selectors import office_profile
from dukcapil.core.paper import compiled
from reports.cover.selectors.sheets import HEAD, Sheet, Signer


def sheet_pdf(sheet: Sheet) -> bytes:
    profile = office_profile(sheet.place)
    content = _content(sheet, profile) | {"office": letter(profile)}
    return compiled("stock.typ", content, sheet.made_at, logo_of(profile))


def sheet_docx(sheet: Sheet) -> bytes:
    from dukcapil.accounts.offices import text_document as docx  # noqa: PLC0415 - docx takes 50 ms, for DOCX alone

    profile = office_profile(sheet.place)
    content = _content(sheet, profile)
    document = docx.begin(profile, f"{content['title']} {content['subtitle']}", sheet.made_at)
    docx.write_line(document, content["title"], bold=True, size=14, centre=True)
    docx.write_line(document, content["number"], centre=True)
    for text in content["opening"]:
        docx.write(document, text)
    if content["facts"]:
        docx.write_table(document, content["facts"], head=False, numbers=False)
    for section in content["sections"]:
        docx.write_section(document, section)
    for text in content["closing"]:
        docx.write(document, text)
    docx.write_signatures(document, content["signatures"])
    return docx.saved(document)


def _content(sheet: Sheet, profile: OfficeProfile) -> dict[str, Any]:
    """What both files say."""
    signers = sheet.signers
    if HEAD not in signers:
        # The head stands at the right, below those who counted.
        signers = [*signers, *([Signer("")] if len(signers) % 2 == 0 else []), HEAD]
    return {
        "title": sheet.title,
        "subtitle": profile.name,
        "number": _("Number: %(number)s") % {"number": sheet.number or BLANK},
        "opening": sheet.opening,
        "facts": [list(pair) for pair in sheet.facts],
        "sections": [
            {"title": one.title, "columns": one.columns, "rows": one.rows, "total": one.total}
            for one in sheet.tables
        ],
        "closing": sheet.closing,
        "signatures": [_signature(one, profile) for one in signers],
    }


def _signature(one: Signer, profile: OfficeProfile) -> dict[str, Any]:
    if one.is_head:
        return {
            "place": dated(profile),
            "title": _("Head of the office"),
            "name": profile.head_name or BLANK,
            "below": below(profile),
        }
    if not one.title:
        return {"place": "", "title": "", "name": "", "below": []}
    return {
        "place": "",
        "title": one.title,
        "name": one.name or BLANK,
        "below": [one.function] if one.function else [],
    }
