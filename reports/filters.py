"""Query parameters of figures."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
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


@dataclass(frozen=True)
class Period:
    """A period as DHIS2 writes it, and the day whose figures it asks for."""

    text: str
    day: date


@extend_schema_field({"type": "string", "pattern": "^[0-9]{6}([0-9]{2})?$"})
class PeriodField(TextField):
    """A day as 20241115, or a month as 202411: its last day."""

    default_error_messages = {
        "period": _("A period is a day written as 20241115 or a month written as 202411.")
    }

    def to_internal_value(self, data: Any) -> Any:
        text = data if isinstance(data, str) else ""
        if not _PERIOD.fullmatch(text):
            self.fail("period")
        year, month, day = int(text[:4]), int(text[4:6]), text[6:]
        try:
            last = monthrange(year, month)[1]
            return Period(text, date(year, month, int(day) if day else last))
        except ValueError:
            self.fail("period")


_PERIOD = re.compile("[0-9]{6}([0-9]{2})?", re.ASCII)


class DataValueQuery(StrictSerializer):
    """DHIS2's own names."""

    orgUnit = TextField()  # noqa: N815 - DHIS2's own name
    period = PeriodField(help_text="20241115, or 202411 for the last day of the month")
    dataSet = serializers.ChoiceField(["DUKCAPIL_COVERAGE"], required=False)  # noqa: N815
    children = serializers.BooleanField(required=False)
    basis = TextField(required=False, help_text="id or name")


class RegionQuery(StrictSerializer):
    region = TextField(required=False)


class TargetQuery(RegionQuery):
    indicator = serializers.ChoiceField(Indicator.choices, required=False)
    year = WholeNumberField(required=False, min_value=2000, max_value=2100)
