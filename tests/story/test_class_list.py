"""A class list with three wrong rows: looked at, mended in place, booked; the whole class is here."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, expect

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from registrations.booking.models.appointment import Appointment
from registrations.people.models import CorrectionProposal, Resident
from tests.story.test_mended import is_sound
from tests.story.test_pages import Desk, chrome, world
from tests.world import VILLAGES, World, make_event, make_resident, make_session, nik, today

__all__ = ["chrome", "world"]  # fixtures

BORN = date(today().year - 17, 1, 2)


@pytest.mark.timeout(240)
def test_three_wrong_rows_and_the_whole_class(
    world: World, chrome: Browser, live_server: object
) -> None:
    session = make_session(world, make_event(world), {"recording": 30})
    there = make_session(world, make_event(world), {"recording": 30})
    village = VILLAGES["13.75"]
    numbers = [nik(BORN + timedelta(days=n)).text for n in range(6)]
    make_resident(world, nik=nik(BORN), name="Kembar Contoh", birth_date=BORN)
    held = make_resident(world, nik=nik(BORN), name="Siti Contoh", birth_date=BORN)
    lines = [
        "DAFTAR SISWA KELAS XII IPA 1",
        "No\tNIK\tNama Peserta Didik\tTanggal Lahir\tL/P\tDesa/Kelurahan\tNama Ayah",
        f"1\t{numbers[0]}\tAhmad Baru\t{BORN:%d-%m-%Y}\tL\t{village}\tAyah Satu",
        f"2\t{numbers[1][:15]}\tBudi Baru\t03-01-{BORN.year}\tL\t{village}\tAyah Dua",
        f"3\t{numbers[2]}\tCitra Baru\t31-02-{BORN.year}\tP\t{village}\tAyah Tiga",
        f"4\t{nik(BORN).text}\tKembar Contoh\t{BORN:%d-%m-%Y}\tL\t{village}\tAyah Empat",
        f"5\t\tSiti Contoh\t{BORN:%d-%m-%Y}\tP\t{village}\tAyah Lima",
    ]
    clerk = Desk(chrome, live_server.url, "operator")  # type: ignore[attr-defined]
    page = clerk.page
    page.goto(f"/sesi/{session.pk}/")
    page.get_by_role("link", name="Daftarkan rombongan").click()
    page.get_by_label("Nama rombongan").fill("XII IPA 1")
    page.get_by_label("Tempel daftar di sini").fill("\n".join(lines))
    is_sound(page)
    page.get_by_role("button", name="Periksa daftar").click()

    # Looked at: nobody is booked, the wrong rows stand first and open, the father's name is not used.
    expect(page.get_by_text("Ini pratinjau")).to_be_visible()
    first = page.locator("#rows tbody tr:not(.mend)").locator("td.n").all_inner_texts()
    assert first == ["4", "5", "6", "3", "7"]
    expect(page.locator("#rows tbody")).not_to_contain_text("Ayah")
    is_sound(page)
    with scoped(EVERYBODY):
        assert Appointment.objects.count() == 0
        assert Resident.objects.count() == 2

    # Three rows are mended where they stand, by one click.
    page.locator("[name='4-nik']").fill(numbers[1])
    page.locator("[name='5-birth_date']").fill(f"04-01-{BORN.year}")
    page.locator("#alike-6-new").check()
    page.locator("#propose-7").check()
    page.get_by_role("button", name="Simpan").first.click()
    expect(page.locator("#counts dd strong").last).to_have_text("0")
    assert page.locator("#counts dd strong").all_inner_texts()[0] == "5"
    page.get_by_role("button", name="Daftarkan rombongan").click()
    expect(page.locator("#result dd strong").first).to_have_text("5")
    with scoped(EVERYBODY):
        assert Appointment.objects.filter(session=session, state="booked").count() == 5
        assert Resident.objects.count() == 6
        assert CorrectionProposal.objects.get().resident_id == held.pk

    # Slips, the whole class moved, and here.
    page.get_by_role("link", name="Cetak slip").click()
    assert page.locator(".slips li").count() == 5
    is_sound(page)
    page.locator(".crumbs a").last.click()
    page.locator("#to").select_option(str(there.pk))
    page.get_by_role("button", name="Pindahkan").click()
    expect(page.get_by_text("Rombongan dipindahkan")).to_be_visible()
    is_sound(page)
    page.get_by_role("button", name="Semua hadir").click()
    expect(page.get_by_text("5 orang sudah hadir")).to_be_visible()
    with scoped(EVERYBODY):
        here = Appointment.objects.filter(session=there, state="checked_in")
        assert sorted(here.values_list("queue_number", flat=True)) == [1, 2, 3, 4, 5]
    page.goto(f"/kegiatan/{there.event_id}/")
    page.get_by_role("link", name="Rombongan", exact=True).click()
    expect(page.get_by_role("link", name="XII IPA 1")).to_be_visible()
    assert clerk.problems == []
