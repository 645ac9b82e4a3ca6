"""One tick for all rows of a page, in Chromium."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, expect

from tests.pages.test_lists import requests
from tests.story.axe import found_by_axe
from tests.story.test_pages import Desk, chrome, world
from tests.world import World

__all__ = ["chrome", "world"]  # fixtures


def test_one_tick_chooses_all_rows_and_follows_them(
    world: World, chrome: Browser, live_server: Any
) -> None:
    requests(world, 3)
    page = Desk(chrome, live_server.url, "operator").page
    page.goto("/permintaan/")
    every, rows = page.get_by_label("Semua di halaman ini"), page.locator("[name=requests]")
    expect(rows).to_have_count(3)
    every.check()
    assert [one.is_checked() for one in rows.all()] == [True] * 3
    assert found_by_axe(page) == []
    rows.nth(1).uncheck()
    expect(every).not_to_be_checked()
    rows.nth(1).check()
    expect(every).to_be_checked()
    every.uncheck()
    assert [one.is_checked() for one in rows.all()] == [False] * 3
