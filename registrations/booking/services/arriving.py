"""Writing a new visit with its places, in one message; of whoever is here at once, with the next number."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.db import DEFAULT_DB_ALIAS

from dukcapil.core.locks import Lock, held
from dukcapil.core.prepared import Hot, hot, in_a_row
from dukcapil.core.road import Insert
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.services import messages

_VISIT = Insert("write_visit", Appointment)
_PLACE = Insert("write_place", AppointmentService)


def _numbered() -> str:
    """The INSERT of a visit with the next number of its session's queue, which `Lock.QUEUE_NUMBERS` guards."""
    names = [field.attname for field in Appointment._meta.concrete_fields]
    session, number = (1 + names.index(name) for name in ("session_id", "queue_number"))
    following = (
        f"coalesce(${number}::int, (SELECT coalesce(max(queue_number), 0) + 1"
        f" FROM registrations_appointment WHERE session_id = ${session}::uuid))"
    )
    return re.sub(rf"\${number}\b", following, _VISIT.statement.sql)


_BOOKED: Hot = hot("write_visit", _VISIT.statement.sql, generic=False)
_ARRIVED: Hot = hot("write_arrival", _numbered(), generic=False)
_PLACED: Hot = hot("write_place", _PLACE.statement.sql, generic=False)
_NUMBER = hot(
    "number_given", "SELECT queue_number FROM registrations_appointment WHERE id = $1::uuid"
)


def places_of(visit: Appointment, numbers: Mapping[str, int]) -> list[AppointmentService]:
    """Of a visit with these numbers of its places, by service: not written yet."""
    return [
        AppointmentService(
            appointment_id=visit.pk,
            resident_id=visit.resident_id,
            office_id=visit.office_id,
            village_id=visit.village_id,
            event_id=visit.event_id,
            service=name,
            number=number,
        )
        for name, number in numbers.items()
    ]


def write_visit(visit: Appointment, numbers: Mapping[str, int]) -> None:
    """With the numbers of its places, by service: a second booking of the person waits for the first one at their
    unique index. Whoever has a place there again is not told that the one of before was cancelled.

    Of whoever is here the number of the queue is set: one after another within a session, so that numbers have no
    gap and nobody shares one. What may wait for another booking of the person comes before that, else a whole hall
    would wait with them: the key from a place to its visit is checked when the transaction ends.
    """
    arrives = visit.state == AppointmentState.CHECKED_IN
    [(visit.queue_number,)] = in_a_row(
        *((_PLACED, _PLACE.of(place)[1]) for place in places_of(visit, numbers)),
        messages.coming_again(visit.session_id, visit.resident_id),
        *([held(Lock.QUEUE_NUMBERS, visit.session_id)] if arrives else []),
        (_ARRIVED if arrives else _BOOKED, _VISIT.of(visit)[1]),
        (_NUMBER, (visit.pk,)),
    )
    vars(visit)["_state"].adding, vars(visit)["_state"].db = False, DEFAULT_DB_ALIAS
