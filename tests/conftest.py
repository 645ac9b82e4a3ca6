from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client, TransactionTestCase

from dukcapil.accounts.models import User
from dukcapil.core.logs import formatter
from dukcapil.core.redis import client
from tests import canaries, engines, world
from tests.world import Caller, World

#: Begun first, so that no worker is still at one of them when the other has nothing left.
_LONG = ("test_gebyar", "test_serve", "test_fuzz", "test_pages", "test_matrix", "test_revisions")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Random as they come, but the long ones first; browsers and servers get more time."""
    places = {name: place for place, name in enumerate(_LONG)}
    items.sort(key=lambda item: places.get(item.path.stem, len(_LONG)))
    for item in items:
        if item.path.parent.name == "story" and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session", autouse=True)
def _log_of_the_suite() -> Iterator[None]:
    """What the application logs while it is tested, as it would write it; looked through at the end."""
    path = Path(settings.VAR_DIR) / "log" / f"suite-{engines.worker_name()}.log"
    handler = logging.FileHandler(path)
    handler.setFormatter(formatter())
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    handler.close()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    engines.fresh_database()
    name = engines.database_name()
    settings.DATABASES["default"]["NAME"] = name
    connections["default"].settings_dict["NAME"] = name
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", _recreate)
        yield
    connections.close_all()
    engines.admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _recreate(case: TransactionTestCase) -> None:
    connections.close_all()
    engines.fresh_database()


@pytest.fixture(autouse=True)
def _empty_redis() -> Iterator[None]:
    """Every test begins with an empty Redis, and leaves nobody in it."""
    client().flushdb()
    yield
    found = canaries.found_in_redis(client())
    client().flushdb()
    assert not found, found


@pytest.fixture
def made(db: Any) -> World:
    """The standing cast, in a transaction that is rolled back."""
    return world.make_world()


@pytest.fixture
def kept(transactional_db: Any) -> World:
    """The standing cast, committed: for threads, processes and real rollbacks."""
    return world.make_world()


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
