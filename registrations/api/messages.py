"""Messages to people over the API: of what kind, when, and what became of them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.core.api import StrictSerializer, list_columns, paginate
from registrations.booking.enums import Channel, MessageKind, MessageState
from registrations.booking.selectors.messages import messages_of


class MessageQuery(StrictSerializer):
    appointment = serializers.UUIDField(required=False)
    event = serializers.UUIDField(required=False)
    session = serializers.UUIDField(required=False)


class MessageAnswer(serializers.Serializer[Any]):
    """To one booking, group or entry of a waiting list. Never an address or a text."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(MessageKind.choices)
    channel = serializers.ChoiceField(Channel.choices)
    state = serializers.ChoiceField(MessageState.choices)
    due_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    appointment = serializers.UUIDField(source="appointment_id", allow_null=True)
    group = serializers.UUIDField(source="group_id", allow_null=True)
    waiting = serializers.IntegerField(source="waiting_id", allow_null=True)


COLUMNS = list_columns(MessageAnswer)


class MessageList(ScopedApiView):
    permission = "appointments.view"

    @extend_schema(parameters=[MessageQuery], responses=MessageAnswer(many=True))
    def get(self, request: Request) -> Response:
        messages = messages_of(self.actor, **self.query(MessageQuery, paged=True))
        return paginate(request, messages, COLUMNS, key="id")
