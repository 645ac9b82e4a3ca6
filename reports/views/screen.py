"""The control room: a region's day on a television. No person is on it, and no event by invitation."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.live import live
from dukcapil.regions.enums import today_in
from dukcapil.regions.validators import borders_of
from events.planning.selectors.schedule import public_events
from reports.coverage.enums import Measure, View
from reports.coverage.selectors.mapped import Beside, mapped
from reports.daily.selectors.today import countdown
from reports.exports import remembered
from reports.views.homes import worst_first
from reports.views.question import crumbs_of, ranked_answer, shown_answer

#: Regions at either end, and events, that are read from across a room.
ENDS, EVENTS = 5, 7
#: How often it asks for news; nothing new draws nothing.
EVERY_SECONDS = 20


@require_safe
@page(Permission.COVERAGE_VIEW)
def screen_page(request: StaffRequest, actor: Actor, code: str | None = None) -> HttpResponse:
    region = crumbs_of(actor, code or actor.region)[-1]
    day = today_in(region.pk)
    shown, ranked, election = remembered(
        {"screen": region.pk, "day": day},
        lambda: (
            shown_answer(actor, region, day, "", View.DOMICILE),
            ranked_answer(actor, region, day),
            countdown(region.pk, day),
        ),
    )
    rows = worst_first(ranked.answer.rows) if ranked.question.level != region.level else []
    rows = [row for row in rows if row["recorded_percent"]]
    running = list(public_events(region=region.pk, day=day)[: EVENTS + 1])
    classes = mapped(Measure.PERCENT, rows, Beside({}, {}), day)
    parts = [{"row": row, "band": classes.bands[row["region"]]} for row in rows]
    slides = {
        "counter": True,
        "map": bool(rows) and borders_of(region.pk) is not None,
        "countdown": election is not None,
        "ranking": len(rows) > 1,
        "events": bool(running),
    }
    context: dict[str, Any] = {
        "region": region,
        "day": day,
        "total": shown.answer.whole,
        "question": shown.question,
        "ranked": ranked.question,
        "election": election,
        "parts": parts,
        "classes": classes.classes,
        "worst": rows[:ENDS],
        "best": rows[::-1][: min(ENDS, len(rows) // 2)],
        "running": running[:EVENTS],
        "more": len(running) > EVENTS,
        "map": borders_of(region.pk),
        "slides": [name for name, there in slides.items() if there],
    }
    return live(
        request, "reports/screen.html", "reports/_screen.html", context, every=EVERY_SECONDS
    )
