"""Readers of every form in which coverage leaves the system: each gives (region, figure) -> number.

They read what people and programs read (text of a page, cells of a sheet, words of a PDF) and know
nothing of how it was made; percentages are Decimals, people are ints.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bs4 import BeautifulSoup
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from tests.world import Caller

#: Labels of figures as Indonesian pages and files print them.
LABELS = {
    "population": "Penduduk",
    "wajib_ktp": "Wajib KTP",
    "recorded": "Sudah rekam",
    "recorded_percent": "Sudah rekam, %",
    "unrecorded": "Belum rekam",
    "unrecorded_percent": "Belum rekam, %",
    "published_unrecorded_percent": "Belum rekam, % tercetak",
    "ikd_activated": "IKD aktif",
    "ikd_percent_of_base": "IKD, % dari yang sudah rekam",
    "ikd_percent_of_target": "IKD, % dari target",
    "dkb": "DKB",
    "deaths": "Meninggal",
    "duplicates": "NIK ganda",
    "moved_out": "Pindah keluar",
    "moved_in": "Pindah masuk",
    "first_recordings": "Perekaman pertama di luar DKB",
}
Found = dict[tuple[str, str], Any]


def number(text: str) -> Any:
    """98,68 % and 6.616.086 as an Indonesian reads them."""
    digits = text.replace("%", "").replace("−", "-").replace(".", "").replace(" ", "").strip()
    return Decimal(digits.replace(",", ".")) if "%" in text or "," in text else int(digits)


def plain(value: Any) -> Any:
    """A machine's text: 98.68 is a percentage, 87398 are people."""
    if value in (None, ""):
        return None
    text = str(value)
    return Decimal(text) if "." in text else int(text)


def from_json(caller: Caller, query: str) -> Found:
    rows = caller.get(f"coverage/?{query}").json["results"]
    found: Found = {}
    for row in rows:
        for figure, value in {**row, **(row["components"] or {})}.items():
            if figure in LABELS and value is not None:
                found[row["region"], figure] = plain(value)
    return found


def from_csv(caller: Caller, query: str) -> Found:
    text = caller.get(f"coverage/?{query}&format=csv").content.decode()
    return {
        (row["region"], figure): plain(row[figure])
        for row in csv.DictReader(io.StringIO(text))
        for figure in LABELS
        if row[figure] != ""
    }


def from_satu_data(caller: Caller, query: str) -> Found:
    content = caller.get(f"coverage/?{query}&format=satu-data&bom=1").content
    assert content.startswith(b"\xef\xbb\xbf")
    found: Found = {}
    for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"))):
        code = row["kode_kabupaten_kota"] or row["kode_provinsi"] or "00"
        found[code, row["indikator"]] = plain(row["nilai"])
    return found


def from_sdmx(caller: Caller, query: str) -> Found:
    text = caller.get(f"coverage/?{query}&format=sdmx-csv").content.decode()
    found: Found = {}
    for row in csv.DictReader(io.StringIO(text)):
        assert (row["STRUCTURE"], row["ACTION"]) == ("dataflow", "I")
        digits = row["REF_AREA"].removeprefix("ID")
        code = "00" if not digits else digits[:2] + ("." + digits[2:] if digits[2:] else "")
        if row["OBS_VALUE"] != "":
            found[code, row["INDICATOR"].lower()] = plain(row["OBS_VALUE"])
    return found


def from_xlsx(caller: Caller, query: str) -> Found:
    content = caller.get(f"coverage/?{query}&format=xlsx").content
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    [top] = [number for number, line in enumerate(sheet) if line[0] == "Kode"]
    names = {label: figure for figure, label in LABELS.items()}
    found: Found = {}
    for line in sheet[top + 1 :]:
        if not isinstance(line[0], str) or not re.fullmatch(r"\d\d(\.\d\d)?", line[0]):
            continue
        if line[1].startswith("Jumlah "):
            continue
        for label, value in zip(sheet[top], line, strict=True):
            if label in names and value != "":
                share = names[label].endswith(("percent", "base", "target"))
                found[line[0], names[label]] = (
                    Decimal(str(value)).quantize(Decimal("0.01")) if share else int(value)
                )
    return found


def from_pdf(content: bytes) -> Found:
    """The whole region's figures, and of its parts those that the table prints."""
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    text = re.sub(r"[ \u00a0\u202f]+", " ", text)
    whole = re.search(r"\((\d\d(?:\.\d\d)?)\), ", text)
    assert whole, text[:300]
    found: Found = {}
    for figure, label in LABELS.items():
        sign = r"(?:[−+] )?"
        if match := re.search(rf"(?m)^{sign}{re.escape(label)} ([\d.]+(?:,\d\d %)?)\s*$", text):
            found[whole[1], figure] = number(match[1])
    columns = ["wajib_ktp", "recorded", "recorded_percent", "unrecorded", "unrecorded_percent"]
    if re.search(r"Belum rekam, % tercetak [A-Z]", re.sub(r"\s+", " ", text)):
        columns.append("published_unrecorded_percent")
    # Long names and headers run over two lines.
    row = r"\b(\d\d\.\d\d) \D+? " + " ".join([r"(–|[\d.]+(?:,\d\d %)?)"] * len(columns))
    for match in re.finditer(row, re.sub(r"\s+", " ", text)):
        for figure, value in zip(columns, match.groups()[1:], strict=True):
            if value != "–":
                found[match[1], figure] = number(value)
    return found


def from_message(text: str, code: str) -> Found:
    """The message of the day: lines of the whole region, then one a part."""
    count, share = r"([\d.]+)", r"(\d+,\d\d %)"
    found: Found = {}
    for figure, pattern in {
        "population": rf"^Penduduk: {count}$",
        "wajib_ktp": rf"^Wajib KTP: {count}$",
        "recorded": rf"^Sudah rekam: {count}",
        "recorded_percent": rf"^Sudah rekam: [\d.]+ \({share}\)",
        "unrecorded": rf"^Belum rekam: {count}",
        "unrecorded_percent": rf"^Belum rekam: [\d.]+ \({share}\)",
        "published_unrecorded_percent": rf"^Belum rekam: .*\[tercetak: {share}\]",
        "ikd_activated": rf"^IKD aktif: {count}",
        "ikd_percent_of_base": rf"^IKD, % dari yang sudah rekam: {share}",
        "ikd_percent_of_target": rf"^IKD, % dari target: {share}",
        **{
            name: rf"^= .*(?<!luar ){label} {count}"
            for name, label in LABELS.items()
            if name in ("dkb", "deaths", "duplicates", "moved_out", "moved_in", "first_recordings")
        },
    }.items():
        if match := re.search(pattern, text, re.MULTILINE):
            found[code, figure] = number(match[1])
    part = rf"(?m)^(\d\d\.\d\d) [^:]+: (?:{share} · )?{count}(?: \({share}\))?(?: \[tercetak: {share}\])?$"
    for match in re.finditer(part, text):
        region, done, left, left_share, printed = match.groups()
        found[region, "unrecorded"] = number(left)
        for figure, value in (
            ("recorded_percent", done),
            ("unrecorded_percent", left_share),
            ("published_unrecorded_percent", printed),
        ):
            if value:
                found[region, figure] = number(value)
    return found


def from_page(coverage: str, why: str, code: str) -> Found:
    """What stands on the page of coverage and on the page that says why."""
    found: Found = {}
    soup = BeautifulSoup(coverage, "html.parser")
    cards = {card.dt.get_text(strip=True): card.dd for card in soup.select("dl.figures > div")}

    def of(card: Any, pattern: str) -> str | None:
        match = re.search(pattern, re.sub(r"\s+", " ", card.get_text(" ", strip=True)))
        return match[1] if match else None

    recorded, left, ikd = cards["Sudah rekam"], cards["Belum rekam"], cards["IKD aktif"]
    for figure, card, pattern in (
        ("recorded_percent", recorded, r"^(\d+,\d\d %)"),
        ("recorded", recorded, r"([\d.]+) dari"),
        ("wajib_ktp", recorded, r"dari ([\d.]+) wajib KTP"),
        ("population", recorded, r"penduduk ([\d.]+)"),
        ("unrecorded", left, r"^([\d.]+)"),
        ("unrecorded_percent", left, r"jiwa · (\d+,\d\d %)"),
        ("published_unrecorded_percent", left, r"tercetak: (\d+,\d\d %)"),
        ("ikd_activated", ikd, r"^([\d.]+)"),
        ("ikd_percent_of_base", ikd, r"(\d+,\d\d %) dari yang sudah rekam"),
        ("ikd_percent_of_target", ikd, r"(\d+,\d\d %) dari target"),
    ):
        if (text := of(card, pattern)) is not None:
            found[code, figure] = number(text)
    for row in soup.select("tr[data-code]"):
        found |= _part(row["data-code"], row)
    labels = {label.lower(): name for name, label in LABELS.items()}
    for line in BeautifulSoup(why, "html.parser").select("table.sum tr"):
        name, value = (" ".join(cell.get_text(" ").split()) for cell in line.find_all("td"))
        figure = labels.get(name.lstrip("-+−= ").lower())
        if figure in ("dkb", "deaths", "duplicates", "moved_out", "moved_in", "first_recordings"):
            found[code, figure] = number(value)
    return found


def _part(code: str, row: Any) -> Found:
    """Cells of a row by the headers of its table."""
    heads = [
        head.get_text(" ", strip=True) for head in row.find_parent("table").select("thead th")
    ][1:]
    found: Found = {}
    for head, cell in zip(heads, row.find_all("td"), strict=True):
        text = re.sub(r"\s+", " ", cell.get_text(" ", strip=True))
        if head == "Belum rekam" and (
            match := re.match(r"([\d.]+)(?: \((\d+,\d\d %) tercetak\))?", text)
        ):
            found[code, "unrecorded"] = number(match[1])
            if match[2]:
                found[code, "published_unrecorded_percent"] = number(match[2])
        elif head == "%" and (match := re.match(r"(\d+,\d\d %)", text)):
            found[code, "recorded_percent"] = number(match[1])
    return found


#: Forms that a token alone gets; page, PDF and message need a browser or a job.
MACHINES: dict[str, Callable[[Caller, str], Found]] = {
    "json": from_json,
    "csv": from_csv,
    "satu-data": from_satu_data,
    "sdmx-csv": from_sdmx,
    "xlsx": from_xlsx,
}


def words_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def cells_of(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


_EDGES = {"≥ 100": 4, "80–99,99": 3, "60–79,99": 2, "< 60": 1}


def bands_of(page: str) -> dict[int, int]:
    """How many parts the page of coverage counts in each band."""
    found = {}
    for item in BeautifulSoup(page, "html.parser").select("[data-bands] .band"):
        name, _colon, count = re.sub(r"\s+", " ", item.get_text(" ", strip=True)).partition(" : ")
        found[_EDGES[name]] = number(count)
    return found
