"""The officer's morning: the worst regency, its worst village, a visit there, and the board that knows it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.story.test_browser import fits
from tests.story.test_mended import found_in, is_sound
from tests.story.test_pages import Desk, chrome, world
from tests.world import World, make_basis, make_resident, make_target, record, today

__all__ = ["chrome", "world"]  # fixtures

WORST = "13.75.01.1002"


@pytest.mark.timeout(120)
def test_from_the_worst_regency_to_a_visit_in_its_worst_village(
    world: World, chrome: Browser, live_server: Any
) -> None:
    make_target(year=2023)
    make_basis(
        name="Uji pagi",
        wajib_as_of=today() - timedelta(days=40),
        level="regency",
        rows=[
            {"region_code": "13", "wajib_ktp": "4000", "recorded": "3900"},
            {"region_code": "13.75", "wajib_ktp": "1000", "recorded": "940"},
            {"region_code": "13.06", "wajib_ktp": "3000", "recorded": "2960"},
        ],
    )
    villages = [f"13.75.01.{number}" for number in range(1001, 1008)]
    make_basis(
        name="Uji desa",
        wajib_as_of=today() - timedelta(days=40),
        level="village",
        rows=[
            {"region_code": "13.75.01", "wajib_ktp": "700", "recorded": "650"},
            *(
                {
                    "region_code": code,
                    "wajib_ktp": "100",
                    "recorded": "80" if code == WORST else "95",
                }
                for code in villages
            ),
        ],
    )
    record(world, make_resident(world))

    # The province looks: what is worst stands first, in the ranking and on the map.
    province = Desk(chrome, live_server.url, "province_officer")
    board = province.page
    board.goto("/cakupan/13/")
    drawing = board.locator("#map svg[role=application]")
    expect(drawing).to_be_visible()
    assert fits(board)
    first = board.locator("[data-figures] tbody tr").first
    expect(first).to_have_attribute("data-code", "13.75")
    expect(board.locator("#map path[data-code='13.75']")).to_have_class("band-a3")
    expect(board.locator("#map path[data-code='13.01']")).to_have_attribute(
        "fill", "url(#map-unknown)"
    )
    assert found_in(board.locator("#map")) == []
    # One selection for both: the first arrow takes the worst, Enter opens it.
    drawing.focus()
    board.keyboard.press("ArrowDown")
    expect(first).to_have_class("chosen")
    expect(board.locator(".map-said")).to_contain_text("Kota Bukittinggi")
    before = drawing.get_attribute("viewBox")
    board.keyboard.press("+")
    expect(drawing).not_to_have_attribute("viewBox", str(before))
    board.keyboard.press("0")
    expect(drawing).to_have_attribute("viewBox", str(before))
    board.keyboard.press("Enter")
    board.wait_for_url("**/cakupan/13.75/**")

    # The office sees its worst village, in a list that says why there is no map, and plans a visit.
    office = Desk(chrome, live_server.url, "operator")
    page = office.page
    page.goto(f"/cakupan/13.75.01/?date={today()}&show=visited&order=percent")
    expect(page.get_by_text("Tidak ada peta desa dan kelurahan")).to_be_visible()
    worst = page.locator("[data-figures] tbody tr").first
    expect(worst).to_have_attribute("data-code", WORST)
    expect(worst).to_contain_text("belum pernah")
    worst.get_by_role("link", name="Rencanakan kunjungan").click()
    expect(page.locator("#id_village")).to_have_value(WORST)
    page.locator("#id_title").fill("Jemput bola pagi")
    page.locator("#id_kind").select_option("jemput_bola")
    page.locator("#id_place").fill("Kantor lurah")
    coming = str(today() + timedelta(days=3))
    page.locator("#id_starts_on").fill(coming)
    page.locator("#id_ends_on").fill(coming)
    page.locator("input[name=services][value=recording]").check()
    page.get_by_role("button", name="Simpan").click()
    page.wait_for_url("**/kegiatan/*-*/")
    page.goto(f"/cakupan/13.75.01/?date={today()}&show=visited&order=percent")
    expect(page.locator(f"tr[data-code='{WORST}']")).to_contain_text("direncanakan")
    assert found_in(page.locator("[data-figures]")) == []
    page.set_viewport_size({"width": 360, "height": 900})
    assert fits(page)

    # The board of the province knows it with its next look, and the map stays the one that it was.
    board.goto("/cakupan/13/")
    expect(board.locator("#map .event-point")).to_have_count(1)
    expect(board.locator("tr[data-code='13.75']")).to_have_attribute("data-event-count", "1")
    board.locator("#map svg").evaluate("element => { element.dataset.same = 'yes'; }")
    record(world, make_resident(world))
    board.evaluate(
        """() => htmx.ajax("GET", location.href, { target: "#live", swap: "outerHTML" })"""
    )
    expect(first).to_contain_text("94,20")
    expect(board.locator("#map svg[data-same=yes]")).to_be_visible()
    board.goto("/cakupan/13/banding/")
    is_sound(board)
    assert office.problems == []
    assert province.problems == []
