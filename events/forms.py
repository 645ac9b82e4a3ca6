"""What people type about events and sessions. The rules stand in the services and the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import DateInput, TimeInput, offer
from dukcapil.regions.models import Region
from events.enums import EventKind, EventState, PlaceKind, Service
from events.models import ServiceEvent
from events.services import LARGEST_CAPACITY

#: A longer event is a slip of the pen.
LONGEST = timedelta(days=366)

#: What the head confirms before an event opens to booking; SKB 5 K/L No. 2/2022 on neutrality.
NEUTRALITY = {
    "symbols": _("Invitations, banners and notices show no candidate, party, number or slogan."),
    "place": _("The place is not used for a campaign on these days."),
    "staff": _("The staff strike no poses, wear no symbols and share no campaign posts."),
    "guests": _("No candidate or campaign team is invited to speak or to hand out cards."),
    "equal": _("Everybody is served alike, whomever they support."),
}


class EventForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=EventKind.choices,
        widget=forms.Select(attrs={"data-shows": "#holiday=holiday_opening"}),
    )
    village = forms.CharField(label=_("Village"), widget=forms.Select)
    place = forms.CharField(
        label=_("Place"), max_length=200, help_text=_("Hall, school or address.")
    )
    place_kind = forms.ChoiceField(label=_("Kind of place"), choices=PlaceKind.choices)
    target_group = forms.CharField(
        label=_("For whom"),
        max_length=100,
        required=False,
        help_text=_("For example: class XII, or people of 60 and older."),
    )
    programme = forms.CharField(
        label=_("Programme"), max_length=60, required=False, help_text=_("For example: GISA.")
    )
    starts_on = forms.DateField(label=_("First day"), widget=DateInput)
    ends_on = forms.DateField(label=_("Last day"), widget=DateInput)
    services = forms.MultipleChoiceField(
        label=_("Services"), choices=Service.choices, widget=forms.CheckboxSelectMultiple
    )
    holiday_reason = forms.CharField(
        label=_("Why the office opens on this holiday"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"data-needed": "yes"}),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

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
        if self.cleaned_data.get("kind") != EventKind.HOLIDAY_OPENING:
            self.cleaned_data["holiday_reason"] = ""
        first, last = self.cleaned_data.get("starts_on"), self.cleaned_data.get("ends_on")
        if first and last and last - first > LONGEST:
            self.add_error("ends_on", _("Longer than a year: is the year right?"))
        return self.cleaned_data


class ApprovalForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, text in NEUTRALITY.items():
            self.fields[name] = forms.BooleanField(
                label=text,
                error_messages={"required": _("Confirm this, or change the event first.")},
            )

    def clean(self) -> dict[str, Any]:
        signed = all(self.cleaned_data.get(name) for name in NEUTRALITY)
        return {"neutrality_signed": signed}


class PlacesForm(forms.Form):
    """Places for each of the event's services."""

    def __init__(
        self, *args: Any, services: Iterable[str], now: dict[str, int] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.services = list(services)
        for name in self.services:
            self.fields[f"capacity_{name}"] = forms.IntegerField(
                label=Service(name).label,
                min_value=0,
                max_value=LARGEST_CAPACITY,
                initial=(now or {}).get(name, 0),
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        names = [name for name in self.services if f"capacity_{name}" in data]
        capacity = {name: data.pop(f"capacity_{name}") for name in names}
        if names and not any(capacity.values()):
            raise forms.ValidationError(_("Give places for at least one service."))
        return {**data, "capacity": capacity}


class SessionForm(PlacesForm):
    day = forms.DateField(label=_("Day"), widget=DateInput)
    begins = forms.TimeField(label=_("From"), widget=TimeInput)
    ends = forms.TimeField(label=_("Until"), widget=TimeInput)

    def __init__(self, *args: Any, event: ServiceEvent, **kwargs: Any) -> None:
        super().__init__(*args, services=event.services, **kwargs)
        self.event = event
        zone = event.village.get_timezone_display()
        self.fields["begins"].help_text = self.fields["ends"].help_text = zone
        first, last = f"{event.starts_on:%Y-%m-%d}", f"{event.ends_on:%Y-%m-%d}"
        self.fields["day"].widget.attrs |= {"min": first, "max": last}
        self.fields["day"].initial = max(event.starts_on, min(event.ends_on, timezone.localdate()))
        self.fields["begins"].initial, self.fields["ends"].initial = "08:00", "12:00"

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        day, begins, ends = (data.pop(name, None) for name in ("day", "begins", "ends"))
        if day and begins and ends:
            zone = ZoneInfo(self.event.village.timezone)
            data["starts_at"] = datetime.combine(day, begins, zone)
            data["ends_at"] = datetime.combine(day, ends, zone)
            if ends <= begins:
                self.add_error("ends", _("A session ends after it starts."))
            if not self.event.starts_on <= day <= self.event.ends_on:
                self.add_error("day", _("A session lies within the days of its event."))
        return data


class EventFilter(forms.Form):
    """The filters of the list, all in the address; a value that is none is shown as an error."""

    q = forms.CharField(label=_("Title or place"), required=False, max_length=100)
    state = forms.ChoiceField(label=_("State"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    office = forms.CharField(label=_("Office"), required=False, widget=forms.Select)
    date = forms.DateField(label=_("On the day"), required=False, widget=DateInput)

    def __init__(self, *args: Any, offices: Iterable[Region] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = [("", _("all"))]
        offer(self, "state", [*every, *EventState.choices])
        offer(self, "kind", [*every, *EventKind.choices])
        found = [(region.pk, region.name) for region in offices]
        if found:
            offer(self, "office", [*every, *found])
        else:
            del self.fields["office"]

    def asked(self) -> dict[str, Any]:
        """Arguments of `listed_events`; what is not valid does not filter."""
        self.is_valid()
        data = self.cleaned_data
        return {
            "text": data.get("q", ""),
            "state": data.get("state", ""),
            "kind": data.get("kind", ""),
            "office": data.get("office", ""),
            "day": data.get("date"),
        }
