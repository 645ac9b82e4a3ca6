"""What is signed when a day is confirmed or locked, and its version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from dukcapil.core.db import dicts
from dukcapil.core.versions import require_seen, version_of

_WORDS: dict[str, Any] = {
    "revision": _("revision"),
    "counts": _("figures"),
    "confirmation": _("confirmation"),
    "lock": _("lock"),
}

#: The newest revision of each regency's day, with a hash of all of its counts.
_STANDING = """
SELECT day.regency_id AS region, region.name,
       jsonb_build_array(day.revision, day.ledger_seq, day.reason, day.target)::text AS revision,
       (SELECT md5(coalesce(string_agg(md5(c::text), '' ORDER BY c.place_id, c.domicile_id, c.service,
                                       c.category, c.outcome, c.reason), ''))
          FROM reports_daycount c
         WHERE c.day_id = day.id AND c.service_date = %(day)s) AS counts,
       (SELECT concat_ws(' ', said.id, said.nil_reason, said.note)
          FROM reports_dayconfirmation said WHERE said.day_id = day.id) AS confirmation,
       (SELECT day_lock.id FROM reports_daylock day_lock
         WHERE day_lock.regency_id = day.regency_id
           AND day_lock.service_date = day.service_date) AS lock
  FROM reports_regencyday day JOIN regions_region region ON region.code = day.regency_id
 WHERE day.regency_id = ANY (%(codes)s) AND day.service_date = %(day)s AND day.latest
 ORDER BY day.regency_id
"""


@dataclass(frozen=True)
class DaysStanding:
    """Days of regencies as they stand. Of one regency the parts are those of its day, of several each
    regency is a part.
    """

    rows: list[dict[str, Any]]

    @property
    def version(self) -> str:
        return version_of(self._parts()[0])

    def require(self, seen: str | None) -> str:
        """The version that stands; Conflict when somebody saw another one."""
        return require_seen(seen, *self._parts())

    def versions(self) -> dict[str, str]:
        """regency -> version of its day."""
        return {row["region"]: version_of(_parts_of(row)) for row in self.rows}

    def _parts(self) -> tuple[dict[str, Any], dict[str, Any]]:
        if len(self.rows) == 1:
            return _parts_of(self.rows[0]), _WORDS
        parts = {row["region"]: _parts_of(row) for row in self.rows}
        return parts, {row["region"]: row["name"] for row in self.rows}


def _parts_of(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _WORDS}


def days_standing(codes: list[str], day: date) -> DaysStanding:
    """Of those regencies that have a report of the day; one query."""
    return DaysStanding(dicts(_STANDING, {"codes": codes, "day": day}))
