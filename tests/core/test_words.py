"""One word for one thing (docs/glossary.md), in Indonesian: in the catalogue, the guide, on pages, in files.

Each pattern is a word that is not said, with the one that is. What looks like one and is right stands in
`RIGHT`, with its reason.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.test import Client
from django.utils import translation
from python_calamine import CalamineWorkbook

from dukcapil.core.library_words import TEXTS
from tests.world import (
    World,
    make_basis,
    make_event,
    make_resident,
    make_session,
    make_target,
    today,
)

Browser = Callable[[str], Client]
#: Not said -> said.
WORDS = {
    r"\bbawa (data )?dasar": "unggah data dasar",
    r"\borang kedua\b": "persetujuan",
    r"\bpotongan kerja\b": "rilis internal",
    r"\bsiapa melihat siapa\b": "riwayat akses data penduduk",
    r"\bperkara\b": "nomor layanan/berkas",
    r"\bdaftar( \w+)* sebagai berkas": "unduh daftar",
    r"\bsiapa cepat\b": "sesuai urutan pendaftaran",
    r"\btempat anda sedang masuk": "perangkat yang sedang masuk",
    r"\bcara anda masuk": "keamanan akun",
    r"\bgolongan\b": "kategori capaian",
    r"\bkurang ke target": "kekurangan menuju target",
    r"^berjalan$": "belum final",
    r"\bsegel\b": "kode verifikasi",
    r"\bbobot\b": "nilai",
    r"\bbatas hitung\b": "posisi pencatatan",
    r"\btidak ada tepat satu\b": "tidak ditemukan atau lebih dari satu",
    r"\bapa-apa di sini\b": "halaman tidak ditemukan atau di luar wilayah Anda",
    r"\bpapan tik\b": "keyboard",
    r"\bnyatakan butir\b": "centang pernyataan",
    r"\brinci per\b": "rincian per",
    r"\bturunan\b": "estimasi",
    r"\bdisusun\b|\bsusun sekarang\b": "diperbarui",
    r"\btanpa centang\b": "Tolak",
    r"^ditunggu\b": "belum datang",
    r"\bdasar angka\b|\bbasis\b": "data dasar",
    r"penempatan\b|\b(di|me)n?empatkan\b": "penugasan",
    r"\bjanji\b|\bpemesanan\b|\breservasi\b": "pendaftaran",
    r"\bkantor(nya)?\b": "dinas",
    r"(?<!kata )\bsandi": "kata sandi",
    r"\be-?mail\b": "surel",
    r"\bakun sendiri\b": "Akun saya",
    r"umur\b": "usia",
    r"\btelepon\b": "ponsel",
    r"\b(jumlah|kebagian|mendapat|lepaskan|kapasitas) tempat\b": "kuota",
    r"\btempat (kosong|terisi|layanan|perekaman|untuk tiap)\b": "kuota, lokasi layanan",
    r"\bcatatan\b": "keterangan, pencatatan",
    r"\bpeladen\b": "server",
    r"\b(people|residents|recorded|ledger|booking|password|username|login|ribbon)\b": "Indonesian",
    r"(?-i:\banda\b)": "Anda",
}
#: Said all the same, because ...
RIGHT = (
    r"\bkantor (desa|dinas)\b",  # a village has an office, too; an event may be held in ours
    r"kata\s+sandi",  # broken over two lines
    r"perangkat kantor\b",  # kinds of devices, as the ministry's letters call them
    r"kode pos, telepon\b",  # an office's own line is no mobile
    r"example\.(invalid|org)",
)


def said_wrongly(text: str) -> list[str]:
    text = re.sub(r"%\(\w+\)s", "…", text)
    for right in RIGHT:
        text = re.sub(right, " ", text, flags=re.IGNORECASE)
    return [
        f"{match[0]!r} in {text[:80]!r}: say {word!r}"
        for pattern, word in WORDS.items()
        if (match := re.search(pattern, text, re.IGNORECASE))
    ]


def catalogue() -> Iterator[str]:
    path = Path(settings.LOCALE_PATHS[0]) / "id" / "LC_MESSAGES" / "django.mo"
    with path.open("rb") as file:
        texts: dict[object, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return (text for msgid, text in texts.items() if msgid)


def test_the_catalogue_says_one_word_for_one_thing() -> None:
    texts = list(catalogue())
    assert len(texts) > 2000
    assert [wrong for text in texts for wrong in said_wrongly(text)] == []


def test_texts_of_libraries_are_said_in_our_words() -> None:
    with translation.override("id"):
        texts = {text: translation.gettext(text) for text in TEXTS}
    assert [text for text, shown in texts.items() if text == shown] == []
    assert [wrong for shown in texts.values() for wrong in said_wrongly(shown)] == []


@pytest.mark.parametrize(
    "name", ["belum-rekam.md", "petugas.md", "provinsi.md", "rencana.md", "stok.md"]
)
def test_the_guide_says_what_pages_say(name: str) -> None:
    guide = (Path(settings.BASE_DIR) / "docs" / "guide" / name).read_text()
    assert [wrong for line in guide.splitlines() for wrong in said_wrongly(line)] == []


def shown(html: bytes) -> list[str]:
    """What people read of a page, piece by piece; titles and labels that a screen reader says too."""
    soup = BeautifulSoup(html, "html.parser")
    for hidden in soup(["script", "style", "code"]):
        hidden.decompose()
    named = [
        str(tag[name])
        for name in ("title", "aria-label", "placeholder", "alt")
        for tag in soup.find_all(attrs={name: True})
    ]
    return [*soup.stripped_strings, *named]


def test_pages_and_files_say_one_word_for_one_thing(made: World, browser: Browser) -> None:
    make_basis(kind="derived")
    make_target(year=today().year)
    event = make_event(made)
    session = make_session(made, event)
    person = make_resident(made)
    day = today() - timedelta(days=1)
    visits = {
        "head": (
            *("/hari-ini/", "/kegiatan/", "/kegiatan/baru/", "/kegiatan/rekap/", "/layanan/"),
            *("/penduduk/", "/penduduk/baru/", "/penduduk/impor/", "/dasar/", "/dasar/baru/"),
            *("/target/", "/rilis/", "/pengawasan/", "/akun/petugas/", "/akun/", "/tidak-ada/"),
            *(f"/penduduk/{person.pk}/", f"/kegiatan/{event.pk}/", f"/sesi/{session.pk}/"),
            *(
                f"/sesi/{session.pk}/{part}/"
                for part in ("tempat", "meja", "tunggu", "pesan", "rombongan")
            ),
            *(
                f"/kegiatan/{event.pk}/{part}/"
                for part in ("laporan", "catatan", "tim", "setujui", "pos")
            ),
            *(f"/cakupan/13.75/?date={day}", f"/cakupan/13.75/mengapa/?date={day}"),
            *(f"/cakupan/13.75/berkas/?date={day}", f"/laporan/13.75/?date={day}"),
        ),
        "province_officer": ("/cakupan/?own=1", "/laporan/?own=1", f"/laporan/13/?date={day}"),
        "administrator": ("/rilis/", "/akun/petugas/"),
    }
    wrong = []
    for role, paths in visits.items():
        client = browser(role)
        for path in paths:
            answer = client.get(path, follow=True)
            assert answer.status_code == (404 if path == "/tidak-ada/" else 200), path
            wrong += [(path, said) for text in shown(answer.content) for said in said_wrongly(text)]
    refused = Client().post("/akun/masuk/", {"login": "tidak-ada", "password": "x"})
    assert "yang Anda masukkan" in refused.content.decode()
    wrong += [("login", said) for text in shown(refused.content) for said in said_wrongly(text)]
    assert wrong == []
    _files_too(made)


def _files_too(made: World) -> None:
    answer = made["province_officer"].get("coverage/?region=13&level=regency&format=xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    cells = [
        str(cell)
        for name in book.sheet_names
        for row in book.get_sheet_by_name(name).to_python()
        for cell in (name, *row)
    ]
    assert "jiwa per hari" in cells
    assert [wrong for cell in cells for wrong in said_wrongly(cell)] == []


def test_a_day_that_is_not_today_is_named(made: World, browser: Browser) -> None:
    """And a word that is not said would be found."""
    make_basis()
    day: date = today() - timedelta(days=2)
    client = browser("province_officer")
    for path in (f"/cakupan/13/?date={day}", f"/laporan/13/?date={day}"):
        page = BeautifulSoup(client.get(path).content, "html.parser")
        main = page.find("main")
        assert main is not None
        text = main.get_text(" ", strip=True)
        assert "hari ini" not in text.lower()
        assert str(day.year) in text
    assert said_wrongly("Sandi anda di Kantor Desa, kantor lain: 3 people") != []
    assert said_wrongly("Kata sandi Anda di kantor desa") == []
