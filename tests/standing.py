"""What takes long to build is built once by each worker, and every test begins with a copy of it.

The cast and the board are built through the public verbs as ever, in the worker's own database; that
database is then kept as a template. So is what a file of tests builds for itself, where it says so
(`built_once`). All count days from today: after midnight they are built anew.
"""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from django.conf import settings

from dukcapil import embedded
from dukcapil.core.redis import client
from reports.exports import forget_figures
from tests import canaries, engines, restoring, staying
from tests.walls.board import Board, backdated, make_board
from tests.world import Caller, World, make_world, today

#: What a test may begin with, each built on the one before; or on the cast, what a file builds itself.
REGIONS, CAST, BOARD = "regions", "cast", "board"


@dataclass
class Kept:
    """A template, what was built into it, on which day, and upon which other one."""

    built: World | Board | None
    day: date
    on: Kept | None
    #: The cast's users by name, each test has its own: read anew in a fifth of what a deep copy takes.
    users: bytes = b""


#: What files build for themselves, by the fixture that gives it.
_own_kinds: dict[int, str] = {}
_makers: dict[str, Callable[[World], object]] = {}


_templates: dict[str, Kept] = {}
#: What the worker's database is a copy of: an untouched one (`now`), or one that a test committed to.
_stands: dict[str, str | None] = {"now": None, "changed": None}


def built_once(make: Callable[[World], object]) -> Any:
    """A fixture: the cast after `make`, whose parameter says whether the test commits (`kept`) or not
    (`made`). `make` runs once for each worker and returns nothing that a test needs: what it built is
    in the database.
    """
    (cast_fixture,) = inspect.signature(make).parameters
    kind = f"own_{len(_makers)}"
    _makers[kind] = make

    def of_made(made: World) -> World:
        return made

    def of_kept(kept: World) -> World:
        return kept

    plain = {"made": of_made, "kept": of_kept}[cast_fixture]
    fixture = pytest.fixture(name=make.__name__)(plain)
    _own_kinds[id(fixture)] = kind
    return fixture


def name_of(kind: str) -> str:
    """Of the fixture that builds it."""
    return _makers[kind].__name__


def begins_with(names: list[str], module: object) -> str:
    """By the fixtures that a test asks for."""
    if "board" in names:
        return BOARD
    if own := own_world(names, module):
        return own
    return CAST if {"made", "kept"} & set(names) else REGIONS


def own_world(names: list[str], module: object) -> str:
    """What the file of a test builds for it."""
    kinds = (_own_kinds.get(id(getattr(module, name, None))) for name in names)
    return next(filter(None, kinds), "")


def prepare(kind: str) -> None:
    """Before a test: its database holds what it begins with and nothing else."""
    _build_missing(kind)
    if _stands["now"] != kind:
        if _stands["changed"] != kind or not restoring.restored(_template(kind), *staying.kept()):
            staying.close()
            engines.fresh_database(_template(kind))
            restoring.copied()
        _stands.update(now=kind, changed=None)


def touched() -> None:
    """After a test that committed: nobody else gets this database as it is."""
    _stands.update(now=None, changed=_stands["now"] or _stands["changed"])


def remove() -> None:
    staying.close()
    for name in (engines.database_name(), *map(_template, _templates)):
        engines.admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def cast() -> World:
    """As the test finds it: nobody's cookies, and no user that another test changed."""
    kept = _templates[CAST]
    assert isinstance(kept.built, World)
    return _own(kept.built, kept.users)


def board() -> Board:
    kept = _templates[BOARD]
    built = kept.built
    assert isinstance(built, Board)
    places = {name: replace(place) for name, place in built.places.items()}
    return Board(_own(built.made, kept.users), places, dict(built.canaries))


def _own(world: World, users: bytes) -> World:
    own = pickle.loads(users)
    return World(
        {name: Caller(caller._actor, caller.token, own[name]) for name, caller in world.items()}
    )


def _users(built: object) -> bytes:
    world = built.made if isinstance(built, Board) else built
    if not isinstance(world, World):
        return b""
    return pickle.dumps({name: caller.user for name, caller in world.items()})


def _template(kind: str) -> str:
    return embedded.DATABASE if kind == REGIONS else f"{kind}_{engines.worker_name()}"


def _build_missing(kind: str) -> None:
    if kind != REGIONS:
        _build(CAST, REGIONS, _make_cast)
    if kind == BOARD:
        _build(BOARD, CAST, lambda: _make_board(cast()))
    if make := _makers.get(kind):
        _build(kind, CAST, lambda: make(cast()))


def empty_redis() -> None:
    """All that this worker has there: jobs, cache and sessions."""
    _empty(_filled())


def emptied_redis() -> list[str]:
    """Who of the planted people was in it."""
    filled = _filled()
    found = [hit for use in filled for hit in canaries.found_in_redis(client(use))]
    _empty(filled)
    return found


def _empty(filled: list[str]) -> None:
    for use in filled:
        client(use).flushdb()
    forget_figures()


def _filled() -> list[str]:
    """Where anything is, asked at once, before and after each test: most leave nothing."""
    spaces = client().info("keyspace")
    return [
        use for use, url in settings.REDIS_URLS.items() if f"db{url.rpartition('/')[2]}" in spaces
    ]


def _build(kind: str, on: str, make: Callable[[], object]) -> None:
    known, below = _templates.get(kind), _templates.get(on)
    # The tokens of the cast are known to nobody who was built upon an earlier one.
    if known and known.day == today() and known.on is below:
        return
    # A copy that no test has seen, whatever the one before left.
    touched()
    _stands["changed"] = None
    prepare(on)
    day = today()
    built = make()
    touched()
    staying.close()
    found = emptied_redis()
    assert not found, found
    engines.keep_database(_template(kind))
    own = built if isinstance(built, (World, Board)) else None
    _templates[kind] = Kept(own, day, below, _users(own))


def _make_cast() -> World:
    # A user and a posting that share a number could be taken for one another unseen.
    engines.as_superuser("ALTER SEQUENCE accounts_posting_id_seq RESTART 5001")
    return make_world()


def _make_board(made: World) -> Board:
    built = make_board(made)
    engines.as_superuser(backdated())
    return built
