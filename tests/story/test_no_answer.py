"""A desk without a network, in Chromium: a save without an answer is said to be none, and is done once afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from registrations.booking.services.appointments import walk_in
from registrations.ledger.models import ServiceRecord
from tests.story.test_mended import found_in
from tests.story.test_pages import Desk, chrome, world
from tests.world import World, make_event, make_resident, make_session

__all__ = ["chrome", "world"]  # fixtures


@pytest.mark.timeout(120)
def test_a_save_without_an_answer_is_sent_again_and_done_once(
    world: World, chrome: Browser, live_server: Any
) -> None:
    session = make_session(world, make_event(world))
    by = world["operator"].actor
    with scoped(by.scope):
        person = make_resident(world, name="Ibu Putus")
        walk_in(by=by, session=session, resident=person, services=["recording"])
    page = Desk(chrome, live_server.url, "operator").page
    page.goto(f"/sesi/{session.pk}/meja/?person={person.pk}")
    unsaved, stale = page.locator("#unsaved"), page.locator("#offline")
    save = page.get_by_role("button", name="Simpan").first

    # The answer is lost on its way: the record is written, the desk does not know.
    page.route("**/meja/**", lambda road: (road.fetch(), road.abort()))
    save.click()
    expect(unsaved).to_be_visible()
    expect(unsaved).to_contain_text("belum tentu tersimpan")
    expect(stale).to_be_hidden()
    expect(unsaved).to_be_in_viewport()
    assert found_in(unsaved) == []
    page.unroute("**/meja/**")

    # A poll that comes through saves nothing, and the notice stays.
    page.evaluate("htmx.trigger(document.body, 'desk')")
    expect(page.locator("#live")).to_contain_text("Selesai")
    page.wait_for_timeout(500)
    expect(unsaved).to_be_visible()

    save.click()
    expect(page.locator("#desk .saved")).to_contain_text("Ibu Putus")
    expect(unsaved).to_be_hidden()
    with scoped(EVERYBODY):
        assert ServiceRecord.objects.count() == 1

    # What nobody filled in asks again by itself.
    page.route("**/meja/**", lambda road: road.abort())
    page.evaluate("htmx.trigger(document.body, 'desk')")
    expect(stale).to_be_visible()
    expect(unsaved).to_be_hidden()


@pytest.mark.timeout(120)
def test_what_others_send_does_not_save_it(world: World, chrome: Browser, live_server: Any) -> None:
    session = make_session(world, make_event(world), {"recording": 9, "family_card": 9})
    by = world["operator"].actor
    with scoped(by.scope):
        person, other = (
            make_resident(world, name="Ibu Putus"),
            make_resident(world, name="Pak Lain"),
        )
        for one in (person, other):
            walk_in(by=by, session=session, resident=one, services=["recording"])
    page = Desk(chrome, live_server.url, "operator").page
    page.goto(f"/sesi/{session.pk}/meja/?person={person.pk}")
    unsaved = page.locator("#unsaved")
    save = page.get_by_role("button", name="Simpan").first

    # Lost on its way there: nothing is written. Then somebody else is looked for, and served.
    page.route("**/meja/**", lambda road: road.abort())
    save.click()
    expect(unsaved).to_contain_text("isian Anda masih di sini", use_inner_text=True)
    page.unroute("**/meja/**")
    page.locator("[data-scanned]").fill("Pak Lain")
    page.keyboard.press("Enter")
    expect(page.locator("[data-person]")).to_contain_text("Pak Lain")
    expect(unsaved).to_be_visible()
    # What was typed went with the person.
    expect(unsaved).not_to_contain_text("isian Anda masih di sini", use_inner_text=True)
    expect(unsaved).to_contain_text("Ibu Putus")
    assert found_in(unsaved) == []
    save.click()
    expect(page.locator("#desk .saved")).to_contain_text("Pak Lain")
    expect(unsaved).to_contain_text("Ibu Putus")

    # Something else of the same person does not end it; the same save, sent again, does.
    for service, is_lost in (("family_card", True), ("recording", False)):
        page.locator("[data-scanned]").fill("Ibu Putus")
        page.keyboard.press("Enter")
        expect(page.locator("[data-person]")).to_contain_text("Ibu Putus")
        expect(unsaved).to_be_visible()
        page.locator(f"[name=service][value={service}]").check(force=True)
        save.click()
        expect(page.locator("#desk .saved")).to_contain_text("Ibu Putus")
        expect(unsaved).to_be_visible(visible=is_lost)
    with scoped(EVERYBODY):
        assert ServiceRecord.objects.count() == 3

    # Who looked says so.
    page.goto(f"/sesi/{session.pk}/meja/?person={make_resident(world, name='Bu Ketiga').pk}")
    page.locator("summary", has_text="nomor antrean").click()
    page.route("**/meja/**", lambda road: road.abort())
    page.get_by_role("button", name="Beri nomor").click()
    expect(unsaved).to_be_visible()
    expect(page.locator("[data-looked]")).to_be_hidden()
    page.unroute("**/meja/**")
    page.locator("[data-scanned]").fill("Pak Lain")
    page.keyboard.press("Enter")
    expect(unsaved).to_contain_text("Bu Ketiga")
    page.get_by_role("button", name="Sudah saya periksa").click()
    expect(unsaved).to_be_hidden()
