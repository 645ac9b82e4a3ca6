"""The whole story through the pages, as people do it: in Chromium, and where they are in a hurry by
keyboard alone.
"""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.utils.formats import date_format
from playwright.sync_api import Browser, Page, expect

from dukcapil.accounts.models import Posting, User
from dukcapil.accounts.scoping import scoped
from dukcapil.regions.models import Region
from events.planning.services.notes import note_obstacle
from events.planning.services.sessions import set_stations
from events.resources.services import ask_loan
from registrations.booking.models.appointment import Appointment
from registrations.booking.readers import Line
from registrations.booking.services.appointments import book, walk_in
from registrations.booking.services.drafts import Source, bring_list
from registrations.booking.services.groups import book_group, plan_of
from registrations.booking.services.queue import call_next
from registrations.booking.services.waiting import wait
from registrations.requests.services.requests import ask_visit
from tests.accounts.test_login import code
from tests.engines import LONG
from tests.pages.test_lists import set_aside
from tests.reports.test_build import built
from tests.standing import built_once
from tests.story.axe import (
    ALL_OF_IT,
    TIGHT,
    found_by_axe,
    judged_targets,
    kinds_on,
    mark_new,
    small_targets,
    with_axe,
)
from tests.story.conftest import chrome
from tests.story.printing import WAYS, lost_on_paper, off_paper
from tests.story.test_browser import PASSWORD, fits
from tests.world import (
    World,
    make_basis,
    make_event,
    make_resident,
    make_session,
    record,
    today,
    without_factor,
)

__all__ = ["chrome"]  # a fixture, also where others take it from

SECRETS = {name: generate_totp_secret() for name in ("head", "province_officer")}


@built_once
def world(kept: World) -> None:
    make_basis()
    for name in ("operator", "head", "province_officer", "nation_viewer"):
        user = User.objects.get(username=name)
        user.set_password(PASSWORD)
        user.save()
        if name in SECRETS:
            without_factor(name)
            TOTP.activate(user, SECRETS[name])


class Desk:
    """Somebody's own browser. Any console error or uncaught one fails the test. Three pages of log-in are
    opened where they are `typed`; elsewhere the session is given, or one that was `begun`, and no page is open yet.
    """

    def __init__(
        self,
        chrome: Browser,
        url: str,
        name: str,
        width: int = 1280,
        *,
        typed: bool = False,
        begun: Client | None = None,
    ) -> None:
        self.problems: list[str] = []
        context = chrome.new_context(
            viewport={"width": width, "height": 900}, base_url=url, locale="id-ID"
        )
        self.page: Page = context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        if typed:
            self._log_in(name)
        else:
            client = begun or Client()
            if not begun:
                client.force_login(User.objects.get(username=name))
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])

    def _log_in(self, name: str) -> None:
        page = self.page
        page.goto("/")
        page.get_by_label("Nama pengguna").fill(name)
        page.locator("#id_password").fill(PASSWORD)
        page.keyboard.press("Enter")
        if name in SECRETS:
            page.locator("#id_code").fill(code(SECRETS[name]))
            page.keyboard.press("Enter")
        expect(page.locator("nav.side")).to_be_attached()

    def _console(self, message: Any) -> None:
        # A refused form answers 422, which the browser notes as a failed resource.
        if message.type == "error" and "422" not in message.text:
            self.problems.append(message.text)


def logged_in(name: str) -> Client:
    """By the forms of the log-in, which the session then remembers."""
    client = Client()
    answer = client.post("/akun/masuk/", {"login": name, "password": PASSWORD})
    if name in SECRETS:
        client.post(answer.headers["Location"], {"code": code(SECRETS[name])})
    assert client.session[SESSION_KEY], name
    return client


def booked(page: Page, session: str, name: str) -> None:
    page.goto(f"{session}pesan/")
    page.locator("#id_q").fill(name)
    page.keyboard.press("Enter")
    page.get_by_role("button", name=name).click()


def test_from_a_plan_to_the_provinces_figure(
    world: World, chrome: Browser, live_server: Any
) -> None:
    for name in ("Ani Pertama", "Budi Kedua", "Citra Ketiga"):
        make_resident(world, name=name)
    before = world["api_client"].get("coverage/?region=13.75&level=regency").json["results"][0]
    clerk = Desk(chrome, live_server.url, "operator", typed=True)
    page = clerk.page

    # The clerk plans a Gebyar. Keys as fast as a scanner types them are no shortcuts.
    page.keyboard.type("gkn2")
    page.wait_for_timeout(400)
    assert page.url.endswith("/hari-ini/")
    page.keyboard.type("gk", delay=300)
    page.wait_for_url("**/kegiatan/")
    page.keyboard.type("n")
    page.wait_for_url("**/kegiatan/baru/")
    page.get_by_label("Judul").fill("Gebyar Prima")
    page.get_by_label("Desa/kelurahan").select_option(index=1)
    page.get_by_label("Lokasi", exact=True).fill("Aula SMA 1")
    page.get_by_label("Hari pertama").fill(str(today()))
    page.get_by_label("Hari terakhir").fill(str(today()))
    page.get_by_label("Perekaman KTP-el").check()
    page.get_by_label("Aktivasi IKD").check()
    page.get_by_role("button", name="Simpan sebagai konsep").click()
    expect(page.locator("h1")).to_have_text("Gebyar Prima")
    event = page.url.removeprefix(live_server.url)
    page.get_by_role("link", name="Tambah sesi").click()
    page.get_by_label("Dari").fill("00:01")
    page.get_by_label("Sampai").fill("23:59")
    page.get_by_label("Perekaman KTP-el").fill("2")
    page.get_by_label("Aktivasi IKD").fill("2")
    page.get_by_role("button", name="Simpan").click()
    expect(page.get_by_role("link", name="Setujui", exact=True)).to_have_count(0)

    # The head signs that it is neutral, item by item.
    head = Desk(chrome, live_server.url, "head", typed=True)
    head.page.goto(event)
    head.page.get_by_role("link", name="Setujui", exact=True).click()
    head.page.get_by_role("button", name="Nyatakan dan setujui").click()
    expect(head.page.locator(".errorlist").first).to_be_visible()
    for box in head.page.get_by_role("checkbox").all():
        if box.is_visible():
            box.check()
    head.page.get_by_role("button", name="Nyatakan dan setujui").click()
    expect(head.page.get_by_text("Kegiatan disetujui")).to_be_visible()

    # Two places: the third person is refused with the reason.
    page.goto(event)
    page.locator("tbody th a").first.click()
    session = page.url.removeprefix(live_server.url)
    booked(page, session, "Ani Pertama")
    ticket = page.locator(".ticket").inner_text()
    booked(page, session, "Budi Kedua")
    expect(page.locator(".ticket")).to_be_visible()
    booked(page, session, "Citra Ketiga")
    expect(page.get_by_role("alert")).to_contain_text("penuh")

    # At the door the slip's code is typed (a scanner types it, too).
    page.goto(session)
    expect(page.locator("#ticket")).to_be_focused()
    page.keyboard.type(ticket)
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr").first).to_contain_text("Hadir")

    # Recording and IKD, by keyboard alone: code, Enter, Enter, Enter; then the next service.
    page.goto(f"/layanan/?session={session.split('/')[2]}")
    expect(page.locator("#id_q")).to_be_focused()
    page.keyboard.type(ticket)
    page.keyboard.press("Enter")
    page.wait_for_url("**person=**")
    expect(page.get_by_role("button", name="Layani sekarang")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Perekaman KTP-el")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Tersimpan:")).to_be_visible()
    expect(page.locator("#id_q")).to_be_focused()
    page.keyboard.type("ani p")
    page.keyboard.press("Enter")
    page.wait_for_url("**person=**")
    expect(page.get_by_role("button", name="Layani sekarang")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Aktivasi IKD")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Aktivasi IKD · Selesai")).to_be_visible()

    # The province sees it at once, and after the build in a numbered revision.
    province = Desk(chrome, live_server.url, "province_officer")
    province.page.goto("/cakupan/13/")
    row = province.page.locator('tr[data-code="13.75"]')
    columns = province.page.locator("table.ranking thead th").all_text_contents()
    recorded_today = [name.strip() for name in columns].index("Hari itu")
    expect(row.locator("th, td").nth(recorded_today)).to_have_text("1")
    expect(province.page.locator(".basis").first).not_to_contain_text("revisi")
    built()
    province.page.goto(f"/cakupan/13.75/?date={today()}")
    expect(province.page.locator(".basis").first).to_contain_text("revisi 1")
    province.page.locator(".figures a").first.click()
    expect(province.page.locator("h1")).to_contain_text("Mengapa")
    province.page.get_by_role("link", name="Kota Bukittinggi").last.click()
    expect(province.page.locator("h1")).to_contain_text("Laporan harian")

    # And the API gives the same to the digit.
    after = world["api_client"].get("coverage/?region=13.75&level=regency").json["results"][0]
    assert after["recorded"] == before["recorded"] + 1
    province.page.goto(f"/cakupan/13.75/?date={today()}")
    shown = province.page.locator(".figures").inner_text()
    assert after["recorded_percent"].replace(".", ",") + " %" in shown
    assert f"{after['recorded']:,}".replace(",", ".") in shown
    with scoped("*"):
        assert sorted(Appointment.objects.values_list("state", flat=True)) == ["booked", "served"]
    assert clerk.problems + head.problems + province.problems == []


# --- every page: accessible, and as wide as a small telephone --------------------------------------


@pytest.fixture
def places(world: World) -> dict[str, list[str]]:
    """Addresses of every page, with something on it, by who may see it."""
    event = make_event(world)
    session = make_session(world, event)
    person = make_resident(world, name="Nama Yang Sangat Panjang Sekali Binti Seseorang " * 2)
    by = world["operator"].actor
    with scoped(by.scope):
        slip = book(by=by, session=session, resident=person, services=["recording"])
        stations = {"Meja 1": ["recording"], "Meja 2": ["ikd_activation"]}
        set_stations(by=by, event=event, stations=stations)
        called = walk_in(
            by=by, session=session, resident=make_resident(world), services=["recording"]
        )
        station = event.stations.order_by("pk").first()
        call_next(by=by, session=session, station=station)
        wait(by=by, session=session, resident=make_resident(world), services=["family_card"])
        pupil = Line(
            2, "", name="Siswa Contoh", born=make_resident(world, name="Siswa Contoh").birth_date
        )
        group = book_group(
            by=by, session=session, name="XII IPA 1", services=["recording"], lines=[pupil]
        ).group
        draft = bring_list(
            by=by,
            session=session,
            plan=plan_of("XII IPA 2", ["recording"]),
            source=Source(b"NIK;Nama\n123;Angka Kurang\n;Tanpa Nomor Induk"),
        )
        loan = ask_loan(
            by=by, event=event, lender=Region.objects.get(pk="13.06"), wanted="Satu set"
        )
        note_obstacle(by=by, event=event, kind="power")
        asked = ask_visit(
            by=by, resident=person, services=["recording"], reason="far", partner_kind="rt_rw"
        )
    record(world, make_resident(world))
    set_aside(world, 1)
    built()
    day = today()
    posting = Posting.objects.get(user__username="operator").pk
    figures = [
        f"/cakupan/13/?date={day}",
        f"/cakupan/13/tren/?date={day}",
        f"/cakupan/13/mengapa/?date={day}",
        f"/laporan/13/?date={day}",
        f"/cakupan/13/berkas/?date={day}",
        f"/cakupan/13/usia/?date={day}",
        "/dasar/",
        "/dasar/baru/",
        "/target/",
        "/rilis/",
        "/kegiatan/",
    ]
    return {
        "operator": [
            "/hari-ini/",
            "/kegiatan/",
            "/kegiatan/?state=closed",
            "/kegiatan/baru/",
            f"/kegiatan/{event.pk}/",
            f"/kegiatan/{event.pk}/ubah/",
            f"/kegiatan/{event.pk}/sesi/baru/",
            f"/sesi/{session.pk}/",
            f"/sesi/{session.pk}/?show=done",
            f"/sesi/{session.pk}/tempat/",
            f"/kegiatan/{event.pk}/salin/",
            f"/kegiatan/{event.pk}/pos/",
            f"/kegiatan/{event.pk}/tim/",
            f"/kegiatan/{event.pk}/catatan/",
            f"/kegiatan/{event.pk}/susulan/",
            f"/kegiatan/{event.pk}/laporan/",
            "/kegiatan/rekap/",
            "/permintaan/",
            "/permintaan/?state=all",
            "/permintaan/baru/",
            f"/permintaan/baru/?person={person.pk}",
            f"/permintaan/{asked.pk}/",
            "/kegiatan/kalender/",
            f"/kegiatan/kalender/?minggu={today()}",
            "/sumber/",
            f"/pinjaman/{loan.pk}/",
            "/jadwal/",
            f"/sesi/{session.pk}/meja/?station={station.pk}",  # type: ignore[union-attr]
            f"/sesi/{session.pk}/meja/?person={called.resident_id}",
            f"/sesi/{session.pk}/papan/",
            f"/sesi/{session.pk}/rombongan/",
            f"/sesi/{session.pk}/tunggu/",
            f"/sesi/{session.pk}/daftar/",
            f"/rombongan/{group.pk}/",
            f"/rombongan/{group.pk}/slip/",
            f"/rombongan/pratinjau/{draft.pk}/",
            f"/sesi/{session.pk}/pesan/",
            f"/sesi/{session.pk}/pesan/?person={person.pk}",
            f"/janji/{slip.pk}/",
            "/layanan/",
            f"/layanan/?session={session.pk}&person={person.pk}",
            "/penduduk/",
            "/penduduk/baru/",
            f"/penduduk/{person.pk}/",
            f"/cakupan/13.75/?date={day}",
            f"/cakupan/13.75.01/?date={day}",
            "/cakupan/13.75/?date=2999-01-01",
            f"/cakupan/13.75/mengapa/?date={day}",
            f"/laporan/13.75/?date={day}",
            "/laporan/13.75/?date=2024-01-01",
            "/akun/",
            "/akun/token/baru/",
            "/akun/sandi/",
            "/akun/sesi/",
            "/akun/faktor-kedua/aktifkan/",
            "/tidak-ada/",
            "/verifikasi/",
        ],
        "head": [
            f"/kegiatan/{event.pk}/setujui/",
            f"/kegiatan/{event.pk}/pindah/",
            "/akun/petugas/",
            "/akun/petugas/baru/",
            f"/akun/petugas/{posting}/penempatan/",
            f"/akun/petugas/{posting}/akhiri/",
            f"/akun/petugas/{posting}/dibuat/",
            f"/akun/petugas/{posting}/nomor/",
            "/akun/petugas/usulan/",
            "/akun/kantor/",
            "/pengawasan/?show=postings",
            "/akun/token/dibuat/",
            "/akun/faktor-kedua/kode/",
            "/akun/faktor-kedua/kode/buat/",
            "/akun/faktor-kedua/matikan/",
            "/akun/ulang/",
        ],
        "province_officer": [
            *("/hari-ini/", f"/evaluasi/13/?date={day}"),
            *(*figures, "/verifikasi/", "/penduduk/"),
        ],
        "nation_viewer": [f"/cakupan/00/?date={day}", f"/laporan/00/?date={day}"],
    }


#: What is asked of each page before axe, in one question.
_LOOK = f"""() => ({{
    fits: document.documentElement.scrollWidth <= document.documentElement.clientWidth,
    tight: {0 if LONG else f"({TIGHT})()"},
    paper: [...document.querySelectorAll('.print-only')].some(one => one.getClientRects().length),
    ways: ({WAYS})(),
    many: Boolean(document.querySelector('main:has(table thead th:nth-child(9))')),
}})"""


@pytest.mark.timeout(600)
def test_axe_finds_nothing_and_360_pixels_are_enough(
    world: World,
    places: dict[str, list[str]],
    chrome: Browser,
    live_server: Any,
    settings: Any,
) -> None:
    """Every page is opened at 360 pixels. axe is asked, at one width by dice, on the first page of
    each role, and of elements of a kind that no page before had, in another order in each run, and of
    a sixth of those pages as a whole. Printed is what could lose something in a way of its own, a sixth of
    the others, and half of those with many columns. With LONG all pages are.
    """
    # Pages of the own account ask for a log-in of now, and these come anywhere in the run.
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 3600
    known: set[str] = set()
    ways: set[str] = set()
    found = []
    desks = {
        who: Desk(chrome, live_server.url, who, width=360, begun=logged_in(who)) for who in places
    }
    for desk in desks.values():
        with_axe(desk.page)
    begun: set[str] = set()
    pairs = [(who, path) for who, paths in places.items() for path in paths]
    for who, path in random.sample(pairs, len(pairs)):
        page = desks[who].page
        page.goto(path)
        if "cakupan" in path:
            page.wait_for_timeout(300)
        always = who not in begun
        begun.add(who)
        found += [f"{who} {path}: {one}" for one in wrong_with(page, path, known, ways, always)]
    for desk in desks.values():
        desk.page.context.close()
    assert not found, "\n".join(found)


def wrong_with(
    page: Page, path: str, known: set[str], ways: set[str], always: bool
) -> Iterator[str]:
    its = page.evaluate(_LOOK)
    if not its["fits"]:
        yield "wider than 360 pixels"
    if LONG or its["tight"]:
        yield from judged_targets(page)
    if its["paper"]:
        yield "what is of paper alone is on the screen"
    whole, wide = LONG or random.random() < 0.17, random.random() < 0.33
    yield from judged(page, known, always=LONG or always, whole=whole, wide=wide)
    drawn = random.random() < (0.5 if its["many"] else 0.17)
    if LONG or drawn or not set(its["ways"]) <= ways:
        ways.update(its["ways"])
        # The field with the day is no part of the paper: there the day stands in words.
        dated = re.fullmatch(rf"/(cakupan|laporan)/[\d.]+/\?date={today()}", path)
        names = [date_format(today(), "l, j F Y")] if dated else []
        yield from (f"on paper: {lost}" for lost in lost_on_paper(page, *names))
    if page.viewport_size != {"width": 360, "height": 900}:
        off_paper(page, 360)


def judged(
    page: Page, known: set[str], *, always: bool = False, whole: bool = LONG, wide: bool = False
) -> Iterator[str]:
    """What axe finds `always`, or where something is not `known`: in that alone, or in the `whole` page."""
    kinds = kinds_on(page)
    new = {at for kind, at in kinds.items() if kind not in known}
    colours = any(kind.startswith("colours ") for kind in kinds if kind not in known)
    known.update(kinds)
    if not new and not always:
        return
    asked = {ALL_OF_IT} if always or whole else new
    if wide:
        # What it draws anew for that may stand in other places.
        mark_new(page, asked)
        page.set_viewport_size({"width": 1280, "height": 900})
        asked = {ALL_OF_IT}
    yield from found_by_axe(page, contrast=always or whole or colours, new=asked)


#: Styles of the pairs below are the faults that axe has to find; pages of ours have none.
_GREY = 'style="color: #bbb"'
#: What is right, and what is wrong in the same place, which axe must be asked about again.
_OF_TWO_KINDS = {
    "pale words": ("<p>Kata</p>", f"<p {_GREY}>Kata</p>"),
    "pale words that stood hidden": (f"<p hidden {_GREY}>Kata</p>", f"<p {_GREY}>Kata</p>"),
    "pale words that could not be seen": (
        '<p style="color: #bbb; visibility: hidden">Kata</p>',
        f"<p {_GREY}>Kata</p>",
    ),
    "words of half their colour": (
        '<div style="opacity: 1"><p>Kata</p></div>',
        '<div style="opacity: .3"><p>Kata</p></div>',
    ),
    "pale words in a field": (
        '<input name="n" aria-label="x" value="Kata">',
        f'<input name="n" aria-label="x" value="Kata" {_GREY}>',
    ),
    "pale words of a button that was off": (
        '<button disabled style="color: #bbb; background: #fff">Kata</button>',
        '<button style="color: #bbb; background: #fff">Kata</button>',
    ),
    "named by what is missing": (
        '<b id="b">Kata</b><input name="n" aria-labelledby="b">',
        '<b id="b">Kata</b><input name="n" aria-labelledby="c">',
    ),
    "an empty name": ('<a href="/" aria-label="x"></a>', '<a href="/" aria-label=""></a>'),
    "an empty title": ('<a href="/" title="x"></a>', '<a href="/" title=""></a>'),
    "no such state": (
        '<button aria-expanded="true">Kata</button>',
        '<button aria-expanded="ya">Kata</button>',
    ),
    "no such role": ('<p role="note">Kata</p>', '<p role="nota">Kata</p>'),
    "a heading left out": (
        "<h2>Kata</h2><h3>Kata</h3><h4>Kata</h4>",
        "<h2>Kata</h2><h4>Kata</h4><h3>Kata</h3>",
    ),
    "a picture without a name": (
        '<svg role="img" aria-label="x"></svg>',
        '<svg role="img"></svg>',
    ),
    "an order of its own": (
        '<a href="/" tabindex="0">Kata</a>',
        '<a href="/" tabindex="5">Kata</a>',
    ),
    "no such filling": (
        '<input name="n" aria-label="x" autocomplete="name">',
        '<input name="n" aria-label="x" autocomplete="nama">',
    ),
    "no such language": ('<p lang="en">Kata</p>', '<p lang="xx-yy-zz">Kata</p>'),
    "an item of no list": (
        "<ul><li>Kata</li></ul><div><p>Kata</p></div>",
        "<ul><li>Kata</li></ul><div><p>Kata</p><li>Kata</li></div>",
    ),
    "a link without words": (
        '<a href="/"><b>Kata</b></a>',
        '<a href="/"><b>Kata</b></a><a href="/"></a>',
    ),
    "a field without its label": (
        '<label for="a">Kata</label><input id="a" name="n">',
        '<label for="b">Kata</label><input id="a" name="n">',
    ),
    "a link that only its colour tells apart": (
        '<p>Kata dan kata: <a href="/" style="color: #00e">kata</a></p>',
        '<p>Kata dan kata: <a href="/" style="color: #00e; text-decoration: none">kata</a></p>',
    ),
    "outside the main part": (
        "</main><footer>Kata</footer>",
        f"</main><footer {_GREY}>Kata</footer>",
    ),
}


def test_kinds_differ_where_axe_judges_otherwise(chrome: Browser) -> None:
    """The control of what axe is not asked about again, and of what it is asked about alone; words and numbers
    alone are no kind.
    """
    page = chrome.new_page()

    def kinds(body: str, head: str = '<html lang="id"><title>x</title>') -> set[str]:
        page.set_content(f"{head}<body><main><h1>x</h1>{body}")
        return {*kinds_on(page)}

    for name, (good, bad) in _OF_TWO_KINDS.items():
        known = kinds(good)
        assert found_by_axe(page) == [], name
        assert not kinds(bad) <= known, name
        assert [*judged(page, known, whole=False)] != [], name
    assert not kinds("", "<html><title>x</title>") <= kinds("")
    assert not kinds("", '<html lang="id"><title></title>') <= kinds("")
    assert kinds('<a href="/2/" title="b">y</a>') == kinds('<a href="/1/" title="a">x</a>')


def test_a_row_that_is_not_like_the_others_is_looked_at(chrome: Browser) -> None:
    """The control: in long lists axe looks at one row of a kind."""
    page = chrome.new_page()
    good = [f'<tr><td><a href="/{number}/">Desa {number}</a></td></tr>' for number in range(9)]
    head = '<html lang="id"><title>Daftar</title><main><h1>Daftar</h1><table><tbody>'
    for bad in (
        '<tr><td><a href="/7/"></a></td></tr>',
        '<tr><td style="color: #ddd; background: #fff">Desa 7</td></tr>',
    ):
        page.set_content(head + "".join([*good[:7], bad, *good[7:]]))
        found = found_by_axe(page, repeats=False)
        assert len(found) == 1, found
        assert found == found_by_axe(page, repeats=True)
    page.set_content(head + "".join(good))
    assert found_by_axe(page, repeats=False) == []


def test_what_is_hit_has_room(world: World, chrome: Browser, live_server: Any) -> None:
    """Links below each other; without the house's own CSS they have none."""
    page = Desk(chrome, live_server.url, "operator", width=390).page
    page.goto("/kegiatan/")
    links = "".join(f"<li><a href='/{n}/'>Senin, {n} November 2026</a></li>" for n in range(2, 9))
    page.evaluate(
        "html => { document.querySelector('main').innerHTML = html; }", f"<ul>{links}</ul>"
    )
    assert small_targets(page) == []
    page.evaluate(
        "document.querySelectorAll('main a, main li').forEach(one => { one.style.padding = 0; one.style.minHeight = 0; })"
    )
    assert len(small_targets(page)) == 7
    # What is large and lies under another is small.
    page = chrome.new_page()
    for beside, is_small in (("20px", True), ("44px", False), ("90px", False)):
        page.set_content(
            "<html lang='id'><title>x</title><main style='position: relative'>"
            "<style>button { position: absolute; left: 0; width: 44px; height: 44px; }</style>"
            f"<button style='top: 0'>a</button><button style='top: {beside}'>b</button>"
        )
        found = small_targets(page, all_of_them=False)
        assert bool(found) == is_small, beside
        assert len(found) == len(small_targets(page, all_of_them=True))
    # What is small itself needs room around it, which is reckoned here before axe is asked.
    for down, right, is_small in (
        *((12, 0, True), (17, 0, True), (23, 0, True), (30, 0, False)),
        *((17, 17, False), (0, 16, True), (0, 30, False)),
    ):
        page.set_content(
            "<html lang='id'><title>x</title><main style='position: relative'>"
            "<style>button { position: absolute; padding: 0; width: 12px; height: 12px; }</style>"
            "<button aria-label='a' style='top: 0; left: 0'></button>"
            f"<button aria-label='b' style='top: {down}px; left: {right}px'></button>"
        )
        found = small_targets(page, all_of_them=False)
        assert bool(found) == is_small, (down, right)
        assert len(found) == len(small_targets(page, all_of_them=True)), (down, right)


def test_axe_finds_nothing_in_a_form_that_was_refused(
    world: World, chrome: Browser, live_server: Any
) -> None:
    desk = Desk(chrome, live_server.url, "operator", width=360)
    known: set[str] = set()
    for path in (
        *("/kegiatan/baru/", "/penduduk/baru/", "/akun/token/baru/", "/layanan/", "/penduduk/"),
        "/permintaan/baru/",
    ):
        desk.page.goto(path)
        for box in desk.page.get_by_role("checkbox", checked=True).all():
            box.uncheck()
        desk.page.locator("main form[method=post] button[type=submit]").first.click()
        expect(desk.page.get_by_role("alert").first).to_be_visible()
        assert [*judged(desk.page, known)] == [], path
        assert fits(desk.page), path


def test_axe_finds_nothing_before_the_login(
    world: World, chrome: Browser, live_server: Any
) -> None:
    page = chrome.new_page(viewport={"width": 360, "height": 800}, base_url=live_server.url)
    for path in ("/akun/masuk/", "/akun/keluar/"):
        page.goto(path)
        assert found_by_axe(page) == [], path
        assert fits(page), path


def test_a_page_weighs_little_without_the_map(
    world: World, chrome: Browser, live_server: Any
) -> None:
    """Static files count as `collectstatic` compresses them; the page as it is sent, gzipped."""
    root = Path(__file__).parents[2] / "static"
    sizes = {
        path.relative_to(root).as_posix(): len(
            path.read_bytes() if path.suffix == ".woff2" else gzip.compress(path.read_bytes())
        )
        for path in root.rglob("*")
        if path.is_file()
    }
    desk = Desk(chrome, live_server.url, "operator")
    loaded: set[str] = set()
    desk.page.on("request", lambda request: loaded.add(request.url))
    desk.page.goto("/hari-ini/")
    desk.page.wait_for_load_state("networkidle")
    files = {url.partition("/static/")[2].partition("#")[0] for url in loaded if "/static/" in url}
    assert "vendor/bootstrap.css" in files
    html = len(gzip.compress(desk.page.content().encode()))
    assert not re.search("charts", " ".join(files))
    assert html + sum(sizes[name] for name in files) <= 150 * 1024
