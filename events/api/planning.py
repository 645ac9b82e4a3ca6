"""Events and sessions for programs."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.core.api import (
    MomentField,
    StrictSerializer,
    TextField,
    WholeNumberField,
    paginate,
)
from dukcapil.regions.enums import Level
from dukcapil.regions.models import inside
from dukcapil.regions.selectors import get_region
from dukcapil.regions.validators import dotted
from events.filters import EventQuery, SessionQuery
from events.planning.enums import EventKind, PlaceKind, Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.selectors.events import begins_on, get_event_or_404
from events.planning.services.events import plan_event
from events.planning.services.sessions import open_session
from events.shapes import (
    EVENT_COLUMNS,
    SESSION_COLUMNS,
    EventAnswer,
    EventDetailAnswer,
    SessionAnswer,
    SessionDetailAnswer,
    event_detail,
    session_detail,
    with_seats,
)


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


class EventList(ScopedApiView):
    permission = {"GET": "events.view", "POST": "events.plan"}

    @extend_schema(parameters=[EventQuery], responses=EventAnswer(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(EventQuery, paged=True)
        events = ServiceEvent.objects.visible_to(self.actor)
        if office := query.get("office"):
            code = dotted(office, field="office")
            events = events.filter(inside("office_id", code))
        if day := query.get("date"):
            events = events.filter(starts_on__lte=day, ends_on__gte=day)
        events = events.filter(**{key: query[key] for key in ("state", "kind") if key in query})
        return paginate(request, events, EVENT_COLUMNS, key="id")

    @extend_schema(request=EventBody, responses={201: EventDetailAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(EventBody)
        body["office"] = get_region(body["office"], level=Level.REGENCY, field="office")
        body["village"] = get_region(body["village"], level=Level.VILLAGE, field="village")
        event = plan_event(by=self.actor, **body)
        return Response(event_detail(event), status=201)


class SessionBody(StrictSerializer):
    event = serializers.UUIDField()
    starts_at = MomentField()
    ends_at = MomentField()
    capacity = serializers.DictField(child=WholeNumberField(min_value=0))


class SessionList(ScopedApiView):
    permission = {"GET": "events.view", "POST": "events.plan"}

    @extend_schema(parameters=[SessionQuery], responses=SessionAnswer(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(SessionQuery, paged=True)
        sessions = ServiceSession.objects.visible_to(self.actor)
        if event := query.get("event"):
            sessions = sessions.filter(event_id=event)
        if day := query.get("date"):
            sessions = sessions.filter(begins_on(day))
        response = paginate(request, sessions, SESSION_COLUMNS, key="id")
        shape = with_seats(response.data["results"])
        response.data["results"] = [shape(row) for row in response.data["results"]]
        return response

    @extend_schema(request=SessionBody, responses={201: SessionDetailAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(SessionBody)
        event = get_event_or_404(self.actor, body.pop("event"))
        session = open_session(by=self.actor, event=event, **body)
        return Response(session_detail(session), status=201)
