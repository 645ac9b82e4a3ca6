"""What the page of an office's day shows, in one statement with a stamp (`core.readings`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import F

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import Part, counted
from dukcapil.core.readings import Reading, read
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from events.planning.selectors.events import coming_events, seat_rows
from registrations.booking.selectors.desk import held_on, states_of
from registrations.cards.selectors.backlog import kept_part
from reports.daily.selectors.owed import owed_rows
from reports.duties.selectors.duties import asked_of, openings_asked

#: Events of the next days that the page has room for.
COMING = 8
#: Before the names of duties, whose rows are numbers of them.
COUNT = "count_"


def backlog_asked(region: Region) -> dict[str, Part]:
    """What is kept of statuses. They belong to offices: below one there are none."""
    level = Level(region.level)
    return {} if level.is_below(Level.REGENCY) else {"backlog": kept_part(region.pk, level)}


def day_read(actor: Actor, office: Region, day: date, elections: Mapping[str, date]) -> Reading:
    """`elections`: office -> the day of its next one."""

    def parts() -> Mapping[str, Part]:
        found: dict[str, Part] = {**_sessions(actor, day, office.timezone), **backlog_asked(office)}
        found["coming"] = _coming(actor, day)
        found |= openings_asked(office.pk, dict(elections), day)
        if actor.may(Permission.REPORTS_CONFIRM):
            found |= owed_rows(office.pk, day)
        duties = counted(asked_of(actor))
        return found | {f"{COUNT}{name}": part for name, part in duties.items()}

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
