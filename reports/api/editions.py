"""Editions: voters by village for a recipient who is named, as they were made."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.accounts.permissions import Permission
from dukcapil.core.api import (
    StrictSerializer,
    TextField,
    WholeNumberField,
    list_columns,
    paginate,
    serializer,
    shown,
)
from dukcapil.core.errors import NotFound
from dukcapil.regions.enums import Level
from dukcapil.regions.models import inside
from dukcapil.regions.selectors import get_region
from reports.editions.models import Edition
from reports.editions.selectors import content_of, editions_seen_by, get_edition_or_404
from reports.editions.services.editions import make_edition, take_out


class EditionQuery(StrictSerializer):
    region = TextField(required=False, help_text="editions of this region and of what lies in it")
    election = WholeNumberField(required=False, min_value=1, max_value=2**31 - 1)


EditionBody = serializer(
    "EditionBody",
    {
        "region": TextField(help_text="a province, or a regency or city"),
        "election": WholeNumberField(min_value=1, max_value=2**31 - 1),
        "recipient": TextField(max_length=150, help_text="an institution; no person's name"),
        "agreement": TextField(max_length=100, help_text="number of the agreement or letter"),
    },
    StrictSerializer,
)


class EditionFigures(serializers.Serializer[Any]):
    """Rounded to multiples of five. null is unknown, or left out: then `suppressed` names its family."""

    region = serializers.CharField(help_text="the first of the codes joined")
    regions = serializers.ListField(child=serializers.CharField(), help_text="codes joined")
    name = serializers.CharField()
    level = serializers.ChoiceField(Level.choices)
    potential = serializers.IntegerField(help_text="voters of the list (DP4 or DPT)")
    recorded = serializers.IntegerField(allow_null=True)
    unrecorded = serializers.IntegerField(allow_null=True)
    seventeen = serializers.IntegerField(
        allow_null=True, help_text="people held who turn 17 after `day`, up to `held_on`"
    )
    suppressed = serializers.ListField(
        child=serializers.ChoiceField(["recording", "seventeen"]), help_text="left out"
    )


class EditionRow(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    region = serializers.CharField(source="region_id")
    election = serializers.IntegerField(source="election_id")
    held_on = serializers.DateField(help_text="as it stood when the edition was made")
    day = serializers.DateField(help_text="recordings are counted up to this day")
    basis = serializers.IntegerField(source="basis_id")
    recipient = serializers.CharField()
    agreement = serializers.CharField()
    made_at = serializers.DateTimeField()


class EditionAnswer(EditionRow):
    results = EditionFigures(many=True, help_text="villages: each stands in exactly one row")
    sums = EditionFigures(
        many=True, help_text="districts and what is around them: sums of `results`"
    )


class EditionList(ScopedApiView):
    """Editions of the reader's own region. What was made is never changed."""

    permission = {"GET": Permission.COVERAGE_VIEW, "POST": Permission.EDITIONS_MAKE}

    @extend_schema(parameters=[EditionQuery], responses=EditionRow(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(EditionQuery, paged=True)
        editions = editions_seen_by(self.actor)
        if region_text := query.get("region"):
            region = get_region(region_text).pk
            if not self.actor.covers(region):
                raise NotFound
            editions = editions.filter(inside("region_id", region))
        if election := query.get("election"):
            editions = editions.filter(election=election)
        return paginate(request, editions, list_columns(EditionRow), key="id")

    @extend_schema(request=EditionBody, responses={201: EditionAnswer})
    def post(self, request: Request) -> Response:
        """Made once, for the recipient that is named: at least 30 days after the one before, and at most
        three for an election.
        """
        body = self.body(EditionBody)
        body["region"] = get_region(body["region"])
        return Response(_answer(make_edition(by=self.actor, **body)), status=201)


class EditionDetail(ScopedApiView):
    """An edition as it left the house."""

    permission = Permission.COVERAGE_VIEW

    @extend_schema(responses=EditionAnswer)
    def get(self, request: Request, edition_id: int) -> Response:
        """Who takes it is written down, with the recipient."""
        edition = get_edition_or_404(self.actor, edition_id)
        take_out(by=self.actor, edition=edition)
        return Response(_answer(edition))


def _answer(edition: Edition) -> dict[str, Any]:
    content = content_of(edition)
    return shown(edition, list_columns(EditionRow)) | {
        "results": content.results,
        "sums": content.sums,
    }
