"""Pupils of an office in one school year: recorded, to do at a school of the district, to be invited
where they learn, and looked for because no school lists them.
"""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import F

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import dicts
from events.venues.enums import VenueKind
from registrations.people.validators import RECORDING_AGE, last_birth_date_reaching
from registrations.rosters.enums import PupilState
from registrations.rosters.models import RosterEntry
from registrations.rosters.validators import year_of

#: Whoever reaches this age is a pupil no more, as lists of schools go.
_LAST_AGE = 19

#: Everybody whom a school lists this year, once: where the newest list has them.
_LISTED = """
listed AS (
    SELECT DISTINCT ON (coalesce(entry.resident_id, entry.id))
           entry.resident_id, venue.id AS venue,
           left(venue.village_id, 5) <> venue.office_id AS outside
      FROM registrations_rosterentry entry
      JOIN registrations_roster roster ON roster.id = entry.roster_id
      JOIN events_venue venue ON venue.id = roster.venue_id
     WHERE roster.office_id = %(office)s AND roster.year = %(year)s AND entry.gone_in IS NULL
       AND entry.sealed IS NOT NULL
       AND venue.kind IN ('school', 'campus')
     ORDER BY coalesce(entry.resident_id, entry.id), entry.added_at DESC, entry.id DESC
)"""
_AT_SCHOOL = f"""
WITH {_LISTED},
done AS (
    SELECT resident_id FROM recorded_here(
        (SELECT array_agg(resident_id) FROM listed WHERE resident_id IS NOT NULL))
)
SELECT listed.venue, bool_or(listed.outside) AS outside, count(*) AS listed,
       count(listed.resident_id) AS held, count(done.resident_id) AS recorded,
       count(*) FILTER (
           WHERE done.resident_id IS NULL AND person.birth_date > %(youngest)s
             AND person.marital_status = 'single') AS young
  FROM listed LEFT JOIN done USING (resident_id)
  LEFT JOIN registrations_resident person ON person.id = listed.resident_id
 GROUP BY listed.venue
"""
_OUT_OF_SCHOOL = f"""
WITH {_LISTED},
young AS (
    SELECT id, village_id FROM registrations_resident
     WHERE office_id = %(office)s AND birth_date > %(oldest)s AND birth_date <= %(youngest)s
       AND village_id >= %(office)s || '.' AND village_id < %(office)s || '/'
       AND merged_into IS NULL AND erased_at IS NULL
       AND id NOT IN (SELECT resident_id FROM listed WHERE resident_id IS NOT NULL)
),
done AS (SELECT resident_id FROM recorded_here((SELECT array_agg(id) FROM young)))
SELECT young.village_id AS village, count(*) AS people
  FROM young LEFT JOIN done ON done.resident_id = young.id
 WHERE done.resident_id IS NULL
 GROUP BY young.village_id ORDER BY young.village_id
"""


@dataclass(frozen=True)
class OfSchool:
    venue: uuid.UUID
    outside: bool
    listed: int
    #: Whom the office holds.
    held: int
    recorded: int
    #: Not of an age to be recorded yet, by what the office holds, else by the list.
    young: int = 0

    @property
    def to_do(self) -> int:
        return self.listed - self.recorded - self.young


@dataclass(frozen=True)
class Pupils:
    """Three lists with three plans: visits, invitations, and looking for people in their villages."""

    year: int
    schools: list[OfSchool]
    #: Village -> how many unrecorded people of school age no school lists.
    out_of_school: dict[str, int]

    @property
    def year_label(self) -> str:
        return f"{self.year}/{self.year + 1}"

    @property
    def listed(self) -> int:
        return sum(one.listed for one in self.schools)

    @property
    def states(self) -> dict[PupilState, int]:
        inside = sum(one.to_do for one in self.schools if not one.outside)
        outside = sum(one.to_do for one in self.schools if one.outside)
        return {
            PupilState.RECORDED: sum(one.recorded for one in self.schools),
            PupilState.TO_DO: inside,
            PupilState.OUTSIDE: outside,
            PupilState.OUT_OF_SCHOOL: sum(self.out_of_school.values()),
            PupilState.YOUNG: sum(one.young for one in self.schools),
        }

    @property
    def open_at_school(self) -> int:
        return sum(one.to_do for one in self.schools)

    @property
    def unrecorded(self) -> int:
        return self.open_at_school + self.states[PupilState.OUT_OF_SCHOOL]


def pupils_of(by: Actor, office: str, year: int | None = None) -> Pupils:
    """Three queries. `year`: None is the school year of today."""
    require(by, Permission.RESIDENTS_VIEW)
    asked = year if year is not None else year_of("school", by.today)
    values = {
        "office": office,
        "year": asked,
        "youngest": last_birth_date_reaching(RECORDING_AGE, by.today),
        "oldest": _last_too_old(by.today),
    }
    unheld = _young_unheld(by, office, asked)
    schools = [
        replace(one, young=one.young + unheld[one.venue])
        for one in (OfSchool(**row) for row in dicts(_AT_SCHOOL, values))
    ]
    found = dicts(_OUT_OF_SCHOOL, values)
    return Pupils(asked, schools, {row["village"]: row["people"] for row in found})


def _young_unheld(by: Actor, office: str, year: int) -> Counter[uuid.UUID]:
    """Venue -> how many young people of its lists the office does not hold: their birth dates are sealed,
    so no query counts them.
    """
    entries = RosterEntry.objects.visible_to(by).filter(
        roster__office=office,
        roster__year=year,
        roster__venue__kind__in=[kind for kind in VenueKind if kind.has_school_years],
        resident=None,
        gone_in=None,
        sealed__isnull=False,
    )
    sealed = entries.only("sealed", "resident").annotate(venue=F("roster__venue"))
    return Counter(vars(one)["venue"] for one in sealed.iterator() if one.is_young(by.today))


def _last_too_old(today: date) -> date:
    return last_birth_date_reaching(_LAST_AGE, today)
