"""The lists that people bring, through the door of a class: each row right, or refused with the right reason."""

from __future__ import annotations

from typing import Any

from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.errors import DomainError
from dukcapil.core.lists.clean import Unreadable, village_words
from events.planning.models.session import ServiceSession
from registrations.booking.models.draft import ListDraft
from registrations.booking.readers import Line
from registrations.booking.services.draft_content import opened
from registrations.booking.services.drafts import Source, bring_list, choose_columns, choose_sheet
from registrations.booking.services.groups import plan_of
from tests.files.corpus import KINDS, ListFile, drawn_files
from tests.world import World, make_event, make_session


def test_every_row_is_right_or_refused_with_the_right_reason(made: World) -> None:
    session = make_session(made, make_event(made), {"recording": 5})
    by = made["operator"].actor
    wrong = {}
    with scoped(by.scope):
        for file in drawn_files("class list"):
            refused, lines = _brought(by, session, file)
            said = [_said_of(line) for line in lines]
            wanted = [_wanted(row) for row in file.rows]
            if (refused, said) != (file.refused, wanted):
                wrong[file.name] = [(refused, file.refused)] + [
                    pair for pair in zip(said, wanted, strict=False) if pair[0] != pair[1]
                ]
    assert wrong == {}


def _brought(by: Actor, session: ServiceSession, file: ListFile) -> tuple[str, list[Line]]:
    """The code with which the list, or what it asks, is refused; its lines."""
    content = file.content.encode() if isinstance(file.content, str) else file.content
    source = Source(content, "" if isinstance(file.content, str) else file.name)
    try:
        draft = bring_list(by=by, session=session, plan=plan_of("X", ["recording"]), source=source)
        if file.sheet:
            draft = choose_sheet(by=by, draft=draft, version=_version(draft), sheet=file.sheet)
        if file.chosen is not None:
            version = _version(draft)
            draft = choose_columns(by=by, draft=draft, version=version, kinds=file.chosen)
    except DomainError as error:
        return error.code, []
    asked = {"sheet": "which-sheet", "columns": "which-columns"}.get(draft.state, "")
    rows = opened(draft).rows
    assert all(row.shown["message"] for row in rows if row.status == "problem")
    return asked, [row.line for row in rows]


def _version(draft: ListDraft) -> str:
    return str(draft.version)


def _said_of(line: Line) -> dict[str, Any]:
    if line.problem and line.problem[0] != "nobody":
        return {"row": line.row, "refused": True, "code": line.problem[0]}
    values = {
        "nik": line.nik.text if line.nik else "",
        "name": line.name,
        "birth_date": str(line.born or ""),
        "sex": line.sex,
        "village": _village(line.village),
    }
    return {"row": line.row, **{kind: value for kind, value in values.items() if value}}


def _village(text: str) -> str:
    try:
        return " ".join(village_words(text)[:2]).strip()
    except Unreadable:
        return ""


def _wanted(row: dict[str, Any]) -> dict[str, Any]:
    """A date that nobody can read is a remark beside a number, a village always; the rest refuses."""
    codes = {kind: row[kind][1:] for kind in KINDS if str(row.get(kind, "")).startswith("!")}
    codes.pop("village", "")
    number = not str(row.get("nik", "!")).startswith("!")
    if codes.get("birth_date") == "date-unread" and number:
        codes.pop("birth_date")
    if codes:
        order = ("nik", "birth_date", "name", "sex")
        first = next(kind for kind in order if kind in codes)
        return {"row": row["row"], "refused": True, "code": codes[first]}
    return {"row": row["row"]} | {
        kind: row[kind] for kind in KINDS if kind in row and not row[kind].startswith("!")
    }
