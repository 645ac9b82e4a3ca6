"""The monthly report of burials: counted for an office, put together of its offices for a province.

A burial counts in the month in which it was written down, once; a void one nowhere. Whoever was received
from another office counts apart: the village of the grave has reported them.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson
from django.db.models import Count, F, Q, Value
from django.db.models.functions import Concat, Lower

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region, inside
from dukcapil.regions.selectors import regions_below
from registrations.burials.enums import REPORT_WITHIN
from registrations.burials.models import Burial, BurialBooks, BurialReport

#: Counts of a row, in the order of the columns. The first is the sum of the next four.
COUNTS = (
    *("burials", "matched", "waiting", "not_found", "handed_over"),
    *("late", "filed", "certificates", "received"),
)
#: Counts of who reports at all, and of what.
REACH = ("villages", "villages_reported", "cemeteries", "cemeteries_reported")


def percent(part: int | None, whole: int | None) -> Decimal | None:
    """With two decimals; None where either is unknown, or there is nothing to divide by."""
    if part is None or not whole:
        return None
    return (Decimal(100 * part) / whole).quantize(Decimal("0.01"), ROUND_HALF_UP)


def first_day(day: date) -> date:
    return day.replace(day=1)


def month_after(month: date) -> date:
    return first_day(month + timedelta(days=32))


def due_of(region: str, month: date) -> date:
    """Heads of offices report by the 28th, the governor by the 5th of the next month."""
    is_office = len(region) == Level.REGENCY.code_length
    return month.replace(day=28) if is_office else month_after(month).replace(day=5)


def region_of(by: Actor) -> str:
    """Whose report somebody sends and sees. Raises NotFound where there is none."""
    if by.office is not None:
        return by.office
    if len(by.region) != Level.PROVINCE.code_length or by.region == "00":
        raise NotFound
    return by.region


# --- an office, counted ---------------------------------------------------------------------------


def counted(by: Actor, office: str, month: date) -> dict[str, Any]:
    """What the report of an office says now: villages that have something, and the whole."""
    until = month_after(month)
    seen = Burial.objects.visible_to(by).filter(office_id=office, reported_on__lt=until)
    standing = seen.exclude(state="void")
    rows: list[Any] = list(
        standing.filter(reported_on__gte=month)
        .values("village_id", "village__name")
        .annotate(**_counts())
        .order_by("village_id")
    )
    villages = len(regions_below(office, [Level.VILLAGE]))
    own = standing.filter(received__isnull=True)
    place = Concat("village_id", Value(" "), Lower("cemetery"))
    places = own.annotate(place=place).aggregate(
        ever=Count("place", distinct=True),
        lately=Count("place", distinct=True, filter=Q(reported_on__gte=month)),
    )
    books = books_of([office], until - timedelta(days=1)).get(office)
    keyed = books.cemeteries if books else None
    return _content(
        [_row(row["village_id"], row["village__name"], row) for row in rows],
        {
            "villages": villages,
            "villages_reported": sum(row["burials"] > 0 for row in rows),
            "cemeteries": max(keyed or 0, places["ever"]) or None,
            "cemeteries_reported": places["lately"],
        },
        [books] if books else [],
    )


def _counts() -> dict[str, Any]:
    here = Q(received__isnull=True)

    def n(condition: Q) -> Count:
        return Count("pk", filter=here & condition)

    return {
        "burials": n(Q()),
        "matched": n(Q(state="matched")),
        "waiting": n(Q(state__in=["new", "asked"])),
        "not_found": n(Q(state="not_found")),
        "handed_over": n(Q(state="handed_over")),
        # Of who is erased the day of death is not known any more.
        "late": n(Q(sealed__isnull=False, reported_on__gt=F("died_on") + REPORT_WITHIN)),
        "filed": n(Q(filed_on__isnull=False)),
        "certificates": n(Q(certificate__isnull=False)),
        "received": Count("pk", filter=~here),
    }


def _row(code: str, name: str, counts: dict[str, Any] | None) -> dict[str, Any]:
    """Null: nothing was reported, which is not zero."""
    return {
        "code": code,
        "name": name,
        **{column: counts[column] if counts else None for column in COUNTS},
    }


def _content(
    rows: list[dict[str, Any]], reach: dict[str, int | None], books: Iterable[BurialBooks]
) -> dict[str, Any]:
    keyed = list(books)
    known = [row for row in rows if row["burials"] is not None]
    return {
        "rows": rows,
        "totals": {
            column: None if rows and not known else sum(row[column] for row in known)
            for column in COUNTS
        },
        "reach": reach,
        "books": {
            "offices": len(keyed),
            "books": sum(one.books for one in keyed) if keyed else None,
            "villages": sum(one.villages for one in keyed) if keyed else None,
        },
    }


def books_of(offices: Iterable[str], day: date) -> dict[str, BurialBooks]:
    """The newest count of each office up to a day."""
    rows = BurialBooks.objects.filter(office_id__in=list(offices), as_of__lte=day)
    newest = rows.order_by("office_id", "-as_of", "-pk").distinct("office_id")
    return {one.office_id: one for one in newest}


# --- a province, of the reports of its offices ----------------------------------------------------


def put_together(province: str, month: date) -> tuple[dict[str, Any], list[BurialReport]]:
    """What the offices sent, and their reports. An office that sent none has no numbers."""
    offices = [one for one in regions_below(province, [Level.REGENCY]) if one.pk != province]
    sent = newest_reports([one.pk for one in offices], month)
    keyed = books_of([one.pk for one in offices], month_after(month) - timedelta(days=1))
    rows = []
    for one in offices:
        report = sent.get(one.pk)
        row = _row(one.pk, one.name, report.content["totals"] if report else None)
        reach = report.content["reach"] if report else dict.fromkeys(REACH)
        rows.append({**row, **reach})
    content = _content(rows, _reach_of(rows), keyed.values())
    content["offices"], content["offices_reported"] = len(offices), len(sent)
    return content, [sent[code] for code in sorted(sent)]


def _reach_of(rows: list[dict[str, Any]]) -> dict[str, int | None]:
    """Of the offices that sent a report; cemeteries of those that know theirs."""
    known = [row for row in rows if row["burials"] is not None]
    if not known:
        return dict.fromkeys(REACH)
    counting = [row for row in known if row["cemeteries"] is not None]
    return {
        "villages": sum(row["villages"] for row in known),
        "villages_reported": sum(row["villages_reported"] for row in known),
        "cemeteries": sum(row["cemeteries"] for row in counting) if counting else None,
        "cemeteries_reported": (
            sum(row["cemeteries_reported"] for row in counting) if counting else None
        ),
    }


def newest_reports(regions: Iterable[str], month: date) -> dict[str, BurialReport]:
    rows = BurialReport.objects.filter(region_id__in=list(regions), month=month)
    newest = rows.order_by("region_id", "-made_at").distinct("region_id")
    return {one.region_id: one for one in newest.select_related("region", "made_by")}


def content_now(by: Actor, region: str, month: date) -> tuple[dict[str, Any], list[BurialReport]]:
    """What a report would say if it was sent now, and of which reports it is made."""
    if len(region) == Level.REGENCY.code_length:
        return counted(by, region, month), []
    return put_together(region, month)


def digest_of(content: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True)
class Rates:
    """Who reports, with both denominators; and registers as the newest count of offices has them."""

    villages: Decimal | None
    cemeteries: Decimal | None
    books: Decimal | None


def rates_of(content: dict[str, Any]) -> Rates:
    reach, books = content["reach"], content["books"]
    return Rates(
        percent(reach["villages_reported"], reach["villages"]),
        percent(reach["cemeteries_reported"], reach["cemeteries"]),
        percent(books["books"], books["villages"]),
    )


def counts_below(by: Actor, region: Region) -> tuple[dict[str, int], int]:
    """For programs: standing burials within a region by state; and how many other offices handed over,
    which count where the grave lies.
    """
    standing = Burial.objects.visible_to(by).exclude(state="void")
    column = "village_id" if region.level > Level.REGENCY else "office_id"
    standing = standing.filter(inside(column, region.pk))
    own = standing.filter(received__isnull=True).values("state").annotate(n=Count("pk")).order_by()
    received = standing.filter(received__isnull=False).count()
    return {row["state"]: row["n"] for row in own}, received


def get_report_or_404(by: Actor, report_id: uuid.UUID) -> BurialReport:
    """Of the own region, or of one below it."""
    report = BurialReport.objects.select_related("region").filter(pk=report_id).first()
    if report is None or not by.covers(report.region_id):
        raise NotFound
    return report
