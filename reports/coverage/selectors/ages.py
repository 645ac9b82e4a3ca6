"""The unrecorded by age, and the first-time voters of an election: counts, no person."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from dukcapil.core.db import dicts
from dukcapil.regions.models import Region
from dukcapil.regions.validators import inside_sql, span
from events.elections.models import Election

#: Bands of Riau's report of July 2023: obliged although under 17, then by year.
BANDS = (
    ("under_17_married", _("under 17, married")),
    ("17", "17"),
    ("18", "18"),
    ("19", "19"),
    ("20", "20"),
    ("21_and_over", _("21 and over")),
)

#: Whole years, with PostgreSQL's arithmetic of intervals (docs/adr/0006).
_YEARS = """(extract(year FROM {day}) - extract(year FROM r.birth_date)
            - (r.birth_date + make_interval(years => (extract(year FROM {day})
               - extract(year FROM r.birth_date))::int) > {day})::int)::int"""

_BY_AGE = f"""
WITH people AS (
    SELECT r.id, {_YEARS.format(day="%(day)s::date")} AS years,
           {_YEARS.format(day="%(election)s::date")} AS years_then,
           r.birth_date + interval '17 years' > %(before)s::date AS first_time,
           r.marital_status <> 'single' AS married
      FROM registrations_resident r
     WHERE {inside_sql("r.village_id")}
), obliged AS (
    SELECT *, id = ANY (SELECT resident_id FROM recorded_dates(
        (SELECT array_agg(id) FROM people WHERE years >= 16 OR married))) AS recorded
      FROM people
)
SELECT
    count(*) FILTER (WHERE NOT recorded AND years < 17 AND married) AS under_17_married,
    count(*) FILTER (WHERE NOT recorded AND years = 17) AS "17",
    count(*) FILTER (WHERE NOT recorded AND years = 18) AS "18",
    count(*) FILTER (WHERE NOT recorded AND years = 19) AS "19",
    count(*) FILTER (WHERE NOT recorded AND years = 20) AS "20",
    count(*) FILTER (WHERE NOT recorded AND years >= 21) AS "21_and_over",
    count(*) FILTER (WHERE years_then >= 17 AND first_time) AS pemula,
    count(*) FILTER (WHERE years_then >= 17 AND first_time AND recorded) AS pemula_recorded,
    count(*) FILTER (WHERE years_then >= 17 AND years < 17 AND NOT recorded) AS turning_17
  FROM obliged
"""


def age_bands(
    region: Region, day: date, election: Election | None, before: date | None
) -> dict[str, Any]:
    """Of the residents whom the offices hold in this region and the open scope covers.

    `before`: the election before; whoever was not 17 then is a first-time voter (`pemula`) now.
    """
    params = {
        **span(region.pk),
        "day": day,
        "election": election.held_on if election else day,
        "before": before or date(2000, 1, 1),
    }
    [row] = dicts(_BY_AGE, params)
    return {
        "bands": [(name, label, row[name]) for name, label in BANDS],
        "unrecorded": sum(row[name] for name, _label in BANDS),
        "pemula": row["pemula"] if election else None,
        "pemula_recorded": row["pemula_recorded"] if election else None,
        "turning_17": row["turning_17"] if election else None,
    }
