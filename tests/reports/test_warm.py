"""A repeated question is answered by WarmCoverageMiddleware: the same answer, the same refusals."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dukcapil.accounts.models import ApiToken, Posting, User
from dukcapil.accounts.services import end_posting
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


@pytest.mark.parametrize("more", ["", "&format=csv", "&date={day}&format=csv", "&view=service"])
def test_the_second_answer_is_the_first_one_for_one_statement(made: World, more: str) -> None:
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
def test_every_request_counts_once(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(time=lambda: 1_800_000_030)
    monkeypatch.setattr("dukcapil.accounts.authentication.time", clock)
    answers = [made["province_officer"].get(PATH) for _n in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    left = [answer.headers["X-RateLimit-Remaining"] for answer in answers]
    assert left == ["2", "1", "0", "0"]
    assert answers[3].json["type"] == "/problems/too-many-requests"
