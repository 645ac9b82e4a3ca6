"""Labels for devices, to cut out and stick on."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable

import segno
from django.utils.translation import gettext as _

from dukcapil.accounts.offices.letterhead import letter
from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.core.paper import compiled
from events.resources.models import Device


def labels_pdf(
    devices: Iterable[Device], address: Callable[[Device], str], profile: OfficeProfile
) -> bytes:
    """`address`: of the page of a device, which its square leads to."""
    labels = [
        {
            "svg": _square(address(device)),
            "name": device.label,
            "kind": " · ".join(filter(None, [device.get_kind_display(), device.model])),
            "office": " · ".join(
                filter(None, [device.office.name, device.point.name if device.point else ""])
            ),
        }
        for device in devices
    ]
    hint = _("Scan: say that it works, or not.")
    content = {"title": _("Labels"), "hint": hint, "labels": labels, "office": letter(profile)}
    return compiled("labels.typ", content, None)


def _square(text: str) -> str:
    picture = io.BytesIO()
    segno.make_qr(text, error="m").save(picture, kind="svg", xmldecl=False, border=2)
    return picture.getvalue().decode()
