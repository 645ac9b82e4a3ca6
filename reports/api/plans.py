"""Plans of jemput bola for programs: ask for one, see how far it is, read it and what it was made from."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.api import (
    DayField,
    Empty,
    StrictSerializer,
    TextField,
    WholeNumberField,
    serializer,
)
from dukcapil.core.errors import Invalid
from dukcapil.core.http import StrictJSONParser
from dukcapil.core.jobs import hint
from dukcapil.front import PLAN_BODY
from dukcapil.regions.enums import Level
from reports.planner.enums import OVER, BoundScope, LeftOutReason, PlanState
from reports.planner.models.plans import Plan
from reports.planner.selectors.answers import answer_of, get_plan_or_404, seconds_of
from reports.planner.selectors.older import inputs_changed_at
from reports.planner.selectors.shown import left_out_of, relatives
from reports.planner.selectors.variants import OneMoreKind, one_more
from reports.planner.services.asking import request_plan, stop_plan
from reports.planner.services.examining import in_words
from reports.tasks import solve_plan


class PlanParser(StrictJSONParser):
    """An instance holds the ways between all places of an office."""

    largest = PLAN_BODY


@extend_schema_field({"type": "object", "additionalProperties": True})
class JsonField(serializers.Field):
    """An object as it was parsed; who takes it looks at every part."""

    default_error_messages = {"invalid": _("Must be an object.")}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("invalid")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


PlanBody = serializer(
    "PlanBody",
    {
        "instance": JsonField(
            required=False,
            help_text="`jemput-bola-instance/1`, with any dates; then nothing else but `parent` and `seed`",
        ),
        "office": TextField(required=False, help_text="a regency or city: of what is held there"),
        "from": DayField(required=False, help_text="with `office`: today or later"),
        "until": DayField(required=False, help_text="with `office`"),
        "seed": WholeNumberField(required=False, min_value=0, max_value=2**31 - 1),
        "parent": serializers.UUIDField(
            required=False, help_text="a plan that is ready: the new one is never worse"
        ),
    },
    StrictSerializer,
)


class PlanAsked(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status = serializers.CharField(help_text="address that tells how far it is, and the plan")
    seconds = serializers.IntegerField(help_text="about how long it takes once it is begun")


class PlanRefused(serializers.Serializer[Any]):
    """Why there is no plan. `rows`: of these one has to give way."""

    code = serializers.CharField()
    row = serializers.CharField(allow_blank=True)
    rows = serializers.ListField(child=serializers.CharField())
    detail = serializers.CharField()


class PlaceLeftOut(serializers.Serializer[Any]):
    """A place without a visit. The first of them are those that would fit."""

    site = serializers.CharField()
    reason = serializers.ChoiceField(LeftOutReason.choices)
    numbers = JsonField(
        help_text="what shows the reason: rupiah, points, minutes, km; of one that would fit its `day` and `team`"
    )


class OneMoreOf(serializers.Serializer[Any]):
    """What one thing more would bring, once somebody asked for that on the plan's page."""

    what = serializers.ChoiceField(OneMoreKind.choices)
    plan = serializers.UUIDField(allow_null=True, help_text="the plan with it; null: nobody asked")
    people = serializers.IntegerField(allow_null=True, help_text="more; null until it is known")
    points = serializers.IntegerField(allow_null=True, help_text="more, in whole points")
    noise = serializers.IntegerField(help_text="points that the search itself may miss")


class PlanAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    office = serializers.CharField(help_text="the office, or the region of who sent the instance")
    state = serializers.ChoiceField(PlanState.choices)
    progress = serializers.IntegerField(min_value=0, max_value=100)
    seconds = serializers.IntegerField(
        allow_null=True, help_text="about how long it takes; null once it is over"
    )
    cut = serializers.DateTimeField(help_text="when it was read from what is held, or sent")
    inputs_changed_at = serializers.DateTimeField(
        allow_null=True, help_text="later than `cut`: the plan does not know what was changed then"
    )
    objective = serializers.IntegerField(
        allow_null=True, help_text="points: thousandths of a person of weight 1"
    )
    bound = serializers.IntegerField(
        allow_null=True, help_text="no plan has more points; null until that is known"
    )
    bound_scope = serializers.ChoiceField(
        BoundScope.choices, allow_null=True, help_text="of which plans the bound says so"
    )
    refused = PlanRefused(allow_null=True)
    plan = JsonField(allow_null=True, help_text="`jemput-bola-plan/1`")
    left_out = PlaceLeftOut(many=True, allow_null=True, help_text="null while there is no plan")
    one_more = OneMoreOf(many=True, allow_null=True, help_text="null while there is no plan")


class PlanList(ScopedApiView):
    """A plan is made by a job: ask, look at `status` until `state` is no more `waiting` or `solving`."""

    permission = Permission.PLANS_MAKE
    parser_classes = [PlanParser]
    also_answers = (409, 413)

    @extend_schema(operation_id="plans_create", request=PlanBody, responses={202: PlanAsked})
    def post(self, request: Request) -> Response:
        body = self.body(PlanBody)
        instance = body.get("instance")
        beside = [name for name in ("office", "from", "until") if name in body]
        if instance is not None and beside:
            text = _("Give an instance, or an office with its days, not both.")
            raise Invalid("plan-one-of", text, field=beside[0])
        office = None
        if "office" in body:
            office = self.region(body["office"], level=Level.REGENCY, field="office")
        plan = request_plan(
            by=self.actor,
            instance=instance,
            office=office,
            from_day=body.get("from"),
            until_day=body.get("until"),
            parent=body.get("parent"),
            seed=body.get("seed", 1),
        )
        hint(solve_plan, str(plan.pk))
        status = reverse("api:plan", args=[plan.pk])
        answer = {"id": plan.pk, "status": status, "seconds": seconds_of(plan)}
        return Response(answer, status=202, headers={"Location": status})


class PlanDetail(ScopedApiView):
    permission = Permission.PLANS_VIEW

    @extend_schema(operation_id="plans_retrieve", responses=PlanAnswer)
    def get(self, request: Request, plan_id: uuid.UUID) -> Response:
        return Response(_shown(self.actor, get_plan_or_404(self.actor, plan_id)))


class PlanInstance(ScopedApiView):
    """What the plan was made from: counts of people at places, and nobody."""

    permission = Permission.PLANS_VIEW

    @extend_schema(operation_id="plans_instance", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, plan_id: uuid.UUID) -> Response:
        return Response(get_plan_or_404(self.actor, plan_id, whole=True).instance)


class PlanStopping(ScopedApiView):
    permission = Permission.PLANS_MAKE

    @extend_schema(operation_id="plans_stop_create", request=Empty, responses=PlanAnswer)
    def post(self, request: Request, plan_id: uuid.UUID) -> Response:
        """One that waits is not made; one that is being made ends soon, with what was found so far."""
        self.body(Empty)
        return Response(_shown(self.actor, stop_plan(by=self.actor, plan_id=plan_id)))


def _shown(by: Actor, plan: Plan) -> dict[str, Any]:
    refused = plan.refused or None
    if refused is not None:
        row = str(refused.get("where", ""))
        code = str(refused["code"])
        rows = refused.get("rows", [])
        refused = {"code": code, "row": row, "rows": rows, "detail": in_words(code, row)}
    return {
        "id": plan.pk,
        "office": plan.office_id,
        "state": plan.state,
        "progress": plan.progress,
        "seconds": None if plan.state in OVER else seconds_of(plan),
        "cut": plan.cut,
        "inputs_changed_at": inputs_changed_at(by, plan),
        "objective": plan.objective,
        "bound": plan.bound,
        "bound_scope": plan.bound_scope or None,
        "refused": refused,
        **_found(by, plan),
    }


def _found(by: Actor, plan: Plan) -> dict[str, Any]:
    if plan.objective is None:
        return {"plan": None, "left_out": None, "one_more": None}
    left = left_out_of(plan)
    more = one_more(plan, relatives(by, plan))
    return {
        "plan": answer_of(plan),
        "left_out": [
            {"site": one.site, "reason": one.reason, "numbers": one.numbers} for one in left
        ],
        "one_more": [
            {
                "what": one.what,
                "plan": one.plan and one.plan.pk,
                "people": one.people,
                "points": one.points,
                "noise": one.noise,
            }
            for one in more
        ],
    }
