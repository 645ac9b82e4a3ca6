"""What tests take down to look at what the other wall holds."""

from __future__ import annotations

from typing import Any

import pytest

from dukcapil.accounts.asked import Asked
from dukcapil.accounts.scoping import ScopedQuerySet


def take_down_first_wall(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(ScopedQuerySet, "visible_to", lambda self, actor: self)
    keep_nothing(monkeypatch, settings)


def keep_nothing(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Statements that are kept with their wall are put together each time, or not used."""
    monkeypatch.setattr(Asked, "rows", lambda self, by, *values: list(self.make(by, *values)))
    settings.SHORT_ROAD = False
