"""Forms for events, sessions and stations. The rules are in the services and the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import DateInput, NumberField, TextField, offer
from dukcapil.regions.models import Region
from events.fields import DayForm, HoursForm
from events.planning.enums import EventKind, EventState, Service
from events.planning.models.event import ServiceEvent
from events.planning.validators import (
    MOST_COPIES,
    MOST_DAYS_BETWEEN,
    MOST_RECORDING_MINUTES,
    RECORDING_MINUTES,
    USUAL_DAYS_BETWEEN,
)


class SessionForm(HoursForm):
    def __init__(self, *args: Any, event: ServiceEvent, **kwargs: Any) -> None:
        super().__init__(*args, event=event, **kwargs)
        self.fields["begins"].initial, self.fields["ends"].initial = "08:00", "12:00"
        recording = self.fields.get(f"capacity_{Service.RECORDING}")
        if event.kits and recording:
            recording.required, recording.initial = False, None
            recording.help_text = _("Empty: computed from %(kits)s kits and the minutes below.") % {
                "kits": event.kits
            }
            self.fields["minutes"] = NumberField(
                label=_("Minutes a recording takes"),
                min_value=1,
                max_value=MOST_RECORDING_MINUTES,
                initial=RECORDING_MINUTES,
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        data["minutes"] = data.pop("minutes", None) or RECORDING_MINUTES
        return data


class EventFilter(forms.Form):
    """The filters of the list, all in the address; a wrong value is shown as an error."""

    q = TextField(label=_("Title or place"), required=False, max_length=100)
    state = forms.ChoiceField(label=_("State"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    programme = TextField(label=_("Programme"), required=False, max_length=60)
    office = TextField(label=_("Office"), required=False, widget=forms.Select)
    date = forms.DateField(label=_("On the day"), required=False, widget=DateInput)

    def __init__(self, *args: Any, offices: Iterable[Region] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = [("", _("all"))]
        offer(self, "state", [*every, *EventState.choices])
        offer(self, "kind", [*every, *EventKind.choices])
        named = [(region.pk, region.name) for region in offices]
        if named:
            offer(self, "office", [*every, *named])
        else:
            del self.fields["office"]

    def filters(self) -> dict[str, Any]:
        """Arguments of `listed_events`; a value that is not valid does not filter."""
        self.is_valid()
        data = self.cleaned_data
        return {
            "text": data.get("q", ""),
            "state": data.get("state", ""),
            "kind": data.get("kind", ""),
            "office": data.get("office", ""),
            "programme": data.get("programme", ""),
            "day": data.get("date"),
        }


class CopyForm(DayForm):
    title = TextField(label=_("Title"), max_length=200)
    times = NumberField(
        label=_("How many copies"), min_value=1, max_value=MOST_COPIES, initial=1, required=False
    )
    every_days = NumberField(
        label=_("Days from one to the next"),
        min_value=1,
        max_value=MOST_DAYS_BETWEEN,
        initial=USUAL_DAYS_BETWEEN,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """An empty number means the usual one."""
        return {name: value for name, value in self.cleaned_data.items() if value is not None}


#: Rows of the form.
MOST_STATIONS = 8


class StationsForm(forms.Form):
    """Each row has a name and services; a row without a name is no station."""

    def __init__(
        self,
        *args: Any,
        services: Iterable[str],
        now: list[tuple[str, list[str]]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offered = [(name, Service(name).label) for name in services]
        for number in range(MOST_STATIONS):
            name, chosen = now[number] if number < len(now) else ("", [])
            self.fields[f"name_{number}"] = TextField(
                label=_("Station %(number)s") % {"number": number + 1},
                max_length=40,
                required=False,
                initial=name,
            )
            self.fields[f"services_{number}"] = forms.MultipleChoiceField(
                label=_("Services"),
                choices=offered,
                required=False,
                initial=chosen,
                widget=forms.CheckboxSelectMultiple,
            )

    def rows(self) -> list[tuple[Any, Any]]:
        return [(self[f"name_{n}"], self[f"services_{n}"]) for n in range(MOST_STATIONS)]

    def clean(self) -> dict[str, Any]:
        stations: dict[str, list[str]] = {}
        for number in range(MOST_STATIONS):
            name = self.cleaned_data.get(f"name_{number}", "").strip()
            services = self.cleaned_data.get(f"services_{number}", [])
            if name in stations:
                self.add_error(f"name_{number}", _("Two stations have this name."))
            elif name and not services:
                self.add_error(f"services_{number}", _("Name at least one service."))
            elif services and not name:
                self.add_error(f"name_{number}", _("Give the station a name."))
            elif name:
                stations[name] = services
        return {"stations": stations}
