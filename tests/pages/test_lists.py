"""Lists cost the same with 1 and 30 rows, and what refreshes itself equals a reload."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client

from dukcapil.accounts.models import Posting, User
from dukcapil.accounts.scoping import scoped
from dukcapil.accounts.services import create_token
from dukcapil.accounts.staff.services import add_staff
from dukcapil.core.crypto import decrypt
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.planning.models.session import ServiceSession
from events.planning.services.notes import note_obstacle
from events.planning.services.sessions import open_session, set_stations
from events.resources.models import Device, Team
from events.resources.services import ask_loan, assign
from registrations.booking.readers import Line
from registrations.booking.services.appointments import book, check_in
from registrations.booking.services.drafts import Source, bring_list
from registrations.booking.services.groups import book_group, plan_of
from registrations.ledger.services.ledger import log_service
from registrations.lifecycle.services.events import close_event
from registrations.people.services.proposals import propose_correction
from registrations.people.validators import Nik
from registrations.requests.services.requests import ask_visit
from tests.world import (
    CLOSING,
    World,
    at,
    entry,
    make_basis,
    make_caller,
    make_event,
    make_resident,
    make_session,
    nik,
    record,
    today,
)

MOST = 8


def events(made: World, rows: int) -> str:
    for _row in range(rows):
        make_session(made, make_event(made))
    return "/kegiatan/"


def event(made: World, rows: int) -> str:
    chosen = make_event(made)
    for _row in range(rows):
        make_session(made, chosen)
    return f"/kegiatan/{chosen.pk}/"


def _booked(made: World, rows: int) -> Any:
    chosen = make_event(made)
    session = make_session(made, chosen, {"recording": 40})
    by = made["operator"].actor
    for _row in range(rows):
        resident = make_resident(made)
        with scoped(by.scope):
            book(by=by, session=session, resident=resident, services=["recording"])
    return session


def queue(made: World, rows: int) -> str:
    return f"/sesi/{_booked(made, rows).pk}/"


def today_page(made: World, rows: int) -> str:
    make_basis()
    for _row in range(rows):
        make_session(made, make_event(made))
    return "/hari-ini/"


def residents(made: World, rows: int) -> str:
    for _row in range(rows):
        make_resident(made)
    return "/penduduk/"


def resident(made: World, rows: int) -> str:
    person = make_resident(made)
    for _row in range(rows):
        record(made, person, "card_print")
    return f"/penduduk/{person.pk}/"


def corrections(made: World, rows: int) -> str:
    by = made["operator"].actor
    with scoped(by.scope):
        for number in range(rows):
            propose_correction(
                by=by, resident=make_resident(made), changes={"rt": f"{number}"}, reason="daftar"
            )
    return "/perbaikan/"


def corrected(made: World, rows: int) -> str:
    by, person = made["operator"].actor, make_resident(made)
    with scoped(by.scope):
        for number in range(rows):
            propose_correction(by=by, resident=person, changes={"rt": f"{number}"}, reason="daftar")
    return f"/penduduk/{person.pk}/"


def staff(made: World, rows: int) -> str:
    for number in range(rows):
        user = User.objects.create_user(f"s{rows}-{number}", None, name=f"S {number}")
        Posting.objects.create(
            user=user, role="district_operator", region_id="13.75", starts_on=today()
        )
    return "/akun/petugas/"


def proposals(made: World, rows: int) -> str:
    """Each by another head of the office."""
    region = Region.objects.get(pk="13.75")
    for number in range(rows):
        head = make_caller(f"k{rows}-{number}", "district_head", "13.75", today())
        add_staff(
            by=head.actor,
            username=f"p{rows}-{number}",
            name="P",
            role="district_head",
            region=region,
            starts_on=today(),
        )
    return "/akun/petugas/usulan/"


def new_postings(made: World, rows: int) -> str:
    for number in range(rows):
        add_staff(
            by=made["head"].actor,
            username=f"n{rows}-{number}",
            name="N",
            role="district_operator",
            region=Region.objects.get(pk="13.75"),
            starts_on=today(),
        )
    return "/pengawasan/?show=postings"


def account(made: World, rows: int) -> str:
    posting = Posting.objects.get(user__username="operator")
    for _row in range(rows):
        create_token(posting=posting, scopes=["read"], label="x")
    return "/akun/"


def set_aside(made: World, rows: int) -> str:
    for _row in range(rows):
        first = make_resident(made)
        record(made, first)
        with scoped("*"):
            nik = Nik(decrypt(bytes(first.identity.nik_cipher), context=str(first.pk)))
        record(made, make_resident(made, "13.06", nik=nik, village=first.village))
    return "/verifikasi/"


def log_page(made: World, rows: int) -> str:
    for _row in range(rows):
        make_session(made, make_event(made))
    return "/layanan/"


def daily(made: World, rows: int) -> str:
    for _row in range(rows):
        record(made, make_resident(made))
    return f"/laporan/13/?date={today()}"


def own_daily(made: World, rows: int) -> str:
    for _row in range(rows):
        record(made, make_resident(made))
    return f"/laporan/13.75/?date={today()}"


def desk(made: World, rows: int) -> str:
    session = _booked(made, rows)
    by = made["operator"].actor
    with scoped(by.scope):
        set_stations(
            by=by, event=session.event, stations={f"Meja {n}": ["recording"] for n in range(rows)}
        )
        for visit in session.appointments.all():
            check_in(by=by, appointment=visit)
    return f"/sesi/{session.pk}/meja/"


def board(made: World, rows: int) -> str:
    return desk(made, rows).replace("meja", "papan")


def print_list(made: World, rows: int) -> str:
    return f"/sesi/{_booked(made, rows).pk}/daftar/"


def _class(made: World, rows: int, places: int) -> Any:
    session = make_session(made, make_event(made), {"recording": places, "family_card": 1})
    people = [make_resident(made, name=f"Siswa {n}") for n in range(rows)]
    lines = [
        Line(n, "", name=one.identity.name, born=one.birth_date) for n, one in enumerate(people)
    ]
    by = made["operator"].actor
    with scoped(by.scope):
        return book_group(
            by=by, session=session, name="XII", services=["recording"], lines=lines
        ).group


def waiting(made: World, rows: int) -> str:
    return f"/sesi/{_class(made, rows, 0).session_id}/tunggu/"


def group(made: World, rows: int) -> str:
    return f"/rombongan/{_class(made, rows, max(1, rows // 2)).pk}/"


def event_groups(made: World, rows: int) -> str:
    path = group_new(made, rows)
    with scoped(EVERYBODY):
        session = ServiceSession.objects.get(pk=path.split("/")[2])
    return f"/kegiatan/{session.event_id}/rombongan/"


def group_new(made: World, rows: int) -> str:
    chosen = _class(made, 1, 5)
    by = made["operator"].actor
    with scoped(by.scope):
        for number in range(rows):
            chosen.pk = chosen.id = uuid7()
            chosen.name = f"XII {number}"
            chosen.save(force_insert=True)
    return f"/sesi/{chosen.session_id}/rombongan/"


def list_draft(made: World, rows: int) -> str:
    session = make_session(made, make_event(made), {"recording": 40})
    by = made["operator"].actor
    pupils = "\n".join(
        f"{nik(date(2007, 1, 1 + n)).text};Siswa {n};13.75.01.1001" for n in range(rows)
    )
    with scoped(by.scope):
        source = Source(f"NIK;Nama;Desa\n{pupils}".encode())
        plan = plan_of("XII", ["recording"])
        draft = bring_list(by=by, session=session, plan=plan, source=source)
    return f"/rombongan/pratinjau/{draft.pk}/"


def missing(made: World, rows: int) -> str:
    session = _booked(made, rows)
    head = made["head"].actor
    with scoped(head.scope):
        close_event(by=head, event=session.event, confirm=CLOSING)
    return f"/kegiatan/{session.event_id}/susulan/"


def report(made: World, rows: int) -> str:
    session = _booked(made, 1)
    for _row in range(rows):
        record(made, make_resident(made), session=session.pk)
    return f"/kegiatan/{session.event_id}/laporan/"


def calendar(made: World, rows: int) -> str:
    for _row in range(rows):
        make_event(made)
    return "/kegiatan/kalender/"


def schedule(made: World, rows: int) -> str:
    for _row in range(rows):
        make_session(made, make_event(made))
    return "/jadwal/"


def team(made: World, rows: int) -> str:
    chosen = make_event(made)
    by = made["operator"].actor
    with scoped(by.scope):
        for number in range(rows):
            kit = Device.objects.create(office_id="13.75", label=f"{rows} {number}", kind="set")
            assign(by=by, event=chosen, starts_at=at(1), ends_at=at(2), device=kit)
    return f"/kegiatan/{chosen.pk}/tim/"


def notes(made: World, rows: int) -> str:
    chosen = make_event(made)
    by = made["operator"].actor
    with scoped(by.scope):
        for _row in range(rows):
            note_obstacle(by=by, event=chosen, kind="power")
    return f"/kegiatan/{chosen.pk}/catatan/"


def resources(made: World, rows: int) -> str:
    by = made["operator"].actor
    with scoped(by.scope):
        for number in range(rows):
            team = Team.objects.create(office_id="13.75", name=f"{rows} {number}")
            team.members.create(clerk_id=by.user_id)
            lender = Region.objects.get(pk="13.06")
            ask_loan(by=by, event=make_event(made), lender=lender, wanted="Satu set")
    return "/sumber/"


def requests(made: World, rows: int) -> str:
    by = made["operator"].actor
    for number in range(rows):
        with scoped(by.scope):
            ask_visit(
                by=by,
                resident=make_resident(made),
                services=["recording"],
                reason="far",
                partner_kind="rt_rw",
                partner=f"RT {rows} {number}",
            )
    return "/permintaan/"


def recap(made: World, rows: int) -> str:
    for _row in range(rows):
        record(made, make_resident(made), event=make_event(made).pk)
    return "/kegiatan/rekap/"


LISTS: list[tuple[str, Callable[[World, int], str]]] = [
    ("operator", events),
    ("province_officer", events),
    ("operator", event),
    ("operator", queue),
    ("operator", today_page),
    ("operator", residents),
    ("operator", resident),
    ("operator", corrected),
    ("head", corrections),
    ("operator", account),
    ("operator", log_page),
    ("operator", own_daily),
    ("operator", desk),
    ("operator", board),
    ("operator", print_list),
    ("operator", waiting),
    ("operator", group),
    ("operator", group_new),
    ("operator", event_groups),
    ("operator", list_draft),
    ("operator", missing),
    ("operator", report),
    ("operator", calendar),
    ("operator", schedule),
    ("operator", team),
    ("operator", notes),
    ("operator", resources),
    ("operator", requests),
    ("operator", recap),
    ("province_officer", recap),
    ("head", staff),
    ("province_officer", proposals),
    ("head", new_postings),
    ("province_officer", set_aside),
    ("province_officer", daily),
]


@pytest.mark.parametrize(
    ("who", "build"), LISTS, ids=lambda value: getattr(value, "__name__", value)
)
def test_one_row_and_thirty_cost_the_same_and_little(
    made: World,
    browser: Callable[[str], Client],
    asked: Any,
    who: str,
    build: Callable[[World, int], str],
) -> None:
    client = browser(who)
    path = build(made, 1)
    client.get(path)  # what is remembered between two requests is remembered
    few = asked(client, path)
    assert few.answer.status_code == 200
    path = build(made, 29)
    client.get(path)
    many = asked(client, path)
    assert many.answer.status_code == 200
    assert many.count == few.count
    assert many.count <= MOST, "\n".join(many.sql)


def test_coverage_asks_little_while_nothing_changes_and_not_much_when_it_does(
    made: World, browser: Callable[[str], Client], asked: Any
) -> None:
    make_basis()
    client = browser("province_officer")
    path = f"/cakupan/13/?date={today()}"
    cold = asked(client, path)
    warm = asked(client, path)
    assert cold.answer.content.count(b"data-code=") == 19
    assert warm.count <= MOST
    assert cold.count <= 17, "\n".join(cold.sql)
    record(made, make_resident(made))
    assert asked(client, path).count <= cold.count
    why = f"/cakupan/13/mengapa/?date={today()}"
    client.get(why)
    assert asked(client, why).count <= MOST
    trend = f"/cakupan/13/tren/?date={today()}"
    client.get(trend)
    assert asked(client, trend).count <= MOST


# --- one view for page and fragment -----------------------------------------------------------------


def part_of(html: str, target: str) -> str:
    """The element with this id, as it stands in the page."""
    start = html.index(f'<div id="{target}"')
    depth, place = 0, start
    for found in re.finditer(r"<(/?)div\b", html[start:]):
        depth += -1 if found[1] else 1
        if depth == 0:
            place = start + found.end() + 1
            break
    return html[start:place]


LIVE: list[tuple[str, Callable[[World, int], str]]] = [
    ("operator", events),
    ("operator", event),
    ("operator", queue),
    ("operator", today_page),
    ("operator", own_daily),
    ("operator", desk),
    ("operator", board),
    ("province_officer", daily),
]


@pytest.mark.parametrize(
    ("who", "build"), LIVE, ids=lambda value: getattr(value, "__name__", value)
)
def test_a_swap_equals_a_reload(
    made: World, browser: Callable[[str], Client], who: str, build: Callable[[World, int], str]
) -> None:
    client = browser(who)
    path = build(made, 2)
    hx = {"HX-Request": "true", "HX-Target": "live"}
    before = part_of(client.get(path).content.decode(), "live")
    fragment = client.get(path, headers=hx).content.decode().strip()
    assert fragment == before
    seen = re.search(r'"X-Seen": "(\w+)"', before)
    assert seen is not None
    assert client.get(path, headers={**hx, "X-Seen": seen[1]}).status_code == 204
    session = _booked(made, 1)
    person = make_resident(made)
    by = made["operator"].actor
    with scoped(by.scope):
        log_service(by=by, entry=entry(person, session=session.pk))
    after = part_of(client.get(path).content.decode(), "live")
    assert client.get(path, headers=hx).content.decode().strip() == after
    if build in (events, today_page, own_daily):
        assert after != before


def test_coverage_and_its_trend_swap_too(made: World, browser: Callable[[str], Client]) -> None:
    make_basis()
    client = browser("operator")
    for path, target in (
        (f"/cakupan/13.75/?date={today()}", "live"),
        (f"/cakupan/13.75/tren/?date={today()}", "trend"),
    ):
        hx = {"HX-Request": "true", "HX-Target": target}
        before = client.get(path, headers=hx).content.decode().strip()
        if target == "live":
            assert part_of(client.get(path).content.decode(), target) == before
        record(made, make_resident(made))
        after = client.get(path, headers=hx).content.decode().strip()
        assert after != before
    full = part_of(client.get(path).content.decode(), "trend")
    # Standing alone the table is open; behind the chart it is folded.
    assert full.replace("<details open>", "<details>").count("data-day") == after.count("data-day")


def test_a_filter_in_the_address_finds_the_same_with_and_without_htmx(
    made: World, browser: Callable[[str], Client]
) -> None:
    make_event(made, title="Gebyar Satu")
    make_event(made, title="Kunjungan Dua", kind="jemput_bola")
    client = browser("operator")
    plain = client.get("/kegiatan/", {"kind": "jemput_bola"}).content.decode()
    assert "Kunjungan Dua" in plain
    assert "Gebyar Satu" not in plain
    hx = {"HX-Request": "true", "HX-Target": "live"}
    part = client.get("/kegiatan/", {"kind": "jemput_bola"}, headers=hx).content.decode().strip()
    assert part == part_of(plain, "live")
    wrong = client.get("/kegiatan/", {"kind": "pesta", "page": "x"})
    assert wrong.status_code == 200
    assert "errorlist" in wrong.content.decode()


def test_a_list_longer_than_a_page_is_paged(made: World, browser: Callable[[str], Client]) -> None:
    for number in range(51):
        make_resident(made, name=f"Warga {number:03}")
    client = browser("operator")
    first = client.get("/penduduk/").content.decode()
    assert "Warga 000" in first
    assert "Warga 050" not in first
    assert "Warga 050" in client.get("/penduduk/", {"page": "2"}).content.decode()


def test_times_stand_in_the_zone_of_the_place(
    made: World, browser: Callable[[str], Client]
) -> None:
    chosen = make_event(made)
    by = made["operator"].actor
    with scoped(by.scope):
        open_session(
            by=by,
            event=chosen,
            starts_at=at(8),
            ends_at=at(12),
            capacity={"recording": 1},
        )
    html = browser("operator").get(f"/kegiatan/{chosen.pk}/").content.decode()
    assert "08.00–12.00 WIB" in html


def test_the_chart_reads_thousands_as_thousands() -> None:
    row = {
        "date": today(),
        "recorded_today": 1234,
        "ikd_today": 5678,
        "recorded": 9_999_999,
        "recorded_percent": "98.68",
    }
    html = render_to_string("reports/_trend.html", {"rows": [row]})
    assert 'data-recorded="1234"' in html
    assert 'data-ikd="5678"' in html
    assert "9.999.999" in html
