"""Clients that generators make of our document: both carry out a day, from a plan to its figures."""

from __future__ import annotations

import enum
import importlib
import json
import os
import random
import shutil
import string
import subprocess
import sys
import tempfile
import time
import typing
import uuid
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

HERE = Path(__file__).parent
WIB = ZoneInfo("Asia/Jakarta")
OFFICE, VILLAGE = "13.75", "13.75.01.1001"
#: TypeScript's compiler, and the generator with the client that its types are for.
NODE = ("openapi-typescript@7", "openapi-fetch@0.17", "typescript@5", "@types/node@20")


def day_plan() -> dict[str, Any]:
    """What a story is told, new each time: the demonstration keeps what was done before."""
    today = datetime.now(WIB).date()
    word = "".join(random.choices(string.ascii_lowercase, k=8)).title()
    return {
        "event": {
            "title": f"Klien {word}",
            "kind": "outreach",
            "office": OFFICE,
            "village": VILLAGE,
            "place": "Ruang uji",
            "starts_on": str(today),
            "ends_on": str(today),
            "services": ["recording"],
        },
        "starts_at": f"{today}T00:01:00+07:00",
        "ends_at": f"{today}T23:59:00+07:00",
        "occurred_at": datetime.now(WIB).isoformat(),
        "people": [_person(word, n) for n in range(2)],
        "record": _uuid7(),
        "key": str(uuid.uuid4()),
        "today": str(today),
    }


def _person(word: str, number: int) -> dict[str, Any]:
    born = date(1970, 1, 1) + timedelta(days=random.randrange(12000))
    return {
        "nik": f"990101{born:%d%m%y}{random.randrange(1, 9999):04}",
        "name": f"{word} {'Satu' if number else 'Dua'}",
        "birth_date": str(born),
        "sex": "M",
        "village": VILLAGE,
    }


def _uuid7() -> str:
    head = int(time.time() * 1000) << 80 | random.getrandbits(80)
    return str(uuid.UUID(int=head & ~(0xF << 76) & ~(0b11 << 62) | 7 << 76 | 0b10 << 62))


# --- Python ---------------------------------------------------------------------------------------


class Client:
    """Calls of one person through the generated package: bodies and answers as its own types."""

    def __init__(self, made: Any, url: str, token: str) -> None:
        self.client = made.AuthenticatedClient(
            url, token, prefix="Token", raise_on_unexpected_status=True
        )

    def __call__(self, tag: str, name: str, status: int, body: Any = None, **more: Any) -> Any:
        call = importlib.import_module(f"made.api.{tag}.{name}")
        hints = typing.get_type_hints(call.sync_detailed)
        if body:
            [kind] = [one for one in _members(hints["body"]) if hasattr(one, "from_dict")]
            more["body"] = kind.from_dict(body)
        for parameter, value in list(more.items()):
            for kind in _members(hints[parameter]):
                if isinstance(kind, enum.EnumMeta):
                    more[parameter] = kind(value)
        answer = call.sync_detailed(client=self.client, **more)
        assert answer.status_code == status, (name, answer.status_code, answer.content)
        assert answer.parsed is not None, name
        if isinstance(answer.parsed, importlib.import_module("made.models").Problem):
            assert answer.parsed.status == status
        return answer.parsed


def _members(kind: Any) -> tuple[Any, ...]:
    """The types that a hint allows: what may be left out is one type or another."""
    return typing.get_args(kind) or (kind,)


def python_story(url: str, schema: bytes, tokens: dict[str, str], generator: Path) -> str:
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "schema.yaml"
        document.write_bytes(schema)
        subprocess.run(
            [
                *(generator, "generate", "--path", document, "--output-path", f"{folder}/made"),
                *("--meta", "none", "--fail-on-warning"),
                *("--config", HERE / "python-client.yaml"),
            ],
            check=True,
            capture_output=True,
            env={**os.environ, "PATH": f"{generator.parent}:{os.environ['PATH']}"},
        )
        sys.path.insert(0, folder)
        made: Any = importlib.import_module("made")
        clerk, head, province = (
            Client(made, url, tokens[name]) for name in ("operator", "kepala", "provinsi-13")
        )
        return _carry_out(day_plan(), clerk, head, province)


def _carry_out(plan: dict[str, Any], clerk: Client, head: Client, province: Client) -> str:
    event = clerk("events", "events_create", 201, plan["event"])
    assert event.neutrality_signed_at is None
    signature = {"neutrality_signed": True, "version": event.version}
    clerk("events", "events_approve_create", 403, signature, event_id=event.id)
    approved = head("events", "events_approve_create", 200, signature, event_id=event.id)
    assert approved.neutrality_signed_at is not None
    hours = {"starts_at": plan["starts_at"], "ends_at": plan["ends_at"]}
    places = {"capacity": {"recording": 1}}
    session = clerk("sessions", "sessions_create", 201, {"event": str(event.id), **hours, **places})
    key = {"idempotency_key": plan["key"]}
    first, second = (
        clerk("residents", "residents_create", 201, person, **more)
        for person, more in zip(plan["people"], (key, {}), strict=True)
    )
    again = clerk("residents", "residents_create", 201, plan["people"][0], **key)
    assert again == first
    held = clerk("residents", "residents_create", 409, plan["people"][0])
    assert held.resident == first.id
    found = clerk("residents", "residents_search_create", 200, {"nik": plan["people"][1]["nik"]})
    assert [one.id for one in found.results] == [second.id]

    def booking(person: Any) -> dict[str, Any]:
        return {
            "session": str(session.id),
            "resident": str(person.id),
            "services": ["recording"],
        }

    visit = clerk("appointments", "appointments_create", 201, booking(first))
    assert visit.places.to_dict() == {"recording": 1}
    full = clerk("appointments", "appointments_create", 409, booking(second))
    assert full.type_ == "/problems/session-full"
    listed = clerk("appointments", "appointments_list", 200, session=session.id)
    assert [one.places for one in listed.results] == [visit.places]
    clerk("appointments", "appointments_check_in_create", 200, appointment_id=visit.id)
    record = {
        "id": plan["record"],
        "service": "recording",
        "outcome": "done",
        "ticket": visit.ticket,
        "occurred_at": plan["occurred_at"],
    }
    logged = clerk("service_records", "service_records_create", 201, record)
    assert clerk("service_records", "service_records_create", 200, record) == logged
    taken_back = {"reason": "uji klien"}
    clerk("service_records", "service_records_void_create", 201, taken_back, record_id=logged.id)
    batch = {"records": [{**record, "id": _uuid7(), "ticket": "tidak"}]}
    [rejected] = clerk("service_records", "service_records_batch_create", 200, batch).results
    assert rejected.problem.status in (404, 409, 422)
    _figures(plan, province)
    _close(head, event.id)
    return f"a day of {event.title}"


def _figures(plan: dict[str, Any], province: Client) -> None:
    coverage = province("coverage", "coverage_list", 200, region=OFFICE, level="regency")
    assert [row.region for row in coverage.results] == [OFFICE]
    day = {"date": plan["today"], "region": OFFICE}
    built = province("daily_reports", "daily_reports_create", 202, day)
    assert built.status.startswith("/api/v1/daily-reports/status/?")
    province("structures", "structures", 200)
    pages = province("regions", "regions_list", 200, parent="13", level="district", limit=50)
    assert len(pages.results) == 50
    wrong = province("data_value_sets", "data_value_sets", 422, org_unit="13", period="20241")
    assert wrong.errors[0].pointer == "/period"
    file = province("files", "files_create", 202, {"kind": "pdf", "region": OFFICE})
    deadline = time.monotonic() + 90
    while province("files", "files_retrieve", 200, file_id=file.id).content is None:
        assert time.monotonic() < deadline, "no PDF after 90 seconds"
        time.sleep(1)
    content = province("files", "files_content", 200, file_id=file.id)
    assert content.payload.read(5) == b"%PDF-"


def _close(head: Client, event: Any) -> None:
    """Before the last session's end it asks; the answer names the words."""
    call = importlib.import_module("made.api.events.events_close_create")
    answer = call.sync_detailed(client=head.client, event_id=event)
    if answer.status_code == 409:
        head(
            "events", "events_close_create", 200, {"confirm": answer.parsed.confirm}, event_id=event
        )


# --- TypeScript -----------------------------------------------------------------------------------


def typescript_story(url: str, schema: bytes, tokens: dict[str, str]) -> str:
    npm, npx = shutil.which("npm"), shutil.which("npx")
    if npm is None or npx is None:
        sys.exit("Node is missing: install Debian's nodejs and npm.")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "schema.yaml").write_bytes(schema)
        (place / "package.json").write_text('{"type": "module", "private": true}')
        shutil.copy(HERE / "story.ts", place)
        for command in (
            [npm, "install", "--no-audit", "--no-fund", "--silent", *NODE],
            [npx, "openapi-typescript", "schema.yaml", "-o", "schema.d.ts"],
            [
                *(npx, "tsc", "--strict", "--noUncheckedIndexedAccess", "--skipLibCheck"),
                *("--target", "es2022", "--module", "nodenext", "--types", "node", "story.ts"),
            ],
        ):
            done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
        told = {"url": url, "tokens": tokens, "plan": day_plan()}
        done = subprocess.run(
            ["node", "story.js"],
            check=False,
            cwd=folder,
            input=json.dumps(told),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()
