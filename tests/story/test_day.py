"""The busiest hour in Chromium: a scanner that sends Enter twice, a record taken back and served again,
closing while people wait.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page, expect

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from events.planning.services.sessions import set_stations
from registrations.booking.models.appointment import Appointment
from registrations.booking.services.appointments import book
from registrations.ledger.models import ServiceRecord
from tests.story.test_pages import Desk, chrome, world
from tests.world import World, make_event, make_resident, make_session

__all__ = ["chrome", "world"]  # fixtures


def recorded() -> int:
    with scoped(EVERYBODY):
        return ServiceRecord.objects.count()


def state(visit: Appointment) -> str:
    with scoped(EVERYBODY):
        return Appointment.objects.get(pk=visit.pk).state


def scan(page: Page, code: str) -> None:
    """As fast as a scanner, wherever the focus is, with its two Enters."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".htmx-request")).to_have_count(0)


def test_double_enter_void_and_closing(world: World, chrome: Browser, live_server: Any) -> None:
    event = make_event(world)
    session = make_session(world, event, {"recording": 6, "ikd_activation": 6})
    by = world["operator"].actor
    with scoped(by.scope):
        stations = {"Meja 1": ["recording"], "Meja 2": ["ikd_activation"]}
        set_stations(by=by, event=event, stations=stations)
        ani, budi, citra = (
            book(
                by=by,
                session=session,
                resident=make_resident(world, name=name),
                services=["recording", "ikd_activation"],
            )
            for name in ("Ani Pertama", "Budi Kedua", "Citra Ketiga")
        )
    clerk = Desk(chrome, live_server.url, "operator")
    page = clerk.page
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"/sesi/{session.pk}/meja/")
    desk, box = page.locator("#desk"), page.locator("#id_q")

    # A double Enter: whoever is only booked arrives, and whoever is here is only found.
    for visit, name in ((ani, "Ani Pertama"), (budi, "Budi Kedua")):
        scan(page, visit.ticket)
        expect(desk).to_contain_text(name)
        if state(visit) == "booked":
            expect(page.get_by_role("button", name="Tandai hadir").first).to_be_focused()
            page.keyboard.press("Enter")
        expect(desk).to_contain_text("Hadir")
        expect(box).to_be_focused()
        scan(page, visit.ticket)
        scan(page, visit.ticket)
        assert (state(visit), recorded()) == ("checked_in", 0)
    page.keyboard.press("Control+a")
    page.keyboard.type("ZZ9ZZ9ZZ")
    page.keyboard.press("Enter")
    expect(desk).to_contain_text("Tidak ada slip dengan kode ini")

    # One key calls; the station is remembered, and offers its own service alone.
    page.locator("#station").select_option(label="Meja 1")
    expect(page.get_by_role("button", name="Panggil")).to_be_visible()
    page.goto(f"/sesi/{session.pk}/meja/")
    expect(box).to_be_focused()
    page.keyboard.press(".")
    expect(page.get_by_label("Perekaman KTP-el")).to_be_focused()
    expect(desk.locator("[name=service]")).to_have_count(1)
    expect(desk).to_contain_text("Ani Pertama")
    expect(page.get_by_role("button", name="Simpan, orang berikutnya")).to_be_in_viewport()
    # A slip that is scanned now is looked for; it answers nothing of the form.
    scan(page, citra.ticket)
    expect(desk).to_contain_text("Citra Ketiga")
    assert (recorded(), state(ani)) == (0, "checked_in")
    box.fill("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Layani sekarang")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Perekaman KTP-el")).to_be_focused()
    page.keyboard.press("Enter")
    expect(desk.locator(".saved")).to_contain_text("Ani Pertama")
    assert recorded() == 1

    # Taken back: the number is in the queue again, is called again, and is served again.
    desk.locator("details.void summary").click()
    page.locator("#void-reason").fill("Salah orang")
    page.keyboard.press("Enter")
    expect(desk).to_contain_text("Nomor 1 kembali ke antrean dengan kuota semula.")
    expect(page.locator("#live .queue li").first).to_contain_text("Ani Pertama")
    expect(box).to_be_focused()
    page.keyboard.press(".")
    expect(page.get_by_label("Perekaman KTP-el")).to_be_focused()
    page.keyboard.press("Enter")
    expect(desk.locator(".saved")).to_contain_text("Ani Pertama")
    with scoped(EVERYBODY):
        assert sorted(ServiceRecord.objects.values_list("weight", flat=True)) == [-1, 1, 1]

    # Closing asks: two wait (one of them for IKD alone), and the session goes on.
    head = Desk(chrome, live_server.url, "head")
    head.page.goto(f"/kegiatan/{event.pk}/")
    head.page.get_by_role("button", name="Tutup", exact=True).click()
    head.page.locator("#close-event").get_by_role("button", name="Tutup kegiatan").click()
    question = head.page.locator(".question")
    expect(question).to_contain_text("Sesi terakhir belum selesai")
    waits = 1 + (state(budi) == "checked_in") + (state(citra) == "checked_in")
    expect(question).to_contain_text(f"{waits} orang sudah hadir dan masih menunggu")
    assert state(budi) == "checked_in"
    question.get_by_role("button", name="Tetap tutup").click()
    expect(head.page.get_by_text("Kegiatan ditutup. ")).to_be_visible()
    assert (state(ani), state(budi)) == ("served", "came_not_served")
    head.page.goto(f"/kegiatan/{event.pk}/susulan/")
    row = head.page.locator("tbody tr", has_text="Budi Kedua")
    expect(row).to_contain_text("Datang, belum dilayani")
    head.page.goto(f"/kegiatan/{event.pk}/laporan/")
    expect(head.page.locator("main")).to_contain_text("Hasil kunjungan")
    problems = [text for text in clerk.problems + head.problems if "409" not in text]
    assert problems == []
