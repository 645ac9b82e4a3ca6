"""Bookings over the API: list, book, cancel, check in and take that back."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.core.api import Empty, StrictSerializer, TextField, list_columns, paginate, shown
from events.planning.enums import Service
from events.planning.selectors.events import get_session_or_404
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment
from registrations.booking.selectors.appointments import get_appointment_or_404, numbers_of
from registrations.booking.services.appointments import book, cancel_appointment, check_in
from registrations.booking.services.arrivals import undo_check_in
from registrations.people.selectors import get_resident_or_404
from registrations.people.services.lookups import log_people


class AskedBody(StrictSerializer):
    """`confirm`: the words of the question that a refusal asked (409), to do it all the same."""

    confirm = serializers.ListField(child=TextField(), required=False)


class AppointmentBody(StrictSerializer):
    session = serializers.UUIDField()
    resident = serializers.UUIDField()
    services = serializers.ListField(
        child=serializers.ChoiceField(Service.choices), allow_empty=False
    )
    confirm = serializers.ListField(
        child=TextField(max_length=40),
        required=False,
        max_length=10,
        help_text="the words of a 409 that asks: returns-later",
    )


class AppointmentQuery(StrictSerializer):
    session = serializers.UUIDField(required=False)
    event = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(AppointmentState.choices, required=False)
    ticket = TextField(required=False)


@extend_schema_serializer(exclude_fields=["checked_in_at", "created_at"])  # answered, not promised
class AppointmentAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    session = serializers.UUIDField(source="session_id")
    event = serializers.UUIDField(source="event_id")
    resident = serializers.UUIDField(source="resident_id")
    services = serializers.ListField(child=serializers.CharField())
    ticket = serializers.CharField()
    places = serializers.DictField(child=serializers.IntegerField(), source="*")
    expected_at = serializers.DateTimeField(
        allow_null=True, help_text="when to come; never before the booking's own quarter of an hour"
    )
    state = serializers.ChoiceField(AppointmentState.choices)
    checked_in_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


COLUMNS = list_columns(AppointmentAnswer)


def answer(appointment: Appointment) -> dict[str, Any]:
    numbers = getattr(appointment, "numbers", None)
    if numbers is None:
        numbers = dict(appointment.places.values_list("service", "number"))
    return shown(appointment, COLUMNS) | {"places": numbers}


class AppointmentList(ScopedApiView):
    permission = {"GET": "appointments.view", "POST": "appointments.book"}

    @extend_schema(parameters=[AppointmentQuery], responses=AppointmentAnswer(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(AppointmentQuery, paged=True)
        appointments = Appointment.objects.visible_to(self.actor).filter(**query)
        response = paginate(request, appointments, COLUMNS, key="id")
        places = numbers_of(self.actor, [row["id"] for row in response.data["results"]])
        for row in response.data["results"]:
            row["places"] = places.get(row["id"], {})
        people = (row["resident"] for row in response.data["results"])
        log_people(by=self.actor, people=people, kind="booking list")
        return response

    @extend_schema(request=AppointmentBody, responses={201: AppointmentAnswer})
    def post(self, request: Request) -> Response:
        """Book. Asks (409, `confirm`) before somebody who was called again comes too early."""
        body = self.body(AppointmentBody)
        session = get_session_or_404(self.actor, body.pop("session"))
        resident = get_resident_or_404(self.actor, body.pop("resident"))
        appointment = book(by=self.actor, session=session, resident=resident, **body)
        return Response(answer(appointment), status=201)


class AppointmentDetail(ScopedApiView):
    permission = "appointments.view"

    @extend_schema(responses=AppointmentAnswer)
    def get(self, request: Request, appointment_id: uuid.UUID) -> Response:
        appointment = get_appointment_or_404(self.actor, appointment_id)
        log_people(by=self.actor, people=[appointment.resident_id], kind="booking")
        return Response(answer(appointment))


class AppointmentCancel(ScopedApiView):
    permission = "appointments.book"

    @extend_schema(request=Empty, responses=AppointmentAnswer)
    def post(self, request: Request, appointment_id: uuid.UUID) -> Response:
        self.body(Empty)
        appointment = get_appointment_or_404(self.actor, appointment_id)
        return Response(answer(cancel_appointment(by=self.actor, appointment=appointment)))


class AppointmentCheckIn(ScopedApiView):
    permission = "appointments.book"

    @extend_schema(request=AskedBody, responses=AppointmentAnswer)
    def post(self, request: Request, appointment_id: uuid.UUID) -> Response:
        """Somebody is here. Asks (409, `confirm`) on another day than the session's own."""
        body = self.body(AskedBody)
        appointment = get_appointment_or_404(self.actor, appointment_id)
        return Response(answer(check_in(by=self.actor, appointment=appointment, **body)))


class AppointmentUndoCheckIn(ScopedApiView):
    permission = "appointments.book"

    @extend_schema(request=Empty, responses=AppointmentAnswer)
    def post(self, request: Request, appointment_id: uuid.UUID) -> Response:
        """The arrival was a mistake, and nothing was logged: 409 otherwise."""
        self.body(Empty)
        appointment = get_appointment_or_404(self.actor, appointment_id)
        return Response(answer(undo_check_in(by=self.actor, appointment=appointment)))
