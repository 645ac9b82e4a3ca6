"""What is wrong at this moment, in every office: each kind in a statement or a few, for any number of
offices. Asked by the job, within the scope of everybody. Counts, days and places; no person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from dukcapil.accounts.models import Posting
from dukcapil.core.db import dicts
from dukcapil.core.work import WAITING
from dukcapil.regions.enums import Zone, day_of
from dukcapil.regions.validators import NATION
from events.elections.enums import Colour, Sign
from events.elections.models import Opening
from events.elections.selectors import OpeningNow, shown
from events.incidents.models import IncidentOffice
from events.planning.enums import EventState
from events.resources.models import Assignment
from events.stock.enums import AccountKind, Item
from events.stock.models import StockAccount
from events.stock.selectors import balances
from registrations.ledger.enums import RowKind, SetAside
from registrations.ledger.models import ServiceRecord
from reports.alerts.enums import AT_WORK, KINDS, AlertKind
from reports.alerts.models import AlertMail
from reports.alerts.selectors.rules import Rules
from reports.cover.selectors.cover import cover_of
from reports.daily.selectors.reporting import reporting
from reports.releases.enums import ReleaseKind

_HOUR = timedelta(hours=1)
#: Within which coverage is compared, and a little more: cuts are not made on the second.
_WEEK = timedelta(days=7, hours=12)


@dataclass(frozen=True)
class Cause:
    kind: str
    region: str
    #: As `Alert.subject`.
    subject: str = ""
    #: As JSON keeps it.
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        return self.kind, self.region, self.subject


def causes(rules: Rules, now: datetime) -> list[Cause]:
    """All that is to be told now."""
    return [cause for find in _FINDERS for cause in find(rules, now)]


def days_now(now: datetime) -> set[date]:
    """The day that it is, in each zone."""
    return {now.astimezone(ZoneInfo(zone)).date() for zone in Zone}


def at_work(now: datetime) -> set[str]:
    """Offices in which somebody works today who could see to it."""
    posted = posted_now(now).filter(role__in=AT_WORK)
    return set(posted.values_list("region_id", flat=True).distinct())


def posted_now(now: datetime) -> QuerySet[Posting]:
    """Postings of the day that it is, in any zone."""
    days = days_now(now)
    return Posting.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=min(days)), starts_on__lte=max(days)
    )


# --- openings and incidents -----------------------------------------------------------------------


def _not_open(rules: Rules, now: datetime) -> Iterator[Cause]:
    openings = Opening.everything.filter(day__in=days_now(now), ended_at=None)
    found = openings.select_related("office", "point").order_by("office_id", "opens_at", "pk")
    for one in shown(list(found), now):
        if one.day != day_of(now, one.office) or one.colour != Colour.RED:
            continue
        stopped = one.last is not None and one.last.state == Sign.STOPPED
        late = (now - _opens(one)) / timedelta(minutes=1)
        standing = rules.of(AlertKind.OFFICE_NOT_OPEN, one.office)
        # An office that says that it stopped is not waited for.
        if standing.is_on and (stopped or late >= float(standing.number)):
            facts = {
                "point": one.point.name if one.point else "",
                "from": f"{one.opens_at:%H.%M} {one.zone_label}",
                "stopped": stopped,
            }
            yield Cause(AlertKind.OFFICE_NOT_OPEN, one.office, str(one.id), facts)


def _opens(one: OpeningNow) -> datetime:
    return datetime.combine(one.day, one.opens_at, ZoneInfo(one.zone))


def _overdue(rules: Rules, now: datetime) -> Iterator[Cause]:
    late = IncidentOffice.objects.filter(until=None, incident__due__lt=now)
    rows = late.order_by("office_id", "pk").values_list(
        "office_id", "incident_id", "incident__kind", "incident__due"
    )
    for office, incident, kind, due in rows:
        if due and rules.told(AlertKind.INCIDENT_OVERDUE, office, (now - due) / _HOUR):
            facts = {"kind": kind, "due": due.isoformat()}
            yield Cause(AlertKind.INCIDENT_OVERDUE, office, str(incident), facts)


def _broken(rules: Rules, now: datetime) -> Iterator[Cause]:
    """Devices with an open fault that an approved event uses, or will within the days of the rule. Told
    where the event is: there somebody waits for it. Of several uses the next one.
    """
    ahead = timedelta(days=int(KINDS[AlertKind.DEVICE_DOWN_ON_EVENT_DAY].most) + 1)
    uses = (
        Assignment.objects.filter(
            device__faults__until=None,
            device__faults__isnull=False,
            event__state=EventState.APPROVED,
            period__endswith__gt=now,
            period__startswith__lt=now + ahead,
        )
        .order_by("period", "pk")
        .values_list("device_id", "device__label", "event__office_id", "event__title", "period")
    )
    told: set[tuple[str, int]] = set()
    for device, label, office, title, period in uses:
        today, day = day_of(now, office), day_of(period.lower, office)
        standing = rules.of(AlertKind.DEVICE_DOWN_ON_EVENT_DAY, office)
        is_near = (day - today).days <= standing.number
        if standing.is_on and is_near and (office, device) not in told:
            told.add((office, device))
            facts = {"device": label, "event": title, "day": str(max(day, today))}
            yield Cause(AlertKind.DEVICE_DOWN_ON_EVENT_DAY, office, str(device), facts)


# --- reports --------------------------------------------------------------------------------------


def _owed(rules: Rules, now: datetime) -> Iterator[Cause]:
    """Days on which somebody was served are one thing, days on which nobody was another."""
    working = sorted(at_work(now))
    yesterday = max(days_now(now)) - timedelta(days=1)
    for office, rates in reporting(NATION, yesterday, working).items():
        served = set(rates["missing_served"])
        empty = [day for day in rates["missing"] if day not in served]
        for kind, days in (
            (AlertKind.NO_REPORT, rates["missing_served"]),
            (AlertKind.NIL_WITHOUT_REASON, empty),
        ):
            if days and rules.told(kind, office, len(days)):
                facts = {"n": len(days), "first": str(min(days))}
                yield Cause(kind, office, facts=facts)


def _doubtful(rules: Rules, now: datetime) -> Iterator[Cause]:
    """Only where the office itself decides: nothing is said of what another office recorded."""
    decided = ServiceRecord.everything.filter(ref_id=OuterRef("pk"))
    waiting = ServiceRecord.everything.filter(
        row_kind=RowKind.RECORD, weight=0, set_aside_code__in=SetAside.of_one_office()
    )
    counted = (
        waiting.exclude(Exists(decided))
        .order_by()
        .values("office_id")
        .annotate(n=Count("pk"), first=Min("received_at"))
    )
    for row in counted:
        if rules.told(AlertKind.DOUBTFUL_RECORDS, row["office_id"], row["n"]):
            facts = {"n": row["n"], "first": str(day_of(row["first"], row["office_id"]))}
            yield Cause(AlertKind.DOUBTFUL_RECORDS, row["office_id"], facts=facts)


# --- coverage -------------------------------------------------------------------------------------

#: The newest nightly cut beside the highest of the week before it *on the same basis*: another basis
#: moves the figure too, and nothing is wrong.
_FELL = """
WITH cuts AS (
    SELECT id, row_number() OVER (ORDER BY frozen_at DESC, id DESC) AS age
      FROM reports_release WHERE kind = %(working)s AND frozen_at > %(since)s
), told AS (
    SELECT answer.region_id, cuts.age, answer.row ->> 'basis' AS basis,
           (answer.row ->> 'recorded_percent')::numeric AS share,
           (answer.row ->> 'recorded')::bigint AS recorded, answer.row ->> 'date' AS day
      FROM cuts
      JOIN reports_releaseanswer answer ON answer.release_id = cuts.id
      JOIN regions_region region ON region.code = answer.region_id AND region.level = 'regency'
     WHERE answer.row ->> 'recorded_percent' IS NOT NULL
)
SELECT DISTINCT ON (latest.region_id) latest.region_id AS office, latest.basis,
       latest.share, latest.recorded, earlier.share AS share_before,
       earlier.recorded AS recorded_before, earlier.day
  FROM told latest
  JOIN told earlier ON earlier.region_id = latest.region_id AND earlier.basis = latest.basis
   AND earlier.age > 1 AND earlier.share > latest.share
 WHERE latest.age = 1
 ORDER BY latest.region_id, earlier.share DESC, earlier.age
"""


def _fell(rules: Rules, now: datetime) -> Iterator[Cause]:
    since = now - _WEEK
    for row in dicts(_FELL, {"working": ReleaseKind.WORKING, "since": since}):
        points: Decimal = row["share_before"] - row["share"]
        if rules.told(AlertKind.COVERAGE_DROP, row["office"], points):
            facts = {
                "before": str(row["share_before"]),
                "after": str(row["share"]),
                "fewer": row["recorded_before"] - row["recorded"],
                "since": row["day"],
                "basis": row["basis"],
            }
            yield Cause(AlertKind.COVERAGE_DROP, row["office"], facts=facts)


# --- cards ----------------------------------------------------------------------------------------


def _few_cards(rules: Rules, now: datetime) -> Iterator[Cause]:
    """Below the office's own threshold, or for fewer days than the rule says. An office without a first
    count is not known, and nothing is said of it.
    """
    today = min(days_now(now))
    for item in Item.moved():
        yield from _few_of(item, rules, today)


def _few_of(item: Item, rules: Rules, today: date) -> Iterator[Cause]:
    opened = StockAccount.objects.filter(
        kind=AccountKind.OFFICE, item=item, point=None, opened_at__isnull=False
    )
    codes = sorted(opened.values_list("office_id", flat=True))
    if not codes:
        return
    thresholds = balances(codes, item, today)
    for office, cover in cover_of(codes, today, item).items():
        standing = rules.of(AlertKind.STOCK_LOW, office)
        if cover.cards is None or not standing.is_on:
            continue
        threshold = thresholds[office].threshold
        few_days = cover.days is not None and cover.days < standing.number
        if cover.cards < threshold or few_days:
            facts = {"left": cover.cards, "threshold": threshold, "days": cover.text}
            yield Cause(AlertKind.STOCK_LOW, office, str(item), facts=facts)


# --- mail -----------------------------------------------------------------------------------------


def _not_mailed(rules: Rules, now: datetime) -> Iterator[Cause]:
    """One server is one cause, however many mails wait for it. A full mailbox is none."""
    standing = rules.of(AlertKind.MAIL_NOT_SENT, NATION)
    if not standing.is_on:
        return
    waiting = AlertMail.objects.filter(
        state=WAITING, held_at=None, attempts__gte=int(standing.number)
    )
    found = waiting.aggregate(n=Count("pk"), first=Min("created_at"))
    if found["n"]:
        facts = {"n": found["n"], "first": found["first"].isoformat()}
        yield Cause(AlertKind.MAIL_NOT_SENT, NATION, facts=facts)


_FINDERS: tuple[Callable[[Rules, datetime], Iterator[Cause]], ...] = (
    _not_open,
    _overdue,
    _broken,
    _few_cards,
    _owed,
    _doubtful,
    _fell,
    _not_mailed,
)
