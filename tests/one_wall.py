"""What tests take down to look at what the other wall holds."""

from __future__ import annotations

from typing import Any

import pytest

from dukcapil.accounts import polls
from dukcapil.accounts.asked import Asked, Together
from dukcapil.accounts.scoping import ScopedQuerySet
from dukcapil.core import readings
from dukcapil.core.newest import Newest


def take_down_first_wall(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(ScopedQuerySet, "visible_to", lambda self, actor: self)
    keep_nothing(monkeypatch, settings)


def keep_nothing(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Statements that are kept with their wall are put together each time, or not used; what a page's part is
    read by is kept for this test alone: in another one the same numbers are of other people, behind both walls.
    """
    monkeypatch.setattr(Asked, "rows", Asked.each_time)
    monkeypatch.setattr(Together, "one_row", Together.one_by_one)
    monkeypatch.setattr(readings, "_written", Newest(readings.MOST))
    monkeypatch.setattr(polls, "remembered", Newest(polls.MOST))
    settings.SHORT_ROAD = False
