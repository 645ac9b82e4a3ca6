"""Findings about people who are not recorded, over the API: proposing, deciding, listing."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.core.api import DayField, StrictSerializer, TextField, list_columns, paginate, shown
from dukcapil.core.errors import Invalid
from registrations.findings.enums import EvidenceKind, FindingState, Refusal
from registrations.findings.models import Finding
from registrations.findings.selectors.findings import findings_of, get_finding_or_404
from registrations.findings.services.findings import Evidence, decide, propose
from registrations.people.enums import FindingOutcome
from registrations.people.models import Resident
from registrations.people.selectors import get_resident_or_404
from registrations.people.services.lookups import log_people, log_person


class EvidenceBody(StrictSerializer):
    """A paper that somebody saw; no picture of it is kept."""

    kind = serializers.ChoiceField(EvidenceKind.choices, required=False)
    number = TextField(required=False, max_length=100)
    issuer = TextField(required=False, max_length=150)
    date = DayField(required=False)


class FindingBody(StrictSerializer):
    resident = serializers.UUIDField()
    outcome = serializers.ChoiceField(FindingOutcome.choices)
    of = serializers.UUIDField(required=False, help_text="of a duplicate: the other row")
    evidence = EvidenceBody(
        required=False,
        help_text="whole for `deceased`; of `recorded_already` by whom (`issuer`) and when (`date`)",
    )
    note = TextField(required=False, max_length=300)


class FindingDecisionBody(StrictSerializer):
    accept = serializers.BooleanField()
    why = serializers.ChoiceField(
        [(one.value, one.label) for one in Refusal.decided()],
        required=False,
        help_text="of a refusal; without it `other`",
    )
    note = TextField(required=False, max_length=300)


class FindingQuery(StrictSerializer):
    resident = serializers.UUIDField(required=False)
    region = TextField(required=False, help_text="people who live there or below it")
    state = serializers.ChoiceField(FindingState.choices, required=False)


class FindingAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    resident = serializers.UUIDField(source="resident_id")
    office = serializers.CharField(source="office_id")
    village = serializers.CharField(source="village_id")
    outcome = serializers.ChoiceField(FindingOutcome.choices)
    of = serializers.UUIDField(source="of_id", allow_null=True)
    evidence_kind = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(FindingState.choices)
    why = serializers.ChoiceField(["", *Refusal.values], help_text="why it was refused")
    found_by = serializers.IntegerField(source="found_by_id", help_text="account")
    found_at = serializers.DateTimeField()
    decided_by = serializers.IntegerField(source="decided_by_id", allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    contradicted_at = serializers.DateTimeField(
        allow_null=True, help_text="when a recording came after it"
    )


COLUMNS = list_columns(FindingAnswer)


class FindingList(ScopedApiView):
    permission = {"GET": "residents.view", "POST": "findings.propose"}

    @extend_schema(parameters=[FindingQuery], responses=FindingAnswer(many=True))
    def get(self, request: Request) -> Response:
        """What was found out about people."""
        query = self.query(FindingQuery, paged=True)
        if resident := query.get("resident"):
            get_resident_or_404(self.actor, resident)
        if "region" in query:
            query["region"] = self.region(query["region"]).pk
        response = paginate(request, findings_of(self.actor, **query), COLUMNS, key="id")
        people = (row["resident"] for row in response.data["results"])
        log_people(by=self.actor, people=people, kind="findings")
        return response

    @extend_schema(request=FindingBody, responses={201: FindingAnswer})
    def post(self, request: Request) -> Response:
        """Propose a finding; a second person decides about it."""
        body = self.body(FindingBody)
        body["resident"] = get_resident_or_404(self.actor, body["resident"])
        if of := body.get("of"):
            body["of"] = Resident.objects.visible_to(self.actor).filter(pk=of).first()
            if body["of"] is None:
                raise Invalid("of", _("No person of your office has this id."), field="of")
        if "evidence" in body:
            body["evidence"] = Evidence(**body["evidence"])
        log_person(by=self.actor, person=body["resident"].pk)
        return Response(shown(propose(by=self.actor, **body), COLUMNS), status=201)


class FindingDecision(ScopedApiView):
    permission = "findings.accept"

    @extend_schema(request=FindingDecisionBody, responses=FindingAnswer)
    def post(self, request: Request, finding_id: uuid.UUID) -> Response:
        """Accept or refuse; 409 when it is decided, when the person was recorded meanwhile, and for who
        found it.
        """
        finding: Finding = get_finding_or_404(self.actor, finding_id)
        body = self.body(FindingDecisionBody)
        log_person(by=self.actor, person=finding.resident_id)
        return Response(shown(decide(by=self.actor, finding=finding, **body), COLUMNS))
