"""What a step at a desk in a hall costs in statements, what it asks first, and what it leaves in the log."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.formats import date_format

from dukcapil.accounts.scoping import scoped
from dukcapil.core.ids import uuid7
from events.planning.models.session import Seat, ServiceSession
from events.planning.services.sessions import set_stations
from registrations.booking.models.appointment import Appointment
from registrations.booking.services.appointments import walk_in
from registrations.corrections.services.called_again import reopen_recording
from registrations.ledger.models import ServiceRecord
from registrations.people.validators import Nik
from tests.world import AGAM, World, looks, make_event, make_resident, make_session, record, today

pytestmark = pytest.mark.django_db
#: Savepoints among them, and three that a test adds, whose transaction is not the request's own.
MOST = {"walk-in": 11, "call": 7, "log": 13}


class Desk:
    def __init__(self, made: World, client: Client) -> None:
        self.made, self.client, self.by = made, client, made["operator"].actor
        event = make_event(made)
        self.session: ServiceSession = make_session(made, event, {"recording": 60})
        with scoped(self.by.scope):
            set_stations(by=self.by, event=event, stations={"Meja 1": ["recording"]})
        self.path = f"/sesi/{self.session.pk}/meja/?station={event.stations.get().pk}"

    def sends(self, **form: Any) -> str:
        answer = self.client.post(self.path, form, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        return answer.content.decode()

    def comes(self, person: Any, **form: Any) -> str:
        return self.sends(do="walk-in", resident=person.pk, services="recording", **form)

    def served(self) -> dict[str, int]:
        """Somebody comes, is called and logged: how many statements each took."""
        person, counts = make_resident(self.made), {}
        for do in MOST:
            form = {"resident": person.pk, "service": "recording", "outcome": "done"}
            with CaptureQueriesContext(connection) as asked:
                text = self.comes(person) if do == "walk-in" else self.sends(do=do, **form)
            assert 'role="alert"' not in text
            counts[do] = len(asked)
        with scoped(self.by.scope):
            assert ServiceRecord.objects.filter(resident=person).count() == 1
        return counts


@pytest.fixture
def desk(made: World, browser: Callable[[str], Client]) -> Desk:
    return Desk(made, browser("operator"))


def test_steps_ask_as_much_with_thirty_who_wait(desk: Desk) -> None:
    desk.served()
    alone = desk.served()
    with scoped(desk.by.scope):
        for _n in range(30):
            person = make_resident(desk.made)
            walk_in(by=desk.by, session=desk.session, resident=person, services=["recording"])
    # Whoever is called now came before; all that is counted is the same.
    person = make_resident(desk.made)
    with CaptureQueriesContext(connection) as came:
        desk.comes(person)
    with CaptureQueriesContext(connection) as called:
        text = desk.sends(do="call")
    form = {"service": "recording", "outcome": "done"}
    [called_one] = set(re.findall(r'name="resident" value="([^"]+)', text))
    with CaptureQueriesContext(connection) as logged:
        desk.sends(do="log", resident=called_one, **form)
    assert alone == {"walk-in": len(came), "call": len(called), "log": len(logged)}
    assert all(alone[do] <= most for do, most in MOST.items()), alone


def test_numbers_follow_and_each_step_leaves_a_look(desk: Desk) -> None:
    people = [make_resident(desk.made) for _n in range(3)]
    for number, person in enumerate(people, 1):
        before = len(looks(action="view", subject=str(person.pk)))
        assert f"Nomor antrean {number}" in desk.comes(person)
        with scoped(desk.by.scope):
            visit = Appointment.objects.get(resident=person)
        assert (visit.queue_number, visit.state, visit.walk_in) == (number, "checked_in", True)
        assert visit.checked_in_at is not None
        seen = looks(action="view", subject=str(person.pk))
        assert [look.kind for look in seen[before:]] == ["resident"]
    # Twice: refused, with no number and no place gone.
    assert "alert-success" not in desk.comes(people[0])
    with scoped(desk.by.scope):
        assert Seat.objects.filter(session=desk.session, holder__isnull=False).count() == 3
    desk.comes(make_resident(desk.made))
    with scoped(desk.by.scope):
        last = Appointment.objects.order_by("-queue_number")[0]
    assert last.queue_number == 4


def test_whoever_is_not_found_leaves_no_look(desk: Desk) -> None:
    """The row of a look goes with the message that reads the person, and away with the page."""
    for unknown in (uuid7(), make_resident(desk.made, AGAM).pk):
        answers = [
            desk.client.get(f"{desk.path}&person={unknown}", headers={"HX-Request": "true"}),
            desk.client.post(desk.path, {"do": "log", "resident": unknown}),
            desk.client.get(f"/layanan/?person={unknown}"),
        ]
        assert [answer.status_code for answer in answers] == [404] * 3
        assert not looks(action="view", subject=str(unknown))
    assert looks(action="refused")


def test_who_was_called_again_is_asked_about_before_anything_is_written(desk: Desk) -> None:
    person = make_resident(desk.made)
    record(desk.made, person)
    head = desk.made["head"].actor
    with scoped(head.scope):
        later = today() + timedelta(days=3)
        reopen_recording(by=head, resident=person, reason="duplicate", may_return_on=later)
    text = desk.comes(person)
    assert 'value="returns-later"' in text
    with scoped(desk.by.scope):
        assert not Appointment.objects.filter(resident=person).exists()
        assert not Seat.objects.filter(session=desk.session, holder__isnull=False).exists()
    assert "Nomor antrean 1." in desk.comes(person, confirm="returns-later")


def test_who_was_recorded_elsewhere_is_told_with_a_look(made: World, desk: Desk) -> None:
    """Each time that it is told, and of nobody else."""
    number = Nik("9901051705901307")
    born = date(1990, 5, 17)
    person, here = make_resident(made, nik=number, birth_date=born), make_resident(made)
    done = record(made, make_resident(made, "13.06", nik=number, birth_date=born))
    record(made, here)
    told = date_format(done.service_date, "j M Y")
    for one, times in ((person, 1), (person, 2), (here, 0)):
        text = desk.client.get(f"{desk.path}&person={one.pk}", headers={"HX-Request": "true"})
        assert told in text.content.decode()
        rows = looks(kind="recorded elsewhere", subject=str(one.pk))
        assert len(rows) == times
    # Who is refused because of it has learned of it, too.
    assert 'class="alert' in desk.comes(person)
    assert len(looks(kind="recorded elsewhere", subject=str(person.pk))) > 2
