"""Openings of offices on days off and election days, what they say of themselves, and points of service."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.accounts.scoping import Actor
from dukcapil.core.api import (
    ClockField,
    DayField,
    MomentField,
    Results,
    StrictSerializer,
    TextField,
    WholeNumberField,
    serializer,
)
from dukcapil.core.errors import Invalid
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import get_region
from events.elections.enums import Sign
from events.elections.models import Election, Heartbeat
from events.elections.selectors import OpeningNow, now_of, openings_in
from events.elections.services.opening import give_sign, plan_opening
from events.points.models import Point
from events.points.selectors import points_of
from events.points.services import add_point


class OpeningQuery(StrictSerializer):
    region = TextField(help_text="region code, for example 13.75")
    day = DayField(required=False, help_text="without it and without `election`: from today on")
    election = WholeNumberField(required=False, min_value=1, max_value=2**62)


class SignAnswer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(Sign.choices)
    at = serializers.DateTimeField(help_text="the device's time where its clock can be right")
    by = serializers.IntegerField(allow_null=True, help_text="account; null by the phone link")
    received_at = serializers.DateTimeField()
    device_at = serializers.DateTimeField(allow_null=True, help_text="as it was sent")
    note = serializers.CharField()


class PointAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    office = serializers.CharField()
    district = serializers.CharField()
    name = serializers.CharField()


OpeningAnswer = serializer(
    "Opening",
    {
        "id": serializers.UUIDField(),
        "office": serializers.CharField(),
        "name": serializers.CharField(help_text="of the office"),
        "point": serializers.UUIDField(allow_null=True),
        "election": serializers.IntegerField(allow_null=True),
        "event": serializers.UUIDField(
            allow_null=True, help_text="where people are booked that day"
        ),
        "day": serializers.DateField(),
        "from": serializers.CharField(help_text="by the office's clock"),
        "until": serializers.CharField(),
        "zone": serializers.CharField(),
        "shifts": serializers.IntegerField(),
        "consult_only": serializers.BooleanField(),
        "reason": serializers.CharField(),
        "heartbeat": SignAnswer(allow_null=True),
        "opened_at": serializers.DateTimeField(allow_null=True),
        "colour": serializers.CharField(help_text="red, amber, grey, green; empty before its hour"),
    },
)

OpeningBody = serializer(
    "OpeningBody",
    {
        "office": TextField(help_text="regency code"),
        "election": WholeNumberField(required=False, allow_null=True, min_value=1, max_value=2**62),
        "day": DayField(),
        "point": serializers.UUIDField(required=False, allow_null=True),
        "from": ClockField(help_text="07:00, by the office's clock"),
        "until": ClockField(),
        "shifts": WholeNumberField(required=False, min_value=1, max_value=6),
        "consult_only": serializers.BooleanField(required=False),
        "reason": TextField(required=False, allow_blank=True, max_length=200),
    },
    StrictSerializer,
)


def _sign(sign: Heartbeat) -> dict[str, Any]:
    return {
        "state": sign.state,
        "at": sign.at,
        "by": sign.by_id,
        "received_at": sign.received_at,
        "device_at": sign.device_at,
        "note": sign.note,
    }


def _shown(one: OpeningNow) -> dict[str, Any]:
    return {
        "id": one.id,
        "office": one.office,
        "name": one.office_name,
        "point": one.point.pk if one.point else None,
        "election": one.election_id,
        "event": one.event_id,
        "day": one.day,
        "from": f"{one.opens_at:%H:%M}",
        "until": f"{one.closes_at:%H:%M}",
        "zone": one.zone,
        "shifts": one.shifts,
        "consult_only": one.consult_only,
        "reason": one.reason,
        "heartbeat": _sign(one.last) if one.last else None,
        "opened_at": one.opened_at,
        "colour": one.colour.value,
    }


class OpeningList(ScopedApiView):
    permission = {"GET": "coverage.view", "POST": "openings.confirm"}
    pagination_class = Results

    @extend_schema(parameters=[OpeningQuery], responses=OpeningAnswer(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(OpeningQuery)
        region = self.region(query["region"])
        found = openings_in(region.pk, query.get("day"), query.get("election"))
        return Response({"results": [_shown(one) for one in found]})

    @extend_schema(request=OpeningBody, responses={201: OpeningAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(OpeningBody)
        body["office"] = get_region(body["office"], level=Level.REGENCY, field="office")
        body["opens_at"], body["closes_at"] = body.pop("from"), body.pop("until")
        body["election"] = _election(body.pop("election", None))
        body["point"] = _point(self.actor, body.pop("point", None))
        opening = plan_opening(by=self.actor, **body)
        return Response(_shown(now_of(opening)), status=201)


def _election(election_id: int | None) -> Election | None:
    if election_id is None:
        return None
    found = Election.objects.filter(pk=election_id).first()
    if found is None:
        raise Invalid(
            "election-elsewhere", _("This election is not one of this office."), field="election"
        )
    return found


def _point(actor: Actor, point_id: uuid.UUID | None) -> Point | None:
    if point_id is None:
        return None
    found = Point.objects.filter(pk=point_id, office_id=actor.office).first()
    if found is None:
        raise Invalid("point-unknown", _("This office has no such point."), field="point")
    return found


class HeartbeatBody(StrictSerializer):
    state = serializers.ChoiceField(Sign.choices)
    note = TextField(required=False, allow_blank=True, max_length=200)
    at = MomentField(required=False, help_text="by the clock of the device")


class OpeningHeartbeat(ScopedApiView):
    permission = "openings.confirm"

    @extend_schema(request=HeartbeatBody, responses={201: SignAnswer})
    def post(self, request: Request, opening_id: uuid.UUID) -> Response:
        """The office says that it is open, closed or had to stop. Our clock counts where the device's
        cannot be right.
        """
        sign = give_sign(by=self.actor, opening_id=opening_id, **self.body(HeartbeatBody))
        return Response(_sign(sign), status=201)


class PointQuery(StrictSerializer):
    office = TextField(help_text="regency code")


class PointBody(StrictSerializer):
    office = TextField(help_text="regency code")
    district = TextField(help_text="district code within the office's region")
    name = TextField(max_length=80)


def _point_shown(point: Point) -> dict[str, Any]:
    return {
        "id": point.pk,
        "office": point.office_id,
        "district": point.district_id,
        "name": point.name,
    }


class PointList(ScopedApiView):
    permission = {"GET": "coverage.view", "POST": "events.plan"}
    pagination_class = Results

    @extend_schema(parameters=[PointQuery], responses=PointAnswer(many=True))
    def get(self, request: Request) -> Response:
        office = self.region(self.query(PointQuery)["office"], level=Level.REGENCY, field="office")
        return Response({"results": [_point_shown(one) for one in points_of(office.pk)]})

    @extend_schema(request=PointBody, responses={201: PointAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(PointBody)
        body["office"] = get_region(body["office"], level=Level.REGENCY, field="office")
        body["district"] = get_region(body["district"], level=Level.DISTRICT, field="district")
        return Response(_point_shown(add_point(by=self.actor, **body)), status=201)
