"""Somebody stands at the desk with a wrong year, somebody else with a wrong NIK: mended and served within a
minute, and every figure equals a recount.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from registrations.ledger.models import ServiceRecord
from tests.engines import LONG
from tests.story.axe import found_anew, found_by_axe
from tests.story.test_browser import fits
from tests.story.test_pages import Desk, chrome, world
from tests.world import World, make_resident, nik, record, today

__all__ = ["chrome", "world"]  # fixtures

#: Seventeen this year, and written down as ten years older.
RIGHT = date(today().year - 17, 1, 2)
WRONG = date(today().year - 27, 1, 2)


def recount() -> Counter[tuple[str, str]]:
    with scoped(EVERYBODY):
        counted: Counter[tuple[str, str]] = Counter()
        for service, category, weight in ServiceRecord.objects.values_list(
            "service", "category", "weight"
        ):
            counted[service, category] += weight
        return +counted


def is_sound(page: Page) -> None:
    assert found_anew(page) == []
    page.set_viewport_size({"width": 360, "height": 900})
    assert fits(page), page.url
    page.set_viewport_size({"width": 1280, "height": 900})


def found_in(part: Locator) -> list[str]:
    """Where the walk of all pages looks at the rest of the page. With LONG all of it is looked at."""
    if LONG:
        return found_by_axe(part.page)
    part.evaluate("one => one.setAttribute('data-new', '')")
    return found_by_axe(part.page, new=())


@pytest.mark.timeout(240)
def test_a_wrong_year_and_a_wrong_number(world: World, chrome: Browser, live_server: Any) -> None:
    pupil = make_resident(world, name="Contoh Warga Satu", birth_date=WRONG, nik=nik(RIGHT))
    other = make_resident(world, name="Contoh Warga Dua", birth_date=RIGHT)
    record(world, pupil)
    clerk = Desk(chrome, live_server.url, "operator")
    page = clerk.page
    assert recount() == {("recording", "umum"): 1}

    # A wrong year: found, corrected, told what moves, and served.
    begun = time.monotonic()
    page.goto("/penduduk/")
    page.locator("#id_q").fill("Contoh Warga Satu")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Contoh Warga Satu").click()
    page.get_by_role("link", name="Perbaiki data").click()
    page.get_by_label("Tanggal lahir").fill(str(RIGHT))
    page.get_by_label("Alasan").fill("Tahun salah ketik, KK dilihat")
    page.get_by_role("button", name="Perbaiki", exact=True).click()
    expect(page.get_by_text("pindah dari kategori Umum ke Pemula")).to_be_visible()
    assert recount() == {("recording", "umum"): 1}
    is_sound(page)
    page.get_by_role("button", name="Ya, salah sejak awal").click()
    expect(page.get_by_text("Data sudah diperbaiki.")).to_be_visible()
    expect(page.get_by_role("heading", name="Riwayat data")).to_be_visible()
    page.locator(".page-head").get_by_role("link", name="Catat layanan").click()
    page.get_by_label("Aktivasi IKD").check()
    page.get_by_role("button", name="Simpan").first.click()
    page.wait_for_load_state()
    assert time.monotonic() - begun < 60
    assert recount() == {("recording", "pemula"): 1, ("ikd_activation", "pemula"): 1}

    # A wrong number: proposed by the clerk, decided by the head, and served.
    begun = time.monotonic()
    right = nik(RIGHT)
    page.goto(f"/penduduk/{other.pk}/")
    is_sound(page)
    page.get_by_role("link", name="Ganti NIK").click()
    page.get_by_label("NIK yang benar").fill(right.text)
    page.get_by_label("Alasan").fill("Salah satu angka, KTP-el dilihat")
    is_sound(page)
    page.get_by_role("button", name="Usulkan").click()
    expect(page.get_by_text("Kepala dinas memutuskan nomor itu")).to_be_visible()
    head = Desk(chrome, live_server.url, "head")
    head.page.goto("/pengawasan/")
    head.page.get_by_role("link", name="1 usulan perbaikan").click()
    is_sound(head.page)
    head.page.get_by_role("link", name="Putuskan").click()
    expect(head.page.get_by_text("Salah satu angka")).to_be_visible()
    assert right.text not in head.page.content()
    is_sound(head.page)
    head.page.get_by_role("button", name="Terima").click()
    expect(head.page.get_by_text("Usulan diterima; data")).to_be_visible()
    page.goto("/penduduk/")
    page.locator("#id_q").fill(right.text)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Contoh Warga Dua").click()
    page.locator(".page-head").get_by_role("link", name="Catat layanan").click()
    page.get_by_role("button", name="Simpan").first.click()
    page.wait_for_load_state()
    assert time.monotonic() - begun < 60
    assert recount() == {("recording", "pemula"): 2, ("ikd_activation", "pemula"): 1}
    for path in ("gabungkan", "hapus-data"):
        head.page.goto(f"/penduduk/{other.pk}/{path}/")
        is_sound(head.page)
    head.page.goto(f"/penduduk/{other.pk}/gabungkan/?into={pupil.pk}")
    is_sound(head.page)
    head.page.goto("/pengawasan/?show=changes")
    expect(head.page.get_by_text("NIK diganti")).to_be_visible()
    is_sound(head.page)
    assert [text for text in clerk.problems + head.problems if "409" not in text] == []
