"""Verbs of events and sessions over the API that also change bookings."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.core.api import (
    Empty,
    MomentField,
    StrictSerializer,
    TextField,
    WholeNumberField,
)
from dukcapil.core.versions import LONGEST_VERSION
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import get_region
from events.planning.enums import EventKind, EventState, PlaceKind, Service
from events.planning.selectors.events import get_event_or_404, get_session_or_404
from events.planning.services.signing import note_seen, withdraw_change
from events.planning.validators import LONGEST_REASON
from events.shapes import EventDetailAnswer, SessionAnswer, event_detail, session_answer
from registrations.api.appointments import AskedBody
from registrations.lifecycle.services.events import (
    cancel_event,
    change_event,
    close_event,
    open_to_booking,
    sign_change,
)
from registrations.lifecycle.services.reopening import reopen_event
from registrations.lifecycle.services.sessions import change_session, remove_session


class VersionBody(StrictSerializer):
    """`version`: of what was shown. Without it what stands is signed, and the answer says which."""

    version = TextField(max_length=LONGEST_VERSION, required=False)


class ApprovalBody(VersionBody):
    neutrality_signed = serializers.BooleanField()


class CancelBody(StrictSerializer):
    reason = TextField(
        max_length=LONGEST_REASON,
        required=False,
        allow_blank=True,
        help_text="required once the event is approved",
    )


class ChangeBody(VersionBody):
    title = TextField(max_length=200, required=False)
    kind = serializers.ChoiceField(EventKind.choices, required=False)
    village = TextField(required=False)
    place = TextField(max_length=200, required=False)
    starts_on = serializers.DateField(required=False)
    ends_on = serializers.DateField(required=False)
    services = serializers.ListField(
        child=serializers.ChoiceField(Service.choices), allow_empty=False, required=False
    )
    place_kind = serializers.ChoiceField(PlaceKind.choices, required=False)
    target_group = TextField(max_length=100, required=False, allow_blank=True)
    programme = TextField(max_length=60, required=False, allow_blank=True)
    holiday_reason = TextField(max_length=200, required=False, allow_blank=True)


class SessionChangeBody(StrictSerializer):
    """What is left out stays. A session begins on a day of its event and may end after midnight."""

    starts_at = MomentField(required=False)
    ends_at = MomentField(required=False)
    capacity = serializers.DictField(child=WholeNumberField(min_value=0), required=False)


class ReopenBody(StrictSerializer):
    reason = TextField(
        max_length=LONGEST_REASON, required=False, allow_blank=True, help_text="required"
    )


class EventDetail(ScopedApiView):
    permission = {"GET": "events.view", "PATCH": "events.plan"}

    @extend_schema(responses=EventDetailAnswer)
    def get(self, request: Request, event_id: uuid.UUID) -> Response:
        return Response(event_detail(get_event_or_404(self.actor, event_id)))

    @extend_schema(
        request=ChangeBody,
        responses={200: EventDetailAnswer, 202: EventDetailAnswer},
        description="200: in force. 202: the change waits for the head, see `proposal`.",
    )
    def patch(self, request: Request, event_id: uuid.UUID) -> Response:
        event = get_event_or_404(self.actor, event_id)
        body = self.body(ChangeBody)
        if "village" in body:
            body["village"] = get_region(body["village"], level=Level.VILLAGE, field="village")
        event = change_event(by=self.actor, event=event, **body)
        waits = event.state == EventState.APPROVED and not self.actor.may("events.approve")
        return Response(event_detail(event), status=202 if waits else 200)


class _EventVerb(ScopedApiView):
    """One step of an event; the answer is the event as it stands then."""

    body_class: type[StrictSerializer] = Empty
    verb: Any = None

    def post(self, request: Request, event_id: uuid.UUID) -> Response:
        event = get_event_or_404(self.actor, event_id)
        event = type(self).verb(by=self.actor, event=event, **self.body(self.body_class))
        return Response(event_detail(event))


@extend_schema(request=ApprovalBody, responses=EventDetailAnswer)
class EventApproval(_EventVerb):
    permission = "events.approve"
    body_class = ApprovalBody
    verb = staticmethod(open_to_booking)


@extend_schema(request=VersionBody, responses=EventDetailAnswer)
class EventChangeSign(_EventVerb):
    """The head signs the change that waits."""

    permission = "events.approve"
    body_class = VersionBody
    verb = staticmethod(sign_change)


@extend_schema(request=Empty, responses=EventDetailAnswer)
class EventChangeWithdraw(_EventVerb):
    """The change that waits is taken back, or refused by the head."""

    permission = "events.plan"
    verb = staticmethod(withdraw_change)


@extend_schema(request=VersionBody, responses=EventDetailAnswer)
class EventSeen(_EventVerb):
    """The head has seen what was added after the signature."""

    permission = "events.approve"
    body_class = VersionBody
    verb = staticmethod(note_seen)


class EventClose(ScopedApiView):
    permission = "events.approve"

    @extend_schema(request=AskedBody, responses=EventDetailAnswer)
    def post(self, request: Request, event_id: uuid.UUID) -> Response:
        """Asks (409, `confirm`) before the last session's end, and while people wait."""
        event = get_event_or_404(self.actor, event_id)
        event = close_event(by=self.actor, event=event, **self.body(AskedBody))
        return Response(event_detail(event))


class EventCancel(ScopedApiView):
    permission = "events.plan"

    @extend_schema(request=CancelBody, responses=EventDetailAnswer)
    def post(self, request: Request, event_id: uuid.UUID) -> Response:
        event = get_event_or_404(self.actor, event_id)
        event = cancel_event(by=self.actor, event=event, **self.body(CancelBody))
        return Response(event_detail(event))


@extend_schema(request=ReopenBody, responses=EventDetailAnswer)
class EventReopen(_EventVerb):
    """The closing is taken back, until the last day is final."""

    permission = "events.approve"
    body_class = ReopenBody
    verb = staticmethod(reopen_event)


class SessionDetail(ScopedApiView):
    permission = {"GET": "events.view", "PATCH": "events.plan", "DELETE": "events.plan"}

    @extend_schema(responses=SessionAnswer)
    def get(self, request: Request, session_id: uuid.UUID) -> Response:
        return Response(session_answer(get_session_or_404(self.actor, session_id)))

    @extend_schema(request=SessionChangeBody, responses=SessionAnswer)
    def patch(self, request: Request, session_id: uuid.UUID) -> Response:
        session = get_session_or_404(self.actor, session_id)
        change_session(by=self.actor, session=session, **self.body(SessionChangeBody))
        return Response(session_answer(session))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, session_id: uuid.UUID) -> Response:
        """An empty session. 409 `session-booked` when anybody was booked or recorded there, or waits."""
        remove_session(by=self.actor, session=get_session_or_404(self.actor, session_id))
        return Response(status=204)
