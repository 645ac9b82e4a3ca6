"""Pupils of an office in one school year: recorded, to do at a school of the district, to be invited
where they learn, and looked for because no school lists them.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import dicts
from registrations.people.enums import FindingOutcome
from registrations.people.validators import RECORDING_AGE, last_birth_date_reaching
from registrations.rosters.enums import PupilState
from registrations.rosters.models import born_in, told_in
from registrations.rosters.validators import year_of

#: Whoever reaches this age is a pupil no more, as lists of schools go.
_LAST_AGE = 19

#: Everybody whom a school lists this year, once: where the newest list has them.
_LISTED = """
listed AS (
    SELECT DISTINCT ON (coalesce(entry.resident_id, entry.id))
           entry.id, entry.resident_id, venue.id AS venue,
           CASE WHEN entry.resident_id IS NULL THEN entry.sealed END AS sealed,
           left(venue.village_id, 5) <> venue.office_id AS outside
      FROM registrations_rosterentry entry
      JOIN registrations_roster roster ON roster.id = entry.roster_id
      JOIN events_venue venue ON venue.id = roster.venue_id
     WHERE roster.office_id = %(office)s AND roster.year = %(year)s AND entry.gone_in IS NULL
       AND entry.sealed IS NOT NULL
       AND venue.kind IN ('school', 'campus')
     ORDER BY coalesce(entry.resident_id, entry.id), entry.added_at DESC, entry.id DESC
)"""
#: Somebody of whom it was found out, and accepted, that they are not recorded because of one of these.
_FOUND = """EXISTS (
    SELECT FROM registrations_finding found
     WHERE found.resident_id = {person} AND found.state = 'accepted'
       AND found.outcome = ANY (%({outcomes})s))"""
#: As `standing_of` says it of a roster.
_AT_SCHOOL = f"""
WITH {_LISTED},
done AS (
    SELECT resident_id FROM recorded_here(
        (SELECT array_agg(resident_id) FROM listed WHERE resident_id IS NOT NULL))
),
stands AS (
    SELECT listed.*, done.resident_id IS NOT NULL AS is_recorded,
           person.off_roll_since IS NOT NULL
           OR {_FOUND.format(person="person.id", outcomes="nobody")} AS is_gone,
           person.birth_date > %(youngest)s AND person.marital_status = 'single' AS is_young
      FROM listed LEFT JOIN done USING (resident_id)
      LEFT JOIN registrations_resident person ON person.id = listed.resident_id
)
SELECT venue, bool_or(outside) AS outside, count(*) AS listed,
       count(*) FILTER (WHERE is_recorded) AS recorded,
       count(*) FILTER (WHERE NOT is_recorded AND is_gone) AS gone,
       count(*) FILTER (WHERE NOT is_recorded AND NOT is_gone AND is_young) AS young,
       array_agg(id) FILTER (WHERE resident_id IS NULL) AS unmatched,
       array_agg(sealed) FILTER (WHERE resident_id IS NULL) AS told
  FROM stands GROUP BY venue
"""
_OUT_OF_SCHOOL = f"""
WITH {_LISTED},
young AS (
    SELECT id, village_id FROM registrations_resident
     WHERE office_id = %(office)s AND birth_date > %(oldest)s AND birth_date <= %(youngest)s
       AND village_id >= %(office)s || '.' AND village_id < %(office)s || '/'
       AND merged_into IS NULL AND erased_at IS NULL AND off_roll_since IS NULL
       AND NOT {_FOUND.format(person="registrations_resident.id", outcomes="explaining")}
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
    recorded: int
    gone: int
    young: int

    @property
    def to_do(self) -> int:
        return self.listed - self.recorded - self.gone - self.young


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
            PupilState.GONE: sum(one.gone for one in self.schools),
        }

    @property
    def unrecorded(self) -> int:
        """To do, at whatever school or at none."""
        return sum(one.to_do for one in self.schools) + sum(self.out_of_school.values())


def pupils_of(by: Actor, office: str, year: int | None = None) -> Pupils:
    """Two queries. `year`: None is the school year of today."""
    require(by, Permission.RESIDENTS_VIEW)
    asked = year if year is not None else year_of("school", by.today)
    youngest = last_birth_date_reaching(RECORDING_AGE, by.today)
    values = {
        "office": office,
        "year": asked,
        "youngest": youngest,
        "oldest": last_birth_date_reaching(_LAST_AGE, by.today),
        "nobody": list(FindingOutcome.nobody()),
        "explaining": list(FindingOutcome.explaining()),
    }
    schools = [_of_school(row, youngest) for row in dicts(_AT_SCHOOL, values)]
    found = dicts(_OUT_OF_SCHOOL, values)
    return Pupils(asked, schools, {row["village"]: row["people"] for row in found})


def _of_school(row: dict[str, Any], youngest: date) -> OfSchool:
    """Whom the office does not hold is as old as the list says: its days are sealed."""
    unmatched = zip(row.pop("unmatched") or (), row.pop("told") or (), strict=True)
    born = (born_in(told_in(pk, sealed)) for pk, sealed in unmatched)
    row["young"] += sum(day is not None and day > youngest for day in born)
    return OfSchool(**row)
