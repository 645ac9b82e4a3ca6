"""The API under /api/v1/. Every path stands here once."""

from typing import Any

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from dukcapil.accounts.api import Ping
from dukcapil.regions.api import RegionList
from events.api import EventApproval, EventDetail, EventList, SessionDetail, SessionList
from registrations.api import appointments, records, residents
from reports import api as reports

app_name = "api"


def open_page(view: Any) -> Any:
    """Marked open: no login, no person behind it."""
    view.login_required = False
    return view


urlpatterns = [
    path("ping/", Ping.as_view(), name="ping"),
    path("schema/", open_page(SpectacularAPIView.as_view()), name="schema"),
    path(
        "docs/",
        open_page(SpectacularSwaggerSplitView.as_view(url_name="api:schema")),
        name="docs",
    ),
    path("regions/", RegionList.as_view(), name="regions"),
    path("events/", EventList.as_view(), name="events"),
    path("events/<uuid:event_id>/", EventDetail.as_view(), name="event"),
    path("events/<uuid:event_id>/approve/", EventApproval.as_view(), name="event-approve"),
    path("events/<uuid:event_id>/close/", appointments.EventClose.as_view(), name="event-close"),
    path("events/<uuid:event_id>/cancel/", appointments.EventCancel.as_view(), name="event-cancel"),
    path("sessions/", SessionList.as_view(), name="sessions"),
    path("sessions/<uuid:session_id>/", SessionDetail.as_view(), name="session"),
    path("residents/", residents.ResidentList.as_view(), name="residents"),
    path("residents/search/", residents.ResidentSearch.as_view(), name="resident-search"),
    path("residents/<uuid:resident_id>/", residents.ResidentDetail.as_view(), name="resident"),
    path(
        "residents/<uuid:resident_id>/reveal/",
        residents.ResidentReveal.as_view(),
        name="resident-reveal",
    ),
    path("appointments/", appointments.AppointmentList.as_view(), name="appointments"),
    path(
        "appointments/<uuid:appointment_id>/",
        appointments.AppointmentDetail.as_view(),
        name="appointment",
    ),
    path(
        "appointments/<uuid:appointment_id>/cancel/",
        appointments.AppointmentCancel.as_view(),
        name="appointment-cancel",
    ),
    path(
        "appointments/<uuid:appointment_id>/check-in/",
        appointments.AppointmentCheckIn.as_view(),
        name="appointment-check-in",
    ),
    path("service-records/", records.RecordList.as_view(), name="records"),
    path("service-records/batch/", records.RecordBatch.as_view(), name="record-batch"),
    path("service-records/<uuid:record_id>/", records.RecordDetail.as_view(), name="record"),
    path(
        "service-records/<uuid:record_id>/void/", records.RecordVoid.as_view(), name="record-void"
    ),
    path(
        "service-records/<uuid:record_id>/accept/",
        records.RecordAccept.as_view(),
        name="record-accept",
    ),
    path("coverage/", reports.Coverage.as_view(), name="coverage"),
    path("coverage/<str:code>/series/", reports.CoverageSeries.as_view(), name="coverage-series"),
    path("daily-reports/", reports.DailyReports.as_view(), name="daily-reports"),
    path("daily-reports/status/", reports.DailyReportStatus.as_view(), name="daily-report-status"),
    path("bases/", reports.BasisList.as_view(), name="bases"),
    path("targets/", reports.TargetList.as_view(), name="targets"),
    path("releases/", reports.ReleaseList.as_view(), name="releases"),
]
