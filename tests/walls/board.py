"""A country with something of everything in each place, named so that it can be found elsewhere."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from dukcapil.accounts.enums import Access
from dukcapil.accounts.models import StaffProposal, User
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.services import log_access
from dukcapil.accounts.staff.services import add_staff
from dukcapil.core.command import use_role
from dukcapil.core.db import prepared, rows
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.elections.models import Election
from events.elections.services.opening import plan_opening
from events.incidents.services import report_incident, report_outage
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.services.events import plan_event
from events.planning.services.sessions import open_session
from events.resources.services import add_device, ask_loan
from events.stock.selectors import balances
from events.stock.services.counting import count
from events.stock.services.moving import move
from events.stock.services.requests import ask_stock
from events.venues.services import add_venue
from registrations.arrivals.enums import ArrivalKind
from registrations.arrivals.services.sending import Handed, hand_over
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.draft import ListDraft
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting
from registrations.booking.services.appointments import book
from registrations.booking.services.drafts import Source, bring_list, choose_columns
from registrations.booking.services.groups import plan_of
from registrations.booking.services.waiting import wait
from registrations.burials.services.entries import Entry as Buried
from registrations.burials.services.recording import record_burial
from registrations.burials.services.reporting import send_report
from registrations.cards.services.importing import bring_statuses
from registrations.cards.services.statuses import enter_status
from registrations.documents.services.requests import ask_document
from registrations.findings.selectors.minutes import draft_of, unsigned
from registrations.findings.services.findings import Evidence, propose
from registrations.findings.services.minutes import sign_minutes
from registrations.ledger.services.entries import Entry
from registrations.ledger.services.ledger import log_service
from registrations.lifecycle.services.devices import report_fault
from registrations.lifecycle.services.events import open_to_booking
from registrations.missing.models import RollEntry
from registrations.missing.services.closing import close_list, the_list
from registrations.oversight.models import Breach, BreachOffice
from registrations.oversight.services.exports import build_export, request_export
from registrations.papers.services.papers import issue
from registrations.people.models import Resident
from registrations.people.services.proposals import propose_correction
from registrations.people.services.residents import register
from registrations.requests.services.requests import ask_visit
from registrations.roll.enums import Completeness, ImportState, ImportStep
from registrations.roll.models import RollGone, RollImport
from registrations.roll.services.imports import bring_list as bring_residents
from registrations.rosters.services.bringing import bring_roster
from registrations.rosters.validators import year_of
from registrations.voters.enums import ListState, ListStep, Verdict
from registrations.voters.models import Voter, VoterList, VoterRow, sealed
from registrations.voters.services.lists import bring_voters
from reports.alerts.enums import KINDS, AlertKind
from reports.alerts.models import Alert
from reports.bases.services.basis import import_basis
from reports.coverage.selectors.question import Question
from reports.editions.models import Edition
from reports.files.services import request_file
from reports.planner.models.plans import Plan
from reports.publication.models import Webhook, WebhookDelivery
from reports.publication.services.freezing import freeze_release
from tests.plans import small_instance
from tests.world import Caller, World, at, make_basis, make_caller, nik, today

BORN = date(1990, 5, 17)
#: Place -> (office, village), seen from Bukittinggi.
WHERE = {
    "own": ("13.75", "13.75.01.1001"),
    "child": ("13.75", "13.75.01.1002"),
    "sibling": ("13.06", "13.06.01.2001"),
    "other": ("18.71", "18.71.01.1003"),
}


def canary(kind: str, place: str) -> str:
    return f"Kenari{kind.capitalize()}{place.capitalize()}"


@dataclass
class Place:
    """Ids of one place's things, by the names that addresses use."""

    name: str
    code: str
    office: str
    village: str
    event: uuid.UUID = field(default_factory=uuid.uuid4)
    session: uuid.UUID = field(default_factory=uuid.uuid4)
    #: Booked, checked in by nobody yet; recorded; and one who is held and nothing more.
    resident: uuid.UUID = field(default_factory=uuid.uuid4)
    free_resident: uuid.UUID = field(default_factory=uuid.uuid4)
    appointment: uuid.UUID = field(default_factory=uuid.uuid4)
    record: uuid.UUID = field(default_factory=uuid.uuid4)
    export: uuid.UUID = field(default_factory=uuid.uuid4)
    #: A list that was brought and waits for the job; its name holds the canary.
    brought: uuid.UUID = field(default_factory=uuid.uuid4)
    #: A whole list that is written, on which who has the first visit is not.
    written: uuid.UUID = field(default_factory=uuid.uuid4)
    #: The same of a voters' list.
    voters: uuid.UUID = field(default_factory=uuid.uuid4)
    #: One that is matched: of its one voter somebody has to say whether it is who has the first visit.
    matched: uuid.UUID = field(default_factory=uuid.uuid4)
    #: A basis of the place; a file, a webhook and a message of it, where somebody has one.
    basis: int = 0
    #: Voters of the place as they left the house.
    edition: int = 0
    file: uuid.UUID = field(default_factory=uuid.uuid4)
    webhook: uuid.UUID = field(default_factory=uuid.uuid4)
    delivery: uuid.UUID = field(default_factory=uuid.uuid4)
    posting: int = 0
    #: A second head, whom the head proposed.
    proposal: int = 0
    ticket: str = "TIADA1"
    number: str = "9901010101010101"
    #: A class of two, one of whom waits; what was asked of another office.
    group: uuid.UUID = field(default_factory=uuid.uuid4)
    #: A list that somebody looks at: of the cast the operator's, elsewhere a clerk's of the place.
    draft: uuid.UUID = field(default_factory=uuid.uuid4)
    loan: uuid.UUID = field(default_factory=uuid.uuid4)
    #: A visit to who is held and nothing more.
    request: uuid.UUID = field(default_factory=uuid.uuid4)
    document: uuid.UUID = field(default_factory=uuid.uuid4)
    #: What hinders the office.
    incident: uuid.UUID = field(default_factory=uuid.uuid4)
    #: What its staff is told of; its words hold the event's canary.
    alert: uuid.UUID = field(default_factory=uuid.uuid4)
    #: People's data that somebody saw without a right.
    breach: uuid.UUID = field(default_factory=uuid.uuid4)
    #: A device that is out of order, and an outage.
    device: int = 0
    fault: uuid.UUID = field(default_factory=uuid.uuid4)
    outage: uuid.UUID = field(default_factory=uuid.uuid4)
    #: Other data, proposed for who is recorded.
    change: uuid.UUID = field(default_factory=uuid.uuid4)
    #: An election of the office, and a Saturday on which it opens.
    election: int = 0
    opening: uuid.UUID = field(default_factory=uuid.uuid4)
    #: What its head asked the planner for; waits for the job.
    plan: uuid.UUID = field(default_factory=uuid.uuid4)
    #: What the office asked its province for.
    stock_request: uuid.UUID = field(default_factory=uuid.uuid4)

    #: What was found out about who is held and nothing more; what its village signed.
    #: A paper of who is recorded.
    paper: uuid.UUID = field(default_factory=uuid.uuid4)
    finding: uuid.UUID = field(default_factory=uuid.uuid4)
    minutes: uuid.UUID = field(default_factory=uuid.uuid4)
    #: A line of its village's burial register, and what its office reported of the month.
    burial: uuid.UUID = field(default_factory=uuid.uuid4)
    report: uuid.UUID = field(default_factory=uuid.uuid4)
    #: The entry of who is held and nothing more on the list of who is missing.
    entry: int = 0
    #: A school of the office, and its list.
    venue: uuid.UUID = field(default_factory=uuid.uuid4)
    roster: uuid.UUID = field(default_factory=uuid.uuid4)
    #: What SIAK says of who is held and nothing more, as a list that nobody confirmed tells it.
    statuses: uuid.UUID = field(default_factory=uuid.uuid4)
    #: What it counted of its cards.
    sheet: uuid.UUID = field(default_factory=uuid.uuid4)

    def named(self, wanted: list[str], aims: Mapping[str, str]) -> dict[str, Any]:
        """Arguments for an address; `aims`: those that are another thing of the place."""
        known = {
            **{f"{name}_id": getattr(self, name) for name in ("event", "session", "resident")},
            **{f"{name}_id": getattr(self, name) for name in ("appointment", "record", "export")},
            **{f"{name}_id": getattr(self, name) for name in ("file", "webhook", "delivery")},
            "group_id": self.group,
            "venue_id": self.venue,
            "roster_id": self.roster,
            "import_id": self.brought,
            "list_id": self.voters,
            "draft_id": self.draft,
            "loan_id": self.loan,
            "election_id": self.election,
            "opening_id": self.opening,
            "incident_id": self.incident,
            "alert_id": self.alert,
            "plan_id": self.plan,
            "breach_id": self.breach,
            "device_id": self.device,
            "fault_id": self.fault,
            "outage_id": self.outage,
            "request_id": self.request,
            "document_id": self.document,
            "stock_request_id": self.stock_request,
            "proposal_id": self.change,
            "secret": "tiada",
            "basis_id": self.basis,
            "edition_id": self.edition,
            "token": "tiada",
            "posting_id": self.posting,
            "code": self.code,
            "sheet_id": self.sheet,
            "brought_id": self.statuses,
            "finding_id": self.finding,
            "paper_id": self.paper,
            "minutes_id": self.minutes,
            "burial_id": self.burial,
            "report_id": self.report,
            "form": "xlsx",
            "village": self.village,
            "key": self.village,
            "entry_id": self.entry,
            "kind": "opname",
            "slug": "terima",
        }
        known |= {name: getattr(self, thing) for name, thing in aims.items()}
        return {name: known[name] for name in wanted}


@dataclass
class Board:
    made: World
    places: dict[str, Place]
    #: text to look for -> (kind, place)
    canaries: dict[str, tuple[str, str]]
    #: What the request at hand carried itself.
    typed: str = ""
    #: What `written` said before it.
    written: int = 0


def make_board(made: World) -> Board:
    """Four offices' worth of work, and the province above. Expects to be inside nobody's scope."""
    make_basis()
    User.objects.update(password=make_password("kuda-laut-melompat-7"))
    start = today() - timedelta(days=400)
    board = Board(made, {}, {})
    for name, (office, village) in WHERE.items():
        clerk = make_caller(f"petugas.{name}", "district_operator", office, start)
        _rename(clerk, canary("staff", name))
        head = made["head"]
        if office != "13.75":
            head = made.get("neighbour_head") if office == "13.06" else None  # type: ignore[assignment]
            head = head or make_caller("head.far", "district_head", office, start)
        board.places[name] = _fill(board, name, office, village, clerk.actor, head.actor)
    _parent(board, start)
    _arrivals(board)
    _figures(board)
    _told(board)
    _breached(board)
    for name in board.places:
        for kind in ("people", "event", "staff"):
            board.canaries[canary(kind, name)] = (kind, name)
        board.canaries[board.places[name].number] = ("number", name)
    return board


def _arrivals(board: Board) -> None:
    """Somebody of each place is handed over by an office that is not its own."""
    for place in board.places.values():
        if len(place.office) != 5:
            continue
        sender = board.made["operator" if place.office == "13.06" else "neighbour"].actor
        number = nik(BORN).text
        said = {"nik": number, "name": canary("people", place.name), "birth_date": str(BORN)}
        with scoped(sender.scope):
            hand_over(
                by=sender,
                kind=ArrivalKind.RESIDENT,
                source=uuid.uuid4(),
                people=[Handed(place.village, number, said)],
            )


def _rename(caller: Caller, name: str) -> None:
    assert caller.user
    User.objects.filter(pk=caller.user.pk).update(name=name)


def _fill(board: Board, name: str, office: str, village: str, clerk: Actor, head: Actor) -> Place:
    place = Place(name, office, office, village, posting=clerk.posting_id)
    with scoped(clerk.scope):
        event = plan_event(
            by=clerk,
            title=canary("event", name),
            kind="gebyar",
            office=Region.objects.get(pk=office),
            village=Region.objects.get(pk=village),
            place=canary("event", name),
            starts_on=today() - timedelta(days=1),
            ends_on=today() + timedelta(days=1),
            services=["recording", "ikd_activation", "family_card"],
        )
        event = open_to_booking(by=head, event=event, neutrality_signed=True)
        session = open_session(
            by=clerk,
            event=event,
            starts_at=at(0, 1),
            ends_at=at(23, 59),
            capacity={"recording": 10, "ikd_activation": 10},
        )
        booked, served, waits = (_person(clerk, name, village) for _n in range(3))
        unbooked = nik(BORN)
        free = _person(clerk, name, village, unbooked)
        number = nik(BORN)
        known = _person(clerk, name, village, number)
        slip = book(by=clerk, session=session, resident=known, services=["recording"])
        visit = book(by=clerk, session=session, resident=booked, services=["recording"])
        group = VisitGroup.objects.create(
            session=session,
            event=event,
            office_id=office,
            name="XII IPA 1",
            services=["recording"],
            created_by_id=clerk.user_id,
        )
        Appointment.objects.filter(pk=visit.pk).update(group=group)
        wait(by=clerk, session=session, resident=waits, services=["family_card"])
        Waiting.objects.filter(resident=waits).update(group=group)
        draft = _preview(board.made["operator"].actor if name == "own" else clerk, session, name)
        loan = ask_loan(
            by=clerk, event=event, lender=Region.objects.get(pk="13.71"), wanted="Satu set"
        )
        record, _new = log_service(
            by=clerk,
            entry=Entry(
                id=uuid7(),
                service="recording",
                outcome="done",
                occurred_at=at(0, 2),
                resident=served.pk,
            ),
        )
        incident = report_incident(
            by=clerk,
            offices=[Region.objects.get(pk=office)],
            kind="crowd",
            note=canary("event", name),
        )
        _hindered(clerk, place, event)
        log_access(by=clerk, action=Access.VIEW, kind="resident", subject=str(free.pk))
        visit_request = ask_visit(
            by=clerk, resident=free, services=["recording"], reason="far", partner_kind="rt_rw"
        )
        document = ask_document(
            by=clerk, resident=free, service="moving_out", for_whom="self", here=[]
        )
        place.document = document.pk
        change = propose_correction(
            by=clerk,
            resident=served,
            changes={"name": canary("people", name), "rt": "9"},
            reason="uji tembok data warga",
        )
        assert change is not None
        _cards(clerk, place, event.pk)
        _found(clerk, place, free, village)
        _buried(clerk, place, village)
        _in_siak(clerk, place, free, unbooked.text)
        paper, _new = issue(
            by=head, kind="biodata", resident=known.pk, reason=canary("people", name)
        )
        place.paper = paper.pk
        roll = close_list(by=None, roll_list=the_list("missing", office, None))
        place.entry = RollEntry.objects.get(list=roll, resident=free).pk
        _listed(clerk, place, unbooked.text)
    place.change, place.incident = change.pk, incident.pk
    place.event, place.session, place.resident = event.pk, session.pk, known.pk
    place.appointment, place.ticket, place.record = slip.pk, slip.ticket, record.pk
    place.free_resident, place.number = free.pk, number.text
    place.draft = draft.pk
    place.group, place.loan, place.request = group.pk, loan.pk, visit_request.pk
    _opened(clerk, place, len(board.places))
    with scoped(head.scope):
        export = request_export(by=head, kind="residents", reason="uji tembok data warga")
        brought = bring_residents(
            by=head, file=io.BytesIO(b"nik\n"), name=canary("people", name) + ".csv"
        )
        voters = bring_voters(
            by=head,
            file=io.BytesIO(b"nik\n"),
            name=canary("people", name) + ".csv",
            kind="dpt",
            election=Election.objects.get(pk=place.election),
            as_of=today(),
        )
        place.written, place.matched = _written(head, place), _matched(head, place)
    build_export(export.pk)
    place.export, place.brought, place.voters = export.pk, brought.pk, voters.pk
    proposal = add_staff(
        by=head,
        username=f"kepala.{name}",
        name=canary("staff", name),
        role="district_head",
        region=Region.objects.get(pk=office),
        starts_on=today(),
    )
    assert isinstance(proposal, StaffProposal)
    place.proposal = proposal.pk
    return place


def _written(by: Actor, place: Place) -> uuid.UUID:
    return RollImport.objects.create(
        office_id=by.office,
        posting_id=by.posting_id,
        step=ImportStep.WRITE,
        state=ImportState.READY,
        completeness=Completeness.WHOLE,
        covers=[place.village],
        as_of=today(),
        written_at=timezone.now(),
    ).pk


def _matched(by: Actor, place: Place) -> uuid.UUID:
    return VoterList.objects.create(
        office_id=by.office,
        posting_id=by.posting_id,
        election_id=place.election,
        kind="dpt",
        as_of=today(),
        step=ListStep.MATCH,
        state=ListState.READY,
        total=1,
        done=1,
        matched_at=timezone.now(),
    ).pk


def _buried(clerk: Actor, place: Place, village: str) -> None:
    """A line of the register that nobody has compared, the report of the month, and a line after it."""
    name = canary("people", place.name)
    line = Buried(
        name=name,
        died_on=today(),
        buried_on=today(),
        cemetery="TPU Uji",
        reporter=name,
        relation="child",
    )
    where = Region.objects.get(pk=village)
    place.burial = record_burial(by=clerk, village=where, entry=line).pk
    place.report = send_report(by=clerk, month=today().replace(day=1)).pk
    record_burial(by=clerk, village=where, entry=replace(line, age=70))


def _cards(clerk: Actor, place: Place, event: uuid.UUID) -> None:
    """The office has 500 cards, takes ten to the event, and asks for more."""
    kept = balances([place.office], "card")[place.office].office
    place.sheet = count(
        by=clerk,
        count_id=uuid7(),
        account=f"office:{place.office}",
        item="card",
        physical=500 if kept is None else kept,
        counted_at=timezone.now(),
        team=[{"name": canary("staff", place.name), "function": "Pengurus barang"}],
    )[0].pk
    move(
        by=clerk,
        movement_id=uuid7(),
        item="card",
        source=f"office:{place.office}",
        target=f"event:{event}",
        quantity=10,
        document="BA/1",
        occurred_at=timezone.now(),
    )
    office = Region.objects.get(pk=place.office)
    place.stock_request = ask_stock(
        by=clerk, office=office, item="card", asked=100, reason="Uji tembok"
    ).pk


def _found(by: Actor, place: Place, person: Resident, village: str) -> None:
    """Something was signed before; what waits for a decision was found out since."""
    where = Region.objects.get(pk=village)
    propose(by=by, resident=person, outcome="away", note=canary("people", place.name))
    place.minutes = sign_minutes(
        by=by,
        village=where,
        signer=canary("people", place.name),
        function="Lurah",
        version=draft_of(where, unsigned(by, where)).version,
    ).pk
    paper = Evidence("letter", "1", canary("people", place.name), today())
    note = canary("people", place.name)
    moved = propose(by=by, resident=person, outcome="moved", evidence=paper, note=note)
    place.finding = moved.pk


def _in_siak(by: Actor, place: Place, person: Resident, number: str) -> None:
    said = canary("people", place.name)
    enter_status(by=by, resident=person, code="BIO_CAPTURED", at=at(0, 1), source=said)
    source = Source(f"NIK;Status\n{number};PROCESSING".encode())
    brought = bring_statuses(by=by, source=source, said_by=said, as_of=today())
    place.statuses = brought.brought.pk


def _hindered(by: Actor, place: Place, event: ServiceEvent) -> None:
    office, text = Region.objects.get(pk=place.office), canary("event", place.name)
    device = add_device(by=by, office=office, label=text, kind="set")
    fault, _new = report_fault(by=by, device_id=device.pk, what=text)
    outage = report_outage(by=by, office=office, kind="power", event=event, note=text)
    place.device, place.fault, place.outage = device.pk, fault.pk, outage.pk


def _opened(by: Actor, place: Place, number: int) -> None:
    """An election of the office, later than any other, and a Saturday on which it opens."""
    place.election = _held(place.office, number)
    saturday = today() + timedelta(days=5 - today().weekday() + 7 * (number + 2))
    with scoped(by.scope):
        place.opening = plan_opening(
            by=by,
            office=Region.objects.get(pk=place.office),
            day=saturday,
            opens_at=time(7),
            closes_at=time(14),
        ).pk


def _held(region: str, number: int) -> int:
    held_on = today() + timedelta(days=400 + number)
    return Election.objects.create(
        name="Pilkada", kind="pilkada", region_id=region, held_on=held_on
    ).pk


def _listed(by: Actor, place: Place, number: str) -> None:
    """A school, with somebody on its list who is held and somebody who is not."""
    venue = add_venue(
        by=by,
        kind="school",
        name=canary("event", place.name),
        village=Region.objects.get(pk=place.village),
    )
    person = canary("people", place.name)
    text = f"NIK;Nama;Kelas\n{number};{person};XII\n;{person} Lain;XII\n"
    year = year_of("school", by.today)
    brought = bring_roster(
        by=by, venue=venue, year=year, as_of=by.today, source=Source(text.encode())
    )
    place.venue, place.roster = venue.pk, brought.roster.pk


def _preview(by: Actor, session: ServiceSession, name: str) -> ListDraft:
    """A list with somebody new, of which the office remembers the columns."""
    source = Source(f"NIK;Nama;Desa\n{nik(BORN).text};{canary('people', name)};".encode())
    plan = plan_of("XII IPA 2", ["recording"])
    draft = bring_list(by=by, session=session, plan=plan, source=source)
    kinds = {"A": "nik", "B": "name", "C": "village"}
    return choose_columns(by=by, draft=draft, version="1", kinds=kinds)


def _person(clerk: Actor, name: str, village: str, number: Any = None) -> Any:
    return register(
        by=clerk,
        nik=number or nik(BORN),
        name=canary("people", name),
        birth_date=BORN,
        sex="M",
        village=Region.objects.get(pk=village),
        address=canary("people", name),
        confirm=["look-alike"],
    )


def _parent(board: Board, start: date) -> None:
    """What belongs to the province itself: its staff and its figures."""
    clerk = make_caller("petugas.parent", "province_officer", "13", start)
    _rename(clerk, canary("staff", "parent"))
    board.places["parent"] = Place(
        "parent", "13", "13", "13.75.01.1001", posting=clerk.actor.posting_id
    )
    board.places["parent"].election = _held("13", len(board.places))
    subject = str(board.places["own"].free_resident)
    with scoped(clerk.actor.scope):
        log_access(by=clerk.actor, action=Access.VIEW, kind="resident", subject=subject)


def _figures(board: Board) -> None:
    """A basis of every place; a file of the head's; what the API client is told of."""
    for name, place in board.places.items():
        made = import_basis(
            rows=[{"region_code": place.code, "wajib_ktp": "10", "recorded": "9"}],
            name=f"Turunan {name}",
            kind="derived",
            wajib_as_of=today() - timedelta(days=40),
            level="regency",
        )
        place.basis = made.basis.pk
    election = Election.objects.create(
        name="Pemilu papan", kind="pemilu", region_id="00", held_on=today() + timedelta(days=90)
    )
    officers = {"13": "province_officer", "18": "other_province_officer"}
    for place in board.places.values():
        if place.name == "parent":
            continue
        # Own and child are of one office, which has one edition.
        edition = Edition.objects.filter(region_id=place.office).first() or Edition.objects.create(
            region_id=place.office,
            election=election,
            held_on=election.held_on,
            basis_id=place.basis,
            day=today(),
            recipient="KPU papan",
            agreement="1/papan",
            made_by_id=board.made[officers[place.office[:2]]].actor.user_id,
        )
        place.edition = edition.pk
        place.plan = _planned(board, place.office)
    own, head = board.places["own"], board.made["head"].actor
    question = Question.of(by=head, region=Region.objects.get(pk=own.code), level="regency")
    own.file = request_file(by=head, kind="pdf", question=question).pk
    release = freeze_release(name="papan")
    webhook = Webhook.objects.create(
        posting_id=board.made["api_client"].actor.posting_id, url="https://contoh.id/", secret=b"x"
    )
    delivery = WebhookDelivery.objects.create(
        webhook=webhook, release=release, due_at=timezone.now()
    )
    own.webhook, own.delivery = webhook.pk, delivery.pk


def _planned(board: Board, office: str) -> uuid.UUID:
    """A plan that waits for the job: own and child are of one office, which has one."""
    with scoped("*"):
        plan = Plan.objects.filter(office_id=office).first() or Plan.objects.create(
            office_id=office,
            from_day=today(),
            until_day=today(),
            instance=small_instance(office),
            instance_hash="0" * 64,
            cut=timezone.now(),
            asked_by_id=board.made["head"].actor.posting_id,
        )
    return plan.pk


def _told(board: Board) -> None:
    """What jobs write, and the role of pages cannot: an open alert of every office, who is not on its
    list, and a voter of whom it is asked who that is.
    """
    kind = AlertKind.DEVICE_DOWN_ON_EVENT_DAY
    use_role("worker")
    for place in board.places.values():
        if place.name != "parent":
            facts = {"device": "Set 1", "event": canary("event", place.name), "day": str(today())}
            place.alert = Alert.objects.create(
                kind=kind,
                region_id=place.office,
                subject=place.name,
                facts=facts,
                seen_by=list(KINDS[kind].seen_by),
            ).pk
            with scoped(place.office):
                RollGone.objects.create(
                    roll_import_id=place.written,
                    office_id=place.office,
                    village_id=place.village,
                    resident=place.resident,
                )
                VoterRow.objects.create(
                    voter_list_id=place.matched,
                    office_id=place.office,
                    village_id=place.village,
                    number=2,
                    verdict=Verdict.ASK,
                    maybe=[place.resident],
                    sealed=sealed(Voter(name=canary("people", place.name)), place.matched, 2),
                )
    use_role("web")


def _breached(board: Board) -> None:
    """As whoever serves the office of the place writes it down."""
    for place in board.places.values():
        if place.name != "parent":
            breach = Breach.objects.create(
                region_id=place.office,
                noticed_at=timezone.now(),
                what="Uji tembok",
                data="nama",
                by=board.made["head"].user,
            )
            BreachOffice.objects.create(breach=breach, office_id=place.office)
            place.breach = breach.pk


def backdated() -> str:
    """Makes the looks of the board old enough for the oversight; run as the superuser."""
    return (
        "ALTER TABLE accounts_accesslog DISABLE TRIGGER USER;"
        " UPDATE accounts_accesslog SET at = at - interval '2 hours';"
        " UPDATE registrations_resident SET created_at = created_at - interval '1 day';"
        " ALTER TABLE accounts_accesslog ENABLE TRIGGER USER"
    )


#: What belongs to an office, and what hangs on it.
_OF_OFFICE = (
    *("registrations_resident", "registrations_residentidentity", "registrations_appointment"),
    *("registrations_appointmentservice", "registrations_servicerecord"),
    *("registrations_visitrequest", "registrations_export", "events_serviceevent"),
    *("registrations_rollimport", "registrations_printrule", "events_device", "events_outage"),
    *("registrations_rollgone", "registrations_arrival", "registrations_burial"),
    *("registrations_voterlist", "registrations_voterrow"),
    *("registrations_votercode", "registrations_notavoter"),
    *("registrations_documentrequest", "registrations_officecount", "registrations_cardreceiver"),
    *("events_stockaccount", "events_stockrequest"),
    *("events_venue", "registrations_rosterentry", "registrations_groupmember"),
)
_HANGS_ON_IT = (
    *("events_seat", "accounts_posting", "accounts_user"),
    *("accounts_staffproposal", "accounts_staffdecision"),
)
_WRITTEN = "SELECT " + " + ".join(
    f"pg_stat_get_xact_tuples_{verb}('{table}'::regclass)"
    for table in (*_OF_OFFICE, *_HANGS_ON_IT)
    for verb in ("inserted", "updated", "deleted")
)


def written() -> int:
    """How many rows of what `digest` reads this connection wrote, also where that was taken back: where
    the number stays, the digest does, and need not be made. Compare within one transaction.
    """
    return int(prepared("rows_written", _WRITTEN, ())[0][0])


def digest(office: str) -> list[tuple[Any, ...]]:
    """What an office has, in one line: to see that somebody else's request changed nothing of it."""
    parts = [
        f"SELECT '{table}', count(*), md5(string_agg(md5(t::text), '' ORDER BY t::text))"
        f" FROM {table} t WHERE office_id = %(office)s"
        for table in _OF_OFFICE
    ]
    parts.append(
        "SELECT 'seats', count(*), md5(string_agg(md5(seat::text), '' ORDER BY seat.id))"
        " FROM events_seat seat JOIN events_servicesession ses ON ses.id = seat.session_id"
        " JOIN events_serviceevent ev ON ev.id = ses.event_id WHERE ev.office_id = %(office)s"
    )
    parts.append(
        "SELECT 'staff', count(*), md5(string_agg(md5(p::text || u.password), '' ORDER BY p.id))"
        " FROM accounts_posting p JOIN accounts_user u ON u.id = p.user_id"
        " WHERE p.region_id = %(office)s"
    )
    parts.append(
        "SELECT 'proposals', count(*), md5(string_agg(coalesce(d.verdict, ''), ' ' ORDER BY p.id))"
        " FROM accounts_staffproposal p LEFT JOIN accounts_staffdecision d ON d.proposal_id = p.id"
        " WHERE p.region_id = %(office)s"
    )
    with scoped("*"):
        return rows(" UNION ALL ".join(parts), {"office": office})
