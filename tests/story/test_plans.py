"""Plans in Chromium: the month before an election from asking to what came of it; a visit dragged to another
day, one that a rule refuses, and the same by keyboard.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.regions.models import Region
from events.calendar.selectors import days_worked
from events.elections.models import Election
from events.planning.models.event import ServiceEvent
from registrations.booking.models.appointment import Appointment
from reports.planner.core.reading import read
from reports.planner.errors import Unkept
from reports.planner.models.plans import Plan, PlanStop
from reports.planner.services.evening import end_of_day
from reports.planner.services.inputs import fix_visit
from reports.planner.services.solving import solve_plan
from reports.planner.validators.moving import Move, moved
from tests.reports.test_planner_events import crew_of, missing
from tests.reports.test_planner_pages import make_plan, now, refusals
from tests.story.axe import found_anew
from tests.story.test_browser import fits
from tests.story.test_pages import Desk, chrome, world
from tests.story.travelling import days_pass
from tests.world import BUKITTINGGI, WIB, World, record, today

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


# --- the month before the election --------------------------------------------------------------

#: Village -> people who are missing there.
MISSING = {"13.75.01.1001": 9, "13.75.01.1002": 8, "13.75.01.1003": 7, "13.75.01.1004": 6}
ELECTION = 30
#: Days of the plan, of which two weeks are over in the end.
PLANNED = 18


def promised(world: World) -> list[date]:
    """Three visits were promised for days of the first week."""
    first = today() + timedelta(days=1)
    worked = sorted(days_worked([BUKITTINGGI], first, first + timedelta(days=11))[BUKITTINGGI])
    days = [day for day in worked if day.isoweekday() < 6][:3]
    by = world["head"].actor
    with scoped(by.scope):
        for village, day in zip(MISSING, days, strict=False):
            fix_visit(
                by=by,
                office=Region.objects.get(pk=BUKITTINGGI),
                site=village,
                day=day,
                why="Disampaikan kepada lurah",
            )
    return days


def solved(page: Page) -> Plan:
    """Waits on the page of a plan that was asked for, while the worker makes it."""
    expect(page.get_by_role("button", name="Hentikan")).to_be_visible()
    expect(page.locator("progress")).to_be_attached()
    address = page.url.partition("#")[0]
    key = UUID(address.rstrip("/").rpartition("/")[2])
    # No page is asked while the job has the connections.
    page.goto("about:blank")
    assert solve_plan(key)
    page.goto(address)
    expect(page.locator(".plan-calendar")).to_be_visible()
    with scoped(EVERYBODY):
        return Plan.objects.get(pk=key)


def moves(plan: Plan, *, kept: bool) -> tuple[str, str, str, str, str]:
    """A visit of nobody's promise, its day, and a day and team that may take it or may not, with the rule."""
    instance, current = read(plan.instance), now(plan)
    pinned = {(pin["site"], pin["date"]) for pin in plan.instance["pins"]}
    days = plan.instance["workdays"]
    for duty in current["duties"]:
        for stop, to, team in product(duty["stops"], days, plan.instance["teams"]):
            at = days.index(duty["date"])
            if (stop["site"], duty["date"]) in pinned or not 0 < abs(days.index(to) - at) < 5:
                continue
            if to in team["off"]:
                continue
            try:
                moved(instance, current, Move(stop["site"], duty["date"], to, team["id"]))
            except Unkept as fault:
                if not kept:
                    return stop["site"], duty["date"], to, team["id"], fault.code
            else:
                if kept:
                    return stop["site"], duty["date"], to, team["id"], ""
    raise AssertionError


def pinned_by_keyboard(page: Page, site: str, day: str) -> None:
    page.locator(f"li[data-visit='{site}'][data-date='{day}'] a").press("Enter")
    page.get_by_role("button", name="Tetapkan di sini").press("Enter")
    expect(page.locator(f"li[data-visit='{site}'][data-date='{day}']")).to_contain_text("tetap")


def came(world: World, event: ServiceEvent) -> int:
    """Two of three of those who were booked."""
    with scoped(EVERYBODY):
        visits = Appointment.objects.filter(event=event).select_related("resident").order_by("pk")
        people = [visit.resident for visit in visits]
    some = people[: -(-len(people) * 2 // 3)]
    at = datetime.combine(event.starts_on, datetime.min.time(), WIB) + timedelta(hours=11)
    for person in some:
        record(world, person, event=event.pk, occurred_at=at)
    return len(some)


def of_the_roll(world: World) -> dict[str, int]:
    answer = world["head"].get(f"roll/?region={BUKITTINGGI}&level=regency&purpose=missing")
    (row,) = answer.json["results"]
    return {name: row[name] for name in ("on_list", "recorded", "booked", "open")}


@pytest.mark.timeout(400)
def test_the_month_before_the_election(world: World, chrome: Browser, live_server: Any) -> None:
    with scoped(EVERYBODY):
        Election.objects.create(
            region_id="13",
            kind="pilkada",
            name="Pilkada contoh",
            held_on=today() + timedelta(days=ELECTION),
            offices=[BUKITTINGGI],
            source="Contoh",
        )
    for village, number in MISSING.items():
        missing(world, number, village)
    crew_of(world)
    promised(world)
    head = Desk(chrome, live_server.url, "head")
    page = head.page

    # Asked for, made by the worker, shown.
    page.goto("/rencana/")
    page.locator("[name=from_day]").fill(str(today() + timedelta(days=1)))
    page.locator("[name=until_day]").fill(str(today() + timedelta(days=PLANNED)))
    page.get_by_role("button", name="Buat rencana").click()
    first = solved(page)
    expect(page.locator("[data-baseline=descending]")).to_contain_text("orang")
    expect(page.locator("[data-baseline=filled]")).to_contain_text("orang")
    expect(page.locator("li.visit.pinned")).to_have_count(3)
    assert found_anew(page) == []

    # Dragged to where a rule does not let it stand: it stays, and the page says which rule.
    site, day, to, team, _rule = moves(first, kept=False)
    drag(page, site, day, to, team)
    expect(page.locator(".alert-danger[data-focus]")).to_contain_text("Tidak ada yang diubah")
    assert stands(first, site, day)
    # Dragged to another day; another one pinned by keyboard alone.
    site, day, to, team, _rule = moves(first, kept=True)
    page.goto(f"/rencana/{first.pk}/")
    drag(page, site, day, to, team)
    expect(page.locator(".alert-success")).to_be_visible()
    assert stands(first, site, to)
    free = next(
        (stop["site"], duty["date"])
        for duty in reversed(now(first)["duties"])
        for stop in duty["stops"]
        if (stop["site"], duty["date"]) != (site, to)
    )
    pinned_by_keyboard(page, *free)

    # Made again, what was fixed stays; the two are compared.
    page.get_by_role("button", name="Buat rencana ulang").click()
    second = solved(page)
    for where in ((site, to), free):
        assert stands(second, *where)
    page.locator(".pick a").first.click()
    expect(page.get_by_role("heading", name="Dua rencana")).to_be_visible()
    assert fits(page)

    # Adopted; its visits become events with people booked.
    page.goto(f"/rencana/{second.pk}/")
    page.locator("[data-dialog=adopt]").click()
    page.locator("dialog[open] [type=submit]").first.click()
    expect(page.locator(".tag.good")).to_have_text("Dipakai")
    visits = f"/rencana/{second.pk}/kunjungan/"
    page.goto(visits)
    page.get_by_role("button", name="Jadikan rancangan kegiatan").click()
    expect(page.locator(".alert-success")).to_contain_text("rancangan dibuat")
    with scoped(EVERYBODY):
        events = list(ServiceEvent.objects.filter(office=BUKITTINGGI).order_by("starts_on"))
    assert len(events) == PlanStop.everything.filter(duty__plan=second).count()
    for event in events:
        answer = world["head"].post(f"events/{event.pk}/approve/", {"neutrality_signed": True})
        assert answer.status == 200, answer.json
    before = of_the_roll(world)
    assert (before["on_list"], before["recorded"]) == (sum(MISSING.values()), 0)
    assert before["booked"] > 0

    # Two weeks later.
    page.goto("about:blank")
    days_pass(14)
    with scoped(EVERYBODY):
        over = list(
            ServiceEvent.objects.filter(pk__in=[one.pk for one in events], ends_on__lt=today())
        )
    recorded = sum(came(world, event) for event in over)
    assert len(over) >= 3
    for event in over:
        answer = world["head"].post(
            f"events/{event.pk}/close/", {"confirm": ["before-end", "people-waiting", "cards-left"]}
        )
        assert answer.status == 200, answer.json

    # Plan against actual, and the closing count of the roll: the same people.
    page.goto(visits)
    expected = PlanStop.everything.filter(event__in=over)
    hoped = sum(stop.expected for stop in expected)
    shown = f"Kunjungan terlaksana: diharapkan {hoped}, terekam {recorded}."
    expect(page.locator("main")).to_contain_text(shown)
    signed = [
        int(text.replace("\N{MINUS SIGN}", "-").replace("+", ""))
        for text in page.locator("td[data-label='Selisih']").all_inner_texts()
        if text.strip()
    ]
    assert sum(signed) == recorded - hoped
    assert found_anew(page) == []
    after = of_the_roll(world)
    assert after["on_list"] == before["on_list"]
    assert after["recorded"] == recorded
    page.goto(f"/belum-rekam/{BUKITTINGGI}/")
    expect(page.locator("main")).to_contain_text(str(recorded))

    # In the evening what came is measured: plans reckon with it from then on.
    page.goto("about:blank")
    end_of_day(BUKITTINGGI)
    page.goto(f"/rencana/masukan/{BUKITTINGGI}/aturan/")
    measured = page.locator("main li", has_text=re.compile("Terukur:"))
    expect(measured.first).to_contain_text("Desa/kelurahan")
    assert [text for text in head.problems if "409" not in text] == []
