"""Nothing leaks sideways: logs, Redis, jobs, mail, the collector of errors, headers, addresses."""

from __future__ import annotations

import base64
import copy
import importlib
import inspect
import json
import logging
import os
import sys
import tempfile
from datetime import date
from functools import partial
from typing import Any

import pytest
import sentry_sdk
from django.conf import settings as live
from django.core.management import call_command
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from pytest_django import DjangoDbBlocker
from sentry_sdk.transport import Transport

from dukcapil import celery
from dukcapil.core import logs, sentry
from dukcapil.core.redis import client as redis
from registrations.views import resident_list
from tests import canaries
from tests.forked import in_a_child
from tests.walls import headers
from tests.world import World, looks, make_resident

NUMBER = "9901011705900777"
FORMS = {
    "plain": NUMBER,
    "spaced": "9901 0117 0590 0777",
    "dotted": "99.01.01.170590.0777",
    "url": "q=9901%200117%200590%200777",
    "name": "siti contoh, CONTOH   warga",
    "url name": "/x?q=contoh+warga",
    "base64": base64.b64encode(f'{{"nik": "{NUMBER}"}}'.encode()).decode(),
    "base64 name": base64.urlsafe_b64encode(b"nama: Contoh Warga, alamat").decode(),
}


@pytest.mark.parametrize("form", sorted(FORMS))
def test_the_scan_finds_every_form(form: str) -> None:
    """The control of the scan after the suite, in a file and in Redis."""
    assert canaries.found_in(f"2026-11-22 INFO {FORMS[form]} selesai".encode())
    redis().set(f"kunci:{form}", FORMS[form])
    redis().rpush("antrean", FORMS[form])
    assert len(canaries.found_in_redis(redis())) >= 2
    redis().flushdb()


@pytest.mark.parametrize(
    "text",
    [
        *("9902011705900777", "99010117059007771", "Contohkan warganya", ""),
        "/penduduk/01939123-1234-7123-9901-171307298965/",  # an id of ours, seen once in a log
    ],
)
def test_the_scan_cries_for_nothing_else(text: str) -> None:
    assert canaries.found_in(text.encode()) == []


# --- logs -----------------------------------------------------------------------------------------


def written(message: str, error: BaseException | None = None) -> str:
    trace = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("x", logging.ERROR, "", 0, message, None, trace)
    return logs.formatter().format(record)


@pytest.mark.parametrize("form", ["plain", "spaced", "dotted", "url"])
def test_a_number_that_somebody_logs_is_taken_out(form: str) -> None:
    assert canaries.found_in(written(f"gagal untuk {FORMS[form]}").encode()) == []
    with pytest.raises(ValueError, match=r"\d") as raised:
        raise ValueError(FORMS[form])
    assert canaries.found_in(written("gagal", raised.value).encode()) == []


def test_without_the_scrubber_it_would_stand_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    monkeypatch.setattr(logs, "without_numbers", lambda text: text)
    assert canaries.found_in(written(f"gagal untuk {NUMBER}").encode())


@pytest.mark.parametrize(
    "text",
    [
        *(f"warga{NUMBER}", f"nik-{NUMBER}", f"{NUMBER}dan", f"{NUMBER}3204120101900001"),
        *("9901/0117/0590/0777", "9901 - 0117 - 0590 - 0777", f"/x/{NUMBER}-x/"),
    ],
)
def test_no_neighbour_hides_a_number(text: str) -> None:
    cleaned = logs.without_numbers(text)
    assert "0117" not in cleaned
    assert "[number]" in cleaned


def test_a_job_that_fails_says_what_kind_of_error_and_not_whom() -> None:
    """Celery writes the error's own words into its message."""
    try:
        int("Contoh Warga, Jalan Contoh 7")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    message = "Task %(name)s[%(id)s] %(description)s: %(exc)s"
    words = {"name": "registrations.x", "id": "7", "description": "raised", "exc": repr(info[1])}
    record = logging.LogRecord("celery.app.trace", logging.ERROR, "", 0, message, (words,), info)
    record.data = words  # type: ignore[attr-defined]
    line = logs.formatter().format(record)
    assert canaries.found_in(line.encode()) == []
    assert "registrations.x" in line
    assert "ValueError" in line


def test_ids_stay_whole() -> None:
    one = "01939123-1234-7123-8123-123456789012"
    assert logs.without_numbers(f"/penduduk/{one}/") == f"/penduduk/{one}/"


def test_a_number_in_an_address_stays_out_of_the_access_log(made: World) -> None:
    client = Client()
    client.force_login(made["operator"].user)  # type: ignore[arg-type]
    assert client.get(f"/penduduk/{NUMBER}/").status_code == 404
    assert [row.subject for row in looks(action="refused")] == ["/penduduk/[number]/"]


def test_postgresql_writes_no_refused_row(kept: World) -> None:
    """Whatever its own settings say: the roles carry theirs."""
    log = live.VAR_DIR / "log" / "postgres.log"
    before = log.stat().st_size
    with pytest.raises(Exception, match="birth-date"), transaction.atomic():
        make_resident(kept, name="Contoh Warga", birth_date=date(1800, 1, 2))
    with pytest.raises(Exception, match="invalid input"), transaction.atomic():
        connection.cursor().execute("SELECT %s::integer", [f"Contoh Warga {NUMBER}"])
    added = log.read_bytes()[before:]
    assert canaries.found_in(added) == []
    with connection.cursor() as cursor:
        for name, wanted in (
            ("log_error_verbosity", "terse"),
            ("log_min_error_statement", "panic"),
        ):
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone()[0] == wanted


# --- errors to a collector ------------------------------------------------------------------------


class Kept(Transport):
    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.sent: list[str] = []

    def capture_envelope(self, envelope: Any) -> None:
        self.sent += [json.dumps(item.payload.json, default=str) for item in envelope.items]


@pytest.fixture
def collector() -> Any:
    transport = Kept()
    sentry.start("http://kunci@127.0.0.1/1", transport)
    yield transport
    off()


def off() -> None:
    """`init()` would be no end of it: a client without an address watches every later request and query."""
    sentry_sdk.get_global_scope().set_client(None)


def crash(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        nama = "Contoh Warga"
        raise RuntimeError(f"{nama} {NUMBER}")

    monkeypatch.setattr(resident_list, "search_and_log", broken)
    client = Client(raise_request_exception=False)
    client.force_login(made["operator"].user)  # type: ignore[arg-type]
    answer = client.post(
        f"/penduduk/?q={NUMBER}", {"q": NUMBER}, headers={"X-Orang": "Contoh Warga"}
    )
    assert answer.status_code == 500
    assert canaries.found_in(answer.content) == []


def test_an_error_goes_to_the_collector_without_the_person(
    made: World, collector: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash(made, monkeypatch)
    assert len(collector.sent) == 1
    event = json.loads(collector.sent[0])
    assert event["exception"]["values"][0]["type"] == "RuntimeError"
    assert event["transaction"] == "/penduduk/"
    assert set(event) <= sentry.PARTS_SENT
    assert canaries.found_in(collector.sent[0].encode()) == []


def test_without_the_scrubber_the_collector_would_get_the_person(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(sentry, "without_people", lambda event, hint: event)
    transport = Kept()
    sentry.start("http://kunci@127.0.0.1/1", transport)
    crash(made, monkeypatch)
    off()
    assert canaries.found_in("".join(transport.sent).encode())


# --- jobs, mail, Redis ----------------------------------------------------------------------------


def test_jobs_carry_dates_codes_and_ids_only() -> None:
    celery.app.loader.import_default_modules()  # as a worker does; a page alone loads some of them
    ours = {name: job for name, job in celery.app.tasks.items() if not name.startswith("celery.")}
    carried = {
        parameter for job in ours.values() for parameter in inspect.signature(job.run).parameters
    }
    assert len(ours) >= 7
    ids = {"export_id", "file_id", "import_id", "list_id", "plan_id"}
    assert carried == {"province", "provinces", "regencies", "office", "day"} | ids
    assert not any(
        entry.get("args") or entry.get("kwargs") for entry in celery.app.conf.beat_schedule.values()
    )


# --- headers and addresses ------------------------------------------------------------------------


def test_an_answer_that_lacks_a_header_or_names_people_in_an_address_is_found() -> None:
    """The control of what the walks of `test_matrix.py` look for in every answer to GET."""
    whole = HttpResponse(
        headers={
            **headers.WANTED,
            "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
            "Cache-Control": "no-store",
        }
    )
    assert list(headers.faults("today", "head", whole)) == []
    for lacking in (*headers.WANTED, "Content-Security-Policy", "Cache-Control"):
        one = copy.deepcopy(whole)
        del one.headers[lacking]
        assert [fault.partition(":")[0] for fault in headers.faults("today", "head", one)] == [
            "policy" if lacking == "Content-Security-Policy" else lacking
        ]
    for name, value in (
        ("Content-Security-Policy", "default-src 'self' 'unsafe-inline'; frame-ancestors 'none'"),
        ("Cache-Control", "private"),
        ("Access-Control-Allow-Origin", "*"),
    ):
        other = copy.deepcopy(whole)
        other.headers[name] = value
        assert list(headers.faults("today", "head", other)), name
    for who, status, found in (("head", 200, 1), ("head", 401, 0), ("public_client", 200, 0)):
        shared = copy.deepcopy(whole)
        shared.status_code = status
        shared.headers["Access-Control-Allow-Origin"] = "*"
        shared.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        assert len(list(headers.faults("api:coverage", who, shared))) == found
    form = '<form method="{}"><input name="q"><input name="village"></form>'
    assert headers.names_in_addresses("today", form.format("get")) == {"q"}
    assert headers.names_in_addresses("events", form.format("get")) == set()
    assert headers.names_in_addresses("today", form.format("post")) == set()


#: Those of this run's engines stay.
_ENGINES = {"DATABASES", "CACHES", "REDIS_URL", "REDIS_URLS", "CELERY_BROKER_URL"}


def test_with_https_the_checks_are_clean_cookies_bound_to_the_host_and_browsers_told_to_stay(
    django_db_blocker: DjangoDbBlocker,
) -> None:
    """As a real server runs: HTTPS on, behind a proxy, as `web`, nothing silenced."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        with django_db_blocker.unblock():
            status = in_a_child(partial(_with_https, output.fileno(), errors.fileno()))
        for file in (output, errors):
            file.seek(0)
        said, warned = output.read().decode(), errors.read().decode()
    assert (status, warned.partition("asked\n")[0]) == (0, ""), warned
    assert "no issues (0 silenced)" in said
    assert "max-age=31536000; includeSubDomains; preload" in said
    assert "__Host-csrf=" in said
    for line in said.splitlines():
        if line.startswith("Set-Cookie"):
            assert "Secure" in line
            assert "Path=/" in line
            assert "Domain" not in line
    assert said.rstrip().endswith("301")


def _with_https(output: int, errors: int) -> None:
    """The settings are read anew, as a server's, with nothing of what the suite changes."""
    for number, file in ((1, output), (2, errors)):
        os.dup2(file, number)
    sys.stdout, sys.stderr = os.fdopen(1, "w", buffering=1), os.fdopen(2, "w", buffering=1)
    os.environ |= {"DUKCAPIL_HTTPS": "yes", "DUKCAPIL_PROXIES": "1", "DUKCAPIL_DB_ROLE": "web"}
    fresh = importlib.reload(importlib.import_module("dukcapil.settings"))
    changed = {
        name: value
        for name, value in vars(fresh).items()
        if name.isupper() and name not in _ENGINES and value != getattr(live, name)
    }
    with override_settings(**changed):
        call_command("check", deploy=True, databases=["default"], fail_level="WARNING")
        print("asked", file=sys.stderr)
        client = Client(headers={"host": "localhost"})
        answer = client.get("/akun/masuk/", secure=True)
        print(answer.headers["Strict-Transport-Security"])
        print("\n".join(str(cookie) for cookie in answer.cookies.values()))
        print(Client(headers={"host": "localhost"}).get("/akun/masuk/").status_code)


def test_unknown_hosts_and_debug_pages_are_refused() -> None:
    assert live.DEBUG is False
    request = RequestFactory().get("/", headers={"host": "jahat.example"})
    with pytest.raises(Exception, match="Invalid HTTP_HOST"):
        request.get_host()
