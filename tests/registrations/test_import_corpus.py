"""The files that people bring, through the door of the import: right, or refused with the right code."""

from __future__ import annotations

from datetime import date
from typing import Any

from dukcapil.core.errors import DomainError
from dukcapil.core.lists.people import OF_FAMILIES
from registrations.people.readers import read_person
from registrations.roll.models import RollImport
from registrations.roll.services.files import laid_out_as
from tests.files.corpus import KINDS, ListFile, drawn_files


def brought(file: ListFile) -> RollImport:
    roll_import = RollImport(office_id="13.75")
    roll_import.keep(file.name, file.content)  # type: ignore[arg-type]
    return roll_import


def said_of(cells: dict[str, Any]) -> dict[str, str]:
    """As the corpus writes it: the value of each kind, or `!` and the code why there is none."""
    said = read_person(cells, lambda code, name: f"{code} {name}".strip(), date(2026, 11, 25))
    codes: dict[str, str] = {}
    for name, code, _words in [*said.problems, *said.notes]:
        codes.setdefault(name, code)  # a date that nobody can read, and then that of the NIK
    filled = {name for name, code in codes.items() if code == "from-nik"}
    return {
        name: said.person[name] if name in said.person and name not in codes else f"!{codes[name]}"
        for name in KINDS
        if (name in said.person or name in codes) and name not in filled
    }


def test_every_row_is_right_or_refused_with_the_right_code() -> None:
    wrong = {}
    for file in drawn_files("import"):
        if isinstance(file.content, bytes) and (pair := _found_and_wanted(file)):
            wrong[file.name] = pair
    assert wrong == {}


def _found_and_wanted(file: ListFile) -> tuple[Any, Any] | None:
    """Where they differ."""
    told = {"sheet": file.sheet}
    chosen = dict(file.chosen) if file.chosen else None
    try:
        _layout, listed = laid_out_as(brought(file), OF_FAMILIES, told, chosen)
        found = [{"row": row.number, **said_of(row.cells)} for row in listed]
        outcome = (found, "")
    except DomainError as error:
        outcome = ([], error.code)
    wanted = ([] if file.refused else file.rows, file.refused)
    return None if outcome == wanted else (outcome, wanted)
