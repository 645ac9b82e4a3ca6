from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.accounts.scoping import ScopedQuerySet
from dukcapil.core.api import MomentField, StrictSerializer, TextField, paginate
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import get_region
from dukcapil.regions.validators import dotted
from events.enums import EventKind, PlaceKind, Service
from events.filters import EventQuery, SessionQuery
from events.models import ServiceEvent, ServiceSession
from events.selectors import get_event_or_404, places
from events.services import open_session, plan_event


class EventBody(StrictSerializer):
    title = TextField(max_length=200)
    kind = serializers.ChoiceField(EventKind.choices)
    office = TextField(help_text="regency code, for example 13.75")
    village = TextField(help_text="village code within the office's region")
    place = TextField(max_length=200)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    services = serializers.ListField(
        child=serializers.ChoiceField(Service.choices), allow_empty=False
    )
    place_kind = serializers.ChoiceField(PlaceKind.choices, required=False)
    target_group = TextField(max_length=100, required=False, allow_blank=True)
    programme = TextField(max_length=60, required=False, allow_blank=True)
    holiday_reason = TextField(max_length=200, required=False, allow_blank=True)


class ApprovalBody(StrictSerializer):
    neutrality_signed = serializers.BooleanField()


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


EVENT_COLUMNS = (
    *("id", "title", "kind", "state", "office_id", "village_id", "place", "place_kind"),
    *("target_group", "programme", "services", "starts_on", "ends_on", "holiday_reason"),
    "neutrality_signed_at",
)
_RENAME = {"office_id": "office", "village_id": "village"}


def event_answer(event: ServiceEvent) -> dict[str, Any]:
    return {_RENAME.get(name, name): getattr(event, name) for name in EVENT_COLUMNS}


class EventList(ScopedApiView):
    permission = {"GET": "events.view", "POST": "events.plan"}

    @extend_schema(parameters=[EventQuery], responses=EventAnswer(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(EventQuery)
        events = ServiceEvent.objects.visible_to(self.actor)
        if office := query.get("office"):
            code = dotted(office, field="office")
            events = events.filter(ScopedQuerySet._range("office_id", code))
        if day := query.get("date"):
            events = events.filter(starts_on__lte=day, ends_on__gte=day)
        events = events.filter(**{key: query[key] for key in ("state", "kind") if key in query})
        return paginate(request, events, EVENT_COLUMNS, key="id", rename=_RENAME)

    @extend_schema(request=EventBody, responses={201: EventAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(EventBody)
        body["office"] = get_region(body["office"], level=Level.REGENCY, field="office")
        body["village"] = get_region(body["village"], level=Level.VILLAGE, field="village")
        event = plan_event(by=self.actor, **body)
        return Response(event_answer(event), status=201)


class EventDetail(ScopedApiView):
    permission = "events.view"

    @extend_schema(responses=EventAnswer)
    def get(self, request: Request, event_id: uuid.UUID) -> Response:
        return Response(event_answer(get_event_or_404(self.actor, event_id)))


class SessionBody(StrictSerializer):
    event = serializers.UUIDField()
    starts_at = MomentField()
    ends_at = MomentField()
    capacity = serializers.DictField(child=serializers.IntegerField(min_value=0))


class CapacityBody(StrictSerializer):
    capacity = serializers.DictField(child=serializers.IntegerField(min_value=0))


class SessionAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    event = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    capacity = serializers.DictField(child=serializers.IntegerField())
    free = serializers.DictField(child=serializers.IntegerField())


SESSION_COLUMNS = ("id", "event_id", "starts_at", "ends_at")


def with_places(rows: list[dict[str, Any]]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    found = places(row["id"] for row in rows)

    def shape(row: dict[str, Any]) -> dict[str, Any]:
        seats = found[row["id"]]
        capacity = {name: seat["capacity"] for name, seat in seats.items()}
        return row | {"capacity": capacity, "free": {n: s["free"] for n, s in seats.items()}}

    return shape


def session_answer(session: ServiceSession) -> dict[str, Any]:
    row = {
        "id": session.pk,
        "event": session.event_id,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
    }
    return with_places([row])(row)


class SessionList(ScopedApiView):
    permission = {"GET": "events.view", "POST": "events.plan"}

    @extend_schema(parameters=[SessionQuery], responses=SessionAnswer(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(SessionQuery)
        sessions = ServiceSession.objects.visible_to(self.actor)
        if event := query.get("event"):
            sessions = sessions.filter(event_id=event)
        if day := query.get("date"):
            sessions = sessions.filter(Q(event__starts_on__lte=day) & Q(event__ends_on__gte=day))
        response = paginate(
            request, sessions, SESSION_COLUMNS, key="id", rename={"event_id": "event"}
        )
        shape = with_places(response.data["results"])
        response.data["results"] = [shape(row) for row in response.data["results"]]
        return response

    @extend_schema(request=SessionBody, responses={201: SessionAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(SessionBody)
        event = get_event_or_404(self.actor, body.pop("event"))
        session = open_session(by=self.actor, event=event, **body)
        return Response(session_answer(session), status=201)
