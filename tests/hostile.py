"""Files that were made to harm whoever reads them, and some that a tired clerk brings by mistake."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from typing import NamedTuple

import xlsxwriter

from tests import biff

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>"
    ),
    "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="rId3" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        "</Relationships>"
    ),
}
MB = 1024 * 1024


class File(NamedTuple):
    """`code`: what it is refused with at a door of class lists; nothing where it is just read."""

    label: str
    name: str
    content: bytes
    code: str
    kind: str = "application/octet-stream"


def package(parts: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as packed:
        for name, content in {**_PARTS, **parts}.items():
            packed.writestr(name, content)
    return target.getvalue()


def sheet(rows: str | bytes, strings: str = "", **more: str) -> bytes:
    """A workbook with these rows, written as XML."""
    raw = rows if isinstance(rows, bytes) else rows.encode()
    return package(
        {
            "xl/worksheets/sheet1.xml": f"<worksheet {_MAIN}><sheetData>".encode()
            + raw
            + b"</sheetData></worksheet>",
            **({"xl/sharedStrings.xml": f"<sst {_MAIN}>{strings}</sst>"} if strings else {}),
            **more,
        }
    )


def text(place: str, words: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{words}</t></is></c>'


HEAD = f'<row r="1">{text("A1", "NIK")}{text("B1", "Nama")}</row>'


def corners() -> bytes:
    """Two cells, the first and the last that Excel has: a library may build all between them."""
    return sheet(f'{HEAD}<row r="1048576">{text("XFD1048576", "x")}</row>')


def open_document() -> bytes:
    """A few hundred bytes that say: this cell, 16,384 times, in each of 6,000 rows."""
    cell = '<table:table-cell office:value-type="string" table:number-columns-repeated="16384">'
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
        '<office:spreadsheet><table:table table:name="A"><table:table-row'
        f' table:number-rows-repeated="6000">{cell}<text:p>x</text:p></table:table-cell>'
        "</table:table-row></table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("META-INF/manifest.xml", "<manifest:manifest/>")
        packed.writestr("content.xml", content)
    return target.getvalue()


def lying() -> bytes:
    """Says that its sheet has a hundred bytes; unpacked it has millions."""
    content = bytearray(sheet(HEAD + "<row>" + "<c><v>1</v></c>" * 400_000 + "</row>"))
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = content.rfind(mark)
        content[place + offset : place + offset + 4] = struct.pack("<I", 100)
    return bytes(content)


def laughs() -> bytes:
    """Entities within entities: a kilobyte that means gigabytes."""
    levels = "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' if n else '<!ENTITY a0 "ha">' for n in range(10)
    )
    body = f"<!DOCTYPE w [{levels}]><worksheet {_MAIN}><sheetData><row>"
    return package(
        {"xl/worksheets/sheet1.xml": f"{body}{text('A1', '&a9;')}</row></sheetData></worksheet>"}
    )


def merged(count: int = 450_000) -> bytes:
    """Each of so many merged cells reaches over the whole sheet."""
    spans = '<mergeCell ref="A1:XFD1048576"/>' * count
    body = f"<worksheet {_MAIN}><sheetData>{HEAD}</sheetData><mergeCells>{spans}</mergeCells>"
    return package({"xl/worksheets/sheet1.xml": body + "</worksheet>"})


def _sheets() -> bytes:
    """A workbook that names one sheet a thousand times."""
    named = '<sheet name="A" sheetId="1" r:id="rId1"/>' * 1_000
    book = f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>{named}</sheets></workbook>'
    return package({"xl/workbook.xml": book, "xl/worksheets/sheet1.xml": "<worksheet/>"})


def _names() -> bytes:
    return package({f"xl/media/{n}": "" for n in range(1_500)})


def ordinary(rows: int = 40) -> bytes:
    """Not hostile at all: a class, with borders drawn far below it."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    made = book.add_worksheet()
    border, day = book.add_format({"border": 1}), book.add_format({"num_format": "dd/mm/yyyy"})
    made.write_row(0, 0, ["No", "Nama", "Tanggal lahir"])
    for row in range(1, rows + 1):
        made.write_row(row, 0, [row, f"Contoh Kelas {row}"])
        made.write_number(row, 2, 39_000 + row, day)
    for row in range(rows + 1, 3_000):
        made.write_blank(row, 0, None, border)
    book.close()
    return target.getvalue()


def few() -> Iterator[File]:
    """Small enough for every run of the tests; each is one kind."""
    yield File("first and last cell", "a.xlsx", corners(), "file-columns")
    yield File("repeated cells of ODS, as XLSX", "b.xlsx", open_document(), "file-type")
    yield File("repeated cells of ODS", "b.ods", open_document(), "file-memory")
    yield File(
        "first and last cell of XLS",
        "b.xls",
        biff.workbook({"A": [["NIK"]]}, corner=(65_535, 255)),
        "file-memory",
    )
    yield File("half an XLS", "b.xls", biff.workbook({"A": [["NIK"]]})[:2_000], "file")
    yield File("half an ODS", "b.ods", open_document()[:300], "file")
    yield File(
        "behind a password", "b.xlsx", biff.compound({"EncryptedPackage": b"x"}), "file-password"
    )
    yield File(
        "behind a password, XLS",
        "b.xls",
        biff.compound({"EncryptedPackage": b"x"}),
        "file-password",
    )
    yield File(
        "a page called XLS", "b.xls", b"\n<html><table><tr><td>NIK</td></tr></table>", "file-type"
    )
    yield File("an XLS called XLSX", "b.xlsx", biff.workbook({"A": [["NIK"]]}), "file-type")
    yield File("many merged cells", "b.xlsx", merged(), "file-cells")
    yield File("many sheets", "b.xlsx", _sheets(), "file-parts")
    yield File(
        "rows without end", "c.xlsx", sheet(f"<row>{text('A1', 'x')}</row>" * 60_000), "file-rows"
    )
    yield File(
        "one cell written again", "d.xlsx", sheet("<row>" + text("A1", "x") * 450_000), "file-cells"
    )
    yield File("unpacks to 60 MB", "e.xlsx", sheet(HEAD + " " * 60 * MB), "file-size")
    yield File("says it is small", "f.xlsx", lying(), "file")
    yield File("entities", "g.xlsx", laughs(), "file")
    yield File("many parts", "h.xlsx", _names(), "file-parts")
    long = f"<si><t>{'y' * 32_000}</t></si>"
    yield File("one text a thousand times", "i.xlsx", sheet(_pointing(900), long), "file-text")
    yield File(
        "a text of megabytes", "j.xlsx", sheet(f"<row>{text('A1', 'y' * MB)}</row>"), "file-cell"
    )
    yield File(
        "not a number", "k.xlsx", sheet('<row><c r="A1" t="s"><v>9999999</v></c></row>'), "file"
    )
    yield File(
        "a column that is none", "l.xlsx", sheet('<row><c r="ZZZZZ1"><v>1</v></c></row>'), "file"
    )
    yield File("half a file", "m.xlsx", ordinary()[:3_000], "file")
    yield File("rows of CSV", "n.csv", b"nik;nama\n" + b"1;a\n" * 60_000, "file-rows")
    yield File("columns of CSV", "o.csv", b"nik" + b",a" * 60_000, "file-columns")
    yield File("one line of CSV", "p.csv", b"nik,nama\n" + b"x" * MB, "file-line")
    yield File("a quote that never ends", "q.csv", b'nik,nama\n"' + b"x\n" * MB, "file")
    yield File("nothing but commas", "r.csv", b"nik,nama\n" + (b"," * 60_000 + b"\n") * 40, "")
    two = "nik,nama\n1,Ren\xe9\n".encode() + "2,Ren\xe9\n".encode("cp1252")
    yield File("two encodings", "s.csv", two, "encoding")
    yield File("half of UTF-16", "t.csv", "nik,nama\n1,a\n".encode("utf-16")[:-1], "encoding")
    yield File("noise", "t.csv", bytes(range(1, 256)) * 40, "encoding")
    yield File("zeros", "u.csv", b"nik,nama\n\0\0\0\n", "file")
    yield File("a workbook called CSV", "v.csv", ordinary(), "file-type")
    yield File("a CSV called workbook", "w.xlsx", b"nik,nama\n1,a\n", "file-type")
    yield File("a PDF called CSV", "x.csv", b"%PDF-1.7\n1 0 obj\n", "file-type")
    yield File("a program", "y.exe", b"MZ\x90\0", "file-type")
    yield File("a picture by its type", "z.csv", b"nik,nama\n1,a\n", "file-type", "image/png")
    yield File("CSV sent as XLSX", "z.csv", b"nik,nama\n1,a\n", "file-type", XLSX)
    yield File("another way of packing", "a.xlsx", _lzma(), "file")


def _pointing(rows: int) -> str:
    return "".join('<row><c t="s"><v>0</v></c><c t="s"><v>0</v></c></row>' for _n in range(rows))


def _lzma() -> bytes:
    return package({"xl/worksheets/sheet1.xml": HEAD}, zipfile.ZIP_LZMA)


def all_of_them() -> Iterator[File]:
    """Those besides that take memory and time to make, for the drill."""
    yield from few()
    blank = b"<row>" + b"<c/>" * 7_500_000 + b"</row>"
    yield File("seven million blank cells", "A.xlsx", sheet(blank), "file-time")
    yield File("as many texts", "B.xlsx", sheet(HEAD, "<si/>" * 7_500_000), "file-time")
    yield File(
        "one tag of 38 MB",
        "C.xlsx",
        sheet(b"<row " + b'a="' + b"x" * 38 * MB + b'"/>'),
        "file-memory",
    )
    yield File("nested without end", "D.xlsx", sheet(b"<a>" * 10 * MB), "file-time")
    yield File("8 MB of short rows", "E.csv", b"nik,nama\n" + b"1,a\n" * (2 * MB - 9), "file-rows")
    yield File("8 MB of short cells", "F.csv", (b"a," * 40 + b"\n") * 100_000, "file-rows")
    yield File("over 8 MB", "G.csv", b"nik,nama\n" + b"1,a\n" * 3 * MB, "file-size")
    yield File("8 MB of ends", "H.csv", b"nik,nama\n" + b"\r" * (8 * MB - 9), "file-line")
    yield File("8 MB of blank rows", "I.csv", b"nik,nama\n" + b",\n" * (4 * MB - 9), "")
