"""A plan in Chromium: a visit dragged to another day, one that a rule refuses, and the same by keyboard."""

from __future__ import annotations

from itertools import product
from typing import Any

from playwright.sync_api import Browser, Page, expect

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from reports.planner.core.reading import read
from reports.planner.errors import Unkept
from reports.planner.models.plans import Plan, PlanStop
from reports.planner.validators.moving import Move, moved
from tests.reports.test_planner_pages import make_plan, now, refusals
from tests.story.axe import found_by_axe
from tests.story.test_browser import fits
from tests.story.test_pages import Desk, chrome, world
from tests.world import World

__all__ = ["chrome", "world"]  # fixtures


def stands(plan: Plan, site: str, day: str) -> bool:
    with scoped(EVERYBODY):
        return PlanStop.objects.filter(duty__plan=plan, site=site, duty__day=day).exists()


def near(plan: Plan) -> tuple[str, str, str, str]:
    """A visit, its day, and another day and team that may take it, all in the first days that a page shows."""
    instance, current = read(plan.instance), now(plan)
    days = plan.instance["workdays"][:4]
    for duty in current["duties"]:
        for stop, to, team in product(duty["stops"], days, plan.instance["teams"]):
            if duty["date"] not in days or to == duty["date"]:
                continue
            try:
                moved(instance, current, Move(stop["site"], duty["date"], to, team["id"]))
            except Unkept:
                continue
            return stop["site"], duty["date"], to, team["id"]
    raise AssertionError


def drag(page: Page, site: str, day: str, to: str, team: str) -> None:
    visit = page.locator(f"li[data-visit='{site}'][data-date='{day}'] small")
    page.locator(".plan-calendar").scroll_into_view_if_needed()
    visit.drag_to(page.locator(f"td[data-date='{to}'][data-team='{team}']"))


def test_a_visit_is_dragged_refused_and_moved_by_keyboard(
    world: World, chrome: Browser, live_server: Any
) -> None:
    plan = make_plan(world)
    site, day, to, team = near(plan)
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
    expect(page.locator(".alert-danger[data-focus]")).to_contain_text(said)
    assert stands(plan, site, day)

    page.goto(f"/rencana/{plan.pk}/")
    drag(page, site, day, to, team)
    expect(page.locator(".alert-success")).to_be_visible()
    expect(page.locator(f"li[data-visit='{site}'][data-date='{to}']")).to_contain_text("tetap")
    assert stands(plan, site, to)
    assert not stands(plan, site, day)

    # And left out, by keyboard.
    page.locator(f"li[data-visit='{site}'][data-date='{to}'] a").press("Enter")
    page.get_by_role("button", name="Keluarkan dari rencana").press("Enter")
    expect(page.locator(f"li[data-visit='{site}'][data-date='{to}']")).to_have_count(0)
    assert not stands(plan, site, to)
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
