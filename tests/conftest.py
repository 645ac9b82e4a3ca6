from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase

from dukcapil.core.redis import client
from tests import engines, world
from tests.world import Caller, World


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
def _empty_redis() -> None:
    client().flushdb()


@pytest.fixture
def made(db: Any) -> World:
    """The standing cast, in a transaction that is rolled back."""
    return world.make_world()


@pytest.fixture
def kept(transactional_db: Any) -> World:
    """The standing cast, committed: for threads, processes and real rollbacks."""
    return world.make_world()


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
