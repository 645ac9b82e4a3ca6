"""In Chromium, on a phone: what stays out of a plan and would fit is put there by keyboard."""

from __future__ import annotations

from datetime import date
from typing import Any

from playwright.sync_api import Browser, expect

from dukcapil.accounts.scoping import scoped
from reports.planner.services.changing import leave_out
from tests.reports.test_planner_pages import first_visit, instance_of, make_plan, version
from tests.story.axe import found_by_axe
from tests.story.test_browser import fits
from tests.story.test_pages import Desk, chrome, world
from tests.story.test_plans import stands
from tests.world import World

__all__ = ["chrome", "world"]  # fixtures


def test_a_place_that_would_fit_is_put_there_by_keyboard(
    world: World, chrome: Browser, live_server: Any
) -> None:
    raw = instance_of(days=4, sites=5)
    for one in raw["sites"]:
        one["turnout"] = [400]
    plan = make_plan(world, raw)
    site, day, _team = first_visit(plan)
    head = world["head"].actor
    with scoped(head.scope):
        on = date.fromisoformat(day)
        leave_out(by=head, plan_id=plan.pk, site=site, day=on, version=version(plan))
    page = Desk(chrome, live_server.url, "head", width=390).page
    page.goto(f"/rencana/{plan.pk}/")
    button = page.get_by_role("button", name="Masukkan pada")
    expect(button).to_have_count(1)
    assert fits(page)
    map_box = page.locator(".plan-map").bounding_box()
    calendar = page.locator(".plan-calendar").bounding_box()
    assert map_box is not None
    assert calendar is not None
    assert calendar["y"] > map_box["y"] + map_box["height"]
    assert found_by_axe(page) == []
    to = page.locator(".plan-offer [name=to]").input_value()
    button.press("Enter")
    expect(page.locator(".alert-success")).to_contain_text("tetap di situ")
    expect(page.locator(f"li[data-visit='{site}']")).to_contain_text("tetap")
    expect(button).to_have_count(0)
    assert stands(plan, site, to)
