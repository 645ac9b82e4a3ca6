"""Papers in place of a card, over the API: issuing, taking back, the list of a day; their rules."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.core.api import (
    DayField,
    Results,
    StrictSerializer,
    TextField,
    list_columns,
    paginate,
    serializer,
    shown,
)
from dukcapil.core.errors import Invalid
from dukcapil.regions.enums import Level
from events.elections.models import Election
from registrations.papers.enums import PaperKind, PaperState
from registrations.papers.models import MOST_DAYS, MOST_STATUS_AGE, PaperRule
from registrations.papers.selectors import paper_rules, papers_of
from registrations.papers.services.papers import LONGEST_REASON, issue, void_paper
from registrations.papers.services.rules import set_paper_rule


class PaperBody(StrictSerializer):
    id = serializers.UUIDField(help_text="UUIDv7 made by the client; the same id again is a replay")
    kind = serializers.ChoiceField(PaperKind.choices)
    resident = serializers.UUIDField()
    session = serializers.UUIDField(required=False)
    reason = TextField(
        required=False,
        max_length=LONGEST_REASON,
        help_text="outside a rule, or where a valid one is replaced",
    )


class PaperVoidBody(StrictSerializer):
    reason = TextField(max_length=LONGEST_REASON)


class PaperQuery(StrictSerializer):
    office = TextField(required=False, help_text="code of a regency, for example 13.75")
    kind = serializers.ChoiceField(PaperKind.choices, required=False)
    day = DayField(required=False, help_text="the local day of the service")


class PaperAnswer(serializers.Serializer[Any]):
    """No people."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.ChoiceField(PaperState.choices)
    record = serializers.UUIDField(source="record_id")
    valid_until = serializers.DateField(allow_null=True)


class IssuedAnswer(PaperAnswer):
    code = serializers.CharField(help_text="of the open page, `/surat/<code>/`")


COLUMNS = list_columns(PaperAnswer)
ISSUED = list_columns(IssuedAnswer)


class PaperList(ScopedApiView):
    permission = {"GET": "papers.issue", "POST": "papers.issue"}

    @extend_schema(parameters=[PaperQuery], responses=PaperAnswer(many=True))
    def get(self, request: Request) -> Response:
        """With a day the control total of that day."""
        query = self.query(PaperQuery, paged=True)
        if "office" in query:
            query["office"] = self.region(query["office"], level=Level.REGENCY, field="office").pk
        return paginate(request, papers_of(self.actor, **query), COLUMNS, key="id")

    @extend_schema(request=PaperBody, responses={201: IssuedAnswer, 200: IssuedAnswer})
    def post(self, request: Request) -> Response:
        """Issue a paper and log its service in one. What a rule forbids is 422 with its code."""
        paper, is_new = issue(by=self.actor, **self.body(PaperBody))
        return Response(shown(paper, ISSUED), status=201 if is_new else 200)


class PaperVoid(ScopedApiView):
    permission = "papers.issue"

    @extend_schema(request=PaperVoidBody, responses=PaperAnswer)
    def post(self, request: Request, paper_id: uuid.UUID) -> Response:
        """Take a paper back with its record; twice is 409."""
        body = self.body(PaperVoidBody)
        return Response(shown(void_paper(by=self.actor, paper_id=paper_id, **body), COLUMNS))


class PaperRuleQuery(StrictSerializer):
    region = TextField(help_text="rules of this region, above or below it")


#: Made by calls: a class statement cannot have a field named `source`.
PaperRuleAnswer = serializer(
    "PaperRule",
    {
        "id": serializers.IntegerField(),
        "election": serializers.IntegerField(),
        "kind": serializers.ChoiceField(PaperKind.choices),
        "region": serializers.CharField(),
        "days_before_open": serializers.IntegerField(),
        "days_before_close": serializers.IntegerField(),
        "status_age": serializers.IntegerField(),
        "source": serializers.CharField(),
        "by": serializers.IntegerField(help_text="account"),
        "at": serializers.DateTimeField(),
    },
)

PaperRuleBody = serializer(
    "PaperRuleBody",
    {
        "election": serializers.IntegerField(),
        "kind": serializers.ChoiceField(PaperKind.choices),
        "region": TextField(),
        "days_before_open": serializers.IntegerField(min_value=0, max_value=MOST_DAYS),
        "days_before_close": serializers.IntegerField(
            min_value=0, max_value=MOST_DAYS, help_text="the last day; 0: the election's own"
        ),
        "status_age": serializers.IntegerField(
            required=False,
            min_value=1,
            max_value=MOST_STATUS_AGE,
            help_text="days for which a status of a recording counts; 30 where nothing is said",
        ),
        "source": TextField(max_length=200, help_text="decree or letter"),
    },
    StrictSerializer,
)


def _rule(rule: PaperRule) -> dict[str, Any]:
    return {
        "id": rule.pk,
        "election": rule.election_id,
        "kind": rule.kind,
        "region": rule.region_id,
        "days_before_open": rule.days_before_open,
        "days_before_close": rule.days_before_close,
        "status_age": rule.status_age,
        "source": rule.source,
        "by": rule.decided_by_id,
        "at": rule.decided_at,
    }


class PaperRuleList(ScopedApiView):
    """When offices issue papers, in days before an election."""

    permission = {"GET": "residents.view", "POST": "papers.set"}
    pagination_class = Results

    @extend_schema(parameters=[PaperRuleQuery], responses=PaperRuleAnswer(many=True))
    def get(self, request: Request) -> Response:
        """The newest first; of an election and kind the nearest region's newest counts."""
        region = self.region(self.query(PaperRuleQuery)["region"])
        return Response({"results": [_rule(rule) for rule in paper_rules(region.pk)]})

    @extend_schema(request=PaperRuleBody, responses={201: PaperRuleAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(PaperRuleBody)
        body["region"] = self.region(body["region"])
        election = Election.objects.filter(pk=body["election"]).first()
        if election is None:
            raise Invalid("election", _("No election has this number."), field="election")
        body["election"] = election
        return Response(_rule(set_paper_rule(by=self.actor, **body)), status=201)
