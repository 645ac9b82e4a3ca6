"""A country with something of everything in each place, named so that it can be found elsewhere."""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from dukcapil.accounts.enums import Access
from dukcapil.accounts.models import StaffProposal, User
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.services import log_access
from dukcapil.accounts.staff.services import add_staff
from dukcapil.core.db import rows
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.planning.models.session import ServiceSession
from events.planning.services.events import plan_event
from events.planning.services.sessions import open_session
from events.resources.services import ask_loan
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.draft import ListDraft
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting
from registrations.booking.services.appointments import book
from registrations.booking.services.drafts import Source, bring_list, choose_columns
from registrations.booking.services.groups import plan_of
from registrations.booking.services.waiting import wait
from registrations.ledger.services.entries import Entry
from registrations.ledger.services.ledger import log_service
from registrations.lifecycle.services.events import open_to_booking
from registrations.oversight.services.exports import build_export, request_export
from registrations.people.services.proposals import propose_correction
from registrations.people.services.residents import register
from registrations.requests.services.requests import ask_visit
from registrations.roll.services.imports import bring_list as bring_residents
from reports.bases.services.basis import import_basis
from reports.coverage.selectors.question import Question
from reports.files.services import request_file
from reports.publication.models import Webhook, WebhookDelivery
from reports.releases.services import freeze_release
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
    #: A basis of the place; a file, a webhook and a message of it, where somebody has one.
    basis: int = 0
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
    #: Other data, proposed for who is recorded.
    change: uuid.UUID = field(default_factory=uuid.uuid4)

    def named(self, wanted: list[str]) -> dict[str, Any]:
        """Arguments for an address."""
        known = {
            **{f"{name}_id": getattr(self, name) for name in ("event", "session", "resident")},
            **{f"{name}_id": getattr(self, name) for name in ("appointment", "record", "export")},
            **{f"{name}_id": getattr(self, name) for name in ("file", "webhook", "delivery")},
            "group_id": self.group,
            "import_id": self.brought,
            "draft_id": self.draft,
            "loan_id": self.loan,
            "request_id": self.request,
            "proposal_id": self.change,
            "secret": "tiada",
            "basis_id": self.basis,
            "token": "tiada",
            "posting_id": self.posting,
            "code": self.code,
        }
        return {name: known[name] for name in wanted}


@dataclass
class Board:
    made: World
    places: dict[str, Place]
    #: text to look for -> (kind, place)
    canaries: dict[str, tuple[str, str]]
    #: What the request at hand carried itself.
    typed: str = ""


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
    _figures(board)
    for name in board.places:
        for kind in ("people", "event", "staff"):
            board.canaries[canary(kind, name)] = (kind, name)
        board.canaries[board.places[name].number] = ("number", name)
    return board


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
        booked, served, free, waits = (_person(clerk, name, village) for _n in range(4))
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
        log_access(by=clerk, action=Access.VIEW, kind="resident", subject=str(free.pk))
        visit_request = ask_visit(
            by=clerk, resident=free, services=["recording"], reason="far", partner_kind="rt_rw"
        )
        change = propose_correction(
            by=clerk,
            resident=served,
            changes={"name": canary("people", name), "rt": "9"},
            reason="uji tembok data warga",
        )
        assert change is not None
    place.change = change.pk
    place.event, place.session, place.resident = event.pk, session.pk, known.pk
    place.appointment, place.ticket, place.record = slip.pk, slip.ticket, record.pk
    place.free_resident, place.number = free.pk, number.text
    place.draft = draft.pk
    place.group, place.loan, place.request = group.pk, loan.pk, visit_request.pk
    with scoped(head.scope):
        export = request_export(by=head, kind="residents", reason="uji tembok data warga")
        brought = bring_residents(
            by=head, file=io.BytesIO(b"nik\n"), name=canary("people", name) + ".csv"
        )
    build_export(export.pk)
    place.export, place.brought = export.pk, brought.pk
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


def backdated() -> str:
    """Makes the looks of the board old enough for the oversight; run as the superuser."""
    return (
        "ALTER TABLE accounts_accesslog DISABLE TRIGGER USER;"
        " UPDATE accounts_accesslog SET at = at - interval '2 hours';"
        " UPDATE registrations_resident SET created_at = created_at - interval '1 day';"
        " ALTER TABLE accounts_accesslog ENABLE TRIGGER USER"
    )


def digest(office: str) -> list[tuple[Any, ...]]:
    """What an office has, in one line: to see that somebody else's request changed nothing of it."""
    people = (
        *("registrations_resident", "registrations_residentidentity", "registrations_appointment"),
        *("registrations_appointmentservice", "registrations_servicerecord"),
        *("registrations_visitrequest", "registrations_export", "events_serviceevent"),
        "registrations_rollimport",
    )
    parts = [
        f"SELECT '{table}', count(*), md5(string_agg(md5(t::text), '' ORDER BY t::text))"
        f" FROM {table} t WHERE office_id = %(office)s"
        for table in people
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
