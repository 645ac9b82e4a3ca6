"""What a desk in the hall of a session begins with: one statement, which stays planned."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import DEFAULT_DB_ALIAS
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from dukcapil.accounts.asked import asked
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from events.planning.models.session import ServiceSession, Station
from events.planning.selectors.requirements import asked_at

_COLUMNS = ("id", "event_id", "name", "services")


def _halls(by: Actor, session: uuid.UUID) -> QuerySet[ServiceSession]:
    stations = Station.objects.filter(event_id=OuterRef("event_id")).order_by("pk")
    row = JSONObject(**{name: name for name in _COLUMNS})
    return (
        ServiceSession.objects.visible_to(by)
        .select_related("event__village")
        .filter(pk=session)
        .annotate(
            asked=asked_at("event__office_id"), stations=ArraySubquery(stations.values(row=row))
        )
    )


_HALL = asked("hall", _halls, session=uuid.UUID)


def hall_or_404(by: Actor, session_id: uuid.UUID) -> tuple[Any, list[Station]]:
    """A session with its event, its village and what is asked at its office (`requirements.asked_at`); and
    the stations of its event.
    """
    if (session := _HALL.one(by, session_id)) is None:
        raise NotFound
    return session, [_station(row) for row in session.stations]


def _station(row: dict[str, Any]) -> Station:
    values = [uuid.UUID(row["event_id"]) if name == "event_id" else row[name] for name in _COLUMNS]
    return Station.from_db(DEFAULT_DB_ALIAS, _COLUMNS, values)
