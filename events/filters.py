"""Query parameters of the event lists."""

from rest_framework import serializers

from dukcapil.core.api import StrictSerializer, TextField
from events.planning.enums import EventKind, EventState


class EventQuery(StrictSerializer):
    office = TextField(required=False)
    state = serializers.ChoiceField(EventState.choices, required=False)
    kind = serializers.ChoiceField(EventKind.choices, required=False)
    date = serializers.DateField(required=False, help_text="events that run on this day")


class SessionQuery(StrictSerializer):
    event = serializers.UUIDField(required=False)
    date = serializers.DateField(required=False)
