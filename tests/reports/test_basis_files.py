"""Base files as offices write them: page, API and command read each alike, or refuse it in the same words."""

from __future__ import annotations

import base64
import html
import io
import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from reports.bases.models import PopulationBasis
from reports.management.commands.import_basis import Command
from tests.engines import LONG, dice
from tests.world import Caller, World, today

FILES = Path(__file__).parent.parent / "files" / "bases"
Figures = dict[str, tuple[int | None, int | None, int | None]]


@dataclass
class Case:
    """`figures`: region -> wajib, recorded, unrecorded; else the `code` of the refusal.

    `words`: what the preview or the refusal says. `chosen`: what somebody chooses by hand.
    """

    level: str = "regency"
    figures: Figures = field(default_factory=dict)
    code: str = ""
    words: tuple[str, ...] = ()
    chosen: dict[str, Any] = field(default_factory=dict)
    province: str = "13"
    note: str = ""


LAMPUNG = [10034, 16569, 9203, 5832, 15779, 5391, 17209, 5260, 4309, 3203, 3640, 4131, 2565]
BPS: Figures = {
    f"13.{code}": (2000 * n + 1, 1000 * n + 1, 1000 * n)
    for n, code in enumerate("09 01 02 03 04 05 06 07 08 11 10 12".split(), start=1)
} | {f"13.{71 + n}": (9100 + 2 * n, 9000 + n, 100 + n) for n in range(7)}

CASES = {
    "lampung-dp4.xlsx": Case(
        figures={
            **{f"18.{n:02}": (None, None, count) for n, count in enumerate(LAMPUNG, start=1)},
            "18.71": (None, None, 14809),
            "18.72": (None, None, 1572),
            "18": (None, None, 119512),
        },
        words=("tidak terinci +6", "Baris 21 (JUMLAH) dijadikan angka Lampung (18) sendiri"),
        province="18",
        note="Jumlah tercetak tidak sama dengan rinciannya.",
    ),
    "lampung-dinamis.ods": Case(
        level="province", figures={"18": (6616086, 6528688, 87398)}, province="18"
    ),
    "bukittinggi-kecamatan.xls": Case(
        level="district",
        figures={
            "13.75.01": (30600, 30400, 200),
            "13.75.02": (34400, 34100, 300),
            "13.75.03": (18300, 18200, 100),
            "13.75": (83300, 82700, 600),
        },
        words=("Baris 8 (TOTAL) dijadikan angka Kota Bukittinggi (13.75) sendiri",),
    ),
    "bukittinggi-kelurahan.csv": Case(
        level="village",
        figures={
            "13.75.01.1001": (8120, 8001, 119),
            "13.75.01.1005": (1010, 1002, 8),
            "13.75.03.1002": (2340, 2300, 40),
        },
        words=(
            "titik memisahkan ribuan: 8.120 berarti 8120",
            "tanda hubung berarti tidak diketahui, bukan nol",
            "21 wilayah tingkat desa/kelurahan di Kota Bukittinggi tidak ada di berkas",
        ),
    ),
    "sumbar-bps.csv": Case(
        code="other-codes",
        words=(
            "seperti BPS, bukan Kemendagri",
            "1301 di sini Kabupaten Kepulauan Mentawai (Kemendagri 13.09)",
            "Kabupaten Pesisir Selatan",
        ),
    ),
    "sumbar-bps.csv by name": Case(
        figures=BPS,
        chosen={"by_name": True},
        words=("1301 = Kabupaten Kepulauan Mentawai (13.09)",),
    ),
    "sumbar-kode-angka.xlsx": Case(
        figures={"13.10": (1500, 1400, 100), "13.08": (2500, 2450, 50)},
        words=("13.1 = Kabupaten Dharmasraya (13.10)",),
    ),
    "sumbar-kode-angka-tanpa-nama.csv": Case(
        code="rows", words=("Baris 2, kolom A (Kode Wilayah): Kode 13.1 kehilangan nolnya",)
    ),
    "sumbar-nama-saja.csv": Case(
        figures={"13.02": (3000, 2900, 100), "13.72": (1000, 990, 10), "13.06": (9000, 8000, 1000)},
    ),
    "sumbar-solok.csv": Case(
        code="rows",
        words=("“Solok” dapat berarti Kabupaten Solok (13.02), Kota Solok (13.72)",),
    ),
    "sumbar-salah-nama.csv": Case(
        code="rows",
        words=("Baris 2, kolom B (Nama Wilayah): 13.06 adalah Kabupaten Agam", "“Kabupaten Pasaman”"),
    ),
    "sumbar-kode-dan-nama.csv": Case(
        figures={"13.75": (90000, 89000, 1000), "13.06": (380000, 371000, 9000)}
    ),
    "satu-data.csv": Case(
        figures={"13.75": (90000, 89000, 1000), "13.06": (380000, 371000, 9000)}
    ),
    "ribuan-campur.csv": Case(
        code="rows", words=("Baris 2, kolom C (Wajib KTP): “1.234” dapat berarti 1234",)
    ),
    "rusak.xlsx": Case(
        code="rows",
        words=(
            "Baris 2, kolom C (Wajib KTP): Buku kerja menampilkan #REF!",
            "Baris 3, kolom C (Wajib KTP): Jumlah orang adalah bilangan bulat, dan ini 12,5",
            "Baris 4, kolom D (Sudah Rekam): Ini persentase",
        ),
    ),
    "dua-lembar.xlsx": Case(code="which-sheet", words=("Kabupaten", "Kota")),
    "dua-lembar.xlsx Kota": Case(
        figures={"13.75": (90, 89, 1)}, chosen={"sheet": "Kota"}
    ),
    "lembar-tersembunyi.xlsx": Case(code="which-sheet"),
    "dua-kolom.csv": Case(code="which-columns", words=("D “Sudah Rekam”", "E “Perekaman”")),
    "dua-kolom.csv E": Case(
        figures={"13.75": (90, 81, 9)}, chosen={"columns": {"D": "", "E": "recorded"}}
    ),
    "salah-ketik.csv": Case(
        code="which-columns", words=("Kolom C, “Wajib KPT”, hampir sama dengan “wajib ktp”",)
    ),
    "persen.csv": Case(
        figures={"13.75": (90000, None, None), "13.06": (380000, None, None)},
        words=("C “Perekaman persen” (Persentase, target, atau bagian)",),
    ),
    "unicode.txt": Case(
        figures={"13.75": (90000, 90173, -173)},
        note="Dinas melayani penduduk daerah lain.",
        words=("yang terekam lebih banyak dari wajib KTP",),
    ),
    "tanpa-kepala.csv": Case(code="which-columns"),
    "tanpa-kepala.csv A B C": Case(
        figures={"13.75": (90000, 89000, 1000), "13.06": (380000, 371000, 9000)},
        chosen={"columns": {"A": "region_code", "B": "wajib_ktp", "C": "recorded"}},
    ),
}  # fmt: skip


def content_of(label: str) -> tuple[str, bytes]:
    name = label.partition(" ")[0]
    return name, (FILES / name).read_bytes()


def text_of(answer: Any) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", html.unescape(text))


def facts(label: str, case: Case) -> dict[str, Any]:
    return {
        "name": label,
        "kind": "dkb",
        "level": case.level,
        "wajib_as_of": str(today() - timedelta(days=20)),
        "source": "Surat uji",
    }


def stored(name: str) -> Figures:
    basis = PopulationBasis.objects.get(name=name)
    rows = basis.figures.values_list("region_id", "wajib", "recorded", "unrecorded")
    return {region: tuple(rest) for region, *rest in rows}  # type: ignore[misc]


def by_page(made: World, label: str, case: Case) -> tuple[str, str]:
    """The verdict and what the page says."""
    client = Client()
    client.force_login(officer(made, case).user)
    name, content = content_of(label)
    upload = SimpleUploadedFile(name, content)
    answer = client.post("/dasar/baru/", {**facts(label, case), "file": upload})
    address = answer.headers.get("Location", "")
    if case.chosen:
        found = re.search(r'action="(/dasar/baru/[^"]+)"', answer.content.decode())
        assert found or address, text_of(answer)
        address = address or found[1]  # type: ignore[index]
        if "by_name" in case.chosen:
            client.post(address, {"do": "names"})
        if "sheet" in case.chosen:
            client.post(address, {"do": "sheet", "sheet": case.chosen["sheet"]})
        if "columns" in case.chosen:
            columns = {f"column-{key}": kind for key, kind in case.chosen["columns"].items()}
            client.post(address, {"do": "columns", **columns})
    if not address:
        assert answer.status_code == 422, answer.status_code
        return "refused", text_of(answer)
    preview = client.get(address)
    said = text_of(preview)
    [shown] = re.findall(r'name="content" value="(\w+)"', preview.content.decode())
    wrong = client.post(address, {"note": case.note, "content": "0" * 64})
    assert wrong.status_code in (409, 422), wrong.status_code
    assert not PopulationBasis.objects.filter(name=label).exists()
    done = client.post(address, {"note": case.note, "content": shown})
    assert done.status_code == 302, text_of(done)
    assert PopulationBasis.objects.get(name=label).content_hash == shown
    return "read", said


def officer(made: World, case: Case) -> Caller:
    return made["province_officer" if case.province == "13" else "other_province_officer"]


def by_api(made: World, label: str, case: Case) -> tuple[str, str]:
    name, content = content_of(label)
    body = {"file": base64.b64encode(content).decode(), "filename": name, "note": case.note}
    answer = officer(made, case).post(
        "bases/", {**facts(label, case), **body, "name": f"{label} API", **case.chosen}
    )
    if answer.status == 201:
        return "read", " ".join([*answer.json["said"], *answer.json["warnings"]])
    assert answer.status == 422, answer.json
    return answer.json["type"].rpartition("/")[2], str(answer.json)


def by_command(label: str, case: Case) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    chosen = [f"--sheet={case.chosen['sheet']}"] if "sheet" in case.chosen else []
    chosen += [f"--column={key}={kind}" for key, kind in case.chosen.get("columns", {}).items()]
    chosen += ["--by-name"] if "by_name" in case.chosen else []
    given = facts(label, case)
    try:
        call_command(
            "import_basis",
            str(FILES / label.partition(" ")[0]),
            f"--name={label} perintah",
            f"--region={case.province}",
            *(f"--{name}={given[name]}" for name in ("kind", "level")),
            f"--as-of={given['wajib_as_of']}",
            *chosen,
            stdout=out,
            stderr=err,
        )
    except CommandError as error:
        return "refused", str(error)
    return "read", err.getvalue()


#: What each adds to the name of what it reads.
DOORS = {"page": "", "api": " API", "command": " perintah"}


def doors_of(label: str) -> list[str]:
    """All, where somebody chooses and with LONG; else one, and each door has a third of the files: a file is read
    in one place for all of them. The dice fall alike for each test.
    """
    doors = dice("doors").sample(list(DOORS), len(DOORS))
    return doors if LONG or CASES[label].chosen else [doors[list(CASES).index(label) % len(doors)]]


@pytest.fixture
def _beside_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command is `owner`, on a connection of its own; here its rows go with the test's."""
    monkeypatch.setattr(Command, "database_role", "web")


@pytest.mark.usefixtures("_beside_the_pages")
@pytest.mark.parametrize("label", CASES)
def test_every_door_reads_a_file_alike(made: World, label: str) -> None:
    case = CASES[label]
    for door in doors_of(label):
        match door:
            case "page":
                verdict, said = by_page(made, label, case)
            case "api":
                verdict, said = by_api(made, label, case)
            case _:
                verdict, said = by_command(label, case)
        if case.code:
            assert verdict == (case.code if door == "api" else "refused"), door
            assert not PopulationBasis.objects.exists()
        else:
            assert verdict == "read", door
            assert stored(label + DOORS[door]) == case.figures, door
        for word in case.words:
            # Sums are for people who look at a page.
            if door == "page" or ("tingkat" not in word and "terinci" not in word):
                assert word in said, (door, said)
