"""Devices of an office: where they are, which are ready tomorrow, and what is out of order. A label on a
device leads to its page: on a phone two taps say that it works, or not.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.errors import NotFound, Refused
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import chosen_id, paged, status_of
from dukcapil.core.versions import version_of
from dukcapil.core.whole import Stands
from dukcapil.regions.enums import Level, today_in, zone_of
from dukcapil.regions.models import Region
from dukcapil.regions.validators import dotted
from events.hour_fields import DeviceForm, shown_hours
from events.points.selectors import points_of
from events.resources.enums import DeviceKind, DeviceState
from events.resources.models import Device, DeviceFault
from events.resources.selectors import (
    Sets,
    as_they_are,
    devices_in,
    fault_parts,
    faults_of,
    get_device_or_404,
    now_of,
    sets_ready,
    uses_of,
)
from events.resources.services import add_device
from registrations.forms.devices import FaultChangeForm, FaultForm, RepairForm
from registrations.lifecycle.services.devices import change_fault, report_fault


@page(Permission.EVENTS_VIEW)
def device_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """``?region=``, ``?state=`` and ``?kind=`` choose; the office itself adds one."""
    code = _region(request, actor)
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    adds = actor.office is not None and actor.may(Permission.EVENTS_PLAN)
    form = None
    if request.method == "POST" and not adds:
        raise Refused("forbidden", _("Only a district office has teams and devices."))
    if adds:
        office: Region = request.posting.region
        form = fill(request, DeviceForm, do=("device",), points=points_of(office.pk))
        if request.method == "POST" and (
            device := attempt(form, add_device, by=actor, office=office)
        ):
            messages.success(request, _("The device was added."))
            return redirect("device", device.pk)
    found = devices_in(
        actor, code, state=_one_of(DeviceState, state), kind=_one_of(DeviceKind, kind)
    )
    shown = paged(request, found)
    tomorrow = today_in(code) + timedelta(days=1)
    sets = sets_ready(code, tomorrow)
    context = {
        "pages": shown,
        "devices": as_they_are(shown),
        "form": form,
        "code": code,
        "state": state,
        "kind": kind,
        "states": DeviceState.choices,
        "kinds": DeviceKind.choices,
        "one_office": actor.office is not None or len(code) == Level.REGENCY.code_length,
        "tomorrow": tomorrow,
        "sets": Sets(
            sum(one.all for one in sets.values()), sum(one.ready for one in sets.values())
        ),
        "section": "devices",
    }
    status = status_of(form) if form else 200
    return render(request, "registrations/devices.html", context, status=status)


def _region(request: StaffRequest, actor: Actor) -> str:
    own = actor.office or actor.region
    code = dotted(request.GET["region"], field="region") if request.GET.get("region") else own
    if not actor.covers(code) and code != own:
        raise NotFound
    return code


def _one_of(choices: Any, text: str) -> str:
    return text if text in choices.values else ""


@page(Permission.EVENTS_VIEW)
def device_page(request: StaffRequest, actor: Actor, device_id: int) -> HttpResponse:
    """Where a label leads. ``?fault=`` opens one of its faults to put its hours or words right."""
    device = get_device_or_404(actor, device_id)
    if request.method == "POST":
        require(actor, Permission.INCIDENTS_WRITE)
    zone = zone_of(device.office_id)
    faults = faults_of(actor, device)
    chosen = _chosen(request, faults)
    shown = paged(request, faults)
    forms: dict[str, Any] = {
        name: fill(request, kind, do=(name,), zone=zone, auto_id=f"{name}_%s", **more)
        for name, kind, more in (
            ("faulty", FaultForm, {}),
            ("works", RepairForm, {}),
            ("change", FaultChangeForm, {"stands": lambda: _stands(chosen, zone)}),
        )
    }
    if text := _said(request, actor, device, forms, chosen):
        messages.success(request, text)
        return redirect("device", device.pk)
    context = {
        "device": device,
        "now": now_of(actor, device),
        "forms": forms,
        "pages": shown,
        "faults": list(shown),
        "chosen": chosen,
        "uses": uses_of(actor, device),
        "zone": zone,
        "may": actor.may(Permission.INCIDENTS_WRITE),
        "own": actor.covers(device.office_id),
        # Who noted something is for the office and its province.
        "named": actor.covers(device.office_id) and actor.may(Permission.INCIDENTS_WRITE),
        "section": "devices",
    }
    status = max(status_of(form) for form in forms.values())
    return render(request, "registrations/device.html", context, status=status)


def _chosen(request: StaffRequest, faults: QuerySet[DeviceFault]) -> DeviceFault | None:
    if not (text := request.POST.get("fault") or request.GET.get("fault")):
        return None
    if (fault := faults.filter(pk=chosen_id(text)).first()) is None:
        raise NotFound
    return fault


def _stands(fault: DeviceFault | None, zone: str) -> Stands:
    """A fault as its form shows it, by the clock of the office. A refused form is about what stands by
    then.
    """
    if fault is None:
        return Stands({}, "")
    fault.refresh_from_db()
    values = {**shown_hours(fault, zone), "what": fault.what, "done": fault.done}
    return Stands(values, version_of(fault_parts(fault)))


def _said(
    request: StaffRequest,
    actor: Actor,
    device: Device,
    forms: dict[str, Any],
    chosen: DeviceFault | None,
) -> str:
    """What was carried out, in words."""
    do = request.POST.get("do", "")
    by: dict[str, Any] = {"by": actor, "device_id": device.pk}
    if do == "faulty" and (told := attempt(forms[do], report_fault, **by)):
        _fault, new = told
        if new:
            return _("Noted as out of order. Sessions that count on it give away fewer places.")
        return _("It was noted as out of order already; what you wrote was added.")
    if do == "works" and attempt(forms[do], change_fault, **by):
        return _("Noted: it works again. Places that come back go to those who wait.")
    if do == "change" and chosen and attempt(forms[do], change_fault, fault_id=chosen.pk, **by):
        return _("Saved.")
    return ""
