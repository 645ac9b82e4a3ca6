"""Reading rosters: their entries page by page, where each stands, and sums of a venue and of an office."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.errors import NotFound
from dukcapil.core.templatetags.figures import masked
from dukcapil.regions.enums import today_in
from events.venues.enums import VenueKind
from events.venues.models import Venue
from events.venues.selectors import last_end
from registrations.people.enums import MaritalStatus
from registrations.people.selectors import Aged, recorded_here, stages
from registrations.people.services.residents import masked as masked_number
from registrations.people.validators import Nik
from registrations.rosters.enums import Doubt, PupilState, Triage
from registrations.rosters.models import Roster, RosterEntry, RosterVersion
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
    return entries.select_related("resident").order_by("class_name", "place", "pk")


def new_since_visit(
    by: Actor, roster: Roster, until: datetime | None
) -> QuerySet[RosterEntry] | None:
    """Who came since the last visit that was held (`visited_until`); None when nobody was there yet."""
    return None if until is None else present(by, roster).filter(added_at__gt=until)


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
    added_in: int
    recorded_on: date | None

    @property
    def doubt_label(self) -> str:
        return str(Doubt(self.doubt).label) if self.doubt else ""

    @property
    def triage_label(self) -> str:
        return str(Triage(self.triage).label) if self.triage else ""


def shown(
    roster: Roster, entries: Iterable[RosterEntry], recorded: Mapping[uuid.UUID, date]
) -> list[Shown]:
    """`recorded`: as `standing_of` found it. One query more, for who is young. The caller logs the look."""
    rows = list(entries)
    reached = stages_of(roster.venue, rows)
    return [_shown(roster, row, recorded, reached.get(row.pk, "")) for row in rows]


def stages_of(venue: Venue, rows: Sequence[RosterEntry]) -> dict[uuid.UUID, str]:
    """Of whom a birth date is known; by the election of the venue's village."""
    known = [(row.pk, born) for row in rows if (born := row.born)]
    aged = [Aged(venue.village_id, born, MaritalStatus.SINGLE) for _pk, born in known]
    return {pk: stage for (pk, _born), stage in zip(known, stages(aged), strict=True)}


def _shown(
    roster: Roster, row: RosterEntry, recorded: Mapping[uuid.UUID, date], stage: str
) -> Shown:
    told, today = row.told, today_in(roster.office_id)
    on = recorded.get(row.resident_id) if row.resident_id else None
    nik = told.get("nik")
    return Shown(
        id=row.pk,
        resident=row.resident_id,
        name=told.get("name", ""),
        number=masked(masked_number(Nik(nik))) if nik else "",
        birth_date=row.born,
        class_name=row.class_name,
        state=state_of(roster.venue, recorded=on is not None, young=row.is_young(today)),
        stage=stage,
        doubt=row.doubt,
        triage=row.triage,
        added_in=row.added_in,
        recorded_on=on,
    )


def state_of(venue: Venue, *, recorded: bool, young: bool) -> PupilState:
    if recorded:
        return PupilState.RECORDED
    if young:
        return PupilState.YOUNG
    return PupilState.OUTSIDE if venue.is_outside else PupilState.TO_DO


@dataclass
class Sums:
    """How many are on it, are held, were recorded, are too young, are to do."""

    listed: int = 0
    held: int = 0
    recorded: int = 0
    young: int = 0

    @property
    def to_do(self) -> int:
        return self.listed - self.recorded - self.young


@dataclass(frozen=True)
class Standing:
    whole: Sums
    by_class: dict[str, Sums]
    #: When each was recorded, as far as the own offices know.
    recorded: dict[uuid.UUID, date]
    triage: dict[str, int]

    @property
    def classes(self) -> list[tuple[str, int]]:
        return [(name, sums.listed) for name, sums in sorted(self.by_class.items())]


#: Columns that `standing_of` needs.
_STANDS = (
    *("class_name", "triage", "sealed"),
    *("resident__birth_date", "resident__marital_status"),
)


def standing_of(by: Actor, roster: Roster) -> Standing:
    """Of the whole roster and of each class: two queries."""
    require_roster(by, roster.venue)
    rows = list(present(by, roster).only(*_STANDS))
    recorded = recorded_here(row.resident_id for row in rows if row.resident_id)
    day, ages = today_in(roster.office_id), not roster.venue.is_prison
    whole, classes = Sums(), dict[str, Sums]()
    for row in rows:
        done = row.resident_id in recorded
        young = ages and not done and row.is_young(day)
        for sums in (whole, classes.setdefault(row.class_name, Sums())):
            sums.listed += 1
            sums.held += row.resident_id is not None
            sums.recorded += done
            sums.young += young
    triage = Counter(row.triage for row in rows)
    return Standing(whole, classes, recorded, {name: triage[name] for name in Triage.values})


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

    @property
    def rows(self) -> list[tuple[str, int]]:
        return [(str(Triage(name).label), n) for name, n in self.by_class.items()]


def funnel(standing: Standing) -> Funnel:
    return Funnel(standing.whole.listed, standing.triage)


# --- for others -----------------------------------------------------------------------------------


def venues_of_people(residents: Iterable[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """resident -> the school, home or company that they are at, by the newest list. Nobody's prison:
    that is told on its own page, to whoever may see it.
    """
    rows = (
        RosterEntry.objects.filter(resident__in=list(residents), gone_in__isnull=True)
        .exclude(roster__venue__kind=VenueKind.PRISON)
        .order_by("added_at")
        .values_list("resident_id", "roster__venue_id")
    )
    return dict(rows)


def entry_or_404(by: Actor, roster: Roster, entry_id: uuid.UUID) -> RosterEntry:
    require_roster(by, roster.venue)
    entry = RosterEntry.objects.visible_to(by).filter(roster=roster, pk=entry_id).first()
    if entry is None:
        raise NotFound
    return entry
