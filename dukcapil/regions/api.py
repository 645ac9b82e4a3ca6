from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.core.api import ApiView, StrictSerializer, paginate
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import dotted


class RegionQuery(StrictSerializer):
    parent = serializers.CharField(required=False)  # type: ignore[assignment]  # DRF's own name
    level = serializers.ChoiceField(Level.choices, required=False)


class RegionRow(serializers.Serializer[dict[str, Any]]):
    code = serializers.CharField()
    name = serializers.CharField()
    level = serializers.CharField()
    parent = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # DRF's own name
    timezone = serializers.CharField()


class RegionList(ApiView):
    """Regions are public reference data: every login may read all of them."""

    permission = "regions.view"

    @extend_schema(parameters=[RegionQuery], responses=RegionRow(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(RegionQuery)
        regions = Region.objects.all()
        if parent := query.get("parent"):
            code = dotted(parent, field="parent")
            wanted = query.get("level")
            regions = (
                regions.within(code).exclude(code=code)
                if wanted
                else regions.filter(parent_id=code)
            )
        if level := query.get("level"):
            regions = regions.level(level)
        columns = ("code", "name", "level", "parent_id", "timezone")
        return paginate(request, regions, columns, key="code", rename={"parent_id": "parent"})
