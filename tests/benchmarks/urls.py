"""Baselines: what one would have written first."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from rest_framework import serializers
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.core.errors import Conflict
from dukcapil.regions.models import Region
from events.planning.models.session import ServiceSession
from events.planning.selectors.events import get_session_or_404
from registrations.api.appointments import AppointmentBody
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.services.visits import new_ticket
from registrations.people.selectors import get_resident_or_404
from reports.bases.models import PopulationFigure


class RegionSerializer(serializers.ModelSerializer[Region]):
    class Meta:
        model = Region
        fields = ("code", "name", "level", "timezone")


class FigureSerializer(serializers.ModelSerializer[PopulationFigure]):
    region = RegionSerializer()
    percent = serializers.SerializerMethodField()

    class Meta:
        model = PopulationFigure
        fields = (
            *("region", "wajib", "recorded", "unrecorded", "printed", "ikd_activated"),
            "percent",
        )

    def get_percent(self, figure: PopulationFigure) -> str | None:
        return f"{100 * (figure.recorded or 0) / figure.wajib:.2f}" if figure.wajib else None


class NestedCoverage(ScopedApiView):
    permission = "coverage.view"

    def get(self, request: Any) -> Response:
        figures = PopulationFigure.objects.filter(region__level="regency").select_related("region")
        return Response({"results": FigureSerializer(figures, many=True).data})


class LockedBooking(ScopedApiView):
    """The usual way: lock the session, count its bookings, insert one."""

    permission = "appointments.book"

    def post(self, request: Any) -> Response:
        body = self.body(AppointmentBody)
        session = get_session_or_404(self.actor, body["session"])
        resident = get_resident_or_404(self.actor, body["resident"])
        ServiceSession.everything.select_for_update().get(pk=session.pk)
        taken = AppointmentService.objects.filter(
            appointment__session=session, service="recording", active=True
        ).count()
        if taken >= session.seats.count():
            raise Conflict("session-full", "full")
        appointment = Appointment.objects.create(
            session=session,
            event=session.event,
            office_id=session.event.office_id,
            resident=resident,
            village_id=resident.village_id,
            services=["recording"],
            ticket=new_ticket(),
            created_by_id=self.actor.user_id,
        )
        AppointmentService.objects.create(
            appointment=appointment,
            resident=resident,
            office_id=appointment.office_id,
            village_id=appointment.village_id,
            event=session.event,
            service="recording",
            number=taken + 1,
        )
        return Response({"id": appointment.pk}, status=201)


@csrf_exempt
@login_not_required
def one_insert(request: HttpRequest) -> HttpResponse:
    """A Django view that does one INSERT, inside the project's middleware."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_plain (id, body) VALUES (%s, 'x')", [uuid.uuid4()])
    return JsonResponse({"ok": True}, status=201)


urlpatterns = [
    path("bench/nested/", NestedCoverage.as_view()),
    path("bench/locked/", LockedBooking.as_view()),
    path("bench/insert/", one_insert),
    path("", include("dukcapil.urls")),
]
