"""The main job, whole, through HTTP alone, with the real worker."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command

from dukcapil.core.command import use_role
from dukcapil.core.ids import uuid7
from tests.forked import a_worker
from tests.world import World, at, make_basis, today

VILLAGE = "13.75.01.1001"


class Api:
    def __init__(self, url: str, token: str | None) -> None:
        self.url, self.token = f"{url}/api/v1/", token

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        request = urllib.request.Request(
            path if path.startswith("http") else self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Token {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def ok(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        code, content = self(method, path, body)
        assert code == status, content
        return json.loads(content)


@pytest.fixture
def worker(kept: World) -> Iterator[World]:
    process = a_worker("--pool=solo")
    yield kept
    process.kill()


def person(number: int) -> dict[str, Any]:
    born = today() - timedelta(days=6400)  # seventeen and a half
    return {
        "nik": f"990101{born:%d%m%y}{number:04}",
        "name": f"Pemilih Pemula {number}",
        "birth_date": str(born),
        "sex": "M",
        "village": VILLAGE,
        "address": "Jalan Contoh",
    }


def wait_for_revision(api: Api, url: str) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        answer = api.ok("GET", url)
        if answer["status"] == "done":
            return answer["results"][-1]
        time.sleep(0.2)
    pytest.fail("the worker made no revision within 30 seconds")


def test_the_whole_job(worker: World, live_server: Any) -> None:
    make_basis()
    operator, head, province = (
        Api(live_server.url, worker[name].token)
        for name in ("operator", "head", "province_officer")
    )
    day = today()

    def coverage() -> dict[str, Any]:
        return province.ok("GET", "coverage/?region=13&level=province")["results"][0]

    # An event, approved by the head; the operator may not.
    event = operator.ok(
        "POST",
        "events/",
        {
            "title": "Gebyar Pelayanan Dukcapil Prima",
            "kind": "gebyar",
            "office": "13.75",
            "village": VILLAGE,
            "place": "Balai kota",
            "starts_on": str(day),
            "ends_on": str(day + timedelta(days=1)),
            "services": ["recording", "ikd_activation"],
        },
        201,
    )
    assert event["state"] == "draft"
    approval = f"events/{event['id']}/approve/"
    operator.ok("POST", approval, {"neutrality_signed": True}, 403)
    head.ok("POST", approval, {"neutrality_signed": False}, 422)
    assert head.ok("POST", approval, {"neutrality_signed": True})["state"] == "approved"

    # A session of two places, three people.
    session = operator.ok(
        "POST",
        "sessions/",
        {
            "event": event["id"],
            "starts_at": at(0, 1).isoformat(),
            "ends_at": at(23, 59).isoformat(),
            "capacity": {"recording": 2},
        },
        201,
    )
    assert session["free"] == {"recording": 2}
    people = [operator.ok("POST", "residents/", person(n), 201) for n in (1, 2, 3)]
    assert (people[0]["category"], people[0]["warnings"]) == ("pemula", [])
    bookings = [
        {"session": session["id"], "resident": one["id"], "services": ["recording"]}
        for one in people
    ]
    first = operator.ok("POST", "appointments/", bookings[0], 201)
    operator.ok("POST", "appointments/", bookings[1], 201)
    assert (first["state"], first["places"]) == ("booked", {"recording": 1})
    full = operator.ok("POST", "appointments/", bookings[2], 409)
    assert full["type"].endswith("/session-full")
    assert operator.ok("GET", f"sessions/{session['id']}/")["free"] == {"recording": 0}
    assert operator.ok("POST", f"appointments/{first['id']}/check-in/", {})["state"] == "checked_in"

    # Recording by ticket; its replay; another body under the same id; IKD.
    before = coverage()
    record = {
        "id": str(uuid7()),
        "service": "recording",
        "outcome": "done",
        "ticket": first["ticket"],
        "occurred_at": at(0, 2).isoformat(),
    }
    code, created = operator("POST", "service-records/", record)
    assert code == 201
    assert operator("POST", "service-records/", record) == (200, created)
    differs = operator.ok("POST", "service-records/", {**record, "note": "lain"}, 409)
    assert differs["type"].endswith("/record-differs")
    row = json.loads(created)
    assert (row["service_date"], row["office"], row["seq"]) == (str(day), "13.75", 1)
    assert operator.ok("GET", f"appointments/{first['id']}/")["state"] == "served"
    ikd = {**record, "id": str(uuid7()), "service": "ikd_activation"}
    operator.ok("POST", "service-records/", ikd, 201)

    # The province's coverage is one higher at once.
    after = coverage()
    assert after["recorded"] == before["recorded"] + 1
    assert (after["recorded_today"], after["recorded_today_pemula"], after["ikd_today"]) == (
        1,
        1,
        1,
    )
    assert after["revision"] is None

    # A numbered revision from the real worker.
    ask = {"date": str(day), "region": "13.75"}
    status_url = live_server.url + head.ok("POST", "daily-reports/", ask, 202)["status"]
    revision = wait_for_revision(head, status_url)
    assert (revision["revision"], revision["recorded"], revision["ikd_activated"]) == (1, 1, 1)
    built = coverage()
    assert (built["revision"], built["recorded"]) == (1, after["recorded"])

    # Void, and coverage is back; the second void changes nothing.
    void = f"service-records/{row['id']}/void/"
    operator.ok("POST", void, {"reason": "Salah orang"}, 201)
    operator.ok("POST", void, {"reason": "Salah orang"}, 200)
    assert coverage()["recorded"] == before["recorded"]
    head.ok("POST", "daily-reports/", ask, 202)
    second = wait_for_revision(head, status_url)
    assert (second["revision"], second["reason"], second["recorded"]) == (2, "void", 0)

    # The chain, and every other rule, verified.
    use_role("owner")
    try:
        call_command("verify_invariants")
    finally:
        use_role("web")
