"""Text documents (DOCX) of an office: letterhead, tables, and room for signatures."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.image.exceptions import UnrecognizedImageError
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from dukcapil.accounts.offices.letterhead import logo_of
from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.core.paper import typed

#: A cell of a column of numbers, as `people` writes them.
_NUMBER = re.compile(r"[\d.,]*|–")


def begin(profile: OfficeProfile, title: str, made_at: datetime) -> Any:
    """A document that has the office's letterhead and nothing else yet."""
    document = Document()
    document.core_properties.author = typed(profile.name)
    document.core_properties.title = typed(title)
    document.core_properties.created = document.core_properties.modified = made_at
    _page(document)
    _letterhead(document, profile)
    return document


def saved(document: Any) -> bytes:
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def write(document: Any, text: str) -> None:
    document.add_paragraph(typed(text))


def write_line(
    holder: Any, text: str, *, bold: bool = False, size: int = 11, centre: bool = False
) -> None:
    paragraph = holder.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(0 if centre else 4)
    paragraph.paragraph_format.keep_with_next = bold
    if centre:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(typed(text))
    run.bold, run.font.size = bold, Pt(size)


def write_section(document: Any, section: dict[str, Any]) -> None:
    """A section of `closing.as_text`: its title, its table, its sum."""
    write_line(document, section["title"], bold=True, size=11)
    total = [section["total"]] if section["total"] else []
    write_table(document, [section["columns"], *section["rows"], *total])


def write_table(
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
        line = _add_row(table, repeated=head and number == 0)
        for column, (cell, text) in enumerate(zip(line.cells, row, strict=True)):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            if column in right:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            run = paragraph.add_run(typed(text))
            run.bold, run.font.size = head and number == 0, Pt(9)
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _add_row(table: Any, *, repeated: bool = False) -> Any:
    """It stays whole on its page; `repeated`: it stands at the head of every page of the table."""
    row = table.add_row()
    marks = row._tr.get_or_add_trPr()  # noqa: SLF001 - the library has no verb for either
    marks.append(OxmlElement("w:cantSplit"))
    if repeated:
        marks.append(OxmlElement("w:tblHeader"))
    return row


def write_signatures(document: Any, signatures: list[dict[str, Any]]) -> None:
    """In a table without lines, so that two stand side by side and none is torn apart."""
    table = document.add_table(rows=0, cols=2)
    for first in range(0, len(signatures), 2):
        line = _add_row(table)
        pair = signatures[first : first + 2]
        for cell, signature in zip(line.cells, pair, strict=False):
            texts = [signature["place"], signature["title"], "", "", "", signature["name"]]
            for text in [*texts, *signature["below"], ""]:
                is_name = bool(text) and text == signature["name"]
                write_line(cell, text, bold=is_name, centre=True)


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
        size = 13 if text == profile.lines[-1] else 11
        write_line(document, text, bold=True, size=size, centre=True)
    if profile.address:
        write_line(document, profile.address, size=9, centre=True)
    write_line(document, "_" * 86, centre=True)
