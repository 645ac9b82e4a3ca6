"""Duties and stops of a plan, as rows. Steps: whoever takes them has the plan's row."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

from events.venues.models import Venue
from reports.planner.models.plans import Plan, PlanDuty, PlanStop

Row = dict[str, Any]


def save_duties(plan: Plan, rows: Iterable[Row], costs: dict[tuple[str, str], int]) -> None:
    """`rows`: duties as a plan's JSON has them; `costs`: rupiah by team and date."""
    pins = {(pin["site"], pin["date"]) for pin in plan.instance["pins"]}
    places = _places(plan)
    duties, stops = [], []
    for row in rows:
        duty = PlanDuty(
            plan=plan,
            office_id=plan.office_id,
            day=date.fromisoformat(row["date"]),
            team=row["team"],
            kits=row["kits"],
            start=row["start"],
            end=row["end"],
            depart=row["depart"],
            back=row["return"],
            cost=costs[row["team"], row["date"]],
        )
        duties.append(duty)
        for number, stop in enumerate(row["stops"], start=1):
            village, venue = places.get(stop["site"], (None, None))
            stops.append(
                PlanStop(
                    duty=duty,
                    office_id=plan.office_id,
                    number=number,
                    site=stop["site"],
                    village_id=village,
                    venue_id=venue,
                    arrive=stop["arrive"],
                    begin=stop["begin"],
                    minutes=stop["minutes"],
                    expected=stop["expected"],
                    pinned=(stop["site"], row["date"]) in pins,
                )
            )
    PlanDuty.everything.bulk_create(duties)
    PlanStop.everything.bulk_create(stops)


def _places(plan: Plan) -> dict[str, tuple[str | None, uuid.UUID | None]]:
    """Key of a place -> its village and venue. Places of an instance that was sent are nobody's."""
    if plan.given:
        return {}
    found: dict[str, tuple[str | None, uuid.UUID | None]] = {}
    venues = []
    for site in plan.instance["sites"]:
        if site["kind"] == "village":
            found[site["id"]] = (site["id"], None)
        else:
            venues.append(site["id"])
    rows = Venue.objects.filter(pk__in=venues).values_list("pk", "village_id")
    return found | {str(pk): (village, pk) for pk, village in rows}
