"""What figures rest on: bases with their figures, targets, releases."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.accounts.permissions import Permission
from dukcapil.core.api import list_columns, paginate, serializer
from dukcapil.regions.selectors import get_region
from dukcapil.regions.validators import lineage
from reports.bases.models import Target
from reports.bases.selectors.access import (
    about_region,
    bases_seen_by,
    figures_seen_by,
    get_basis_or_404,
)
from reports.bases.validators import COMPONENTS
from reports.filters import RegionQuery, TargetQuery
from reports.releases.selectors import releases_for

BasisRow = serializer(
    "BasisRow",
    {
        "id": serializers.IntegerField(),
        "name": serializers.CharField(),
        "kind": serializers.CharField(),
        "region": serializers.CharField(source="region_id"),
        "wajib_as_of": serializers.DateField(),
        "recorded_as_of": serializers.DateField(),
        "level": serializers.CharField(),
        "source": serializers.CharField(),
        "note": serializers.CharField(),
        "replaces": serializers.IntegerField(allow_null=True, source="replaces_id"),
    },
)


class BasisList(ScopedApiView):
    """Approved bases. One that `replaces` another answers instead of it, unless it is named."""

    permission = Permission.COVERAGE_VIEW

    @extend_schema(parameters=[RegionQuery], responses=BasisRow(many=True))
    def get(self, request: Request) -> Response:
        bases = bases_seen_by(self.actor)
        if region_text := self.query(RegionQuery).get("region"):
            bases = bases.filter(about_region(get_region(region_text).pk))
        return paginate(request, bases, list_columns(BasisRow), key="id")


class FigureRow(serializers.Serializer[Any]):
    region = serializers.CharField(source="region_id")
    population = serializers.IntegerField(allow_null=True)
    wajib_ktp = serializers.IntegerField(allow_null=True, source="wajib")
    recorded = serializers.IntegerField(allow_null=True)
    unrecorded = serializers.IntegerField(allow_null=True)
    printed = serializers.IntegerField(allow_null=True)
    ikd_activated = serializers.IntegerField(allow_null=True)
    published_unrecorded_percent = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        parts = {name: serializers.IntegerField(allow_null=True) for name in COMPONENTS}
        return {**super().get_fields(), **parts}


class BasisFigures(ScopedApiView):
    """A basis as it was imported: its own rows, within the reader's region."""

    permission = Permission.COVERAGE_VIEW

    @extend_schema(responses=FigureRow(many=True))
    def get(self, request: Request, basis_id: int) -> Response:
        figures = figures_seen_by(self.actor, get_basis_or_404(self.actor, basis_id))
        return paginate(request, figures, list_columns(FigureRow), key="region_id")


TargetRow = serializer(
    "TargetRow",
    {
        "id": serializers.IntegerField(),
        "indicator": serializers.CharField(),
        "region": serializers.CharField(source="region_id"),
        "year": serializers.IntegerField(),
        "percent": serializers.CharField(allow_null=True, help_text="null: withdrawn"),
        "source": serializers.CharField(),
        "set_at": serializers.DateTimeField(),
    },
)


class TargetList(ScopedApiView):
    """Every target as it was set; of an indicator, region and year the newest row counts."""

    permission = Permission.COVERAGE_VIEW

    @extend_schema(parameters=[TargetQuery], responses=TargetRow(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(TargetQuery)
        targets = Target.objects.all()
        if region_text := query.pop("region", None):
            targets = targets.filter(region_id__in=lineage(get_region(region_text).pk))
        targets = targets.filter(**query)
        return paginate(request, targets, list_columns(TargetRow), key="id")


class ReleaseRow(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.CharField()
    day = serializers.DateField(allow_null=True)
    frozen_at = serializers.DateTimeField()
    embargo_until = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()


class ReleaseList(ScopedApiView):
    """Releases that exist for the reader: an embargoed one does not, before its hour."""

    permission = (Permission.COVERAGE_VIEW, Permission.PUBLIC_VIEW)

    @extend_schema(responses=ReleaseRow(many=True))
    def get(self, request: Request) -> Response:
        return paginate(request, releases_for(self.actor), list_columns(ReleaseRow), key="id")
