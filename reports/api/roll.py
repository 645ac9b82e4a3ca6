"""Who is to be recorded, for programs: counts by region."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.accounts.permissions import Permission
from dukcapil.core.api import Results, StrictSerializer, TextField, WholeNumberField, serializer
from dukcapil.regions.enums import Level
from registrations.missing.enums import EntryState, Purpose
from registrations.missing.selectors.lists import election_of
from registrations.missing.services.refreshing import refresh_within
from registrations.roll.enums import Completeness
from reports.coverage.selectors.missing import RollRow, roll_rows


class CountQuery(StrictSerializer):
    region = TextField()
    purpose = serializers.ChoiceField(Purpose.choices, default=Purpose.MISSING)
    election = WholeNumberField(
        required=False,
        min_value=1,
        max_value=2**31 - 1,
        help_text="required of `seventeen`, refused of `missing`",
    )
    level = serializers.ChoiceField(Level.choices, default=Level.VILLAGE)


RollAnswer = serializer(
    "Roll",
    {
        "region": serializers.CharField(),
        "name": serializers.CharField(),
        "completeness": serializers.ChoiceField(
            Completeness.choices, help_text="of a region with several villages, the least of them"
        ),
        "villages": serializers.IntegerField(),
        "villages_listed": serializers.IntegerField(
            help_text="villages that stand behind the counts"
        ),
        "official_unrecorded": serializers.IntegerField(allow_null=True),
        "on_list": serializers.IntegerField(allow_null=True, help_text="the six states together"),
        "not_on_list": serializers.IntegerField(
            allow_null=True,
            help_text="official_unrecorded - (on_list - recorded - left); may be negative",
        ),
        **{state: serializers.IntegerField(allow_null=True) for state in EntryState.values},
        "last_visit": serializers.DateField(allow_null=True),
        "as_of": serializers.DateTimeField(
            allow_null=True, help_text="when its lists were closed, the oldest of them"
        ),
    },
)


class RollCounts(ScopedApiView):
    """Three numbers side by side: officially unrecorded, on our list, and not on our list."""

    permission = Permission.COVERAGE_VIEW
    pagination_class = Results

    @extend_schema(operation_id="roll", parameters=[CountQuery], responses=RollAnswer(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(CountQuery)
        region = self.region(query["region"])
        election = election_of(query["purpose"], query.get("election"), region.pk)
        refresh_within(region.pk)
        rows: list[RollRow] = roll_rows(
            self.actor, region, query["level"], query["purpose"], election
        )
        return Response({"results": rows})
