"""A plan in Chromium: a visit dragged to another day, one that a rule refuses, and the same by keyboard."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page, expect

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from reports.planner.models.plans import Plan, PlanStop
from tests.reports.test_planner_pages import first_visit, free_day, make_plan, refusals
from tests.story.axe import found_by_axe
from tests.story.test_browser import fits
from tests.story.test_pages import Desk, chrome, world
from tests.world import World

__all__ = ["chrome", "world"]  # fixtures


def stands(plan: Plan, site: str, day: str) -> bool:
    with scoped(EVERYBODY):
        return PlanStop.objects.filter(duty__plan=plan, site=site, duty__day=day).exists()


def drag(page: Page, site: str, day: str, to: str, team: str) -> None:
    visit = page.locator(f"li[data-visit='{site}'][data-date='{day}']")
    visit.drag_to(page.locator(f"td[data-date='{to}'][data-team='{team}']"))


def test_a_visit_is_dragged_refused_and_moved_by_keyboard(
    world: World, chrome: Browser, live_server: Any
) -> None:
    plan = make_plan(world)
    site, day, team = first_visit(plan)
    head = Desk(chrome, live_server.url, "head")
    page = head.page
    page.goto(f"/rencana/{plan.pk}/")
    # Borders come with the script, below the places.
    expect(page.locator(".plan-map .borders path").first).to_be_attached()
    assert found_by_axe(page) == []
    assert fits(page)

    off, said = refusals(plan)["the team is off"]
    # No mouse drops a visit on a day on which the team is off; the form says why.
    page.locator(f"li[data-visit='{site}'][data-date='{day}'] a").press("Enter")
    page.locator("#visit [name=to]").fill(off["to"])
    page.locator("#visit [name=team]").select_option(off["team"])
    page.get_by_role("button", name="Pindahkan kunjungan").press("Enter")
    expect(page.locator(".alert-danger")).to_contain_text(said)
    assert stands(plan, site, day)

    to = free_day(plan, site, team)
    page.goto(f"/rencana/{plan.pk}/")
    drag(page, site, day, to, team)
    expect(page.locator(".alert-success")).to_be_visible()
    expect(page.locator(f"li[data-visit='{site}'][data-date='{to}']")).to_contain_text("tetap")
    assert stands(plan, site, to)
    assert not stands(plan, site, day)

    # And back, by keyboard.
    page.locator(f"li[data-visit='{site}'][data-date='{to}'] a").press("Enter")
    page.locator("#visit [name=to]").fill(day)
    page.get_by_role("button", name="Pindahkan kunjungan").press("Enter")
    expect(page.locator(f"li[data-visit='{site}'][data-date='{day}']")).to_be_visible()
    assert stands(plan, site, day)
    assert [text for text in head.problems if "409" not in text] == []


def test_a_plan_on_a_phone(world: World, chrome: Browser, live_server: Any) -> None:
    plan = make_plan(world)
    page = Desk(chrome, live_server.url, "head", width=390).page
    page.goto(f"/rencana/{plan.pk}/")
    assert fits(page)
    map_box = page.locator(".plan-map").bounding_box()
    calendar = page.locator(".plan-calendar").bounding_box()
    assert map_box is not None
    assert calendar is not None
    assert calendar["y"] > map_box["y"] + map_box["height"]
