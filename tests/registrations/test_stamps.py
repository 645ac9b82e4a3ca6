"""A poll of a session's pages is answered 204 by what the database holds: whatever a page shows, in whatever
row, makes it another page; and what was drawn for one reader is no other reader's.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.cache import caches
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core import looks as looks_of_pages
from dukcapil.core import readings
from dukcapil.core.db import by_number, forget, rows, with_names
from dukcapil.core.drawn import Drawings, drawings
from dukcapil.core.forms import offer
from dukcapil.core.planned import _planned
from dukcapil.core.templatetags import kept as kept_html
from dukcapil.embedded import SUPERUSER
from events.elections.models import Election
from events.planning.models.session import ServiceSession
from events.planning.services.sessions import set_stations
from registrations.booking.models.appointment import Appointment
from registrations.booking.selectors import queues
from registrations.booking.services.appointments import book, walk_in
from registrations.booking.services.queue import call_next
from registrations.ledger.selectors import outcomes_in
from registrations.ledger.services.ledger import log_service
from registrations.views import session as session_views
from tests import engines
from tests.roles import acting_as
from tests.standing import built_once
from tests.world import World, entry, looks, make_event, make_resident, make_session, today

Browser = Callable[[str], Client]
POLL = {"HX-Request": "true", "HX-Target": "live"}


@built_once
def hosted(kept: World) -> None:
    """What a `Hall` is."""
    by = kept["operator"].actor
    event = make_event(kept)
    session = make_session(kept, event, {"recording": 20, "ikd_activation": 20})
    one = {"by": by, "session": session, "services": ["recording"]}
    with scoped(by.scope):
        set_stations(by=by, event=event, stations={"Meja 1": ["recording"]})
        walk_in(**one, resident=make_resident(kept, name="Contoh Terpanggil"))
        assert call_next(by=by, session=session, station=event.stations.get())
        walk_in(**one, resident=make_resident(kept, name="Contoh Menunggu"))
        book(**one, resident=make_resident(kept, name="Contoh Ditunggu"))


class Hall:
    """A session with somebody who is called, somebody who waits and somebody who is expected."""

    def __init__(self, made: World) -> None:
        by = made["operator"].actor
        with scoped(by.scope):
            self.session = ServiceSession.everything.select_related("event").get()
            self.event = self.session.event
            self.station = self.event.stations.get()
            visits = Appointment.objects.order_by("resident__identity__name")
            self.booked, self.waits, self.called = visits
        self.queue = f"/sesi/{self.session.pk}/"
        self.desk = f"{self.queue}meja/"
        self.board = f"{self.queue}papan/"


def change(sql: str) -> None:
    """Past every rule: what is shown counts, not how it came there. While something is read or answered its
    connection is in use: there `engines.past_all_rules` has one of its own.
    """
    with acting_as(SUPERUSER), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)


class Reader:
    """A page that is left open, and asks for news."""

    def __init__(self, client: Client, path: str) -> None:
        self.client, self.path = client, path
        self.text = client.get(path).content.decode()
        self._note()

    def _note(self) -> None:
        found = re.search(r'"X-Seen": "(\w+)"', self.text)
        assert found
        self.seen = found[1]

    def news(self) -> bool:
        answer = self.client.get(self.path, headers={**POLL, "X-Seen": self.seen})
        if answer.status_code == 204:
            assert not answer.content
            return False
        assert answer.status_code == 200
        before, self.text = self.seen, answer.content.decode()
        self._note()
        assert self.seen[:16] != before[:16], "by the stamp, not by what was drawn after all"
        return True


def _visit(visit: Appointment, change: str) -> str:
    return f"UPDATE registrations_appointment SET {change} WHERE id = '{visit.pk}'"


def _person(visit: Appointment, change: str, table: str = "residentidentity") -> str:
    key = "id" if table == "resident" else "resident_id"
    return f"UPDATE registrations_{table} SET {change} WHERE {key} = '{visit.resident_id}'"


def _of_rows(hall: Hall) -> dict[str, str]:
    """Of the queue's rows: what is shown -> a change of it."""
    event = f"WHERE id = '{hall.event.pk}'"
    group = (
        "INSERT INTO registrations_visitgroup (id, session_id, event_id, office_id, name, services, rows,"
        " contact, channel, created_by_id, created_at) SELECT gen_random_uuid(), session_id, event_id,"
        " office_id, 'SMA 1', services, 1, NULL, '', created_by_id, now()"
        f" FROM registrations_appointment WHERE id = '{hall.waits.pk}'"
    )
    return {
        "name": _person(hall.booked, "name = 'Contoh Lain'"),
        "number": _person(hall.booked, "nik_masked = '1371************'"),
        "street of nobody who is visited": _person(hall.booked, "address = 'Jl. Lama 1'"),
        "place": f"UPDATE events_serviceevent SET place_kind = CASE place_kind WHEN 'home' THEN 'other' ELSE 'home' END {event}",
        "street": _person(hall.booked, "address = 'Jl. Baru 1'"),
        "rt": _person(hall.booked, "rt = '007'"),
        "rw": _person(hall.booked, "rw = '008'"),
        "village": _person(hall.booked, "village_id = '13.75.01.1002'", "resident"),
        "birth": _person(hall.booked, "birth_date = current_date - 6100", "resident"),
        "marital": _person(hall.booked, "marital_status = 'married'", "resident"),
        "name of a village": "UPDATE regions_region SET name = 'Lain' WHERE code = '13.75.01.1002'",
        "hour": _visit(hall.booked, "expected_at = expected_at + interval '7 minutes'"),
        "priority": _visit(hall.booked, "priority = true"),
        "walk-in": _visit(hall.waits, "walk_in = false"),
        "slip": _visit(hall.waits, "ticket = 'ZZZZ9'"),
        "services": _visit(hall.waits, "services = '{recording,ikd_activation}'"),
        "number in the queue": _visit(hall.waits, "queue_number = 77"),
        "order": _visit(hall.called, "skips = skips + 1, station_id = NULL"),
        "called": _visit(hall.called, f"station_id = {hall.station.pk}, called_at = now()"),
        "station": f"UPDATE events_station SET name = 'Meja 9' WHERE id = {hall.station.pk}",
        "a group": group,
        "in a group": _visit(
            hall.waits, "group_id = (SELECT id FROM registrations_visitgroup LIMIT 1)"
        ),
        "name of a group": "UPDATE registrations_visitgroup SET name = 'SMA 2'",
        "zone": "UPDATE regions_region SET timezone = 'Asia/Jayapura' WHERE code ="
        f" (SELECT village_id FROM events_serviceevent {event})",
        "state of a visit": _visit(
            hall.booked, "state = 'checked_in', queue_number = 78, checked_in_at = now()"
        ),
        "event": f"UPDATE events_serviceevent SET state = 'closed' {event}",
        "gone": f"DELETE FROM registrations_appointment WHERE id = '{hall.waits.pk}'",
    }


#: Shown in no row of that page, or by nothing that changes alone.
SHOWN_NOT = {
    "queue": {"a group", "street of nobody who is visited"},
    "desk": {
        "a group",
        "street of nobody who is visited",
        "number",
        "slip",
        "event",
        "village",
        "name of a village",
    },
}
EXTRA = {
    "queue": {
        "a place taken": "UPDATE events_seat SET holder = gen_random_uuid() WHERE ctid ="
        " (SELECT ctid FROM events_seat WHERE holder IS NULL LIMIT 1)",
        "a place kept": "UPDATE events_seat SET kept_for = 'walk_in' WHERE ctid ="
        " (SELECT ctid FROM events_seat WHERE holder IS NULL AND kept_for = '' LIMIT 1)",
        "a place gone": "DELETE FROM events_seat WHERE ctid ="
        " (SELECT ctid FROM events_seat WHERE holder IS NULL LIMIT 1)",
    },
    "desk": {},
}


@pytest.mark.parametrize("page", ["queue", "desk"])
def test_whatever_a_row_shows_is_news(hosted: World, browser: Browser, page: str) -> None:
    hall = Hall(hosted)
    reader = Reader(browser("operator"), getattr(hall, page))
    assert not reader.news()
    changes = _of_rows(hall) | EXTRA[page]
    for what, sql in changes.items():
        change(sql)
        if what in SHOWN_NOT[page]:
            reader.news()
            continue
        assert reader.news(), what
    # Each row stays as it was left: whatever would be news without end is so here.
    assert not reader.news()


def test_the_board_shows_numbers_stations_and_who_is_gone(hosted: World, browser: Browser) -> None:
    hall = Hall(hosted)
    reader = Reader(browser("operator"), hall.board)
    assert not reader.news()
    for sql in (
        _visit(hall.waits, "queue_number = 77"),
        _visit(hall.waits, f"station_id = {hall.station.pk}, called_at = now()"),
        _visit(hall.called, "called_at = now() + interval '1 minute'"),
        f"UPDATE events_station SET name = 'Meja 9' WHERE id = {hall.station.pk}",
        f"DELETE FROM registrations_appointment WHERE id = '{hall.waits.pk}'",
    ):
        change(sql)
        assert reader.news(), sql
        assert not reader.news(), sql
    change(_person(hall.called, "name = 'Contoh Lain'"))
    assert not reader.news()


def test_what_the_ledger_says_of_a_session_is_news_at_the_desk(
    hosted: World, browser: Browser
) -> None:
    hall = Hall(hosted)
    reader = Reader(browser("operator"), hall.desk)
    by = hosted["operator"].actor
    with scoped(by.scope):
        person = make_resident(hosted, name="Contoh Langsung")
        log_service(by=by, entry=entry(person, session=hall.session.pk))
    assert reader.news()
    assert not reader.news()


def test_a_language_is_another_page(hosted: World, browser: Browser) -> None:
    hall = Hall(hosted)
    client = browser("operator")
    reader = Reader(client, hall.queue)
    client.post("/bahasa/", {"language": "en", "next": "/"})
    assert reader.news()
    assert "Free places" in reader.text


def test_a_release_is_another_page(
    hosted: World, browser: Browser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hall = Hall(hosted)
    readers = [Reader(browser("operator"), path) for path in (hall.queue, hall.desk, hall.board)]
    for reader in readers:
        reader.seen = reader.seen[:16] + "0" * 16  # drawn by templates of before
    assert not any(reader.news() for reader in readers)
    (tmp_path / "part.html").write_text("old")
    old = looks_of_pages.digest([tmp_path], "*.html")
    assert looks_of_pages.digest([tmp_path], "*.html") == old
    (tmp_path / "part.html").write_text("new")
    assert looks_of_pages.digest([tmp_path], "*.html") != old
    with override_settings(TEMPLATES=[{"DIRS": [tmp_path]}]):
        looks_of_pages.release.cache_clear()
        new = looks_of_pages.release()
    looks_of_pages.release.cache_clear()
    assert looks_of_pages.release() != new
    monkeypatch.setattr(looks_of_pages, "release", lambda: new)
    assert all(reader.news() for reader in readers)
    assert not any(reader.news() for reader in readers)


def test_a_day_that_ends_anywhere_is_another_page(
    hosted: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stages of young people go by the day of their village."""
    hall, by, now = Hall(hosted), hosted["operator"].actor, timezone.now()
    with scoped(by.scope):
        reading = queues.queue_read(by, hall.session.pk)
    stamps = set()
    # A whole day: of its midnights the last may have been a moment ago.
    for hours in range(25):
        moment = now + timedelta(hours=hours)
        monkeypatch.setattr("django.utils.timezone.now", lambda moment=moment: moment)
        stamps.add(queues.stamp_of(reading))
    assert len(stamps) == 4, "at midnight of each of three zones"


def test_what_is_decided_of_an_election_is_another_page(hosted: World) -> None:
    hall, by = Hall(hosted), hosted["operator"].actor

    def stamps() -> set[str]:
        with scoped(by.scope):
            outcomes = lambda: outcomes_in(by, hall.session.pk)  # noqa: E731
            beside = queues.beside_desk(by, hall.session.pk, outcomes)
            return {queues.queue_read(by, hall.session.pk).stamp, beside.stamp}

    before = stamps()
    election = Election.objects.create(
        name="Pilkada", kind="regional", region_id="13", held_on=today(), source="KPU"
    )
    planned = stamps()
    assert not before & planned
    election.decisions.create(held_on=today() + timedelta(days=30), state="planned", source="KPU")
    assert not planned & stamps()


def test_who_sees_less_is_drawn_less(hosted: World, browser: Browser) -> None:
    """A village sees the visits of its people alone, somebody who books a button more, a stranger nothing."""
    hall = Hall(hosted)
    drawings.forget()
    full = browser("operator").get(hall.queue, headers=POLL).content.decode()
    assert "Contoh Ditunggu" in full
    assert 'form="check-in-row"' in full
    seen = browser("province_officer").get(hall.queue, headers=POLL).content.decode()
    assert "Contoh Ditunggu" in seen
    assert 'form="check-in-row"' not in seen
    assert browser("neighbour").get(hall.queue, headers=POLL).status_code == 404
    assert browser("neighbour").get(hall.board, headers=POLL).status_code == 404
    assert browser("neighbour").get(hall.desk, headers=POLL).status_code == 404


def test_one_drawing_for_all_and_a_look_of_each(hosted: World, browser: Browser) -> None:
    hall = Hall(hosted)
    drawings.forget()
    first, second = browser("operator"), browser("head")
    texts = {client.get(hall.queue, headers=POLL).content for client in (first, second)}
    assert len(texts) == len(drawings) == 1
    found = looks(kind="session queue", subject=str(hall.session.pk))
    assert len(found) == len({one.user_id for one in found}) == 2


def test_drawings_are_few_and_go_by_themselves() -> None:
    small = Drawings(most=3, seconds=0.2)
    for number in range(5):
        assert small.of(str(number), lambda: "x") == "x"
    assert len(small) == 3
    assert small.of("4", lambda: "y") == "x"
    until = time.monotonic() + 5
    while len(small) and time.monotonic() < until:
        time.sleep(0.02)
    assert not len(small)
    small.of("long", lambda: "x" * 1_000_000)
    assert not len(small)


def test_statements_are_kept_for_the_newest_questions_alone(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dukcapil.core.planned.MOST_PLANNED", 2)
    sessions: list[ServiceSession] = [make_session(made, make_event(made)) for _n in range(4)]
    by = made["operator"].actor
    with scoped(by.scope):
        for _round in range(2):
            for one in sessions:
                found: Any = queues.queue_read(by, one.pk).found["session"]
                assert [row["id"] for row in found] == [str(one.pk)]
    assert len(readings._written) <= readings.MOST


def test_any_number_of_sessions_and_offices_share_the_plans_of_their_pages(made: World) -> None:
    """A plan for each session would go after four of them, and be made anew at every look."""
    offices = {"operator": "13.75", "neighbour": "13.06"}
    halls = [
        (made[name].actor, make_session(made, make_event(made, office)).pk)
        for name, office in offices.items()
        for _n in range(6)
    ]

    def looked() -> set[str]:
        for by, session in halls:
            with scoped(by.scope):
                for glance in (False, True):
                    seen = [
                        queues.queue_read(by, session, glance=glance),
                        queues.board_read(by, session, glance=glance),
                        queues.beside_desk(
                            by, session, lambda a=by, s=session: outcomes_in(a, s), glance=glance
                        ),
                    ]
                    for reading in seen:
                        assert [row["id"] for row in reading.found["session"]] == [str(session)]
        return kept()

    def kept() -> set[str]:
        found = "SELECT name, statement FROM pg_prepared_statements WHERE name LIKE 'planned_%%'"
        return {name for name, text in rows(found, []) if "queue_number" in text}

    # Tests before may have left some on this connection.
    for left in kept():
        forget(left)
        _planned[connection.connection].pop(left)
    assert looked() == looked()
    assert len(looked()) == 6, "rows and marks of the queue, of the one beside a desk, of the board"


def test_a_form_that_nobody_typed_into_is_drawn_once_and_what_was_typed_never(
    made: World, browser: Browser
) -> None:
    kept_html.fields.forget()
    kept_html.frames.forget()
    session = make_session(made, make_event(made), {"recording": 20, "ikd_activation": 20})
    person, client = make_resident(made), browser("operator")
    path = f"/sesi/{session.pk}/meja/"

    def shown() -> str:
        return client.get(path, {"person": str(person.pk)}).content.decode()

    def fields(html: str) -> list[str]:
        return re.findall(r'<(?:input|select|option)[^>]*(?:name|value)="[^"]*"[^>]*>', html)

    def without_tokens(html: str) -> list[str]:
        return [one for one in fields(html) if not re.search("csrf|form_owner|once", one)]

    first, many = shown(), len(kept_html.fields)
    assert many == 3, (
        "the record, the number for who comes without a booking, and to look for somebody"
    )
    assert without_tokens(shown()) == without_tokens(first)
    assert len(kept_html.fields) == many
    client.post("/bahasa/", {"language": "en", "next": "/"})
    english = shown()
    assert "Mark, note, or another time" in english
    assert "Mark, note, or another time" not in first
    kept_before = len(kept_html.fields)
    typed = {"do": "log", "resident": str(person.pk), "note": "Ibunya menunggu", "outcome": "done"}
    answer = client.post(path, typed, headers={"HX-Request": "true"})
    assert "Ibunya menunggu" in answer.content.decode()
    assert len(kept_html.fields) <= kept_before + 1
    assert "Ibunya menunggu" not in shown()


def test_forms_that_offer_or_say_something_else_are_drawn_apart() -> None:
    class Picks(forms.Form):
        who = forms.CharField(widget=forms.Select, required=False)

    def picks(offered: str, **said: str) -> str:
        form = Picks()
        offer(form, "who", [("1", offered)])
        vars(form.fields["who"]).update(said)
        return str(kept_html._kind_of(form))

    kinds = {
        picks("Satu"),
        picks("Dua"),
        picks("Satu", label="Siapa"),
        picks("Satu", help_text="?"),
    }
    assert len(kinds) == 4
    assert picks("Satu") in kinds


#: Types whose values are equal only when they are written alike: numbers with decimals, JSON or an interval may
#: be written otherwise and leave the same mark.
WRITTEN_ALIKE = {
    "bool",
    "int4",
    "int8",
    "text",
    "varchar",
    "uuid",
    "date",
    "timestamptz",
    "_varchar",
}
_ONE_READ = re.compile(r"hash_record_extended\(part, 0\)::text, ' '\) FROM \((.*?)\) AS part\)")


def test_marks_are_of_columns_that_differ_whenever_they_are_written_otherwise(
    hosted: World,
) -> None:
    hall, by = Hall(hosted), hosted["operator"].actor
    with scoped(by.scope), connection.cursor() as cursor:
        queues.queue_read(by, hall.session.pk)
        queues.beside_desk(by, hall.session.pk, lambda: outcomes_in(by, hall.session.pk))
        queues.board_read(by, hall.session.pk)
        for question, parts in {
            ("queue", by, hall.session.pk, False, 0): 5,
            ("beside", by, hall.session.pk): 5,
            ("board", by, hall.session.pk): 2,
        }.items():
            known = readings._written[question]
            reads = _ONE_READ.findall(known.glance)
            assert len(reads) == len(known.names) == parts
            for read in reads:
                described = with_names(f"SELECT * FROM ({read}) AS part LIMIT 0")
                cursor.execute(described, by_number(known.values))
                found = [column.type_code for column in cursor.description]
                cursor.execute("SELECT typname FROM pg_type WHERE oid = ANY (%s::oid[])", [found])
                assert {name for (name,) in cursor.fetchall()} <= WRITTEN_ALIKE


def test_rows_that_change_after_their_marks_were_read_have_the_stamp_of_what_is_drawn(
    hosted: World, browser: Browser
) -> None:
    """Else a page that shows the change would be called old or, once it is taken back, be called new."""
    hall, by = Hall(hosted), hosted["operator"].actor
    with scoped(by.scope):
        whole = queues.queue_read(by, hall.session.pk)
        glanced = queues.queue_read(by, hall.session.pk, glance=True)
        assert glanced.stamp == whole.stamp
        assert not glanced.is_empty("session")
        engines.past_all_rules(_person(hall.booked, "name = 'Contoh Berubah'"))
        assert glanced.whole()
        assert "Contoh Berubah" in str(glanced.found["people"])
        assert glanced.stamp == queues.queue_read(by, hall.session.pk, glance=True).stamp
        assert glanced.stamp != whole.stamp
        assert not glanced.whole(), "once"


def test_what_changed_while_a_poll_was_answered_and_was_taken_back_is_news(
    hosted: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall = Hall(hosted)
    reader = Reader(browser("operator"), hall.queue)
    meanwhile = [_person(hall.booked, "name = 'Contoh Antara'")]

    def in_between(*args: Any, **options: Any) -> readings.Reading:
        found = queues.queue_read(*args, **options)
        while meanwhile:
            engines.past_all_rules(meanwhile.pop())
        return found

    monkeypatch.setattr(session_views, "queue_read", in_between)
    change(_person(hall.booked, "name = 'Contoh Dahulu'"))
    assert reader.news()
    assert "Contoh Antara" in reader.text
    assert not reader.news()
    change(_person(hall.booked, "name = 'Contoh Dahulu'"))
    assert reader.news()
    assert "Contoh Dahulu" in reader.text


def test_a_session_that_is_gone_while_a_poll_is_answered_is_not_found(
    kept: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is news, so that the rows are read; by then the session is removed."""
    event = make_event(kept)
    session = make_session(kept, event)
    reader = Reader(browser("operator"), f"/sesi/{session.pk}/")
    meanwhile = [f"DELETE FROM events_servicesession WHERE id = '{session.pk}'"]

    def in_between(*args: Any, **options: Any) -> readings.Reading:
        found = queues.queue_read(*args, **options)
        while meanwhile:
            engines.past_all_rules(meanwhile.pop())
        return found

    change(f"UPDATE events_seat SET holder = gen_random_uuid() WHERE session_id = '{session.pk}'")
    monkeypatch.setattr(session_views, "queue_read", in_between)
    poll = {**POLL, "X-Seen": reader.seen}
    assert browser("operator").get(f"/sesi/{session.pk}/", headers=poll).status_code == 404


def test_a_poll_is_one_read_and_is_refused_in_words_of_the_log(
    hosted: World, browser: Browser
) -> None:
    hall = Hall(hosted)
    reader = Reader(browser("operator"), hall.queue)
    reader.news()
    with CaptureQueriesContext(connection) as asked:
        assert not reader.news()
    said = [one["sql"] for one in asked.captured_queries]
    assert sum("hash_record_extended" in sql or "EXECUTE planned_" in sql for sql in said) == 1
    assert len(said) <= 5, said
    before = len(looks(action="refused"))
    poll = {**POLL, "X-Seen": reader.seen}
    assert browser("neighbour").get(hall.queue, headers=poll).status_code == 404
    assert len(looks(action="refused")) == before + 1


def test_each_thread_keeps_one_client_of_its_sessions() -> None:
    mine = caches["sessions"]._cache
    found = [mine.get_client()]

    def elsewhere() -> None:
        cache = caches["sessions"]._cache
        cache.set("of another thread", "here", 60)
        found.append(cache.get_client())

    other = threading.Thread(target=elsewhere)
    other.start()
    other.join()
    assert mine.get_client(write=True) is found[0]
    assert found[1] is not found[0]
    assert mine.get("of another thread", None) == "here"
    mine.delete("of another thread")
