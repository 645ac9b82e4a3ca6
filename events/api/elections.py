"""Elections with what was decided of them, and days that regions opened or closed."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.core.api import DayField, Results, StrictSerializer, TextField, serializer
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import get_region
from events.calendar.enums import DayKind
from events.calendar.models import LocalDay
from events.calendar.selectors import local_days
from events.elections.enums import ElectionKind, ElectionState
from events.elections.models import Election
from events.elections.selectors import decisions_of, elections_of, state_of
from events.elections.services.days import decide_day
from events.elections.services.deciding import decide, enter_election, get_election_or_404


class RegionQuery(StrictSerializer):
    region = TextField(help_text="region code, for example 13.75")


#: Made by calls: a class statement cannot have a field named `source`.
DecisionAnswer = serializer(
    "ElectionDecision",
    {
        "at": serializers.DateTimeField(),
        "by": serializers.IntegerField(
            allow_null=True, help_text="account; null for what stood here before"
        ),
        "held_on": serializers.DateField(),
        "state": serializers.CharField(),
        "source": serializers.CharField(help_text="decree or letter"),
    },
)


class ElectionAnswer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.CharField()
    region = serializers.CharField()
    offices = serializers.ListField(
        child=serializers.CharField(), help_text="empty: every office of the region"
    )
    state = serializers.CharField(help_text="planned, moved, cancelled or held")
    held_on = serializers.DateField()
    listed_from = serializers.DateField(help_text="lists leave out who was recorded before it")
    history = DecisionAnswer(many=True)


def _shown(election: Election) -> dict[str, Any]:
    return {
        "id": election.pk,
        "name": election.name,
        "kind": election.kind,
        "region": election.region_id,
        "offices": election.offices,
        "state": state_of(election),
        "held_on": election.held_on,
        "listed_from": election.lists_from,
        "history": [
            {
                "at": one.decided_at,
                "by": one.by_id,
                "held_on": one.held_on,
                "state": one.state,
                "source": one.source,
            }
            for one in decisions_of(election)
        ],
    }


ElectionBody = serializer(
    "ElectionBody",
    {
        "name": TextField(max_length=120),
        "kind": serializers.ChoiceField(ElectionKind.choices),
        "region": TextField(),
        "held_on": DayField(),
        "source": TextField(max_length=200, help_text="decree or letter"),
        "listed_from": DayField(
            required=False,
            help_text="without it: today, or the day of the election where that is earlier",
        ),
        "offices": serializers.ListField(child=TextField(), required=False, max_length=600),
    },
    StrictSerializer,
)

DecisionBody = serializer(
    "ElectionDecisionBody",
    {
        "held_on": DayField(required=False),
        "state": serializers.ChoiceField(ElectionState.choices, required=False),
        "source": TextField(max_length=200, help_text="decree or letter"),
        "confirm": serializers.ListField(child=TextField(), required=False),
    },
    StrictSerializer,
)


class ElectionList(ScopedApiView):
    permission = {"GET": "coverage.view", "POST": "elections.set"}
    pagination_class = Results

    @extend_schema(parameters=[RegionQuery], responses=ElectionAnswer(many=True))
    def get(self, request: Request) -> Response:
        region = self.region(self.query(RegionQuery)["region"])
        return Response({"results": [_shown(one) for one in elections_of(region.pk)]})

    @extend_schema(request=ElectionBody, responses={201: ElectionAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(ElectionBody)
        body["region"] = get_region(body["region"])
        body["offices"] = [
            get_region(code, level=Level.REGENCY, field="offices")
            for code in body.pop("offices", [])
        ]
        return Response(_shown(enter_election(by=self.actor, **body)), status=201)


class ElectionDecisions(ScopedApiView):
    permission = "elections.set"

    @extend_schema(request=DecisionBody, responses={201: ElectionAnswer})
    def post(self, request: Request, election_id: int) -> Response:
        """A changed day makes it moved. Asks (409, `confirm`) where the election was held already."""
        body = self.body(DecisionBody)
        election = get_election_or_404(self.actor, election_id)
        return Response(
            _shown(decide(by=self.actor, election=election, **body).election), status=201
        )


LocalDayAnswer = serializer(
    "LocalDay",
    {
        "id": serializers.IntegerField(),
        "region": serializers.CharField(),
        "day": serializers.DateField(),
        "kind": serializers.CharField(),
        "reason": serializers.CharField(),
        "source": serializers.CharField(help_text="decree or letter, or `opening`"),
        "by": serializers.IntegerField(allow_null=True, help_text="account"),
        "at": serializers.DateTimeField(),
    },
)

LocalDayBody = serializer(
    "LocalDayBody",
    {
        "region": TextField(),
        "day": DayField(),
        "kind": serializers.ChoiceField(DayKind.choices),
        "reason": TextField(max_length=200),
        "source": TextField(max_length=200, required=False, allow_blank=True),
        "confirm": serializers.ListField(child=TextField(), required=False),
    },
    StrictSerializer,
)


class LocalDayQuery(RegionQuery):
    day = DayField(required=False)


def _day_shown(row: LocalDay) -> dict[str, Any]:
    return {
        "id": row.pk,
        "region": row.region_id,
        "day": row.day,
        "kind": row.kind,
        "reason": row.reason,
        "source": row.source,
        "by": row.by_id,
        "at": row.created_at,
    }


class LocalDayList(ScopedApiView):
    permission = {"GET": "coverage.view", "POST": "elections.set"}
    pagination_class = Results

    @extend_schema(parameters=[LocalDayQuery], responses=LocalDayAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Held in, above or below the region. Of a region and day the newest row counts, and the lower
        region's before that of one above.
        """
        query = self.query(LocalDayQuery)
        region = self.region(query["region"])
        rows = local_days(region.pk, query.get("day"), query.get("day"))
        return Response({"results": [_day_shown(row) for row in rows]})

    @extend_schema(request=LocalDayBody, responses={201: LocalDayAnswer})
    def post(self, request: Request) -> Response:
        """Asks (409, `confirm`) before a day is closed on which offices planned to open."""
        body = self.body(LocalDayBody)
        body["region"] = get_region(body["region"])
        return Response(_day_shown(decide_day(by=self.actor, **body)), status=201)
