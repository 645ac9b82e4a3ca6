from __future__ import annotations

import psycopg2
import pytest

from dukcapil import embedded
from tests import engines
from tests.walls.board import Board, backdated, make_board
from tests.world import World


def as_superuser(*statements: str) -> None:
    """On a connection of its own, committed."""
    database = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    with database, database.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    database.close()


@pytest.fixture
def board(kept: World) -> Board:
    made = make_board(kept)
    as_superuser(backdated())
    return made
