"""The filter of the public schedule."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import DateInput, offer
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from events.planning.enums import Service


class ScheduleFilter(forms.Form):
    """Where, what and when."""

    wilayah = forms.ChoiceField(label=_("Office or district"), required=False)
    layanan = forms.ChoiceField(
        label=_("Service"), choices=[("", _("all")), *Service.choices], required=False
    )
    tanggal = forms.DateField(label=_("Day"), widget=DateInput, required=False)

    def __init__(self, *args: Any, places: Iterable[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "wilayah", [("", _("all")), *((one.pk, _shown(one)) for one in places)])


def _shown(place: Region) -> str:
    """Districts stand below their office."""
    return f"– {place.name}" if place.level in (Level.DISTRICT, Level.VILLAGE) else place.name
