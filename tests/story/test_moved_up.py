"""Somebody waits for a place, gets the one that another gives back, and is told by mail."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from dukcapil.accounts.scoping import scoped
from registrations.booking.services.sending import send_due
from registrations.booking.services.waiting import wait
from tests.registrations.test_messages import Day, post
from tests.smtp import Mailbox
from tests.story.test_mended import found_in, is_sound
from tests.story.test_pages import Desk, chrome, world
from tests.world import World, make_resident

__all__ = ["chrome", "post", "world"]  # fixtures


def ask_for_place(page: Page, session: str, name: str, contact: str) -> None:
    page.goto(f"{session}pesan/")
    page.locator("#id_q").fill(name)
    page.keyboard.press("Enter")
    page.get_by_text("Jalur prioritas, pengingat").click()
    page.locator("#id_contact").fill(contact)
    page.get_by_role("button", name=name).click()


@pytest.mark.timeout(120)
def test_a_waiting_person_is_moved_up_and_told(
    world: World, chrome: Browser, live_server: Any, post: Mailbox
) -> None:
    day = Day(world)
    make_resident(world, name="Ani Pertama")
    make_resident(world, name="Budi Kedua")
    third = make_resident(world, name="Citra Ketiga")
    session = f"/sesi/{day.session.pk}/"
    clerk = Desk(chrome, live_server.url, "operator")
    page = clerk.page

    ask_for_place(page, session, "Ani Pertama", "ani@warga.test")
    page.wait_for_url("**/janji/**")
    slip = page.url
    expect(page.get_by_text("a•••@warga.test")).to_be_visible()
    is_sound(page)
    # The only place is taken: everybody sees it, and whoever comes now waits.
    page.goto("/jadwal/?wilayah=13.75")
    expect(page.locator(".tag", has_text="Penuh")).to_be_visible()
    expect(page.locator("#map svg[role=application]")).to_be_visible()
    assert found_in(page.locator("#map")) == []
    ask_for_place(page, session, "Budi Kedua", "salah@warga.test")
    page.get_by_role("button", name="Masukkan ke daftar tunggu").click()
    page.wait_for_url("**/tunggu/")
    by = world["operator"].actor
    with scoped(by.scope):
        wait(by=by, session=day.session, resident=third, services=["recording"])
    # The address was wrong: what will be sent goes to the right one.
    row = page.locator("tr", has_text="Budi Kedua")
    row.get_by_text("s•••@warga.test").click()
    row.get_by_role("textbox").fill("budi@warga.test")
    row.get_by_role("button", name="Simpan kontak").click()
    expect(page.get_by_text("b•••@warga.test")).to_be_visible()
    is_sound(page)

    # Ani gives the place back; Budi, who was first, has it and is told; Citra had no contact.
    page.goto(slip)
    page.get_by_role("button", name="Batalkan pendaftaran").click()
    page.locator("dialog").get_by_role("button", name="Batalkan pendaftaran").click()
    page.goto(f"{session}tunggu/")
    expect(page.get_by_text("Sedang diberi tahu")).to_be_visible()
    code = page.locator("tr", has_text="Budi Kedua").locator("a[href^='/janji/']").inner_text()
    assert send_due() == 1
    [text] = post.texts("budi@warga.test")
    assert re.search(rf"kosong: Gebyar.*08\.00 WIB.*{code}", text, re.DOTALL)
    assert [to for to, _mail in post.mails] == [["budi@warga.test"]]
    page.reload()
    expect(page.get_by_text("Sudah diberi tahu")).to_be_visible()
    is_sound(page)
    page.locator("tr", has_text="Budi Kedua").locator("a[href^='/janji/']").click()
    expect(page.locator("#told")).to_contain_text("kosong")

    # Budi cannot come either; Citra moves up, and the clerk reads that nobody tells her.
    page.get_by_role("button", name="Batalkan pendaftaran").click()
    page.locator("dialog").get_by_role("button", name="Batalkan pendaftaran").click()
    page.goto(f"{session}tunggu/")
    expect(page.get_by_text("Tanpa kontak: beri tahu orangnya langsung")).to_be_visible()
    assert send_due() == 0
    assert clerk.problems == []
