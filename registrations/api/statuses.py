"""What SIAK says of people's recordings, over the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.core.api import (
    PAGED,
    MomentField,
    StrictSerializer,
    TextField,
    list_columns,
    paginate,
    serializer,
    shown,
)
from registrations.cards.enums import StatusCode
from registrations.cards.selectors.backlog import kept_backlog
from registrations.cards.selectors.statuses import statuses_of
from registrations.cards.services.statuses import enter_status
from registrations.people.selectors import get_resident_or_404
from registrations.people.services.lookups import log_people, log_person


class RecordStatusBody(StrictSerializer):
    resident = serializers.UUIDField()
    code = serializers.ChoiceField(StatusCode.choices)
    at = MomentField(help_text="of the status, not of the entry")
    source: Any = TextField(max_length=100)


class RecordStatusQuery(StrictSerializer):
    region = TextField(required=False, help_text="of the counts; by default the caller's own")
    resident = serializers.UUIDField(required=False)
    code = serializers.ChoiceField(StatusCode.choices, required=False)
    newest = serializers.BooleanField(required=False, help_text="only what stands")


class RecordStatusAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    resident = serializers.UUIDField(source="resident_id")
    office = serializers.CharField(source="office_id")
    code = serializers.ChoiceField(StatusCode.choices)
    at = serializers.DateTimeField()
    since = serializers.DateTimeField(help_text="from when on this code stands")
    newest = serializers.BooleanField(help_text="false: history")
    source: Any = serializers.CharField()
    entered_by = serializers.IntegerField(source="entered_by_id", help_text="account")
    entered_at = serializers.DateTimeField()


COLUMNS = list_columns(RecordStatusAnswer)

CodeCount = serializer(
    "RecordStatusCount",
    {
        "code": serializers.ChoiceField(StatusCode.choices),
        "people": serializers.IntegerField(),
        "late": serializers.IntegerField(help_text="longer in the code than its step takes"),
        "oldest": serializers.DateTimeField(allow_null=True, help_text="since when"),
    },
)


class RecordStatusPage(serializers.Serializer[Any]):
    results = RecordStatusAnswer(many=True)
    region = serializers.CharField(help_text="of the counts")
    counts = CodeCount(
        many=True,
        allow_null=True,
        help_text="of everybody, whatever page or filter, of offices that bring lists; null: none does",
    )
    as_of = serializers.DateField(
        allow_null=True,
        help_text="of the newest list; of several offices the earliest of those days",
    )
    counted_at = serializers.DateTimeField(allow_null=True)


def _counts(region: str) -> dict[str, Any]:
    kept = kept_backlog(region)
    return {
        "region": region,
        "counts": kept
        and [
            {"code": row.step.code, "people": row.people, "late": row.late, "oldest": row.oldest}
            for row in kept.rows
        ],
        "as_of": kept and kept.as_of,
        "counted_at": kept and kept.counted_at,
    }


class RecordStatusList(ScopedApiView):
    permission = {"GET": "records.view", "POST": "records.log"}

    @extend_schema(
        operation_id="record_statuses",
        parameters=[RecordStatusQuery, *PAGED],
        responses=RecordStatusPage,
    )
    def get(self, request: Request) -> Response:
        """Statuses of people, what stands and what is history; beside them how many stand in each code."""
        query = self.query(RecordStatusQuery, paged=True)
        region = self.region(query.pop("region", None) or self.actor.region)
        if resident := query.get("resident"):
            get_resident_or_404(self.actor, resident)
        response = paginate(request, statuses_of(self.actor, **query), COLUMNS, key="id")
        people = (row["resident"] for row in response.data["results"])
        log_people(by=self.actor, people=people, kind="statuses")
        response.data |= _counts(region.pk)
        return response

    @extend_schema(request=RecordStatusBody, responses={201: RecordStatusAnswer})
    def post(self, request: Request) -> Response:
        """Enter one status. One older than what is known is kept as history; 409 for what never follows
        what is known.
        """
        body = self.body(RecordStatusBody)
        body["resident"] = get_resident_or_404(self.actor, body["resident"])
        log_person(by=self.actor, person=body["resident"].pk)
        return Response(shown(enter_status(by=self.actor, **body), COLUMNS), status=201)
