"""Who was called again: why, and from when on they may be recorded."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from django.db.models import (
    BooleanField,
    DateField,
    Exists,
    F,
    Field,
    Func,
    OuterRef,
    QuerySet,
    Subquery,
)
from django.utils import timezone

from dukcapil.accounts.asked import asked
from dukcapil.accounts.scoping import Actor
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment
from registrations.people.models import RecordingReopened, Resident
from registrations.people.selectors import recorded_by_status, recorded_dates


def _called(by: Actor, **who: Any) -> QuerySet[Any, Any]:
    called: Any = RecordingReopened.objects.visible_to(by).filter(**who).order_by("at", "pk")
    return cast("QuerySet[Any, Any]", called.values_list("resident_id", "may_return_on"))


_OF_ONE = asked("returns_on", lambda by, person: _called(by, resident_id=person), person=uuid.UUID)


def returns_on(by: Actor, people: Iterable[uuid.UUID]) -> dict[uuid.UUID, date]:
    """From when on each who was called again may be recorded, as it was said last; of people whom the own
    office called again. Whether they were recorded since is for the caller to ask.
    """
    asked_for = list(people)
    if len(asked_for) == 1:
        return dict(_OF_ONE.rows(by, asked_for[0]))
    return dict(_called(by, resident__in=asked_for))


def called_again(by: Actor, resident_id: uuid.UUID) -> list[RecordingReopened]:
    """Each time, the newest first."""
    called = RecordingReopened.objects.visible_to(by).filter(resident_id=resident_id)
    return list(called.select_related("by", "office").order_by("-at", "-pk")[:20])


class Standing(NamedTuple):
    """What may stand against booking somebody."""

    #: At any office; for `people.services.lookups.told_to_whoever_books`, which logs who is told of it.
    recorded_on: date | None
    by_status: bool
    may_return_on: date | None
    #: Whether a booking of theirs is open at a session that is over.
    missed: bool


def _standing(by: Actor, person: uuid.UUID, now: datetime) -> QuerySet[Any, Any]:
    called = RecordingReopened.objects.visible_to(by).filter(resident_id=OuterRef("pk"))
    missed = Appointment.objects.filter(
        resident_id=OuterRef("pk"),
        state__in=AppointmentState.active(),
        session__ends_at__lte=now,
    )
    return (
        Resident.objects.visible_to(by)
        .filter(pk=person)
        .values_list(
            _of_person(
                "(SELECT recorded_on FROM recorded_dates(ARRAY[%(expressions)s]))", DateField()
            ),
            _of_person(
                "EXISTS (SELECT FROM recorded_by_status(ARRAY[%(expressions)s]))", BooleanField()
            ),
            Subquery(called.order_by("-at", "-pk").values("may_return_on")[:1]),
            Exists(missed),
        )
    )


def _of_person(template: str, kind: Field[Any, Any]) -> Func:
    return Func(F("pk"), template=template, output_field=kind)


_STANDING = asked("standing_of", _standing, person=uuid.UUID, now=datetime)


def standing_of(by: Actor, person: uuid.UUID) -> Standing:
    """One statement. Somebody whom the actor may not look at by themselves is asked for one by one."""
    if (row := _STANDING.one(by, person, timezone.now())) is not None:
        return Standing(*row)
    recorded, by_status = recorded_dates([person]), recorded_by_status([person])
    later = returns_on(by, [person])
    return Standing(recorded.get(person), bool(by_status), later.get(person), missed=True)
