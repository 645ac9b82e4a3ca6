"""Events and sessions as the API shows them, for this app and those above it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rest_framework import serializers

from dukcapil.core.api import list_columns, serializer, shown
from dukcapil.core.versions import version_of
from events.planning.enums import ChangeState
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.selectors.events import seat_counts
from events.planning.selectors.signing import Proposal, what_stands
from events.planning.selectors.wholes import session_parts


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
    neutrality_signed_at = serializers.DateTimeField(allow_null=True)


EVENT_COLUMNS = list_columns(EventAnswer)


class ProposalAnswer(serializers.Serializer[Any]):
    """A change that waits for the head; what was signed stands until then."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    values = serializers.DictField(help_text="field -> proposed value")
    moves = serializers.BooleanField(help_text="sessions and bookings move with the days")
    proposed_at = serializers.DateTimeField()


LaterAnswer = serializer(
    "LaterAnswer",
    {
        "what": serializers.CharField(help_text="session, places, cost"),
        "name": serializers.CharField(help_text="the service or the item of cost; may be empty"),
        "session": serializers.UUIDField(allow_null=True),
        "signed": serializers.IntegerField(allow_null=True),
        "now": serializers.IntegerField(),
    },
)


class EventDetailAnswer(EventAnswer):
    """One event, with the version that a signature names."""

    version = serializers.CharField(help_text="of everything that a head signs")
    proposal = ProposalAnswer(allow_null=True)
    after_signature = LaterAnswer(
        many=True, help_text="sessions, places and costs that the head has not seen yet"
    )


def event_detail(event: ServiceEvent) -> dict[str, Any]:
    standing = what_stands(event)
    later = [
        {name: getattr(item, name) for name in ("what", "name", "session", "signed", "now")}
        for item in standing.later
    ]
    return shown(event, EVENT_COLUMNS) | {
        "version": standing.version,
        "proposal": standing.proposal and _proposal(standing.proposal),
        "after_signature": later,
    }


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return {
        "id": proposal.id,
        "state": ChangeState.PENDING,
        "values": {name.removesuffix("_id"): value for name, value in proposal.values.items()},
        "moves": proposal.moves,
        "proposed_at": proposal.proposed_at,
    }


class SessionAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    event = serializers.UUIDField(source="event_id")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    capacity = serializers.DictField(child=serializers.IntegerField(), source="*")
    free = serializers.DictField(child=serializers.IntegerField(), source="*")
    out = serializers.DictField(
        child=serializers.IntegerField(),
        source="*",
        help_text="not given away while a recording set is out of order; neither free nor taken",
    )


SESSION_COLUMNS = list_columns(SessionAnswer)


def with_seats(rows: list[dict[str, Any]]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function that adds `capacity`, `free` and `out` to a row; the seats of all are one query."""
    counts = seat_counts(row["id"] for row in rows)

    def shape(row: dict[str, Any]) -> dict[str, Any]:
        seats = counts[row["id"]]
        numbers = ("capacity", "free", "out")
        return row | {key: {name: seat[key] for name, seat in seats.items()} for key in numbers}

    return shape


class SessionDetailAnswer(SessionAnswer):
    """One session, with the version that a change of it names."""

    version = serializers.CharField(help_text="of hours and places")


def session_detail(session: ServiceSession) -> dict[str, Any]:
    row = shown(session, SESSION_COLUMNS)
    version = version_of(session_parts(session))
    return with_seats([row])(row) | {"version": version}
