"""Devices out of order: what becomes of places, of who waits, of the board; outages beside them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.errors import Conflict, DomainError
from dukcapil.regions.models import Region
from events.planning.models.session import Seat, ServiceSession
from events.resources.models import Assignment, Device, DeviceFault
from events.resources.selectors import sets_ready
from events.resources.services import add_device, ask_loan
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.waiting import Waiting
from registrations.booking.services.appointments import book, cancel_appointment
from registrations.booking.services.waiting import wait
from registrations.lifecycle.services.devices import (
    answer_loan,
    assign,
    change_fault,
    end_assignment,
    report_fault,
)
from registrations.lifecycle.services.sessions import change_session
from reports.closing.selectors.closing import closing
from reports.election_desk.selectors.board import board
from reports.election_desk.selectors.paper import desk_paper
from reports.invariants.selectors import INVARIANTS
from tests.world import World, at, make_event, make_resident, make_session, today

Browser = Callable[[str], Client]
YESTERDAY = timedelta(days=1)
[PLACES_OUT] = [one.sql for one in INVARIANTS if one.name == "places-out"]


def places(session: ServiceSession) -> tuple[int, int, int]:
    """Free for everybody, out, held; and the rule of the house holds."""
    assert rows(PLACES_OUT) == []
    seats = Seat.objects.filter(session=session, service="recording")
    free = seats.filter(holder=None)
    out = free.filter(kept_for="out").count()
    return free.filter(kept_for="").count(), out, seats.exclude(holder=None).count()


class Hall:
    """An event with a session of ten places, and what its operator does there."""

    def __init__(self, made: World, sets: int = 2, **event: Any) -> None:
        self.made, self.by = made, made["operator"].actor
        self.event = make_event(made, **event)
        self.session = make_session(made, self.event, {"recording": 10, "ikd_activation": 4})
        self.sets = [self.brings(f"Set {n}") for n in range(1, sets + 1)]

    def brings(self, label: str, kind: str = "set") -> Device:
        office = Region.objects.get(pk="13.75")
        with scoped(self.by.scope):
            device = add_device(by=self.by, office=office, label=label, kind=kind)
        self.sends(device)
        return device

    def sends(self, device: Device, *confirm: str) -> Assignment:
        hours = {"starts_at": at(0, 1), "ends_at": at(23, 59)}
        with scoped(self.by.scope):
            return assign(by=self.by, event=self.event, device=device, confirm=confirm, **hours)

    def breaks(self, device: Device, **told: Any) -> DeviceFault:
        told = {"since": timezone.now() - YESTERDAY, **told}
        with scoped(self.by.scope):
            return report_fault(by=self.by, device_id=device.pk, **told)[0]

    def mends(self, device: Device, **told: Any) -> DeviceFault:
        with scoped(self.by.scope):
            return change_fault(by=self.by, device_id=device.pk, **told)

    def books(self, n: int = 1) -> list[Appointment]:
        people = [make_resident(self.made) for _ in range(n)]
        with scoped(self.by.scope):
            return [
                book(by=self.by, session=self.session, resident=one, services=["recording"])
                for one in people
            ]

    def waits(self) -> Waiting:
        person = make_resident(self.made)
        with scoped(self.by.scope):
            return wait(by=self.by, session=self.session, resident=person, services=["recording"])

    def state_of(self, entry: Waiting) -> str:
        with scoped(self.by.scope):
            return Waiting.objects.get(pk=entry.pk).state

    def cancels(self, visit: Appointment) -> None:
        with scoped(self.by.scope):
            cancel_appointment(by=self.by, appointment=visit)


def test_free_places_shrink_with_a_set_and_everybody_is_told_the_same(
    made: World, browser: Browser
) -> None:
    """Over HTTP alone: from the device to the place of who waits."""
    operator = made["operator"]
    hall = Hall(made, sets=1)
    body = {"office": "13.75", "label": "Set 2", "kind": "set"}
    answer = operator.post("devices/", body)
    assert (answer.status, answer.json["state"]) == (201, "works")
    device = Device.objects.get(pk=answer.json["id"])
    hall.sends(device)
    event, session = f"events/{hall.event.pk}/", f"sessions/{hall.session.pk}/"
    signed = operator.get(event).json
    faults = f"devices/{device.pk}/faults/"
    began = (timezone.now() - YESTERDAY).isoformat()
    told = operator.post(faults, {"from": began, "what": "Kamera"})
    assert (told.status, told.json["until"]) == (201, None)
    # Two at once are one.
    again = operator.post(faults, {"what": "Iris"})
    assert (again.status, again.json["id"]) == (200, told.json["id"])
    assert again.json["what"] == "Kamera; Iris"
    row = operator.get(session).json
    assert (row["capacity"]["recording"], row["free"]["recording"]) == (10, 5)
    assert (row["out"]["recording"], row["free"]["ikd_activation"]) == (5, 4)
    assert operator.get(event).json == signed
    shown = Client().get("/jadwal/").content.decode()
    assert "<strong>5</strong>/10" in shown
    assert (
        "5 tidak dibuka: alat perekaman rusak"
        in browser("operator").get(f"/kegiatan/{hall.event.pk}/").content.decode()
    )
    # Evenly over the hours, not the last ones.
    out = Seat.objects.filter(session=hall.session, kept_for="out").order_by("number")
    assert [seat.number for seat in out] == [2, 4, 6, 8, 10]
    hall.books(5)
    with pytest.raises(Conflict) as full:
        hall.books()
    assert full.value.code == "session-full"
    entry = hall.waits()
    assert (entry.state, places(hall.session)) == ("waiting", (0, 5, 5))
    [line] = operator.get("desk/?region=13.75").json["results"]
    assert line["devices_down"] == 1
    mended = operator.patch(f"{faults}{told.json['id']}/", {"until": timezone.now().isoformat()})
    assert mended.status == 200
    # Of a day that is half over what was lost stays lost.
    with scoped(EVERYBODY):
        entry.refresh_from_db()
    free, lost, held = places(hall.session)
    if lost < 5:
        assert (entry.state, held) == ("moved_up", 6)
    assert free + lost + held == 10
    assert operator.get(f"devices/{device.pk}/").json["state"] == "works"
    assert operator.get("desk/?region=13.75").json["results"][0]["devices_down"] == 0


def test_nobody_loses_a_place_and_what_is_given_back_stays_out(made: World) -> None:
    hall = Hall(made)
    visits = hall.books(10)
    fault = hall.breaks(hall.sets[0])
    assert places(hall.session) == (0, 0, 10)
    entry = hall.waits()
    # Ten are booked where five can be served: until then no place that comes free is given away.
    for n, visit in enumerate(visits[:6], 1):
        hall.cancels(visit)
        assert places(hall.session) == ((0, min(n, 5), 10 - n) if n < 6 else (0, 5, 5))
    with scoped(EVERYBODY):
        entry.refresh_from_db()
    assert entry.state == "moved_up"
    other = hall.waits()
    hall.mends(hall.sets[0], fault_id=fault.pk, until=fault.since + timedelta(minutes=1))
    with scoped(EVERYBODY):
        other.refresh_from_db()
    assert (other.state, places(hall.session)) == ("moved_up", (4, 0, 6))


@pytest.mark.parametrize(
    ("kits", "sets", "down", "out"),
    [
        (0, 2, 1, 5),
        (0, 3, 1, 4),  # 6.67 are left: six people
        (0, 3, 3, 10),
        (0, 0, 0, 0),
        (4, 2, 1, 3),  # the plan counts on four, of which two are known by name
        (2, 3, 1, 0),  # the third stands in
        (2, 3, 2, 5),
        (1, 2, 2, 10),
    ],
)
def test_a_share_is_that_of_the_sets_the_plan_counts_on(
    made: World, kits: int, sets: int, down: int, out: int
) -> None:
    hall = Hall(made, sets=sets, kits=kits)
    hall.brings("Pencetak", "printer")
    hall.breaks(Device.objects.get(label="Pencetak"))
    for device in hall.sets[:down]:
        hall.breaks(device)
    assert places(hall.session) == (10 - out, out, 0)


def test_places_follow_whatever_changes_the_plan(made: World) -> None:
    hall = Hall(made)
    by, session = hall.by, hall.session
    hall.breaks(hall.sets[0])
    assert places(session) == (5, 5, 0)
    with scoped(by.scope):
        change_session(by=by, session=session, capacity={"recording": 6})
    assert places(session) == (3, 3, 0)
    with scoped(by.scope):
        change_session(by=by, session=session, capacity={"recording": 20})
    assert places(session) == (10, 10, 0)
    # One more set, and the broken one off: all that is left works.
    hall.brings("Set 3")
    assert places(session) == (13, 7, 0)
    with scoped(by.scope):
        end_assignment(by=by, assignment=Assignment.objects.get(device=hall.sets[0]))
    assert places(session) == (20, 0, 0)
    # Assigned again only when somebody says so.
    with pytest.raises(Conflict) as asks:
        hall.sends(hall.sets[0])
    assert asks.value.extra["confirm"] == ["device-faulty"]
    hall.sends(hall.sets[0], "device-faulty")
    assert places(session) == (13, 7, 0)
    # A fault that was over before the session takes nothing.
    fault = DeviceFault.objects.get()
    hall.mends(hall.sets[0], fault_id=fault.pk, until=fault.since + timedelta(minutes=1))
    assert places(session) == (20, 0, 0)
    # A session that is opened later knows of it, too; a third of half of it is a sixth.
    hall.breaks(hall.sets[1], since=at(0, 1), until=None)
    later = make_session(made, hall.event, {"recording": 12})
    assert places(later) == (8, 4, 0)
    half = at(0, 1) + (at(23, 59) - at(0, 1)) / 2
    if half < timezone.now():
        hall.mends(hall.sets[1], until=half)
        assert places(later) == (10, 2, 0)


def test_hours_of_a_fault_are_those_that_were(made: World) -> None:
    hall = Hall(made)
    one = hall.sets[0]
    now = timezone.now()
    with pytest.raises(DomainError) as ahead:
        hall.breaks(one, since=now + timedelta(hours=1))
    assert (ahead.value.code, ahead.value.field) == ("fault-ahead", "from")
    with pytest.raises(Conflict) as none:
        hall.mends(one)
    assert none.value.code == "device-works"
    first = hall.breaks(one, since=now - timedelta(hours=5), until=now - timedelta(hours=4))
    with pytest.raises(DomainError) as overlaps:
        hall.breaks(one, since=now - timedelta(hours=4, minutes=30))
    assert overlaps.value.code == "fault-overlaps"
    second = hall.breaks(one, since=now - timedelta(hours=2))
    assert hall.breaks(one, since=now - timedelta(hours=3)).pk == second.pk
    with pytest.raises(DomainError) as backwards:
        hall.mends(one, until=now - timedelta(hours=3, minutes=30))
    assert backwards.value.code == "fault-times"
    assert hall.mends(one, done="Kabel diganti").done == "Kabel diganti"
    assert {first.pk, second.pk} == set(DeviceFault.objects.values_list("pk", flat=True))


def test_a_lent_set_is_not_at_home_and_counts_where_it_is(made: World) -> None:
    hall = Hall(made, sets=1)
    lender, neighbour = made["neighbour_head"].actor, made["neighbour"]
    agam = Region.objects.get(pk="13.06")
    with scoped(neighbour.actor.scope):
        kit = add_device(by=neighbour.actor, office=agam, label="Set Agam", kind="set")
    with scoped(hall.by.scope):
        loan = ask_loan(by=hall.by, event=hall.event, lender=agam, wanted="Satu set")
    hours = {"starts_at": at(0, 1), "ends_at": at(23, 59)}
    with scoped(lender.scope):
        answer_loan(by=lender, loan=loan, clerks=[], devices=[kit], **hours)
    row = neighbour.get(f"devices/{kit.pk}/").json
    assert (row["state"], row["lent_to"], row["event"]) == ("lent", "13.75", str(hall.event.pk))
    assert (sets_ready("13.06", today())["13.06"].ready) == 0
    assert (sets_ready("13.06", today() + 2 * YESTERDAY)["13.06"].ready) == 1
    # Both offices say how it is; a third one is told nothing.
    faults = f"devices/{kit.pk}/faults/"
    began = {"from": (timezone.now() - YESTERDAY).isoformat()}
    assert made["other_province_officer"].post(faults, began).status == 404
    assert made["operator"].post(faults, began).status == 201
    assert neighbour.get(f"devices/{kit.pk}/").json["state"] == "faulty"
    assert places(hall.session) == (5, 5, 0)
    assert sets_ready("13.06", today() + 2 * YESTERDAY)["13.06"].ready == 0
    # Who mends it sees nobody who waits there; the list moves up all the same.
    visits = hall.books(5)
    first, second = hall.waits(), hall.waits()
    with scoped(lender.scope):
        change_fault(by=lender, device_id=kit.pk, until=timezone.now() - timedelta(hours=23))
        assert not Waiting.objects.exists()
    assert neighbour.get(f"devices/{kit.pk}/").json["state"] == "lent"
    assert (hall.state_of(first), hall.state_of(second)) == ("moved_up", "moved_up")
    assert places(hall.session) == (3, 0, 7)
    # And when another set is lent for the one that is broken, and when its office takes that one home.
    hall.breaks(kit, since=timezone.now() - timedelta(hours=22))
    for visit in visits[:2]:
        hall.cancels(visit)
    third, fourth = hall.waits(), hall.waits()
    with scoped(neighbour.actor.scope):
        other = add_device(by=neighbour.actor, office=agam, label="Set Agam 2", kind="set")
    with scoped(hall.by.scope):
        again = ask_loan(by=hall.by, event=hall.event, lender=agam, wanted="Satu set")
    with scoped(lender.scope):
        answer_loan(by=lender, loan=again, clerks=[], devices=[other], **hours)
    assert (hall.state_of(third), hall.state_of(fourth)) == ("moved_up", "waiting")
    with scoped(lender.scope):
        end_assignment(by=lender, assignment=Assignment.objects.get(device=kit))
    assert hall.state_of(fourth) == "moved_up"
    assert places(hall.session) == (3, 0, 7)


def test_two_taps_on_a_phone_and_a_question_before_assigning(made: World, browser: Browser) -> None:
    hall = Hall(made, sets=1)
    desk, kit = browser("operator"), hall.sets[0]
    page = f"/perangkat/{kit.pk}/"
    assert "Set 1" in desk.get("/perangkat/").content.decode()
    answer = desk.post(page, {"do": "faulty", "what": "Sidik jari"}, follow=True)
    assert "Sidik jari" in answer.content.decode()
    [fault] = DeviceFault.objects.all()
    assert_second_sees_what_changed(made, desk, f"{page}?fault={fault.pk}", fault)
    assert "Set 1" not in desk.get("/perangkat/?state=works").content.decode()
    label = desk.get("/perangkat/label/")
    assert label.content[:5] == b"%PDF-"
    with scoped(hall.by.scope):
        end_assignment(by=hall.by, assignment=Assignment.objects.get(device=kit))
    team = f"/kegiatan/{hall.event.pk}/tim/"
    sent = {
        "do": "assign",
        "what": f"device-{kit.pk}",
        "starts": f"{today()}T08:00",
        "ends": f"{today()}T23:59",
    }
    asked = desk.post(team, sent)
    html = asked.content.decode()
    assert 'value="device-faulty"' in html
    token = html.split('name="asked" value="')[1].split('"')[0]
    assert not Assignment.objects.exists()
    desk.post(team, {**sent, "asked": token, "confirm": "device-faulty"})
    assert Assignment.objects.get().device == kit
    desk.post(page, {"do": "works", "done": "Dibersihkan"})
    fault.refresh_from_db()
    assert (fault.until is None, fault.done) == (False, "Dibersihkan")
    # Who may see a list of devices may not say that one works.
    nation = browser("nation_viewer")
    assert "operator (test)" in desk.get(page).content.decode().split("Kerusakan")[-1]
    assert "operator (test)" not in nation.get(page).content.decode()
    assert nation.post(page, {"do": "faulty"}).status_code == 403
    assert browser("neighbour").get(page).status_code == 404
    # Only an office has devices; of another one's points nothing is told.
    added = {"do": "device", "label": "Set 9", "kind": "set"}
    for who in ("nation_viewer", "province_officer"):
        assert browser(who).post("/perangkat/", added).status_code == 403
    elsewhere = {"office": "13.06", "label": "Set 9", "kind": "set", "point": str(uuid4())}
    assert made["operator"].post("devices/", elsewhere).status == 404


def assert_second_sees_what_changed(
    made: World, desk: Client, page: str, fault: DeviceFault
) -> None:
    """Two put one fault right at the same time: nobody's words are lost."""
    form = {"do": "change", "fault": str(fault.pk), **filled(desk.get(page))}
    said = f"devices/{fault.device_id}/faults/{fault.pk}/"
    told = made["head"].patch(said, {"done": "Dikirim", "version": form["version"]})
    assert told.status == 200
    late = desk.post(page, {**form, "what": "Kamera"})
    assert late.status_code == 409
    assert "Dikirim" in late.content.decode()
    stale = made["head"].patch(said, {"done": "x", "version": form["version"]})
    assert (stale.status, stale.json["type"].rpartition("/")[2]) == (409, "changed-meanwhile")
    fault.refresh_from_db()
    since = fault.since
    assert since.microsecond
    assert (fault.what, fault.done) == ("Sidik jari", "Dikirim")
    assert desk.post(page, {**form, **filled(late)}).status_code == 302
    fault.refresh_from_db()
    # Hours that were left as they were shown keep their seconds.
    assert (fault.what, fault.done, fault.since) == ("Kamera", "Dikirim", since)


def filled(answer: Any) -> dict[str, str]:
    """The form that puts a fault right, as it stands in the page."""
    soup = BeautifulSoup(answer.content, "html.parser")
    fields = soup.select(
        "form:has([name=fault]) input[name], form:has([name=fault]) textarea[name]"
    )
    return {str(one["name"]): str(one.get("value", "")) for one in fields}


def test_an_outage_is_red_while_it_lasts_and_stands_in_the_reports(
    made: World, browser: Browser
) -> None:
    operator, hall = made["operator"], Hall(made)
    now = timezone.now()
    body = {"office": "13.75", "kind": "network", "from": (now - YESTERDAY).isoformat()}
    told = operator.post("outages/", {**body, "note": "Kabel laut"})
    assert (told.status, told.json["until"]) == (201, None)
    twice = operator.post("outages/", {"office": "13.75", "kind": "network"})
    assert (twice.status, twice.json["type"]) == (409, "/problems/outage-overlaps")
    for other in ({"kind": "power"}, {"event": str(hall.event.pk)}):
        assert operator.post("outages/", {**body, **other}).status == 201
    assert operator.post("outages/", {**body, "office": "13.06"}).status in (403, 404)
    ends = {"until": (now - 2 * YESTERDAY).isoformat()}
    assert operator.patch(f"outages/{told.json['id']}/", ends).status == 422
    answer = operator.get("desk/?region=13.75")
    assert answer.status == 200, answer.content
    [line] = answer.json["results"]
    assert (line["network"], line["worst"]) == ("down", "red")
    html = browser("operator").get(f"/kegiatan/{hall.event.pk}/").content.decode()
    assert "3 gangguan pada jam kegiatan" in html
    pages = (f"/kegiatan/{hall.event.pk}/gangguan/", "/desk-pilkada/13.75/padam/")
    for page in pages:
        assert "Kabel laut" in browser("operator").get(page).content.decode()
    with scoped(hall.by.scope):
        report = closing(hall.by, hall.event)
    [section] = [one for one in report.sections if one.columns[0] == "Gangguan"]
    assert "Kabel laut" in str(section.rows)
    desk = browser("operator")
    for outage in operator.get("outages/?state=open").json["results"]:
        desk.post(pages[0], {"do": "end", "outage": outage["id"]})
    [line] = operator.get("desk/?region=13.75").json["results"]
    assert (line["network"], line["worst"]) == ("ok", "grey")
    with scoped(hall.by.scope):
        region = Region.objects.get(pk="13.75")
        paper = desk_paper(hall.by, board(region, today()))
    assert "Kabel laut" in str([section.rows for section in paper.sections])
    assert operator.get("outages/?state=open").json["results"] == []
    # It is over: another one may begin.
    assert operator.post("outages/", {"office": "13.75", "kind": "network"}).status == 201


def test_everybody_at_once(kept: World) -> None:
    """Bookings, cancellations, faults and repairs of one session: no deadlock, and the sums hold."""
    hall = Hall(kept, sets=3)
    people = [make_resident(kept) for _ in range(24)]
    held = hall.books(6)
    failed: list[BaseException] = []
    books = partial(book, by=hall.by, session=hall.session, services=["recording"])
    breaks = partial(report_fault, by=hall.by, since=timezone.now() - YESTERDAY)
    mends = partial(change_fault, by=hall.by)
    work = [
        *(partial(books, resident=person) for person in people[:10]),
        *(partial(breaks, device_id=device.pk) for device in hall.sets),
        *(partial(cancel_appointment, by=hall.by, appointment=visit) for visit in held),
        *(partial(mends, device_id=device.pk) for device in hall.sets[:2]),
        *(partial(books, resident=person) for person in people[10:]),
    ]
    threads = [threading.Thread(target=_does, args=(hall, one, failed)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    free, out, taken = places(hall.session)
    assert free + out + taken == 10
    with scoped(EVERYBODY):
        booked = Appointment.objects.filter(session=hall.session, state="booked").count()
    assert booked == taken


def _does(hall: Hall, work: Callable[[], object], failed: list[BaseException]) -> None:
    try:
        # Full, or nothing to end.
        with suppress(Conflict), scoped(hall.by.scope):
            work()
    except BaseException as error:
        failed.append(error)
    finally:
        connection.close()
