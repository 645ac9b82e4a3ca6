"""What pages of a session show and ask for again and again: its queue, its counts, its board. Each is one
statement, and its stamp holds everything that is shown (`dukcapil.core.readings`).
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Max, QuerySet, Value

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import Part
from dukcapil.core.readings import Reading, read_marked
from dukcapil.regions.enums import days_now
from events.elections.models import ElectionDecision
from events.planning.enums import Service
from events.planning.models.session import ServiceSession
from events.planning.selectors.events import places_by, seat_rows
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment
from registrations.booking.selectors.desk import QUEUE_PAGE, Progress, in_queue_order, one_address
from registrations.people.selectors import STAGE_COLUMNS, with_stages

#: Rows of the queue next to a desk; the whole queue has a page of its own.
BESIDE = 25
#: Numbers of the board that are said one by one.
NEXT = 12


def queue_read(
    by: Actor, session: uuid.UUID, *, done: bool = False, skip: int = 0, glance: bool = False
) -> Reading:
    """A page of the queue: people who are here or expected, else (`done`) those who are not any more.
    `glance`: for somebody who may have seen it already.
    """

    def parts() -> Mapping[str, Part]:
        return {
            "session": _session(by, session),
            "states": _states(by, session),
            "seats": seat_rows([session]),
            "people": _people(by, session, done=done)[skip : skip + QUEUE_PAGE + 1],
            "elections": _elections(),
        }

    return read_marked(("queue", by, session, done, skip), parts, _own(by, session), glance=glance)


def beside_desk(
    by: Actor, session: uuid.UUID, outcomes: Callable[[], Part], *, glance: bool = False
) -> Reading:
    """The queue next to a desk, and what the ledger says of the session: its `outcome`s, each with `n`."""

    def parts() -> Mapping[str, Part]:
        return {
            "session": _session(by, session),
            "states": _states(by, session),
            "outcomes": outcomes(),
            "people": _people(by, session)[:BESIDE],
            "elections": _elections(),
        }

    return read_marked(("beside", by, session), parts, _own(by, session), glance=glance)


def board_read(by: Actor, session: uuid.UUID, *, glance: bool = False) -> Reading:
    """Numbers of who was called and who is next; no name."""

    def parts() -> Mapping[str, Part]:
        here = _visits(by, session).filter(state=AppointmentState.CHECKED_IN)
        columns = ("queue_number", "called_at", "station_id")
        rows = in_queue_order(here).values(*columns, station_name=F("station__name"))
        return {"session": _session(by, session), "people": rows}

    return read_marked(("board", by, session), parts, _own(by, session), glance=glance)


def _own(by: Actor, session: uuid.UUID) -> list[Any]:
    """In which pages of one kind differ: they ask by the same statement."""
    return [session, *by.texts]


# --- what is read ---------------------------------------------------------------------------------


def _session(by: Actor, session: uuid.UUID) -> Any:
    found = ServiceSession.objects.visible_to(by).filter(pk=session)
    return found.values(
        "id",
        event_state=F("event__state"),
        place_kind=F("event__place_kind"),
        zone=F("event__village__timezone"),
    )


def _visits(by: Actor, session: uuid.UUID) -> QuerySet[Appointment]:
    return Appointment.objects.visible_to(by).filter(session_id=session)


def _states(by: Actor, session: uuid.UUID) -> Any:
    counted = _visits(by, session).values("state").annotate(n=Count("pk"))
    return counted.order_by("state")


def _people(by: Actor, session: uuid.UUID, *, done: bool = False) -> Any:
    active = AppointmentState.active()
    visits = _visits(by, session)
    visits = visits.exclude(state__in=active) if done else visits.filter(state__in=active)
    return in_queue_order(visits, ranked=True).values(
        *("id", "ticket", "state", "services", "queue_number", "expected_at", "walk_in"),
        *("priority", "station_id", "resident_id"),
        name=F("resident__identity__name"),
        nik_masked=F("resident__identity__nik_masked"),
        street=F("resident__identity__address"),
        rt=F("resident__identity__rt"),
        rw=F("resident__identity__rw"),
        lives_in=F("resident__village__name"),
        station_name=F("station__name"),
        group_name=F("group__name"),
        lives_at=F("resident__village_id"),
        born=F("resident__birth_date"),
        marital=F("resident__marital_status"),
    )


def _elections() -> Any:
    """What was decided of them: rows are only added, so that their number and the newest say it all.
    Stages of young people go by the next election of their village.
    """
    decisions = ElectionDecision.objects.order_by().values(every=Value(1))
    return decisions.annotate(n=Count("pk"), newest=Max("pk"))


# --- what is drawn from it ------------------------------------------------------------------------


def stamp_of(reading: Reading, *shown: object) -> str:
    """Of what was read, of what else is shown, and of the days that stages of people go by."""
    return f"{reading.stamp} {days_now()} {shown}"


def drawn_queue(reading: Reading) -> dict[str, Any]:
    found = reading.found
    session = _shown_session(found)
    places = places_by(found["seats"])
    states = defaultdict(int, _counts(found["states"], "state"))
    return {
        "session": session,
        "event": session["event"],
        "progress": Progress(session, places, states),
        "free": [(Service(name).label, cell) for name, cell in places.items()],
        "people": _shown_people(found["people"][:QUEUE_PAGE]),
    }


def drawn_beside_desk(reading: Reading) -> dict[str, Any]:
    found = reading.found
    states = _counts(found["states"], "state")
    session = _shown_session(found)
    waiting = sum(states.get(state, 0) for state in AppointmentState.active())
    return {
        "session": session,
        "event": session["event"],
        "states": states,
        "outcomes": _counts(found["outcomes"], "outcome"),
        "people": _shown_people(found["people"]),
        "more": max(0, waiting - BESIDE),
    }


def drawn_board(reading: Reading) -> dict[str, Any]:
    rows = reading.found["people"]
    called = [row for row in rows if row["station_id"]]
    called.sort(key=lambda row: datetime.fromisoformat(row["called_at"]), reverse=True)
    waiting = [row for row in rows if not row["station_id"]]
    return {"called": called, "next": waiting[:NEXT], "more": waiting[NEXT:]}


def _counts(rows: list[dict[str, Any]], name: str) -> dict[str, int]:
    return {row[name]: row["n"] for row in rows if row["n"]}


def _shown_session(found: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """As templates ask a session for these."""
    (row,) = found["session"]
    village = {"timezone": row["zone"]}
    event = {"state": row["event_state"], "place_kind": row["place_kind"], "village": village}
    return {"pk": row["id"], "event": event}


def _shown_people(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with the stage of today, the names of the services, and the address in one line."""
    aged = [dict(zip(STAGE_COLUMNS, _aged(row), strict=True)) for row in rows]
    return [
        row
        | {
            "stage": one["stage"],
            "labels": [str(Service(name).label) for name in row["services"]],
            "address": one_address(row["street"], row["rt"], row["rw"]),
            "expected_at": row["expected_at"] and datetime.fromisoformat(row["expected_at"]),
        }
        for row, one in zip(rows, with_stages(aged), strict=True)
    ]


def _aged(row: Mapping[str, Any]) -> tuple[str, date, str]:
    return row["lives_at"], date.fromisoformat(row["born"]), row["marital"]
