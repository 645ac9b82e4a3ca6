"""Alerts for programs: what is open, and that somebody sees to it."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.accounts.permissions import Permission
from dukcapil.core.api import StrictSerializer, TextField, paginate, serializer
from reports.alerts.enums import AlertKind, AlertState
from reports.alerts.models import Alert
from reports.alerts.renderers import text_of
from reports.alerts.selectors.shown import alerts, get_alert_or_404
from reports.alerts.services.taking import take_alert


class AlertQuery(StrictSerializer):
    region = TextField(required=False, help_text="alerts of this region and of what lies in it")
    state = serializers.ChoiceField(AlertState.choices, required=False)
    kind = serializers.ChoiceField(AlertKind.choices, required=False)


AlertTakeBody = serializer(
    "AlertTakeBody",
    {"note": TextField(max_length=300, help_text="no citizen's name or number")},
    StrictSerializer,
)


class AlertAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(AlertKind.choices)
    region = serializers.CharField()
    name = serializers.CharField(help_text="of the region")
    subject = serializers.CharField(
        help_text="id of the opening, device or incident, or the item of stock; empty: the office itself"
    )
    state = serializers.ChoiceField(AlertState.choices)
    text = serializers.CharField(help_text="what is the matter, in words")
    opened_at = serializers.DateTimeField()
    taken_at = serializers.DateTimeField(allow_null=True)
    taken_by = serializers.IntegerField(allow_null=True)
    note = serializers.CharField(help_text="of whoever took it")
    closed_at = serializers.DateTimeField(allow_null=True)


def _shown(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.pk,
        "kind": alert.kind,
        "region": alert.region_id,
        "name": alert.region.name,
        "subject": alert.subject,
        "state": alert.state,
        "text": text_of(alert),
        "opened_at": alert.opened_at,
        "taken_at": alert.taken_at,
        "taken_by": alert.taken_by_id,
        "note": alert.note,
        "closed_at": alert.closed_at,
    }


class AlertList(ScopedApiView):
    """What the reader's role is told of, in the own region; the oldest first."""

    permission = Permission.ALERTS_VIEW

    @extend_schema(parameters=[AlertQuery], responses=AlertAnswer(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(AlertQuery, paged=True)
        code = self.region(query["region"]).pk if "region" in query else None
        found = alerts(self.actor, code, query.get("state", ""), query.get("kind", ""))
        response = paginate(request, found, ["id"], key="id")
        ids = [row["id"] for row in response.data["results"]]
        by_id = {alert.pk: alert for alert in alerts(self.actor).filter(pk__in=ids)}
        response.data["results"] = [_shown(by_id[one]) for one in ids]
        return response


class AlertDetail(ScopedApiView):
    """One alert, open or over."""

    permission = Permission.ALERTS_VIEW

    @extend_schema(responses=AlertAnswer)
    def get(self, request: Request, alert_id: uuid.UUID) -> Response:
        return Response(_shown(get_alert_or_404(self.actor, alert_id)))


class AlertTake(ScopedApiView):
    """Once: 409 when somebody has taken it, or when it is over."""

    permission = Permission.ALERTS_TAKE

    @extend_schema(request=AlertTakeBody, responses=AlertAnswer)
    def post(self, request: Request, alert_id: uuid.UUID) -> Response:
        note = self.body(AlertTakeBody)["note"]
        return Response(_shown(take_alert(by=self.actor, alert_id=alert_id, note=note)))
