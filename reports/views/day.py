"""The part of today's page that keeps itself fresh: read in one statement, with a stamp of all that it shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import astuple
from datetime import date, datetime
from typing import Any

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.readings import Reading
from dukcapil.regions.enums import days_now
from dukcapil.regions.models import Region
from events.planning.enums import Service
from events.planning.selectors.events import places_by
from registrations.booking.selectors.desk import Progress
from registrations.cards.selectors.backlog import RegionBacklog, kept_by
from registrations.ledger.enums import Outcome
from registrations.people.enums import Category
from reports.daily.selectors.today import Countdown, Counts, done_of
from reports.duties.selectors.day import COUNT
from reports.duties.selectors.duties import duties_of, unplanned
from reports.views.duties import opening_waits, waiting
from reports.views.question import Shown


def stamp_of(
    *,
    reading: Reading,
    actor: Actor,
    office: Region,
    done: Counts,
    shown: Shown,
    election: Countdown | None,
) -> str:
    """Of what was read, of the figures, and of what is reckoned from the day or the hour."""
    backlog = _backlog(reading, office)
    days = [row.days for row in backlog.known] if backlog else []
    rights = actor.role, actor.scopes, actor.region
    basis = shown.question.basis
    figures = (*sorted(done.items()), shown.answer.whole, basis and (basis.name, basis.kind))
    counted = election and astuple(election)
    return f"{reading.stamp} {days_now()} {days} {rights} {figures} {counted}"


def drawn_day(
    *,
    reading: Reading,
    actor: Actor,
    office: Region,
    day: date,
    done: Counts,
    elections: Mapping[str, date],
) -> dict[str, Any]:
    found, counts = reading.found, done_of(done)
    planned = unplanned(dict(elections), found.get("openings", []), day)
    numbers = {
        name.removeprefix(COUNT): rows[0]["n"]
        for name, rows in found.items()
        if name.startswith(COUNT)
    }
    others = (Service.RECORDING, Service.IKD_ACTIVATION, Service.CARD_HANDOVER)
    return {
        "day": day,
        "office": office,
        "actor": actor,
        "sessions": _progress(found),
        "coming": [_event(row) for row in found["coming"]],
        "recorded": counts.get((Service.RECORDING, Outcome.DONE), 0),
        "pemula": counts.get((Service.RECORDING, Category.PEMULA), 0),
        "ikd": counts.get((Service.IKD_ACTIVATION, Outcome.DONE), 0),
        "failed": sum(n for (_name, what), n in counts.items() if what == Outcome.FAILED),
        "documents": sum(
            n for (name, what), n in counts.items() if what == Outcome.DONE and name not in others
        ),
        "approves": actor.may(Permission.EVENTS_APPROVE),
        "waiting": [*opening_waits(planned), *waiting(duties_of(numbers), actor)],
        "backlog": _backlog(reading, office),
    }


def _backlog(reading: Reading, office: Region) -> RegionBacklog | None:
    return kept_by(reading.found.get("backlog", [])).get(office.pk)


def _progress(found: Mapping[str, list[dict[str, Any]]]) -> list[Progress]:
    """As templates ask a session for these."""
    seats: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in found["seats"]:
        seats[row["session_id"]].append(row)
    states: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in found["states"]:
        states[row["session_id"]][row["state"]] = row["n"]
    return [
        Progress(_session(row), places_by(seats[row["id"]]), states[row["id"]])
        for row in found["sessions"]
    ]


def _session(row: Mapping[str, Any]) -> dict[str, Any]:
    event = {"title": row["title"], "place": row["place"], "village": {"name": row["village"]}}
    hours = {name: datetime.fromisoformat(row[name]) for name in ("starts_at", "ends_at")}
    return {"pk": row["id"], "event": event, **hours}


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    days = {name: date.fromisoformat(row[name]) for name in ("starts_on", "ends_on")}
    return {**row, "pk": row["id"], **days}
