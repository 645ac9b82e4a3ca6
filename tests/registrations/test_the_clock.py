"""Hours that change, sessions that go, closings that are taken back; who is too young or recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import DomainError
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.services.sessions import open_session
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.message import Message
from registrations.booking.models.waiting import Waiting
from registrations.booking.services.appointments import book, check_in, walk_in
from registrations.booking.services.arrivals import undo_check_in
from registrations.booking.services.messages import contact_from
from registrations.booking.services.waiting import wait
from registrations.lifecycle.services.follow_up import follow_up
from registrations.people.models import Resident
from registrations.people.validators import anniversary
from reports.invariants.desk import DESK
from tests.rules import broken_of
from tests.world import (
    CLOSING,
    Answer,
    World,
    at,
    looks,
    make_event,
    make_resident,
    make_session,
    nik,
    record,
    today,
)

DAY = today() + timedelta(days=5)


def problem(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["type"].removeprefix("/problems/")


def planned(made: World, capacity: int = 6, first: date = DAY) -> dict[str, Any]:
    """A session of five days from now, from 8 to 12, over the API."""
    event = make_event(made, starts_on=first, ends_on=first)
    hours = {"starts_at": at(8, 0, first).isoformat(), "ends_at": at(12, 0, first).isoformat()}
    body = {"event": str(event.pk), "capacity": {"recording": capacity}, **hours}
    answer = made["operator"].post("sessions/", body)
    assert answer.status == 201
    return answer.json


def session_of(row: dict[str, Any]) -> ServiceSession:
    return ServiceSession.everything.select_related("event__village").get(pk=row["id"])


def booked(made: World, session: ServiceSession, resident: Resident, contact: str = "") -> Any:
    by = made["operator"].actor
    with scoped(by.scope):
        return book(
            by=by,
            session=session,
            resident=resident,
            services=["recording"],
            contact=contact_from(contact),
        )


def told() -> list[tuple[str, str]]:
    return list(Message.objects.order_by("kind", "state").values_list("kind", "state"))


def test_other_hours_move_the_invitations_and_are_told(made: World) -> None:
    row = planned(made)
    session, operator = session_of(row), made["operator"]
    first = booked(made, session, make_resident(made), "ani@example.com")
    second = booked(made, session, make_resident(made))
    with scoped(EVERYBODY):
        assert told() == [("reminder", "waiting")]
    night = {"starts_at": at(22, 0, DAY), "ends_at": at(1, 0, DAY + timedelta(days=1))}
    answer = operator.patch(f"sessions/{row['id']}/", night)
    assert answer.status == 200
    assert [datetime.fromisoformat(answer.json[name]) for name in night] == list(night.values())
    with scoped(EVERYBODY):
        hours = Appointment.objects.filter(session=session).order_by("expected_at")
        assert [(one.pk, one.expected_at) for one in hours] == [
            (first.pk, at(22, 0, DAY)),
            (second.pk, at(22, 30, DAY)),
        ]
        assert told() == [("moved", "waiting"), ("reminder", "dropped"), ("reminder", "waiting")]
    found = operator.get(f"sessions/?date={DAY}&event={row['event']}").json["results"]
    assert [one["id"] for one in found] == [row["id"]]
    for never in ("9999-12-31", "0001-01-01"):
        assert operator.get(f"sessions/?date={never}").status == 422
    # The same again is no change, and nobody is told of it.
    assert operator.patch(f"sessions/{row['id']}/", night).status == 200
    with scoped(EVERYBODY):
        assert len(told()) == 3


def test_hours_that_are_refused(made: World) -> None:
    row = planned(made)
    path, operator = f"sessions/{row['id']}/", made["operator"]
    yesterday = today() - timedelta(days=1)
    for hours, expected in (
        ({"ends_at": at(7, 0, DAY)}, (422, "session-times")),
        (
            {"starts_at": at(8, 0, yesterday), "ends_at": at(12, 0, yesterday)},
            (422, "in-the-past"),
        ),
        ({"starts_at": at(22, 0, yesterday)}, (422, "in-the-past")),
        (
            {"starts_at": at(8, 0, DAY + timedelta(1)), "ends_at": at(9, 0, DAY + timedelta(1))},
            (422, "session-outside-event"),
        ),
        ({"ends_at": at(12, 0, DAY + timedelta(days=2))}, (422, "session-outside-event")),
    ):
        assert problem(operator.patch(path, hours)) == expected, hours
    assert made["neighbour"].patch(path, {"ends_at": at(13, 0, DAY)}).status in (403, 404)
    assert session_of(row).ends_at == at(12, 0, DAY)
    # People came: the session stays on its day, its hours may still change.
    event = make_event(made)
    session = make_session(made, event)
    visit = booked(made, session, make_resident(made))
    by = made["operator"].actor
    with scoped(by.scope):
        check_in(by=by, appointment=visit)
    path = f"sessions/{session.pk}/"
    tomorrow = today() + timedelta(days=1)
    later = {"starts_at": at(8, 0, tomorrow), "ends_at": at(9, 0, tomorrow)}
    assert problem(operator.patch(path, later)) == (409, "session-begun")
    assert operator.patch(path, {"ends_at": at(1, 0, tomorrow)}).status == 200


def test_an_empty_session_is_removed(made: World) -> None:
    row, operator = planned(made), made["operator"]
    path = f"sessions/{row['id']}/"
    assert made["neighbour"].delete(path).status in (403, 404)
    visit = booked(made, session_of(row), make_resident(made))
    assert problem(operator.delete(path)) == (409, "session-booked")
    # A booking that was cancelled is remembered with its session.
    operator.post(f"appointments/{visit.pk}/cancel/", {})
    assert problem(operator.delete(path)) == (409, "session-booked")
    other = planned(made)
    answer = operator.delete(f"sessions/{other['id']}/")
    assert (answer.status, answer.content) == (204, b"")
    assert operator.get(f"sessions/{other['id']}/").status == 404
    event = ServiceEvent.everything.get(pk=row["event"])
    by = made["operator"].actor
    third = make_session(made, make_event(made))
    with scoped(by.scope):
        wait(by=by, session=third, resident=make_resident(made), services=["family_card"])
    assert problem(operator.delete(f"sessions/{third.pk}/")) == (409, "session-booked")
    assert made["head"].post(f"events/{event.pk}/cancel/", {"reason": "hujan"}).status == 200
    assert problem(operator.delete(path)) == (409, "session-booked")


def test_a_closing_is_taken_back(made: World) -> None:
    """Who was booked or waited stands as before; who is cared for elsewhere by now is left."""
    event = make_event(made)
    session = make_session(made, event, {"recording": 4})
    ani, budi, cici, dedi, eka, fifi = (make_resident(made) for _n in range(6))
    visits = [booked(made, session, one, "a@example.com") for one in (ani, budi, cici, dedi)]
    by = made["operator"].actor
    with scoped(by.scope):
        check_in(by=by, appointment=visits[1])
        waiting = wait(by=by, session=session, resident=eka, services=["recording"])
    record(made, dedi, session=session.pk)
    path, head = f"events/{event.pk}", made["head"]
    assert problem(head.post(f"{path}/reopen/", {"reason": "salah"})) == (409, "event-state")
    before = states(session)
    close(made, path)
    assert states(session) != before
    # Meanwhile Cici is booked elsewhere.
    elsewhere = booked(made, make_session(made, make_event(made)), cici)
    assert problem(head.post(f"{path}/reopen/", {})) == (422, "reason")
    assert made["operator"].post(f"{path}/reopen/", {"reason": "salah"}).status == 403
    answer = head.post(f"{path}/reopen/", {"reason": "Ditutup terlalu cepat"})
    assert (answer.status, answer.json["state"]) == (200, "approved")
    now = states(session)
    assert {pk: now[pk] for pk in now if pk != str(visits[2].pk)} == {
        pk: before[pk] for pk in before if pk != str(visits[2].pk)
    }
    assert now[str(visits[2].pk)][0] not in ("booked", "checked_in")
    with scoped(EVERYBODY):
        # The seat of Cici came free: Eka moved up.
        assert Waiting.objects.get(pk=waiting.pk).state == "moved_up"
        assert broken_of(DESK) == []
    # And closing ends them again; places are a plan, and the plan is over.
    close(made, path)
    more = made["operator"].patch(f"sessions/{session.pk}/", {"capacity": {"recording": 9}})
    assert problem(more) == (409, "event-over")
    assert {state for state, _seats in states(session).values()} <= {
        "served",
        "no_show",
        "came_not_served",
    }
    assert elsewhere.state == "booked"
    assert booked(made, make_session(made, make_event(made)), fifi).state == "booked"


def test_a_closing_that_is_taken_back_opens_nothing_for_who_is_gone_or_served(made: World) -> None:
    event = make_event(made)
    session = make_session(made, event, {"recording": 9, "family_card": 1})
    names = ("stays", "twin", "erased", "done", "neighbour", "given")
    # The last one is served here in another event, the one before is recorded by the neighbours.
    number = nik(date(1990, 5, 17))
    people = {name: make_resident(made) for name in names if name != "neighbour"}
    people["neighbour"] = make_resident(made, nik=number)
    visits = {name: booked(made, session, people[name], "") for name in names}
    by, path = made["operator"].actor, f"events/{event.pk}"
    with scoped(by.scope):
        card = book(by=by, session=session, resident=people["given"], services=["family_card"])
        twins = [make_resident(made) for _n in range(3)]
        waits = [
            wait(by=by, session=session, resident=one, services=["family_card"]) for one in twins
        ]
    close(made, path)
    record(made, people["done"])
    record(made, make_resident(made, "13.06", nik=number))
    for person in (people["given"], twins[2]):
        record(made, person, "family_card")
    for gone, stays in ((people["twin"], people["stays"]), (twins[0], twins[1])):
        into = {"reason": "ganda", "into": str(stays.pk)}
        assert made["head"].post(f"residents/{gone.pk}/merge/", into).status == 200
    body = {"reason": "permintaan tertulis", "case": "UPT/1/2026"}
    assert made["head"].post(f"residents/{people['erased'].pk}/erase/", body).status == 200
    answer = made["head"].post(f"{path}/reopen/", {"reason": "Ditutup terlalu cepat"})
    assert answer.status == 200, answer.content
    now = states(session)
    opened = {name for name in names if now[str(visits[name].pk)][0] == "booked"}
    assert opened in ({"stays", "given"}, {"twin", "given"})
    assert now[str(card.pk)] == ("no_show", 0)
    with scoped(EVERYBODY):
        entries = Waiting.objects.filter(pk__in=[one.pk for one in waits])
        # The place of who got the card came free; who got it while waiting needs none.
        ends = sorted(entries.values_list("state", flat=True))
        assert ends == ["ended", "ended", "moved_up"]
        assert broken_of(DESK) == []


def close(made: World, path: str) -> None:
    assert made["head"].post(f"{path}/close/", {"confirm": CLOSING}).status == 200


def states(session: ServiceSession) -> dict[str, tuple[str, int]]:
    """visit -> its state and how many seats it holds."""
    with scoped(EVERYBODY):
        held = list(session.seats.exclude(holder=None).values_list("holder", flat=True))
        visits = Appointment.objects.filter(session=session, waited=None)
        return {str(one.pk): (one.state, held.count(one.pk)) for one in visits}


def test_a_closing_is_final_after_seven_days(made: World) -> None:
    for ago, expected in ((7, 200), (8, 409)):
        day = today() - timedelta(days=ago)
        event = make_event(made, starts_on=day, ends_on=day)
        close(made, f"events/{event.pk}")
        answer = made["head"].post(f"events/{event.pk}/reopen/", {"reason": "salah tutup"})
        assert answer.status == expected
    assert answer.json["type"] == "/problems/event-final"


@pytest.mark.usefixtures("both_roads")  # the one test here that sends what the road answers
def test_who_cannot_be_recorded_is_refused_at_every_door(made: World) -> None:
    """Single booking, walk-in and waiting list ask what the class list asks."""
    session = make_session(made, make_event(made))
    young = make_resident(made, birth_date=today().replace(year=today().year - 12))
    done = make_resident(made)
    row = record(made, done, session=session.pk)
    operator = made["operator"]
    body = {"session": str(session.pk), "services": ["recording"]}
    assert problem(operator.post("appointments/", {**body, "resident": str(young.pk)})) == (
        *(422, "too-young"),
    )
    before = len(looks(action="view", kind="resident", subject=str(done.pk)))
    answer = operator.post("appointments/", {**body, "resident": str(done.pk)})
    assert problem(answer) == (409, "already-recorded")
    assert answer.json["recorded_on"] == str(row.service_date)
    # Who is told of it leaves a row, though the booking was refused.
    assert len(looks(action="view", kind="resident", subject=str(done.pk))) == before + 1
    # Other services are another matter.
    other = {**body, "services": ["ikd_activation"], "resident": str(done.pk)}
    assert operator.post("appointments/", other).status == 201
    by = operator.actor
    with scoped(by.scope):
        for verb in (wait, walk_in):
            for person, code in ((young, "too-young"), (done, "already-recorded")):
                with pytest.raises(DomainError) as refused:
                    verb(by=by, session=session, resident=person, services=["recording"])
                assert refused.value.code == code


def test_nobody_is_asked_to_come_before_the_booking(made: World) -> None:
    session = make_session(made, make_event(made))
    made_at = timezone.now()
    visit = booked(made, session, make_resident(made))
    answer = made["operator"].get(f"appointments/{visit.pk}/").json
    expected = datetime.fromisoformat(answer["expected_at"])
    assert made_at - timedelta(minutes=15) < expected <= timezone.now()


def test_an_event_is_not_moved_into_the_past(made: World) -> None:
    row = planned(made)
    path, head = f"events/{row['event']}/", made["head"]
    yesterday = str(today() - timedelta(days=1))
    both = {"starts_on": yesterday, "ends_on": yesterday}
    assert problem(head.patch(path, both)) == (422, "in-the-past")
    # It may have begun earlier than was planned.
    assert head.patch(path, {"starts_on": yesterday}).status == 200


@pytest.mark.contexts
def test_the_pages_of_hours(made: World, browser: Callable[[str], Client]) -> None:
    row = planned(made)
    page = browser("operator")
    address = f"/sesi/{row['id']}/tempat/"
    typed = {"day": str(DAY), "begins": "22:00", "ends": "01:00", "capacity_recording": "3"}
    typed |= {"capacity_ikd_activation": "0", "capacity_family_card": "0"}
    assert page.post(address, typed).status_code == 302
    assert session_of(row).ends_at == at(1, 0, DAY + timedelta(days=1))
    assert "berakhir lewat tengah malam" in page.get(f"/sesi/{row['id']}/").content.decode()
    # Nearly a whole day was hardly meant.
    odd = page.post(address, {**typed, "begins": "12:00", "ends": "08:00"})
    assert (odd.status_code, set(odd.context["form"].errors)) == (422, {"ends"})
    new = page.get(f"/kegiatan/{row['event']}/sesi/baru/")
    assert new.context["form"]["day"].value() == DAY
    copy = page.get(f"/kegiatan/{row['event']}/salin/")
    assert copy.context["form"]["starts_on"].value() == DAY + timedelta(days=1)
    assert page.post(address, {"do": "remove"}).status_code == 302
    assert not ServiceSession.everything.filter(pk=row["id"]).exists()
    event = ServiceEvent.everything.get(pk=row["event"])
    head = browser("head")
    close(made, f"events/{event.pk}")
    assert "Buka kembali" in head.get(f"/kegiatan/{event.pk}/").content.decode()
    assert "Buka kembali" not in page.get(f"/kegiatan/{event.pk}/").content.decode()
    again = {"do": "reopen", "reason": "Salah tekan"}
    assert head.post(f"/kegiatan/{event.pk}/", again).status_code == 302
    assert "Salah tekan" in head.get(f"/kegiatan/{event.pk}/").content.decode()


@pytest.mark.contexts
def test_places_alone_change_no_hours(made: World, browser: Callable[[str], Client]) -> None:
    """What a form cannot show stays: a session of two days, seconds, a night of 23 hours."""
    first, second = DAY, DAY + timedelta(days=1)
    event = make_event(made, starts_on=first, ends_on=second + timedelta(days=1))
    long = (at(8, 0, first), at(17, 0, second))
    body = {"event": str(event.pk), "capacity": {"recording": 3}}
    row = (
        made["operator"].post("sessions/", {**body, "starts_at": long[0], "ends_at": long[1]}).json
    )
    page, address = browser("operator"), f"/sesi/{row['id']}/tempat/"
    booked(made, session_of(row), make_resident(made), "ani@example.com")

    def send(**typed: str) -> Any:
        form = page.get(address).context["form"]
        shown = {name: str(form[name].value() or "0") for name in form.fields}
        return page.post(address, {**shown, **typed})

    def hours() -> tuple[datetime, datetime]:
        session = session_of(row)
        return session.starts_at, session.ends_at

    seconds = (at(8, 0, first) + timedelta(seconds=30), at(12, 0, first))
    night = (at(12, 0, first), at(11, 0, second))
    for places, stands in (("4", long), ("5", seconds), ("6", night)):
        change = {"starts_at": stands[0], "ends_at": stands[1]}
        assert made["operator"].patch(f"sessions/{row['id']}/", change).status == 200
        with scoped(EVERYBODY):
            before = told()
        assert send(capacity_recording=places).status_code == 302
        # Without hours it keeps them, too.
        alone = {"capacity_recording": "7", "capacity_ikd_activation": "0"}
        assert page.post(address, {**alone, "capacity_family_card": "0"}).status_code == 302
        assert hours() == stands
        with scoped(EVERYBODY):
            assert told() == before
    # Who changes an hour of the long night is asked to look at both.
    assert send(begins="11:30").status_code == 422
    change = {"starts_at": long[0], "ends_at": long[1] - timedelta(seconds=20)}
    assert made["operator"].patch(f"sessions/{row['id']}/", change).status == 200
    # Another day or hour: what was left as it was shown stays, and so do the days it lasts.
    assert send(day=str(second)).status_code == 302
    day = timedelta(days=1)
    assert hours() == (long[0] + day, long[1] + day - timedelta(seconds=20))
    assert send(ends="15:00").status_code == 302
    assert hours() == (long[0] + day, at(15, 0, second + day))
    assert send(begins="").status_code == 422


def test_an_event_is_not_moved_into_hours_that_are_over(made: World) -> None:
    tomorrow = today() + timedelta(days=1)
    head, by = made["head"], made["operator"].actor
    event = make_event(made, starts_on=tomorrow, ends_on=tomorrow)
    path, now = f"events/{event.pk}/", {"starts_on": str(today()), "ends_on": str(today())}
    with scoped(by.scope):
        hours: dict[str, Any] = {"starts_at": at(0, 0, tomorrow), "ends_at": at(0, 1, tomorrow)}
        over = open_session(by=by, event=event, capacity={"recording": 3}, **hours)
        hours = {"starts_at": at(0, 1, tomorrow), "ends_at": at(23, 59, tomorrow)}
        long = open_session(by=by, event=event, capacity={"recording": 3}, **hours)
    visit = booked(made, over, make_resident(made))
    here = booked(made, long, make_resident(made))
    assert here.expected_at == at(0, 1, tomorrow)
    assert problem(head.patch(path, now)) == (422, "in-the-past")
    assert made["operator"].post(f"appointments/{visit.pk}/cancel/", {}).status == 200
    # Nobody is left in the session that is over; nobody is asked to come at an hour that is.
    assert head.patch(path, now).status == 200
    with scoped(EVERYBODY):
        here.refresh_from_db()
    assert timezone.now() - timedelta(minutes=16) < here.expected_at <= timezone.now()
    # One day after the other leads there as little as both at once.
    event = make_event(made, starts_on=tomorrow, ends_on=tomorrow + timedelta(days=1))
    path, first = f"events/{event.pk}/", today() - timedelta(days=20)
    assert head.patch(path, {"starts_on": str(first)}).status == 200
    last = {"ends_on": str(first + timedelta(days=2))}
    assert problem(head.patch(path, last)) == (422, "in-the-past")
    assert head.patch(path, {"ends_on": str(today())}).status == 200


def test_an_arrival_that_was_taken_back_holds_no_session(made: World) -> None:
    tomorrow = today() + timedelta(days=1)
    event = make_event(made, starts_on=today(), ends_on=tomorrow)
    session, by = make_session(made, event), made["operator"].actor
    with scoped(by.scope):
        visit = walk_in(
            by=by, session=session, resident=make_resident(made), services=["recording"]
        )
    path, operator = f"sessions/{session.pk}/", made["operator"]
    later = {"starts_at": at(8, 0, tomorrow), "ends_at": at(9, 0, tomorrow)}
    assert problem(operator.patch(path, later)) == (409, "session-begun")
    with scoped(by.scope):
        undo_check_in(by=by, appointment=visit)
    assert operator.patch(path, later).status == 200


def test_a_longer_session_forgives_nobody(made: World) -> None:
    """Who is late stays late; told is only whose hour is another one."""
    now, event = timezone.now(), make_event(made)
    by = made["operator"].actor
    with scoped(by.scope):
        session = open_session(
            by=by,
            event=event,
            starts_at=now - timedelta(hours=3),
            ends_at=now + timedelta(hours=1),
            capacity={"recording": 2},
        )
    late, next_one = (
        booked(made, session, make_resident(made), contact)
        for contact in ("late@example.com", "next@example.com")
    )
    hour = session.starts_at + timedelta(minutes=15)
    with scoped(EVERYBODY):
        Appointment.objects.filter(pk=late.pk).update(expected_at=hour)
        Appointment.objects.filter(pk=next_one.pk).update(expected_at=now + timedelta(minutes=5))
    longer = {"ends_at": now + timedelta(hours=5)}
    assert made["operator"].patch(f"sessions/{session.pk}/", longer).status == 200
    with scoped(EVERYBODY):
        late.refresh_from_db()
        next_one.refresh_from_db()
        assert list(Message.objects.values_list("kind", "appointment")) == [("moved", next_one.pk)]
    assert late.expected_at == hour
    assert next_one.expected_at > now + timedelta(minutes=40)


@pytest.mark.contexts
def test_a_session_of_before_is_added_and_no_follow_up_goes_back(
    made: World, browser: Callable[[str], Client]
) -> None:
    """What was held unplanned is written down afterwards; nobody can be booked into it."""
    past = today() - timedelta(days=5)
    event, operator = make_event(made, starts_on=past, ends_on=today()), made["operator"]
    hours: dict[str, Any] = {"starts_at": at(8, 0, past), "ends_at": at(9, 0, past)}
    body = {"event": str(event.pk), "capacity": {"recording": 3}}
    assert operator.post("sessions/", {**body, **hours}).status == 201
    typed = {"day": str(past), "begins": "08:00", "ends": "09:00", "capacity_recording": "3"}
    typed |= {"capacity_ikd_activation": "0", "capacity_family_card": "0"}
    for day in ("9999-12-31", "0001-01-01"):
        answer = browser("operator").post(
            f"/kegiatan/{event.pk}/sesi/baru/", {**typed, "day": day, "ends": "07:00"}
        )
        assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"day"})
    by = operator.actor
    event = make_event(made, starts_on=past, ends_on=past)
    with scoped(by.scope):
        session = open_session(by=by, event=event, capacity={"recording": 1}, **hours)
    person = make_resident(made)
    with scoped(EVERYBODY):
        Waiting.objects.create(
            session=session,
            event=event,
            office_id=event.office_id,
            resident=person,
            village_id=person.village_id,
            services=["recording"],
            state="waiting",
            created_by_id=by.user_id,
        )
    close(made, f"events/{event.pk}")
    with scoped(by.scope):
        with pytest.raises(DomainError) as refused:
            follow_up(by=by, event=event, starts_on=past + timedelta(days=1))
        assert (refused.value.code, refused.value.field) == ("in-the-past", "starts_on")
        follow_up(by=by, event=event, starts_on=today() + timedelta(days=1))


def test_nobody_gets_a_card_too_early_by_another_day(made: World) -> None:
    """Neither who is booked for it nor who waits for it; and who waits does not move up."""
    services = ["recording", "card_handover"]
    event = make_event(made, services=services, starts_on=DAY - timedelta(days=2), ends_on=DAY)
    hours = {"starts_at": at(8, 0, DAY), "ends_at": at(12, 0, DAY)}
    by, day = made["operator"].actor, DAY - timedelta(days=1)
    first, second = (make_resident(made, birth_date=anniversary(DAY, -17)) for _n in range(2))
    with scoped(by.scope):
        session = open_session(by=by, event=event, capacity={"card_handover": 1}, **hours)
        visit = book(by=by, session=session, resident=first, services=["card_handover"])
        entry = wait(by=by, session=session, resident=second, services=["card_handover"])
    earlier = {"starts_at": at(8, 0, day), "ends_at": at(12, 0, day)}
    answer = made["operator"].patch(f"sessions/{session.pk}/", earlier)
    assert (problem(answer), answer.json["people"]) == ((422, "too-young"), 2)
    # Born a day later after all: whoever waits is asked anew where a place comes free.
    with scoped(EVERYBODY):
        Resident.objects.filter(pk=second.pk).update(
            birth_date=anniversary(DAY, -17) + timedelta(days=1)
        )
    assert made["operator"].post(f"appointments/{visit.pk}/cancel/", {}).status == 200
    with scoped(EVERYBODY):
        entry.refresh_from_db()
    assert entry.state == "refused"


def test_nobody_becomes_too_young_by_another_day(made: World) -> None:
    """Who turns sixteen between the new day and the old one could not be recorded then."""
    row, head = planned(made), made["head"]
    event = f"events/{row['event']}/"
    assert head.patch(event, {"starts_on": str(DAY - timedelta(days=2))}).status == 200
    session = session_of(row)
    young = make_resident(made, birth_date=DAY.replace(year=DAY.year - 16))
    visit = booked(made, session, young)
    booked(made, session, make_resident(made))
    day = DAY - timedelta(days=1)
    earlier = {"starts_at": at(8, 0, day), "ends_at": at(12, 0, day)}
    answer = made["operator"].patch(f"sessions/{row['id']}/", earlier)
    assert problem(answer) == (422, "too-young")
    assert answer.json["people"] == 1
    assert head.patch(event, {"starts_on": str(DAY)}).status == 200
    both = {"starts_on": str(day), "ends_on": str(day)}
    assert problem(head.patch(event, both)) == (422, "too-young")
    # Another hour of the day is nothing to them.
    later = {"ends_at": at(13, 0, DAY)}
    assert made["operator"].patch(f"sessions/{row['id']}/", later).status == 200
    assert made["operator"].post(f"appointments/{visit.pk}/cancel/", {}).status == 200
    assert head.patch(event, both).status == 200
