"""Every field of every model, sent to every address that takes a body: only listed ones count."""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from itertools import islice
from typing import Any

import pytest
from django.apps import apps

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import scoped
from dukcapil.core import api
from dukcapil.core.command import use_role
from dukcapil.core.db import prepared, rows
from dukcapil.grants import TABLES
from events.planning.models.event import ServiceEvent
from events.views import planning as views
from reports.daily.services.build import ensure_day
from tests.walls.board import Board, Place, written
from tests.walls.routes import ROUTES
from tests.walls.test_matrix import FORMS, Asker, Cell, Watched
from tests.world import make_resident, record, today

OURS = ("accounts", "regions", "events", "registrations", "reports")
#: What each call of the API takes. A field that is added to a body is added here, by a person.
TAKES: dict[str, set[str]] = {
    "api:elections": {
        *("name", "kind", "region", "held_on", "source", "listed_from", "offices"),
    },
    "api:election-decisions": {"held_on", "state", "source", "confirm"},
    "api:local-days": {"region", "day", "kind", "reason", "source", "confirm"},
    "api:print-rules": {"office", "days", "since", "source"},
    "api:points": {"office", "district", "name"},
    "api:openings": {
        *("office", "election", "day", "point", "from", "until", "shifts", "consult_only"),
        "reason",
    },
    "api:opening-heartbeat": {"state", "note", "at"},
    "api:events": {
        *("title", "kind", "office", "village", "place", "starts_on", "ends_on", "services"),
        *("place_kind", "target_group", "programme", "holiday_reason"),
    },
    "api:event": {
        *("title", "kind", "village", "place", "starts_on", "ends_on", "services", "version"),
        *("place_kind", "target_group", "programme", "holiday_reason"),
    },
    "api:event-approve": {"neutrality_signed", "version"},
    "api:event-change-sign": {"version"},
    "api:event-change-withdraw": set(),
    "api:event-seen": {"version"},
    "api:event-close": {"confirm"},
    "api:event-reopen": {"reason"},
    "api:event-cancel": {"reason"},
    "api:incidents": {
        *("office", "offices", "kind", "opening", "event", "due", "owner", "note"),
    },
    "api:devices": {"office", "label", "kind", "model", "point"},
    "api:device": {"label", "model", "point"},
    "api:device-faults": {"from", "until", "what", "done"},
    "api:device-fault": {"from", "until", "what", "done", "version"},
    "api:outages": {"office", "point", "event", "kind", "from", "until", "note"},
    "api:outage": {"from", "until", "note", "version"},
    "api:incident": {"version", "office", "state", "note"},
    "api:alert-take": {"note"},
    "api:sessions": {"event", "starts_at", "ends_at", "capacity"},
    "api:session": {"starts_at", "ends_at", "capacity", "version"},
    "api:residents": {
        *("nik", "name", "birth_date", "sex", "village", "address", "rt", "rw", "marital_status"),
        "confirm",
    },
    "api:resident": {
        *("name", "birth_date", "sex", "marital_status", "village", "address", "rt", "rw"),
        *("moved_on", "reason", "confirm"),
    },
    "api:resident-replace-nik": {"nik", "reason"},
    "api:resident-merge": {"into", "reason"},
    "api:resident-reopen-recording": {"reason", "may_return_on", "evidence"},
    "api:resident-erase": {"reason", "case"},
    "api:resident-search": {"nik", "name", "village", "birth_date"},
    "api:burials": {
        *("id", "name", "nik", "birth_date", "age", "sex", "died_on", "buried_on", "village"),
        *("home_village", "address", "cemetery", "block", "reporter", "relation"),
    },
    "api:record-statuses": {"resident", "code", "at", "source"},
    "api:documents": {"id", "resident", "service", "for_whom", "event", "here"},
    "api:document-papers": {"here", "version"},
    "api:document-move": {"state", "version"},
    "api:document-hand-over": {"relation", "proof", "name"},
    "api:document-refuse": {"because"},
    "api:office-counts": {"day", "event", "counts", "version"},
    "api:papers": {"id", "kind", "resident", "session", "reason"},
    "api:paper-void": {"reason"},
    "api:paper-rules": {
        *("election", "kind", "region", "days_before_open", "days_before_close", "status_age"),
        "source",
    },
    "api:findings": {"resident", "outcome", "of", "evidence", "note"},
    "api:finding-decide": {"accept", "why", "note"},
    "api:appointments": {"session", "resident", "services", "confirm"},
    "api:appointment-cancel": set(),
    "api:appointment-check-in": {"confirm"},
    "api:appointment-undo-check-in": set(),
    "api:records": {
        *("id", "service", "outcome", "reason", "resident", "nik", "ticket", "session", "event"),
        *("occurred_at", "device", "note", "device_now", "card_used"),
        *("receiver", "receiver_name", "proof"),
    },
    "api:record-batch": {"records", "device_now"},
    "api:record-void": {"reason", "card"},
    "api:record-accept": {"reason"},
    "api:daily-reports": {"date", "region"},
    "api:daily-report-confirm": {"date", "region", "revision", "nil_reason", "note", "version"},
    "api:daily-report-lock": {"date", "regions", "version"},
    "api:files": {"kind", "region", "level", "date", "basis", "view", "release"},
    "api:bases": {
        *("name", "kind", "level", "wajib_as_of", "recorded_as_of", "source", "note", "replaces"),
        *("components", "by_name", "file", "filename", "rows", "sheet", "columns"),
    },
    "api:stock-movements": {
        *("id", "item", "source", "target", "quantity", "document", "occurred_at", "event"),
        *("reason", "supplier", "funds", "minutes", "witnesses"),
    },
    "api:stock-counts": {
        *("id", "account", "item", "physical", "counted_at", "team", "reason"),
    },
    "api:stock-requests": {"office", "item", "asked", "reason"},
    "api:stock-request-decide": {"granted", "note"},
    "api:editions": {"region", "election", "recipient", "agreement"},
    "api:plans": {"instance", "office", "from", "until", "seed", "parent"},
    "api:plan-stop": set(),
    "api:roll-lists": {"purpose", "office", "election"},
    "api:webhooks": {"url"},
    "api:webhook-end": set(),
    "api:webhook-replay": set(),
}


@cache
def fields() -> list[str]:
    """Names of all columns and relations of our models, as programs and forms might send them."""
    names = {
        name
        for model in apps.get_models()
        if model._meta.app_label in OURS
        for field in model._meta.concrete_fields
        for name in (field.name, field.attname)
    }
    return sorted(names | {"pk", "app.scope", "role", "is_superuser", "permissions", "by", "actor"})


#: (what the name begins or ends with, a value that somebody would send who wants more than theirs)
_HOSTILE: list[tuple[str, Any]] = [
    ("^(office|region)", "13.06"),
    ("^(state|status)$", "approved"),
    ("^(weight|seq|n|user|user_id|posting|posting_id|author_id)$", 5),
    ("(_id|^id|^pk|^holder)$", str(uuid.uuid5(uuid.NAMESPACE_URL, "milik orang"))),
    ("^(is_|active|latest|must_)", True),
    ("(_at|_on)$|date", "2020-01-01"),
    ("^role$", "administrator"),
    ("", "disusupkan"),
]


@cache
def hostile(name: str) -> Any:
    return next(value for pattern, value in _HOSTILE if re.search(pattern, name))


def test_every_call_with_a_body_is_listed() -> None:
    takes = {n for n, r in ROUTES.items() if n.startswith("api:") and (r.post or r.patch)}
    assert takes == set(TAKES)


@pytest.mark.timeout(300)
def test_the_api_refuses_every_field_that_is_not_listed(board: Board) -> None:
    taken = {name: list(strangers(board, name)) for name in sorted(TAKES)}
    assert {name: found for name, found in taken.items() if found} == {}


def strangers(board: Board, name: str) -> Iterator[tuple[str, int]]:
    """Fields that were taken although they are not listed, with the answer.

    All are sent at once; what that answer does not refuse by name is sent once more alone.
    """
    place, route = board.places["own"], ROUTES[name]
    listed = route.post or route.patch
    who = next(name for name in ("head", "province_officer", "api_client") if name in listed)
    asker, method = Asker(board, who), "PATCH" if route.patch else "POST"
    assert route.body
    body = route.body(board, place)

    def refused(names: list[str]) -> tuple[int, set[str]]:
        with asker.undone():
            sent = {**body, **{field: hostile(field) for field in names}}
            answer = asker.ask(method, name, place, sent)
        named = {str(error.get("pointer")).removeprefix("/") for error in _errors(answer)}
        return answer.status_code, named if answer.status_code == 422 else set()

    unlisted = [field for field in fields() if field not in TAKES[name]]
    _status, at_once = refused(unlisted)
    for field in unlisted:
        if field not in at_once:
            status, named = refused([field])
            if field not in named:
                yield field, status


def _errors(answer: Any) -> list[dict[str, str]]:
    found: list[dict[str, str]] = answer.json().get("errors", [])
    return found


def test_a_lenient_serializer_would_be_found(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without the refusal of unknown fields the same walk finds dozens."""
    plain = api.serializers.Serializer.to_internal_value
    monkeypatch.setattr(api.StrictSerializer, "to_internal_value", plain)
    assert len(list(islice(strangers(board, "api:records"), 41))) > 40


def test_a_record_in_a_batch_is_as_strict(board: Board) -> None:
    place = board.places["own"]
    body = ROUTES["api:records"].body
    assert body
    added = [field for field in fields() if field not in TAKES["api:records"]]
    records = [{**body(board, place), field: hostile(field)} for field in added]
    asker = Asker(board, "operator")
    with asker.undone():
        answer = asker.ask("POST", "api:record-batch", place, {"records": records}).json()
    assert {row["status"] for row in answer["results"]} == {"rejected"}
    named = [[one["pointer"] for one in row["problem"]["errors"]] for row in answer["results"]]
    assert named == [[f"/{field}"] for field in added]


# --- forms ----------------------------------------------------------------------------------------

#: Differs between two equal requests, or says who asked.
_VOLATILE = re.compile(
    r"_at$|^at$|hash$|cipher$|^pgh_|_context_id$|password|^ticket$|^digest$|token_key$|^file$|^body$|^sealed$"
)


class Tables:
    """Every row of every table that web reads and writes, itself or by a function, without what differs from
    time to time.

    All are looked at in one statement, after a request those that it wrote to; only what is another thing than ever
    before is taken apart.
    """

    def __init__(self) -> None:
        # Of keeper's, too: its functions write in a web process's name.
        self._looks = {
            name: f"SELECT '{name}', count(*)::text || ' ' || sum(hashtextextended(t::text, 0)) FROM {name} t"
            for name, may in TABLES.items()
            if "r" in may.web and set(may.web + may.keeper) & set("awd")
            if name != "django_session"
        }
        # Of a table with parts each counts for itself what is written to it.
        parts = ", ".join(
            f"('{name}', {part}::oid)"
            for name in self._looks
            for (part,) in rows(
                "SELECT %s::regclass::oid UNION SELECT relid::oid FROM pg_partition_tree(%s)",
                [name, name],
            )
        )
        counts = " + ".join(
            f"pg_stat_get_xact_tuples_{verb}(part)" for verb in ("inserted", "updated", "deleted")
        )
        self._writes = (
            f"SELECT name, sum({counts}) FROM (VALUES {parts}) AS t (name, part) GROUP BY name"
        )
        self._known: dict[tuple[str, str | None], Counter[str]] = {}
        #: As they stand before any form, and all that is written there.
        self.before = self.now()
        self.written = " ".join(row for table in self.before.values() for row in table)

    def now(self) -> dict[str, Counter[str]]:
        with scoped("*"):
            return self._known_as(rows(" UNION ALL ".join(self._looks.values())))

    def writes(self) -> dict[str, int]:
        """How many rows of each this transaction wrote until now, also where that was taken back."""
        return dict(prepared("tables_written", self._writes, ()))

    def after(self, writes: dict[str, int]) -> dict[str, Counter[str]]:
        """Those that were written to since then."""
        now = self.writes()
        with scoped("*"):
            looks = [
                row
                for table, look in self._looks.items()
                if now[table] != writes[table]
                for row in prepared(f"look_at_{table}", look, ())
            ]
            return self._known_as(looks)

    def _known_as(self, looks: list[tuple[str, str]]) -> dict[str, Counter[str]]:
        for table, look in looks:
            if (table, look) not in self._known:
                self._known[table, look] = self._taken_apart(table)
        return {table: self._known[table, look] for table, look in looks}

    @staticmethod
    def _taken_apart(table: str) -> Counter[str]:
        found: Counter[str] = Counter()
        for (row,) in rows(f"SELECT to_jsonb(t) FROM {table} t"):
            kept = {k: v for k, v in json.loads(row).items() if not _VOLATILE.search(k)}
            if isinstance(kept.get("id"), int):
                del kept["id"]
            found[f"{table} {sorted(kept.items(), key=str)}"] += 1
        return found


def blurred(change: Counter[str], known: str) -> Counter[str]:
    """New ids look alike; ids that were there before stay what they are."""

    def blur(match: re.Match[str]) -> str:
        return match[0] if match[0] in known else "new"

    pattern = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z0-9_-]{150,}")
    return Counter({pattern.sub(blur, row): n for row, n in change.items()})


#: Without the hidden field of the version seen the first two change nothing; the third is about
#: somebody whose number was entered already; of the lists of cards no row is chosen; a plan that no job
#: has made yet has no visits.
_LOOKS = {
    *("event-edit", "session-places", "staff-number", "to-print", "group-handover"),
    "plan-visits",
}


@pytest.mark.timeout(300)
def test_a_form_changes_the_same_with_everything_added(board: Board) -> None:
    """What the head's forms answer at home is looked at as in the walks (`test_matrix.py`), which leave it to this one."""
    # The day that a nil report confirms stands already: two that are made differ in key and hash.
    use_role("worker")
    ensure_day("13.75", today() - timedelta(days=1))
    use_role("web")
    asker = Asker(board, "head")
    tables, watched = Tables(), Watched(board)
    for name in FORMS:
        plain, more = changes_of(board, name, tables, asker, watched)
        assert more == plain, name
        assert plain or name in _LOOKS, name  # it did do something
    watched.is_clean()
    assert watched.pages > 60


def changes_of(
    board: Board, name: str, tables: Tables, asker: Asker, watched: Watched
) -> tuple[Counter[str], Counter[str]]:
    """What a form changes in the database: as it is, and with every model's every field added."""
    place, route = board.places["own"], ROUTES[name]
    assert route.body
    body = route.body(board, place)
    own = _form_fields(asker, name, place, watched) | set(body)
    added = {field: hostile(field) for field in fields() if field not in own}
    before, known = tables.before, tables.written
    found = []
    for sent in (body, {**added, **body}):
        with asker.undone():
            board.written, board.typed = written(), str(sent)
            writes = tables.writes()
            answer = asker.ask("POST", name, place, sent)
            after = tables.after(writes)
            if sent is body:
                watched.look("head", Cell(name, route, "POST", place), answer)
        change: Counter[str] = Counter()
        for table, now in after.items():
            if now is not (then := before[table]):
                change += blurred(now - then, known) + blurred(then - now, known)
        found.append(change)
    return found[0], found[1]


def _form_fields(asker: Asker, name: str, place: Place, watched: Watched) -> set[str]:
    """Inputs that the page offers: those are for its own tests."""
    with asker.undone():
        watched.board.typed = ""
        answer = asker.ask("GET", name, place)
        watched.look("head", Cell(name, ROUTES[name], "GET", place), answer)
    page = answer.content.decode()
    return set(re.findall(r'name="([^"]+)"', page)) | {
        "resident",
        "record",
        "person",
        "session",
        "priority",
        "contact",
    }


def test_a_row_that_changed_is_seen_among_all_tables(board: Board) -> None:
    """Also where there are as many as before, by a function, and in a table with parts."""
    tables = Tables()
    before, writes = tables.before, tables.writes()
    assert tables.now() == before
    assert tables.after(writes) == {}
    User.objects.filter(username="operator").update(name="Lain")
    after = tables.now()
    assert {name for name in before if after[name] != before[name]} == {"accounts_user"}
    assert after["accounts_posting"] is before["accounts_posting"]
    assert tables.after(writes)["accounts_user"] is after["accounts_user"]
    record(board.made, make_resident(board.made))
    looked_at, after = tables.after(writes), tables.now()
    changed = {name for name in before if after[name] is not before[name]}
    assert changed >= {"accounts_user", "registrations_resident", "registrations_servicerecord"}
    assert {name: looked_at[name] for name in changed} == {name: after[name] for name in changed}


def test_a_form_that_takes_everything_would_be_found(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a page that hands all it got to the verb."""
    plain = views.attempt

    def careless(form: Any, verb: Any, **given: Any) -> Any:
        event = plain(form, verb, **given)
        if event is not None and "author_id" in form.data:
            ServiceEvent.objects.filter(pk=event.pk).update(programme=form.data["author_id"])
        return event

    monkeypatch.setattr(views, "attempt", careless)
    asker = Asker(board, "head")
    without, with_more = changes_of(board, "event-new", Tables(), asker, Watched(board))
    assert without != with_more
