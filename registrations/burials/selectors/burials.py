"""Lines of registers as pages show them, and the thirty days of each."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from dukcapil.accounts.permissions import Role
from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import the_one
from dukcapil.core.errors import NotFound
from dukcapil.regions.enums import today_in
from registrations.arrivals.enums import ArrivalKind
from registrations.arrivals.models import Arrival
from registrations.arrivals.selectors import Shown as Arriving
from registrations.arrivals.selectors import arrivals_of
from registrations.arrivals.selectors import shown as arrivals_shown
from registrations.burials.enums import REPORT_WITHIN, BurialState, Clock, Relation
from registrations.burials.models import Burial
from registrations.people.enums import Sex
from registrations.people.services.residents import masked_as_told
from registrations.people.validators import Nik

#: What a page of burials chooses by `?lihat=`.
SHOWN: dict[str, tuple[BurialState, ...]] = {
    "": tuple(one for one in BurialState if one is not BurialState.VOID),
    "menunggu": BurialState.waiting(),
    "batal": (BurialState.VOID,),
}


def burials_of(by: Actor, shown: str = "") -> QuerySet[Burial]:
    """Of the own office, or of who keeps a register their own; the newest first."""
    own = Burial.objects.visible_to(by).filter(office_id=by.office)
    if by.role == Role.BURIAL_RECORDER and shown != "batal":
        shown = ""  # what waits is what the office found
    found = own.filter(state__in=SHOWN.get(shown, SHOWN[""]))
    if shown == "menunggu":
        found = found.filter(sealed__isnull=False)
    return found.select_related("village", "home_village").order_by("-reported_on", "-pk")


#: What stands in an arrival of one that its office declared void.
VOID_OF = "void_of"


@dataclass(frozen=True)
class HandedOver:
    """An arrival; `is_void`: of a line that stands here already, and that its office declared void."""

    arrival: Arriving
    name: str
    number: str
    is_void: bool


def lines_taken_of(by: Actor, sources: Collection[uuid.UUID | None]) -> dict[Any, Burial]:
    """Burial of another office -> the standing line of the own register that was made of it."""
    source = Arrival.everything.filter(pk=OuterRef("received")).values("source")
    own = Burial.objects.visible_to(by).filter(office_id=by.office, sealed__isnull=False)
    lines = own.exclude(state=BurialState.VOID).annotate(source=Subquery(source))
    return {one.source: one for one in lines.filter(source__in=list(sources))}


def handed_over(by: Actor, most: int) -> list[HandedOver]:
    """What other offices handed over and nobody decided, in the order in which it came."""
    rows = list(arrivals_of(by, ArrivalKind.BURIAL)[:most])
    void = {one.pk: one.source for one in rows if VOID_OF in one.said}
    lines = lines_taken_of(by, void.values())
    found = []
    for arrival in arrivals_shown(rows):
        line = lines.get(void.get(arrival.id))
        told = line.told if line else {}
        name, number = told.get("name", arrival.name), told.get("nik", "")
        number = masked_as_told(Nik(number)) if number else arrival.number
        found.append(HandedOver(arrival, name, number, arrival.id in void))
    return found


def not_compared(by: Actor) -> QuerySet[Burial]:
    """Lines of the own office that nobody has compared yet."""
    own = Burial.objects.visible_to(by).filter(office_id=by.office, state=BurialState.NEW)
    return own.filter(sealed__isnull=False)


def get_burial_or_404(by: Actor, burial_id: uuid.UUID) -> Burial:
    own = Burial.objects.visible_to(by).filter(office_id=by.office)
    rows = own.select_related("village", "home_village", "corrects", "recorded_by", "finding")
    found = the_one(rows.filter(pk=burial_id))
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Ticking:
    """`days`: left, or late by."""

    clock: Clock
    days: int
    due: date


def clock_of(died_on: date, filed_on: date | None, today: date) -> Ticking:
    due = died_on + REPORT_WITHIN
    if filed_on is not None:
        clock = Clock.FILED if filed_on <= due else Clock.FILED_LATE
        return Ticking(clock, abs((due - filed_on).days), due)
    return Ticking(Clock.RUNNING if today <= due else Clock.LATE, abs((due - today).days), due)


@dataclass(frozen=True)
class Shown:
    """A line with its people in the open but for the number."""

    burial: Burial
    name: str
    number: str
    born: date | None
    age: str
    sex: str
    address: str
    block: str
    reporter: str
    relation: str
    #: Who keeps a register sees whether the office has it, and never what it found.
    state: str
    ticking: Ticking | None


def shown(by: Actor, burial: Burial) -> Shown:
    told = burial.told
    sex, relation = told.get("sex", ""), told.get("relation", "")
    ends = burial.state == BurialState.VOID or burial.sealed is None
    today = today_in(burial.village_id)
    return Shown(
        burial=burial,
        name=told.get("name", ""),
        number=masked_as_told(Nik(told["nik"])) if "nik" in told else "",
        born=burial.born,
        age=told.get("age", ""),
        sex=str(Sex(sex).label) if sex else "",
        address=told.get("address", ""),
        block=told.get("block", ""),
        reporter=told.get("reporter", ""),
        relation=str(Relation(relation).label) if relation else "",
        state=state_told(by, burial),
        ticking=None if ends else clock_of(burial.died_on, burial.filed_on, today),
    )


def state_told(by: Actor, burial: Burial) -> str:
    """`new` for whatever the office found, to who keeps a register."""
    state = BurialState(burial.state)
    if by.role == Role.BURIAL_RECORDER and state not in (
        BurialState.VOID,
        BurialState.HANDED_OVER,
    ):
        return BurialState.NEW
    return state


def written_by(burial: Burial) -> int:
    """The account that wrote what stands in a line: of a correction who corrected."""
    before = burial.corrects
    author = burial.recorded_by_id if before is None else before.voided_by_id
    return author or burial.recorded_by_id


def may_be_corrected(by: Actor, burial: Burial) -> bool:
    """As the verbs judge it (`hold_burial`)."""
    if burial.state == BurialState.VOID or burial.sealed is None:
        return False
    return by.role != Role.BURIAL_RECORDER or not taken_up_by_office(by, burial)


def taken_up_by_office(by: Actor, burial: Burial) -> bool:
    """Who keeps the register goes on with a line no more: the office compared, filed or corrected it."""
    untouched = burial.state in BurialState.untouched() and burial.filed_on is None
    return not untouched or written_by(burial) != by.user_id


def corrected_by(by: Actor, burial: Burial) -> Burial | None:
    """The line in place of one that is void."""
    if burial.state != BurialState.VOID:
        return None
    return Burial.objects.visible_to(by).filter(corrects=burial).first()
