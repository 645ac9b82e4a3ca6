"""Revisions of regency days, as lists and as status of a build."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from zoneinfo import ZoneInfo

import orjson
from django.db.models import CharField, TextChoices
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.accounts.selectors import (
    LIVE_TOKEN_SQL,
    LiveToken,
    live_token_of_row,
    live_token_params,
)
from dukcapil.core.db import dicts
from dukcapil.core.prepared import hot
from dukcapil.core.road import Statement, look
from dukcapil.regions.enums import Level, zone_of
from dukcapil.regions.validators import ancestor, inside_sql, lineage, span
from events.planning.enums import Service
from registrations.ledger.enums import Outcome
from registrations.people.enums import Category
from reports.daily.selectors.row import COUNTED, HOME, DailyRow
from reports.releases.enums import Status
from reports.releases.models import Release
from reports.releases.validators import due_at, status_of

#: Everything that a district reports of a day, counted from one revision.
_REPORTS = """
SELECT day.regency_id AS region, region.name, day.service_date AS date, day.revision,
       day.ledger_seq, day.reason, day.built_at, day.latest, day.target,
       present_on(day.regency_id, day.service_date, day.ledger_seq) AS present,
       {figures},
       {by_reason} AS printed_by_reason,
       {why_failed} AS failed_by_reason,
       confirmation.nil_reason, confirmation.note AS nil_note, confirmation.confirmed_at,
       day_lock.locked_at
  FROM reports_regencyday day
  JOIN regions_region region ON region.code = day.regency_id
  LEFT JOIN reports_dayconfirmation confirmation
    ON confirmation.day_id = day.id AND confirmation.confirmed_at <= %(known_at)s
  LEFT JOIN reports_daylock day_lock
    ON day_lock.regency_id = day.regency_id AND day_lock.service_date = day.service_date
   AND day_lock.locked_at <= %(known_at)s
  LEFT JOIN reports_daycount c ON c.day_id = day.id AND c.service_date = %(day)s
 WHERE {inside}
   AND day.service_date = %(day)s {chosen}
 GROUP BY day.id, region.name, confirmation.id, day_lock.id
 ORDER BY day.regency_id, day.revision
"""
_BY_REASON = """coalesce((
    SELECT jsonb_object_agg(why.reason, why.n) FROM (
        SELECT w.reason, sum(w.n) AS n FROM reports_daycount w
         WHERE w.day_id = day.id AND w.service_date = %(day)s AND {condition}
         GROUP BY w.reason) AS why), '{{}}')"""
_PARTS = {
    "inside": inside_sql("day.regency_id"),
    "figures": ",\n".join(
        f"coalesce(sum(c.n) FILTER (WHERE {condition}), 0)::bigint AS {name}"
        for name, condition in COUNTED.items()
    ),
    "by_reason": _BY_REASON.format(condition="w.service = 'card_print' AND w.outcome = 'done'"),
    "why_failed": _BY_REASON.format(condition="w.outcome = 'failed'"),
}
#: The day as of a release: of each regency the newest revision that the frozen seq covers.
_OF_RELEASE = """
   AND day.revision = (SELECT max(frozen.revision) FROM reports_regencyday frozen
        JOIN reports_releaseentry entry ON entry.regency_id = frozen.regency_id
         AND entry.release_id = %(release)s AND frozen.ledger_seq <= entry.ledger_seq
       WHERE frozen.regency_id = day.regency_id AND frozen.service_date = day.service_date)
"""


def daily_reports(
    code: str, day: date, *, revision: int | None = None, release: Release | None = None
) -> list[DailyRow]:
    """Every revision of a day within a region, the first beside its corrections.

    With `revision` or `release` only that one, as it was at that time: as the latest, without
    confirmations, locks or revisions that came later.
    """
    chosen = ""
    if revision is not None:
        chosen = " AND day.revision = %(revision)s"
    elif release is not None:
        chosen = _OF_RELEASE
    params = {
        **span(code),
        "day": day,
        "revision": revision,
        "release": release.pk if release else None,
        "known_at": release.frozen_at if release else timezone.now(),
    }
    rows = dicts(_REPORTS.format(**_PARTS, chosen=chosen), params)
    return [_reported(row, revision, release) for row in rows]


def _reported(row: dict[str, Any], revision: int | None, release: Release | None) -> DailyRow:
    moment = timezone.now()
    if release is not None:
        moment = release.frozen_at
    elif revision is not None:
        moment = row["built_at"]
        row |= {"nil_reason": None, "nil_note": None, "confirmed_at": None, "locked_at": None}
    if revision is not None or release is not None:
        row["latest"] = True
    on_time = row["confirmed_at"] and row["confirmed_at"] <= due_at(row["region"], row["date"])
    row |= {
        # JSON arrives as text: Django does not decode it in raw statements.
        **{name: orjson.loads(row[name]) for name in ("printed_by_reason", "failed_by_reason")},
        # What the province has locked it need not wait for: what still changes says that it came later.
        "status": Status.FINAL
        if row["locked_at"]
        else status_of(row["region"], row["date"], moment),
        "due_at": due_at(row["region"], row["date"]),
        "on_time": None if row["confirmed_at"] is None else bool(on_time),
    }
    return cast("DailyRow", row)


_BEHIND = f"""
SELECT head.office_id AS region, head.seq AS head, coalesce(built.built_to, 0) AS built_to
  FROM registrations_ledgerhead head
  LEFT JOIN reports_buildhead built ON built.regency_id = head.office_id
 WHERE {inside_sql("head.office_id")}
   AND head.seq > coalesce(built.built_to, 0)
 ORDER BY 1
"""


def behind(code: str) -> list[dict[str, Any]]:
    """Regencies whose chain is past their revisions; empty when all is built."""
    return dicts(*behind_part(code))


def behind_part(code: str) -> tuple[str, dict[str, Any]]:
    """As `behind`, for a page that asks for several things at once (`core.db.at_once`)."""
    return _BEHIND, span(code)


#: Changes whenever any figure, basis, target, election or local day does.
FIGURES = """
SELECT concat_ws('.',
    (SELECT sum(seq) FROM registrations_ledgerhead),
    (SELECT sum(built_to) || '-' || sum(nil_days) FROM reports_buildhead),
    (SELECT max(id) FROM reports_basisdecision),
    (SELECT max(id) FROM reports_target),
    (SELECT max(id) FROM events_electiondecision),
    (SELECT max(id) FROM events_localday),
    nullif((SELECT known_reopened()), 0)
) AS stamp
"""


#: Beside the rows of a query, which a page reads anyway.
STAMP = RawSQL(FIGURES, [], output_field=CharField())  # noqa: S611 - our own text, without a value


_FIGURES_STAMP = hot("figures_stamp", FIGURES)


def figures_stamp() -> str:
    return str(_FIGURES_STAMP.rows()[0][0])


_LIVE_AND_STAMP = Statement(
    "live_token_and_stamp", f"SELECT live.*, ({FIGURES}) FROM ({LIVE_TOKEN_SQL}) live"
)


def live_token_and_stamp(digest: str) -> tuple[LiveToken, str] | None:
    """The token's owner and the state of the figures in one statement; None for an invalid token."""
    for row in look(_LIVE_AND_STAMP, live_token_params(digest)):
        return live_token_of_row(*row[:-1]), str(row[-1])
    return None


_LATEST = f"""
SELECT greatest(
    (SELECT max(day.service_date) FROM reports_regencyday day
      WHERE {inside_sql("day.regency_id")}),
    (SELECT max(greatest(basis.wajib_as_of, basis.recorded_as_of)) FROM reports_populationbasis basis
       JOIN reports_basisdecision decision
         ON decision.basis_id = basis.id AND decision.verdict = 'approved'
      WHERE basis.kind NOT IN ('derived', 'dp4', 'dpt') AND (basis.region_id = ANY (%(line)s)
                                         OR {inside_sql("basis.region_id")})),
    (SELECT max(%(today)s::date) FROM registrations_ledgerhead head
       LEFT JOIN reports_buildhead built ON built.regency_id = head.office_id
      WHERE {inside_sql("head.office_id")}
        AND head.seq > coalesce(built.built_to, 0))
) AS day
"""


def latest_day(code: str) -> date:
    """The last day for which a region has figures, never one in the future; else today."""
    today = timezone.localdate(timezone=ZoneInfo(zone_of(code)))
    # Below a regency the regency's own days decide: records are counted there.
    regency = ancestor(code, Level.REGENCY)
    [row] = dicts(_LATEST, {**span(regency), "line": lineage(regency), "today": today})
    last_day: date | None = row["day"]
    return min(last_day or today, today)


@dataclass(frozen=True)
class DayCounts:
    """How far the offices of a region are with a day, and what they counted."""

    offices: int
    reported: int
    confirmed: int
    locked: int
    #: None where no office has a report: what nobody counted is not nothing.
    recorded: int | None
    ikd: int | None
    failed: int | None

    @classmethod
    def of(cls, rows: list[dict[str, Any]]) -> DayCounts:
        """`rows`: of `day_of_regencies`."""
        return cls(
            offices=len(rows),
            reported=sum(row["revision"] is not None for row in rows),
            confirmed=sum(row["confirmed_at"] is not None for row in rows),
            locked=sum(row["locked_at"] is not None for row in rows),
            recorded=counted_in(rows, "recorded"),
            ikd=counted_in(rows, "ikd_activated"),
            failed=counted_in(rows, "failed"),
        )


def counted_in(rows: list[dict[str, Any]], name: str) -> int | None:
    """The sum over those of `day_of_regencies` that have a report; None when there is none."""
    counted = [row[name] for row in rows if row[name] is not None]
    return sum(counted) if counted else None


def _of_report(which: str) -> str:
    """What a report counts of these; an office without one has no number."""
    return (
        f"CASE WHEN day.id IS NOT NULL"
        f" THEN coalesce(sum(c.n) FILTER (WHERE {which}), 0)::bigint END"
    )


_OF_REGENCIES = f"""
SELECT region.code AS region, region.name, province.name AS province,
       day.revision, day.reason, day.built_at, day.ledger_seq,
       confirmation.confirmed_at, confirmation.nil_reason, day_lock.locked_at,
       head.seq AS head, coalesce(built.built_to, 0) AS built_to,
       {_of_report("c.service = 'recording' AND c.outcome = 'done'")} AS recorded,
       {_of_report("c.service = 'ikd_activation' AND c.outcome = 'done'")} AS ikd_activated,
       {_of_report("c.outcome = 'failed'")} AS failed
  FROM regions_region region
  JOIN regions_region province ON province.code = region.parent_id
  LEFT JOIN reports_regencyday day
    ON day.regency_id = region.code AND day.service_date = %(day)s AND day.latest
  LEFT JOIN reports_daycount c ON c.day_id = day.id AND c.service_date = %(day)s
  LEFT JOIN reports_dayconfirmation confirmation ON confirmation.day_id = day.id
  LEFT JOIN reports_daylock day_lock
    ON day_lock.regency_id = region.code AND day_lock.service_date = %(day)s
  LEFT JOIN registrations_ledgerhead head ON head.office_id = region.code
  LEFT JOIN reports_buildhead built ON built.regency_id = region.code
 WHERE region.level = 'regency'
   AND {inside_sql("region.code")}
 GROUP BY region.code, province.name, day.id, confirmation.id, day_lock.id, head.seq,
          built.built_to
 ORDER BY region.code
"""


def day_of_regencies(code: str, day: date) -> list[dict[str, Any]]:
    """Every regency within a region with the newest revision of its day, or none: who is missing. Without a
    report there is no `recorded`, `ikd_activated` or `failed` either: None.
    """
    return dicts(*regencies_part(code, day))


def regencies_part(code: str, day: date) -> tuple[str, dict[str, Any]]:
    """As `day_of_regencies`, for a page that asks for several things at once (`core.db.at_once`)."""
    return _OF_REGENCIES, {**span(code), "day": day}


_CELLS = f"""
SELECT c.service, c.category, c.outcome, c.reason, sum(c.n)::bigint AS n,
       sum(c.n) FILTER (WHERE {HOME} <> day.regency_id)::bigint AS outsiders
  FROM reports_regencyday day
  JOIN reports_daycount c ON c.day_id = day.id AND c.service_date = day.service_date
 WHERE day.regency_id = %(code)s AND day.service_date = %(day)s AND day.revision = %(revision)s
 GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 2, 4
"""


def day_cells(regency: str, day: date, revision: int) -> list[dict[str, Any]]:
    """A revision of a regency's day by service, category, outcome and reason."""
    return dicts(*cells_part(regency, day, revision))


def cells_part(regency: str, day: date, revision: int) -> tuple[str, dict[str, Any]]:
    """As `day_cells`, for a page that asks for several things at once (`core.db.at_once`)."""
    return _CELLS, {"code": regency, "day": day, "revision": revision}


@dataclass
class ServiceCounts:
    """What a regency's day says of one service."""

    done: int = 0
    pemula: int = 0
    outsiders: int = 0
    failed: int = 0


def by_service(cells: list[dict[str, Any]]) -> dict[str, ServiceCounts]:
    """`cells`: of `day_cells`. Services with a cell alone, in their usual order."""
    counts: dict[str, ServiceCounts] = defaultdict(ServiceCounts)
    for cell in cells:
        row = counts[cell["service"]]
        if cell["outcome"] == Outcome.FAILED:
            row.failed += cell["n"]
            continue
        row.done += cell["n"]
        row.outsiders += cell["outsiders"] or 0
        if cell["category"] == Category.PEMULA:
            row.pemula += cell["n"]
    return {name: counts[name] for name in Service.values if name in counts}


def in_words(reasons: dict[str, int], words: type[TextChoices]) -> list[tuple[str, int]]:
    """Reasons of a report with how often each was given."""
    return [
        (str(words(reason).label) if reason else _("not said"), n)
        for reason, n in sorted(reasons.items())
        if n
    ]
