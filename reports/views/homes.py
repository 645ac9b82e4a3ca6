"""The first page of who serves nobody: of a province, the nation, an administrator, a village."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils.translation import override
from redis.exceptions import RedisError

from dukcapil.accounts.permissions import Permission, Role
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import together
from dukcapil.core.live import live
from dukcapil.core.redis import client
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import ancestor
from events.elections.selectors import next_elections
from registrations.cards.selectors.backlog import kept_by
from reports.coverage.enums import View
from reports.coverage.selectors.row import CoverageRow
from reports.daily.selectors.daily import behind
from reports.daily.selectors.reporting import reporting
from reports.daily.selectors.today import countdown
from reports.duties.selectors.day import backlog_asked
from reports.duties.selectors.duties import (
    asked_of,
    duties_of,
    first_days_asked,
    openings_asked,
    queues_asked,
    queues_of,
    unplanned,
)
from reports.exports import remembered
from reports.files.renderers.reminder import reminder
from reports.views.duties import opening_waits, queue_words, waiting
from reports.views.question import ranked_answer, shown_answer

#: Regions that a province looks at first.
WORST = 5
#: Nothing of this page changes by the second.
EVERY_SECONDS = 60


def home_of(request: StaffRequest, actor: Actor) -> HttpResponse:
    region: Region = request.posting.region
    day = actor.today
    administers = actor.role == Role.ADMINISTRATOR
    shown, ranked, election, offices, held_on = remembered(
        {"home": region.pk, "day": day},
        lambda: (
            shown_answer(actor, region, day, "", View.DOMICILE),
            ranked_answer(actor, region, day),
            countdown(region.pk, day),
            *_offices(region, day),
        ),
    )
    duties = asked_of(actor)
    found, counts = together(
        openings_asked(region.pk, held_on, day) | first_days_asked(actor) | backlog_asked(region),
        duties | (queues_asked() if administers else {}),
    )
    lines = waiting(duties_of(counts, found), actor)
    not_planned = unplanned(held_on, found.get("openings", []), day)
    if actor.office and actor.may(Permission.OPENINGS_CONFIRM):
        lines = [*opening_waits(not_planned), *lines]
    rows = worst_first(ranked.answer.rows) if ranked.question.level != region.level else []
    context: dict[str, Any] = {
        "region": region,
        "day": day,
        "level": region.level,
        "total": shown.answer.whole,
        "question": shown.question,
        "ranked": ranked.question,
        "election": election,
        "waiting": lines,
        "worst": rows[:WORST],
        "query": f"?date={day}",
        "backlog": kept_by(found.get("backlog", [])).get(region.pk),
        "keeps_statuses": not Level(region.level).is_below(Level.REGENCY),
    }
    if region.level == Level.PROVINCE:
        context |= _not_reported(region, day, offices)
        context["unplanned"] = [(code, offices[code], on) for code, on in not_planned]
    elif region.level == Level.NATION:
        context["provinces"] = _provinces(rows, day)
    if administers:
        context |= {
            "queues": [queue_words(state) for state in queues_of(counts)],
            "behind": len(behind(region.pk)),
            "redis": _redis_answers(),
        }
    return live(request, "reports/home.html", "reports/_home.html", context, every=EVERY_SECONDS)


def _offices(region: Region, day: date) -> tuple[dict[str, str], dict[str, date]]:
    """The offices of a province (or the one) by name, and of each the day of its own next election."""
    if region.level not in (Level.PROVINCE, Level.REGENCY):
        return {}, {}
    within = Region.objects.within(region.pk).level(Level.REGENCY).order_by("code")
    offices = dict(within.values_list("code", "name"))
    coming = next_elections(offices, day)
    return offices, {code: election.held_on for code, election in coming.items() if election}


def worst_first(rows: list[CoverageRow]) -> list[CoverageRow]:
    """The lowest percentage first; who has none comes last, those with the larger gap before."""

    def place(row: CoverageRow) -> tuple[bool, Decimal, int]:
        share = row["recorded_percent"]
        return share is None, Decimal(share or 0), -(row["gap_to_target"] or row["unrecorded"] or 0)

    return sorted(rows, key=place)


def _not_reported(region: Region, day: date, names: dict[str, str]) -> dict[str, Any]:
    """Offices with days that were due and are not confirmed, those with the most first."""
    rates = reporting(region.pk, day - timedelta(days=1))
    late = sorted(
        ((code, rate["missing"]) for code, rate in rates.items() if rate["missing"]),
        key=lambda one: (-len(one[1]), one[0]),
    )
    with override("id"):
        lines = [(names[code], days) for code, days in late]
        text = reminder(region.name, day, lines) if late else ""
    return {
        "offices": len(rates),
        "late": [(code, names[code], days[0], len(days)) for code, days in late],
        "reminder": text,
    }


def _provinces(rows: list[CoverageRow], day: date) -> list[dict[str, Any]]:
    """Each province with how many of its offices owe a day."""
    offices: dict[str, int] = defaultdict(int)
    late: dict[str, int] = defaultdict(int)
    for code, rate in reporting("00", day - timedelta(days=1)).items():
        province = ancestor(code, Level.PROVINCE)
        offices[province] += 1
        late[province] += bool(rate["missing"])
    return [
        dict(row) | {"offices": offices[row["region"]], "late": late[row["region"]]} for row in rows
    ]


def _redis_answers() -> bool:
    try:
        return bool(client().ping())
    except RedisError:
        return False
