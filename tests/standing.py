"""What takes long to build is built once by each worker, and every test begins with a copy of it.

The cast and the board are built through the public verbs as ever, in the worker's own database; that
database is then kept as a template. Both count days from today: after midnight they are built anew.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from django.db import connections

from dukcapil import embedded, engine_settings
from dukcapil.core.redis import client
from reports.exports import forget_figures
from tests import canaries, engines
from tests.walls.board import Board, backdated, make_board
from tests.world import Caller, World, make_world, today

#: What a test may begin with, each built on the one before.
REGIONS, CAST, BOARD = "regions", "cast", "board"


@dataclass
class Kept:
    """A template, what was built into it, and on which day."""

    built: World | Board
    day: date


_templates: dict[str, Kept] = {}
#: `now`: what the worker's database is an untouched copy of.
_stands: dict[str, str | None] = {"now": None}


def begins_with(names: list[str]) -> str:
    """By the fixtures that a test asks for."""
    if "board" in names:
        return BOARD
    return CAST if {"made", "kept"} & set(names) else REGIONS


def prepare(kind: str) -> None:
    """Before a test: its database holds what it begins with and nothing else."""
    _build_missing(kind)
    if _stands["now"] != kind:
        connections.close_all()
        engines.fresh_database(_template(kind))
        _stands["now"] = kind


def touched() -> None:
    """After a test that committed: nobody else gets this database."""
    _stands["now"] = None
    connections.close_all()


def remove() -> None:
    connections.close_all()
    for name in (engines.database_name(), _template(CAST), _template(BOARD)):
        engines.admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def cast() -> World:
    """As the test finds it: nobody's cookies, and no user that another test changed."""
    built = _templates[CAST].built
    assert isinstance(built, World)
    return _own(built)


def board() -> Board:
    built = _templates[BOARD].built
    assert isinstance(built, Board)
    places = {name: replace(place) for name, place in built.places.items()}
    return Board(_own(built.made), places, dict(built.canaries))


def _own(world: World) -> World:
    return World(
        {
            name: Caller(caller._actor, caller.token, copy.deepcopy(caller.user))
            for name, caller in world.items()
        }
    )


def _template(kind: str) -> str:
    return embedded.DATABASE if kind == REGIONS else f"{kind}_{engines.worker_name()}"


def _build_missing(kind: str) -> None:
    if kind in (CAST, BOARD):
        _build(CAST, REGIONS, _make_cast)
    if kind == BOARD:
        _build(BOARD, CAST, lambda: _make_board(cast()))


def empty_redis() -> None:
    """All that this worker has there: jobs, cache and sessions."""
    for use in engine_settings.REDIS_USES:
        client(use).flushdb()
    forget_figures()


def emptied_redis() -> list[str]:
    """Who of the planted people was in it."""
    found = [
        hit for use in engine_settings.REDIS_USES for hit in canaries.found_in_redis(client(use))
    ]
    empty_redis()
    return found


def _build(kind: str, on: str, make: Callable[[], World | Board]) -> None:
    known = _templates.get(kind)
    if known and known.day == today():
        return
    prepare(on)
    day = today()
    built = make()
    touched()
    found = emptied_redis()
    assert not found, found
    engines.keep_database(_template(kind))
    _templates[kind] = Kept(built, day)


def _make_cast() -> World:
    # A user and a posting that share a number could be taken for one another unseen.
    engines.as_superuser("ALTER SEQUENCE accounts_posting_id_seq RESTART 5001")
    return make_world()


def _make_board(made: World) -> Board:
    built = make_board(made)
    engines.as_superuser(backdated())
    return built
