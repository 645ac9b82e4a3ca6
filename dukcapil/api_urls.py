"""Every address of the API, under /api/v1/."""

from typing import Any

from django.urls import path
from drf_spectacular.views import SpectacularSwaggerSplitView

from dukcapil.accounts.api import Ping
from dukcapil.api_start import start
from dukcapil.core.schema import Schema
from dukcapil.regions.api import RegionList
from events.api import elections, openings, outages
from events.api import stock as cards
from events.api.planning import EventList, SessionList
from registrations.api import (
    appointments,
    burials,
    corrections,
    devices,
    documents,
    events,
    findings,
    messages,
    papers,
    print_rules,
    records,
    residents,
    statuses,
)
from registrations.api import roll as lists
from reports.api import (
    alerts,
    bases,
    coverage,
    daily,
    desk,
    editions,
    files,
    plans,
    roll,
    stock,
    webhooks,
)

app_name = "api"


def open_page(view: Any) -> Any:
    """Mark a view as open to everybody, without a login: nothing about a person is behind it."""
    view.login_required = False
    return view


urlpatterns = [
    path("ping/", Ping.as_view(), name="ping"),
    path("schema/", open_page(Schema.as_view()), name="schema"),
    path(
        "docs/",
        open_page(SpectacularSwaggerSplitView.as_view(url_name="api:schema")),
        name="docs",
    ),
    path("docs/mulai/", open_page(start), name="docs-start"),
    path("regions/", RegionList.as_view(), name="regions"),
    path("events/", EventList.as_view(), name="events"),
    path("events/<uuid:event_id>/", events.EventDetail.as_view(), name="event"),
    path("events/<uuid:event_id>/approve/", events.EventApproval.as_view(), name="event-approve"),
    path(
        "events/<uuid:event_id>/change/sign/",
        events.EventChangeSign.as_view(),
        name="event-change-sign",
    ),
    path(
        "events/<uuid:event_id>/change/withdraw/",
        events.EventChangeWithdraw.as_view(),
        name="event-change-withdraw",
    ),
    path("events/<uuid:event_id>/seen/", events.EventSeen.as_view(), name="event-seen"),
    path("events/<uuid:event_id>/close/", events.EventClose.as_view(), name="event-close"),
    path("events/<uuid:event_id>/reopen/", events.EventReopen.as_view(), name="event-reopen"),
    path("events/<uuid:event_id>/cancel/", events.EventCancel.as_view(), name="event-cancel"),
    path("elections/", elections.ElectionList.as_view(), name="elections"),
    path(
        "elections/<int:election_id>/decisions/",
        elections.ElectionDecisions.as_view(),
        name="election-decisions",
    ),
    path("local-days/", elections.LocalDayList.as_view(), name="local-days"),
    path("points/", openings.PointList.as_view(), name="points"),
    path("openings/", openings.OpeningList.as_view(), name="openings"),
    path(
        "openings/<uuid:opening_id>/heartbeat/",
        openings.OpeningHeartbeat.as_view(),
        name="opening-heartbeat",
    ),
    path("devices/", devices.DeviceList.as_view(), name="devices"),
    path("devices/<int:device_id>/", devices.DeviceDetail.as_view(), name="device"),
    path("devices/<int:device_id>/faults/", devices.DeviceFaults.as_view(), name="device-faults"),
    path(
        "devices/<int:device_id>/faults/<uuid:fault_id>/",
        devices.DeviceFaultDetail.as_view(),
        name="device-fault",
    ),
    path("outages/", outages.OutageList.as_view(), name="outages"),
    path("outages/<uuid:outage_id>/", outages.OutageDetail.as_view(), name="outage"),
    path("sessions/", SessionList.as_view(), name="sessions"),
    path("sessions/<uuid:session_id>/", events.SessionDetail.as_view(), name="session"),
    path("documents/", documents.DocumentList.as_view(), name="documents"),
    path("documents/counts/", documents.DocumentCounts.as_view(), name="document-totals"),
    path("documents/<uuid:document_id>/", documents.DocumentDetail.as_view(), name="document"),
    path(
        "documents/<uuid:document_id>/papers/",
        documents.DocumentPapers.as_view(),
        name="document-papers",
    ),
    path(
        "documents/<uuid:document_id>/move/", documents.DocumentMove.as_view(), name="document-move"
    ),
    path(
        "documents/<uuid:document_id>/hand-over/",
        documents.DocumentHandOver.as_view(),
        name="document-hand-over",
    ),
    path(
        "documents/<uuid:document_id>/refuse/",
        documents.DocumentRefuse.as_view(),
        name="document-refuse",
    ),
    path("office-counts/", documents.OfficeCountList.as_view(), name="office-counts"),
    path("papers/", papers.PaperList.as_view(), name="papers"),
    path("papers/<uuid:paper_id>/void/", papers.PaperVoid.as_view(), name="paper-void"),
    path("paper-rules/", papers.PaperRuleList.as_view(), name="paper-rules"),
    path("print-rules/", print_rules.PrintRuleList.as_view(), name="print-rules"),
    path("residents/", residents.ResidentList.as_view(), name="residents"),
    path("residents/search/", residents.ResidentSearch.as_view(), name="resident-search"),
    path("residents/<uuid:resident_id>/", corrections.ResidentDetail.as_view(), name="resident"),
    path(
        "residents/<uuid:resident_id>/replace-nik/",
        corrections.ResidentReplaceNik.as_view(),
        name="resident-replace-nik",
    ),
    path(
        "residents/<uuid:resident_id>/merge/",
        corrections.ResidentMerge.as_view(),
        name="resident-merge",
    ),
    path(
        "residents/<uuid:resident_id>/reopen-recording/",
        corrections.ResidentReopenRecording.as_view(),
        name="resident-reopen-recording",
    ),
    path(
        "residents/<uuid:resident_id>/erase/",
        corrections.ResidentErase.as_view(),
        name="resident-erase",
    ),
    path(
        "residents/<uuid:resident_id>/reveal/",
        residents.ResidentReveal.as_view(),
        name="resident-reveal",
    ),
    path("burials/", burials.BurialList.as_view(), name="burials"),
    path("record-statuses/", statuses.RecordStatusList.as_view(), name="record-statuses"),
    path("findings/", findings.FindingList.as_view(), name="findings"),
    path(
        "findings/<uuid:finding_id>/decide/",
        findings.FindingDecision.as_view(),
        name="finding-decide",
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
    path("messages/", messages.MessageList.as_view(), name="messages"),
    path(
        "appointments/<uuid:appointment_id>/undo-check-in/",
        appointments.AppointmentUndoCheckIn.as_view(),
        name="appointment-undo-check-in",
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
    path("coverage/", coverage.Coverage.as_view(), name="coverage"),
    path("coverage/<str:code>/series/", coverage.CoverageSeries.as_view(), name="coverage-series"),
    path("metadata/", coverage.Metadata.as_view(), name="metadata"),
    path("structures/", coverage.Structures.as_view(), name="structures"),
    path("dataValueSets/", coverage.DataValueSets.as_view(), name="data-value-sets"),
    path("age-bands/", coverage.AgeBands.as_view(), name="age-bands"),
    path("daily-reports/", daily.DailyReports.as_view(), name="daily-reports"),
    path("daily-reports/status/", daily.DailyReportStatus.as_view(), name="daily-report-status"),
    path("daily-reports/confirm/", daily.DailyReportConfirm.as_view(), name="daily-report-confirm"),
    path("daily-reports/lock/", daily.DailyReportLock.as_view(), name="daily-report-lock"),
    path("desk/", desk.Desk.as_view(), name="desk"),
    path("incidents/", desk.IncidentList.as_view(), name="incidents"),
    path("incidents/<uuid:incident_id>/", desk.IncidentDetail.as_view(), name="incident"),
    path("alerts/", alerts.AlertList.as_view(), name="alerts"),
    path("alerts/<uuid:alert_id>/", alerts.AlertDetail.as_view(), name="alert"),
    path("alerts/<uuid:alert_id>/take/", alerts.AlertTake.as_view(), name="alert-take"),
    path("stock/", stock.StockList.as_view(), name="stock"),
    path("stock/movements/", cards.MovementList.as_view(), name="stock-movements"),
    path("stock/counts/", cards.CountList.as_view(), name="stock-counts"),
    path("stock/requests/", cards.RequestList.as_view(), name="stock-requests"),
    path(
        "stock/requests/<uuid:stock_request_id>/decide/",
        cards.RequestDecision.as_view(),
        name="stock-request-decide",
    ),
    path("roll/", roll.RollCounts.as_view(), name="roll"),
    path("roll/entries/", lists.RollEntries.as_view(), name="roll-entries"),
    path("roll/venues/", lists.RollVenues.as_view(), name="roll-venues"),
    path("roll/lists/", lists.RollLists.as_view(), name="roll-lists"),
    path("bases/", bases.BasisList.as_view(), name="bases"),
    path("bases/<int:basis_id>/figures/", bases.BasisFigures.as_view(), name="basis-figures"),
    path("targets/", bases.TargetList.as_view(), name="targets"),
    path("releases/", bases.ReleaseList.as_view(), name="releases"),
    path("editions/", editions.EditionList.as_view(), name="editions"),
    path("editions/<int:edition_id>/", editions.EditionDetail.as_view(), name="edition"),
    path("plans/", plans.PlanList.as_view(), name="plans"),
    path("plans/<uuid:plan_id>/", plans.PlanDetail.as_view(), name="plan"),
    path("plans/<uuid:plan_id>/instance/", plans.PlanInstance.as_view(), name="plan-instance"),
    path("plans/<uuid:plan_id>/stop/", plans.PlanStopping.as_view(), name="plan-stop"),
    path("files/", files.FileList.as_view(), name="files"),
    path("files/<uuid:file_id>/", files.FileDetail.as_view(), name="file"),
    path("files/<uuid:file_id>/content/", files.FileContent.as_view(), name="file-content"),
    path("webhooks/", webhooks.WebhookList.as_view(), name="webhooks"),
    path("webhooks/<uuid:webhook_id>/end/", webhooks.WebhookEnd.as_view(), name="webhook-end"),
    path("webhook-deliveries/", webhooks.DeliveryList.as_view(), name="webhook-deliveries"),
    path(
        "webhook-deliveries/<uuid:delivery_id>/replay/",
        webhooks.DeliveryReplay.as_view(),
        name="webhook-replay",
    ),
]
