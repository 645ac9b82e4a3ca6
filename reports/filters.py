"""Query parameters of figures."""

from rest_framework import serializers

from dukcapil.core.api import StrictSerializer, TextField, WholeNumberField
from dukcapil.regions.enums import Level
from reports.bases.enums import Indicator
from reports.coverage.enums import View


class CoverageQuery(StrictSerializer):
    region = TextField(help_text="region code; 00 is the nation")
    level = serializers.ChoiceField(Level.choices, required=False)
    date = serializers.DateField(required=False)
    basis = TextField(required=False, help_text="id or name")
    view = serializers.ChoiceField(View.choices, required=False)
    release = TextField(required=False, help_text="id or name")
    bom = serializers.BooleanField(
        required=False, help_text="csv: with the mark by which Excel knows UTF-8"
    )


class SeriesQuery(StrictSerializer):
    to = serializers.DateField(required=False)
    basis = TextField(required=False)
    view = serializers.ChoiceField(View.choices, required=False)
    release = TextField(required=False, help_text="id or name")

    def get_fields(self) -> dict[str, serializers.Field]:
        """`from` is a keyword of Python, so it cannot be an attribute of the class."""
        return {"from": serializers.DateField(required=False), **super().get_fields()}


class DayQuery(StrictSerializer):
    region = TextField()
    date = serializers.DateField()


class DailyQuery(DayQuery):
    revision = WholeNumberField(required=False, min_value=1)
    release = TextField(required=False, help_text="id or name")


class AgeQuery(StrictSerializer):
    region = TextField()
    date = serializers.DateField(required=False)


class DataValueQuery(StrictSerializer):
    """DHIS2's own names; a period is a day written as 20241115."""

    orgUnit = TextField()  # noqa: N815 - DHIS2's own name
    period = serializers.DateField(input_formats=["%Y%m%d", "iso-8601"])
    dataSet = serializers.ChoiceField(["DUKCAPIL_COVERAGE"], required=False)  # noqa: N815
    children = serializers.BooleanField(required=False)
    basis = TextField(required=False, help_text="id or name")


class RegionQuery(StrictSerializer):
    region = TextField(required=False)


class TargetQuery(RegionQuery):
    indicator = serializers.ChoiceField(Indicator.choices, required=False)
    year = WholeNumberField(required=False, min_value=2000, max_value=2100)
