"""Queries that are put together once find what they would find if they were put together each time, for everybody
who may ask; and nobody is answered with another's rows.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings

from dukcapil.accounts.asked import Asked, Together, asked, together
from dukcapil.accounts.scoping import Actor, ScopedQuerySet, scoped
from dukcapil.core import prepared
from registrations.booking.models.appointment import Appointment
from registrations.booking.services.appointments import book
from registrations.ledger.models import ServiceRecord
from registrations.people.models import Resident
from tests.world import World, make_event, make_resident, make_session, record, today

pytestmark = pytest.mark.django_db


def _visits(by: Actor, session: uuid.UUID, ticket: str) -> Any:
    """Models with others beside them, of a text and of an id."""
    visits = Appointment.objects.visible_to(by).select_related("session__event")
    return visits.filter(session_id=session).exclude(ticket=ticket).order_by("pk")


def _days(by: Actor, day: date, services: str) -> Any:
    """Dicts, of a day and of a list."""
    rows = ServiceRecord.objects.visible_to(by).filter(
        service_date=day, service__in=[services, "x"]
    )
    return rows.order_by("seq").values("id", "service", "resident__village__name")


def _people(by: Actor, one: uuid.UUID) -> Any:
    return Resident.objects.visible_to(by).filter(pk=one).values_list("pk", "birth_date")


@pytest.fixture
def kinds() -> Iterator[dict[str, Asked]]:
    """Registered for this test alone."""
    before = dict(prepared._registered)
    yield {
        "models": asked("test_visits", _visits, session=uuid.UUID, ticket=str),
        "dicts": asked("test_days", _days, day=date, service=str),
        "tuples": asked("test_people", _people, one=uuid.UUID),
    }
    prepared._registered.clear()
    prepared._registered.update(before)


def _as_read(rows: Any) -> list[Any]:
    """All of it, what stands beside a model too."""
    found = []
    for row in rows:
        if not isinstance(row, Appointment):
            found.append(row)
            continue
        states = [one._state.adding for one in (row, row.session, row.session.event)]
        told = [vars(one) for one in (row, row.session, row.session.event)]
        plain = [{k: v for k, v in one.items() if k != "_state"} for one in told]
        found.append((plain, states, row.session.event.title))
    return found


@pytest.mark.parametrize("keeps", [True, False], ids=["prepared", "planned each time"])
def test_everybody_finds_what_the_query_itself_finds(
    made: World, kinds: dict[str, Asked], keeps: bool
) -> None:
    event = make_event(made)
    session = make_session(made, event)
    by = made["operator"].actor
    person, other = make_resident(made), make_resident(made, office="13.06")
    with scoped(by.scope):
        visit = book(by=by, session=session, resident=person, services=["recording"])
        book(by=by, session=session, resident=make_resident(made), services=["recording"])
    record(made, person), record(made, other)
    values = {
        "models": [(session.pk, visit.ticket), (session.pk, "nobody's"), (uuid.uuid4(), "")],
        "dicts": [(today(), "recording"), (today(), "%s'"), (today() - timedelta(days=1), "recording")],
        "tuples": [(person.pk,), (other.pk,), (uuid.uuid4(),)],
    }  # fmt: skip
    cast = [
        caller.actor for name, caller in made.items() if not name.startswith(("anon", "former"))
    ]
    lent = replace(made["neighbour"].actor, lent_events=(event.pk,))
    seen = 0
    with override_settings(PREPARED=keeps):
        for actor in [*cast, lent]:
            with scoped(actor.scope):
                for name, kept in kinds.items():
                    for given in values[name]:
                        with CaptureQueriesContext(connection) as queries:
                            found = _as_read(kept.rows(actor, *given))
                        assert len(queries) == 1
                        assert found == _as_read(kept.make(actor, *given)), (actor.role, name)
                        seen += len(found)
    assert seen > 20


def test_a_value_that_does_not_reach_the_query_is_a_mistake(made: World) -> None:
    before = dict(prepared._registered)
    by = made["operator"].actor
    wrong = asked("test_wrong", lambda by, day: _days(by, day - timedelta(days=0) + timedelta(days=1), "x"), day=date)  # fmt: skip
    forgets = asked("test_forgets", lambda by, one: Resident.objects.visible_to(by), one=uuid.UUID)
    try:
        with scoped(by.scope):
            for kept, value in ((wrong, today()), (forgets, uuid.uuid4())):
                with pytest.raises(ValueError, match="as it is"):
                    kept.rows(by, value)
    finally:
        prepared._registered.clear()
        prepared._registered.update(before)


def test_a_query_without_its_wall_is_never_kept(
    made: World, kinds: dict[str, Asked], monkeypatch: pytest.MonkeyPatch
) -> None:
    person, by = make_resident(made), made["operator"].actor
    with scoped(by.scope):
        with monkeypatch.context() as patch:
            patch.setattr(ScopedQuerySet, "visible_to", lambda self, actor: self)
            with pytest.raises(ValueError, match="test_people: no office"):
                kinds["tuples"].rows(by, person.pk)
        assert kinds["tuples"].rows(by, person.pk) == [(person.pk, person.birth_date)]


@pytest.fixture
def both() -> Iterator[Together]:
    before = dict(prepared._registered)
    yield together(
        "test_both",
        lambda by, one, _session: (
            Resident.objects.visible_to(by).filter(pk=one).values("pk", "office_id")
        ),
        lambda by, one, session: (
            Appointment.objects.visible_to(by)
            .select_related("session__event")
            .filter(resident_id=one, session_id=session)
            .order_by("-created_at")
        ),
        one=uuid.UUID,
        session=uuid.UUID,
    )
    prepared._registered.clear()
    prepared._registered.update(before)


@pytest.mark.parametrize("keeps", [True, False], ids=["prepared", "planned each time"])
def test_together_they_find_what_each_finds(made: World, both: Together, keeps: bool) -> None:
    event = make_event(made)
    session = make_session(made, event)
    by = made["operator"].actor
    person, comes_not = make_resident(made), make_resident(made)
    other = make_resident(made, "13.06")
    with scoped(by.scope):
        book(by=by, session=session, resident=person, services=["recording"])
    cast = [
        caller.actor for name, caller in made.items() if not name.startswith(("anon", "former"))
    ]
    lent = replace(made["neighbour"].actor, lent_events=(event.pk,))
    with override_settings(PREPARED=keeps):
        for actor in [*cast, lent]:
            with scoped(actor.scope):
                for one in (person, comes_not, other):
                    with CaptureQueriesContext(connection) as queries:
                        row = both.one_row(actor, one.pk, session.pk)
                    assert len(queries) == 1 or actor.whole_office is None
                    each = both.one_by_one(actor, one.pk, session.pk)
                    assert [row is None, _as_read(row or [])] == [
                        each is None,
                        _as_read(each or []),
                    ]
        with scoped(by.scope):
            found = {
                one: both.one_row(by, one.pk, session.pk) for one in (person, comes_not, other)
            }
    assert found[other] is None
    assert found[comes_not] == [{"pk": comes_not.pk, "office_id": "13.75"}, None]
    assert isinstance((found[person] or [])[1], Appointment)


def test_together_each_has_its_wall(
    made: World, both: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, by = make_resident(made), made["operator"].actor
    with scoped(by.scope):
        for model in (Resident, Appointment):
            with monkeypatch.context() as patch:
                queryset = type(model.objects.all())
                stays = queryset.visible_to
                patch.setattr(
                    queryset,
                    "visible_to",
                    lambda self, actor, model=model, stays=stays: (
                        self if self.model is model else stays(self, actor)
                    ),
                )
                with pytest.raises(ValueError, match="test_both: no office"):
                    both.one_row(by, person.pk, uuid.uuid4())
        assert both.one_row(by, person.pk, uuid.uuid4()) is not None


def test_who_sees_a_whole_office_and_nothing_beside(made: World) -> None:
    """They share what a process remembers of an office; nobody else may."""
    names = ("operator", "head", "village_verifier", "province_officer", "nation_viewer")
    assert [made[name].actor.whole_office for name in names] == ["13.75", "13.75", None, None, None]
    lent = replace(made["operator"].actor, lent_events=(uuid.uuid4(),))
    assert (made["operator"].actor.whole_office, lent.whole_office) == ("13.75", None)
