"""Forms that this app and registrations share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import DateInput, NumberField, TextField, offer
from dukcapil.core.versions import version_of
from dukcapil.core.whole import Stands, WholeForm
from dukcapil.regions.models import Region
from events.planning.enums import EventKind, PlaceKind, Service
from events.planning.models.session import ServiceSession
from events.planning.selectors.wholes import places_of
from events.planning.validators import LARGEST_CAPACITY, MOST_KITS


class DayForm(forms.Form):
    """The one day that a move, a copy or a follow-up needs."""

    starts_on = forms.DateField(label=_("First day"), widget=DateInput)


class SeatsForm(forms.Form):
    """The number of seats for each of the event's services."""

    def __init__(self, *args: Any, services: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.services = list(services)
        for name in self.services:
            self.fields[f"capacity_{name}"] = NumberField(
                label=Service(name).label,
                min_value=0,
                max_value=LARGEST_CAPACITY,
                initial=0,
            )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        names = [name for name in self.services if f"capacity_{name}" in data]
        capacity = {name: data.pop(f"capacity_{name}") for name in names}
        return {**data, "capacity": capacity}


class PlacesForm(WholeForm, SeatsForm):
    """The number of places of a session that stands."""


def places_stand(session: ServiceSession) -> Stands:
    places = places_of(session.pk, session.event.services)
    values = {f"capacity_{name}": number for name, number in places.items()}
    return Stands(values, version_of(places))


class EventForm(forms.Form):
    title = TextField(label=_("Title"), max_length=200)
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=EventKind.choices,
        widget=forms.Select(attrs={"data-shows": "#holiday=holiday_opening"}),
    )
    village = TextField(label=_("Village"), widget=forms.Select)
    place = TextField(label=_("Place"), max_length=200, help_text=_("Hall, school or address."))
    place_kind = forms.ChoiceField(label=_("Kind of place"), choices=PlaceKind.choices)
    target_group = TextField(
        label=_("For whom"),
        max_length=100,
        required=False,
        help_text=_("For example: class XII, or people of 60 and older."),
    )
    programme = TextField(
        label=_("Programme"), max_length=60, required=False, help_text=_("For example: GISA.")
    )
    starts_on = forms.DateField(label=_("First day"), widget=DateInput)
    ends_on = forms.DateField(label=_("Last day"), widget=DateInput)
    services = forms.MultipleChoiceField(
        label=_("Services"), choices=Service.choices, widget=forms.CheckboxSelectMultiple
    )
    kits = NumberField(
        label=_("Recording sets that travel along"),
        min_value=0,
        max_value=MOST_KITS,
        initial=0,
        required=False,
    )
    walk_in_percent = NumberField(
        label=_("Places kept for walk-ins, in percent"),
        min_value=0,
        max_value=100,
        initial=0,
        required=False,
    )
    priority_percent = NumberField(
        label=_("Places kept for the priority lane, in percent"),
        min_value=0,
        max_value=100,
        initial=0,
        required=False,
        help_text=_("For the elderly, the disabled and the pregnant."),
    )
    by_invitation = forms.BooleanField(
        label=_("Only by invitation: not on the public schedule"), required=False
    )
    holiday_reason = TextField(
        label=_("Why the office opens on this holiday"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"data-needed": "yes"}),
    )

    def __init__(self, *args: Any, villages: Iterable[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.villages = {village.pk: village for village in villages}
        offer(
            self,
            "village",
            [
                ("", _("Choose a village")),
                *((code, f"{village.name} ({code})") for code, village in self.villages.items()),
            ],
        )

    def clean_village(self) -> Region:
        village = self.villages.get(self.cleaned_data["village"])
        if village is None:
            raise forms.ValidationError(_("Choose a village of your office's region."))
        return village

    def clean(self) -> dict[str, Any]:
        kind = self.cleaned_data.get("kind")
        if kind and not EventKind(kind).needs_reason:
            # The field is hidden then: what is still in it was not meant.
            self.cleaned_data["holiday_reason"] = ""
        for name in ("kits", "walk_in_percent", "priority_percent"):
            self.cleaned_data[name] = self.cleaned_data.get(name) or 0
        return self.cleaned_data


class EditForm(WholeForm, EventForm):
    """Of an event that stands."""
