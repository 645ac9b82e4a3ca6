"""Delimited files: our own columns, those of Satu Data Indonesia, and SDMX-CSV 2.0."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import NATION, ancestor
from reports.coverage.selectors.coverage import Answer
from reports.coverage.selectors.metadata import BY_NAME, FIGURES
from reports.coverage.selectors.question import Question
from reports.coverage.selectors.row import COLUMNS, DAILY, PEOPLE, PERCENT, flat

BOM = "\ufeff"
#: A spreadsheet runs a cell that begins with one of these.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def neutral(value: Any) -> Any:
    """Text that a spreadsheet will not run; numbers and our own percentages stay as they are."""
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, str) and value.startswith(_FORMULA) and not _is_number(value):
        return "'" + value
    return value


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def as_csv(rows: Iterable[dict[str, Any]], columns: Sequence[str], *, bom: bool = False) -> bytes:
    """UTF-8, comma, CRLF. `bom`: with the mark by which Excel knows UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([neutral(row[name]) for name in columns])
    return ((BOM if bom else "") + text.getvalue()).encode()


def coverage_csv(answer: Answer, *, bom: bool = False) -> bytes:
    return as_csv(map(flat, answer.rows), COLUMNS, bom=bom)


# --- Satu Data: one line a figure, with the codes and names of every level above -------------------

_REGION_COLUMNS = {
    Level.PROVINCE: ("kode_provinsi", "nama_provinsi"),
    Level.REGENCY: ("kode_kabupaten_kota", "nama_kabupaten_kota"),
    Level.DISTRICT: ("kode_kecamatan", "nama_kecamatan"),
    Level.VILLAGE: ("kode_desa_kelurahan", "nama_desa_kelurahan"),
}
SATU_DATA = (
    *(column for columns in _REGION_COLUMNS.values() for column in columns),
    *("indikator", "nilai", "satuan", "basis", "keadaan_data", "tanggal", "tahun"),
)
_UNITS = {PEOPLE: "Orang", PERCENT: "Persen", DAILY: "Orang per hari"}


def satu_data_csv(answer: Answer, *, bom: bool = False) -> bytes:
    return as_csv(_satu_data(answer), SATU_DATA, bom=bom)


def _satu_data(answer: Answer) -> Iterator[dict[str, Any]]:
    names = _names_above(answer)
    for row in map(flat, answer.rows):
        region_cells: dict[str, str] = dict.fromkeys(SATU_DATA, "")
        for level, (code_column, name_column) in _REGION_COLUMNS.items():
            code = ancestor(row["region"], level)
            if row["region"] != NATION and len(code) == level.code_length:
                region_cells |= {code_column: code, name_column: names.get(code, "")}
        for figure in FIGURES:
            if row[figure] is not None:
                yield {
                    **region_cells,
                    "indikator": figure,
                    "nilai": row[figure],
                    "satuan": _UNITS[BY_NAME[figure].unit],
                    "basis": row["basis"],
                    "keadaan_data": row["as_of"],
                    "tanggal": row["date"],
                    "tahun": row["date"].year,
                }


def _names_above(answer: Answer) -> dict[str, str]:
    codes = {ancestor(row["region"], level) for row in answer.rows for level in _REGION_COLUMNS}
    return dict(Region.objects.filter(code__in=codes).values_list("code", "name"))


# --- SDMX-CSV 2.0 ---------------------------------------------------------------------------------

SDMX_TYPE = "application/vnd.sdmx.data+csv; version=2.0.0"
DATAFLOW = "DUKCAPIL:COVERAGE(1.0)"
SDMX = (
    *("STRUCTURE", "STRUCTURE_ID", "ACTION", "FREQ", "REF_AREA", "INDICATOR", "VIEW", "BASIS"),
    *("TIME_PERIOD", "OBS_VALUE", "UNIT_MEASURE", "OBS_STATUS", "BASIS_NAME", "AS_OF"),
)


def sdmx_csv(question: Question, answer: Answer) -> bytes:
    """One line an observation. Codes of areas are ``ID`` and the digits: an SDMX code has no dots,
    and a reader that guesses types would make 18.10 of a bare code 18.1.
    """
    return as_csv(_observations(question, answer), SDMX)


def _observations(question: Question, answer: Answer) -> Iterator[dict[str, Any]]:
    codes = {basis.name: f"B{basis.pk}" for basis in question.answering.bases}
    for row in map(flat, answer.rows):
        basis = codes.get(row["basis"], "NONE")
        for figure in FIGURES:
            value = row[figure]
            yield {
                "STRUCTURE": "dataflow",
                "STRUCTURE_ID": DATAFLOW,
                "ACTION": "I",
                "FREQ": "D",
                "REF_AREA": area(row["region"]),
                "INDICATOR": figure.upper(),
                "VIEW": question.view.upper(),
                "BASIS": basis,
                "TIME_PERIOD": row["date"],
                "OBS_VALUE": value,
                "UNIT_MEASURE": "PT" if BY_NAME[figure].unit == PERCENT else "PS",
                "OBS_STATUS": "M" if value is None else _STATUS[row["status"]],
                "BASIS_NAME": row["basis"],
                "AS_OF": row["as_of"],
            }


#: SDMX's own codes: provisional, normal.
_STATUS = {"live": "P", "provisional": "P", "final": "A"}


def area(code: str) -> str:
    return "ID" if code == NATION else "ID" + code.replace(".", "")
