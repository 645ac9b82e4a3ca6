"""Query parameters of figures."""

from rest_framework import serializers

from dukcapil.core.api import StrictSerializer
from dukcapil.regions.enums import Level
from reports.enums import Indicator, View


class CoverageQuery(StrictSerializer):
    region = serializers.CharField(help_text="region code; 00 is the nation")
    level = serializers.ChoiceField(Level.choices, required=False)
    date = serializers.DateField(required=False)
    basis = serializers.CharField(required=False, help_text="id or name")
    view = serializers.ChoiceField(View.choices, required=False)
    release = serializers.CharField(required=False, help_text="id or name")


class SeriesQuery(StrictSerializer):
    to = serializers.DateField(required=False)
    basis = serializers.CharField(required=False)
    view = serializers.ChoiceField(View.choices, required=False)

    def get_fields(self) -> dict[str, serializers.Field]:
        """`from` is a word of Python's own."""
        return {"from": serializers.DateField(required=False), **super().get_fields()}


class DailyQuery(StrictSerializer):
    region = serializers.CharField()
    date = serializers.DateField()


class RegionQuery(StrictSerializer):
    region = serializers.CharField(required=False)


class TargetQuery(RegionQuery):
    indicator = serializers.ChoiceField(Indicator.choices, required=False)
    year = serializers.IntegerField(required=False, min_value=2000, max_value=2100)
