"""What entries name, behind the wall: of one entry, as of every desk, by a statement that stays planned."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple, cast

from django.db.models import Q, QuerySet

from dukcapil.accounts.asked import asked
from dukcapil.accounts.scoping import Actor
from dukcapil.core.among import Among
from dukcapil.core.prepared import Step, carry_out
from events.planning.models.session import ServiceSession
from registrations.ledger.models import ServiceRecord
from registrations.people.models import Resident


def _records(by: Actor, which: Any) -> QuerySet[Any, Any]:
    return ServiceRecord.objects.visible_to(by).filter(which).values_list("pk", flat=True)


def _sessions(by: Actor, which: Any) -> QuerySet[ServiceSession]:
    return ServiceSession.objects.visible_to(by).select_related("event").filter(which)


class Person(NamedTuple):
    """What the ledger asks of a resident: to make a model of each takes as long as all the checks."""

    pk: uuid.UUID
    office_id: str
    village_id: str
    birth_date: date
    marital_status: str
    nik_hash: memoryview | bytes


def _people(by: Actor, which: Any) -> QuerySet[Any, Any]:
    people: Any = Resident.objects.visible_to(by).filter(which)
    return cast("QuerySet[Any, Any]", people.values_list(*Person._fields))


_ONE_RECORD = asked("one_record", lambda by, one: _records(by, Q(pk=one)), one=uuid.UUID)
_ONE_SESSION = asked("one_session", lambda by, one: _sessions(by, Q(pk=one)), one=uuid.UUID)
_ONE_PERSON = asked("one_person", lambda by, one: _people(by, Q(pk=one)), one=uuid.UUID)


def stored(by: Actor, ids: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """Those of the ids that a record has already."""
    return _ONE_RECORD.rows(by, *ids) if len(ids) == 1 else list(_records(by, Among("pk", ids)))


def sessions_named(by: Actor, ids: Collection[uuid.UUID]) -> Iterable[ServiceSession]:
    return _ONE_SESSION.rows(by, *ids) if len(ids) == 1 else _sessions(by, Among("pk", ids))


def people_named(
    by: Actor, ids: Collection[uuid.UUID], after: Sequence[Step] = ()
) -> Iterable[Person]:
    """`after`: what is done before they are read."""
    if len(ids) == 1:
        return map(Person._make, _ONE_PERSON.rows(by, *ids, after=after))
    carry_out(after)
    return map(Person._make, _people(by, Among("pk", ids)) if ids else ())
