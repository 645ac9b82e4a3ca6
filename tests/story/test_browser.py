"""The pages as a person sees them: headless Chromium, phone and desktop width, no script errors."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page

from dukcapil.accounts.models import User
from tests.engines import LONG, dice
from tests.standing import built_once
from tests.world import World, make_basis, make_resident, record

PASSWORD = "kuda-laut-melompat-7"


@built_once
def ready(kept: World) -> None:
    make_basis()
    record(kept, make_resident(kept))
    user = User.objects.get(username="operator")
    user.set_password(PASSWORD)
    user.save()


WIDTHS = [360, 1280]
#: What is tried at one width alone, where nothing of it depends on the width.
ONE_WIDTH = pytest.mark.parametrize("page", WIDTHS if LONG else [360], indirect=True)


@pytest.fixture(params=WIDTHS if LONG or dice("width").random() < 0.5 else [360])
def page(request: Any, ready: World, chrome: Browser, live_server: Any) -> Iterator[Page]:
    """A page that fails the test on any console error (a blocked style or script is one)."""
    problems: list[str] = []
    found = chrome.new_page(
        viewport={"width": request.param, "height": 800}, base_url=live_server.url
    )
    found.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    found.on("pageerror", lambda error: problems.append(str(error)))
    yield found
    assert problems == []


def fits(page: Page) -> bool:
    return bool(
        page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
    )


def test_log_in_by_keyboard_and_read_ones_coverage(page: Page) -> None:
    page.goto("/")
    assert fits(page)
    page.get_by_label("Nama pengguna").focus()
    page.keyboard.type("operator")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/hari-ini/")
    assert fits(page)
    page.get_by_role("link", name="99,10 %").click()
    page.wait_for_url("**/mengapa/**")
    assert "991" in page.locator(".formula").inner_text()
    page.goto("/cakupan/")
    assert page.locator("h1").inner_text() == "Cakupan KTP-el, Kota Bukittinggi"
    assert "99,10 %" in page.locator(".figures").inner_text()
    assert fits(page)
    page.locator("[data-figures]").get_by_role("link", name="Guguak Panjang", exact=True).click()
    page.wait_for_url("**/cakupan/13.75.01/**")
    page.get_by_role("button", name="English").click()
    page.wait_for_load_state()
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/akun/masuk/")


@ONE_WIDTH
def test_a_day_is_said_in_words_while_it_is_chosen(page: Page, live_server: Any) -> None:
    client = Client()
    client.force_login(User.objects.get(username="operator"))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page.goto("/penduduk/baru/")
    words = page.locator("#id_birth_date + .day-words")
    assert words.inner_text() == ""
    page.locator("#id_birth_date").fill("2009-03-05")
    page.locator("#id_birth_date").blur()
    assert words.inner_text() == "Kamis, 5 Maret 2009"
    page.locator("#id_birth_date").fill("")
    assert words.inner_text() == ""
    assert fits(page)


@ONE_WIDTH
def test_the_api_page_works_offline_and_its_headings_leave_no_level_out(page: Page) -> None:
    page.goto("/api/v1/docs/")
    page.wait_for_selector(".opblock-tag")
    assert leaves_no_level_out(page, 2)
    # What is out of sight is not drawn.
    drawn: set[str] = set()
    for _screen in range(60):
        drawn |= set(page.locator(".opblock").evaluate_all("all => all.map(one => one.id)"))
        if len(drawn) >= 30:
            break
        page.mouse.wheel(0, 700)
        page.wait_for_timeout(50)
    assert len(drawn) >= 30
    # And with a call opened.
    page.locator(".opblock-summary-control").first.click()
    page.wait_for_selector(".opblock-body h4")
    assert leaves_no_level_out(page, 3)


def leaves_no_level_out(page: Page, most: int) -> bool:
    heads = page.get_by_role("heading")
    levels = [
        int(level)
        for level in heads.evaluate_all(
            "all => all.map(one => one.getAttribute('aria-level') || one.tagName[1])"
        )
    ]
    assert levels[0] == 1
    assert len(levels) > most
    return all(after <= before + 1 for before, after in pairwise(levels))
