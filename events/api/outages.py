"""Outages of network and power for programs."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.accounts.permissions import Permission
from dukcapil.core.api import (
    MomentField,
    StrictSerializer,
    TextField,
    WholeNumberField,
    paginate,
    serializer,
)
from dukcapil.regions.enums import Level
from events.incidents.enums import IncidentState, OutageKind
from events.incidents.selectors import get_outage_or_404, outages, shown_outage
from events.incidents.services import change_outage, report_outage, withdraw_outage
from events.planning.selectors.events import get_event_or_404
from events.points.selectors import find_point


class OutageQuery(StrictSerializer):
    region = TextField(required=False)
    state = serializers.ChoiceField(
        IncidentState.choices, required=False, help_text="closed: its end is over"
    )


OutageBody = serializer(
    "OutageBody",
    {
        "office": TextField(help_text="regency code"),
        "point": serializers.UUIDField(required=False, allow_null=True),
        "event": serializers.UUIDField(required=False, allow_null=True),
        "kind": serializers.ChoiceField(OutageKind.choices),
        "from": MomentField(required=False, help_text="without it: now"),
        "until": MomentField(required=False, allow_null=True, help_text="null: it still lasts"),
        "note": TextField(
            max_length=500,
            required=False,
            allow_blank=True,
            help_text="no citizen's name or number",
        ),
    },
    StrictSerializer,
)

OutageChangeBody = serializer(
    "OutageChangeBody",
    {
        "from": MomentField(required=False),
        "until": MomentField(required=False, allow_null=True),
        "note": TextField(max_length=500, required=False, allow_blank=True),
        "version": WholeNumberField(
            min_value=1,
            max_value=2**31 - 1,
            required=False,
            help_text="that was seen: 409 when somebody changed it since",
        ),
    },
    StrictSerializer,
)

OutageAnswer = serializer(
    "Outage",
    {
        "id": serializers.UUIDField(),
        "office": serializers.CharField(),
        "point": serializers.UUIDField(allow_null=True),
        "event": serializers.UUIDField(
            allow_null=True, help_text="neither point nor event: the whole office"
        ),
        "kind": serializers.ChoiceField(OutageKind.choices),
        "from": serializers.DateTimeField(),
        "until": serializers.DateTimeField(allow_null=True),
        "note": serializers.CharField(),
        "version": serializers.IntegerField(help_text="send it with a change"),
    },
)


class OutageList(ScopedApiView):
    """While one lasts its office is red on the board."""

    permission = Permission.INCIDENTS_WRITE

    @extend_schema(parameters=[OutageQuery], responses=OutageAnswer(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(OutageQuery, paged=True)
        code = self.region(query["region"]).pk if "region" in query else None
        found = outages(self.actor, code, query.get("state", ""))
        response = paginate(request, found, ["id"], key="id")
        ids = [row["id"] for row in response.data["results"]]
        by_id = {one.pk: one for one in outages(self.actor).filter(pk__in=ids)}
        response.data["results"] = [shown_outage(by_id[one]) for one in ids]
        return response

    @extend_schema(request=OutageBody, responses={201: OutageAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(OutageBody)
        office = self.region(body["office"], level=Level.REGENCY, field="office")
        point, event = body.get("point"), body.get("event")
        outage = report_outage(
            by=self.actor,
            office=office,
            kind=body["kind"],
            since=body.get("from"),
            until=body.get("until"),
            note=body.get("note", ""),
            point=find_point(office.pk, point) if point else None,
            event=get_event_or_404(self.actor, event) if event else None,
        )
        return Response(shown_outage(outage), status=201)


class OutageDetail(ScopedApiView):
    """One outage: its hours and its note."""

    permission = Permission.INCIDENTS_WRITE

    @extend_schema(responses=OutageAnswer)
    def get(self, request: Request, outage_id: uuid.UUID) -> Response:
        return Response(shown_outage(get_outage_or_404(self.actor, outage_id)))

    @extend_schema(request=OutageChangeBody, responses=OutageAnswer)
    def patch(self, request: Request, outage_id: uuid.UUID) -> Response:
        """`until` ends it; what is left out stays."""
        body: dict[str, Any] = self.body(OutageChangeBody)
        body["since"] = body.pop("from", None)
        return Response(shown_outage(change_outage(by=self.actor, outage_id=outage_id, **body)))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, outage_id: uuid.UUID) -> Response:
        """One that was announced does not come; what has begun is ended instead."""
        withdraw_outage(by=self.actor, outage_id=outage_id)
        return Response(status=204)
