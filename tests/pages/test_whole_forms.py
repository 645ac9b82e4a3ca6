"""Nobody's work is lost: whoever saves second sees what changed, and what was typed outlives a session.

The walk goes through every form of the application. A form that begins with what is stored carries the
version of it; a form in which somebody types carries our signature of its owner.
"""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

import psycopg2
import pytest
from bs4 import BeautifulSoup, Tag
from django.conf import settings
from django.test import Client
from django.test.signals import template_rendered
from django.urls import resolve
from django.utils import timezone

from dukcapil import embedded
from dukcapil.accounts.models import Posting, User
from dukcapil.accounts.offices.selectors import profile_of
from dukcapil.accounts.scoping import scoped
from dukcapil.accounts.services import end_posting
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.elections.models import Election
from events.elections.services.deciding import enter_election
from events.elections.services.opening import plan_opening
from events.incidents.services import add_commitment, add_task, report_incident
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.services.notes import note_obstacle, set_audience, set_costs
from events.planning.services.sessions import set_stations
from events.resources.models import Team
from events.resources.services import add_device, ask_loan, assign, make_team
from events.stock.services.requests import ask_stock
from registrations.bench.selectors.filters import filter_of
from registrations.bench.services.handling import answer_for, hand_over
from registrations.bench.services.saved_views import save_view
from registrations.booking.readers import Line
from registrations.booking.services.appointments import book, walk_in
from registrations.booking.services.drafts import Source, bring_list
from registrations.booking.services.groups import book_group, plan_of
from registrations.booking.services.waiting import wait
from registrations.burials.selectors.burials import burials_of
from registrations.cards.services.importing import bring_statuses
from registrations.cards.services.statuses import enter_status
from registrations.documents.services.requests import ask_document
from registrations.findings.services.findings import propose
from registrations.missing.models import RollEntry, RollList
from registrations.missing.services.closing import close_list, the_list
from registrations.oversight.services.breaches import report_breach
from registrations.requests.services.requests import ask_visit
from registrations.voters.services.deciding import say_no_voter
from reports.bases.models import Target
from reports.planner.services.inputs import close_days
from reports.views.stock_ways import ways_of
from tests import engines
from tests.engines import LONG
from tests.pages.drawn import DrawnFields
from tests.pages.test_lists import arrivals, burials, place_and_roster, set_aside
from tests.staged import staged
from tests.stock import Cards, keepers
from tests.world import (
    World,
    make_basis,
    make_event,
    make_resident,
    make_session,
    nik,
    record,
    today,
)

Browser = Callable[[str], Client]
Places = list[tuple[str, str]]

#: Forms that begin with a proposal of ours and write over nothing: they make something new, or take a
#: step. (name of the address, do).
NEW = {
    *(("document-new", ""), ("requirements", "")),
    # A card is printed once and handed over once, whatever the page of it showed.
    *(("card-handover", ""), ("to-print", "sheet")),
    *(("event-new", ""), ("session-new", ""), ("event-copy", ""), ("event-missing", "")),
    *(("event-team", "assign"), ("loan", "lend"), ("request-new", ""), ("book", "book")),
    *(("group-new", ""), ("log", "log"), ("desk", "log"), ("staff-new", "")),
    # A list of today, a visit at the usual hours with whoever is open, a request.
    *(
        ("statuses", "bring"),
        ("venue", "bring"),
        ("roster", "visit"),
        ("bench-visit", "plan"),
        ("bench", "ask"),
    ),
    *(("posting-new", ""), ("token-new", ""), ("basis-new", "")),
    # At least one visit is proposed.
    ("plan-days", "floor"),
    # The own region or office, and one shift, are proposed.
    *(("elections", ""), ("local-days", ""), ("openings", "plan"), ("desk-incidents", "report")),
    # Movements and counts are rows of their own, at the minute that is proposed; so is a threshold, from
    # a day on. A request is decided once: the second to decide is refused.
    *(
        ("stock-move", ""),
        ("stock-count", ""),
        ("stock-office", "threshold"),
        ("stock-request", ""),
    ),
}
#: Templates with a form that this walk does not reach, and where it is tried.
ELSEWHERE = {
    # Questions about a file, and its rows: tests/registrations/test_roll.py, tests/reports/test_basis_files.py
    *("_list_sheet.html", "_import_row.html", "_basis_columns.html", "_basis_sheet.html"),
    *("basis_ask.html", "basis_preview.html"),
    # Of what a job tells: tests/reports/test_alerts.py
    "alert.html",
    # Buttons alone, after a question or beside a state of their own.
    *(
        "question.html",
        "_card_question.html",
        "_nobody.html",
        "correction.html",
        "_proposed.html",
        "proposal_list.html",
        "files.html",
    ),
    *("reauthenticate.html", "usersession_list.html"),
    # Nobody is logged in, nothing is typed: tests/events/test_elections.py
    "opening_phone.html",
    # Added to, never written over: tests/registrations/test_papers.py
    *("paper_issue.html", "paper_rules.html", "paper_list.html"),
    # Who is not on a list: tests/registrations/test_versions.py
    "import_gone.html",
    # Once a job has made it; changed by hand with a version: tests/reports/test_planner_pages.py
    *("plan.html", "plan_wait.html", "plan_failed.html", "_plan_visit.html", "_plan_more.html"),
    *("_plan_calendar.html", "_plan_offer.html"),
    # Boxes and buttons, of a plan that the office goes by: tests/reports/test_planner_events.py
    *("plan_visits.html", "_plan_came.html"),
    # Once a job has matched it: tests/registrations/test_voters.py
    *("voter_list.html", "_voter_rows.html", "_voter_summary.html", "voter_decisions.html"),
}
_DESK = ("gangguan", "tugas", "telepon", "komitmen")
_ELECTION = ("/pemilihan/", "/hari-libur/", "/edisi/")
_TYPED = ("text", "search", "email", "tel", "")


@dataclass
class Form:
    who: str
    page: str
    tag: Tag

    @property
    def path(self) -> str:
        return str(self.tag.get("action") or self.page)

    @cached_property
    def do(self) -> str:
        found = self.tag.find(attrs={"name": "do"})
        return str(found.get("value", "")) if isinstance(found, Tag) else ""

    @cached_property
    def key(self) -> tuple[str, str]:
        return resolve(self.path.partition("?")[0]).view_name, self.do

    def fields(self) -> Iterator[Tag]:
        for field in self.tag.find_all(["input", "textarea", "select"]):
            if field.get("name") and field.get("type") not in ("hidden", "submit", "file"):
                yield field

    def names(self) -> set[str]:
        return {str(field.get("name")) for field in self.tag.find_all(["input", "textarea"])}

    @cached_property
    def begins_with(self) -> list[str]:
        """Fields that are filled in when the page is opened."""
        return [str(field.get("name")) for field in self.fields() if _is_filled(field)]

    @cached_property
    def typed_in(self) -> list[str]:
        return [
            str(field.get("name"))
            for field in self.fields()
            if field.name == "textarea" or (field.name == "input" and _type(field) in _TYPED)
        ]

    @property
    def kind_of_typed(self) -> str:
        first = self.tag.find(attrs={"name": self.typed_in[0]})
        assert isinstance(first, Tag)
        return f"{first.name} {_type(first)}"

    def filled(self) -> dict[str, str]:
        """Texts as they stand in the page."""
        return {
            str(f.get("name")): str(f.get("value", "")) for f in self.fields() if _type(f) in _TYPED
        }

    def sent(self, **typed: Any) -> dict[str, Any]:
        """As a browser sends it."""
        sent: dict[str, Any] = {}
        for field in self.tag.find_all("input", type="hidden"):
            sent.setdefault(str(field.get("name")), []).append(field.get("value", ""))
        return sent | typed


def _type(field: Tag) -> str:
    return str(field.get("type", ""))


def _is_filled(field: Tag) -> bool:
    if field.name == "textarea":
        return bool(field.get_text(strip=True))
    if field.name == "select":
        options = field.find_all("option")
        return any(one.has_attr("selected") and one.get("value") for one in options[1:])
    if _type(field) in ("checkbox", "radio"):
        return field.has_attr("checked")
    return bool(field.get("value"))


#: No form stands in another one.
_FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
#: What was changed meanwhile, beside the form.
_CHANGED = re.compile(r'<div class="[^"]*\bchanged".*?</table>', re.DOTALL)
#: A key as people write a number: whoever sends that names nothing.
_GROUPED = re.compile(r'="[^"]*\b1[.,]000[.,]\d{3}\b[^"]*"')


def _large_keys() -> None:
    """As after years of work: what is made from now on has a key over a million."""
    database = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    with database, database.cursor() as cursor:
        cursor.execute(
            "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1000000)"
            "  FROM pg_sequences WHERE schemaname = 'public'"
        )
    database.close()


@pytest.fixture
def places(made: World) -> Places:
    """Pages with a form, with something stored in it, and somebody who may send it."""
    _large_keys()
    make_basis()
    event = make_event(made)
    session = make_session(made, event)
    person = make_resident(made, name="Contoh Warga Satu", address="Jalan Contoh", rt="1")
    by = made["operator"].actor
    clerk = User.objects.get(username="operator")
    with scoped(by.scope):
        office = event.office
        set_costs(by=by, event=event, costs={"transport": (500_000, None)})
        set_audience(by=by, event=event, people=120)
        note_obstacle(by=by, event=event, kind="power")
        set_stations(by=by, event=event, stations={"Meja 1": ["recording"]})
        team = make_team(by=by, office=office, name="Tim A", clerks=[clerk])
        device = add_device(by=by, office=office, label="Alat 1", kind="printer").pk
        loan = ask_loan(
            by=by, event=event, lender=Region.objects.get(pk="13.06"), wanted="Satu alat"
        )
        moment = session.starts_at
        assign(by=by, event=event, team=team, starts_at=moment, ends_at=session.ends_at)
        slip = book(by=by, session=session, resident=person, services=["recording"])
        guest = walk_in(
            by=by, session=session, resident=make_resident(made), services=["recording"]
        )
        wait(by=by, session=session, resident=make_resident(made), services=["family_card"])
        pupil = Line(2, "", name="Siswa Contoh", born=guest.resident.birth_date)
        make_resident(made, name="Siswa Contoh", birth_date=pupil.born)
        group = book_group(
            by=by, session=session, name="XII IPA 1", services=["recording"], lines=[pupil]
        ).group
        draft = bring_list(
            by=by,
            session=session,
            plan=plan_of("XII IPA 2", ["recording"]),
            source=Source(b"NIK;Nama\n123;Angka Kurang\n;Tanpa Nomor Induk"),
        )
        asked = ask_visit(
            by=by, resident=person, services=["recording"], reason="far", partner_kind="rt_rw"
        )
    record(made, person)
    set_aside(made, 1)
    posting = Posting.objects.get(user__username="operator").pk
    day = today()
    province = made["province_officer"].actor
    with scoped(province.scope):
        election = enter_election(
            by=province,
            name="Pilkada Uji",
            kind="pilkada",
            region=Region.objects.get(pk="13.75"),
            held_on=day,
            source="SK 1",
        )
    with scoped(by.scope):
        opening = plan_opening(
            by=by, office=office, day=day, opens_at=time(7), closes_at=time(13)
        ).pk
    people = _people_of_lists(made, election)
    head = made["head"].actor
    with scoped(head.scope):
        close_days(by=head, office=office, from_day=day, until_day=day, why="Ujian")
    with scoped(by.scope):
        report_incident(by=by, offices=[office], kind="network", note="Jaringan putus")
        add_task(by=by, office=office, text="Pasang genset", owner="Seksi", due=day)
        add_commitment(by=by, office=office, source="Rapat", text="Blanko", owner="Kepala", due=day)
    desk = [f"/desk-pilkada/13.75/{name}/" for name in _DESK]
    wanted = _stock(made)
    moves = [f"/stok/13.75/catat/{way.slug}/" for way in ways_of(office)]
    pages = {
        "operator": [
            "/kegiatan/baru/",
            *(f"/kegiatan/{event.pk}/{name}/" for name in ("ubah", "salin", "pos", "tim")),
            *(f"/kegiatan/{event.pk}/{name}/" for name in ("catatan", "susulan", "sesi/baru")),
            *(f"/sesi/{session.pk}/{name}" for name in ("", "tempat/", "rombongan/", "tunggu/")),
            f"/sesi/{session.pk}/pesan/?person={person.pk}",
            f"/sesi/{session.pk}/meja/?person={guest.resident_id}",
            *(f"/janji/{slip.pk}/", f"/rombongan/{group.pk}/", "/kegiatan/kalender/"),
            f"/rombongan/{group.pk}/serah/",
            f"/rombongan/pratinjau/{draft.pk}/",
            *("/permintaan/", "/permintaan/baru/", f"/permintaan/{asked.pk}/", "/sumber/"),
            f"/layanan/?session={session.pk}&person={person.pk}",
            *("/penduduk/", "/penduduk/baru/", f"/penduduk/{person.pk}/"),
            *(f"/penduduk/{person.pk}/{name}/" for name in ("perbaiki", "ganti-nik")),
            *("/akun/", "/akun/token/baru/", f"/laporan/13.75/?date={day}"),
            *("/hari-ini/", "/buka/", f"/buka/{opening}/", *desk),
            *("/perangkat/", f"/perangkat/{device}/", f"/kegiatan/{event.pk}/gangguan/"),
            *("/desk-pilkada/13.75/padam/", "/stok/13.75/", "/stok/13.75/permintaan/"),
            *("/stok/13.75/opname/catat/", *moves),
        ],
        "province_keeper": ["/stok/provinsi/13/"],
        "administrator": ["/masa-simpan/"],
        "head": [
            f"/kegiatan/{event.pk}/",
            *(f"/kegiatan/{event.pk}/{name}/" for name in ("setujui", "pindah")),
            *(f"/akun/petugas/{posting}/{name}/" for name in ("akhiri", "penempatan", "sandi")),
            *("/akun/petugas/baru/", "/ekspor/", "/penduduk/impor/", "/verifikasi/"),
            *("/akun/kantor/", "/peringatan/surel/", "/peringatan/aturan/?kind=no_report"),
            f"/penduduk/impor/{staged(made).pk}/",
            "/penduduk/aturan-cetak/",
            *(f"/rencana/masukan/13.75/{name}/" for name in ("hari", "jalan", "aturan")),
            f"/rencana/masukan/13.75/tempat/{person.village_id}/",
            *(f"/penduduk/{person.pk}/{name}/" for name in ("gabungkan", "hapus-data")),
            f"/penduduk/{person.pk}/gabungkan/?into={guest.resident_id}",
        ],
        "neighbour_head": [f"/pinjaman/{loan.pk}/"],
        "province_officer": [
            *("/target/", "/rilis/", "/dasar/baru/", "/verifikasi/", *_ELECTION),
            *(f"/pemilihan/{election.pk}/", f"/stok/permintaan/{wanted}/"),
        ],
    }
    return [(who, path) for who, paths in (*pages.items(), *people) for path in paths]


def _people_of_lists(made: World, election: Election) -> list[tuple[str, list[str]]]:
    """Somebody who is missing, was looked for and is no voter; rosters, arrivals, and a breach."""
    person = make_resident(made, name="Contoh Belum Rekam", birth_date=date(1990, 5, 17))
    village = person.village
    arrivals(made, 1)
    burials(made, 1)
    venue, roster = place_and_roster(made, 1)
    by, head = made["operator"].actor, made["head"].actor
    with scoped(EVERYBODY):
        for purpose, of in (("missing", None), ("seventeen", election)):
            close_list(by=None, roll_list=the_list(purpose, "13.75", of))
    with scoped(by.scope):
        propose(by=by, resident=person, outcome="away")
        propose(by=by, resident=person, outcome="duplicate", of=make_resident(made))
        entry = RollEntry.objects.get(resident=person, list__purpose="missing")
        hand_over(by=by, entries=[entry], owner=by.posting_id, next_step="visit")
        chased = RollList.objects.get(purpose="seventeen", office=by.office)
        answer_for(by=by, roll=chased, owner=by.posting_id)
        save_view(by=by, name="Terbuka", which=filter_of({"state": "open"}))
        buried = burials_of(by).values_list("pk", flat=True)[0]
    with scoped(head.scope):
        breach = report_breach(
            by=head,
            noticed_at=timezone.now(),
            people=3,
            what="Laptop hilang",
            kinds="nama",
            offices=["13.75"],
        )
        say_no_voter(by=head, resident_id=person.pk, reason="tni", source="Surat 1", until=None)
    burial = f"/pemakaman/{buried}/"
    looks = f"?desa={village.pk}"
    with scoped(by.scope):
        waits, fetched = (make_resident(made, name=f"Contoh Kartu {n}") for n in (1, 2))
        for one in (waits, fetched):
            record(made, one)
        record(made, fetched, "card_print", reason="first_card")
        now = timezone.now()
        enter_status(by=by, resident=waits, code="PRINT_READY_RECORD", at=now, source="SIAK")
        document = ask_document(by=by, resident=person, service="moving", for_whom="self", here=[])
        told = Source(f"NIK;Status\n{nik(date(1990, 5, 17)).text};PROCESSING".encode())
        brought = bring_statuses(by=by, source=told, said_by="SIAK", as_of=today()).brought
    return [
        ("head", ["/persyaratan/"]),
        (
            "operator",
            [
                f"/dokumen/{document.pk}/",
                "/dokumen/hitungan/",
                f"/penduduk/{person.pk}/dokumen/?service=moving",
                *("/status/", f"/status/daftar/{brought.pk}/", f"/penduduk/{person.pk}/status/"),
                *("/cetak/", "/cetak/belum-diambil/", f"/penduduk/{fetched.pk}/serah/"),
            ],
        ),
        (
            "operator",
            [
                *("/tempat/", venue, roster, "/kedatangan/", "/tujuh-belas/"),
                *("/pemakaman/", "/pemakaman/catat/", "/pemakaman/laporan/", burial),
                f"{burial}perbaiki/",
                *(f"/belum-rekam/{village.pk}/", f"/belum-rekam/{village.pk}/kunjungan/"),
                *(f"/belum-rekam/orang/{entry.pk}/", f"/verifikasi-desa/{looks}"),
                f"/verifikasi-desa/{person.pk}/{looks}",
                f"/verifikasi-desa/berita-acara/{looks}",
            ],
        ),
        (
            "head",
            [
                *("/temuan/", "/belum-rekam/13.75/", "/pelanggaran-data/", "/pemilih/"),
                "/rencana/",
                *(f"/pelanggaran-data/{breach.pk}/", f"/pemilih/kode/{election.pk}/"),
                *(f"/penduduk/{person.pk}/{name}/" for name in ("bukan-pemilih", "kelompok")),
            ],
        ),
    ]


def _stock(made: World) -> Any:
    """Cards in an office that uses them, more in its province, and a request of which the id is returned."""
    keepers(made)
    cards = Cards(made["keeper"])
    Cards(made["province_keeper"]).count("province:13", 5000, counted_at=_days_ago(20))
    cards.count("office:13.75", 900, counted_at=_days_ago(20))
    for days in (2, 3, 4):
        cards.move("office:13.75", "spoiled:13.75:print", 100, occurred_at=_days_ago(days))
    by = made["keeper"].actor
    with scoped(by.scope):
        office = Region.objects.get(pk="13.75")
        return ask_stock(by=by, office=office, item="card", asked=5, reason="uji").pk


def _days_ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def _forms_in(content: bytes) -> list[Tag]:
    """Nothing else of the page is read, which takes longer than to make it."""
    page = content.decode()
    forms = _FORM.findall(page)
    assert len(forms) == page.count("<form"), "a form that is not closed"
    return BeautifulSoup("".join(forms), "html.parser").find_all("form", method="post")


def forms_of(
    browser: Browser, places: Places, look: Callable[[Any], None] = lambda _answer: None
) -> list[Form]:
    clients: dict[str, Client] = {}
    forms = []
    for who, page in places:
        if who not in clients:
            clients[who] = browser(who)
        answer = clients[who].get(page)
        assert answer.status_code == 200, (who, page, answer.status_code)
        assert not (grouped := _GROUPED.findall(answer.content.decode())), (page, grouped)
        look(answer)
        found = _forms_in(answer.content)
        forms += [Form(who, page, tag) for tag in found]
    return forms


@pytest.mark.contexts
def test_every_form_carries_what_it_needs_and_keeps_what_is_typed(
    made: World, browser: Browser, places: Places
) -> None:
    """One walk for both: to open every page is the dear part."""
    rendered: set[str] = set()
    fields = DrawnFields()

    def note(template: Any, **_more: object) -> None:
        rendered.add(str(template.name).rpartition("/")[2])

    template_rendered.connect(note)
    try:
        forms = forms_of(browser, places, fields.look)
    finally:
        template_rendered.disconnect(note)
    assert fields.never_drawn() == set()
    assert len(fields.has) > 20
    wrong = []
    for form in forms:
        whole = form.key not in NEW and form.begins_with
        if whole and not {"version", "shown"} & form.names():
            wrong.append(f"{form.key} {form.begins_with}: writes over what stands, has no version")
        if form.typed_in and "form_owner" not in form.names():
            wrong.append(f"{form.key} {form.typed_in}: use form_guard, so what is typed is kept")
    assert wrong == [], "\n".join(wrong)
    assert len({form.key for form in forms}) > 50
    with_forms = {
        path.name
        for path in (settings.BASE_DIR / "templates").rglob("*.html")
        if re.search(r'<form[^>]*method="post"', path.read_text())
    }
    # A template with a form that nobody has walked to.
    assert with_forms - rendered - ELSEWHERE == set()
    assert {form.key for form in forms if {"version"} & form.names()} >= {
        *(("event-notes", name) for name in ("costs", "audience")),
        *((name, "") for name in ("event-edit", "event-stations", "session-places", "targets")),
        *(("resources", "team"), ("posting-end", ""), ("resident-correct", "")),
        *(("list-draft", "mend"), ("event-move", ""), ("event-approve", "")),
        *(("office-profile", ""), ("bench-entry", "hand"), ("seventeen", "owner")),
        *(("import", name) for name in ("say", "columns", "write")),
    }
    outlives_the_session({form.key: form for form in forms if form.typed_in})


def outlives_the_session(forms: dict[tuple[str, str], Form]) -> None:
    """Among them the seven that lost it: class list, notes, costs, teams, dialogs, rows, a search.

    All are given back in one place now, and once: of each kind of field that is typed in, of each role, and of the rest a
    quarter is sent, by the dice of the run, and some are opened again.
    """
    assert len(forms) > 35
    lost_words = []
    alike: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for key, form in forms.items():
        way = "its own page" if form.path == form.page else "another"
        step = "a step" if form.do else "alone"
        alike.setdefault((form.who, form.kind_of_typed, way, step), []).append(key)
    sent = [key for same in alike.values() for key in random.sample(same, -(-len(same) // 4))]
    sent = list(forms) if LONG else sent
    again = set(forms) if LONG else set(random.sample(sorted(sent), 4))
    for number, form in enumerate(forms[key] for key in sent):
        word = f"tertulis{number}"
        client = Client()
        away = client.post(form.path, form.sent(**{form.typed_in[0]: word}))
        assert away.status_code == 302, form.key
        assert "/akun/masuk/" in away.headers["Location"], form.key
        client.force_login(User.objects.get(username=form.who))
        if word not in client.get(form.path).content.decode():
            lost_words.append((form.key, form.typed_in[0]))
        if form.key in again and word in client.get(form.path).content.decode():
            lost_words.append((form.key, "given back twice"))
    assert lost_words == [], lost_words


@dataclass
class Page:
    """One page as somebody opened it; `send` is their own browser."""

    client: Client
    path: str
    do: str = ""

    def open(self) -> Page:
        self.form = self._find(self.client.get(self.path).content)
        return self

    def _find(self, content: bytes) -> Form:
        tags = _forms_in(content)
        forms = [Form("", self.path, tag) for tag in tags]
        return next(f for f in forms if f.do == self.do and {"version", "shown"} & f.names())

    def send(self, **typed: Any) -> Any:
        answer = self.client.post(self.path, self.form.sent(once=str(uuid7())) | typed)
        if answer.status_code == 409:
            self.form = self._find(answer.content)
        return answer


def columns(answer: Any) -> list[list[str]]:
    """The rows of what was changed meanwhile."""
    [told] = _CHANGED.findall(answer.content.decode())
    table = BeautifulSoup(told, "html.parser").select("tbody tr")
    return [
        [cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])] for row in table
    ]


def stored(event: ServiceEvent, session: ServiceSession) -> dict[str, Any]:
    with scoped("*"):
        team = Team.objects.filter(name="Tim A").first()
        target = Target.objects.order_by("pk").last()
        return {
            "costs": sorted(event.costs.values_list("item", "planned", "spent")),
            "audience": ServiceEvent.objects.get(pk=event.pk).audience.people,
            "stations": sorted(event.stations.values_list("name", flat=True)),
            "places": session.seats.filter(service="recording").count(),
            "team": team.members.count() if team else 0,
            "target": target and str(target.percent),
            "posting-end": str(Posting.objects.get(user__username="operator").ends_on),
            "edit": ServiceEvent.objects.get(pk=event.pk).title,
            "office": (profile_of("13.75").head_name, profile_of("13.75").lines),
            "hand": list(RollEntry.objects.order_by("pk").values_list("owner", "next_step")),
            "answers": list(RollList.objects.order_by("pk").values_list("owner", flat=True)),
        }


def test_the_second_to_save_sees_what_changed_and_may_then_save_over_it(
    made: World, browser: Browser
) -> None:
    event = make_event(made)
    session = make_session(made, event, {"recording": 10})
    by = made["operator"].actor
    clerk, chief = (User.objects.get(username=name) for name in ("operator", "head"))
    with scoped(by.scope):
        set_costs(by=by, event=event, costs={"transport": (500_000, None)})
        set_audience(by=by, event=event, people=120)
        set_stations(by=by, event=event, stations={"Meja 1": ["recording"]})
        make_team(by=by, office=event.office, name="Tim A", clerks=[clerk])
    operator, head, nation = (browser(n) for n in ("operator", "head", "province_officer"))
    posting = Posting.objects.get(user=clerk)
    chiefs = Posting.objects.get(user=chief)
    make_resident(made)
    with scoped(EVERYBODY):
        election = Election.objects.create(
            name="Pilkada", kind="pilkada", region_id="13.75", held_on=today(), source="SK 1"
        )
        for purpose, of in (("missing", None), ("seventeen", election)):
            close_list(by=None, roll_list=the_list(purpose, "13.75", of))
        entry = RollEntry.objects.get(purpose="missing")
    notes = f"/kegiatan/{event.pk}/catatan/"
    facts = {
        "kind": event.kind,
        "village": event.village_id,
        "place": event.place,
        "place_kind": event.place_kind,
        "starts_on": str(event.starts_on),
        "ends_on": str(event.ends_on),
        "services": event.services,
    }
    hours = {"day": str(today()), "begins": "00:01", "ends": "23:59"}
    no_other = hours | {f"capacity_{name}": "0" for name in ("ikd_activation", "family_card")}
    plain = profile_of("13.75")
    letter = {"letterhead": plain.letterhead.replace("\n", "\r\n"), "place": plain.place}
    target = {"indicator": "recording", "region": "13", "year": "2026", "source": "Surat 1"}
    #: what: who, page, do, what the first sends, what the second sends; before, now, mine as shown; at last.
    table: dict[str, tuple[Any, ...]] = {
        "costs": (
            *(
                operator,
                notes,
                "costs",
                {"planned_transport": "500000", "spent_transport": "400000"},
            ),
            {"planned_transport": "600000"},
            [["–", "400.000", None]],
            [("transport", 600_000, 400_000)],
        ),
        "audience": (
            *(operator, notes, "audience", {"people": "1000"}, {"people": "1.500"}),
            *([["120", "1.000", "1.500"]], 1500),
        ),
        "stations": (
            *(operator, f"/kegiatan/{event.pk}/pos/", ""),
            {"name_0": "Meja 9", "services_0": ["recording"]},
            {"name_0": "Meja 2", "services_0": ["recording"]},
            *([["Meja 1", "Meja 9", "Meja 2"]], ["Meja 2"]),
        ),
        "places": (
            *(operator, f"/sesi/{session.pk}/tempat/", ""),
            *({"capacity_recording": "12", **no_other},),
            *({"capacity_recording": "15", **no_other},),
            *([["10", "12", "15"]], 15),
        ),
        "team": (
            *(operator, "/sumber/", "team", {"name": "Tim A", "clerks": [str(chief.pk)]}),
            {"name": "Tim A", "clerks": [str(clerk.pk), str(chief.pk)]},
            *([[clerk.name, chief.name, f"{clerk.name}, {chief.name}"]], 2),
        ),
        "target": (
            *(nation, "/target/", "", target | {"percent": "90"}, target | {"percent": "95,5"}),
            *([["–", "90", "95,5"], ["–", "Surat 1", "Surat 1"]], "95.50"),
        ),
        "posting-end": (
            *(head, f"/akun/petugas/{posting.pk}/akhiri/", ""),
            *({"last_day": "2030-01-02"}, {"last_day": "2030-01-01"}),
            *([[None, "Rabu, 2 Januari 2030", "Selasa, 1 Januari 2030"]], "2030-01-01"),
        ),
        "edit": (
            *(head, f"/kegiatan/{event.pk}/ubah/", ""),
            *(facts | {"title": "Punya A"}, facts | {"title": "Punya B"}),
            *([["Gebyar", "Punya A", "Punya B"]], "Punya B"),
        ),
        # Who follows somebody up, and who answers for a list.
        "hand": (
            *(operator, f"/belum-rekam/orang/{entry.pk}/", "hand"),
            *({"owner": str(chiefs.pk), "next_step": "visit"},),
            *({"owner": str(posting.pk), "next_step": "invite"},),
            *(
                [[None, None, None], ["–", "Rencanakan kunjungan", None]],
                [(posting.pk, "invite"), (None, "")],
            ),
        ),
        "answers": (
            *(operator, "/tujuh-belas/", "owner"),
            *({"owner": str(chiefs.pk)}, {"owner": str(posting.pk)}),
            *([[None, None, None]], [None, posting.pk]),
        ),
        # Of the first profile of all the plain one stood before. What the second never touched stays.
        "office": (
            *(head, "/akun/kantor/", "", letter | {"head_name": "Dra. Siti Contoh"}),
            letter | {"letterhead": "DINAS KITA"},
            *([["–", "Dra. Siti Contoh", None]], ("Dra. Siti Contoh", ["DINAS KITA"])),
        ),
    }
    for what, (client, path, do, theirs, mine, told, at_last) in table.items():
        first = Page(client, path, do).open()
        # Who opens it at the same moment gets the same.
        second = copy.copy(first)
        assert first.send(**theirs).status_code == 302, what
        before = stored(event, session)
        refused = second.send(**mine)
        assert refused.status_code == 409, what
        assert "diubah orang lain" in refused.content.decode(), what
        assert stored(event, session) == before, what
        for shown, expected in zip(columns(refused), told, strict=True):
            assert [e or s for e, s in zip(expected, shown[1:], strict=True)] == shown[1:], what
        again = second.form.filled() | mine
        assert second.send(**again).status_code == 302, what
        assert stored(event, session)[what] == at_last, what


def test_a_program_may_name_the_places_that_it_was_shown(made: World) -> None:
    session = make_session(made, make_event(made), {"recording": 10})
    caller, path = made["operator"], f"sessions/{session.pk}/"
    seen = caller.get(path).json["version"]
    assert caller.patch(path, {"capacity": {"recording": 12}, "version": seen}).status == 200
    late = caller.patch(path, {"capacity": {"recording": 15}, "version": seen})
    assert (late.status, late.json["type"]) == (409, "/problems/changed-meanwhile")
    assert late.json["version"] == caller.get(path).json["version"] != seen
    now = {"capacity": {"recording": 15}, "version": late.json["version"]}
    assert caller.patch(path, now).json["capacity"]["recording"] == 15
    # Programs of before send none.
    assert caller.patch(path, {"capacity": {"recording": 9}}).status == 200


def test_a_posting_that_ended_and_was_renewed_loses_nothing(made: World, browser: Browser) -> None:
    event = make_event(made)
    path = f"/kegiatan/{event.pk}/catatan/"
    page = Page(browser("operator"), path, "audience").open()
    posting = Posting.objects.get(user__username="operator")
    Posting.objects.filter(pk=posting.pk).update(starts_on=today() - timedelta(days=9))
    posting.refresh_from_db()
    end_posting(posting=posting, last_day=today() - timedelta(days=3))
    away = page.send(people="4321")
    assert away.status_code == 403
    assert "disimpan sampai Anda keluar" in away.content.decode()
    Posting.objects.create(
        user=posting.user, role=posting.role, region=posting.region, starts_on=today()
    )
    page.client.head(path)  # a look at the headers takes nothing
    assert 'value="4321"' in page.client.get(path).content.decode()
    with scoped("*"):
        assert not hasattr(ServiceEvent.objects.get(pk=event.pk), "audience")


def test_who_logged_in_in_another_tab_saves_nothing_of_the_one_before(
    made: World, browser: Browser
) -> None:
    event = make_event(made)
    path = f"/kegiatan/{event.pk}/catatan/"
    page = Page(browser("operator"), path, "audience").open()
    page.client.logout()
    page.client.force_login(User.objects.get(username="head"))
    away = page.client.post(path, page.form.sent(people="4321"), follow=True)
    assert "dibuka orang lain" in away.content.decode()
    assert "4321" not in away.content.decode()
    with scoped("*"):
        assert not hasattr(ServiceEvent.objects.get(pk=event.pk), "audience")


def test_what_a_rule_refused_is_still_there(made: World, browser: Browser) -> None:
    """A reason in a dialog of a page whose step is refused: the page keeps it for the next try."""
    event = make_event(made)
    client = browser("head")
    html = BeautifulSoup(client.get(f"/kegiatan/{event.pk}/").content, "html.parser")
    dialog = Form("head", f"/kegiatan/{event.pk}/", html.select_one("#cancel-event form"))
    with scoped("*"):
        ServiceEvent.objects.filter(pk=event.pk).update(state="closed")
    again = client.post(dialog.path, dialog.sent(reason="Gedung dipakai"), follow=True)
    assert "Gedung dipakai" in again.content.decode()
    assert "Sesi Anda" not in again.content.decode()
