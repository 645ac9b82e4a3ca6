"""What goes to paper: any text, the office's letterhead and head, the daily report, an event's minutes."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from dukcapil.accounts.models import User
from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.accounts.offices.selectors import profile_of
from dukcapil.accounts.offices.services import set_office_profile
from dukcapil.accounts.scoping import scoped
from dukcapil.core.errors import Conflict, Invalid, Refused
from dukcapil.core.paper import REPLACEMENT, compiled, printable
from dukcapil.core.pictures import written_anew
from events.planning.models.event import ServiceEvent
from registrations.booking.services.appointments import book
from registrations.lifecycle.services.events import cancel_event
from tests.reports.test_build import built
from tests.reports.test_closing import held  # noqa: F401 - a fixture
from tests.world import World, make_event, make_resident, make_session, record, today

JAVANESE, BALINESE, JAWI = "ꦲꦏ꧀ꦱꦫ", "ᬅᬓ᭄ᬱᬭ", "ڤندودوق"
ODD = [
    *("Ani 😀", "Keluarga 👩‍👩‍👧‍👦🏽", "漢字かな한국", JAVANESE, BALINESE, JAWI, "ᮃᮊ᮪ᮞᮛ ᨕᨔ ᯀᯂ ꤰꤱ"),
    *("\uf0b7 butir\uf0a7 dua\uf0fc", "\U000f0001\ue000", "\ud800 separuh", "\x00\x0b\x85\u2028"),
    *(
        "\ufffe\u0378\U0001f9ff",
        "\u0301\u0323 sendiri",
        "a\u0300\ua9c0\u064b",
        "\u202eterbalik\u200d",
    ),
    '#import "x" $ * _ ` @a <b> \\u{0}',
]
NAME = "PEMERINTAH KOTA BUKITTINGGI\nDINAS DUKCAPIL “BUKITTINGGI” & KITA"
HEAD = {
    "address": "Jalan Perwira 1, Bukittinggi 26111",
    "place": "Bukittinggi",
    "head_name": "Dra. Siti Contoh, M.Si.",
    "head_rank": "Pembina Utama Muda (IV/c)",
    "head_nip": "19700101 199003 2 001",
}


def words(content: bytes) -> str:
    pages = (page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return re.sub(r"\s+", " ", " ".join(pages))


def cells(content: bytes) -> list[Any]:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    return [cell for row in rows for cell in row if cell != ""]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 3, height: int = 2, more: bytes = b"", points: bytes | None = None) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\x08\x35\x75" * width) * height if points is None else points
    parts = [chunk(b"IHDR", head), more, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_any_text_goes_on_paper_as_letters_or_as_a_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    """One file with all of them: none is a reason to have no file."""
    office = {"lines": ODD, "address": ODD[0], "page": "Halaman", "dated": "", "head_title": ""}
    content = {
        "title": "Laporan",
        "place": ODD[2],
        "day": ODD[4],
        "about": ODD,
        "figures": [[text, "1"] for text in ODD],
        "sections": [{"title": t, "columns": ODD[:2], "rows": [[t, t]], "total": []} for t in ODD],
        "office": office | {"head": ODD[5], "below": ODD},
    }
    text = words(compiled("daily.typ", content, None))
    # Of a syllable that is drawn as one, readers of PDF find the letters in an order of their own.
    for shown in (JAVANESE[:2], BALINESE[:2], JAWI, "漢字かな한국", "• butir▪ dua✓", "#import"):
        assert shown.replace(" ", "") in text.replace(" ", ""), shown
    assert f"Ani {REPLACEMENT}" in text
    assert printable("👩‍👩‍👧‍👦🏽") == REPLACEMENT * 4
    assert printable("x\ud800\x07y\ufe0f") == f"x{REPLACEMENT} y"
    # A picture that is none takes away the picture, and no word.
    assert words(compiled("daily.typ", content, None, b"\x89PNG broken")) == text
    # Letters that no PDF for archives takes together cost other scripts, not quotes, and not the logo.
    monkeypatch.setattr("dukcapil.core.paper._covered", lambda: ([0], [0x10FFFF]))
    none = {**content, "title": "\U000f0001", "place": f"“Ani” – {JAWI}", "figures": []}
    none |= {"about": [], "sections": [], "day": "", "office": office | {"head": "", "below": []}}
    content = compiled(
        "daily.typ",
        none | {"office": {**none["office"], "lines": [NAME], "address": ""}},
        None,
        png(),
    )
    assert f"“Ani” – {REPLACEMENT}" in words(content)
    assert len(PdfReader(io.BytesIO(content)).pages[0].images) == 1


def test_a_logo_is_written_anew_and_holds_nothing_but_a_picture() -> None:
    secret = chunk(b"tEXt", b"GPS\0-0.305,100.369")
    clean = written_anew(io.BytesIO(png(more=secret) + b"<?php"))
    assert b"GPS" not in clean
    assert not clean.endswith(b"<?php")
    assert written_anew(io.BytesIO(clean)) == clean
    table = b"\xff\xdb\x00\x43\x00" + b"\x01" * 64
    for kind in (b"\x00", b"\x10"):  # one code in each: no change, and nothing more
        table += b"\xff\xc4\x00\x14" + kind + b"\x01" + b"\x00" * 15 + b"\x00"
    frame = b"\xff\xc0\x00\x0b\x08\x00\x08\x00\x08\x01\x01\x11\x00"
    begin = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
    exif = b"\xff\xe1\x00\x0aExif\0GPS"
    grey = b"\xff\xd8" + exif + table + frame + begin + b"\x3f\xff\xd9"
    jpeg = written_anew(io.BytesIO(grey + b"zip"))
    assert jpeg.startswith(b"\xff\xd8\xff\xe0\x00\x10JFIF")
    assert jpeg.endswith(table + frame + begin + b"\x3f\xff\xd9")
    # The largest there may be is drawn with the memory that is left.
    assert written_anew(io.BytesIO(png(2000, 2000)))
    bad = {
        "GIF89a": "PNG atau JPEG",
        png()[:-20]: "tidak dapat dibaca",
        png(points=b"\0" * 5): "tidak dapat dibaca",
        png(2001, 1, points=b"\0"): "2000",
        b"\xff\xd8" + frame + b"\xff\xd9": "tidak dapat dibaca",
        # In good order, and nothing that can be drawn: it would be missing on every paper.
        grey.replace(table[69:], b""): "tidak dapat dibaca",
        png() + b"x" * 200 * 1024: "200",
    }
    for content, says in bad.items():
        raw = content.encode() if isinstance(content, str) else content
        with pytest.raises(Invalid) as refused:
            written_anew(io.BytesIO(raw))
        assert says in str(refused.value.message)


def test_a_logo_that_grows_when_it_is_packed_anew_is_refused_in_words() -> None:
    """Each row in letters and codes of its own, which zlib puts together in one block."""
    chance, packer, packed = random.Random(5), zlib.compressobj(9), b""
    width, height = 1200, 290
    for _row in range(height):
        letters = chance.sample(range(256), 16)
        packed += packer.compress(b"\0" + bytes(chance.choices(letters, k=width)))
        packed += packer.flush(zlib.Z_SYNC_FLUSH)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [
        chunk(b"IHDR", head),
        chunk(b"IDAT", packed + packer.flush()),
        chunk(b"IEND", b""),
    ]
    logo = b"\x89PNG\r\n\x1a\n" + b"".join(parts)
    assert len(logo) < 200 * 1024
    with pytest.raises(Invalid) as refused:
        written_anew(io.BytesIO(logo))
    assert "tidak dapat dibaca" in str(refused.value.message)


def test_who_changes_the_profile_and_which_version_counts(made: World) -> None:
    head = made["head"].actor
    with scoped(head.scope):
        assert profile_of("13.75.01").lines[0] == "PEMERINTAH KOTA BUKITTINGGI"
        first = set_office_profile(by=head, version=0, letterhead=NAME, logo=png(), **HEAD)
        assert (first.version, first.head_nip) == (1, "197001011990032001")
        second = set_office_profile(by=head, version=1, letterhead=NAME, place="Padang")
        assert bytes(second.logo or b"") == png()
        assert profile_of("13.75").place == "Padang"
        with pytest.raises(Conflict) as late:
            set_office_profile(by=head, version=1, letterhead=NAME)
        assert "place" in late.value.extra["changed"]
        for field, wrong in (("head_nip", "123"), ("letterhead", "a\nb\nc\nd\ne")):
            with pytest.raises(Invalid) as refused:
                set_office_profile(by=head, version=2, **{"letterhead": NAME, field: wrong})
            assert refused.value.field == field
    clerk = made["operator"].actor
    with scoped(clerk.scope), pytest.raises(Refused):
        set_office_profile(by=clerk, version=2, letterhead=NAME)
    assert profile_of("13").lines[0] == "PEMERINTAH PROVINSI SUMATERA BARAT"


def test_the_profile_stands_on_everything_that_is_printed(
    made: World,
    held: ServiceEvent,  # noqa: F811
    browser: Callable[[str], Client],
) -> None:
    client = browser("head")
    typed = {"version": "0", "letterhead": NAME, **HEAD}
    logo = SimpleUploadedFile("logo.png", png(), "image/png")
    assert client.post("/akun/kantor/", {**typed, "logo": logo}).status_code == 302
    # The second to save keeps what was typed, and is told what changed.
    logo = SimpleUploadedFile("logo.png", png(9, 9), "image/png")
    late = client.post("/akun/kantor/", {**typed, "place": "Payakumbuh", "logo": logo})
    assert late.status_code == 409
    assert 'value="Payakumbuh"' in late.content.decode()
    assert 'name="version" value="1"' in late.content.decode()
    assert "Pilih logonya sekali lagi" in late.content.decode()
    # Without its logo, and nothing else is lost; then with it again.
    gone = client.post("/akun/kantor/", {**typed, "version": "1", "without_logo": "on"})
    assert gone.status_code == 302
    profile = profile_of("13.75")
    assert (profile.logo, profile.head_name) == (None, HEAD["head_name"])
    assert (profile.letterhead, profile.address) == (NAME, HEAD["address"])
    assert client.post("/akun/kantor/", {**typed, "version": ""}).status_code == 409
    logo = SimpleUploadedFile("logo.png", png(), "image/png")
    again = {**typed, "version": "2", "logo": logo}
    assert client.post("/akun/kantor/", again).status_code == 302

    report = f"/kegiatan/{held.pk}/laporan/"
    minutes = f"/kegiatan/{held.pk}/berita-acara/"
    daily = f"/laporan/13.75/berkas/?date={today()}"
    for path in (f"{report}?format=pdf", f"{minutes}?format=pdf", f"{daily}&format=pdf"):
        answer = client.get(path)
        assert answer.status_code == 200, answer.content
        text = words(answer.content)
        for part in ("BUKITTINGGI” & KITA", HEAD["address"], HEAD["head_name"]):
            assert part in text, path
        assert "NIP 197001011990032001" in text
        assert "[" not in text
        assert len(PdfReader(io.BytesIO(answer.content)).pages[0].images) == 1
    for path in (f"{report}?format=xlsx", f"{daily}&format=xlsx", "/kegiatan/rekap/?format=xlsx"):
        content = client.get(path).content
        found = cells(content)
        assert NAME.splitlines()[1] in found, path
        assert HEAD["head_name"] in found
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            assert "xl/media/image1.png" in packed.namelist()

    # Minutes as a text document hold the same counts as the PDF, and go on being written in.
    document = Document(io.BytesIO(client.get(f"{minutes}?format=docx").content))
    lines = [line.text for line in document.paragraphs]
    rows = [[cell.text for cell in row.cells] for one in document.tables for row in one.rows]
    assert NAME.splitlines()[1] in lines
    assert "BERITA ACARA PELAKSANAAN KEGIATAN" in lines
    assert "Menurut jam" in client.get(report).content.decode()
    assert "Menurut jam" not in lines
    assert any(row[0] == "Perekaman KTP-el" and row[2] == "2" for row in rows)
    assert any(HEAD["head_name"] in cell for row in rows for cell in row)
    assert len(document.inline_shapes) == 1
    assert client.get(f"{minutes}?format=odt").status_code == 422
    assert {"2", "450"} <= at_the_right(document)
    assert "Padam satu jam" not in at_the_right(document)

    # An event without a record has its minutes and its report too.
    empty = f"/kegiatan/{make_event(made, target_group='17 tahun ke atas').pk}"
    for path in ("berita-acara/?format=pdf", "laporan/?format=pdf", "berita-acara/?format=docx"):
        answer = client.get(f"{empty}/{path}")
        assert answer.status_code == 200, path
    # Numbers alone stand at the right, not all that begins with a digit.
    assert "17 tahun ke atas" not in at_the_right(Document(io.BytesIO(answer.content)))

    # Nobody signs that what was cancelled took place; nor does its page lead there.
    cancelled = make_event(made)
    with scoped(made["operator"].actor.scope):
        cancel_event(by=made["operator"].actor, event=cancelled, reason="Banjir")
    for path, status, offered in (
        (f"/kegiatan/{cancelled.pk}/berita-acara/", 409, False),
        (f"/kegiatan/{cancelled.pk}/laporan/", 200, False),
        (report, 200, True),
    ):
        answer = client.get(path)
        assert (answer.status_code, b"berita-acara/?format" in answer.content) == (status, offered)

    session = make_session(made, make_event(made), {"recording": 3})
    clerk = made["operator"].actor
    with scoped(clerk.scope):
        slip = book(by=clerk, session=session, resident=make_resident(made), services=["recording"])
    page = client.get(f"/janji/{slip.pk}/?baru=1&kertas=58").content.decode()
    assert 'href="?baru=1&amp;kertas=80"' in page
    assert "slip paper-58" in page
    assert "DINAS DUKCAPIL “BUKITTINGGI” &amp; KITA" in page
    assert "data:image/png;base64," in page
    # The roll in the printer is remembered.
    assert "slip paper-58" in client.get(f"/janji/{slip.pk}/").content.decode()
    assert "KITA" in client.get("/jadwal/?wilayah=13.75").content.decode()

    # Every change is kept, and can be seen.
    posting = made["head"].actor.posting_id
    OfficeProfile.objects.bulk_create(
        OfficeProfile(office_id="13.75", version=number, letterhead=NAME, posting_id=posting)
        for number in range(4, 23)
    )
    first = '<th scope="row" class="n">1</th>'
    pages = [client.get(f"/akun/kantor/?page={number}").content.decode() for number in (1, 2)]
    assert [first in page for page in pages] == [False, True]


def at_the_right(document: Any) -> set[str]:
    cells = [cell for one in document.tables for row in one.rows for cell in row.cells]
    return {c.text for c in cells if c.paragraphs[0].alignment == WD_ALIGN_PARAGRAPH.RIGHT}


def client_of(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def test_the_daily_report_in_files_is_the_one_of_the_page(kept: World) -> None:
    first = make_resident(kept)
    record(kept, first)
    record(kept, first, "ikd_activation")
    record(kept, make_resident(kept))
    record(kept, make_resident(kept), outcome="failed", reason="network")
    built()
    office = client_of("head")
    # A day is an office's own: below it there is no file, as there is no page.
    for client, code in (
        *((office, "13.75.01"), (office, "13.75.01.1001")),
        (client_of("village_verifier"), "13.75.01.1001"),
    ):
        assert client.get(f"/laporan/{code}/berkas/?date={today()}").status_code == 404, code
    path = f"/laporan/13.75/berkas/?date={today()}"
    found = cells(office.get(f"{path}&format=xlsx").content)
    text = words(office.get(f"{path}&format=pdf").content)
    for label, number in (("Direkam", 2), ("IKD diaktifkan", 1), ("Gagal", 1)):
        value = found[found.index(label) + 1]
        assert (type(value), value) == (float, number), label
        assert f"{label} {number}" in text
    assert "Jaringan terputus" in text
    region = f"/laporan/13/berkas/?date={today()}"
    province = client_of("province_officer")
    cells_of_all = cells(province.get(f"{region}&format=xlsx").content)
    place = cells_of_all.index("Kota Bukittinggi (13.75)")
    assert cells_of_all[place + 2 : place + 5] == [2, 1, 1]
    assert "PEMERINTAH PROVINSI SUMATERA BARAT" in words(
        province.get(f"{region}&format=pdf").content
    )
    assert (
        office.get(f"/laporan/13.75/berkas/?date={today() + timedelta(days=2)}").status_code == 422
    )
    # A page that shows an earlier revision leads to the file of that revision.
    record(kept, make_resident(kept))
    built()
    counted = []
    for shown in ("", "&revision=1"):
        page = office.get(f"/laporan/13.75/?date={today()}{shown}").content.decode()
        [link] = re.findall(r'href="(/laporan/13\.75/berkas/[^"]*xlsx)"', page)
        found = cells(office.get(unescape(link)).content)
        counted.append(found[found.index("Direkam") + 1])
    assert counted == [3, 2]
