"""A whole Gebyar by keyboard alone: planned from a copy, a class booked, served, closed, counted."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect
from python_calamine import CalamineWorkbook

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY, rows
from events.planning.models.event import ServiceEvent
from events.planning.services.sessions import open_session, set_stations
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.waiting import Waiting
from tests.engines import LONG
from tests.story.test_pages import Desk, chrome, world
from tests.world import WIB, World, make_event, make_resident, nik, today

__all__ = ["chrome", "world"]  # fixtures

PUPIL = date(today().year - 17, 1, 2)
BAD, OVER = 9, 11
#: With LONG=yes a hundred places; else fewer, for each person costs half a second.
PLACES = 100 if LONG else 10
FAILED = {3, 17, 29, 41, 55} if LONG else {3, 9}
#: Places of who does not come: early ones, whose hour is over, and some of the last.
AWAY_EARLY = {5, 10, 20, 30, 40, 50} if LONG else {2, 5, 8}
AWAY_LATE = {95, 96, 97, 98} if LONG else {10}
AWAY = len(AWAY_EARLY | AWAY_LATE)
SERVED = PLACES - AWAY
DONE, MOVED_UP = SERVED - len(FAILED), len(AWAY_EARLY)
#: Who did not come, who never had a place (those moved up did not come either), and for whom it failed.
AGAIN = AWAY + OVER + len(FAILED)


#: Stops between where the focus is and a place further down (below zero: steps back to one above),
#: less what a group of radio buttons may leave out.
_STOPS = """place => {
    const within = document.querySelector('dialog:modal') ?? document;
    const stops = [...within.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
        .filter(one => one.tabIndex >= 0 && !one.disabled && one.type !== 'radio' && one.checkVisibility());
    const here = document.activeElement;
    const behind = stops.filter(one => one.compareDocumentPosition(here) & Node.DOCUMENT_POSITION_FOLLOWING);
    return stops.indexOf(place) - behind.length - stops.includes(here);
}"""
_IS_THERE = "e => e === document.activeElement"


def tab_to(page: Page, target: Locator, *, by_menu: bool = False) -> None:
    """As somebody without a mouse gets there. To find an element by its role looks at the whole page, so it
    is found once, and where the focus is is asked after the last steps alone.
    """
    place = target.element_handle()
    if not by_menu and page.evaluate("document.activeElement === document.body"):
        page.keyboard.press("Tab")
        assert page.locator("a.skip").evaluate(_IS_THERE)
        page.keyboard.press("Enter")
        assert page.locator("#content").evaluate(_IS_THERE)
    stops = page.evaluate(_STOPS, place)
    key = "Tab" if stops >= 0 else "Shift+Tab"
    for _step in range(abs(stops) - (stops < 0)):
        page.keyboard.press(key)
    for _step in range(200):
        if place.evaluate(_IS_THERE):
            return
        page.keyboard.press(key)
    raise AssertionError(f"not reached by Tab: {target}")


def press(page: Page, target: Locator, key: str = "Enter", *, by_menu: bool = False) -> None:
    tab_to(page, target, by_menu=by_menu)
    page.keyboard.press(key)


def write(page: Page, target: Locator, text: str) -> None:
    tab_to(page, target)
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def sample(world: World) -> ServiceEvent:
    """Last week's Gebyar: two sessions, three services, two stations; its hours are now, which is of the
    day on which they began also where midnight lies between.
    """
    now = timezone.now().astimezone(WIB) - timedelta(days=7)
    begins, ends = now - timedelta(hours=5), now + timedelta(hours=1)
    event = make_event(
        world, title="Gebyar pekan lalu", starts_on=begins.date(), ends_on=begins.date()
    )
    by = world["operator"].actor
    with scoped(by.scope):
        for capacity in ({"recording": PLACES}, {"ikd_activation": 40, "family_card": 20}):
            open_session(by=by, event=event, starts_at=begins, ends_at=ends, capacity=capacity)
        set_stations(
            by=by,
            event=event,
            stations={"Meja 1": ["recording"], "Meja 2": ["ikd_activation", "family_card"]},
        )
    return event


def roster(world: World) -> str:
    """Eleven pupils more than places whom the office holds, and nine rows that need somebody to look."""
    good = []
    for number in range(PLACES + OVER):
        text = nik(PUPIL)
        name = f"Siswa Contoh {number:03}"
        make_resident(world, nik=text, name=name, birth_date=PUPIL)
        good.append(f"{text.text};{name};{PUPIL:%d-%m-%Y}")
    bad = [
        *(good[0], good[1]),  # twice
        *("137501010203;Dua Belas;", "1375010102031;Tiga Belas;"),
        *(f"{nik(PUPIL).text};Salah Tanggal;31-02-2008", ";Tanpa Hari;32-13-2008"),
        *(f"{nik(PUPIL).text};Dari Agam;", f"{nik(PUPIL).text};Dari Padang;"),
        ";Tak Dikenal;02-01-2008",
    ]
    return "NIK;Nama;Tanggal lahir\n" + "\n".join(good[:20] + bad + good[20:])


@pytest.mark.timeout(600)
def test_a_gebyar_by_keyboard_alone(world: World, chrome: Browser, live_server: Any) -> None:
    before = sample(world)
    lines = roster(world)
    clerk = Desk(chrome, live_server.url, "operator")
    page = clerk.page
    page.set_default_timeout(30_000)

    # Planned from a copy: once through the whole menu, elsewhere past it by the link in front of it.
    page.goto(f"/kegiatan/{before.pk}/")
    press(page, page.get_by_role("link", name="Salin", exact=True), by_menu=True)
    write(page, page.get_by_label("Judul"), "Gebyar Hari Ini")
    # A copy is proposed for tomorrow; this one is of the shift that runs now.
    day = page.get_by_label("Hari pertama")
    assert day.input_value() == str(today() + timedelta(days=1))
    tab_to(page, day)
    # Not key by key: in which order day and month are typed is the machine's.
    day.fill(str(before.starts_on + timedelta(days=7)))
    press(page, page.get_by_role("button", name="Buat konsep"))
    expect(page.locator("h1")).to_have_text("Gebyar Hari Ini")
    event = page.url.removeprefix(live_server.url).partition("#")[0]

    # Approved by the head, item by item.
    head = Desk(chrome, live_server.url, "head")
    head.page.goto(event)
    press(head.page, head.page.locator(".page-head").get_by_role("link", name="Setujui"))
    expect(head.page.locator("main input[type=checkbox]")).to_have_count(5)
    for box in head.page.locator("main input[type=checkbox]").all():
        press(head.page, box, "Space")
    press(head.page, head.page.get_by_role("button", name="Nyatakan dan setujui"))
    expect(head.page.get_by_text("Kegiatan disetujui")).to_be_visible()

    # A class with nine bad rows, and eleven pupils more than there are places.
    page.goto(event)
    press(page, page.locator("tbody th a").first)
    page.wait_for_url("**/sesi/**")
    session = page.url.removeprefix(live_server.url).partition("#")[0]
    press(page, page.get_by_role("link", name="Daftarkan rombongan"))
    write(page, page.get_by_label("Nama rombongan"), "XII IPA 1")
    write(page, page.get_by_label("Tempel daftar di sini"), lines)
    press(page, page.get_by_role("button", name="Periksa daftar"))
    expect(page.locator("h1")).to_have_text("XII IPA 1")
    expect(page.locator("#counts")).to_be_visible()
    shown = page.locator("#counts dd strong").all_inner_texts()
    assert shown == [str(PLACES), str(OVER), "0", str(BAD)]
    press(page, page.get_by_role("button", name="Daftarkan rombongan"))
    expect(page.locator("#result")).to_be_visible()
    shown = page.locator("#result dd strong").all_inner_texts()
    assert shown == [str(PLACES), str(OVER), "0", str(BAD)]
    bad = page.locator("#rows tbody tr", has_text="Perlu diperbaiki")
    assert bad.count() == BAD
    assert all(row.locator("td").nth(2).inner_text().strip() for row in bad.all())

    _expect_early(session)
    _serve(page, session)

    # Who did not come gives the place away: as many of the waiting list move up by themselves.
    page.goto(session)
    press(page, page.get_by_role("button", name="Lepaskan kuota yang tidak datang"))
    press(page, page.locator("#release").get_by_role("button", name="Lepaskan kuota"))
    expect(page.get_by_text(f"{MOVED_UP} orang tidak datang")).to_be_visible()
    with scoped(EVERYBODY):
        assert Waiting.objects.filter(state="moved_up").count() == MOVED_UP

    # Closed, and the report is the ledger's.
    head.page.goto(event)
    press(head.page, head.page.get_by_role("button", name="Tutup", exact=True))
    press(head.page, head.page.locator("#close-event").get_by_role("button", name="Tutup kegiatan"))
    expect(head.page.locator(".question")).to_contain_text("Sesi terakhir belum selesai")
    press(head.page, head.page.get_by_role("button", name="Tetap tutup"))
    expect(head.page.get_by_text("Kegiatan ditutup. ")).to_be_visible()
    press(head.page, head.page.get_by_role("link", name="Laporan kegiatan"))
    _equals_the_ledger(head.page, event)

    # Who is missing, and for whom it failed, gets a visit with one button.
    page.goto(f"{event}susulan/")
    assert page.locator("tbody tr").count() == AGAIN
    press(page, page.get_by_role("button", name="Rencanakan kunjungan susulan"))
    expect(page.locator("h1")).to_contain_text("Susulan")
    with scoped(EVERYBODY):
        assert Waiting.objects.filter(state="waiting").count() == AGAIN
    assert [text for text in clerk.problems + head.problems if "409" not in text] == []


def _expect_early(session: str) -> None:
    """As if the class had been booked last week: nobody is asked to come before the booking."""
    with scoped(EVERYBODY):
        visits = Appointment.objects.filter(session_id=session.split("/")[2])
        early = list(visits.filter(places__number__in=AWAY_EARLY).values_list("pk", flat=True))
        visits.filter(pk__in=early).update(expected_at=timezone.now() - timedelta(hours=2))


def _serve(page: Page, session: str) -> None:
    """Who comes: the slip's code; Enter finds, notes the arrival, seats, saves. Who fails takes two
    keys more.
    """
    with scoped(EVERYBODY):
        visits = list(
            Appointment.objects.filter(session_id=session.split("/")[2], state="booked")
            .order_by("places__number")
            .values_list("ticket", "places__number")
        )
    page.goto(f"{session}meja/")
    expect(page.locator("#id_q")).to_be_focused()
    for ticket, number in visits:
        if number in AWAY_EARLY | AWAY_LATE:
            continue
        page.keyboard.type(ticket)
        page.keyboard.press("Enter")
        expect(page.locator("#desk").get_by_role("button", name="Tandai hadir")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#desk [data-sit]")).to_be_visible()
        expect(page.locator("#id_q")).to_be_focused()
        page.keyboard.press("Enter")
        chosen = page.locator("#desk [name=service]:checked")
        expect(chosen).to_be_focused()
        if number in FAILED:
            page.keyboard.press("Tab")
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Tab")
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator("#desk .saved")).to_be_visible()
        expect(page.locator("#id_q")).to_be_focused()
    expect(page.locator("#live .figures strong").nth(2)).to_have_text(str(DONE), timeout=30_000)
    expect(page.locator("#live .figures strong").nth(3)).to_have_text(str(len(FAILED)))


def _equals_the_ledger(page: Page, event: str) -> None:
    event_id = event.split("/")[2]
    with scoped(EVERYBODY):
        ledger = rows(
            "SELECT outcome, sum(weight)::int FROM registrations_servicerecord"
            " WHERE event_id = %s GROUP BY 1 ORDER BY 1",
            [event_id],
        )
    assert ledger == [("done", DONE), ("failed", len(FAILED))]
    expect(page.locator("h1")).to_have_text("Laporan kegiatan")
    figures = page.locator("dl.figures div").all_inner_texts()
    shown = {text.split("\n")[0]: text.split("\n")[-1] for text in figures}
    assert shown == {
        "Terdaftar": str(PLACES + MOVED_UP),
        "Datang langsung": "0",
        "Datang": str(SERVED),
        "Datang, belum dilayani": "0",
        "Tidak hadir": str(AWAY + MOVED_UP),
        "Naik dari daftar tunggu": str(MOVED_UP),
        "Tidak mendapat kuota": str(OVER - MOVED_UP),
        "Layanan selesai": str(DONE),
        "Layanan gagal": str(len(FAILED)),
    }
    services = page.locator("table").first.locator("tbody tr").first
    cells = services.locator("td").all_inner_texts()
    counts = [PLACES, DONE, DONE, 0, 0, len(FAILED)]
    assert cells == [str(count) for count in counts]
    with page.expect_download() as fetched:
        press(page, page.get_by_role("link", name="XLSX"))
    sheet = CalamineWorkbook.from_filelike(
        io.BytesIO(fetched.value.path().read_bytes())
    ).get_sheet_by_index(0)
    line = next(row for row in sheet.to_python() if row[0] == "Perekaman KTP-el")
    assert [int(value) for value in line[1:7] if value != ""] == counts
