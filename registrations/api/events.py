"""Verbs of events and sessions over the API that also change bookings."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.core.api import Empty, StrictSerializer, TextField
from events.planning.selectors.events import get_event_or_404, get_session_or_404
from events.planning.validators import LONGEST_REASON
from events.shapes import EventAnswer, SessionAnswer, event_answer, session_answer
from registrations.lifecycle.services import (
    cancel_event,
    change_places,
    close_event,
    open_to_booking,
)


class ApprovalBody(StrictSerializer):
    neutrality_signed = serializers.BooleanField()


class CancelBody(StrictSerializer):
    reason = TextField(
        max_length=LONGEST_REASON,
        required=False,
        allow_blank=True,
        help_text="required once the event is approved",
    )


class CapacityBody(StrictSerializer):
    capacity = serializers.DictField(child=serializers.IntegerField(min_value=0))


class EventApproval(ScopedApiView):
    permission = "events.approve"

    @extend_schema(request=ApprovalBody, responses=EventAnswer)
    def post(self, request: Request, event_id: uuid.UUID) -> Response:
        event = get_event_or_404(self.actor, event_id)
        event = open_to_booking(by=self.actor, event=event, **self.body(ApprovalBody))
        return Response(event_answer(event))


class EventClose(ScopedApiView):
    permission = "events.approve"

    @extend_schema(request=Empty, responses=EventAnswer)
    def post(self, request: Request, event_id: uuid.UUID) -> Response:
        self.body(Empty)
        event = close_event(by=self.actor, event=get_event_or_404(self.actor, event_id))
        return Response(event_answer(event))


class EventCancel(ScopedApiView):
    permission = "events.plan"

    @extend_schema(request=CancelBody, responses=EventAnswer)
    def post(self, request: Request, event_id: uuid.UUID) -> Response:
        event = get_event_or_404(self.actor, event_id)
        event = cancel_event(by=self.actor, event=event, **self.body(CancelBody))
        return Response(event_answer(event))


class SessionDetail(ScopedApiView):
    permission = {"GET": "events.view", "PATCH": "events.plan"}

    @extend_schema(responses=SessionAnswer)
    def get(self, request: Request, session_id: uuid.UUID) -> Response:
        return Response(session_answer(get_session_or_404(self.actor, session_id)))

    @extend_schema(request=CapacityBody, responses=SessionAnswer)
    def patch(self, request: Request, session_id: uuid.UUID) -> Response:
        session = get_session_or_404(self.actor, session_id)
        change_places(by=self.actor, session=session, **self.body(CapacityBody))
        return Response(session_answer(session))
