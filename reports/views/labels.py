"""Labels for the devices of an office."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.offices.selectors import profile_of
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound, Refused
from events.resources.models import Device
from events.resources.selectors import devices_in
from reports.files.renderers.labels import labels_pdf

#: Labels of one file: more devices than any office has.
_MOST = 500


@require_safe
@page(Permission.EVENTS_PLAN)
def device_labels(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Of all devices of the own office, or of the one in ``?device=``."""
    if actor.office is None:
        raise Refused("forbidden", _("Only a district office has teams and devices."))
    devices = devices_in(actor, actor.office)
    if number := request.GET.get("device"):
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            raise NotFound
        devices = devices.filter(pk=int(number))
    listed = list(devices[:_MOST])
    if not listed:
        raise NotFound

    def address(device: Device) -> str:
        return request.build_absolute_uri(reverse("device", args=[device.pk]))

    with translation.override("id"):
        content = labels_pdf(listed, address, profile_of(actor.office))
    headers = {"Content-Disposition": 'attachment; filename="label-perangkat.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
