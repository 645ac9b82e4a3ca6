"""Polls with nothing new pass by the framework (docs/adr/0081): the same answers and rows as without, and whatever
ends a session, a posting or a right is seen by the very next poll.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dukcapil import processes
from dukcapil.accounts import polls
from dukcapil.accounts.models import Posting, User
from dukcapil.accounts.scoping import scoped
from dukcapil.accounts.services import end_everything
from dukcapil.core import live
from dukcapil.core.db import rows
from dukcapil.core.newest import Newest
from dukcapil.core.road import long_ways
from events.planning.models.session import ServiceSession
from events.planning.services.sessions import set_stations
from events.resources.services import end_assignment
from registrations.booking.selectors import queues
from registrations.booking.services.appointments import book
from tests import engines
from tests.events.test_resources import lent
from tests.one_wall import take_down_first_wall
from tests.roads import as_web_seen_by_superuser, both
from tests.standing import built_once
from tests.world import AGAM, Answer, World, looks, make_event, make_resident, make_session, today

POLL = {"HX-Request": "true", "HX-Target": "live"}
#: What a browser says besides.
BROWSER = {
    "HX-Current-URL": "http://testserver/sesi/",
    "Sec-Fetch-Site": "same-origin",
    "Sec-CH-UA": '"Chromium"',
    "Accept": "*/*",
    "Accept-Language": "en-GB,en;q=0.9",
    "Accept-Encoding": "identity",
    "Referer": "http://testserver/",
    "User-Agent": "Mozilla/5.0",
}
#: Of a whole page.
_DRAWN = (
    re.compile(r'name="(?:csrfmiddlewaretoken|form_owner|once)" value="[^"]+"'),
    re.compile(r'"X-CSRFToken": "[^"]+"'),
)


@built_once
def waiting(kept: World) -> None:
    """One person waits in the one session of an event."""
    event = make_event(kept)
    session = make_session(kept, event, {"recording": 20})
    by = kept["operator"].actor
    with scoped(by.scope):
        set_stations(by=by, event=event, stations={"Meja 1": ["recording"]})
        person = make_resident(kept, name="Contoh Menunggu")
        book(by=by, session=session, resident=person, services=["recording"])


@pytest.fixture
def seen(waiting: World) -> Iterator[World]:
    with as_web_seen_by_superuser(), transaction.atomic():
        yield waiting
        transaction.set_rollback(True)


class Page:
    """A page that was left open, whose next poll is answered on the road."""

    def __init__(self, made: World, name: str = "operator", which: str = "queue") -> None:
        self.made, self.name = made, name
        self.user = User.objects.get(username=name)
        by = made["operator"].actor
        with scoped(by.scope):
            self.session = ServiceSession.everything.select_related("event").get()
            self.event = self.session.event
        path = f"/sesi/{self.session.pk}/"
        self.path = {"queue": path, "desk": f"{path}meja/", "board": f"{path}papan/"}[which]
        self.client = Client()
        self.client.force_login(self.user)
        found = re.search(r'"X-Seen": "(\w+)"', self.client.get(self.path).content.decode())
        assert found
        self.seen = found[1]
        # The first one is remembered.
        assert self.ask() == 204
        assert self.on_the_road()

    def sent(self, path: str = "", data: Any = None, **headers: str | None) -> Answer:
        said = {**POLL, **BROWSER, "X-Seen": self.seen, **headers}
        kept = {name: value for name, value in said.items() if value is not None}
        cookies = self.client.cookies.output()
        answer = self.client.get(path or self.path, data, headers=kept)
        # What the browser is told to forget or to keep, but the same request can be sent again.
        told = dict(answer.headers) | {"Set-Cookie": sorted(answer.cookies)}
        self.client.cookies.clear()
        self.client.cookies.load(cookies.replace("Set-Cookie: ", ""))
        text = answer.content.decode()
        for drawn in _DRAWN:
            text = drawn.sub("drawn", text)
        if text.lstrip().startswith("<!DOCTYPE"):
            told.pop("ETag", None)
        return Answer(answer.status_code, told, text.encode())

    def ask(self) -> int:
        return self.sent().status

    def on_the_road(self) -> bool:
        """One message, whose answer is 204."""
        with CaptureQueriesContext(connection) as asked:
            status = self.ask()
        said = [one["sql"] for one in asked.captured_queries if "poll_enter" in one["sql"]]
        return (
            status == 204
            and len(said) == 1
            and "current_posting" not in str(asked.captured_queries)
        )

    def key(self) -> str:
        return str(self.client.cookies["sesi"].value)


@pytest.mark.parametrize("which", ["queue", "desk", "board"])
def test_both_ways_say_the_same(seen: World, which: str) -> None:
    page = Page(seen, which=which)
    answer = both(page.sent)
    assert answer.status == 204
    assert not answer.content
    assert page.on_the_road()


ODD: dict[str, dict[str, Any]] = {
    "nothing was seen": {"X-Seen": None},
    "something else was seen": {"X-Seen": "0" * 32},
    "no htmx": {"HX-Request": None},
    "another part": {"HX-Target": "panel"},
    "a part in capitals": {"HX-Target": "LIVE"},
    "an encoded part": {"HX-Target-URI-AutoEncoded": "true"},
    "boosted": {"HX-Boosted": "true"},
    "a page that is kept": {"If-None-Match": '"abc"'},
    "a page since then": {"If-Modified-Since": "Fri, 27 Nov 2026 00:00:00 GMT"},
    "a range": {"Range": "bytes=0-10"},
    "a token": {"Authorization": "Token abc"},
    "another method": {"X-HTTP-Method-Override": "POST"},
    "another host": {"Host": "nowhere.example"},
    "who is done": {"data": {"show": "done"}},
    "another page": {"data": {"page": "2"}},
    "a query": {"data": {"x": "1"}},
}


def test_whatever_is_unusual_is_answered_as_ever(seen: World) -> None:
    page = Page(seen)
    for odd, said in ODD.items():
        polls.remembered.forget()
        assert page.ask() == 204
        assert page.on_the_road(), odd
        print(odd)
        first = page.sent(**said)
        # And once more by both ways, when it may be remembered.
        assert both(lambda said=said: page.sent(**said)) == first
        assert page.ask() == 204, odd


def test_cookies_that_change_an_answer_change_it(seen: World) -> None:
    page = Page(seen)
    page.client.cookies["csrf"] = "not one of ours"
    answer = both(page.sent)
    assert answer.status == 204
    page.client.cookies["csrf"] = "x" * 32
    assert page.on_the_road()
    page.client.cookies["django_language"] = "en"
    answer = both(page.sent)
    assert (answer.status, answer.headers["Content-Language"]) == (200, "en")
    page.client.cookies["django_language"] = "xx"
    assert both(page.sent).headers["Content-Language"] == "id"


# --- what ends is seen by the next poll -----------------------------------------------------------


def logged_out(page: Page) -> int:
    Session.objects.filter(session_key=page.key()).delete()
    return 401


def expired(page: Page) -> int:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    return 401


def ended_everywhere(page: Page) -> int:
    end_everything(User.objects.get(pk=page.user.pk))
    return 401


def other_password(page: Page) -> int:
    user = User.objects.get(pk=page.user.pk)
    user.set_password("lain sama sekali 123")
    user.save()
    return 401


def inactive(page: Page) -> int:
    User.objects.filter(pk=page.user.pk).update(is_active=False)
    return 401


def known_password(page: Page) -> int:
    User.objects.filter(pk=page.user.pk).update(must_change_password=True)
    return 302


def revoked(page: Page) -> int:
    Posting.objects.filter(user=page.user).update(ends_on=today() - timedelta(days=1))
    return 403


def not_yet(page: Page) -> int:
    Posting.objects.filter(user=page.user).update(starts_on=today() + timedelta(days=1))
    return 403


def less_right(page: Page) -> int:
    Posting.objects.filter(user=page.user).update(role="public_client", region_id="00")
    return 403


def second_factor(page: Page) -> int:
    """Somebody who is head now, and has no second factor."""
    Authenticator.objects.filter(user=page.user).delete()
    Posting.objects.filter(user=page.user).update(role="district_head")
    return 302


def elsewhere(page: Page) -> int:
    Posting.objects.filter(user=page.user).update(region_id="13.06")
    return 404


def session_gone(page: Page) -> int:
    event = make_event(page.made, AGAM)
    ServiceSession.everything.filter(pk=page.session.pk).update(event=event)
    return 404


ENDS = [
    *(logged_out, expired, ended_everywhere, other_password, inactive, known_password, revoked),
    *(not_yet, less_right, second_factor, elsewhere, session_gone),
]


def test_what_ended_is_seen_by_the_next_poll(seen: World) -> None:
    """One after the other, each taken back."""
    page = Page(seen)
    for end in ENDS:
        polls.remembered.forget()
        assert page.ask() == 204
        assert page.on_the_road(), end.__name__
        with transaction.atomic():
            status = past_the_verbs(lambda end=end: end(page))
            print(end.__name__)
            assert both(page.sent).status == status
            assert page.ask() == status
            transaction.set_rollback(True)


def past_the_verbs(change: Callable[[], int]) -> int:
    """What is changed so may be what a trigger keeps."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("RESET SESSION AUTHORIZATION")
            cursor.execute("SET LOCAL session_replication_role = replica")
        status = change()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = origin")
            cursor.execute("SET SESSION AUTHORIZATION web")
    return status


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "Asia/Jayapura"])
def test_a_posting_ends_at_midnight_of_its_place(
    seen: World, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    page = Page(seen)
    midnight = datetime.combine(today() + timedelta(days=1), time(), ZoneInfo(zone))
    Session.objects.update(expire_date=midnight + timedelta(hours=12))
    Posting.objects.filter(user=page.user).update(ends_on=today())
    with connection.cursor() as cursor:
        cursor.execute("RESET SESSION AUTHORIZATION")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE regions_region SET timezone = %s WHERE code = '13.75'", [zone])
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("SET SESSION AUTHORIZATION web")
    for seconds, status in ((-1, 204), (1, 403)):
        moment = midnight + timedelta(seconds=seconds)
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment.astimezone(UTC))
        if status == 204:
            # Its day may be another one than the one of now.
            found = re.search(r'"X-Seen": "(\w+)"', page.client.get(page.path).content.decode())
            assert found
            page.seen = found[1]
            assert page.ask() == 204
            assert page.on_the_road()
        assert both(page.sent).status == status
    # Not only because a page of another day is another one.
    before = long_ways().get("poll-posting", 0)
    assert page.ask() == 403
    assert long_ways()["poll-posting"] == before + 1


def test_a_logout_in_this_browser_ends_its_polls(seen: World) -> None:
    page = Page(seen)
    cookie = page.key()
    page.client.post("/akun/keluar/")
    page.client.cookies["sesi"] = cookie
    assert both(page.sent).status == 401


def test_a_look_is_nobody_elses(seen: World) -> None:
    """Another session asks the same address: what was remembered is not theirs."""
    page = Page(seen)
    for name in ("neighbour", "api_client", "village_verifier"):
        page.client.force_login(User.objects.get(username=name))
        assert both(page.sent).status in (403, 404)
    page.client.cookies["sesi"] = "abc"
    assert both(page.sent).status == 401


def moved(page: Page) -> None:
    Posting.objects.filter(user=page.user).update(region_id="13.06")


@pytest.mark.parametrize("end", [moved, revoked, not_yet, inactive, logged_out, expired])
def test_by_a_right_that_ended_nothing_is_read(waiting: World, end: Callable[[Page], Any]) -> None:
    """The database sets the remembered scope only where the session stands, for the posting that it is of, today."""
    page = Page(waiting)
    by = page.made["operator"].actor
    glance = queues_glance(page)
    poll = polls._Poll(by, glance, page.client.get(page.path).resolver_match)
    people = 1 + glance.glance.names.index("people")
    said = polls._asked("x", page.key(), poll)
    assert said[0][1]
    assert said[people]
    end(page)
    said = polls._asked("x", page.key(), poll)
    assert said[0][1], "the posting of now"
    assert not said[people], "no row of the office before"


def test_nothing_of_a_poll_stays_on_its_connection(waiting: World) -> None:
    page = Page(waiting)
    left = (
        "SELECT current_setting('app.scope', true) || current_setting('app.entered', true),"
        " current_user::text, current_setting('plan_cache_mode')"
    )
    before = rows(left)
    assert page.on_the_road()
    assert rows(left) == before
    assert before[0][0] == ""
    assert page.sent(**{"X-Seen": "0" * 32}).status == 200
    assert rows(left) == before


def test_who_is_lent_looks_as_long_as_they_are_lent(seen: World) -> None:
    page = Page(seen)
    loan = lent(seen, page.event)
    page.client.force_login(User.objects.get(username="neighbour"))
    found = re.search(r'"X-Seen": "(\w+)"', page.client.get(page.path).content.decode())
    assert found
    page.seen = found[1]
    assert page.ask() == 204
    assert page.on_the_road()
    (given,) = loan.assignments.all()
    giver = seen["neighbour_head"].actor
    with scoped(giver.scope):
        end_assignment(by=giver, assignment=given)
    assert both(page.sent).status == 404


def queues_glance(page: Page) -> Any:
    [*_others, poll] = polls.remembered.values()
    assert poll.actor.user_id == page.user.pk
    return poll.watched


# --- what is new, and what breaks -----------------------------------------------------------------


def test_news_are_shown_and_logged_once(waiting: World) -> None:
    page = Page(waiting)
    before = len(looks(kind="session queue"))
    assert page.on_the_road()
    assert len(looks(kind="session queue")) == before, "nothing was sent"
    engines.as_superuser(
        "SET session_replication_role = replica",
        "UPDATE registrations_residentidentity SET name = 'Contoh Lain' WHERE name = 'Contoh Menunggu'",
    )
    with CaptureQueriesContext(connection) as asked:
        answer = page.sent()
    assert answer.status == 200
    assert "Contoh Lain" in answer.content.decode()
    assert len(looks(kind="session queue")) == before + 1
    glances = [one for one in asked.captured_queries if "EXECUTE planned_" in one["sql"]]
    assert len(glances) == 2, "the marks are not asked for twice"


@pytest.mark.parametrize("which", ["queue", "desk", "board"])
def test_a_session_that_goes_while_it_is_read_is_none(
    waiting: World, which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(waiting, which=which)
    read = queues.read_marked

    def goes(*args: Any, **options: Any) -> Any:
        found = read(*args, **options)
        engines.as_superuser(
            "SET session_replication_role = replica",
            f"DELETE FROM events_servicesession WHERE id = '{page.session.pk}'",
        )
        return found

    monkeypatch.setattr(queues, "read_marked", goes)
    polls.remembered.forget()
    page.seen = "0" * 32
    assert page.ask() == 404
    assert page.ask() == 404


def test_a_connection_that_broke_is_made_anew(waiting: World) -> None:
    page = Page(waiting)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    engines.as_superuser(f"SELECT pg_terminate_backend({pid})")
    assert page.ask() == 204
    assert page.on_the_road() or page.on_the_road()
    assert long_ways().get("poll-fault") is None


def test_a_changed_table_is_planned_anew(waiting: World) -> None:
    """What the road asks for is text whatever the columns are, so that PostgreSQL plans anew and refuses nothing."""
    page = Page(waiting)
    before = long_ways()
    try:
        for kind in ("varchar(100000)", "text"):
            engines.as_superuser(
                f"ALTER TABLE django_session ALTER COLUMN session_data TYPE {kind}"
            )
            assert page.on_the_road()
    finally:
        engines.as_superuser("ALTER TABLE django_session ALTER COLUMN session_data TYPE text")
    assert page.ask() == 204
    assert long_ways() == before


def test_a_fault_of_the_road_keeps_nobody_from_an_answer(
    waiting: World, monkeypatch: pytest.MonkeyPatch, no_faults: Callable[[], None]
) -> None:
    page = Page(waiting)

    def fault(*_args: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(polls, "_asked", fault)
    assert page.ask() == 204
    assert long_ways()["poll-fault"] >= 1
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        no_faults()


def test_no_more_is_remembered_than_has_room(
    waiting: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polls, "remembered", Newest(3))
    page = Page(waiting)
    for number in range(6):
        page.sent(data={"x": str(number)})
    assert len(polls.remembered) == 3
    assert page.key() not in repr(polls.remembered)
    assert "Contoh" not in repr(polls.remembered)


def test_of_a_session_and_of_a_long_query_nothing_is_kept(waiting: World) -> None:
    """A session holds messages, with names; and a query may be as long as the server lets it."""
    page = Page(waiting)
    session = page.client.session
    session["told"] = "Contoh Rahasia"
    session.save()
    assert page.ask() == 204
    assert page.on_the_road()
    page.sent(data={"x": "y" * 20_000})
    held = repr(polls.remembered)
    assert "_auth_user_id" in held
    assert Session.objects.get(session_key=page.key()).session_data not in held
    assert "y" * polls.LONGEST not in held


@pytest.mark.parametrize("closed", ["SHORT_ROAD", "PREPARED"])
def test_it_can_be_closed(waiting: World, settings: Any, closed: str) -> None:
    page = Page(waiting)
    setattr(settings, closed, False)
    assert not page.on_the_road()
    assert page.ask() == 204


def test_who_goes_the_long_way_is_counted_and_news_are_not(waiting: World) -> None:
    page = Page(waiting)
    before = long_ways()
    assert page.sent(**{"X-Seen": "0" * 32}).status == 200
    assert long_ways() == before
    cookie = page.key()
    page.client.post("/akun/keluar/")
    assert page.ask() == 401
    assert long_ways() == before, "another browser: nothing was remembered"
    page.client.cookies["sesi"] = cookie
    assert page.ask() == 401
    assert long_ways() == {**before, "poll-session": before.get("poll-session", 0) + 1}


def test_without_the_first_wall_nothing_is_remembered(
    waiting: World, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """A statement that was put together while its wall was down is asked by nobody afterwards."""
    page = Page(waiting)
    asked_by = queues_glance(page).glance.sql
    with monkeypatch.context() as down:
        take_down_first_wall(down, settings)
        page.seen = "0" * 32
        assert page.ask() == 200
        assert not page.on_the_road()
        assert not polls.remembered
    settings.SHORT_ROAD = True
    polls.remembered.forget()
    assert page.ask() == 200, "nothing is known of it yet"
    assert queues_glance(page).glance.sql == asked_by, "the wall is in it again"


def test_a_poll_finds_its_connection_open() -> None:
    """The server closes one on which nothing is asked for so long; pages ask a second earlier."""
    closes = int(processes.WEB[processes.WEB.index("--http1-header-read-timeout") + 1]) / 1000
    assert closes == 10, "strangers hold a connection no longer (docs/security.md)"
    assert closes - 1 >= live.EVERY_SECONDS
    asked = [
        int(seconds)
        for path in Path("templates").rglob("*.html")
        for seconds in re.findall(r"every (\d+)s", path.read_text())
    ]
    assert asked
    assert not [seconds for seconds in asked if closes - 1 < seconds <= closes + 1]
