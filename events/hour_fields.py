"""Forms about hours, devices and outages that this app and the ones above share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import MomentField, TextField, offer
from dukcapil.core.whole import raw_of
from events.incidents.enums import OutageKind
from events.planning.models.event import ServiceEvent
from events.points.models import Point
from events.resources.enums import DeviceKind


class EventHoursForm(forms.Form):
    """A stretch of time within an event, by the clock of its venue."""

    starts = MomentField(label=_("From"))
    ends = MomentField(label=_("Until"))

    def __init__(self, *args: Any, event: ServiceEvent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(event.village.timezone)
        self.fields["starts"].help_text = event.village.get_timezone_display()
        self.fields["starts"].initial = datetime.combine(event.starts_on, time(7))
        self.fields["ends"].initial = datetime.combine(event.ends_on, time(16))

    def hours(self) -> dict[str, datetime]:
        hours = {}
        for typed, name in (("starts", "starts_at"), ("ends", "ends_at")):
            if moment := self.cleaned_data.pop(typed, None):
                hours[name] = moment.replace(tzinfo=self.zone)
        return hours


def device_label(device: Any) -> str:
    """Of `devices_of`."""
    if not device.is_faulty:
        return str(device.label)
    return str(_("%(name)s (out of order)") % {"name": device.label})


class OfficeHoursForm(forms.Form):
    """A beginning and an end by the clock of an office; an empty beginning is now."""

    since = MomentField(label=_("Since"), required=False)
    until = MomentField(label=_("Until"), required=False)
    #: The verb's field names in refusals -> ours.
    typed_in = {"from": "since"}

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(zone)

    def clean(self) -> dict[str, Any]:
        for name in ("since", "until"):
            if moment := self.cleaned_data.get(name):
                self.cleaned_data[name] = moment.replace(tzinfo=self.zone)
        return self.cleaned_data


def shown_hours(one: Any, zone: str) -> dict[str, datetime | None]:
    """Beginning and end of what stands, as its form shows them."""
    hours = {"since": one.since, "until": one.until}
    return {
        name: moment and moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        for name, moment in hours.items()
    }


class ChangedHoursForm(OfficeHoursForm):
    """Of what stands (`initial`). Hours that are left as they are shown are not sent: a form shows less
    than they may have, seconds. An end that is emptied is sent: there is none after all.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["since"].required = True
        self.fields["until"].help_text = _("Empty: it is still so.")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        return {name: data[name] for name in data if not self._is_left(name)}

    def _is_left(self, name: str) -> bool:
        if name not in ("since", "until"):
            return False
        field = self.fields[name]
        shown = raw_of(field, self.get_initial_for_field(field, name))
        return shown == (self.data.get(self.add_prefix(name)) or "")


class OutageForm(OfficeHoursForm):
    """No network, or no power."""

    kind = forms.ChoiceField(label=_("What"), choices=OutageKind.choices)
    at = forms.ChoiceField(label=_("Where"))
    note = TextField(
        label=_("Note"),
        max_length=500,
        required=False,
        help_text=_("No citizen's name or number."),
    )

    field_order = ("kind", "at", "since", "until", "note")

    def __init__(
        self, *args: Any, places: Iterable[tuple[str, Any, dict[str, Any]]], **kwargs: Any
    ) -> None:
        """`places`: key, name, and what the verb is told of each."""
        super().__init__(*args, **kwargs)
        listed = list(places)
        self._places = {key: told for key, _name, told in listed}
        offer(self, "at", [(key, name) for key, name, _told in listed])
        self.fields["since"].help_text = _("Empty: now.")
        self.fields["until"].help_text = _("Empty: it is still so.")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        return data | self._places.get(data.pop("at", ""), {})


class DeviceForm(forms.Form):
    label = TextField(
        label=_("Name of the device"),
        max_length=80,
        help_text=_("As it stands on the device, for example: Set 3."),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=DeviceKind.choices,
        help_text=_("Places of a session follow its recording sets."),
    )
    model = TextField(label=_("Make"), max_length=80, required=False)
    point = forms.ChoiceField(label=_("Where it stands"), required=False)

    def __init__(self, *args: Any, points: Iterable[Point], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._points = {str(point.pk): point for point in points}
        named = ((key, one.name) for key, one in self._points.items())
        offer(self, "point", [("", _("The office itself")), *named])

    def clean_point(self) -> Point | None:
        return self._points.get(self.cleaned_data["point"])
