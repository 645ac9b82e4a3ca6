"""What is kept, for how long, and what costs strangers nothing."""

from __future__ import annotations

import json
import logging
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import redis
from django.conf import settings
from django.core.cache import cache, caches
from django.http import HttpResponse
from django.test import Client, override_settings

from dukcapil import celery, embedded, engine_settings, processes
from dukcapil.core import schema, views, work
from dukcapil.core.logs import formatter
from dukcapil.core.middleware import RefusedMiddleware
from dukcapil.core.redis import client
from dukcapil.core.sessions import SessionStore
from dukcapil.front import REFUSED
from dukcapil.processes import stop
from reports import exports
from tests.world import World, make_basis, today

PATH = "coverage/?region=13&level=regency"


def test_jobs_cache_and_sessions_lie_in_databases_of_their_own(made: World) -> None:
    numbers = {
        use: client(use).connection_pool.connection_kwargs["db"]
        for use in engine_settings.REDIS_USES
    }
    assert len(set(numbers.values())) == 3
    assert settings.CELERY_BROKER_URL.endswith(f"/{numbers['broker']}")
    cache.set("jawaban", 1)
    session = SessionStore()
    session["_auth_user_id"] = "1"
    session.save()
    assert [len(client(use).keys()) for use in ("cache", "sessions", "broker")] == [1, 1, 0]
    client("cache").flushdb()
    assert SessionStore(session.session_key)["_auth_user_id"] == "1"


def test_what_has_no_end_is_never_evicted() -> None:
    """The broker's keys have none; each of ours has one, so it goes first."""
    memory = client().info("memory")
    assert memory["maxmemory_policy"] == "volatile-lru"
    assert memory["maxmemory"] == 256 * 1024 * 1024


def test_a_full_cache_leaves_the_jobs(tmp_path: Path) -> None:
    """On a server of its own: a server has one memory, and the other half of the suite counts in it."""
    engines = embedded.Engines(tmp_path)
    port = embedded.free_port()
    engines._start_redis(port)
    password = embedded.secret(tmp_path, "redis")
    broker, kept = (redis.Redis(port=port, db=number, password=password) for number in (0, 1))
    try:
        broker.lpush("dukcapil", "pekerjaan")
        broker.config_set("maxmemory", broker.info("memory")["used_memory"] + 2_000_000)
        for number in range(200):
            kept.set(f"jawaban:{number}", b"x" * 50_000, ex=3600)
        assert 0 < kept.dbsize() < 200
        assert broker.lrange("dukcapil", 0, -1) == [b"pekerjaan"]
    finally:
        for one in (broker, kept):
            one.close()
        stop(engines.redis, signal.SIGTERM)


def test_redis_holds_json_and_no_code(made: World) -> None:
    browser = Client()
    browser.force_login(made["operator"].user)
    browser.get("/cakupan/")
    make_basis()
    assert made["province_officer"].get(PATH).status == 200
    cache.set("nilai", {"rows": [{"region_code": "13", "n": 1.5}], "day": today()})
    for use in ("cache", "sessions"):
        for key in client(use).scan_iter():
            if client(use).type(key) == b"string" and not key.startswith(b"coverage:"):
                orjson.loads(client(use).get(key))
    assert cache.get("nilai")["day"] == str(today())
    # Bytes that would run something when unpickled are refused as what they are: no JSON.
    client("sessions").set(caches["sessions"].make_key("jahat"), b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(orjson.JSONDecodeError):
        caches["sessions"].get("jahat")
    assert celery.app.conf.accept_content == celery.app.conf.result_accept_content == ["json"]


def test_old_days_and_large_answers_take_nobodys_place(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_basis()
    officer = made["province_officer"]

    def kept() -> int:
        return len(client().keys("coverage:*"))

    officer.get(f"{PATH}&date={today() - exports.RECENT - timedelta(days=1)}")
    assert kept() == 0
    officer.get(f"{PATH}&date={today() - timedelta(days=30)}")
    assert kept() == 1
    monkeypatch.setattr(exports, "LARGEST_KEPT", 10)
    officer.get(PATH)
    assert kept() == 1


def test_pages_remember_few_answers_each_in_its_process(made: World) -> None:
    for number in range(exports.REMEMBERED + 10):
        exports.remembered({"page": number}, object)
    assert len(exports._remembered) == exports.REMEMBERED
    made_once = exports.remembered({"page": "x"}, object)
    assert exports.remembered({"page": "x"}, object) is made_once
    old = {"day": today() - timedelta(days=5000)}
    assert exports.remembered(old, object) is not exports.remembered(old, object)


def test_files_of_one_person_do_not_fill_the_queue(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "MOST_WAITING", 2)
    make_basis()
    body = {"kind": "pdf", "region": "13", "level": "regency"}
    officer = made["province_officer"]
    assert [officer.post("files/", body).status for _n in range(3)] == [202, 202, 409]
    refused = officer.post("files/", body).json
    assert refused["type"] == "/problems/too-many-waiting"
    assert "2" in refused["title"]
    # Somebody else's are their own.
    assert made["nation_viewer"].post("files/", body).status == 202


def test_one_address_says_whom_its_answer_depends_on(made: World) -> None:
    make_basis()
    for answer in (made["province_officer"].get(PATH), made["province_officer"].get(PATH)):
        assert {"Accept", "Authorization"} <= set(answer.headers["Vary"].split(", "))
    assert "Authorization" in Client().get("/api/v1/schema/").headers["Vary"]


def logged(record: logging.LogRecord) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(formatter().format(record))
    return line


def test_log_lines_carry_the_route_and_no_key(
    made: World, caplog: pytest.LogCaptureFixture
) -> None:
    key = "RahasiaKunciKalender0123456789"
    with caplog.at_level(logging.INFO):
        Client().get(f"/kalender/{key}.ics")
        Client().get(f"/api/v1/tidak-ada/{key}/")
        made["operator"].get(f"files/01890000-0000-7000-8000-000000000001/?{key}")
        Client().post(f"/akun/masuk/{key}/", {"a": "b"})
    lines = [logged(record) for record in caplog.records]
    assert key not in json.dumps(lines)
    assert "01890000" not in json.dumps(lines)
    requests = [line.get("request", "") for line in lines]
    assert "GET /api/v1/files/<uuid:file_id>/" in requests
    assert any(line["event"].startswith("Not Found: ") for line in lines)


def test_a_log_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "web.log"
    path.touch(0o644)
    processes.open_log(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_list_of_static_names_is_not_served(tmp_path: Path) -> None:
    from dukcapil.core.static import HashedStorage  # noqa: PLC0415 - with the setting below

    with override_settings(STATIC_ROOT=str(tmp_path / "static")):
        storage = HashedStorage()
        storage.save_manifest()
    assert (tmp_path / "static-names" / "staticfiles.json").exists()
    assert not (tmp_path / "static" / "staticfiles.json").exists()


def test_the_schema_is_made_once(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Client().get("/api/v1/schema/")
    monkeypatch.setattr(schema.Schema, "generator_class", None)
    again = Client().get("/api/v1/schema/")
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["Content-Type"] == "application/vnd.oai.openapi; charset=utf-8"


def test_readiness_is_asked_for_once_however_many_ask(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def probe() -> dict[str, bool]:
        asked.append(1)
        return {"database": True}

    monkeypatch.setattr(views, "_checks", views.Remembered(probe, 60))
    assert [Client().get("/readyz").status_code for _n in range(5)] == [200] * 5
    assert asked == [1]


def test_what_the_front_refused_is_said_in_words(rf: Any) -> None:
    middleware = RefusedMiddleware(lambda _request: HttpResponse("diteruskan"))
    for status, words in ((408, "tidak tiba pada waktunya"), (413, "terlalu besar")):
        page = middleware(rf.post("/akun/masuk/", **{REFUSED: status}))
        assert (page.status_code, words in page.content.decode()) == (status, True)
        problem = middleware(rf.post("/api/v1/residents/", **{REFUSED: status}))
        assert json.loads(problem.content)["status"] == status
        assert problem.headers["Content-Type"] == "application/problem+json"
    unknown = middleware(rf.post("/residen/", **{REFUSED: 401}))
    assert (unknown.status_code, unknown.headers["Location"]) == (
        302,
        "/akun/masuk/?next=/residen/",
    )
    assert middleware(rf.get("/")).content == b"diteruskan"
