from __future__ import annotations

import pytest

from tests import standing
from tests.engines import as_superuser
from tests.walls.board import Board
from tests.world import World

__all__ = ["as_superuser"]


@pytest.fixture
def board(kept: World) -> Board:
    return standing.board()
