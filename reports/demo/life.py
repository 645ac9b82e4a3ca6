"""Events and people of the demonstration: thirty days of two offices, and their day today.

All people are synthetic: numbers of province 99, which does not exist, and marked as examples.
Everything goes through the same services as pages and API.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from dukcapil.accounts.models import Posting
from dukcapil.accounts.permissions import Role
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from dukcapil.regions.validators import NATION
from events.elections.models import Election
from events.planning.enums import EventKind, Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.services.events import plan_event
from events.planning.services.sessions import open_session
from events.planning.services.signing import note_seen
from registrations.booking.services.appointments import book, check_in
from registrations.ledger.enums import CardUsed, Failure, PrintReason
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.activations import GOES_ALONG
from registrations.ledger.services.batch import log_batch
from registrations.ledger.services.corrections import void_record
from registrations.ledger.services.entries import Entry
from registrations.ledger.services.ledger import log_service
from registrations.lifecycle.services.events import change_event, close_event, open_to_booking
from registrations.people.models import Resident
from registrations.people.services.residents import register, reveal
from registrations.people.validators import CARD_AGE, Nik, anniversary
from reports.demo.accounts import actor
from reports.demo.cards import LARGE_BAG, Month, pack, unpack, when
from reports.demo.desk import PUPILS, account, ask_for_visits, bring_a_class, equip
from reports.demo.roll import VISITORS, Draw, register_roll, register_visitors

FAILURES = ("network", "no_family_card", "biometrics_unreadable", "power", "refused_photo")
OFFERED: list[str] = [
    Service.RECORDING,
    Service.IKD_ACTIVATION,
    Service.CARD_PRINT,
    Service.FAMILY_CARD,
    Service.BIRTH_CERTIFICATE,
]


@dataclass(frozen=True)
class Past:
    """An event of the last thirty days: when, what, where, and how many came."""

    days_ago: int
    kind: EventKind
    title: str
    place: str
    place_kind: str
    people: int
    reason: str = ""


HISTORY = (
    Past(29, EventKind.GEBYAR, "Gebyar Pelayanan Dukcapil Prima", "GOR kota", "other", 22),
    Past(26, EventKind.JEMPUT_BOLA, "Jemput bola SMA Negeri 1", "SMA Negeri 1", "school", 18),
    Past(23, EventKind.JEMPUT_BOLA, "Jemput bola SMK 2", "SMK Negeri 2", "school", 15),
    Past(20, EventKind.COUNTER, "Layanan sore kecamatan", "Kantor camat", "office", 9),
    Past(17, EventKind.JEMPUT_BOLA, "Jemput bola lapas", "Lembaga pemasyarakatan", "prison", 7),
    Past(14, EventKind.GEBYAR, "Gebyar GISA", "Lapangan kantin", "market", 20),
    Past(12, EventKind.OUTREACH, "Sosialisasi adminduk", "Balai adat", "village", 4),
    Past(10, EventKind.JEMPUT_BOLA, "Jemput bola MAN 1", "MAN 1", "school", 16),
    Past(7, EventKind.JEMPUT_BOLA, "Kunjungan rumah lansia", "Rumah warga", "home", 5),
    Past(6, EventKind.HOLIDAY_OPENING, "Layanan hari libur", "Kantor dinas", "office", 11, "Pekan"),
    Past(3, EventKind.JEMPUT_BOLA, "Jemput bola kampus", "Universitas", "campus", 14),
    Past(1, EventKind.JEMPUT_BOLA, "Jemput bola SMA Negeri 3", "SMA Negeri 3", "school", 17),
)
#: Days before today of the event at which the printer spoiled a card.
SPOILED = 14
OFFICES = (("operator", "kepala"), ("operator-agam", "kepala-agam"))


def make_history() -> None:
    """Residents, and the events of the last thirty days, closed, with what was logged at them."""
    today = timezone.localdate()
    for number, (operator, head) in enumerate(OFFICES):
        with scoped(EVERYBODY):
            office = _Office(actor(operator), actor(head), number)
            practice_election(office.head.region, today)
            office.register_people(today)
            cards = Month(office.by.region, today)
            for past in HISTORY:
                cards.go_on_until(past.days_ago)
                office.hold(past, today)
            cards.go_on_until(0)


def practice_election(region: str, today: date) -> Election:
    """Twelve days ahead, of one office."""
    day = today + timedelta(days=12)
    setters = Posting.objects.filter(role=Role.ADMINISTRATOR, region_id=NATION).order_by("pk")
    election, _made = Election.objects.get_or_create(
        region_id=region,
        kind="example",
        first_held_on=day,
        defaults={
            "name": "Pemilihan contoh (latihan)",
            "held_on": day,
            "offices": [region],
            "source": "Contoh untuk latihan",
            "by_id": setters[0].user_id,
        },
    )
    return election


def make_corrections() -> None:
    """A late record, and one taken back: days that were reported already get a second revision."""
    for operator, _head in OFFICES:
        by = actor(operator)
        with scoped(EVERYBODY):
            served = ServiceRecord.objects.filter(
                office_id=by.region, service=Service.RECORDING, outcome="done"
            ).order_by("-service_date", "seq")
            wrong = served.filter(service_date__lt=timezone.localdate() - timedelta(days=5))[0]
            why = "Salah orang (contoh)"
            void_record(by=by, record=wrong, reason=why, confirm=[GOES_ALONG])
            late = served[0]
            assert late.session_id  # noqa: S101 - history is logged in sessions
            unserved = Resident.objects.filter(office_id=by.region, records__isnull=True)
            entry = _entry(late.session, unserved.order_by("pk")[0], "recording", late.occurred_at)
            log_service(by=by, entry=entry)


def make_roll() -> None:
    """Everybody else whom the two offices hold."""
    for operator, _head in OFFICES:
        with scoped(EVERYBODY):
            register_roll(actor(operator), timezone.localdate())


def make_today() -> None:
    """Sessions that run now with a queue, plans for the days to come, a record set aside."""
    today = timezone.localdate()
    for operator, head in OFFICES:
        with scoped(EVERYBODY):
            _today(actor(operator), actor(head), today)
    with scoped(EVERYBODY):
        _set_aside(today)


class _Office:
    """One office while its history is made."""

    def __init__(self, by: Actor, head: Actor, number: int) -> None:
        self.by, self.head = by, head
        self.chance = random.Random(number)  # noqa: S311 - names and ages of examples
        self.villages = list(Region.objects.within(by.region).level("village")[:12])
        self.people: list[Resident] = []

    def register_people(self, today: date) -> None:
        draw = Draw(self.by.region, today, self.chance, self.villages, "01")
        self.people = register_visitors(self.by, draw)

    def hold(self, past: Past, today: date) -> None:
        day = today - timedelta(days=past.days_ago)
        event = _event(self.by, self.chance.choice(self.villages), day, past)
        session = _session(self.by, event, day, {Service.RECORDING: 60, Service.IKD_ACTIVATION: 40})
        event = open_to_booking(by=self.head, event=event, neutrality_signed=True)
        pack(event, when(event.office_id, today, past.days_ago, 7))
        served, self.people = self.people[: past.people], self.people[past.people :]
        _serve(self.by, session, served, day, self.chance, spoils=past.days_ago == SPOILED)
        account(self.by, event)
        unpack(event, when(event.office_id, today, past.days_ago, 16))
        close_event(by=self.head, event=event)


def _event(by: Actor, village: Region, day: date, plan: Past, days: int = 1) -> ServiceEvent:
    return plan_event(
        by=by,
        title=f"{plan.title} (contoh)",
        kind=plan.kind,
        office=Region.objects.get(pk=by.region),
        village=village,
        place=plan.place,
        place_kind=plan.place_kind,
        target_group="Pelajar kelas XII" if plan.place_kind == "school" else "",
        programme="GISA" if "GISA" in plan.title else "",
        holiday_reason="Pekan perekaman pemilih pemula" if plan.reason else "",
        starts_on=day,
        ends_on=day + timedelta(days=days - 1),
        services=OFFERED,
        kits=3,
        walk_in_percent=10 if days > 1 else 0,
    )


def _session(
    by: Actor,
    event: ServiceEvent,
    day: date,
    capacity: dict[str, int],
    hours: tuple[time, time] = (time(0, 1), time(23, 59)),
) -> ServiceSession:
    """Open from just after midnight to midnight, so that the demo works at any hour."""
    zone = ZoneInfo(event.village.timezone)
    return open_session(
        by=by,
        event=event,
        starts_at=datetime.combine(day, hours[0], zone),
        ends_at=datetime.combine(day, hours[1], zone),
        capacity=capacity,
    )


def _serve(
    by: Actor,
    session: ServiceSession,
    people: list[Resident],
    day: date,
    chance: random.Random,
    *,
    spoils: bool = False,
) -> None:
    """Recordings in a first batch, services for recorded people in a second, in order of the queue.
    `spoils`: the first card that is printed fails, and is printed anew.
    """
    zone = ZoneInfo(session.event.village.timezone)
    latest = min(datetime.combine(day, time(14, 0), zone), timezone.now() - timedelta(minutes=1))
    earliest = datetime.combine(day, time(0, 0), zone)
    first, later = [], []
    for position, person in enumerate(people):
        moment = max(earliest, latest - timedelta(minutes=4 * (len(people) - position)))
        failure = chance.choice(FAILURES) if position % 8 == 7 else ""
        first.append(_entry(session, person, "recording", moment, failure))
        if failure:
            continue
        if position % 2 == 0:
            failure = "no_smartphone" if position % 10 == 8 else ""
            later.append(_entry(session, person, "ikd_activation", moment, failure))
        if position % 3 == 0:
            why = chance.choice(PrintReason.values[:4])
            if anniversary(person.birth_date, CARD_AGE) <= day:
                if spoils:
                    failed = _entry(session, person, "card_print", moment, Failure.DEVICE)
                    later.append(replace(failed, card_used=CardUsed.PRINT))
                    spoils = False
                later += _card(session, person, moment, why, fetched=position % 2 == 0)
        if position % 7 == 0:
            later.append(_entry(session, person, "family_card", moment))
    for entries in (first, later):
        if entries:
            log_batch(by=by, entries=entries)


def _card(
    session: ServiceSession, person: Resident, moment: datetime, why: str, *, fetched: bool
) -> list[Entry]:
    """Printed; what is not fetched waits at the office for its owner."""
    printed = [_entry(session, person, "card_print", moment, why)]
    return printed + [_entry(session, person, "card_handover", moment)] * fetched


def _entry(
    session: ServiceSession | None,
    resident: Resident,
    name: str,
    moment: datetime,
    reason: str = "",
) -> Entry:
    return Entry(
        id=uuid7(),
        service=name,
        outcome="failed" if reason and reason not in PrintReason.values else "done",
        reason=reason,
        resident=resident.pk,
        session=session.pk if session else None,
        occurred_at=moment,
    )


# --- today ----------------------------------------------------------------------------------------


def _today(by: Actor, head: Actor, today: date) -> None:
    chance = random.Random(by.user_id)  # noqa: S311 - examples
    villages = list(Region.objects.within(by.region).level("village")[:6])
    visitors = Resident.objects.filter(office_id=by.region).order_by("pk")[:VISITORS]
    unserved = Resident.objects.filter(pk__in=visitors.values("pk"), records__isnull=True)
    unserved = unserved.order_by("pk")
    waiting, booked = list(unserved[:40]), list(unserved[40:52])
    pupils = list(unserved.select_related("identity").reverse()[:PUPILS])
    plan = Past(0, EventKind.GEBYAR, "Gebyar Pelayanan Balai Kota", "Balai kota", "office", 0)
    event = _event(by, villages[2], today, plan, days=2)
    running = _session(by, event, today, {Service.RECORDING: 60, Service.IKD_ACTIVATION: 30})
    tomorrow = today + timedelta(days=1)
    _session(by, event, tomorrow, {Service.RECORDING: 40}, (time(8, 0), time(12, 0)))
    event = open_to_booking(by=head, event=event, neutrality_signed=True)
    pack(event, when(by.region, today, 1, 17), LARGE_BAG)
    for position, resident in enumerate(waiting[:26]):
        services: list[str] = (
            [Service.RECORDING] if position % 3 else [Service.RECORDING, Service.IKD_ACTIVATION]
        )
        appointment = book(by=by, session=running, resident=resident, services=services)
        if position < 16:
            check_in(by=by, appointment=appointment)
    _serve(by, running, waiting[:9], today, chance)
    _over(by, head, villages[3], booked, today, chance)
    equip(by, event, running)
    note_seen(by=head, event=event)
    ask_for_visits(by, villages[1], waiting[32:36], today + timedelta(days=6))
    # For the oversight page: one number revealed for that person's own ticket, one for another's.
    reveal(by=by, resident=waiting[15], reason="Nama di KK berbeda", case=appointment.ticket)
    reveal(by=by, resident=waiting[25], reason="Cetak ulang slip", case=appointment.ticket)
    for days, plan in (
        (4, Past(0, EventKind.JEMPUT_BOLA, "Jemput bola SMA Negeri 5", "SMA 5", "school", 0)),
        (9, Past(0, EventKind.GEBYAR, "Gebyar akhir pekan", "Lapangan kantin", "market", 0)),
        (12, Past(0, EventKind.ELECTION_DAY, "Pelayanan Hari-H", "Kantor dinas", "office", 0)),
    ):
        coming = _event(by, chance.choice(villages), today + timedelta(days=days), plan)
        if days < 12:
            capacity: dict[str, int] = {Service.RECORDING: 50, Service.IKD_ACTIVATION: 25}
            session = _session(by, coming, coming.starts_on, capacity, (time(8, 0), time(12, 0)))
            coming = open_to_booking(by=head, event=coming, neutrality_signed=True)
            if plan.place_kind == "school":
                bring_a_class(by, session, pupils)
            else:
                # Waits for the head, beside what was signed.
                change_event(by=by, event=coming, place="Halaman balai kota")


def _over(
    by: Actor,
    head: Actor,
    village: Region,
    people: list[Resident],
    today: date,
    chance: random.Random,
) -> None:
    """An event of today that was closed early: most who booked came, and two of them in vain."""
    plan = Past(0, EventKind.JEMPUT_BOLA, "Layanan pagi balai warga", "Balai warga", "village", 0)
    event = _event(by, village, today, plan)
    session = _session(by, event, today, {Service.RECORDING: 20})
    event = open_to_booking(by=head, event=event, neutrality_signed=True)
    for position, resident in enumerate(people):
        appointment = book(by=by, session=session, resident=resident, services=[Service.RECORDING])
        if position < 9:
            check_in(by=by, appointment=appointment)
    pack(event, when(by.region, today, 1, 17))
    _serve(by, session, people[:7], today, chance)
    account(by, event)
    unpack(event, timezone.now())
    close_event(by=head, event=event, confirm=["before-end", "people-waiting"])


def _set_aside(today: date) -> None:
    """One person of Bukittinggi, recorded there, was recorded by Agam too; of another the number
    cannot be right (a thirteenth month): both set aside.
    """
    nik = Nik(f"99750144{today - timedelta(days=7000):%m%y}9001")
    village = Region.objects.within("13.75").level("village").first()
    assert village is not None  # noqa: S101 - regions are loaded
    born = (today - timedelta(days=7000)).replace(day=4)
    moment = timezone.now() - timedelta(minutes=5)
    for username in ("operator", "operator-agam"):
        who = actor(username)
        resident = register(
            by=who, nik=nik, name="Contoh Ganda", birth_date=born, sex="F", village=village
        )
        log_service(by=who, entry=_entry(None, resident, "recording", moment))
    doubtful = register(
        by=actor("operator"),
        nik=Nik("9975014413079002"),
        name="Contoh Ragu",
        birth_date=born,
        sex="F",
        village=village,
    )
    log_service(by=actor("operator"), entry=_entry(None, doubtful, "recording", moment))
