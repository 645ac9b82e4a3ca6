"""Every test begins with the same: what one leaves behind, no other one finds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from dukcapil.accounts.models import Posting, User
from dukcapil.accounts.scoping import scoped
from dukcapil.core.redis import client
from registrations.people.models import Resident
from tests import engines, standing
from tests.standing import built_once
from tests.world import CAST, World, make_resident, today

TWICE = pytest.mark.parametrize("time", ["first", "second"])


def nothing_but_the_cast() -> None:
    names = User.objects.order_by("username").values_list("username", flat=True)
    assert list(names) == sorted([*CAST, "former_operator"])
    with scoped("*"):
        assert Resident.objects.count() == 0


@TWICE
def test_what_was_committed_is_gone(kept: World, time: str) -> None:
    nothing_but_the_cast()
    make_resident(kept)
    User.objects.create_user("tamu", None, name="Tamu")
    with scoped("*"):
        assert Resident.objects.count() == 1


@TWICE
def test_what_was_rolled_back_is_gone(made: World, time: str) -> None:
    nothing_but_the_cast()
    make_resident(made)
    User.objects.create_user("tamu", None, name="Tamu")


@built_once
def peopled(kept: World) -> None:
    make_resident(kept)


@TWICE
def test_what_a_file_builds_once_is_as_it_was_built(peopled: World, time: str) -> None:
    with scoped("*"):
        assert Resident.objects.count() == 1
    make_resident(peopled)


@TWICE
def test_nobody_keeps_a_cookie_or_another_name(made: World, time: str) -> None:
    operator = made["operator"]
    assert operator.user is not None
    assert (operator.user.name, dict(operator.client.cookies)) == ("operator (test)", {})
    operator.user.name = "lain"
    operator.client.cookies["sesi"] = "lain"


def test_users_and_postings_share_no_number(made: World) -> None:
    """One taken for the other would otherwise work in every test."""
    users = set(User.objects.values_list("pk", flat=True))
    assert not users & set(Posting.objects.values_list("pk", flat=True))


@pytest.fixture
def apart(transactional_db: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Templates of other names: what other tests begin with need not be built again after this one."""
    template = standing._template
    monkeypatch.setattr(standing, "_templates", {})
    monkeypatch.setattr(
        standing,
        "_template",
        lambda kind: template(kind) if kind == standing.REGIONS else f"alone_{template(kind)}",
    )
    yield
    connections.close_all()
    for kind in (standing.CAST, standing.BOARD):
        engines.admin(f"DROP DATABASE IF EXISTS {standing._template(kind)} WITH (FORCE)")
    # The worker's database is a copy of one of them.
    standing._stands.update(now=None, changed=None)


def test_after_midnight_the_cast_is_of_the_new_day(
    apart: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing.prepare(standing.CAST)
    first = standing._templates[standing.CAST]
    assert first.day == today()
    standing.prepare(standing.CAST)
    assert standing._templates[standing.CAST] is first
    with monkeypatch.context() as tomorrow:
        tomorrow.setattr(standing, "today", lambda: today() + timedelta(days=1))
        standing.prepare(standing.CAST)
    assert standing._templates[standing.CAST] is not first
    standing.prepare(standing.CAST)
    nothing_but_the_cast()


def test_somebody_whom_the_building_leaves_in_redis_is_found(
    apart: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(made: World) -> Any:
        make_resident(made)
        client().set("lupa", "Contoh Warga")

    monkeypatch.setattr(standing, "_make_board", careless)
    with pytest.raises(AssertionError, match="Contoh Warga"):
        standing.prepare(standing.BOARD)
    assert standing.BOARD not in standing._templates
