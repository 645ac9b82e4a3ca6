"""Nobody's work is lost: two who save one page, and a session that ends in the middle of many typed rows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.sessions import SessionStore
from events.planning.models.event import EventCost, ServiceEvent
from registrations.booking.models.draft import ListDraft
from tests.engines import LONG
from tests.story.test_browser import PASSWORD
from tests.story.test_mended import is_sound
from tests.story.test_pages import Desk, chrome, world
from tests.world import World, make_event, make_resident, make_session, nik, today

__all__ = ["chrome", "world"]  # fixtures

#: A login hashes, and a list is judged, also where the machine is busy.
_SLOW = 30_000
BORN = date(today().year - 17, 1, 2)
#: More than a page of them.
ROWS = 200 if LONG else 120


def costs(event: ServiceEvent) -> list[tuple[str, int, int | None]]:
    with scoped(EVERYBODY):
        return sorted(EventCost.objects.filter(event=event).values_list("item", "planned", "spent"))


def save_costs(page: Page) -> None:
    page.get_by_role("button", name="Simpan biaya").click()


@pytest.mark.timeout(240)
def test_two_heads_save_one_page(world: World, chrome: Browser, live_server: Any) -> None:
    event = make_event(world)
    one, other = (Desk(chrome, live_server.url, name) for name in ("head", "operator"))
    for desk in (one, other):
        desk.page.goto(f"/kegiatan/{event.pk}/catatan/")
    one.page.locator("#id_planned_transport").fill("500.000")
    one.page.locator("#id_spent_transport").fill("450.000")
    save_costs(one.page)
    expect(one.page.get_by_text("Tersimpan.", exact=True)).to_be_visible()
    assert costs(event) == [("transport", 500_000, 450_000)]

    # Both saw an empty form. The second is told, and nothing of either is gone.
    other.page.locator("#id_planned_transport").fill("600000")
    other.page.locator("#id_planned_meals").fill("75.000")
    save_costs(other.page)
    rows = other.page.locator(".changed tbody tr")
    expect(rows).to_have_count(2)
    assert [cell.split("\n")[-1] for cell in rows.first.locator("td").all_inner_texts()] == [
        *("–", "500.000", "600.000"),
    ]
    expect(rows.last).to_contain_text("tidak Anda ubah")
    assert costs(event) == [("transport", 500_000, 450_000)]
    assert other.page.locator("#id_planned_transport").input_value() == "600000"
    assert other.page.locator("#id_spent_transport").input_value() == "450.000"
    is_sound(other.page)
    save_costs(other.page)
    expect(other.page.get_by_text("Tersimpan.", exact=True)).to_be_visible()
    assert costs(event) == [("meals", 75_000, None), ("transport", 600_000, 450_000)]
    assert [text for text in one.problems + other.problems if "409" not in text] == []


def lose_session(page: Page) -> None:
    """The server ends it; the browser still sends its cookie."""
    (key,) = (
        one["value"]
        for one in page.context.cookies()
        if one["name"] == settings.SESSION_COOKIE_NAME
    )
    SessionStore(key).delete()


def log_out_elsewhere(page: Page) -> None:
    """Somebody logs out in another tab of the same browser."""
    tab = page.context.new_page()
    tab.goto("/akun/")
    tab.locator("header .who form").last.get_by_role("button").click()
    expect(tab.get_by_label("Nama pengguna")).to_be_visible(timeout=_SLOW)
    tab.close()


def log_in(page: Page) -> None:
    expect(page.get_by_text("masih disimpan")).to_be_visible(timeout=_SLOW)
    page.get_by_label("Nama pengguna").fill("operator")
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Yang Anda ketik ada di sini lagi")).to_be_visible(timeout=_SLOW)


@pytest.mark.timeout(240)
def test_a_session_ends_in_the_middle_of_many_typed_rows(
    world: World, chrome: Browser, live_server: Any
) -> None:
    session = make_session(world, make_event(world), {"recording": 300})
    person = make_resident(world, name="Contoh Warga Satu")
    clerk = Desk(chrome, live_server.url, "operator")
    page = clerk.page
    rows = [
        f"{n}\tSiswa Nomor {n}\t{BORN + timedelta(days=n):%d-%m-%Y}" for n in range(1, ROWS + 1)
    ]

    # The list itself, before anything of it was saved.
    page.goto(f"/sesi/{session.pk}/rombongan/")
    page.get_by_label("Nama rombongan").fill("XII IPA 1")
    page.get_by_label("Tempel daftar di sini").fill("\n".join(["No\tNama\tTanggal lahir", *rows]))
    log_out_elsewhere(page)
    page.get_by_role("button", name="Periksa daftar").click()
    log_in(page)
    assert page.get_by_label("Nama rombongan").input_value() == "XII IPA 1"
    typed = page.get_by_label("Tempel daftar di sini").input_value()
    assert typed.splitlines()[1:] == rows
    page.get_by_role("button", name="Periksa daftar").click()
    expect(page.get_by_text("Ini pratinjau")).to_be_visible(timeout=_SLOW)

    # A page of its rows, each with a number that somebody looked up.
    boxes = page.locator("#rows input.is-nik")
    expect(boxes).to_have_count(100, timeout=_SLOW)
    numbers = [nik(BORN + timedelta(days=n)).text for n in range(100)]
    page.evaluate(
        "(texts) => document.querySelectorAll('#rows input.is-nik')"
        ".forEach((box, n) => { box.value = texts[n]; })",
        numbers,
    )
    lose_session(page)
    page.locator("#rows").get_by_role("button", name="Simpan").first.click()
    log_in(page)
    expect(boxes).to_have_count(100, timeout=_SLOW)
    page.wait_for_load_state()
    assert boxes.evaluate_all("all => all.map(one => one.value)") == numbers
    page.locator("#rows").get_by_role("button", name="Simpan").first.click()
    expect(page.locator("#rows")).to_be_visible(timeout=_SLOW)
    with scoped(EVERYBODY):
        assert ListDraft.objects.get().version == 2

    # What no view fills by itself: a reason beside a person.
    page.goto(f"/penduduk/{person.pk}/")
    page.locator("details:has(#id_reason) summary").click()
    page.locator("#id_reason").fill("Berkas KK lama")
    page.locator("#id_case").fill("KK-1")
    lose_session(page)
    page.locator("form:has([value=reveal]) button[type=submit]").click()
    log_in(page)
    expect(page.locator("#id_reason")).to_be_visible(timeout=_SLOW)
    assert page.locator("#id_reason").input_value() == "Berkas KK lama"
    assert page.locator("#id_case").input_value() == "KK-1"
    assert clerk.problems == []
