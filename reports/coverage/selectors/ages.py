"""The unrecorded by age, and the first-time voters of an election: counts, no person."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from dukcapil.core.db import dicts
from dukcapil.regions.models import Region
from dukcapil.regions.validators import inside_sql, span
from events.elections.models import Election
from registrations.people.enums import MaritalStatus
from registrations.people.validators import CARD_AGE, RECORDING_AGE, last_birth_date_reaching

#: Each year of age below this has a band of its own; this one and all above share a band.
_LAST = 21
_AGES = range(CARD_AGE, _LAST + 1)
#: Bands of Riau's report of July 2023: obliged although under 17, then by year. Each is a name, what
#: it is called, from which age and up to which; nobody is obliged before 17 but who is married.
BANDS: tuple[tuple[str, Any, int | None, int | None], ...] = (
    ("under_17_married", _("under 17, married"), None, CARD_AGE),
    *((str(age), str(age), age, age + 1) for age in _AGES[:-1]),
    (f"{_LAST}_and_over", _("21 and over"), _LAST, None),
)


def _in_band(since: int | None, until: int | None) -> str:
    """A band as a condition on births; ages come as the last birth dates that reach them."""
    conditions = [f"birth_date <= %(reached_{since})s" if since else "married"]
    if until:
        conditions.append(f"birth_date > %(reached_{until})s")
    return " AND ".join(conditions)


_BY_AGE = """
WITH people AS (
    SELECT r.id, r.birth_date, r.marital_status <> %(single)s AS married
      FROM registrations_resident r
     WHERE {inside}
), obliged AS (
    SELECT *, id = ANY (SELECT resident_id FROM recorded_dates(
        (SELECT array_agg(id) FROM people
          WHERE birth_date <= %(recordable)s OR married))) AS recorded,
           birth_date <= %(voters)s AND birth_date > %(voters_before)s AS pemula
      FROM people
)
SELECT
    {bands},
    count(*) FILTER (WHERE pemula) AS pemula,
    count(*) FILTER (WHERE pemula AND recorded) AS pemula_recorded,
    count(*) FILTER (WHERE birth_date <= %(voters)s AND birth_date > %(reached_17)s
                       AND NOT recorded) AS turning_17
  FROM obliged
""".format(
    inside=inside_sql("r.village_id"),
    bands=",\n    ".join(
        f'count(*) FILTER (WHERE NOT recorded AND {_in_band(since, until)}) AS "{name}"'
        for name, _label, since, until in BANDS
    ),
)


def age_bands(
    region: Region, day: date, election: Election | None, before: date | None
) -> dict[str, Any]:
    """Of the residents whom the offices hold in this region and the open scope covers.

    `before`: the election before; whoever was not 17 then is a first-time voter (`pemula`) now.
    """
    params = {
        **span(region.pk),
        **{f"reached_{age}": last_birth_date_reaching(age, day) for age in _AGES},
        "single": str(MaritalStatus.SINGLE),
        "recordable": last_birth_date_reaching(RECORDING_AGE, day),
        "voters": last_birth_date_reaching(CARD_AGE, election.held_on if election else day),
        "voters_before": last_birth_date_reaching(CARD_AGE, before or date(2000, 1, 1)),
    }
    [row] = dicts(_BY_AGE, params)
    return {
        "bands": [(name, label, row[name]) for name, label, *_ages in BANDS],
        "unrecorded": sum(row[name] for name, *_rest in BANDS),
        "pemula": row["pemula"] if election else None,
        "pemula_recorded": row["pemula_recorded"] if election else None,
        "turning_17": row["turning_17"] if election else None,
    }
