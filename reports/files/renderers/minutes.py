"""Berita acara of an event: what took place, ready to be signed; PDF, and DOCX to go on writing in."""

from __future__ import annotations

import io
import re
from typing import Any

from django.utils.translation import gettext as _
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.image.exceptions import UnrecognizedImageError
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.accounts.offices.selectors import office_profile
from dukcapil.core.templatetags.figures import people
from reports.closing.selectors.closing import Closing
from reports.files.renderers.closing import as_text, days_of
from reports.files.renderers.office import BLANK, below, dated, letter, logo_of
from reports.files.renderers.paper import compiled, typed

#: A cell of a column of numbers, as `people` writes them.
_NUMBER = re.compile(r"[\d.,]*|–")


def minutes_pdf(report: Closing) -> bytes:
    profile = office_profile(report.event.office)
    content = _content(report, profile) | {"office": letter(profile)}
    return compiled("minutes.typ", content, report.event.created_at, logo_of(profile))


def _content(report: Closing, profile: OfficeProfile) -> dict[str, Any]:
    """What both files say."""
    event = report.event
    opening = [
        _(
            "On this day, %(blank)s, we who sign below state that %(office)s held the event “%(event)s”"
            " on %(days)s at %(place)s, %(village)s."
        )
        % {
            "blank": BLANK,
            "office": profile.name,
            "event": event.title,
            "days": days_of(report),
            "place": event.place,
            "village": event.village.name,
        }
    ]
    if event.is_ahead:
        opening.append(_("The event is not closed: these are the figures so far."))
    return {
        "title": _("MINUTES OF THE EVENT"),
        "event": event.title,
        "number": _("Number: %(blank)s") % {"blank": BLANK},
        "opening": opening,
        "facts": [list(pair) for pair in report.facts],
        "served": _("Who came, and what was done:"),
        "figures": [[name, people(number)] for name, number in report.figures],
        "sections": as_text([one for one in report.sections if one.title != _("By hour")]),
        "closing": [_("These minutes were written truthfully, to be used as they should be.")],
        "signatures": _signatures(profile),
    }


def _signatures(profile: OfficeProfile) -> list[dict[str, Any]]:
    """Who led the team and who saw it, side by side; below them the head."""
    return [
        {"place": "", "title": _("Leader of the team"), "name": BLANK, "below": [f"NIP {BLANK}"]},
        {"place": "", "title": _("Host of the place"), "name": BLANK, "below": [_("Witness")]},
        {"place": "", "title": "", "name": "", "below": []},
        {
            "place": dated(profile),
            "title": _("Head of the office"),
            "name": profile.head_name or BLANK,
            "below": below(profile),
        },
    ]


# --- DOCX -----------------------------------------------------------------------------------------


def minutes_docx(report: Closing) -> bytes:
    profile = office_profile(report.event.office)
    content = _content(report, profile)
    document = Document()
    document.core_properties.author = typed(profile.name)
    document.core_properties.title = typed(f"{content['title']} {content['event']}")
    document.core_properties.created = document.core_properties.modified = report.event.created_at
    _page(document)
    _letterhead(document, profile)
    for text, size in ((content["title"], 14), (content["event"], 12), (content["number"], 11)):
        _line(document, text, bold=size > 11, size=size, centre=True)
    for text in content["opening"]:
        document.add_paragraph(typed(text))
    _table(document, content["facts"], head=False, numbers=False)
    document.add_paragraph(typed(content["served"]))
    _table(document, content["figures"], head=False)
    for section in content["sections"]:
        _line(document, section["title"], bold=True, size=11)
        total = [section["total"]] if section["total"] else []
        _table(document, [section["columns"], *section["rows"], *total])
    for text in content["closing"]:
        document.add_paragraph(typed(text))
    _sign(document, content["signatures"])
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin = section.bottom_margin = Cm(1.8)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Times New Roman", Pt(11)
    normal.paragraph_format.space_after = Pt(4)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for text, order in ((_("Page"), "PAGE"), ("/", "NUMPAGES")):
        foot.add_run(f"{text} ")
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), order)
        foot._p.append(field)  # noqa: SLF001 - the library has no verb for numbers of pages
        foot.add_run(" ")


def _line(
    holder: Any, text: str, *, bold: bool = False, size: int = 11, centre: bool = False
) -> None:
    paragraph = holder.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(0 if centre else 4)
    paragraph.paragraph_format.keep_with_next = bold
    if centre:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(typed(text))
    run.bold, run.font.size = bold, Pt(size)


def _letterhead(document: Any, profile: OfficeProfile) -> None:
    if picture := logo_of(profile):
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        try:
            paragraph.add_run().add_picture(io.BytesIO(picture), height=Cm(1.9))
        except UnrecognizedImageError:
            # A JPEG that writes its colours in an unusual way: the library knows the usual one.
            paragraph.clear()
    for text in profile.lines:
        _line(document, text, bold=True, size=13 if text == profile.lines[-1] else 11, centre=True)
    if profile.address:
        _line(document, profile.address, size=9, centre=True)
    _line(document, "_" * 86, centre=True)


def _table(
    document: Any, rows: list[list[str]], *, head: bool = True, numbers: bool = True
) -> None:
    """Columns of numbers stand at the right; what begins with a digit may be a day."""
    right = {
        column
        for column in range(1, len(rows[0]) if numbers else 0)
        if all(_NUMBER.fullmatch(row[column]) for row in rows[int(head) :])
    }
    table = document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
    for number, row in enumerate(rows):
        line = table.add_row()
        mark = OxmlElement("w:cantSplit")
        line._tr.get_or_add_trPr().append(mark)  # noqa: SLF001 - a row stays whole on its page
        if head and number == 0:
            line._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001
        for column, (cell, text) in enumerate(zip(line.cells, row, strict=True)):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            if column in right:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            run = paragraph.add_run(typed(text))
            run.bold, run.font.size = head and number == 0, Pt(9)
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _sign(document: Any, signatures: list[dict[str, Any]]) -> None:
    """In a table without lines, so that two stand side by side and none is torn apart."""
    table = document.add_table(rows=0, cols=2)
    for first in range(0, len(signatures), 2):
        line = table.add_row()
        line._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001
        for cell, signature in zip(line.cells, signatures[first : first + 2], strict=True):
            texts = [signature["place"], signature["title"], "", "", "", signature["name"]]
            for text in [*texts, *signature["below"], ""]:
                _line(cell, text, bold=bool(text) and text == signature["name"], centre=True)
