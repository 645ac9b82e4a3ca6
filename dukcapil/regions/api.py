"""Regions for programs."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.core.api import (
    ApiView,
    StrictSerializer,
    TextField,
    list_columns,
    paginate,
    serializer,
)
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import dotted

RegionQuery = serializer(
    "RegionQuery",
    {
        "parent": TextField(required=False),
        "level": serializers.ChoiceField(Level.choices, required=False),
    },
    base=StrictSerializer,
)
RegionRow = serializer(
    "RegionRow",
    {
        "code": serializers.CharField(),
        "name": serializers.CharField(),
        "level": serializers.CharField(),
        "parent": serializers.CharField(allow_null=True, source="parent_id"),
        "timezone": serializers.CharField(),
    },
)


class RegionList(ApiView):
    """Regions are public reference data: every login may read all of them."""

    permission = "regions.view"

    @extend_schema(parameters=[RegionQuery], responses=RegionRow(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(RegionQuery, paged=True)
        regions = Region.objects.all()
        level = query.get("level")
        if parent := query.get("parent"):
            code = dotted(parent, field="parent")
            regions = (
                regions.within(code).exclude(code=code) if level else regions.filter(parent_id=code)
            )
        if level:
            regions = regions.level(level)
        return paginate(request, regions, list_columns(RegionRow), key="code")
