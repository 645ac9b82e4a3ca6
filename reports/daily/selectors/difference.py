"""What changed between two revisions of a regency's day, and by which rows of its ledger."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import dicts
from dukcapil.core.errors import Invalid
from registrations.ledger.models import ServiceRecord
from reports.daily.models import RegencyDay

#: Rows of the ledger that one page shows.
MOST_ROWS = 500

_CELLS = """
SELECT cell.service, cell.category, cell.outcome, cell.reason, cell.place_id AS place,
       cell.domicile_id AS domicile,
       sum(cell.n) FILTER (WHERE day.revision = %(before)s)::bigint AS before,
       sum(cell.n) FILTER (WHERE day.revision = %(after)s)::bigint AS after
  FROM reports_regencyday day
  JOIN reports_daycount cell ON cell.day_id = day.id AND cell.service_date = day.service_date
 WHERE day.regency_id = %(code)s AND day.service_date = %(day)s
   AND day.revision IN (%(before)s, %(after)s)
 GROUP BY 1, 2, 3, 4, 5, 6
HAVING coalesce(sum(cell.n) FILTER (WHERE day.revision = %(before)s), 0)
    <> coalesce(sum(cell.n) FILTER (WHERE day.revision = %(after)s), 0)
 ORDER BY 1, 3, 2, 4, 5, 6
"""


def revision_of(regency: str, day: date, number: int) -> RegencyDay:
    revisions = RegencyDay.objects.filter(regency_id=regency, service_date=day, revision=number)
    if (revision := revisions.first()) is None:
        raise Invalid("revision", _("There is no such revision of this day."), field="revision")
    return revision


def changed_cells(before: RegencyDay, after: RegencyDay) -> list[dict[str, Any]]:
    """Counts that differ; a count that is missing is zero."""
    params = {
        "code": before.regency_id,
        "day": before.service_date,
        "before": before.revision,
        "after": after.revision,
    }
    rows = dicts(_CELLS, params)
    return [
        row
        | {
            "before": row["before"] or 0,
            "after": row["after"] or 0,
            "change": (row["after"] or 0) - (row["before"] or 0),
        }
        for row in rows
    ]


def changing_rows(by: Actor, before: RegencyDay, after: RegencyDay) -> list[dict[str, Any]] | None:
    """The ledger's rows between the two cuts: what kind, which service, why. No name, no person.

    None for those who may not read records: a reason is what a colleague typed.
    """
    if not by.may(Permission.RECORDS_VIEW):
        return None
    records = ServiceRecord.objects.visible_to(by).filter(
        office_id=before.regency_id,
        service_date=before.service_date,
        seq__gt=before.ledger_seq,
        seq__lte=after.ledger_seq,
    )
    columns = (
        *("seq", "row_kind", "service", "outcome", "reason", "category", "weight"),
        *("occurred_at", "received_at", "note"),
    )
    return [
        row | {"note": row["note"] if row["row_kind"] != "record" else ""}
        for row in records.order_by("seq").values(*columns)[:MOST_ROWS]
    ]
