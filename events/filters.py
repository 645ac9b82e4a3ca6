"""Query parameters of the event lists."""

from datetime import date
from typing import Any

from rest_framework import serializers

from dukcapil.core.api import DayField, StrictSerializer, TextField
from dukcapil.core.errors import Invalid
from events.planning.enums import EventKind, EventState
from events.planning.validators import check_day


class PlannedDayField(DayField):
    """A day that a session can be on: the last day of all calendars has no next one to end before."""

    def to_internal_value(self, value: Any) -> date:
        day = super().to_internal_value(value)
        try:
            check_day(day)
        except Invalid as error:
            raise serializers.ValidationError(error.message, code=error.code) from error
        return day


class EventQuery(StrictSerializer):
    office = TextField(required=False)
    state = serializers.ChoiceField(EventState.choices, required=False)
    kind = serializers.ChoiceField(EventKind.choices, required=False)
    date = serializers.DateField(required=False, help_text="events that run on this day")


class SessionQuery(StrictSerializer):
    event = serializers.UUIDField(required=False)
    date = PlannedDayField(required=False)
