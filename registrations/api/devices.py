"""Devices and their faults for programs."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.accounts.scoping import Actor
from dukcapil.core.api import (
    MomentField,
    Results,
    StrictSerializer,
    TextField,
    paginate,
    serializer,
)
from dukcapil.core.versions import LONGEST_VERSION, version_of
from dukcapil.regions.enums import Level
from events.points.selectors import find_point
from events.resources.enums import DeviceKind, DeviceState
from events.resources.models import Device, DeviceFault
from events.resources.selectors import (
    DeviceNow,
    as_they_are,
    devices_in,
    fault_parts,
    faults_of,
    get_device_or_404,
    now_of,
)
from events.resources.services import add_device, change_device
from registrations.lifecycle.services.devices import change_fault, report_fault


class DeviceQuery(StrictSerializer):
    region = TextField(required=False)
    state = serializers.ChoiceField(DeviceState.choices, required=False)
    kind = serializers.ChoiceField(DeviceKind.choices, required=False)


DeviceBody = serializer(
    "DeviceBody",
    {
        "office": TextField(help_text="regency code"),
        "label": TextField(max_length=80),
        "kind": serializers.ChoiceField(DeviceKind.choices),
        "model": TextField(max_length=80, required=False, allow_blank=True),
        "point": serializers.UUIDField(required=False, allow_null=True),
    },
    StrictSerializer,
)

DeviceChangeBody = serializer(
    "DeviceChangeBody",
    {
        "label": TextField(max_length=80, required=False),
        "model": TextField(max_length=80, required=False, allow_blank=True),
        "point": serializers.UUIDField(required=False, allow_null=True),
    },
    StrictSerializer,
)

_FAULT_BODY: dict[str, serializers.Field] = {
    "from": MomentField(required=False, help_text="without it: now; never ahead"),
    "until": MomentField(required=False, allow_null=True, help_text="null: it is still so"),
    "what": TextField(max_length=500, required=False, allow_blank=True),
    "done": TextField(max_length=500, required=False, allow_blank=True),
}
FaultBody = serializer("FaultBody", _FAULT_BODY, StrictSerializer)
FaultChangeBody = serializer(
    "FaultChangeBody",
    {
        **_FAULT_BODY,
        "from": MomentField(required=False, help_text="never ahead"),
        "version": TextField(max_length=LONGEST_VERSION, required=False),
    },
    StrictSerializer,
)

_FAULT: dict[str, serializers.Field] = {
    "id": serializers.UUIDField(),
    "from": serializers.DateTimeField(),
    "until": serializers.DateTimeField(allow_null=True),
    "what": serializers.CharField(),
    "done": serializers.CharField(),
    "version": serializers.CharField(help_text="for PATCH: 409 when somebody changed it meanwhile"),
}
FaultAnswer = serializer("Fault", _FAULT)

DeviceAnswer = serializer(
    "Device",
    {
        "id": serializers.IntegerField(),
        "office": serializers.CharField(),
        "label": serializers.CharField(),
        "kind": serializers.ChoiceField(DeviceKind.choices),
        "model": serializers.CharField(),
        "point": serializers.UUIDField(allow_null=True, help_text="null: at the office itself"),
        "state": serializers.ChoiceField(DeviceState.choices),
        "fault": FaultAnswer(allow_null=True, help_text="the one that lasts"),
        "event": serializers.UUIDField(allow_null=True, help_text="where it is used now"),
        "lent_to": serializers.CharField(allow_null=True, help_text="office where it is now"),
    },
)


def _fault(fault: DeviceFault) -> dict[str, Any]:
    return {
        "id": fault.pk,
        "from": fault.since,
        "until": fault.until,
        "what": fault.what,
        "done": fault.done,
        "version": version_of(fault_parts(fault)),
    }


def _shown(now: DeviceNow) -> dict[str, Any]:
    device = now.device
    return {
        "id": device.pk,
        "office": device.office_id,
        "label": device.label,
        "kind": device.kind,
        "model": device.model,
        "point": device.point_id,
        "state": now.state,
        "fault": _fault(now.fault) if now.fault else None,
        "event": now.used.event_id if now.used else None,
        "lent_to": now.used.event.office_id if now.used and now.is_lent else None,
    }


def _now(by: Actor, device: Device) -> dict[str, Any]:
    return _shown(now_of(by, device))


class DeviceList(ScopedApiView):
    """Of recording sets depends how many places a session gives away."""

    permission = {"GET": "events.view", "POST": "events.plan"}

    @extend_schema(parameters=[DeviceQuery], responses=DeviceAnswer(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(DeviceQuery, paged=True)
        code = self.region(query["region"]).pk if "region" in query else self.actor.region
        chosen = {name: query[name] for name in ("state", "kind") if name in query}
        response = paginate(request, devices_in(self.actor, code, **chosen), ["id"], key="id")
        ids = [row["id"] for row in response.data["results"]]
        devices = devices_in(self.actor, code).filter(pk__in=ids).order_by("pk")
        response.data["results"] = [_shown(now) for now in as_they_are(devices)]
        return response

    @extend_schema(request=DeviceBody, responses={201: DeviceAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(DeviceBody)
        office = self.region(body["office"], level=Level.REGENCY, field="office")
        point = body.pop("point", None)
        device = add_device(
            by=self.actor,
            **body | {"office": office, "point": find_point(office.pk, point) if point else None},
        )
        return Response(_now(self.actor, device), status=201)


class DeviceDetail(ScopedApiView):
    """One device, and where it is."""

    permission = {"GET": "events.view", "PATCH": "events.plan"}

    @extend_schema(responses=DeviceAnswer)
    def get(self, request: Request, device_id: int) -> Response:
        return Response(_now(self.actor, get_device_or_404(self.actor, device_id)))

    @extend_schema(request=DeviceChangeBody, responses=DeviceAnswer)
    def patch(self, request: Request, device_id: int) -> Response:
        body = self.body(DeviceChangeBody)
        device = get_device_or_404(self.actor, device_id)
        if body.get("point"):
            body["point"] = find_point(device.office_id, body["point"])
        device = change_device(by=self.actor, device_id=device.pk, **body)
        return Response(_now(self.actor, device))


class DeviceFaults(ScopedApiView):
    """Two faults at once are one: 200 with the one that lasts, and what was said added to it."""

    permission = {"GET": "events.view", "POST": "incidents.write"}
    pagination_class = Results

    @extend_schema(responses=FaultAnswer(many=True))
    def get(self, request: Request, device_id: int) -> Response:
        faults = faults_of(self.actor, get_device_or_404(self.actor, device_id))
        return Response({"results": [_fault(one) for one in faults]})

    @extend_schema(request=FaultBody, responses={201: FaultAnswer, 200: FaultAnswer})
    def post(self, request: Request, device_id: int) -> Response:
        body = self.body(FaultBody)
        body["since"] = body.pop("from", None)
        fault, new = report_fault(by=self.actor, device_id=device_id, **body)
        return Response(_fault(fault), status=201 if new else 200)


class DeviceFaultDetail(ScopedApiView):
    permission = {"PATCH": "incidents.write"}

    @extend_schema(request=FaultChangeBody, responses=FaultAnswer)
    def patch(self, request: Request, device_id: int, fault_id: uuid.UUID) -> Response:
        """`until` says since when it works again; what is left out stays."""
        body = self.body(FaultChangeBody)
        body["since"] = body.pop("from", None)
        fault = change_fault(by=self.actor, device_id=device_id, fault_id=fault_id, **body)
        return Response(_fault(fault))
