"""A repeated question is answered by WarmCoverageMiddleware: the same answer, the same refusals."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dukcapil.accounts.models import ApiToken, Posting, User
from dukcapil.accounts.services import end_posting
from dukcapil.core.db import rows
from dukcapil.core.redis import client
from dukcapil.core.road import long_ways
from reports import middleware
from reports.daily.selectors.daily import _LIVE_AND_STAMP
from reports.exports import LARGEST_KEPT, _packed
from tests import engines
from tests.world import (
    Answer,
    Caller,
    World,
    looks,
    make_basis,
    make_resident,
    record,
    today,
    without_factor,
)

PATH = "coverage/?region=13&level=regency"


GZIP = {"Accept-Encoding": "gzip"}


def statements(caller: Caller, path: str = PATH, **headers: str) -> tuple[Answer, int]:
    with CaptureQueriesContext(connection) as captured:
        answer = caller.get(path, **headers)
    return answer, len(captured)


def headers_of(answer: Answer) -> dict[str, Any]:
    vary = answer.headers["Vary"].split(", ")
    # The minute may end between two requests.
    moving = ("X-RateLimit-Remaining", "X-RateLimit-Reset")
    kept = {name: value for name, value in answer.headers.items() if name not in moving}
    return kept | {"Vary": sorted(vary)}


@pytest.fixture
def within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(time=lambda: 1_800_000_030)
    monkeypatch.setattr("dukcapil.accounts.authentication.time", clock)


@pytest.mark.parametrize("more", ["", "&format=csv", "&date={day}&format=csv", "&view=service"])
def test_the_second_answer_is_the_first_one_for_one_statement(
    made: World, more: str, within_a_minute: None
) -> None:
    make_basis()
    more = more.format(day=today() - timedelta(days=10))
    first, _many = statements(made["province_officer"], PATH + more)
    again, one = statements(made["province_officer"], PATH + more)
    assert (first.status, again.status, one) == (200, 200, 1)
    assert again.content == first.content
    assert headers_of(again) == headers_of(first)
    left = [int(answer.headers["X-RateLimit-Remaining"]) for answer in (first, again)]
    assert left[0] - left[1] == 1
    same, one = statements(
        made["province_officer"], PATH + more, **{"If-None-Match": again.headers["ETag"]}
    )
    assert (same.status, same.content, one) == (304, b"", 1)


@pytest.mark.parametrize("fmt", ["json", "csv", "satu-data", "sdmx-csv"])
def test_the_compressed_answer_is_the_plain_one_and_made_once(made: World, fmt: str) -> None:
    make_basis()
    caller, path = made["province_officer"], f"coverage/?region=13&level=district&format={fmt}"
    first = caller.get(path, **GZIP)
    plain, packed = caller.get(path), caller.get(path, **GZIP)
    assert headers_of(first) == headers_of(packed)
    assert first.content == packed.content != plain.content
    assert gzip.decompress(packed.content) == plain.content
    assert packed.headers["Content-Length"] == str(len(packed.content))
    assert int(plain.headers["Content-Length"]) == len(plain.content) > 4 * len(packed.content)
    ours = {"Content-Encoding": "gzip", "ETag": plain.headers["ETag"][:-1] + '-gzip"'}
    assert headers_of(packed) == headers_of(plain) | ours | {
        "Content-Length": str(len(packed.content))
    }
    assert "Accept-Encoding" in headers_of(plain)["Vary"]
    # Kept beside the plain one, for all processes, and sent as it lies there.
    [beside] = client().keys("*:gzip")
    assert client().get(beside) == packed.content
    other = gzip.compress(plain.content, compresslevel=1, mtime=0)
    client().set(beside, other)
    assert caller.get(path, **GZIP).content == packed.content != other
    _packed.forget()
    assert caller.get(path, **GZIP).content == other


def test_what_is_too_large_to_be_kept_is_compressed_each_time(made: World) -> None:
    make_basis()
    path = "coverage/?region=13&level=village&format=sdmx-csv"
    answers = [made["province_officer"].get(path, **GZIP) for _n in range(2)]
    assert len(gzip.decompress(answers[0].content)) > LARGEST_KEPT
    assert answers[0].content == answers[1].content
    assert client().keys("*:gzip") == []


def test_who_would_rather_have_it_plain_gets_it_plain(made: World) -> None:
    make_basis()
    caller, path = made["province_officer"], "coverage/?region=13&level=village"
    for n, codings in enumerate(
        ("gzip;q=0", "*;q=1, gzip;q=0", "identity", "br", "gzip;q=0.5, identity")
    ):
        plain = caller.get(path)
        answer, count = statements(caller, path, **{"Accept-Encoding": codings})
        assert (answer.content, count) == (plain.content, 1), (n, codings)
        assert headers_of(answer) == headers_of(plain)
    for codings in ("GZIP", "br, gzip;q=0.2", "*", "gzip, identity;q=0.5"):
        answer = caller.get(path, **{"Accept-Encoding": codings})
        assert answer.headers["Content-Encoding"] == "gzip", codings
    # A browser's cookie may be sent along by a page of a stranger: nothing is compressed with one.
    answer = caller.get(path, **GZIP, Cookie="sesi=x")
    assert "Content-Encoding" not in answer.headers


def test_either_tag_is_known_again(made: World) -> None:
    make_basis()
    caller, path = made["province_officer"], "coverage/?region=13&level=village"
    tags = [caller.get(path).headers["ETag"], caller.get(path, **GZIP).headers["ETag"]]
    assert len(set(tags)) == 2
    for headers in ({}, GZIP):
        for tag in (*tags, *(f"W/{one}" for one in tags), ", ".join(['"x"', *tags])):
            same, one = statements(caller, path, **headers, **{"If-None-Match": tag})
            assert (same.status, same.content, one) == (304, b"", 1), tag
            assert "Content-Encoding" not in same.headers
            assert "Accept-Encoding" in headers_of(same)["Vary"]
        changed = caller.get(path, **headers, **{"If-None-Match": '"x-gzip"'})
        assert changed.status == 200
        assert changed.headers["ETag"] == tags[bool(headers)]


def test_a_question_for_the_head_alone_says_what_the_answer_would(made: World) -> None:
    make_basis()
    caller, path = made["province_officer"], "coverage/?region=13&level=village"
    for headers in ({}, GZIP):
        answer = caller.get(path, **headers)
        head = caller._send("HEAD", path, None, headers)
        assert (head.status, head.content) == (200, b"")
        assert headers_of(head) == headers_of(answer)


def test_people_are_compressed_for_their_reader_and_not_kept(made: World) -> None:
    for _n in range(60):
        make_resident(made)
    plain, packed = (made["operator"].get("residents/", **headers) for headers in ({}, GZIP))
    assert gzip.decompress(packed.content) == plain.content
    assert client().keys("*:gzip") == []


def test_without_redis_it_is_compressed_each_time(made: World, monkeypatch: Any) -> None:
    make_basis()
    caller, path = made["province_officer"], "coverage/?region=13&level=village"
    kept = caller.get(path, **GZIP)
    _packed.forget()
    monkeypatch.setitem(settings.REDIS_URLS, "cache", "redis://127.0.0.1:1/0")
    client.cache_clear()
    try:
        answer = caller.get(path, **GZIP)
    finally:
        monkeypatch.undo()
        client.cache_clear()
    assert (answer.status, answer.content) == (200, kept.content)


def test_another_host_is_refused_as_before(made: World) -> None:
    caller = made["province_officer"]
    here, elsewhere = (
        caller.client.get(
            f"/api/v1/{PATH}", headers={"Authorization": f"Token {caller.token}", "Host": host}
        )
        for host in ("testserver", "elsewhere.example")
    )
    assert (here.status_code, elsewhere.status_code) == (200, 400)


def test_a_broken_connection_is_made_anew(kept: World, by_address: None) -> None:
    caller, path = kept["province_officer"], PATH
    first = [caller.get(path) for _n in range(2)][1]
    [[pid]] = rows("SELECT pg_backend_pid()")
    engines.as_superuser(f"SELECT pg_terminate_backend({pid}, 5000)")
    assert [caller.get(path).content for _n in range(2)] == [first.content] * 2
    assert statements(caller)[1] == 1


def test_a_fault_keeps_nobody_from_an_answer(
    made: World, monkeypatch: pytest.MonkeyPatch, no_faults: Callable[[], None]
) -> None:
    caller = made["province_officer"]
    first = [caller.get(PATH) for _n in range(2)][1]

    def fault(*_args: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(middleware, "coverage_key", fault)
    answer = caller.get(PATH)
    assert (answer.status, answer.content) == (200, first.content)
    assert long_ways() == {"warm-fault": 1}
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        no_faults()


def test_the_statement_reads_whole_the_heads_of_offices_alone(made: World) -> None:
    """A row for each office, of two tables; second factors may be, as on the short road: of many the index is cheaper."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (GENERIC_PLAN) {_LIVE_AND_STAMP.sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    heads = {"registrations_ledgerhead", "reports_buildhead"}
    assert set(re.findall(r"Seq Scan on (\w+)", plan)) - {"mfa_authenticator"} == heads


def test_a_saved_record_shows_at_the_next_request(made: World) -> None:
    make_basis()
    caller = made["province_officer"]
    before = [caller.get(PATH).content for _n in range(2)]
    record(made, make_resident(made))
    after = [caller.get(PATH).content for _n in range(2)]
    assert before[0] == before[1] != after[0] == after[1]


@pytest.mark.parametrize("how", ["expired", "revoked", "posting", "password", "factor", "user"])
def test_a_token_that_does_not_hold_gets_nothing_kept(made: World, how: str) -> None:
    caller = made["province_officer"]
    assert [caller.get(PATH).status for _n in range(2)] == [200, 200]
    posting = Posting.objects.get(pk=caller.actor.posting_id)
    tokens, user = ApiToken.objects.filter(posting=posting), User.objects.filter(pk=posting.user_id)
    match how:
        case "expired":
            tokens.update(expiry=timezone.now())
        case "revoked":
            tokens.delete()
        case "posting":
            end_posting(posting=posting, last_day=today() - timedelta(days=2))
        case "password":
            user.update(must_change_password=True)
        case "factor":
            without_factor("province_officer")
        case "user":
            user.update(is_active=False)
    assert caller.get(PATH).status == 401


def test_whoever_may_not_ask_is_refused_and_logged_as_before(made: World) -> None:
    assert [made["province_officer"].get(PATH).status for _n in range(2)] == [200, 200]
    assert made["operator"].get(PATH).status == 404
    assert made["other_province_officer"].get(PATH).status == 404
    assert made["anonymous"].get(PATH).status == 401
    assert [(row.action, row.kind, row.subject) for row in looks()] == [
        ("refused", "GET 404", "/api/v1/coverage/")
    ] * 2


@override_settings(API_RATE="3/min")
def test_every_request_counts_once(made: World, within_a_minute: None) -> None:
    answers = [made["province_officer"].get(PATH) for _n in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    left = [answer.headers["X-RateLimit-Remaining"] for answer in answers]
    assert left == ["2", "1", "0", "0"]
    assert answers[3].json["type"] == "/problems/too-many-requests"
