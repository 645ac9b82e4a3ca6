"""A ZIP with `datapackage.json` (Data Package v2): the tables and what every column means."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import override

from reports.coverage.enums import View
from reports.coverage.selectors.coverage import Answer
from reports.coverage.selectors.metadata import BY_NAME
from reports.coverage.selectors.question import Question
from reports.coverage.selectors.row import COLUMNS, PERCENT, TABLE
from reports.files.renderers.delimited import (
    SATU_DATA,
    coverage_csv,
    neutral,
    satu_data_csv,
    sdmx_csv,
)
from reports.files.renderers.message import message

_PROFILES = "https://datapackage.org/profiles/2.0/"
_NAMES: dict[Any, str] = {date: "date", datetime: "datetime", int: "integer", str: "string"}
#: Of each column that is no figure; those of Satu Data have names of their own.
_TYPES = {
    **{column.name: _NAMES[column.kind] for column in TABLE},
    "tanggal": "date",
    "tahun": "integer",
    "nilai": "number",
    "keadaan_data": "datetime",
}


def package(question: Question, answer: Answer) -> bytes:
    """The same question gives the same bytes."""
    tables = {
        "coverage": (coverage_csv(answer), COLUMNS, ["region", "date"]),
        "satu-data": (satu_data_csv(answer), SATU_DATA, []),
    }
    files = {f"data/{name}.csv": content for name, (content, _columns, _key) in tables.items()}
    descriptor = {
        "$schema": f"{_PROFILES}datapackage.json",
        "name": "cakupan-ktp-el",
        "title": f"Cakupan perekaman KTP-el, {answer.whole['name']}, {question.day}",
        "description": _about(question),
        "version": "1.0.0",
        "created": _created(question, answer),
        "sources": [{"title": title} for title in _sources(question)],
        "resources": [
            _resource(name, content, columns, key)
            for name, (content, columns, key) in tables.items()
        ],
    }
    files["datapackage.json"] = json.dumps(descriptor, ensure_ascii=False, indent=2).encode()
    files["data/coverage-sdmx.csv"] = sdmx_csv(question, answer)
    files["pesan.txt"] = message(question, answer).encode()
    return _zipped(files)


def _sources(question: Question) -> list[str]:
    titles = [basis.source or "Dukcapil" for basis in question.answering.bases]
    return list(dict.fromkeys(titles)) or ["Dukcapil"]


def _about(question: Question) -> str:
    answers, release = question.answering, question.release
    with override("id"):
        view = str(View(question.view).label)
    names = ", ".join(basis.name for basis in answers.bases) or "-"
    parts = [f"Data dasar: {names}", f"dihitung {view}"]
    if release:
        parts.append(f"rilis: {release.name}")
    parts += answers.notes
    return "; ".join(parts)


def _created(question: Question, answer: Answer) -> str:
    moment = question.known_at or answer.whole["as_of"]
    return str(neutral(moment)) if moment else f"{question.day}T00:00:00Z"


def _resource(name: str, content: bytes, columns: Sequence[str], key: list[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "$schema": f"{_PROFILES}tableschema.json",
        "fields": [_field(column) for column in columns],
        "missingValues": [""],
    }
    if key:
        schema["primaryKey"] = key
    return {
        "name": name,
        "path": f"data/{name}.csv",
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": "sha256:" + hashlib.sha256(content).hexdigest(),
        "dialect": {
            "$schema": f"{_PROFILES}tabledialect.json",
            "delimiter": ",",
            "lineTerminator": "\r\n",
            "doubleQuote": True,
            "header": True,
        },
        "schema": schema,
    }


def _field(column: str) -> dict[str, str]:
    meaning = BY_NAME.get(column)
    if meaning is None:
        return {"name": column, "type": _TYPES.get(column, "string")}
    return {
        "name": column,
        "type": "number" if meaning.unit == PERCENT else "integer",
        "title": str(meaning.label),
        "description": str(meaning.definition),
    }


def _zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, content in sorted(files.items()):
            # A fixed moment: the archive says nothing about when it was packed.
            packed.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), content)
    return target.getvalue()
