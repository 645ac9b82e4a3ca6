"""Two at once, on real connections: what one sees while the other has not committed yet."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.errors import Conflict, DomainError
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.planning.models.session import Seat
from registrations.booking.models.appointment import Appointment
from registrations.booking.services.appointments import book, cancel_appointment, check_in
from registrations.burials.services.entries import Entry as BurialEntry
from registrations.burials.services.recording import record_burial
from registrations.corrections.services.correcting import correct
from registrations.findings.services.findings import propose
from registrations.ledger.services import batch
from registrations.ledger.services.activations import GOES_ALONG
from registrations.ledger.services.batch import log_batch
from registrations.ledger.services.corrections import accept_record, void_record
from registrations.ledger.services.ledger import log_service
from registrations.lifecycle.services.events import cancel_event
from registrations.people.services.residents import register
from tests.threads import at_once, deadlocks, until_one_waits
from tests.world import (
    AGAM,
    BUKITTINGGI,
    World,
    entry,
    make_event,
    make_many,
    make_resident,
    make_session,
    nik,
    record,
    today,
)


def as_actor(actor: Actor, work: Callable[[], Any]) -> Callable[[], Any]:
    def run() -> Any:
        with scoped(actor.scope):
            return work()

    return run


def test_two_stations_end_one_visit_at_once(kept: World) -> None:
    """Whoever waits for the other one sees what he did: the visit is over, and nobody is called for it again."""
    by, person = kept["operator"].actor, make_resident(kept)
    session = make_session(kept, make_event(kept), {"recording": 10, "family_card": 10})
    with scoped(by.scope):
        services = ["recording", "family_card"]
        visit = book(by=by, session=session, resident=person, services=services)
        check_in(by=by, appointment=visit)
    first_done, go = threading.Event(), threading.Event()

    def first() -> None:
        with transaction.atomic():
            log_service(by=by, entry=entry(person, "family_card", session=session.pk))
            first_done.set()
            go.wait(10)

    def second() -> None:
        first_done.wait(10)
        log_service(by=by, entry=entry(person, "recording", session=session.pk))

    def watch() -> None:
        first_done.wait(10)
        try:
            until_one_waits()
        finally:
            go.set()

    found = at_once(as_actor(by, first), as_actor(by, second), watch)
    assert not [one for one in found if one is not None]
    with scoped(by.scope):
        visit = Appointment.objects.get(pk=visit.pk)
    assert (visit.state, visit.ended_at is not None) == ("served", True)


def test_copies_of_one_record_sent_together_are_one_row(kept: World) -> None:
    """They meet at its number, or at its id: the second was seen in one of eight rounds."""
    by = kept["operator"].actor
    for _round in range(8):
        one = entry(make_resident(kept))
        found = at_once(*[as_actor(by, partial(log_service, by=by, entry=one))] * 6)
        assert sorted(new for _row, new in found) == [False] * 5 + [True]
        assert len({row.pk for row, _new in found}) == 1


def test_voids_sent_together_are_one_void(kept: World) -> None:
    by = kept["operator"].actor
    first = record(kept, make_resident(kept))
    found = at_once(*[as_actor(by, lambda: void_record(by=by, record=first, reason="x"))] * 5)
    assert sorted(new for _row, new in found) == [False] * 4 + [True]


def test_of_a_finding_and_a_recording_elsewhere_the_second_knows_the_first(kept: World) -> None:
    """Each office holds its own ledger alone: they meet at the number."""
    here, there = kept["operator"].actor, kept["neighbour"].actor

    def pair() -> tuple[Callable[[], Any], Callable[[], Any]]:
        number = nik(date(1990, 5, 17))
        home, guest = (make_resident(kept, office, nik=number) for office in (BUKITTINGGI, AGAM))
        one = entry(guest)
        return (
            as_actor(here, lambda: propose(by=here, resident=home, outcome="moved")),
            as_actor(there, lambda: log_service(by=there, entry=one)),
        )

    says, records = pair()
    found, written = one_after_the_other(says, records)
    assert written[0].weight == 1
    with scoped(EVERYBODY):
        found.refresh_from_db()
    assert found.state == "contradicted"
    says, records = pair()
    _written, refused = one_after_the_other(records, says)
    assert refused.code == "already-recorded"


def test_of_a_void_and_an_activation_elsewhere_the_second_knows_the_first(kept: World) -> None:
    """Each office holds its own ledger alone: they meet at the recording."""
    here, there = kept["operator"].actor, kept["neighbour"].actor

    def pair() -> tuple[Callable[[], Any], Callable[[], Any]]:
        number = nik(date(1990, 5, 17))
        home, guest = (make_resident(kept, office, nik=number) for office in (BUKITTINGGI, AGAM))
        recording, one = record(kept, home), entry(guest, "ikd_activation")
        return (
            as_actor(here, lambda: void_record(by=here, record=recording, reason="Salah orang")),
            as_actor(there, lambda: log_service(by=there, entry=one)),
        )

    voids, activates = pair()
    written, asked = one_after_the_other(activates, voids)
    assert (written[0].weight, asked.code) == (1, GOES_ALONG)
    voids, activates = pair()
    _void, refused = one_after_the_other(voids, activates)
    assert refused.code == "not-recorded-yet"


def test_a_burial_sent_twice_at_once_is_one_line(kept: World) -> None:
    by, key = kept["operator"].actor, uuid7()
    with scoped(by.scope):
        village = Region.objects.get(pk="13.75.01.1001")
    day = today()
    line = BurialEntry("Contoh Almarhum", day, day, "TPU Contoh", "Contoh Pelapor", "child")
    found = at_once(
        *[as_actor(by, lambda: record_burial(by=by, village=village, entry=line, burial_id=key))]
        * 4
    )
    assert {one.pk for one in found} == {key}
    assert len({one.number for one in found}) == 1


def one_after_the_other(first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """The second begins before the first is committed, and waits for it."""
    begun = threading.Event()

    def hold() -> Any:
        with transaction.atomic():
            done = first()
            begun.set()
            until_one_waits()
        return done

    def follow() -> Any:
        begun.wait(10)
        return second()

    return at_once(hold, follow)


def test_accepting_and_voiding_together_never_counts_a_voided_record(kept: World) -> None:
    operator, officer = kept["neighbour"].actor, kept["province_officer"].actor
    for _round in range(5):
        number = nik(date(1990, 5, 17))
        first = record(kept, make_resident(kept, nik=number))
        aside = record(kept, make_resident(kept, "13.06", nik=number))
        by = kept["operator"].actor
        with scoped(by.scope):
            void_record(by=by, record=first, reason="Salah orang")
        at_once(
            as_actor(officer, lambda r=aside: accept_record(by=officer, record=r, reason="x")),
            as_actor(operator, lambda r=aside: void_record(by=operator, record=r, reason="x")),
        )
        with scoped(EVERYBODY):
            kinds = rows(
                "SELECT sum(weight), bool_or(row_kind = 'void') FROM registrations_servicerecord"
                " WHERE id = %s OR ref_id = %s",
                [aside.pk, aside.pk],
            )
        assert kinds == [(0, True)]


def test_the_same_person_registered_together_is_one_resident(kept: World) -> None:
    by, number = kept["operator"].actor, nik(date(1990, 5, 17))
    village = make_resident(kept).village

    def work() -> Any:
        return register(
            by=by, nik=number, name="Contoh", birth_date=date(1990, 5, 17), sex="M", village=village
        )

    found = at_once(*[as_actor(by, work)] * 4)
    made = [one for one in found if not isinstance(one, DomainError)]
    refused = [one for one in found if isinstance(one, DomainError)]
    assert len(made) == 1
    assert {(one.code, one.extra["resident"]) for one in refused} == {
        ("resident-exists", str(made[0].pk))
    }


def test_nobody_is_booked_into_an_event_that_is_being_cancelled(kept: World) -> None:
    by = kept["operator"].actor
    event = make_event(kept)
    session = make_session(kept, event)
    resident = make_resident(kept)
    started, done = threading.Event(), []

    def late_booking() -> None:
        started.wait()
        try:
            with scoped(by.scope):
                book(by=by, session=session, resident=resident, services=["recording"])
            done.append("booked")
        except Conflict as error:
            done.append(error.code)
        finally:
            connection.close()

    thread = threading.Thread(target=late_booking)
    thread.start()
    with scoped(by.scope):
        cancel_event(by=by, event=event, reason="Banjir")
        started.set()
        thread.join(0.5)  # it waits for this transaction
    thread.join()
    assert done == ["event-state"]


def test_two_batches_and_single_records_of_the_same_people_end_well(kept: World) -> None:
    """Chunks, and records one by one, in the opposite order: they wait, and never in a circle."""
    by = kept["operator"].actor
    people = make_many(kept, ["Contoh Warga"] * 130)
    entries = [entry(one) for one in people]
    copies = [
        entry(one, id=first.id, occurred_at=first.occurred_at)
        for one, first in zip(people, entries, strict=True)
    ]

    def singles() -> int:
        for one in reversed(copies[-40:]):
            with scoped(by.scope):
                log_service(by=by, entry=one)
        return 0

    whole = as_actor(by, lambda: log_batch(by=by, entries=entries))
    before = deadlocks()
    found = at_once(whole, singles, whole)
    assert deadlocks() == before
    assert found[1] == 0
    for answers in (found[0], found[2]):
        assert {answer.status for answer in answers} <= {"created", "already"}
    with scoped(EVERYBODY):
        assert rows("SELECT count(*) FROM registrations_servicerecord") == [(130,)]


def test_a_record_of_anybody_waits_for_a_batch_that_has_read_its_people(
    kept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would hold one of the batch's people, and wait for the batch, which waits for that person."""
    by, [first, other] = kept["operator"].actor, make_many(kept, ["Contoh Satu", "Contoh Dua"])
    people_are_read = threading.Event()

    def before_it_writes(_moment: Any) -> None:
        people_are_read.set()
        until_one_waits()

    def follow() -> bool:
        people_are_read.wait(10)
        return log_service(by=by, entry=entry(other))[1]

    monkeypatch.setattr(batch, "skew_of", before_it_writes)
    whole = as_actor(by, lambda: log_batch(by=by, entries=[entry(first)]))
    [[answer], is_new] = at_once(whole, as_actor(by, follow))
    assert (answer.status, is_new) == ("created", True)


def test_a_record_is_of_the_person_as_corrected_meanwhile(kept: World) -> None:
    """It waits for the correction, and then stands in the village that holds by now."""
    by, session = kept["operator"].actor, make_session(kept, make_event(kept))
    people = [make_resident(kept) for _n in range(4)]
    with scoped(by.scope):
        visit = book(by=by, session=session, resident=people[2], services=["recording"])
    by_slip = replace(entry(people[2]), resident=None, ticket=visit.ticket)
    entries = [entry(people[0]), entry(people[1]), by_slip, entry(people[3])]
    works = [
        *(as_actor(by, lambda one=one: log_service(by=by, entry=one)) for one in entries[1:3]),
        as_actor(by, lambda: log_batch(by=by, entries=[entries[0], entries[3]])),
    ]
    with scoped(by.scope):
        for person in people:
            changes = {"village": "13.75.02.1001"}
            correct(by=by, resident=person, changes=changes, reason="salah ketik")
        started = threading.Thread(target=lambda: at_once(*works))
        started.start()
        started.join(1.5)  # they wait for this transaction
        assert started.is_alive()
    started.join()
    with scoped(EVERYBODY):
        found = rows("SELECT domicile_id FROM registrations_servicerecord")
    assert found == [("13.75.02.1001",)] * 4


# --- one after another ----------------------------------------------------------------------------


def test_a_partly_served_visit_keeps_its_used_place(made: World) -> None:
    by = made["operator"].actor
    session = make_session(made, make_event(made), {"recording": 1, "ikd_activation": 1})
    resident = make_resident(made)
    with scoped(by.scope):
        visit = book(
            by=by, session=session, resident=resident, services=["recording", "ikd_activation"]
        )
    record(made, resident, session=session.pk)
    with scoped(by.scope):
        ended = cancel_appointment(by=by, appointment=visit)
        assert ended.state == "served"
        assert Appointment.objects.get().state == "served"
    held = {s.service: s.holder for s in Seat.objects.filter(session=session)}
    assert held == {"recording": visit.pk, "ikd_activation": None}


def test_the_same_id_twice_in_a_batch_with_another_body_is_refused(made: World) -> None:
    by, one, two = made["operator"].actor, make_resident(made), make_resident(made)
    first = entry(one)
    with scoped(by.scope):
        answers = log_batch(by=by, entries=[first, entry(two, id=first.id), first])
    assert [(a.status, a.error and a.error.code) for a in answers] == [
        ("created", None),
        ("rejected", "record-differs"),
        ("created", None),
    ]


def test_temporary_tables_cannot_stand_before_the_ledgers(made: World) -> None:
    resident = make_resident(made)
    record(made, resident)
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():  # noqa: SIM117
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE registrations_effectiveservice (a int)")
