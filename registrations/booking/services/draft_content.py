"""What a preview holds, as it is sealed: the list's rows and what was said of each."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import orjson

from dukcapil.core.crypto import decrypt, encrypt
from registrations.booking.enums import RowPerson, RowStatus
from registrations.booking.models.draft import ListDraft
from registrations.booking.readers import Line
from registrations.booking.services.answers import Choice, RowAnswer
from registrations.booking.services.groups import GroupPlan
from registrations.booking.services.messages import Contact
from registrations.people.services.residents import masked_as_told
from registrations.people.validators import Nik

#: In the order in which the preview shows them: what somebody has to do comes first.
ORDER = (
    *(RowStatus.PROBLEM, RowStatus.ASK, RowStatus.FULL, RowStatus.WAITING),
    *(RowStatus.BOOKED, RowStatus.HERE, RowStatus.OUT),
)


@dataclass
class ListRow:
    """A row of the list, what somebody chose for it, and what was shown of it (`shown_of`)."""

    line: Line
    choice: Choice = field(default_factory=Choice)
    shown: dict[str, Any] = field(default_factory=dict)
    #: Its verdict is another one than when it was last looked at.
    changed: bool = False

    @property
    def status(self) -> str:
        return str(self.shown.get("status", RowStatus.PROBLEM))


@dataclass
class Content:
    plan: GroupPlan
    rows: list[ListRow] = field(default_factory=list)
    #: As the file says: its name; empty for a paste.
    file: str = ""
    file_type: str = ""
    sheet: str = ""
    sheets: list[dict[str, Any]] = field(default_factory=list)
    columns: list[dict[str, Any]] = field(default_factory=list)
    #: What was decided in reading it, and what somebody has to decide.
    said: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    #: Letter of a column -> kind, as somebody of this page chose.
    chosen: dict[str, str] | None = None
    #: status -> how many rows, of what was booked from it already.
    booked: dict[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        counts = dict.fromkeys((str(status) for status in RowStatus), 0)
        for row in self.rows:
            counts[row.status] += 1
        return counts

    def in_order(self, status: str = "") -> list[ListRow]:
        rows = [row for row in self.rows if not status or row.status == status]
        return sorted(rows, key=lambda row: (ORDER.index(RowStatus(row.status)), row.line.row))


def shown_of(answer: RowAnswer) -> dict[str, Any]:
    """What a page may show of a row. Never whom a number means of which nothing is said yet."""
    resident = None if answer.who == RowPerson.LATER else answer.resident
    line = answer.line
    return {
        "status": str(answer.status),
        "who": str(answer.who),
        "resident": str(resident.pk) if resident else "",
        "name": resident.identity.name if resident else line.name,
        "number": resident.identity.nik_masked
        if resident
        else masked_as_told(line.nik)
        if line.nik
        else "",
        "message": str(answer.message),
        "notes": [str(note) for note in answer.notes],
        "stage": str(answer.stage),
        "alike": [
            {**row, "id": str(row["id"]), "birth_date": str(row["birth_date"])}
            for row in answer.alike
        ],
        "differs": [asdict(difference) for difference in answer.differs],
    }


def same_verdict(before: dict[str, Any], now: dict[str, Any]) -> bool:
    """`differs`: a ticked proposal is made of what was shown."""
    names = ("status", "who", "resident", "message", "differs")
    return all(before.get(name) == now[name] for name in names)


# --- sealed ---------------------------------------------------------------------------------------


def seal(draft: ListDraft, content: Content) -> bytes:
    text = orjson.dumps(
        {
            **{name: getattr(content, name) for name in _PLAIN},
            "plan": asdict(content.plan),
            "rows": [_row(row) for row in content.rows],
        },
        default=str,
    )
    return encrypt(text.decode(), context=f"list {draft.pk}")


_PLAIN = ("file", "file_type", "sheet", "sheets", "columns", "said", "problems", "chosen", "booked")


def opened(draft: ListDraft) -> Content:
    stored = orjson.loads(decrypt(bytes(draft.content or b""), context=f"list {draft.pk}"))
    plan = stored.pop("plan")
    contact = Contact(**plan.pop("contact")) if plan["contact"] else plan.pop("contact")
    rows = [_row_of(row) for row in stored.pop("rows")]
    return Content(plan=GroupPlan(**plan, contact=contact), rows=rows, **stored)


def seal_source(draft: ListDraft, source: bytes) -> bytes:
    return encrypt(base64.b64encode(source).decode(), context=f"source {draft.pk}")


def opened_source(draft: ListDraft) -> bytes:
    return base64.b64decode(decrypt(bytes(draft.source or b""), context=f"source {draft.pk}"))


def _row(row: ListRow) -> dict[str, Any]:
    line = vars(row.line) | {"nik": row.line.nik.text if row.line.nik else ""}
    return {
        "line": line,
        "choice": vars(row.choice),
        "shown": row.shown,
        "changed": row.changed,
    }


def _row_of(stored: dict[str, Any]) -> ListRow:
    values = stored["line"]
    number, problem = values["nik"], values["problem"]
    line = Line(
        **values
        | {
            "nik": Nik(number) if number else None,
            "problem": (problem[0], problem[1]) if problem else None,
            "born": _day(values["born"]),
            "recorded_on": _day(values["recorded_on"]),
        }
    )
    return ListRow(line, Choice(**stored["choice"]), stored["shown"], stored["changed"])


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def answers_of(rows: Iterable[ListRow]) -> list[RowAnswer]:
    return [RowAnswer(row.line, row.choice) for row in rows]
