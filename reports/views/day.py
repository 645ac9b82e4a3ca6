"""The part of today's page that keeps itself fresh: read in one statement, with a stamp of all that it shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import astuple
from datetime import date, datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import F

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import Part
from dukcapil.core.readings import Reading, read
from dukcapil.regions.enums import days_now
from dukcapil.regions.models import Region
from events.planning.enums import Service
from events.planning.selectors.events import coming_events, places_by, seat_rows
from registrations.booking.selectors.desk import Progress, held_on, states_of
from registrations.cards.selectors.backlog import RegionBacklog, kept_by
from registrations.ledger.enums import Outcome
from registrations.people.enums import Category
from reports.daily.selectors.owed import owed_rows
from reports.daily.selectors.today import Countdown, Counts, done_of
from reports.duties.selectors import asked_of, duties_of, openings_asked, unplanned
from reports.views.duties import opening_waits, waiting
from reports.views.homes import backlog_asked
from reports.views.question import Shown

#: Events of the next days that the page has room for.
COMING = 8


def day_read(actor: Actor, office: Region, day: date, elections: Mapping[str, date]) -> Reading:
    """`elections`: office -> the day of its next one."""

    def parts() -> Mapping[str, Part]:
        found: dict[str, Part] = {**_sessions(actor, day, office.timezone), **backlog_asked(office)}
        found["coming"] = _coming(actor, day)
        found |= openings_asked(office.pk, dict(elections), day)
        if actor.may(Permission.REPORTS_CONFIRM):
            found |= owed_rows(office.pk, day)
        return found | _duties(actor)

    question = ("today", actor, actor.today, office.pk, office.timezone, day, *elections.items())
    return read(question, parts)


def _sessions(actor: Actor, day: date, zone: str) -> dict[str, Part]:
    held = held_on(actor, day, zone)
    rows: Any = held.values(
        *("id", "starts_at", "ends_at"),
        title=F("event__title"),
        place=F("event__place"),
        village=F("event__village__name"),
    )
    seats = seat_rows(held.order_by().values("pk"))
    return {"sessions": rows, "seats": seats, "states": states_of(actor, held)}


def _coming(actor: Actor, day: date) -> Any:
    columns = ("id", "title", "starts_on", "ends_on", "place", "state", "change_waits")
    return coming_events(actor, day).values(*columns)[:COMING]


def _duties(actor: Actor) -> dict[str, Part]:
    """How many there are of each."""
    found: dict[str, Part] = {}
    for name, query in asked_of(actor).items():
        try:
            sql, values = query.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            continue
        found[f"{_COUNT}{name}"] = f"SELECT count(*) AS n FROM ({sql}) AS part", values
    return found


_COUNT = "count_"


# --- what is drawn from it ------------------------------------------------------------------------


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
        name.removeprefix(_COUNT): rows[0]["n"]
        for name, rows in found.items()
        if name.startswith(_COUNT)
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
