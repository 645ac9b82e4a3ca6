"""How many days before the 17th birthday offices print a card, over the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.core.api import DayField, Results, StrictSerializer, TextField, serializer
from dukcapil.regions.enums import Level
from registrations.people.models import PrintRule
from registrations.people.selectors import print_rules
from registrations.people.services.print_rules import set_print_rule
from registrations.people.validators import MOST_DAYS_EARLY


class PrintRuleQuery(StrictSerializer):
    office = TextField(help_text="code of a regency, for example 13.75")


#: Made by calls: a class statement cannot have a field named `source`.
PrintRuleAnswer = serializer(
    "PrintRule",
    {
        "id": serializers.IntegerField(),
        "office": serializers.CharField(),
        "days": serializers.IntegerField(help_text="before the 17th birthday"),
        "since": serializers.DateField(),
        "source": serializers.CharField(),
        "by": serializers.IntegerField(help_text="account"),
        "at": serializers.DateTimeField(),
    },
)

PrintRuleBody = serializer(
    "PrintRuleBody",
    {
        "office": TextField(),
        "days": serializers.IntegerField(min_value=0, max_value=MOST_DAYS_EARLY),
        "since": DayField(required=False, help_text="without it: today"),
        "source": TextField(max_length=200, help_text="decree or letter"),
    },
    StrictSerializer,
)


def _shown(rule: PrintRule) -> dict[str, Any]:
    return {
        "id": rule.pk,
        "office": rule.office_id,
        "days": rule.days,
        "since": rule.since,
        "source": rule.source,
        "by": rule.decided_by_id,
        "at": rule.decided_at,
    }


class PrintRuleList(ScopedApiView):
    """How long before the 17th birthday an office prints."""

    permission = {"GET": "residents.view", "POST": "residents.decide"}
    pagination_class = Results

    @extend_schema(parameters=[PrintRuleQuery], responses=PrintRuleAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Of the rules that hold on a day the first one here counts."""
        text = self.query(PrintRuleQuery)["office"]
        office = self.region(text, level=Level.REGENCY, field="office")
        return Response({"results": [_shown(rule) for rule in print_rules(office.pk)]})

    @extend_schema(request=PrintRuleBody, responses={201: PrintRuleAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(PrintRuleBody)
        body["office"] = self.region(body["office"], level=Level.REGENCY, field="office")
        return Response(_shown(set_print_rule(by=self.actor, **body)), status=201)
