"""Reading rosters: their entries page by page, where each stands, and sums of a venue and of an office."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, When
from django.db.models.functions import JSONObject

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.errors import NotFound
from dukcapil.core.templatetags.figures import masked
from events.venues.models import Venue
from events.venues.selectors import last_end
from registrations.findings.enums import FindingState
from registrations.findings.models import Finding
from registrations.people.enums import FindingOutcome, MaritalStatus
from registrations.people.selectors import Aged, recorded_here, stages
from registrations.people.services.residents import masked_as_told
from registrations.people.validators import Nik, recordable_from
from registrations.rosters.enums import Doubt, PupilState, Triage
from registrations.rosters.models import (
    Roster,
    RosterEntry,
    RosterVersion,
    born_in,
    told_in,
)
from registrations.rosters.validators import require_roster


def get_roster_or_404(by: Actor, roster_id: uuid.UUID, **annotations: Any) -> Roster:
    """`annotations` come in the same query. Raises NotFound, and Refused for a prison's where somebody may not see prisons."""
    require(by, Permission.RESIDENTS_VIEW)
    rosters = Roster.objects.visible_to(by).select_related("venue__village", "venue__office")
    if (roster := rosters.annotate(**annotations).filter(pk=roster_id).first()) is None:
        raise NotFound
    require_roster(by, roster.venue)
    return roster


def rosters_of(by: Actor, venue: Venue) -> list[Roster]:
    """The newest first, with `people` who are on it now."""
    require_roster(by, venue)
    rosters = Roster.objects.visible_to(by).filter(venue=venue).select_related("venue")
    counted = rosters.annotate(
        people=Count(
            "entries", filter=Q(entries__gone_in__isnull=True, entries__sealed__isnull=False)
        )
    )
    return list(counted.order_by("-year"))


@dataclass(frozen=True)
class ListBrought:
    as_of: date
    brought_at: datetime
    brought_by: str
    rows: int
    added: int
    moved: int
    gone: int
    same: int
    refused: int


_COUNTS = ("rows", "added", "moved", "gone", "same", "refused")


def roster_with_lists_or_404(by: Actor, roster_id: uuid.UUID) -> tuple[Roster, list[ListBrought]]:
    """As `get_roster_or_404`, with `visited_until` and the lists that were brought, the newest first: one
    query.
    """
    versions = RosterVersion.everything.filter(roster=OuterRef("pk")).order_by("-number")
    told = JSONObject(
        as_of="as_of", at="brought_at", by="brought_by__name", **{name: name for name in _COUNTS}
    )
    roster = get_roster_or_404(
        by,
        roster_id,
        visited_until=last_end("venue_id"),
        brought=ArraySubquery(versions.values(told=told)),
    )
    lists = [
        ListBrought(
            date.fromisoformat(row["as_of"]),
            datetime.fromisoformat(row["at"]),
            row["by"],
            *(row[name] for name in _COUNTS),
        )
        for row in vars(roster)["brought"]  # of this query
    ]
    return roster, lists


def present(by: Actor, roster: Roster, *, class_name: str | None = None) -> QuerySet[RosterEntry]:
    """Who is on it now, by class; nobody whose data was erased."""
    entries = RosterEntry.objects.visible_to(by).filter(
        roster=roster, gone_in__isnull=True, sealed__isnull=False
    )
    if class_name is not None:
        entries = entries.filter(class_name=class_name)
    return entries.order_by("class_name", "place", "pk")


def new_since_visit(
    by: Actor, roster: Roster, until: datetime | None
) -> QuerySet[RosterEntry] | None:
    """Who came since the last visit that was held (`visited_until`); None when nobody was there yet. Who was
    still on a list of another year by then is not new.
    """
    if until is None:
        return None
    before = RosterEntry.objects.visible_to(by).filter(
        roster__venue=roster.venue_id, gone_in=None, added_at__lte=until
    )
    was_there = Exists(before.filter(key=OuterRef("key"))) | Exists(
        before.filter(resident=OuterRef("resident"))
    )
    return present(by, roster).filter(~was_there, added_at__gt=until)


@dataclass(frozen=True)
class Shown:
    """An entry as a page shows it: a number with its mask, never whole."""

    id: uuid.UUID
    resident: uuid.UUID | None
    name: str
    number: str
    birth_date: date | None
    class_name: str
    state: PupilState
    stage: str
    doubt: str
    triage: str

    @property
    def doubt_label(self) -> str:
        return str(Doubt(self.doubt).label) if self.doubt else ""

    @property
    def triage_label(self) -> str:
        return str(Triage(self.triage).label) if self.triage else ""


def shown(entries: Iterable[RosterEntry], standing: Standing) -> list[Shown]:
    """One query, for who is young; none where nobody is. The caller logs the look."""
    # Of a list that was brought in this moment.
    rows = [row for row in entries if row.pk in standing.states]
    known = [row.pk for row in rows if row.pk in standing.aged]
    reached = dict(zip(known, stages(standing.aged[pk] for pk in known), strict=True))
    return [_shown(row, standing.states[row.pk], reached.get(row.pk, "")) for row in rows]


def _shown(row: RosterEntry, state: PupilState, stage: str) -> Shown:
    told = row.told
    nik = told.get("nik")
    return Shown(
        id=row.pk,
        resident=row.resident_id,
        name=told.get("name", ""),
        number=masked(masked_as_told(Nik(nik))) if nik else "",
        birth_date=born_in(told),
        class_name=row.class_name,
        state=state,
        stage=stage,
        doubt=row.doubt,
        triage=row.triage,
    )


# --- where everybody stands -----------------------------------------------------------------------


def with_gone(entries: QuerySet[RosterEntry]) -> Any:
    """Each with `is_gone`: died, is held twice, or is off the roll of the village."""
    found = Finding.everything.filter(
        resident=OuterRef("resident"),
        state=FindingState.ACCEPTED,
        outcome__in=FindingOutcome.nobody(),
    )
    is_off = Q(resident__isnull=False, resident__off_roll_since__isnull=False)
    return entries.annotate(is_gone=is_off | Q(Exists(found)))


@dataclass
class Sums:
    """How many are on it and are held; were recorded, are gone or too young; the rest is to do."""

    listed: int = 0
    held: int = 0
    recorded: int = 0
    gone: int = 0
    young: int = 0

    @property
    def to_do(self) -> int:
        return self.listed - self.recorded - self.gone - self.young


@dataclass(frozen=True)
class Standing:
    whole: Sums
    by_class: dict[str, Sums]
    triage: dict[str, int]
    #: Entry -> where they stand; what a stage depends on, of whom a birth date is known: held by the office,
    #: else of the list.
    states: dict[uuid.UUID, PupilState]
    aged: dict[uuid.UUID, Aged]

    @property
    def classes(self) -> list[tuple[str, int]]:
        return [(name, sums.listed) for name, sums in sorted(self.by_class.items())]


_PERSON = ("resident__village_id", "resident__birth_date", "resident__marital_status")


def standing_of(by: Actor, roster: Roster) -> Standing:
    """Of the whole roster and of each class: two queries. Who is recorded is so far as the own offices know."""
    venue = roster.venue
    require_roster(by, venue)
    rows = list(
        with_gone(present(by, roster)).values_list(
            *("pk", "class_name", "resident_id", "triage", "is_gone"),
            *(Case(When(resident=None, then="sealed")), *_PERSON),
        )
    )
    recorded = recorded_here(resident for _pk, _name, resident, *_rest in rows if resident)
    whole, classes, triage = Sums(), dict[str, Sums](), Counter[str]()
    states, aged = dict[uuid.UUID, PupilState](), dict[uuid.UUID, Aged]()
    for pk, class_name, resident, verdict, is_gone, sealed, *person in rows:
        if resident is not None:
            aged[pk] = Aged(*person)
        elif born := born_in(told_in(pk, sealed)):
            aged[pk] = Aged(venue.village_id, born, MaritalStatus.SINGLE)
        state = states[pk] = _state(
            venue,
            by.today,
            aged.get(pk),
            is_recorded=resident in recorded,
            is_gone=is_gone,
        )
        for sums in (whole, classes.setdefault(class_name, Sums())):
            sums.listed += 1
            sums.held += resident is not None
            sums.recorded += state == PupilState.RECORDED
            sums.gone += state == PupilState.GONE
            sums.young += state == PupilState.YOUNG
        triage[Triage.COMPLETE if state == PupilState.RECORDED else verdict] += 1
    return Standing(whole, classes, {name: triage[name] for name in Triage.values}, states, aged)


def _state(
    venue: Venue, today: date, aged: Aged | None, *, is_recorded: bool, is_gone: bool
) -> PupilState:
    if is_recorded:
        return PupilState.RECORDED
    if is_gone:
        return PupilState.GONE
    if aged and today < recordable_from(aged.born, aged.marital_status):
        return PupilState.YOUNG
    return PupilState.OUTSIDE if venue.is_outside else PupilState.TO_DO


# --- prisons --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Funnel:
    """Of everybody in a prison who is unrecorded, of them who is of this district, and of these who never
    was. `open`: nobody has looked yet.
    """

    listed: int
    by_class: dict[str, int]

    @property
    def open(self) -> int:
        return self.listed - sum(self.by_class.values())

    @property
    def unrecorded(self) -> int:
        return self.listed - self.open - self.by_class[Triage.COMPLETE]

    @property
    def local(self) -> int:
        return self.unrecorded - self.by_class[Triage.OTHER_DISTRICT]

    @property
    def never_recorded(self) -> int:
        return self.by_class[Triage.NEVER_RECORDED]


def funnel(standing: Standing) -> Funnel:
    return Funnel(standing.whole.listed, standing.triage)
