"""The one selector behind every coverage figure: page, file and API show what it returns.

It runs as the database role `figures`, which sees all regions but only the ledger's counting
columns: a figure does not depend on who asks. Which regions somebody may ask for is checked
before (`Question.check`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import as_role, dicts
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import NATION
from events.selectors import next_election, working_days
from reports.enums import BasisKind, Indicator, Status, View
from reports.models import PopulationBasis, Release
from reports.selectors.basis import Figures, default_basis, figures, find_basis, span, targets
from reports.validators import gap_to_target, per_day, percent, percent_of_target

#: A page or an answer of more rows than this helps nobody; ask for a part.
MOST_ROWS = 2000
#: KTP-el recording began in this year.
EARLIEST = date(2011, 1, 1)
#: A day's figures are provisional for this long; later changes are marked as revisions of a final.
PROVISIONAL = timedelta(days=7)


@dataclass(frozen=True)
class Question:
    """What is asked: regions of `level` within `region`, on `day`."""

    region: Region
    level: Level
    day: date
    basis: PopulationBasis | None
    view: View = View.DOMICILE
    release: Release | None = None

    @classmethod
    def of(
        cls,
        *,
        by: Actor,
        region: Region,
        level: str | None = None,
        day: date | None = None,
        basis: str | None = None,
        view: str = View.DOMICILE,
        release: str | None = None,
    ) -> Question:
        """Raises NotFound outside the actor's region, Invalid naming what is allowed."""
        if not by.covers(region.pk):
            raise NotFound
        own = Level(region.level)
        wanted = Level(level) if level else own.below or own
        if own.is_below(wanted):
            raise Invalid(
                "level-above", _("Ask for the region's own level or one below."), field="level"
            )
        today = _today(region)
        when = day or today
        if when > today:
            raise Invalid(
                "date-future",
                _("This day has not come yet; the latest is %(day)s.") % {"day": today},
                field="date",
            )
        if when < EARLIEST:
            raise Invalid(
                "date-early",
                _("There are no figures before %(day)s.") % {"day": EARLIEST},
                field="date",
            )
        frozen = _release(release)
        chosen = (
            find_basis(basis)
            if basis
            else default_basis(region.pk, wanted, when, frozen.frozen_at if frozen else None)
        )
        if chosen and chosen.kind != BasisKind.DERIVED and chosen.recorded_as_of > when:
            raise Invalid(
                "basis-later",
                _("This basis is of %(day)s; ask for that day or a later one.")
                % {"day": chosen.recorded_as_of},
                field="date",
            )
        return cls(region, wanted, when, chosen, View(view), frozen)


def _release(text: str | None) -> Release | None:
    if not text:
        return None
    found = Release.objects.filter(name=text).first()
    if found is None and text.isascii() and text.isdigit() and len(text) < 10:
        found = Release.objects.filter(pk=int(text)).first()
    if found is None:
        raise Invalid("release-unknown", _("No such release."), field="release")
    return found


def _today(region: Region) -> date:
    return timezone.localdate(timezone=ZoneInfo(region.timezone))


# --- counting -------------------------------------------------------------------------------------

#: What is in revisions, and what came after them: one statement, so one moment.
_LIVE = """
SELECT cell.{dimension}_id AS code, cell.service, cell.category, cell.service_date,
       cell.n, cell.last_at
  FROM reports_daycount cell
  JOIN reports_regencyday day ON day.id = cell.day_id AND day.latest
 WHERE cell.outcome = 'done' AND cell.service IN ('recording', 'ikd_activation')
   AND cell.service_date BETWEEN %(after)s AND %(day)s
   AND (cell.{dimension}_id = %(code)s
        OR (cell.{dimension}_id >= %(low)s AND cell.{dimension}_id < %(high)s))
UNION ALL
SELECT led.{dimension}_id, led.service, led.category, led.service_date, led.weight, led.received_at
  FROM registrations_ledgerhead head
  LEFT JOIN reports_buildhead built ON built.regency_id = head.office_id
  JOIN registrations_servicerecord led
    ON led.office_id = head.office_id AND led.seq > coalesce(built.built_to, 0)
 WHERE head.seq > coalesce(built.built_to, 0)
   AND led.outcome = 'done' AND led.service IN ('recording', 'ikd_activation')
   AND led.service_date BETWEEN %(after)s AND %(day)s
   AND (led.{dimension}_id = %(code)s
        OR (led.{dimension}_id >= %(low)s AND led.{dimension}_id < %(high)s))
"""

#: A release: for every regency the newest revision that its frozen seq covers, nothing after.
_FROZEN = """
SELECT cell.{dimension}_id AS code, cell.service, cell.category, cell.service_date,
       cell.n, cell.last_at
  FROM (SELECT DISTINCT ON (day.regency_id, day.service_date) day.id
          FROM reports_releaseentry entry
          JOIN reports_regencyday day
            ON day.regency_id = entry.regency_id AND day.ledger_seq <= entry.ledger_seq
         WHERE entry.release_id = %(release)s
           AND day.service_date BETWEEN %(after)s AND %(day)s
         ORDER BY day.regency_id, day.service_date, day.revision DESC) AS chosen
  JOIN reports_daycount cell ON cell.day_id = chosen.id
 WHERE cell.outcome = 'done' AND cell.service IN ('recording', 'ikd_activation')
   AND (cell.{dimension}_id = %(code)s
        OR (cell.{dimension}_id >= %(low)s AND cell.{dimension}_id < %(high)s))
"""

_SUMS = """
SELECT left(code, %(cut)s) AS region,
       coalesce(sum(n) FILTER (WHERE service = 'recording'
                               AND service_date > %(since)s), 0)::bigint AS recorded,
       coalesce(sum(n) FILTER (WHERE service = 'ikd_activation'
                               AND service_date > %(since)s), 0)::bigint AS ikd,
       coalesce(sum(n) FILTER (WHERE service = 'recording'
                               AND service_date = %(day)s), 0)::bigint AS recorded_today,
       coalesce(sum(n) FILTER (WHERE service = 'recording' AND category = 'pemula'
                               AND service_date = %(day)s), 0)::bigint AS pemula_today,
       coalesce(sum(n) FILTER (WHERE service = 'ikd_activation'
                               AND service_date = %(day)s), 0)::bigint AS ikd_today,
       max(last_at) AS last_at
  FROM ({cells}) AS cells
 GROUP BY 1
"""

_EMPTY = {
    "recorded": 0,
    "ikd": 0,
    "recorded_today": 0,
    "pemula_today": 0,
    "ikd_today": 0,
    "last_at": None,
}


def cells_of(question: Question) -> tuple[str, dict[str, Any]]:
    dimension = "domicile" if question.view == View.DOMICILE else "place"
    # Without a basis there is nothing to add to: only the day itself is counted.
    since = question.basis.recorded_as_of if question.basis else question.day
    params: dict[str, Any] = {
        **span(question.region.pk),
        "since": since,
        "after": min(since + timedelta(days=1), question.day),
        "day": question.day,
    }
    if question.release:
        params["release"] = question.release.pk
        return _FROZEN.format(dimension=dimension), params
    return _LIVE.format(dimension=dimension), params


def _counted(question: Question) -> dict[str, dict[str, Any]]:
    cells, params = cells_of(question)
    params["cut"] = 0 if question.level == Level.NATION else question.level.code_length
    with as_role("figures"):
        rows = dicts(_SUMS.format(cells=cells), params)
    return {row["region"] or NATION: row for row in rows}


_REVISIONS = """
SELECT day.regency_id AS regency, max(day.revision) AS revision
  FROM reports_regencyday day
  {release}
 WHERE day.service_date = %(day)s
   AND (day.regency_id = %(code)s OR (day.regency_id >= %(low)s AND day.regency_id < %(high)s))
 GROUP BY 1
"""
_OF_RELEASE = """
JOIN reports_releaseentry entry ON entry.release_id = %(release)s
 AND entry.regency_id = day.regency_id AND day.ledger_seq <= entry.ledger_seq
"""


def _revisions(question: Question) -> dict[str, int]:
    """The day's revision of each regency; above regencies the highest within."""
    code = question.region.pk
    params: dict[str, Any] = {**span(code if len(code) <= 5 else code[:5]), "day": question.day}
    if question.release:
        params["release"] = question.release.pk
    sql = _REVISIONS.format(release=_OF_RELEASE if question.release else "")
    found: dict[str, int] = defaultdict(int)
    cut = min(question.level.code_length, 5)
    for row in dicts(sql, params):
        key = NATION if question.level == Level.NATION else row["regency"][:cut]
        found[key] = max(found[key], row["revision"])
    return found


# --- rows -----------------------------------------------------------------------------------------


def coverage(question: Question) -> list[dict[str, Any]]:
    """One row a region, in code order. Percentages are text with two decimals; unknown is None."""
    regions = _regions(question)
    codes = [region["code"] for region in regions]
    basis = question.basis
    known = figures(basis, question.region.pk, question.level) if basis else {}
    counted = _counted(question)
    revisions = _revisions(question)
    recording = targets(Indicator.RECORDING, codes, question.day.year)
    ikd = targets(Indicator.IKD, codes, question.day.year)
    days = _days_left(question, codes)
    return [
        {
            **_figures_of(
                question,
                region,
                known.get(region["code"], Figures({})),
                counted.get(region["code"], _EMPTY),
                (recording[region["code"]], ikd[region["code"]]),
                days[region["code"]],
            ),
            "revision": revisions.get(_regency_key(region["code"])),
        }
        for region in regions
    ]


def _regency_key(code: str) -> str:
    return code[:5]


def differences(question: Question) -> list[dict[str, Any]]:
    """Where a region's own figure and the sum of its parts differ: shown, never smoothed away."""
    if question.basis is None:
        return []
    own = Level(question.region.level)
    levels = {own, question.level}
    return [
        {"region": code, **difference}
        for level in sorted(levels, key=list(Level).index)
        for code, found in sorted(figures(question.basis, question.region.pk, level).items())
        for difference in found.differences()
    ]


def _regions(question: Question) -> list[dict[str, Any]]:
    found = Region.objects.within(question.region.pk).level(question.level).order_by("code")
    rows: list[Any] = list(found.values("code", "name", "level", "timezone")[: MOST_ROWS + 1])
    if len(rows) > MOST_ROWS:
        raise Invalid(
            "too-many-rows",
            _("More than %(most)s regions: ask for a part of them.") % {"most": MOST_ROWS},
            field="level",
        )
    return rows


def _days_left(question: Question, codes: list[str]) -> dict[str, int]:
    """Working or opened days after the day, to the next election, else to the end of the year."""
    election = next_election(question.region.pk, question.day)
    last = election.held_on if election else date(question.day.year, 12, 31)
    return working_days(codes, question.day + timedelta(days=1), last)


def plus(figure: int | None, added: int) -> int | None:
    return None if figure is None else figure + added


def _figures_of(
    question: Question,
    region: dict[str, Any],
    known: Figures,
    counted: dict[str, Any],
    target: tuple[Any, Any],
    days: int,
) -> dict[str, Any]:
    basis = question.basis
    wajib, printed = known.value("wajib"), known.value("printed")
    recorded = plus(known.value("recorded"), counted["recorded"])
    unrecorded = plus(known.value("unrecorded"), -counted["recorded"])
    activated = plus(known.value("ikd_activated"), counted["ikd"])
    gap = gap_to_target(recorded, wajib, target[0])
    return {
        "region": region["code"],
        "name": region["name"],
        "level": region["level"],
        "date": question.day,
        "basis": basis.name if basis else None,
        "basis_kind": basis.kind if basis else None,
        "wajib_as_of": basis.wajib_as_of if basis else None,
        "recorded_as_of": basis.recorded_as_of if basis else None,
        "wajib_ktp": wajib,
        "recorded": recorded,
        "unrecorded": unrecorded,
        "recorded_percent": percent(recorded, wajib),
        "printed": printed,
        "printed_percent": percent(printed, recorded),
        "ikd_activated": activated,
        "ikd_percent_of_base": percent(activated, recorded),
        "ikd_percent_of_target": percent_of_target(activated, recorded, target[1]),
        "target_percent": str(target[0]) if target[0] is not None else None,
        "gap_to_target": gap,
        "needed_per_day": per_day(gap, days),
        "recorded_today": counted["recorded_today"],
        "recorded_today_pemula": counted["pemula_today"],
        "ikd_today": counted["ikd_today"],
        "status": _status(question, region),
        "revision": None,
        "as_of": counted["last_at"] or _end_of(basis, region),
    }


#: Columns of a coverage row, in the order of every file.
COLUMNS = (
    "region name level date basis basis_kind wajib_as_of recorded_as_of wajib_ktp recorded"
    " unrecorded recorded_percent printed printed_percent ikd_activated ikd_percent_of_base"
    " ikd_percent_of_target target_percent gap_to_target needed_per_day recorded_today"
    " recorded_today_pemula ikd_today status revision as_of"
).split()


def _end_of(basis: PopulationBasis | None, region: dict[str, Any]) -> datetime | None:
    """The last moment of the basis' own count, when nothing was counted since."""
    if basis is None:
        return None
    zone = ZoneInfo(region["timezone"])
    return datetime.combine(basis.recorded_as_of, time(23, 59, 59), zone)


def _status(question: Question, region: dict[str, Any]) -> Status:
    """A day closes at local midnight (15, 16 or 17 UTC) and is final seven days later."""
    moment = question.release.frozen_at if question.release else timezone.now()
    today = moment.astimezone(ZoneInfo(region["timezone"])).date()
    if today <= question.day:
        return Status.LIVE
    return Status.PROVISIONAL if today <= question.day + PROVISIONAL else Status.FINAL
