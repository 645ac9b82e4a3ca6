"""Examples for the desk: stations, teams, a class with a waiting list, costs."""

from __future__ import annotations

from datetime import date
from typing import Any

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Actor
from dukcapil.regions.models import Region
from events.incidents.enums import OutageKind
from events.incidents.services import report_outage
from events.planning.enums import CostItem, ObstacleKind, Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.services.notes import note_obstacle, set_costs
from events.planning.services.sessions import set_stations
from events.resources.services import add_device, ask_loan, make_team
from registrations.booking.readers import Line
from registrations.booking.services.groups import book_group
from registrations.booking.services.messages import contact_from
from registrations.booking.services.queue import call_next
from registrations.lifecycle.services.devices import assign, report_fault
from registrations.people.models import Resident
from registrations.requests.services.requests import ask_visit, plan_visit
from reports.demo.cards import when

STATIONS: dict[str, list[str]] = {
    "Meja 1 Rekam": [Service.RECORDING],
    "Meja 2 IKD": [Service.IKD_ACTIVATION],
    "Meja 3 Dokumen": [Service.CARD_PRINT, Service.FAMILY_CARD, Service.BIRTH_CERTIFICATE],
}
#: Pupils of a class; the session that they are booked into has fewer places.
PUPILS = 55


def equip(by: Actor, event: ServiceEvent, session: ServiceSession) -> None:
    """Today's event: stations, a team with its device, somebody called, a request to a neighbour."""
    office = Region.objects.get(pk=by.region)
    set_stations(by=by, event=event, stations=STATIONS)
    team = make_team(
        by=by, office=office, name="Tim keliling A", clerks=[User.objects.get(pk=by.user_id)]
    )
    kit = add_device(by=by, office=office, label="Alat rekam 1 (koper)", kind="set")
    _hinder(by, office)
    hours: dict[str, Any] = {"starts_at": session.starts_at, "ends_at": session.ends_at}
    assign(by=by, event=event, team=team, **hours)
    assign(by=by, event=event, device=kit, **hours)
    set_costs(by=by, event=event, costs={CostItem.MEALS: (750_000, None)})
    lender = Region.objects.get(pk="13.06" if office.pk == "13.75" else "13.75")
    ask_loan(by=by, event=event, lender=lender, wanted="Satu alat rekam dengan petugas, pagi hari")
    for station in event.stations.order_by("pk")[:1]:
        call_next(by=by, session=session, station=station)


def _hinder(by: Actor, office: Region) -> None:
    """Since yesterday: a printer out of order; and a morning without network, which is over."""
    printer = add_device(by=by, office=office, label="Pencetak Fargo 2", kind="printer")
    today = by.today
    report_fault(
        by=by,
        device_id=printer.pk,
        since=when(office.pk, today, 1, 14),
        what="Kartu keluar bergaris",
        done="Rol dibersihkan; kepala cetak dipesan",
    )
    report_outage(
        by=by,
        office=office,
        kind=OutageKind.NETWORK,
        since=when(office.pk, today, 1, 9),
        until=when(office.pk, today, 1, 11),
        note="Serat optik putus di jalan utama",
    )


def account(by: Actor, event: ServiceEvent) -> None:
    """Costs and obstacles of a past event, noted before it is closed."""
    set_costs(
        by=by,
        event=event,
        costs={
            CostItem.TRANSPORT: (400_000, 385_000),
            CostItem.MEALS: (600_000, 640_000),
            CostItem.MATERIALS: (150_000, 90_000),
        },
    )
    note_obstacle(by=by, event=event, kind=ObstacleKind.NETWORK, note="Lambat antara 9 dan 10")


def bring_a_class(by: Actor, session: ServiceSession, people: list[Resident]) -> None:
    """XII IPA 1, by name and birth date, with one row that nobody can read."""
    lines = [
        Line(row, "", name=pupil.identity.name, born=pupil.birth_date)
        for row, pupil in enumerate(people[:PUPILS], start=2)
    ]
    book_group(
        by=by,
        session=session,
        name="XII IPA 1",
        services=[Service.RECORDING],
        lines=lines,
        contact=contact_from("wali-kelas@example.invalid"),
    )


def ask_for_visits(by: Actor, village: Region, people: list[Resident], day: date) -> None:
    """Some people at home and a home for children; one of them planned."""
    partners = [("rt_rw", "RT 02/RW 05"), ("health", "Puskesmas"), ("family", "")]
    requests = [
        ask_visit(
            by=by,
            resident=resident,
            services=[Service.RECORDING],
            reason="cannot_come",
            partner_kind=kind,
            partner=partner,
        )
        for resident, (kind, partner) in zip(people, partners * len(people), strict=False)
    ]
    ask_visit(
        by=by,
        village=village,
        place="Panti Asuhan Contoh",
        people=18,
        services=[Service.RECORDING, Service.IKD_ACTIVATION],
        reason="together",
        partner_kind="social",
        partner="Dinas Sosial",
    )
    plan_visit(by=by, requests=[requests[0].pk], starts_on=day)
