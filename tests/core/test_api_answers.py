"""What the document of the API promises, and how answers follow what a caller asked for."""

from __future__ import annotations

import gzip
from calendar import monthrange
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS

from dukcapil.accounts.models import User
from dukcapil.api_examples import EXAMPLES
from dukcapil.core.http import preferred
from tests import documented
from tests.core.test_bad_input import resident_body
from tests.documented import document, resolved, validator
from tests.world import VILLAGES, World, make_basis, today

OFFERED = ("application/json", "text/csv", "application/vnd.sdmx.data+csv; version=2.0.0")


def calls() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, said)
        for path, methods in document()["paths"].items()
        for method, said in methods.items()
    ]


def test_the_document_says_what_all_calls_share() -> None:
    made = document()
    assert not GENERATOR_STATS, "drf-spectacular was not sure of something"
    tags = {tag["name"] for tag in made["tags"]}
    assert made["servers"][0]["url"] == "/"
    for method, path, said in calls():
        where = said["operationId"]
        assert set(said["tags"]) <= tags, where
        assert said.get("summary"), where
        assert {"401", "403", "422", "429"} <= said["responses"].keys(), where
        if method != "get":
            assert {"400", "409", "415"} <= said["responses"].keys(), where
        for status, answer in said["responses"].items():
            if status.startswith("4"):
                assert list(resolved(answer)["content"]) == ["application/problem+json"]
        keys = {parameter["name"] for parameter in said.get("parameters", [])}
        assert ("Idempotency-Key" in keys) == (method == "post" and "search" not in path) or (
            where in ("webhooks_create", "residents_reveal_create", "residents_replace_nik_create")
        ), where
    lists = {said["operationId"]: said for _method, _path, said in calls()}
    names = {parameter["name"] for parameter in lists["residents_list"]["parameters"]}
    assert {"cursor", "limit"} <= names
    assert "Link" in lists["residents_list"]["responses"]["200"]["headers"]
    problem = made["components"]["schemas"]["Problem"]["properties"]
    assert {"errors", "confirm", "moves", "current"} <= problem.keys()
    words = str(made)
    for for_colleagues in ("A view that knows who asks", "a misspelt name must not be"):
        assert for_colleagues not in words


def test_examples_are_what_the_document_says() -> None:
    by_name = {said["operationId"]: said for _method, _path, said in calls()}
    assert EXAMPLES.keys() <= by_name.keys()
    shown = 0
    for name in EXAMPLES:
        said = by_name[name]
        contents = [said.get("requestBody", {}), *said["responses"].values()]
        for content in contents:
            for part in content.get("content", {}).values():
                if "example" in part:
                    shown += 1
                    errors = list(validator(part["schema"]).iter_errors(part["example"]))
                    said_wrong = [one.message for one in errors[:1]]
                    assert not errors, (name, "mend it in dukcapil/api_examples.py", said_wrong)
    assert shown == sum(one is not None for pair in EXAMPLES.values() for one in pair)


def test_a_slip_of_the_document_is_found(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of `tests.documented`: a field that is missing, and a status nobody promised."""
    answer = made["operator"].get("events/")
    told = ("GET", "/api/v1/events/")
    assert not documented.disagreements(*told, 200, answer.headers, answer.content)
    wrong = b'{"results": [{"id": "x"}]}'
    assert documented.disagreements(*told, 200, answer.headers, wrong)
    assert documented.disagreements(*told, 418, answer.headers, answer.content)
    as_text = {**answer.headers, "Content-Type": "text/plain"}
    assert documented.disagreements(*told, 200, as_text, answer.content)


def test_what_somebody_prefers() -> None:
    for accept, chosen in (
        ("", 0),
        ("*/*", 0),
        ("*", 0),
        ("text/html, image/gif, *; q=.2", 0),
        ("text/csv, *;q=0.1", 1),
        ("text/csv", 1),
        ("text/csv;q=0.5, application/json;q=0.1", 1),
        ("text/csv, */*;q=0.1", 1),
        ("text/csv;q=0.1, */*", 0),
        ("text/*, application/json;q=0.9", 1),
        ("application/json;q=0, */*;q=0.5", 1),
        ("TEXT/CSV; charset=utf-8", 1),
        ("application/vnd.sdmx.data+csv", 2),
        ("application/vnd.sdmx.data+csv; version=2.0.0, text/csv;q=0.9", 2),
        ("application/vnd.sdmx.data+csv; version=1.0.0", None),
        ("text/html", None),
        ("*/*;q=0", None),
        ("text/csv;q=viel", None),
        (";,;", None),
    ):
        wanted = None if chosen is None else OFFERED[chosen]
        assert preferred(accept, OFFERED) == wanted, accept


def test_the_format_follows_accept(made: World) -> None:
    for path, accept, status, media in (
        ("coverage/?region=13", "text/csv, */*;q=0.1", 200, "text/csv"),
        ("coverage/?region=13", "text/csv;q=0.1, application/json", 200, "application/json"),
        ("coverage/?region=13&format=csv", "application/json", 200, "text/csv"),
        ("coverage/?region=13", "image/png", 406, "application/problem+json"),
        ("regions/?parent=13", "application/json;q=0.1", 200, "application/json"),
        ("coverage/?region=13", "*", 200, "application/json"),
        ("regions/?parent=13", "*", 200, "application/json"),
        ("regions/?parent=13", "application/json;q=0, */*", 406, "application/problem+json"),
        ("structures/", "*/*", 200, "application/vnd.sdmx.structure+json"),
    ):
        for _again in range(2):  # the second time from the kept answer
            answer = made["province_officer"].get(path, Accept=accept)
            assert answer.status == status, (path, accept)
            assert answer.headers["Content-Type"].partition(";")[0] == media
            if status == 406:
                assert "Yang ada: application/json" in answer.json["title"]


def test_a_missing_slash_is_the_same_call_again(made: World) -> None:
    caller = made["operator"]
    for method in ("GET", "POST", "PATCH", "DELETE"):
        answer = caller._send(method, "events?office=13.75", None, {})
        assert (answer.status, answer.content) == (308, b"")
        assert answer.headers["Location"] == "/api/v1/events/?office=13.75"
    assert caller.get("events/").json["results"] == []
    assert caller.post("eventz", {}).status == 404
    assert Client().post("/akun/masuk", {}).status_code == 301


def test_texts_follow_the_language_that_a_program_asks_for(made: World) -> None:
    caller = made["operator"]

    def said(path: str, **headers: str) -> tuple[str, str]:
        answer = caller.get(path, **headers)
        return answer.json["title"], answer.headers["Content-Language"]

    for path in ("events/0193a1c0-0000-7000-8000-000000000001/", "nowhere/"):
        indonesian = said(path)
        assert indonesian[1] == "id"
        assert said(path, **{"Accept-Language": "id, en;q=0.5"}) == indonesian
        assert said(path, **{"Accept-Language": "en-GB, id;q=0.1"}) == ("Not found.", "en")
    # Pages are Indonesian whatever the browser says, that of the API too.
    for page in ("/api/v1/docs/mulai/", "/jadwal/"):
        answer = Client().get(page, headers={"Accept-Language": "en"})
        assert answer.headers["Content-Language"] == "id"
    assert "Sepuluh menit" in Client().get("/api/v1/docs/mulai/").content.decode()
    # Figures have Indonesian words in them, and say so.
    make_basis()
    path = "coverage/?region=13&level=regency&format=csv"
    english = {"Accept-Language": "en"}
    answers = [caller_.get(path, **english) for caller_ in [made["province_officer"]] * 2]
    assert {answer.headers["Content-Language"] for answer in answers} == {"id"}


def test_answers_say_what_they_depend_on(made: World) -> None:
    wanted = {"Accept", "Accept-Language", "Accept-Encoding", "Authorization", "Cookie"}
    for path in ("regions/?parent=13", "events", "nowhere/", "coverage/?region=13"):
        vary = made["province_officer"].get(path).headers["Vary"]
        assert wanted <= {name.strip() for name in vary.split(",")}, path


def test_long_answers_are_compressed_for_programs_alone(made: World) -> None:
    caller, path = made["api_client"], "regions/?parent=13&level=district"
    plain = caller.get(path)
    packed = caller.get(path, **{"Accept-Encoding": "gzip"})
    assert (plain.status, packed.headers["Content-Encoding"]) == (200, "gzip")
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < len(plain.content) / 4
    # Strong, and of these bytes: the same again.
    assert packed.headers["ETag"] == plain.headers["ETag"][:-1] + '-gzip"'
    assert caller.get(path, **{"Accept-Encoding": "gzip"}).content == packed.content
    for tag in (plain.headers["ETag"], packed.headers["ETag"]):
        same = caller.get(path, **{"Accept-Encoding": "gzip", "If-None-Match": tag})
        assert (same.status, same.content, same.headers["ETag"]) == (304, b"", tag)
    assert caller.get(path, **{"If-None-Match": '"other-gzip"'}).status == 200
    for refused in ("gzip;q=0", "identity", "br"):
        assert "Content-Encoding" not in caller.get(path, **{"Accept-Encoding": refused}).headers
    short = caller.get("regions/?level=province", **{"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in short.headers
    # A browser brings its cookies along whoever asks: nothing is packed for it.
    browser = Client()
    browser.force_login(User.objects.get(username="operator"))
    answer = browser.get(f"/api/v1/{path}", headers={"Accept-Encoding": "gzip"})
    assert (answer.status_code, answer.has_header("Content-Encoding")) == (200, False)


SHARED = ("coverage/?region=13", "metadata/", "releases/", "structures/")


def test_published_figures_may_be_shown_by_pages_of_others(made: World) -> None:
    asks = {
        "Origin": "https://contoh.id",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    for path in SHARED:
        before = made["anonymous"]._send("OPTIONS", path, None, asks)
        assert (before.status, before.content) == (204, b"")
        assert before.headers["Access-Control-Allow-Origin"] == "*"
        assert "Authorization" in before.headers["Access-Control-Allow-Headers"]
        public = made["public_client"].get(path, Origin="https://contoh.id")
        assert public.headers["Access-Control-Allow-Origin"] == "*"
        assert public.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        tag = {"If-None-Match": public.headers["ETag"], "Origin": "https://contoh.id"}
        same = made["public_client"].get(path, **tag)
        assert (same.status, same.content) == (304, b"") or path.startswith("coverage"), path
        for name, value in public.headers.items():
            if name.startswith(("Access-Control-", "Cross-Origin-R", "X-RateLimit-Limit")):
                assert same.headers[name] == value, (path, name)
        assert int(same.headers["X-RateLimit-Remaining"]) < int(same.headers["X-RateLimit-Limit"])
        for answer in (before, public, same):
            assert "Access-Control-Allow-Credentials" not in answer.headers
        for _again in range(2):
            staff = made["province_officer"].get(path, Origin="https://contoh.id")
            assert "Access-Control-Allow-Origin" not in staff.headers
    for path in ("events/", "residents/", "coverage/13/series/", "webhooks/"):
        before = made["anonymous"]._send("OPTIONS", path, None, asks)
        assert (before.status, "Access-Control-Allow-Origin" in before.headers) == (401, False)


def test_a_month_is_its_last_day_and_comes_back_as_sent(made: World) -> None:
    make_basis()
    first = today().replace(day=1) - timedelta(days=1)
    month, caller = f"{first:%Y%m}", made["nation_viewer"]
    last = date(first.year, first.month, monthrange(first.year, first.month)[1])

    def values(period: str) -> dict[str, Any]:
        answer = caller.get(f"dataValueSets/?orgUnit=13&period={period}").json
        assert {answer["period"], *(row["period"] for row in answer["dataValues"])} == {period}
        return {row["dataElement"]: row["value"] for row in answer["dataValues"]}

    assert values(month) == values(f"{last:%Y%m%d}")
    # This month's last day has not come yet, unless it is today.
    later = caller.get(f"dataValueSets/?orgUnit=13&period={today() + timedelta(days=40):%Y%m}")
    assert (later.status, later.json["errors"][0]["pointer"]) == (422, "/period")
    for wrong in "2024-11-15 20241 2024111 20241301 20240230 2024 202413 2024Q1 %D9%A2024".split():
        refused = caller.get(f"dataValueSets/?orgUnit=13&period={wrong}")
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/period"), wrong


def test_lists_of_bookings_have_their_places(made: World) -> None:
    """What a list leaves out, a typed client stumbles over; the document is compared by the way."""
    caller = made["operator"]
    event = caller.post(
        "events/",
        {
            "title": "Uji",
            "kind": "counter",
            "office": "13.75",
            "village": VILLAGES["13.75"],
            "place": "Loket",
            "starts_on": str(today() + timedelta(days=2)),
            "ends_on": str(today() + timedelta(days=2)),
            "services": ["recording", "ikd_activation"],
        },
    ).json
    assert event["neutrality_signed_at"] is None
    made["head"].post(f"events/{event['id']}/approve/", {"neutrality_signed": True})
    day = today() + timedelta(days=2)
    session = caller.post(
        "sessions/",
        {
            "event": event["id"],
            "starts_at": f"{day}T08:00:00+07:00",
            "ends_at": f"{day}T12:00:00+07:00",
            "capacity": {"recording": 3, "ikd_activation": 3},
        },
    ).json
    person = caller.post("residents/", resident_body()).json
    visit = caller.post(
        "appointments/",
        {
            "session": session["id"],
            "resident": person["id"],
            "services": ["recording", "ikd_activation"],
        },
    ).json
    [listed] = caller.get(f"appointments/?session={session['id']}").json["results"]
    assert listed == caller.get(f"appointments/{visit['id']}/").json
    assert listed["places"] == visit["places"] == {"recording": 1, "ikd_activation": 1}
