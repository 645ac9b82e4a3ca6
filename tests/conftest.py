from __future__ import annotations

import gc
import logging
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connections
from django.test import Client, TransactionTestCase
from django.utils import translation

from dukcapil.accounts.models import User
from dukcapil.core.logs import formatter
from dukcapil.core.roomy import with_room
from tests import contexts, engines, logins, one_chain, roles, standing
from tests.both_ways import is_run_both_ways
from tests.world import Caller, World

#: Begun first, so that no worker is still at one of them when the other has nothing left.
_LONG = (
    *("test_gebyar", "test_serve", "test_fuzz", "test_pages", "test_matrix", "test_revisions"),
    *(
        "test_plans",
        "test_planner_jobs",
        "test_grants",
        "test_papers_drilled",
        "test_batch_drilled",
        "test_cards",
        "test_loop",
        "test_mended",
        "test_after_the_recording",
        "test_moved_up",
        "test_slow",
        "test_strangers",
        "test_migrations",
        "test_tangsel",
        "test_documents",
        "test_documents_everywhere",
        "test_build",
        "test_mass_assignment",
        "test_whole_forms",
        "test_seals",
        "test_leaks",
        "test_chain",
        "test_races",
        "test_access",
    ),
)


# How long making up examples takes says how busy the machine is: no reason for a test to fail.
hypothesis.settings.register_profile(
    "suite", suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("suite")

#: What a password costs is for who guesses it; here hundreds are set and read. Only this process is
#: spared: servers and workers that tests start hash as ever.
Argon2PasswordHasher.time_cost = Argon2PasswordHasher.parallelism = 1
Argon2PasswordHasher.memory_cost = 8
logins.shorten()
one_chain.share()


def pytest_collectstart(collector: pytest.Collector) -> None:
    if isinstance(collector, pytest.Module) and is_run_both_ways(collector.path):
        collector.add_marker(pytest.mark.usefixtures("both_roads"))


def pytest_collection(session: pytest.Session) -> None:
    engines.begins(session.config.getoption("randomly_seed", default=0))


def pytest_itemcollected(item: pytest.Item) -> None:
    """What a file builds for itself one worker builds, not each; but stories take longer than their worlds."""
    if not isinstance(item, pytest.Function) or item.path.parent.name == "story":
        return
    own = standing.own_world(item.fixturenames, item.module)
    if own and not item.get_closest_marker("xdist_group"):
        item.add_marker(pytest.mark.xdist_group(f"{item.path.stem} {standing.name_of(own)}"))


def pytest_collection_finish() -> None:
    """Two thousand tests and all modules stay: the collector need not look through them each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> object:
    """As pytest itself does it, with room for frames. A plugin that runs a test its own way would not be asked."""
    runner: Any = item.config.pluginmanager.get_plugin("runner")
    return with_room(runner.pytest_runtest_protocol, item, nextitem)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Random as they come, but the long ones first, and then those together that begin with the same world: for
    another one the database is copied, and PostgreSQL plans all anew. Browsers and servers get more time.
    """
    places = {name: place for place, name in enumerate(_LONG)}
    items.sort(key=lambda item: (places.get(item.path.stem, len(_LONG)), _begins_with(item)))
    if not engines.LONG:
        items[:] = [item for item in items if not item.get_closest_marker("long")]
    for item in items:
        if item.path.parent.name == "story" and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(300))


def _begins_with(item: pytest.Item) -> str:
    assert isinstance(item, pytest.Function)
    return standing.begins_with(item.fixturenames, item.module)


@pytest.fixture(scope="session", autouse=True)
def _log_of_the_suite() -> Iterator[None]:
    """What the application logs while it is tested, as it would write it; looked through at the end.

    Instead of the terminal: pytest shows by itself what a test that failed had logged.
    """
    path = Path(settings.VAR_DIR) / "log" / f"suite-{engines.worker_name()}.log"
    handler = logging.FileHandler(path)
    handler.setFormatter(formatter())
    root = logging.getLogger()
    terminal = [one for one in root.handlers if type(one) is logging.StreamHandler]
    root.handlers = [*(one for one in root.handlers if one not in terminal), handler]
    yield
    root.handlers = [*(one for one in root.handlers if one is not handler), *terminal]
    handler.close()


@pytest.fixture(scope="session")
def _databases() -> Iterator[None]:
    name = engines.database_name()
    where = {"NAME": name, "HOST": engines.near() or settings.DATABASES["default"]["HOST"]}
    settings.DATABASES["default"].update(where)
    connections["default"].settings_dict.update(where)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: standing.touched())
        # They may stay for the next test (`staying.py`).
        patch.setattr(TransactionTestCase, "_should_reload_connections", lambda _case: False)
        yield
    standing.remove()


@pytest.fixture
def django_db_setup(request: Any, _databases: None, django_db_blocker: Any) -> None:
    """Before every test with a database: a copy of what the test begins with."""
    with django_db_blocker.unblock():
        # A command that a test before called may have left another role.
        if connections["default"].settings_dict["USER"] != "web":
            roles.go_on_as("web")
        standing.prepare(standing.begins_with(request.fixturenames, request.module))


@pytest.fixture
def by_address(kept: World) -> Iterator[None]:
    """The connection of the test is one as servers have it: how a socket says that the other side is gone differs."""
    mine = connections["default"]
    near = mine.settings_dict["HOST"]
    mine.close()
    login = settings.ENV.db_url_config(engines.database_url("web"))
    mine.settings_dict["HOST"] = login["HOST"]
    yield
    mine.close()
    mine.settings_dict["HOST"] = near


@pytest.fixture(autouse=True)
def _empty_redis() -> Iterator[None]:
    """Every test begins with an empty Redis, and leaves nobody in it."""
    standing.empty_redis()
    yield
    found = standing.emptied_redis()
    assert not found, found


class _Faults(logging.Handler):
    """Traces of what a road failed at. The long way answers then, so that nobody would see it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.traces: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        said: Any = record.msg
        if isinstance(said, dict) and said.get("event") == "road_failed":
            self.traces.append(traceback.format_exc())


_faults = _Faults()
logging.getLogger("dukcapil.core.road").addHandler(_faults)


@pytest.fixture(autouse=True)
def no_faults() -> Iterator[Callable[[], None]]:
    """No request of any test is one that a road failed at; a test of many requests asks after each."""

    def ask() -> None:
        traces, _faults.traces = _faults.traces, []
        assert not traces, "\n".join(traces)

    ask()
    yield ask
    ask()


@pytest.fixture(autouse=True)
def _indonesian() -> None:
    """A page in English that a test before looked at does not say in which language this one reads."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _contexts(request: pytest.FixtureRequest) -> None:
    contexts.keep(request)


@pytest.fixture
def made(db: Any) -> World:
    """The standing cast, in a transaction that is rolled back."""
    return standing.cast()


@pytest.fixture
def kept(transactional_db: Any) -> World:
    """The standing cast, for commits: threads, processes and real rollbacks."""
    return standing.cast()


@pytest.fixture(params=[True, False], ids=["road", "long way"])
def both_roads(request: pytest.FixtureRequest, settings: Any) -> None:
    """The same test with plain requests answered on the short road, and without it (docs/adr/0078)."""
    settings.SHORT_ROAD = request.param


@pytest.fixture
def browser(made: World) -> Callable[[str], Client]:
    """A client in which somebody of the cast is logged in."""

    def of(name: str) -> Client:
        user = User.objects.get(username=name)
        client = Client()
        client.force_login(user)
        return client

    return of


def _member(name: str) -> Any:
    @pytest.fixture(name=name)
    def fixture(made: World) -> Caller:
        return made[name]

    return fixture


operator = _member("operator")
head = _member("head")
neighbour = _member("neighbour")
province_officer = _member("province_officer")
other_province_officer = _member("other_province_officer")
nation_viewer = _member("nation_viewer")
village_verifier = _member("village_verifier")
api_client = _member("api_client")
former_operator = _member("former_operator")
anonymous = _member("anonymous")
