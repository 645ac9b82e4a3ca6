"""Events and sessions as the API shows them, for this app and those above it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rest_framework import serializers

from dukcapil.core.api import list_columns, shown
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.selectors.events import seat_counts


class EventAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.CharField()
    office = serializers.CharField(source="office_id")
    village = serializers.CharField(source="village_id")
    place = serializers.CharField()
    place_kind = serializers.CharField()
    target_group = serializers.CharField()
    programme = serializers.CharField()
    services = serializers.ListField(child=serializers.CharField())
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    holiday_reason = serializers.CharField()
    neutrality_signed_at = serializers.DateTimeField()


EVENT_COLUMNS = list_columns(EventAnswer)


def event_answer(event: ServiceEvent) -> dict[str, Any]:
    return shown(event, EVENT_COLUMNS)


class SessionAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    event = serializers.UUIDField(source="event_id")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    capacity = serializers.DictField(child=serializers.IntegerField(), source="*")
    free = serializers.DictField(child=serializers.IntegerField(), source="*")


SESSION_COLUMNS = list_columns(SessionAnswer)


def with_seats(rows: list[dict[str, Any]]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function that adds `capacity` and `free` to a row; the seats of all rows are one query."""
    counts = seat_counts(row["id"] for row in rows)

    def shape(row: dict[str, Any]) -> dict[str, Any]:
        seats = counts[row["id"]]
        capacity = {name: seat["capacity"] for name, seat in seats.items()}
        return row | {"capacity": capacity, "free": {n: s["free"] for n, s in seats.items()}}

    return shape


def session_answer(session: ServiceSession) -> dict[str, Any]:
    row = shown(session, SESSION_COLUMNS)
    return with_seats([row])(row)
