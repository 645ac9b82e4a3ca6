"""The Desk Pilkada for programs: the board of a region, and incidents."""

from __future__ import annotations

import uuid
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.accounts.permissions import Permission
from dukcapil.core.api import (
    DayField,
    MomentField,
    Results,
    StrictSerializer,
    TextField,
    WholeNumberField,
    paginate,
    serializer,
    serializer_of,
)
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.core.http import dumps
from dukcapil.regions.enums import Level, zone_of
from dukcapil.regions.models import Region
from events.elections.selectors import find_opening
from events.incidents.enums import IncidentKind, IncidentState
from events.incidents.models import Incident
from events.incidents.selectors import get_incident_or_404, incidents, shown_incident
from events.incidents.services import change_incident, report_incident
from events.planning.selectors.events import get_event_or_404
from reports.election_desk.enums import Network, ReportState, Worst
from reports.election_desk.selectors.board import day_asked, election_of
from reports.election_desk.selectors.row import DeskLine
from reports.election_desk.services import settled_board
from reports.exports import etag_of


class DeskQuery(StrictSerializer):
    region = TextField()
    election = WholeNumberField(required=False, min_value=1, max_value=2**31 - 1)
    day = DayField(required=False)


DeskShape = serializer_of(
    DeskLine,
    statuses=serializer(
        "DeskStatus",
        {
            "code": serializers.CharField(),
            "people": serializers.IntegerField(),
            "late": serializers.IntegerField(),
            "oldest": serializers.DateTimeField(allow_null=True),
        },
    )(
        many=True,
        allow_null=True,
        help_text="what SIAK says of recordings, a stock of now; null: the office brings no lists, or another day",
    ),
    network=serializers.ChoiceField(Network.choices),
    report_state=serializers.ChoiceField(ReportState.choices),
    worst=serializers.ChoiceField(Worst.choices),
)


class DeskAnswer(serializers.Serializer[Any]):
    region = serializers.CharField()
    day = serializers.DateField()
    election = serializers.IntegerField(allow_null=True)
    results = DeskShape(many=True)


class Desk(ScopedApiView):
    """One row for every office of the region, the worst first; null is what is not kept yet."""

    permission = Permission.REPORTS_VIEW
    pagination_class = Results

    @extend_schema(operation_id="desk_board", parameters=[DeskQuery], responses=DeskAnswer)
    def get(self, request: Request) -> HttpResponse:
        query = self.query(DeskQuery)
        region = self.region(query["region"])
        if Level(region.level).is_below(Level.REGENCY):
            raise NotFound
        election = election_of(region.pk, query["election"]) if "election" in query else None
        day = day_asked(query.get("day"))
        shown = settled_board(region=region, day=day, election=election)
        body = dumps(
            {
                "region": region.pk,
                "day": shown.day,
                "election": shown.election.pk if shown.election else None,
                "results": shown.rows,
            }
        )
        headers = {"ETag": etag_of(body)}
        return HttpResponse(body, content_type="application/json", headers=headers)


class IncidentQuery(StrictSerializer):
    region = TextField(required=False)
    state = serializers.ChoiceField(IncidentState.choices, required=False)


class DueField(MomentField):
    """A moment, or a day: then its last minute counts, by the clock of the office."""

    def to_internal_value(self, value: Any) -> Any:
        day = None
        if isinstance(value, str) and len(value) == 10:
            try:
                day = parse_date(value)
            except ValueError:
                day = None
        return day or super().to_internal_value(value)


class IncidentBody(StrictSerializer):
    office = TextField(required=False)
    offices = serializers.ListField(
        child=TextField(), allow_empty=False, max_length=600, required=False
    )
    kind = serializers.ChoiceField(IncidentKind.choices)
    opening = serializers.UUIDField(required=False, allow_null=True)
    event = serializers.UUIDField(required=False, allow_null=True)
    due = DueField(required=False, allow_null=True, help_text="a moment, or a day")
    owner = TextField(required=False, allow_blank=True, allow_null=True, max_length=120)
    note = TextField(max_length=500, help_text="no citizen's name or number")


class IncidentChangeBody(StrictSerializer):
    version = WholeNumberField(min_value=1, max_value=2**31 - 1)
    office = TextField(required=False)
    state = serializers.ChoiceField(IncidentState.choices, required=False)
    note = TextField(max_length=500, required=False, allow_blank=True)


OfficeEnd = serializer(
    "OfficeEnd",
    {"office": serializers.CharField(), "until": serializers.DateTimeField(allow_null=True)},
)
NoteShape = serializer(
    "IncidentNoteAnswer",
    {
        "at": serializers.DateTimeField(),
        "office": serializers.CharField(allow_null=True),
        "state": serializers.CharField(help_text="open or closed; empty: only words"),
        "text": serializers.CharField(),
    },
)


class IncidentAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    version = serializers.IntegerField(help_text="send it with a change")
    state = serializers.ChoiceField(IncidentState.choices)
    kind = serializers.ChoiceField(IncidentKind.choices)
    offices = OfficeEnd(many=True)
    opening = serializers.UUIDField(allow_null=True)
    event = serializers.UUIDField(allow_null=True)
    since = serializers.DateTimeField()
    due = serializers.DateTimeField(allow_null=True)
    owner = serializers.CharField()
    notes = NoteShape(many=True)


class IncidentList(ScopedApiView):
    """What hinders offices. Who answers for one office of an incident sees it whole."""

    permission = Permission.INCIDENTS_WRITE

    @extend_schema(parameters=[IncidentQuery], responses=IncidentAnswer(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(IncidentQuery, paged=True)
        code = self.region(query["region"]).pk if "region" in query else None
        found = incidents(self.actor, code, query.get("state", ""))
        response = paginate(request, found, ["id"], key="id")
        ids = [row["id"] for row in response.data["results"]]
        by_id = {one.pk: one for one in incidents(self.actor).filter(pk__in=ids)}
        response.data["results"] = [shown_incident(by_id[one]) for one in ids]
        return response

    @extend_schema(request=IncidentBody, responses={201: IncidentAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(IncidentBody)
        offices = self._offices(body)
        opening_id, event_id = body.get("opening"), body.get("event")
        incident = report_incident(
            by=self.actor,
            offices=offices,
            kind=body["kind"],
            note=body["note"],
            opening=find_opening(self.actor, opening_id) if opening_id else None,
            event=get_event_or_404(self.actor, event_id) if event_id else None,
            due=_moment(body.get("due"), self.actor.region),
            owner=body.get("owner") or "",
        )
        return Response(shown_incident(incident), status=201)

    def _offices(self, body: dict[str, Any]) -> list[Region]:
        if "office" in body and "offices" in body:
            raise Invalid("office", _("Give `office` or `offices`, not both."), field="office")
        texts = [body["office"]] if "office" in body else body.get("offices", [])
        field = "office" if "office" in body else "offices"
        return [
            self.region(text, level=Level.REGENCY, field=field) for text in dict.fromkeys(texts)
        ]


def _moment(due: Any, code: str) -> datetime | None:
    if due is None or isinstance(due, datetime):
        return due
    return datetime.combine(due, time(23, 59), ZoneInfo(zone_of(code)))


class IncidentDetail(ScopedApiView):
    """One incident. A change names the version that was seen; with `office` that office ends."""

    permission = Permission.INCIDENTS_WRITE

    @extend_schema(responses=IncidentAnswer)
    def get(self, request: Request, incident_id: uuid.UUID) -> Response:
        incident: Incident = get_incident_or_404(self.actor, incident_id)
        return Response(shown_incident(incident))

    @extend_schema(request=IncidentChangeBody, responses=IncidentAnswer)
    def patch(self, request: Request, incident_id: uuid.UUID) -> Response:
        body = self.body(IncidentChangeBody)
        if office := body.get("office"):
            body["office"] = self.region(office, level=Level.REGENCY, field="office").pk
        incident = change_incident(by=self.actor, incident_id=incident_id, **body)
        return Response(shown_incident(incident))
