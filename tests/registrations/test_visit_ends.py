"""How a visit ends, and how a void opens it again: states, places and numbers, whatever came before."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Asks, Conflict
from events.planning.models.session import Seat, ServiceSession
from events.planning.services.sessions import open_session, set_stations
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.message import Message
from registrations.booking.services.appointments import (
    book,
    cancel_appointment,
    check_in,
    move_appointment,
    walk_in,
)
from registrations.booking.services.arrivals import undo_check_in
from registrations.booking.services.group_changes import check_in_group
from registrations.booking.services.messages import EVENING, contact_from
from registrations.booking.services.queue import call_next
from registrations.booking.services.waiting import wait
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services import corrections
from registrations.ledger.services.corrections import void_record
from registrations.ledger.services.ledger import log_service
from registrations.lifecycle.selectors import absentees
from registrations.lifecycle.services.events import close_event, move_event
from registrations.lifecycle.services.follow_up import follow_up
from registrations.lifecycle.services.reopening import reopen_event
from registrations.people.models import Resident
from reports.closing.selectors.closing import closing
from reports.invariants.desk import DESK
from tests.events.test_resources import lent, now_acting
from tests.rules import broken_of
from tests.world import (
    CLOSING,
    World,
    at,
    entry,
    make_event,
    make_resident,
    make_session,
    record,
    today,
)


def unsound() -> list[str]:
    with scoped(EVERYBODY):
        return broken_of(rule for rule in DESK if rule.name != "events-signed")


class Day:
    """A session today, and the verbs of its clerks."""

    def __init__(self, made: World, **capacity: int) -> None:
        self.made, self.by, self.head = made, made["operator"].actor, made["head"].actor
        self.event = make_event(made)
        self.session = make_session(
            made, self.event, capacity or {"recording": 6, "ikd_activation": 6, "family_card": 6}
        )

    def books(self, *services: str, session: ServiceSession | None = None, **given: Any) -> Any:
        person = given.pop("resident", None) or make_resident(self.made)
        with scoped(self.by.scope):
            return book(
                by=self.by,
                session=session or self.session,
                resident=person,
                services=list(services),
                **given,
            )

    def comes(self, visit: Appointment, **given: Any) -> Appointment:
        with scoped(self.by.scope):
            return check_in(by=self.by, appointment=visit, **given)

    def walks_in(self, *services: str, resident: Resident | None = None) -> Appointment:
        with scoped(self.by.scope):
            return walk_in(
                by=self.by,
                session=self.session,
                resident=resident or make_resident(self.made),
                services=list(services),
            )

    def logs(self, visit: Appointment, name: str = "recording", **how: str) -> ServiceRecord:
        with scoped(self.by.scope):
            said = entry(visit.resident, name, session=visit.session_id, **how)
            return log_service(by=self.by, entry=said)[0]

    def voids(self, record: ServiceRecord) -> None:
        with scoped(self.by.scope):
            void_record(by=self.by, record=record, reason="Salah orang")

    def closes(self) -> None:
        with scoped(self.head.scope):
            close_event(by=self.head, event=self.event, confirm=CLOSING)
        self.event.refresh_from_db()

    def state(self, visit: Appointment) -> str:
        with scoped(EVERYBODY):
            visit.refresh_from_db()
        assert (visit.ended_at is None) == (visit.state in ("booked", "checked_in"))
        return visit.state

    def held(self, visit: Appointment) -> list[str]:
        with scoped(EVERYBODY):
            places = Seat.objects.filter(holder=visit.pk).order_by("service")
            return list(places.values_list("service", flat=True))


@pytest.fixture
def day(made: World) -> Day:
    return Day(made)


# --- a void opens the visit again -----------------------------------------------------------------


def test_a_void_gives_back_number_and_place(day: Day) -> None:
    """Booked and here, booked and never here, a walk-in, one of several services, a failure."""
    here, away = day.comes(day.books("recording")), day.books("recording")
    walked, two = day.walks_in("recording"), day.walks_in("recording", "ikd_activation")
    failed = day.walks_in("ikd_activation")
    number, place = here.queue_number, day.held(here)
    wrong = [day.logs(visit) for visit in (here, away, walked, two)]
    wrong.append(day.logs(failed, "ikd_activation", outcome="failed", reason="no_email"))
    ended = [day.state(visit) for visit in (here, away, walked, two, failed)]
    assert ended == ["served", "served", "served", "checked_in", "served"]
    for row in wrong:
        day.voids(row)
        day.voids(row)
    ended = [day.state(visit) for visit in (here, away, walked, two, failed)]
    assert ended == ["checked_in", "booked", "checked_in", "checked_in", "checked_in"]
    assert (here.queue_number, day.held(here)) == (number, place)
    assert day.held(two) == ["ikd_activation", "recording"]
    # Called and served again, in the order of the numbers: a void is no way to the end of the queue.
    with scoped(day.by.scope):
        set_stations(by=day.by, event=day.event, stations={"Meja 1": ["recording"]})
        station = day.event.stations.get()
        assert call_next(by=day.by, session=day.session, station=station) == here
    day.logs(here)
    assert day.state(here) == "served"
    day.closes()
    ended = [day.state(visit) for visit in (here, away, walked, two, failed)]
    assert ended == ["served", "no_show", *["came_not_served"] * 3]
    assert unsound() == []


def test_a_void_opens_nothing_while_another_record_stands(day: Day) -> None:
    """The second try is what used up the booking; a correction of the first one is only that."""
    visit = day.walks_in("ikd_activation")
    first = day.logs(visit, "ikd_activation", outcome="failed", reason="no_email")
    second = day.logs(visit, "ikd_activation", outcome="failed", reason="network")
    day.voids(first)
    assert day.state(visit) == "served"
    day.voids(second)
    assert day.state(visit) == "checked_in"
    assert unsound() == []


def test_a_void_opens_the_visit_that_it_was_logged_for(day: Day) -> None:
    """Somebody failed, came again and was served; or failed again."""

    def twice(**second: str) -> tuple[list[Appointment], list[ServiceRecord]]:
        first = day.comes(day.books("ikd_activation"))
        records = [day.logs(first, "ikd_activation", outcome="failed", reason="no_email")]
        again = day.walks_in("ikd_activation", resident=first.resident)
        if not second:
            record(day.made, first.resident)
        records.append(day.logs(again, "ikd_activation", **second))
        return [first, again], records

    visits, records = twice()
    day.voids(records[1])
    assert [day.state(one) for one in visits] == ["served", "checked_in"]
    day.voids(records[0])
    assert [day.state(one) for one in visits] == ["came_not_served", "checked_in"]
    assert unsound() == []
    # Who was served needs nothing more, whatever becomes of the failure before.
    visits, records = twice()
    day.voids(records[0])
    assert [day.state(one) for one in visits] == ["served", "served"]
    day.voids(records[1])
    assert [day.state(one) for one in visits] == ["came_not_served", "checked_in"]
    visits, records = twice(outcome="failed", reason="network")
    for one in records:
        day.voids(one)
    assert [day.state(one) for one in visits] == ["came_not_served", "checked_in"]
    assert unsound() == []


def test_a_void_after_closing_says_what_is_left(day: Day) -> None:
    here, away = day.comes(day.books("recording")), day.books("recording")
    two = day.comes(day.books("recording", "family_card"))
    first, second, third = day.logs(here), day.logs(away), day.logs(two)
    fourth = day.logs(two, "family_card")
    day.closes()
    for row in (first, second, third):
        day.voids(row)
    assert [day.state(one) for one in (here, away)] == ["came_not_served", "no_show"]
    assert (day.state(two), day.held(two)) == ("served", ["family_card"])
    assert day.held(here) == day.held(away) == []
    with scoped(day.by.scope):
        rests = {one.resident_id: (one.came, one.services) for one in absentees(day.by, day.event)}
    # Served in part: only what was taken back is missing.
    assert rests[two.resident_id] == (True, frozenset({"recording"}))
    assert len(rests) == 3
    day.voids(fourth)
    assert (day.state(two), day.held(two)) == ("came_not_served", [])
    with scoped(day.by.scope):
        missing = {one.resident_id: one.came for one in absentees(day.by, day.event)}
    assert missing == {here.resident_id: True, away.resident_id: False, two.resident_id: True}
    assert unsound() == []


def test_who_cancels_the_rest_misses_nothing(day: Day) -> None:
    """Served in part, with the rest cancelled: nobody who did not come. What was open at the closing is."""
    left, stayed = (day.comes(day.books("recording", "family_card")) for _n in range(2))
    for visit in (left, stayed):
        day.logs(visit)
    with scoped(day.by.scope):
        cancel_appointment(by=day.by, appointment=left)
    day.closes()
    assert [day.state(one) for one in (left, stayed)] == ["served", "served"]
    with scoped(day.by.scope):
        missing = absentees(day.by, day.event)
    assert [(one.resident_id, one.in_part, one.services) for one in missing] == [
        (stayed.resident_id, True, frozenset({"family_card"}))
    ]
    assert unsound() == []


def test_a_lent_clerk_moves_nobody_up_who_may_not_come(made: World) -> None:
    """They do not see who waits: the place that they give back goes by the office's rule all the same."""
    day = Day(made, recording=1)
    lent(made, day.event)
    visit = day.books("recording")
    waits = [make_resident(made) for _n in range(2)]
    with scoped(day.by.scope):
        entries = [
            wait(by=day.by, session=day.session, resident=one, services=["recording"])
            for one in waits
        ]
    record(made, waits[0])
    clerk = now_acting("neighbour")
    with scoped(clerk.scope):
        cancel_appointment(by=clerk, appointment=visit)
    with scoped(EVERYBODY):
        for one in entries:
            one.refresh_from_db()
    assert [one.state for one in entries] == ["refused", "moved_up"]


def test_who_is_booked_elsewhere_by_now_gives_the_place_to_who_waits(made: World) -> None:
    day = Day(made, family_card=1)
    visit = day.comes(day.books("family_card"))
    wrong = day.logs(visit, "family_card")
    other = make_session(made, make_event(made), {"family_card": 1})
    again = day.books("family_card", session=other, resident=visit.resident)
    with scoped(day.by.scope):
        entry_ = wait(
            by=day.by,
            session=day.session,
            resident=make_resident(made),
            services=["family_card"],
        )
    day.voids(wrong)
    assert (day.state(visit), day.held(visit)) == ("came_not_served", [])
    assert (day.state(again), day.held(again)) == ("booked", ["family_card"])
    with scoped(EVERYBODY):
        entry_.refresh_from_db()
        assert entry_.state == "moved_up"
    assert unsound() == []


def test_a_lent_clerk_voids_though_they_do_not_see_the_booking_elsewhere(made: World) -> None:
    day = Day(made)
    lent(made, day.event)
    visit = day.comes(day.books("family_card"))
    clerk = now_acting("neighbour")
    with scoped(clerk.scope):
        said = entry(visit.resident, "family_card", session=visit.session_id)
        wrong = log_service(by=clerk, entry=said)[0]
    other = make_session(made, make_event(made), {"family_card": 1})
    again = day.books("family_card", session=other, resident=visit.resident)
    with scoped(clerk.scope):
        void_record(by=clerk, record=wrong, reason="Salah orang")
    assert (day.state(visit), day.held(visit)) == ("came_not_served", [])
    assert (day.state(again), day.held(again)) == ("booked", ["family_card"])
    assert unsound() == []


def test_a_closing_waits_for_a_void(kept: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the visit would be open in an event that is over."""
    day = Day(kept)
    visit = day.comes(day.books("recording"))
    wrong = day.logs(visit)
    waited: list[bool] = []

    def close() -> None:
        try:
            with scoped(day.head.scope):
                close_event(by=day.head, event=day.event, confirm=CLOSING)
        finally:
            connection.close()

    closes = threading.Thread(target=close)
    before = corrections.reopen

    def meanwhile(*given: Any) -> None:
        closes.start()
        closes.join(1)
        waited.append(closes.is_alive())
        before(*given)

    monkeypatch.setattr(corrections, "reopen", meanwhile)
    day.voids(wrong)
    closes.join(20)
    with scoped(EVERYBODY):
        day.event.refresh_from_db()
    assert (waited, day.event.state) == ([True], "closed")
    assert day.state(visit) == "came_not_served"
    assert unsound() == []


def test_a_void_between_closing_and_reopening_loses_no_place(day: Day) -> None:
    here, two = day.comes(day.books("recording")), day.comes(day.books("recording", "family_card"))
    records = [day.logs(here), day.logs(two), day.logs(two, "family_card")]
    held = [day.held(one) for one in (here, two)]
    day.closes()
    day.voids(records[0])
    day.voids(records[1])
    assert [day.state(one) for one in (here, two)] == ["came_not_served", "served"]
    with scoped(day.head.scope):
        reopen_event(by=day.head, event=day.event, reason="Ditutup terlalu cepat")
    assert [day.state(one) for one in (here, two)] == ["checked_in", "checked_in"]
    assert [day.held(one) for one in (here, two)] == held
    assert unsound() == []


def test_a_void_reminds_again_of_what_is_still_to_come(made: World) -> None:
    day, there = Day(made), today() + timedelta(days=3)
    event = make_event(made, ends_on=there)
    with scoped(day.by.scope):
        session = open_session(
            by=day.by,
            event=event,
            starts_at=at(8, 0, there),
            ends_at=at(12, 0, there),
            capacity={"recording": 2},
        )
    visit = day.books("recording", session=session, contact=contact_from("ibu@example.test"))
    wrong = day.logs(visit)
    for expected in (0, 1):
        with scoped(EVERYBODY):
            assert Message.objects.filter(state="waiting", kind="reminder").count() == expected
        day.voids(wrong)
    assert day.state(visit) == "booked"


def test_a_record_that_comes_late_says_how_the_visit_ended(day: Day) -> None:
    here, away = day.comes(day.books("recording", "family_card")), day.books("recording")
    with scoped(EVERYBODY):
        number = away.places.get().number
    day.closes()
    assert [day.state(one) for one in (here, away)] == ["came_not_served", "no_show"]
    late = [day.logs(here), day.logs(away)]
    assert [day.state(one) for one in (here, away)] == ["served", "served"]
    day.logs(here, "family_card")
    assert (day.held(here), day.held(away)) == (["family_card", "recording"], ["recording"])
    with scoped(EVERYBODY):
        assert Seat.objects.get(holder=away.pk).number == number
    assert unsound() == []
    for row in late:
        day.voids(row)
    assert [day.state(one) for one in (here, away)] == ["served", "no_show"]
    assert unsound() == []


# --- how visits end -------------------------------------------------------------------------------


def test_every_visit_ends_in_one_way_and_the_report_adds_up_to_the_list(made: World) -> None:
    day = Day(made)
    later = make_session(made, day.event, {"recording": 3})
    served, waits, away = (day.books("recording") for _n in range(3))
    moved, cancelled, gone = (day.books("recording") for _n in range(3))
    walked = day.walks_in("family_card")
    day.logs(day.comes(served))
    day.comes(waits)
    day.comes(gone)
    with scoped(day.by.scope):
        new = move_appointment(by=day.by, appointment=moved, session=later)
        for visit in (cancelled, gone):
            cancel_appointment(by=day.by, appointment=visit)
        early = dict(closing(day.by, day.event).figures)
        with pytest.raises(Asks) as asked:
            close_event(by=day.head, event=day.event)
    assert asked.value.extra["confirm"] == ["before-end", "people-waiting"]
    assert asked.value.message.count("2 ") == 2  # here and waiting; still expected
    with scoped(day.head.scope), pytest.raises(Asks) as asked:
        close_event(by=day.head, event=day.event, confirm=["before-end"])
    assert asked.value.words == ("people-waiting",)
    answer = made["head"].post(f"events/{day.event.pk}/close/", {})
    # No card went along to this event: nothing is asked about its bag.
    assert (answer.status, answer.json["confirm"]) == (409, ["before-end", "people-waiting"])
    answer = made["head"].post(f"events/{day.event.pk}/close/", {"confirm": list(CLOSING)})
    assert (answer.status, answer.json["state"]) == (200, "closed")
    ends = {
        served: "served",
        waits: "came_not_served",
        walked: "came_not_served",
        away: "no_show",
        new: "no_show",
        moved: "moved",
        cancelled: "cancelled",
        gone: "cancelled",
    }
    assert {visit: day.state(visit) for visit in ends} == ends
    with scoped(day.by.scope):
        report = closing(day.by, day.event)
        ways = next(part for part in report.sections if part.total and len(part.columns) == 8)
        # Served, came and not served, did not come, cancelled, moved, open; the sum is the list.
        assert ways.total is not None
        assert ways.total[1:] == [1, 2, 2, 2, 1, 0, 8]
        assert ways.total[-1] == Appointment.objects.filter(event=day.event).count()
        assert [sum(row[1:-1]) for row in ways.rows] == [row[-1] for row in ways.rows]  # type: ignore[arg-type]
        now = dict(report.figures)
        assert [now[key] for key in list(now)[:5]] == [4, 1, 3, 2, 2]
        assert [early[key] for key in list(early)[:5]] == [4, 1, 3, 0, 0]
        draft = follow_up(by=day.by, event=day.event, starts_on=today() + timedelta(days=5))
        seats = draft.sessions.get().seats.order_by("service").values_list("service", flat=True)
        assert list(seats) == ["family_card", "recording", "recording", "recording"]
    assert unsound() == []


def test_what_the_table_refuses(day: Day) -> None:
    """The rule stands in the table: whatever writes, one visit has one end, with its moment."""
    visit = day.comes(day.books("recording"))
    for change in (
        {"state": "no_show", "ended_at": timezone.now()},
        {"state": "came_not_served"},
        {"state": "moved"},
        {"ended_at": timezone.now()},
        {"state": "lain"},
    ):
        with (
            scoped(EVERYBODY),
            pytest.raises(IntegrityError, match="appointment_ends"),
            transaction.atomic(),
        ):
            Appointment.objects.filter(pk=visit.pk).update(**change)


def test_a_cancelled_visit_is_nobody_who_came(made: World) -> None:
    day = Day(made)
    visit = day.comes(day.books("recording"))
    with scoped(day.head.scope):
        with pytest.raises(Conflict):
            move_event(by=day.head, event=day.event, starts_on=today() + timedelta(days=3))
        cancel_appointment(by=day.by, appointment=visit)
        move_event(by=day.head, event=day.event, starts_on=today() + timedelta(days=3))


# --- arrival on another day, and taken back ---------------------------------------------------------


def test_arrival_on_another_day_asks_and_can_be_taken_back(made: World) -> None:
    day = Day(made)
    tomorrow = today() + timedelta(days=1)
    with scoped(day.by.scope):
        session = open_session(
            by=day.by,
            event=day.event,
            starts_at=at(8, 0, tomorrow),
            ends_at=at(12, 0, tomorrow),
            capacity={"recording": 2},
        )
        visit = day.books("recording", session=session, contact=contact_from("ibu@example.test"))
        with pytest.raises(Asks) as asked:
            walk_in(
                by=day.by, session=session, resident=make_resident(made), services=["recording"]
            )
    assert asked.value.words == ("another-day",)
    clerk, path = made["operator"], f"appointments/{visit.pk}"
    answer = clerk.post(f"{path}/check-in/", {})
    assert (answer.status, answer.json["confirm"]) == (409, ["another-day"])
    assert day.state(visit) == "booked"
    answer = clerk.post(f"{path}/check-in/", {"confirm": ["another-day"]})
    assert (answer.status, answer.json["state"]) == (200, "checked_in")
    with scoped(EVERYBODY):
        assert not Message.objects.filter(state="waiting").exists()
    for _again in range(2):
        answer = clerk.post(f"{path}/undo-check-in/", {})
        assert (answer.status, answer.json["state"], answer.json["checked_in_at"]) == (
            *(200, "booked", None),
        )
    assert answer.json["expected_at"] is not None
    with scoped(EVERYBODY):
        expected = [] if timezone.now() >= at(EVENING.hour) else ["reminder"]
        waits = Message.objects.filter(state="waiting").values_list("kind", flat=True)
        assert list(waits) == expected
        visit.refresh_from_db()
        assert visit.queue_number is None


def test_taking_back_an_arrival_leaves_no_gap_and_no_record_behind(day: Day) -> None:
    first, second = day.books("recording"), day.books("recording", "ikd_activation")
    day.comes(first)
    day.comes(second)
    walked = day.walks_in("recording")

    def undo(visit: Appointment) -> Appointment:
        with scoped(day.by.scope):
            return undo_check_in(by=day.by, appointment=visit)

    # Others came since: the number stays with the visit. A walk-in has no booking to go back to.
    taken_back = undo(first)
    assert (taken_back.state, taken_back.queue_number) == ("booked", 1)
    assert (undo(walked).state, day.held(walked)) == ("cancelled", [])
    assert day.comes(first).queue_number == 1
    assert day.walks_in("recording").queue_number == 4
    # Also when a whole class is here at once: only who has no number gets one.
    undo(first)
    late = day.books("recording")
    group = VisitGroup(
        session=day.session,
        event=day.event,
        office_id=day.event.office_id,
        name="XII",
        services=["recording"],
        created_by_id=day.by.user_id,
    )
    with scoped(EVERYBODY):
        group.save()
        Appointment.objects.filter(pk__in=[first.pk, late.pk]).update(group=group)
    with scoped(day.by.scope):
        assert check_in_group(by=day.by, group=group) == 2
    assert [day.state(one) for one in (first, late)] == ["checked_in", "checked_in"]
    assert (first.queue_number, late.queue_number) == (1, 5)
    wrong = day.logs(second)
    with pytest.raises(Conflict) as refused:
        undo(second)
    assert refused.value.code == "logged-already"
    day.voids(wrong)
    assert undo(second).state == "booked"
    with pytest.raises(Conflict):
        undo(walked)
    assert unsound() == []
