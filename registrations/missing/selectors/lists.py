"""Lists of who is to be recorded: which there are, their counts by region, their people masked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypedDict, cast

from django.db.models import Min, QuerySet
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import Part, at_once, dicts
from dukcapil.core.errors import Invalid
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.models import inside
from dukcapil.regions.validators import ancestor_sql, inside_sql, span, within
from events.elections.models import Election
from events.elections.selectors import bears_on
from events.planning.selectors.visits import visits_by, visits_part
from events.venues.models import Venue
from registrations.booking.selectors.stages import in_stage
from registrations.missing.enums import EntryState, NextStep, Purpose
from registrations.missing.models import COUNTED, RollEntry, RollList
from registrations.people.enums import FindingOutcome
from registrations.people.models import Resident
from registrations.people.selectors import COLUMNS, election_asked, masked_rows
from registrations.roll.enums import Completeness

STATES = COUNTED


def election_of(purpose: str, election_id: int | None, region: str) -> Election | None:
    """The election of a list that somebody asks for. Raises Invalid for a list without one that needs
    it, and for an election that is none of the region's: a list is that of an office as a whole, and one
    of a village alone would take everybody of its district.
    """
    if purpose == Purpose.MISSING:
        if election_id is not None:
            raise Invalid("election", _("This list is for no election."), field="election")
        return None
    election = election_asked(election_id)
    if election is None:
        raise Invalid("election", _("Say for which election."), field="election")
    office = region[: Level.REGENCY.code_length]
    below = [
        one
        for one in election.areas
        if within(one, region) and len(one) <= Level.REGENCY.code_length
    ]
    if not any(bears_on(election, one) for one in (office, *below)):
        text = _("It is held in another region, or in a part of an office's region alone.")
        raise Invalid("election-elsewhere", text, field="election")
    return election


def list_of(purpose: str, office: str, election: Election | int | None = None) -> RollList | None:
    """None also before it was closed once: nobody stands on it, which says nothing of anybody."""
    found = RollList.objects.filter(purpose=purpose, office_id=office, election=election)
    return found.filter(closed_at__isnull=False).first()


def lists_within(purpose: str, region: str, election: Election | None) -> QuerySet[RollList]:
    """Of the offices within a region, or of the one that it lies in."""
    where = inside("office_id", region[: Level.REGENCY.code_length])
    return RollList.objects.filter(where, purpose=purpose, election=election)


# --- counts ---------------------------------------------------------------------------------------


class Counts(TypedDict):
    """Of the people on a list: the six sum to `list`."""

    list: int
    recorded: int
    explained: int
    booked: int
    asked: int
    open: int
    left: int


class CountRow(TypedDict):
    """Of a region. Nulls where nobody of any village is held on a list, or nobody closed one yet: a zero
    would say that nobody is missing.
    """

    region: str
    name: str
    completeness: str
    #: How many villages it has, and how many of them stand behind the counts: somebody has said that a list
    #: has their missing, or all of their people, or somebody of them is on one.
    villages: int
    villages_listed: int
    on_list: int | None
    recorded: int | None
    explained: int | None
    booked: int | None
    asked: int | None
    open: int | None
    left: int | None
    last_visit: date | None
    as_of: datetime | None


_SUMS = ", ".join(f'sum(kept."{name}") AS "{name}"' for name in STATES)
_ALL = " + ".join(f'kept."{name}"' for name in STATES)
_LISTS = """registrations_rolllist list
       WHERE list.purpose = %(purpose)s AND list.election_id IS NOT DISTINCT FROM %(election)s"""

_COUNTS = f"""
WITH counted AS (
    SELECT kept.village_id, {_SUMS}
      FROM registrations_rollcount kept
     WHERE {inside_sql("kept.village_id")} AND ({_ALL}) > 0
       AND kept.list_id IN (SELECT list.id FROM {_LISTS})
     GROUP BY 1
), village AS (
    SELECT {{area}} AS region, region.code, counted.*,
           coalesce(said.completeness, 'none') AS completeness,
           coalesce(said.completeness, 'none') <> 'none' OR counted.village_id IS NOT NULL AS is_listed
      FROM regions_region region
      LEFT JOIN registrations_villagelist said ON said.village_id = region.code
      LEFT JOIN counted ON counted.village_id = region.code
     WHERE region.level = 'village' AND {inside_sql("region.code")}
), closed AS (
    SELECT {{office}} AS region, min(list.closed_at) AS as_of, bool_or(list.closed_at IS NOT NULL) AS once
      FROM {_LISTS} GROUP BY 1
)
SELECT region.code AS region, region.name, count(village.code) AS villages,
       count(*) FILTER (WHERE village.is_listed) AS villages_listed,
       bool_or(village.completeness <> 'none') AS partly,
       bool_and(village.completeness = 'whole') AS whole,
       {", ".join(f'sum(village."{name}")::bigint AS "{name}"' for name in STATES)},
       (array_agg(closed.as_of))[1] AS as_of, bool_or(closed.once) AS once
  FROM regions_region region
  LEFT JOIN village ON village.region = region.code
  LEFT JOIN closed ON closed.region = {{office_of_region}}
 WHERE region.level = %(level)s AND {inside_sql("region.code")}
 GROUP BY region.code, region.name ORDER BY region.code
"""


def counts(
    region: str,
    level: Level,
    purpose: str,
    election: Election | None = None,
    *,
    with_visits: bool = True,
) -> list[CountRow]:
    """Every region of `level` within `region`, out of count tables alone, and when somebody went there last:
    one query.
    """
    office_level = min(level, Level.REGENCY, key=lambda one: one.code_length)
    sql = _COUNTS.format(
        area=ancestor_sql("region.code", level),
        office=ancestor_sql("list.office_id", office_level),
        office_of_region=ancestor_sql("region.code", office_level),
    )
    params = {
        **span(region),
        "level": level,
        "purpose": purpose,
        "election": election.pk if election else None,
    }
    parts: dict[str, Part] = {"counts": (sql, params)}
    if with_visits:
        parts["visits"] = visits_part(region, level, today_in(region), staff=True)
    found = at_once(parts)
    visits = visits_by(found.get("visits", []))
    return [
        _row(row, visits[row["region"]].last if row["region"] in visits else None)
        for row in found["counts"]
    ]


def _row(found: dict[str, Any], last_visit: date | None) -> CountRow:
    listed = found["villages_listed"]
    is_known = bool(listed) and bool(found["once"])
    by_state = {name: int(found[name] or 0) if is_known else None for name in STATES}
    completeness = Completeness.NONE
    if found["partly"]:
        completeness = Completeness.WHOLE if found["whole"] else Completeness.MISSING_ONLY
    return CountRow(
        region=found["region"],
        name=found["name"],
        completeness=str(completeness),
        villages=found["villages"],
        villages_listed=listed,
        on_list=sum(int(found[name] or 0) for name in STATES) if is_known else None,
        last_visit=last_visit,
        as_of=datetime.fromisoformat(found["as_of"]) if found["as_of"] else None,
        **by_state,  # type: ignore[typeddict-item]  # the six names
    )


def whole_of(region: str, purpose: str, election: Election | None = None) -> Counts:
    """The counts of everybody of a region on such lists, whatever page or filter somebody looks at."""
    sql = f"""
        SELECT {_SUMS} FROM registrations_rollcount kept
         WHERE {inside_sql("kept.village_id")}
           AND kept.list_id IN (SELECT list.id FROM {_LISTS})
    """
    params = {**span(region), "purpose": purpose, "election": election.pk if election else None}
    found = {name: int(value or 0) for name, value in dicts(sql, params)[0].items()}
    return cast("Counts", {"list": sum(found.values()), **found})


def closed_since(region: str, purpose: str, election: Election | None = None) -> datetime | None:
    """When the oldest of its lists was closed; None: nobody closed one yet, and their zeros say nothing."""
    lists = lists_within(purpose, region, election)
    return lists.aggregate(oldest=Min("closed_at"))["oldest"]


#: Of the office in column {office}: election -> how many people of its list for the seventeenth birthday
#: are in no other state. What is not closed, or never was made, is not among them.
OPEN_OF_SEVENTEEN = """(
    SELECT jsonb_object_agg(one.election_id, one.open) FROM (
        SELECT list.election_id, coalesce(sum(kept.open), 0)::bigint AS open
          FROM registrations_rolllist list
          LEFT JOIN registrations_rollcount kept ON kept.list_id = list.id
         WHERE list.office_id = {office} AND list.purpose = 'seventeen'
           AND list.closed_at IS NOT NULL
         GROUP BY 1) one
)"""

#: Whether the lists of that office lag behind what happened; the region comes with the parameters of `span`.
LAGS = "{office} IN (SELECT offices_to_settle(least(%(code)s, %(low)s), %(high)s))"


# --- people ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EntryFilter:
    """Which of them; empty: whoever."""

    state: str = ""
    stage: str = ""
    venue: Venue | None = None


EVERYONE = EntryFilter()

#: Columns of an entry -> what they are called in a row; `masked` adds the person.
ENTRY = {
    "id": "id",
    "resident_id": "resident",
    "village_id": "village",
    "state": "state",
    "outcome": "outcome",
    "left_because": "left_because",
    "owner_id": "owner",
    "next_step": "next_step",
    "added_on": "added_on",
    "stage_at_start": "stage_at_start",
    "changed_at": "changed_at",
}


def entries(
    by: Actor,
    region: str,
    purpose: str,
    election: Election | None = None,
    which: EntryFilter = EVERYONE,
) -> QuerySet[RollEntry]:
    """Who of a region is on such a list, as far as this actor may see them. Order by `id` for pages."""
    found: QuerySet[RollEntry] = RollEntry.objects.visible_to(by)
    if len(region) >= Level.REGENCY.code_length:
        roll_list = list_of(purpose, region[: Level.REGENCY.code_length], election)
        # One value: then the index is read in its order.
        found = found.filter(list=roll_list.pk if roll_list else None)
    else:
        found = found.filter(purpose=purpose, election=election)
    if len(region) != Level.REGENCY.code_length:
        found = found.filter(inside("village_id", region))
    if which.state:
        found = found.filter(state=which.state)
    if which.venue is not None:
        found = found.filter(venue=which.venue.pk)
    if which.stage:
        people: QuerySet[Resident] = Resident.everything.all()
        if len(region) >= Level.REGENCY.code_length:
            people = people.filter(office_id=region[: Level.REGENCY.code_length])
        found = found.filter(resident__in=in_stage(people, which.stage, election).values("pk"))
    return found


def masked(
    by: Actor, rows: Iterable[Mapping[str, Any]], election: Election | None = None
) -> list[dict[str, Any]]:
    """Rows of `entries(...).values(*ENTRY)` with the person as pages show one, masked. The caller logs
    the look. Who was erased, or merged, has no name.
    """
    found = list(rows)
    ids = [row["resident_id"] for row in found]
    people = Resident.objects.visible_to(by).filter(pk__in=ids)
    shown = {row["id"]: row for row in masked_rows(people.values(*COLUMNS), election)}
    return [_entry(row, shown.get(row["resident_id"])) for row in found]


def _entry(row: Mapping[str, Any], person: dict[str, Any] | None) -> dict[str, Any]:
    entry = {name: row[column] for column, name in ENTRY.items()}
    who = person or {}
    return {
        **who,
        **entry,
        "name": who.get("name", ""),
        "nik_masked": who.get("nik_masked", ""),
        "birth_date": who.get("birth_date"),
        "stage": who.get("stage"),
        "outcome": row["outcome"] or None,
        "next_step": next_step(row["state"], row["outcome"], row["next_step"]),
    }


def next_step(state: str, outcome: str, put_down: str = "") -> NextStep:
    """What somebody put down for who is still to be recorded; else what the state asks for."""
    if put_down and state in (EntryState.OPEN, EntryState.ASKED, EntryState.BOOKED):
        return NextStep(put_down)
    match state:
        case EntryState.OPEN:
            if outcome == FindingOutcome.SICK_OR_DISABLED:
                return NextStep.VISIT
            is_note = not outcome or outcome in FindingOutcome.notes()
            return NextStep.VERIFY if is_note else NextStep.DECIDE
        case EntryState.ASKED:
            return NextStep.VISIT
        case EntryState.BOOKED:
            return NextStep.COME
        case _:
            return NextStep.NOTHING
