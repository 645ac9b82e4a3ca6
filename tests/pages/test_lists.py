"""Lists cost the same with one row and many, and what refreshes itself equals a reload."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from dukcapil.accounts.models import Posting, User
from dukcapil.accounts.scoping import scoped
from dukcapil.accounts.services import create_token
from dukcapil.accounts.staff.services import add_staff
from dukcapil.core.crypto import decrypt
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.elections.models import Election
from events.incidents.services import report_incident, report_outage
from events.planning.models.session import ServiceSession
from events.planning.services.notes import note_obstacle
from events.planning.services.requirements import set_requirement
from events.planning.services.sessions import open_session, set_stations
from events.resources.models import Device, Team
from events.resources.services import ask_loan, assign
from events.stock.selectors import balances
from events.stock.services.counting import count
from events.stock.services.moving import move
from events.stock.services.requests import ask_stock
from events.venues.services import add_venue
from registrations.arrivals.enums import ArrivalKind
from registrations.arrivals.services.sending import Handed, hand_over
from registrations.bench.services.handling import note_contact
from registrations.booking.readers import Line
from registrations.booking.services.appointments import book, check_in
from registrations.booking.services.drafts import Source, bring_list
from registrations.booking.services.groups import book_group, plan_of
from registrations.burials.services.entries import Entry as Buried
from registrations.burials.services.matching import match_burial
from registrations.burials.services.recording import record_burial
from registrations.documents.services.requests import ask_document
from registrations.findings.services.findings import propose
from registrations.ledger.services.ledger import log_service
from registrations.lifecycle.services.events import close_event
from registrations.missing.models import RollEntry
from registrations.missing.services.closing import ask_to_close, close_list, the_list
from registrations.missing.services.refreshing import refresh
from registrations.oversight.services.breaches import report_breach
from registrations.people.services.proposals import propose_correction
from registrations.people.validators import Nik
from registrations.requests.services.requests import ask_visit
from registrations.rosters.services.bringing import bring_roster
from registrations.rosters.validators import year_of
from reports.coverage.renderers.charts import Chart
from reports.coverage.selectors.trend import TrendDay
from tests.engines import LONG, MANY
from tests.pages.lists_of_papers import (
    card_of_one,
    class_cards,
    papers,
    papers_of_one,
    status_to_print,
    statuses,
    to_print,
    uncollected,
)
from tests.pages.lists_of_plans import INPUTS
from tests.registrations.test_missing import make_roster, name_in
from tests.world import (
    CLOSING,
    VILLAGES,
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
#: What asks once for each row asks three times more for these.
ROWS = MANY if LONG else 4


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


def arrivals(made: World, rows: int) -> str:
    sender = made["neighbour"].actor
    people = [
        Handed(
            VILLAGES["13.75"], number, {"nik": number, "name": "Jauh", "birth_date": "1990-05-17"}
        )
        for number in (nik(date(1990, 5, 17)).text for _row in range(rows))
    ]
    with scoped(sender.scope):
        hand_over(by=sender, kind=ArrivalKind.RESIDENT, source=uuid7(), people=people)
    return "/kedatangan/"


def burials(made: World, rows: int) -> str:
    by, there = made["operator"].actor, made["neighbour"].actor
    home = Region.objects.get(pk=VILLAGES["13.75"])
    for actor in (by, there):
        village = Region.objects.get(pk=VILLAGES[str(actor.office)])
        with scoped(actor.scope):
            for number in range(rows):
                record_burial(
                    by=actor,
                    village=village,
                    entry=Buried(
                        home_village=home,
                        name=f"Contoh {number} dari {rows} Alm",
                        died_on=today(),
                        buried_on=today(),
                        cemetery="TPU",
                        reporter="RT",
                        relation="neighbour",
                    ),
                )
    return "/pemakaman/"


def burial(made: World, rows: int) -> str:
    """Somebody decides who it is."""
    by = made["operator"].actor
    for _row in range(rows):
        make_resident(made, name="Contoh Alm")
    with scoped(by.scope):
        line = record_burial(
            by=by,
            village=Region.objects.get(pk=VILLAGES["13.75"]),
            entry=Buried(
                name="Contoh Alm",
                age=rows,
                died_on=today(),
                buried_on=today(),
                cemetery="TPU",
                reporter="RT",
                relation="neighbour",
            ),
        )
        assert match_burial(by=by, burial_id=line.pk).state == "asked"
    return f"/pemakaman/{line.pk}/"


def burial_report(made: World, rows: int) -> str:
    burials(made, rows)
    return "/pemakaman/laporan/"


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


def breach_list(made: World, rows: int) -> str:
    by = made["head"].actor
    with scoped(by.scope):
        for _row in range(rows):
            fixed = {"what": "Laptop hilang", "kinds": "nama", "offices": ["13.75"]}
            report_breach(by=by, noticed_at=timezone.now(), people=3, **fixed)
    return "/pelanggaran-data/"


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


def _found(made: World, rows: int) -> None:
    """Each but the last is said to be away, and to stand twice."""
    by, head = made["operator"].actor, made["head"].actor
    people = [make_resident(made) for _row in range(rows + 1)]
    with scoped(head.scope):
        ask_to_close(by=head, purpose="missing", office=Region.objects.get(pk="13.75"))
    with scoped(by.scope):
        for one, other in pairwise(people):
            propose(by=by, resident=one, outcome="away")
            propose(by=by, resident=one, outcome="duplicate", of=other)


def findings(made: World, rows: int) -> str:
    _found(made, rows)
    return "/temuan/"


def verify(made: World, rows: int) -> str:
    _found(made, 1)
    for _row in range(rows):
        make_resident(made)
    _found(made, 0)
    return "/verifikasi-desa/?desa=13.75.01.1001"


def verify_villages(made: World, rows: int) -> str:
    for village in Region.objects.filter(parent="13.75.01").order_by("code")[:rows]:
        make_resident(made, village=village)
    _found(made, 0)
    return "/verifikasi-desa/"


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


def places(made: World, rows: int) -> str:
    by = made["operator"].actor
    with scoped(by.scope):
        for row in range(rows):
            village = Region.objects.get(pk="13.75.01.1001")
            add_venue(by=by, kind="school", name=f"SMA {uuid7()} {row}", village=village)
    return "/tempat/"


def place_and_roster(made: World, rows: int) -> tuple[str, str]:
    by = made["operator"].actor
    names = [f"Siswa {uuid7().hex}" for _row in range(rows)]
    for name in names:
        make_resident(made, name=name, birth_date=date(today().year - 16, 1, 2))
    text = "Nama;Tanggal lahir;Kelas\n" + "".join(
        f"{name};02-01-{today().year - 16};X {n}\n" for n, name in enumerate(names)
    )
    with scoped(by.scope):
        village = Region.objects.get(pk="13.75.01.1001")
        venue = add_venue(by=by, kind="school", name=f"SMA {uuid7()}", village=village)
        year = year_of("school", today())
        brought = bring_roster(
            by=by, venue=venue, year=year, as_of=today(), source=Source(text.encode())
        )
    return f"/tempat/{venue.pk}/", f"/tempat/daftar/{brought.roster.pk}/"


def place(made: World, rows: int) -> str:
    return place_and_roster(made, rows)[0]


def roster(made: World, rows: int) -> str:
    return place_and_roster(made, rows)[1]


def documents(made: World, rows: int) -> str:
    by = made["operator"].actor
    for _number in range(rows):
        person = make_resident(made)
        with scoped(by.scope):
            ask_document(by=by, resident=person, service="moving", for_whom="self", here=[])
    return "/dokumen/"


def requirements(made: World, rows: int) -> str:
    head = made["head"].actor
    office = Region.objects.get(pk="13.75")
    for number in range(rows):
        with scoped(head.scope):
            set_requirement(
                by=head, region=office, service="moving", papers=[f"KK {number}"], source="SK"
            )
    return "/persyaratan/"


def day_row(made: World, rows: int) -> str:
    for _row in range(rows):
        record(made, make_resident(made))
    return f"/laporan/13/baris/?date={today()}"


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


def elections(made: World, rows: int) -> str:
    for number in range(rows):
        made["province_officer"].post(
            "elections/",
            {
                "name": "Pilkada",
                "kind": "pilkada",
                "region": "13.75",
                "source": "SK",
                "held_on": str(today() + timedelta(days=30 + number)),
            },
        )
    return "/pemilihan/"


def openings(made: World, rows: int) -> str:
    day = today() + timedelta(days=5 - today().weekday())
    for number in range(rows):
        body = {"office": "13.75", "from": "07:00", "until": "14:00"}
        made["operator"].post(
            "openings/", {**body, "day": str(day + timedelta(days=7 * (number + 1)))}
        )
    return "/buka/"


def pilkada_board(made: World, rows: int) -> str:
    incident_list(made, rows)
    return "/desk-pilkada/13/"


def incident_list(made: World, rows: int) -> str:
    by = made["province_officer"].actor
    offices = list(Region.objects.filter(pk__in=["13.06", "13.75"]))
    with scoped(by.scope):
        for _row in range(rows):
            report_incident(by=by, offices=offices, kind="crowd", note="Antrean panjang")
    return "/desk-pilkada/13/gangguan/"


def stock(made: World, rows: int) -> str:
    """Bags of many events, and what went into them."""
    by = made["operator"].actor
    moment = timezone.now() - timedelta(minutes=2)
    with scoped(by.scope):
        if balances(["13.75"], "card")["13.75"].office is None:
            team = [{"name": "Rina", "function": "Pengurus barang"}]
            keep = {"account": "office:13.75", "item": "card", "team": team}
            count(by=by, count_id=uuid7(), physical=900, counted_at=moment, **keep)
        for _row in range(rows):
            move(
                by=by,
                movement_id=uuid7(),
                item="card",
                source="office:13.75",
                target=f"event:{make_event(made).pk}",
                quantity=2,
                document="BA/1",
                occurred_at=timezone.now(),
            )
    return "/stok/13.75/"


def stock_statement(made: World, rows: int) -> str:
    return stock(made, rows) + "mutasi/"


def stock_statement_of_a_day(made: World, rows: int) -> str:
    return stock_statement(made, rows) + f"?first={today()}&last={today()}"


def stock_counts(made: World, rows: int) -> str:
    path = stock(made, 1)
    by = made["operator"].actor
    with scoped(by.scope):
        for _row in range(rows):
            left = balances(["13.75"], "card")["13.75"].office
            count(
                by=by,
                count_id=uuid7(),
                account="office:13.75",
                item="card",
                physical=left or 0,
                counted_at=timezone.now(),
                team=[{"name": "Rina", "function": "Pengurus barang"}],
            )
    return path + "opname/"


def devices(made: World, rows: int) -> str:
    for number in range(rows):
        kit = Device.objects.create(office_id="13.75", label=f"{rows} {number}", kind="set")
        broken(made, kit, timezone.now())
    return "/perangkat/"


def device(made: World, rows: int) -> str:
    kit, _new = Device.objects.get_or_create(office_id="13.75", label="Set 1", kind="set")
    ago = (2 * rows + kit.faults.count()) * timedelta(hours=1)
    for number in range(rows):
        began = timezone.now() - ago + number * timedelta(hours=1)
        broken(made, kit, began, until=began + timedelta(minutes=30))
    return f"/perangkat/{kit.pk}/"


def broken(made: World, kit: Device, since: datetime, until: datetime | None = None) -> None:
    by = made["operator"].actor.user_id
    kit.faults.create(since=since, until=until, reported_by_id=by, ended_by_id=until and by)


def outage_list(made: World, rows: int) -> str:
    by = made["operator"].actor
    with scoped(by.scope):
        for _row in range(rows):
            chosen = make_event(made)
            report_outage(by=by, office=chosen.office, kind="power", event=chosen)
    return "/desk-pilkada/13.75/padam/"


def stock_requests(made: World, rows: int) -> str:
    by = made["operator"].actor
    with scoped(by.scope):
        office = Region.objects.get(pk="13.75")
        for _row in range(rows):
            ask_stock(by=by, office=office, item="card", asked=5, reason="uji")
    return "/stok/13/permintaan/"


def stock_region(made: World, rows: int) -> str:
    stock_requests(made, rows)
    return "/stok/provinsi/13/"


def workbench(made: World, rows: int) -> str:
    residents(made, rows)
    return f"/belum-rekam/{_closed('missing').pk}/"


def workbench_entry(made: World, rows: int) -> str:
    person = make_resident(made)
    _closed("missing")
    with scoped(EVERYBODY):
        entry = RollEntry.objects.get(resident=person)
        for _row in range(rows):
            note_contact(by=made["operator"].actor, entry=entry, how="phone", result="told")
    return f"/belum-rekam/orang/{entry.pk}/"


def seventeen(made: World, rows: int) -> str:
    held = {"kind": "regional", "region_id": "13", "held_on": today() + timedelta(days=9)}
    election, _new = Election.objects.get_or_create(
        **held, defaults={"name": "Pilkada", "source": "KPU"}
    )
    residents(made, rows)
    _closed("seventeen", election)
    return "/tujuh-belas/"


def unrecorded(made: World, rows: int) -> str:
    for _row in range(rows):
        with scoped(EVERYBODY):
            name_in(make_roster(made, f"SMA {uuid7()}", 2026), make_resident(made))
    _closed("missing")
    return "/belum-rekam/13.75/"


def _closed(purpose: str, election: Election | None = None) -> Region:
    """The list of the office, nothing of which waits to be settled; returns the village."""
    with scoped(EVERYBODY):
        close_list(by=None, roll_list=the_list(purpose, "13.75", election))
        refresh(office="13.75")
    return Region.objects.get(pk="13.75.01.1001")


LISTS: list[tuple[str, Callable[[World, int], str]]] = [
    ("operator", events),
    ("province_officer", events),
    ("operator", event),
    ("operator", queue),
    ("operator", today_page),
    ("operator", residents),
    ("operator", arrivals),
    ("operator", burials),
    ("operator", burial),
    ("operator", burial_report),
    ("operator", resident),
    ("operator", corrected),
    ("head", corrections),
    ("head", breach_list),
    ("operator", account),
    ("operator", documents),
    ("head", requirements),
    ("province_officer", day_row),
    ("head", findings),
    ("head", statuses),
    ("operator", to_print),
    ("operator", uncollected),
    ("operator", class_cards),
    ("operator", card_of_one),
    ("province_officer", status_to_print),
    ("operator", papers),
    ("operator", papers_of_one),
    ("operator", verify),
    ("operator", verify_villages),
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
    ("province_officer", elections),
    ("operator", openings),
    ("operator", requests),
    ("operator", places),
    ("operator", place),
    ("operator", roster),
    ("operator", recap),
    ("province_officer", recap),
    ("head", staff),
    ("province_officer", proposals),
    ("head", new_postings),
    ("province_officer", set_aside),
    ("province_officer", daily),
    ("province_officer", pilkada_board),
    ("province_officer", incident_list),
    ("operator", devices),
    ("operator", device),
    ("operator", outage_list),
    ("operator", stock),
    ("operator", stock_statement),
    ("operator", stock_statement_of_a_day),
    ("operator", stock_counts),
    ("province_officer", stock_requests),
    ("province_officer", stock_region),
    ("operator", workbench),
    ("operator", workbench_entry),
    ("operator", seventeen),
    ("operator", unrecorded),
    *INPUTS,
]


@pytest.mark.parametrize(
    ("who", "build"), LISTS, ids=lambda value: getattr(value, "__name__", value)
)
def test_one_row_and_many_cost_the_same_and_little(
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
    path = build(made, ROWS - 1)
    many = asked(client, path)
    assert many.answer.status_code == 200
    if many.count != few.count:
        # What was written since may be remembered from now on.
        many = asked(client, path)
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
    assert cold.count <= MOST, "\n".join(cold.sql)
    record(made, make_resident(made))
    assert asked(client, path).count <= cold.count
    why = f"/cakupan/13/mengapa/?date={today()}"
    client.get(why)
    assert asked(client, why).count <= MOST
    trend = f"/cakupan/13/tren/?date={today()}"
    client.get(trend)
    assert asked(client, trend).count <= MOST
    for other in (path + "&show=reported", f"/cakupan/13.75/?date={today()}&level=village"):
        for again in (asked(client, other), asked(client, other)):
            assert again.answer.status_code == 200
            assert again.count <= MOST, "\n".join(again.sql)


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
    day = TrendDay(
        date=today(),
        recorded_today=1234,
        pemula=1000,
        ikd_today=5678,
        recorded=9_999_999,
        recorded_percent="98.68",
        is_off=False,
        off_name="",
        basis="Uji",
        joined=False,
    )
    whole: Any = {"needed_per_day": 1100, "gap_to_target": 1, "recorded": 9_999_999}
    chart = Chart.of([day], whole)
    html = render_to_string("reports/_trend.html", {"rows": [day], "chart": chart, "total": whole})
    # To the top of 1,500: 1,000 first-time voters are 67 of 100 units, what is needed 73.
    assert 'class="pemula" d="M3 33h14v67h-14z"' in html
    assert 'class="umum" d="M3 18h14v15h-14z"' in html
    assert 'class="goal" d="M0 27h20"' in html
    assert "9.999.999" in html
    assert "5.678" in html
