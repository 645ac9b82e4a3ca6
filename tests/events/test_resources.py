"""Double use is refused, in psql too; what is lent, and what who is lent may see."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import psycopg2
import pytest
from django.test import Client

from dukcapil import embedded
from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.selectors import actor_of, current_posting
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Conflict, Invalid, NotFound, Refused
from dukcapil.regions.models import Region
from events.elections.models import Election
from events.planning.models.event import ServiceEvent
from events.planning.services.events import copy_event, plan_event
from events.planning.services.notes import note_obstacle, set_costs
from events.resources.models import Assignment, Device, Loan
from events.resources.services import (
    add_device,
    answer_loan,
    ask_loan,
    assign,
    end_assignment,
    make_team,
)
from registrations.booking.models.appointment import Appointment
from registrations.booking.services.appointments import book, walk_in
from registrations.booking.services.waiting import wait
from registrations.ledger.services.corrections import void_record
from registrations.ledger.services.ledger import log_service
from registrations.lifecycle.services.events import cancel_event, change_event, move_event
from registrations.oversight.services.exports import request_export
from registrations.people.models import Resident
from registrations.people.services.lookups import find_people
from registrations.people.services.residents import reveal
from tests import engines
from tests.world import WIB, World, at, entry, make_event, make_resident, make_session, today


def device(made: World, label: str = "Set 1") -> Device:
    by = made["operator"].actor
    office = Region.objects.get(pk="13.75")
    with scoped(by.scope):
        return add_device(by=by, office=office, label=label, kind="set")


def send(made: World, event: ServiceEvent, hours: tuple[int, int] = (7, 12), **what: Any) -> Any:
    by = made["operator"].actor
    with scoped(by.scope):
        return assign(by=by, event=event, starts_at=at(hours[0]), ends_at=at(hours[1]), **what)


def test_a_device_elsewhere_is_refused_with_whom(made: World) -> None:
    kit = device(made)
    first, second = make_event(made, title="Gebyar Aula"), make_event(made, title="Sekolah")
    send(made, first, device=kit)
    with pytest.raises(Conflict) as refused:
        send(made, second, (11, 14), device=kit)
    assert "Gebyar Aula" in str(refused.value.message)
    assert "Set 1" in str(refused.value.message)
    send(made, second, (12, 14), device=kit)  # one after the other is no clash


def test_a_device_twice_is_refused_in_psql_too(kept: World) -> None:
    kit = device(kept)
    first, second = make_event(kept), make_event(kept)
    send(kept, first, device=kit)
    with (
        psycopg2.connect(engines.database_url(embedded.SUPERUSER)) as database,
        database.cursor() as cursor,
        pytest.raises(psycopg2.errors.ExclusionViolation),
    ):
        cursor.execute(
            "INSERT INTO events_assignment (id, event_id, device_id, period)"
            " VALUES (gen_random_uuid(), %s, %s, tstzrange(%s, %s))",
            [str(second.pk), kit.pk, at(11), at(15)],
        )


def test_a_team_brings_its_members_and_nobody_is_at_two_places(made: World) -> None:
    by = made["operator"].actor
    office = Region.objects.get(pk="13.75")
    clerk = User.objects.get(username="operator")
    with scoped(by.scope):
        team = make_team(by=by, office=office, name="Tim A", clerks=[clerk])
    first, second = make_event(made), make_event(made)
    send(made, first, team=team)
    assert Assignment.objects.filter(event=first, clerk=clerk).count() == 1
    with pytest.raises(Conflict):
        send(made, second, clerk=clerk)


def test_on_election_day_everybody_has_time_to_vote(made: World) -> None:
    day = today()
    Election.objects.create(
        name="Pilkada", kind="pilkada", region=Region.objects.get(pk="13"), held_on=day
    )
    clerk = User.objects.get(username="operator")
    event = make_event(made, kind="election_day")
    with pytest.raises(Invalid) as refused:
        send(made, event, (6, 14), clerk=clerk)
    assert refused.value.code == "voting-time"
    send(made, event, (6, 12), clerk=clerk)


def test_without_a_loan_nothing_of_another_office_goes_there(made: World) -> None:
    event = make_event(made)
    stranger = User.objects.get(username="neighbour")
    with pytest.raises(Conflict) as refused:
        send(made, event, clerk=stranger)
    assert refused.value.code == "not-lent"
    agam = Device.objects.create(office_id="13.06", label="Set Agam", kind="set")
    with pytest.raises(Conflict):
        send(made, event, device=agam)


# --- lending --------------------------------------------------------------------------------------


def lent(made: World, event: ServiceEvent, who: str = "neighbour") -> Loan:
    """Bukittinggi asks, the head of Agam gives the clerk `neighbour`."""
    by, giver = made["operator"].actor, made["neighbour_head"].actor
    with scoped(by.scope):
        loan = ask_loan(
            by=by, event=event, lender=Region.objects.get(pk="13.06"), wanted="Satu petugas"
        )
    with scoped(giver.scope):
        return answer_loan(
            by=giver,
            loan=loan,
            starts_at=at(0, 1),
            ends_at=at(23, 59),
            clerks=[User.objects.get(username=who)],
            devices=[],
        )


def now_acting(username: str) -> Actor:
    posting = current_posting(User.objects.get(username=username).pk)
    assert posting
    return actor_of(posting)


def test_a_lent_clerk_serves_in_that_event_and_sees_nothing_else(made: World) -> None:
    event, other = make_event(made), make_event(made, title="Lain")
    session = make_session(made, event)
    hidden_session = make_session(made, other)
    by = made["operator"].actor
    guest, hidden = make_resident(made, name="Tamu Acara"), make_resident(made, name="Tamu Lain")
    with scoped(by.scope):
        book(by=by, session=session, resident=guest, services=["recording"])
        book(by=by, session=hidden_session, resident=hidden, services=["recording"])
    before = now_acting("neighbour")
    with scoped(before.scope):
        assert find_people(by=before, text="Tamu").people == []
        assert ServiceEvent.objects.visible_to(before).count() == 0
    lent(made, event)
    clerk = now_acting("neighbour")
    assert clerk.lent_events == (event.pk,)
    with scoped(clerk.scope):
        assert [one["name"] for one in find_people(by=clerk, text="Tamu").people] == ["Tamu Acara"]
        assert list(ServiceEvent.objects.visible_to(clerk)) == [event]
        # The second wall by itself: past visible_to.
        assert set(Resident.objects.values_list("pk", flat=True)) == {guest.pk}
        record, new = log_service(by=clerk, entry=entry(guest, session=session.pk))
        assert (new, record.office_id, record.author_id) == (True, "13.75", clerk.user_id)
        with pytest.raises(NotFound):
            log_service(by=clerk, entry=entry(hidden))
    # The first wall by itself: inside the nation's scope the second lets everything through.
    with scoped("*"):
        assert Resident.objects.count() > 1
        assert set(Resident.objects.visible_to(clerk)) == {guest}
        assert {visit.resident_id for visit in Appointment.objects.visible_to(clerk)} == {guest.pk}
        assert list(ServiceEvent.objects.visible_to(clerk)) == [event]


def test_a_lent_clerk_changes_nothing_of_the_plan(made: World) -> None:
    event = make_event(made)
    lent(made, event)
    clerk = now_acting("neighbour")
    with scoped(clerk.scope):
        for forbidden in (
            lambda: cancel_event(by=clerk, event=event, reason="Banjir"),
            lambda: change_event(by=clerk, event=event, services=["recording"]),
            lambda: copy_event(by=clerk, event=event, starts_on=today()),
            lambda: set_costs(by=clerk, event=event, costs={}),
            lambda: assign(by=clerk, event=event, starts_at=at(1), ends_at=at(2)),
        ):
            with pytest.raises(Refused):
                forbidden()


def test_a_lent_clerk_at_the_pages(made: World) -> None:
    event, other = make_event(made), make_event(made)
    session, hidden = make_session(made, event), make_session(made, other)
    lent(made, event)
    client = Client()
    client.force_login(User.objects.get(username="neighbour"))
    assert client.get(f"/sesi/{session.pk}/meja/").status_code == 200
    assert client.get(f"/sesi/{hidden.pk}/meja/").status_code == 404
    for path in ("tim", "catatan", "laporan"):
        assert client.get(f"/kegiatan/{other.pk}/{path}/").status_code == 404
    assert client.get(f"/kegiatan/{event.pk}/tim/").status_code == 403
    assert client.get(f"/kegiatan/{event.pk}/catatan/").status_code == 404
    assert client.get(f"/kegiatan/{event.pk}/laporan/").status_code == 404


def test_a_lent_clerk_brings_nobody_and_takes_nothing_along(made: World) -> None:
    event = make_event(made)
    session = make_session(made, event)
    lent(made, event)
    clerk = now_acting("neighbour")
    own = make_resident(made, "13.06", name="Warga Agam")
    by = made["operator"].actor
    guest = make_resident(made, name="Tamu Acara")
    with scoped(by.scope):
        book(by=by, session=session, resident=guest, services=["recording"])
        theirs, _new = log_service(by=by, entry=entry(guest, "family_card", session=session.pk))
    with scoped(clerk.scope):
        for verb in (book, walk_in, wait):
            with pytest.raises(Invalid):
                verb(by=clerk, session=session, resident=own, services=["recording"])
        with pytest.raises(Invalid):
            log_service(by=clerk, entry=entry(own, session=session.pk))
        with pytest.raises(Refused):
            reveal(by=clerk, resident=guest, reason="ingin tahu nomornya", case="x")
        with pytest.raises(Refused):
            void_record(by=clerk, record=theirs, reason="x")
        mine, _new = log_service(by=clerk, entry=entry(guest, session=session.pk))
        assert void_record(by=clerk, record=mine, reason="Salah")[1]


def test_a_lent_head_takes_no_list_out(made: World) -> None:
    event = make_event(made)
    session = make_session(made, event)
    lent(made, event, "neighbour_head")
    head = now_acting("neighbour_head")
    assert head.lent_events == (event.pk,)
    with scoped(head.scope), pytest.raises(Refused):
        request_export(by=head, kind="queue", reason="ingin tahu isi daftar", session=session)


def test_nobody_is_lent_for_years(made: World) -> None:
    event = make_event(made)
    by, giver = made["operator"].actor, made["neighbour_head"].actor
    with scoped(by.scope):
        loan = ask_loan(by=by, event=event, lender=Region.objects.get(pk="13.06"), wanted="Set")
    with scoped(giver.scope), pytest.raises(Invalid) as refused:
        answer_loan(
            by=giver,
            loan=loan,
            starts_at=at(7),
            ends_at=at(7, day=today() + timedelta(days=900)),
            clerks=[User.objects.get(username="neighbour")],
            devices=[],
        )
    assert refused.value.code == "assignment-days"


def test_what_was_lent_ends_with_its_time_and_when_it_goes_home(made: World) -> None:
    event = make_event(made)
    loan = lent(made, event)
    (given,) = loan.assignments.all()
    assert now_acting("neighbour").lent_events
    giver = made["neighbour_head"].actor
    with scoped(giver.scope):
        end_assignment(by=giver, assignment=given)
    assert now_acting("neighbour").lent_events == ()
    Assignment.objects.create(
        event=event,
        clerk=User.objects.get(username="neighbour"),
        loan=loan,
        period=(at(1) - timedelta(days=3), at(2) - timedelta(days=3)),
    )
    assert now_acting("neighbour").lent_events == ()


def test_only_the_head_who_is_asked_answers_once(made: World) -> None:
    event = make_event(made)
    by, giver = made["operator"].actor, made["neighbour_head"].actor
    with scoped(by.scope):
        loan = ask_loan(by=by, event=event, lender=Region.objects.get(pk="13.06"), wanted="Set")
        with pytest.raises(Conflict):
            ask_loan(by=by, event=event, lender=Region.objects.get(pk="13.06"), wanted="Set")
        with pytest.raises(Invalid):
            ask_loan(by=by, event=event, lender=Region.objects.get(pk="13.75"), wanted="Set")
    hours: dict[str, Any] = {"starts_at": at(7), "ends_at": at(12), "clerks": [], "devices": []}
    own_head = made["head"].actor
    with scoped(own_head.scope), pytest.raises(NotFound):
        answer_loan(by=own_head, loan=loan, **hours, answer="x")
    with scoped(giver.scope):
        with pytest.raises(Invalid):
            answer_loan(by=giver, loan=loan, **hours)
        assert answer_loan(by=giver, loan=loan, **hours, answer="Rusak").state == "refused"
        with pytest.raises(Conflict):
            answer_loan(by=giver, loan=loan, **hours, answer="Rusak")


# --- days, copies, notes --------------------------------------------------------------------------


@pytest.mark.parametrize("day", [date(2024, 11, 27), date(2026, 11, 22), date(2026, 12, 25)])
def test_opening_on_a_day_off_is_never_refused(made: World, day: date) -> None:
    by = made["operator"].actor
    with scoped(by.scope):
        event = plan_event(
            by=by,
            title="Buka",
            kind="holiday_opening",
            office=Region.objects.get(pk="13.75"),
            village=Region.objects.get(pk="13.75.01.1001"),
            place="Kantor",
            starts_on=day,
            ends_on=day,
            services=["recording"],
            holiday_reason="Pilkada",
        )
    assert event.state == "draft"


def test_repeating_keeps_hours_and_refuses_overlaps(made: World) -> None:
    event = make_event(made)
    make_session(made, event)
    by = made["operator"].actor
    with scoped(by.scope):
        first = event.starts_on + timedelta(days=7)
        made_ones = copy_event(by=by, event=event, starts_on=first, every_days=7, times=3)
        assert [(one.starts_on - event.starts_on).days for one in made_ones] == [7, 14, 21]
        session = made_ones[2].sessions.get()
        assert session.starts_at.astimezone(WIB).time() == time(0, 1)
        for wrong in ({"every_days": 2, "times": 2}, {"every_days": 7, "times": 99}):
            with pytest.raises(Invalid):
                copy_event(by=by, event=event, starts_on=first, **wrong)


def test_shares_are_at_most_everything(made: World) -> None:
    make_event(made, walk_in_percent=60, priority_percent=40)
    with pytest.raises(Invalid) as refused:
        make_event(made, walk_in_percent=60, priority_percent=41)
    assert refused.value.code == "event-shares"


def test_notes_of_a_closed_event_are_final_after_seven_days(made: World) -> None:
    from django.db import connection  # noqa: PLC0415

    event = make_event(
        made, starts_on=today() - timedelta(days=9), ends_on=today() - timedelta(days=8)
    )
    by = made["operator"].actor
    with scoped(by.scope):
        set_costs(by=by, event=event, costs={"meals": (100, 90)})
        with pytest.raises(Invalid):
            note_obstacle(by=by, event=event, kind="other")
    with scoped(EVERYBODY):
        ServiceEvent.objects.filter(pk=event.pk).update(state="closed")
    with scoped(by.scope), pytest.raises(Conflict) as refused:
        set_costs(by=by, event=event, costs={"meals": (100, 95)})
    assert refused.value.code == "event-final"
    assert connection.in_atomic_block
    recent = make_event(made, starts_on=today() - timedelta(days=7), ends_on=today())
    with scoped(EVERYBODY):
        ServiceEvent.objects.filter(pk=recent.pk).update(state="closed")
    with scoped(by.scope):
        set_costs(by=by, event=recent, costs={"meals": (100, 95)})


def test_places_follow_from_kits_and_minutes(made: World) -> None:
    event = make_event(made, kits=3)
    client = Client()
    client.force_login(User.objects.get(username="operator"))
    path = f"/kegiatan/{event.pk}/sesi/baru/"
    given = {"day": str(today()), "begins": "08:00", "ends": "12:00", "minutes": "6"}
    rest = {"capacity_ikd_activation": "0", "capacity_family_card": "0"}
    client.post(path, {**given, **rest, "capacity_recording": ""})
    client.post(path, {**given, **rest, "capacity_recording": "7"})
    with scoped(EVERYBODY):
        found = [one.seats.count() for one in event.sessions.order_by("created_at")]
    assert found == [3 * 240 // 6, 7]


def test_a_move_forward_does_not_stand_in_its_own_way(made: World) -> None:
    event = make_event(
        made, starts_on=today() + timedelta(days=1), ends_on=today() + timedelta(days=3)
    )
    kit = device(made)
    head = made["head"].actor
    for day in (1, 2, 3):
        send_on = today() + timedelta(days=day)
        with scoped(head.scope):
            assign(
                by=head,
                event=event,
                device=kit,
                starts_at=at(7, day=send_on),
                ends_at=at(12, day=send_on),
            )
    for shift in (1, -1):
        with scoped(head.scope):
            event.refresh_from_db()
            move_event(by=head, event=event, starts_on=event.starts_on + timedelta(days=shift))


def test_odd_posts_of_plans_are_answered(made: World) -> None:
    event = make_event(made)
    client = Client()
    client.force_login(User.objects.get(username="operator"))
    assert client.post(f"/kegiatan/{event.pk}/tim/", {"do": "end"}).status_code == 302
    far = {"starts_on": "9999-12-31", "title": "x", "times": "1", "every_days": "7"}
    assert client.post(f"/kegiatan/{event.pk}/salin/", far).status_code == 422
    wrong = {"starts_on": str(today()), "title": "x", "times": "3", "every_days": "1"}
    assert client.post(f"/kegiatan/{event.pk}/salin/", wrong).status_code == 422
    with scoped(EVERYBODY):
        assert ServiceEvent.objects.count() == 1  # nothing half-done is left
