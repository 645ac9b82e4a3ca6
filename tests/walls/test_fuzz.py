from __future__ import annotations

import random
from typing import Any

import pytest

from dukcapil.accounts.authentication import HasPermission
from registrations.api.events import EventDetail
from tests.engines import LONG
from tests.walls import fuzz
from tests.walls.board import Board

#: The simplest request of each call, and one by the dice of the run.
CASES = 4 if LONG else 2


@pytest.fixture
def application(board: Board) -> Any:
    """As a server runs it; the import looks whether the database role is too powerful."""
    from dukcapil.wsgi import application  # noqa: PLC0415

    return application


@pytest.mark.timeout(300)
def test_made_up_requests_meet_no_error_and_no_open_door(board: Board, application: Any) -> None:
    dice = random.getrandbits(32)
    # Answers are compared with the document in the walks too, and the drill asks each operation as everybody.
    reads, writes = (1, 1) if LONG else (0.25, 0.5)
    found = fuzz.run(
        application, board, CASES, everybody=False, dice=dice, reads=reads, writes=writes
    )
    assert not found.wrong, "\n".join(found.wrong[:20])
    assert found.operations >= 50
    assert found.fewest >= CASES
    assert {200, 401, 403, 404, 422} <= found.statuses.keys()


@pytest.mark.long
def test_a_crash_and_an_open_door_are_found(
    board: Board, application: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a view that fails, and one that asks nobody who they are."""
    wanted = [
        operation
        for operation in fuzz.operations(application)
        if operation.label == "GET /api/v1/events/{event_id}/"
    ]
    found = fuzz.Found()

    def crash(self: Any, request: Any, event_id: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(EventDetail, "get", crash)
    fuzz._operation(wanted[0], board, 2, everybody=True, found=found)
    assert found.statuses[500] > 0
    assert found.wrong
    monkeypatch.undo()

    found = fuzz.Found()
    monkeypatch.setattr(HasPermission, "has_permission", lambda *_: True)
    monkeypatch.setattr(EventDetail, "get", lambda *_a, **_k: EventDetail().options(_a[1]))
    fuzz._operation(wanted[0], board, 2, everybody=True, found=found)
    assert any("without a token" in line for line in found.wrong)
