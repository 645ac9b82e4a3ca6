"""Forms that this app and registrations share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import DateInput, NumberField, TextField, TimeInput, offer
from dukcapil.regions.models import Region
from events.planning.enums import EventKind, PlaceKind, Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.validators import LARGEST_CAPACITY, MOST_KITS


class DayForm(forms.Form):
    """The one day that a move, a copy or a follow-up needs."""

    starts_on = forms.DateField(label=_("First day"), widget=DateInput)


class SeatsForm(forms.Form):
    """The number of seats for each of the event's services."""

    def __init__(
        self, *args: Any, services: Iterable[str], now: dict[str, int] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.services = list(services)
        for name in self.services:
            self.fields[f"capacity_{name}"] = NumberField(
                label=Service(name).label,
                min_value=0,
                max_value=LARGEST_CAPACITY,
                initial=(now or {}).get(name, 0),
            )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        names = [name for name in self.services if f"capacity_{name}" in data]
        capacity = {name: data.pop(f"capacity_{name}") for name in names}
        return {**data, "capacity": capacity}


#: Hours over midnight that are longer are a slip of the hand.
_LONGEST_TYPED = timedelta(hours=16)


class HoursForm(SeatsForm):
    """The local day on which a session begins, its hours, and its seats. What ends earlier than it
    begins ends after midnight.
    """

    day = forms.DateField(label=_("Day"), widget=DateInput)
    begins = forms.TimeField(label=_("From"), widget=TimeInput)
    ends = forms.TimeField(label=_("Until"), widget=TimeInput)

    #: What the verb calls a value -> the field in which it is typed.
    typed_in: ClassVar = {"starts_at": "day", "ends_at": "ends"}

    _HOURS = ("day", "begins", "ends")

    def __init__(
        self, *args: Any, event: ServiceEvent, change: bool = False, **kwargs: Any
    ) -> None:
        """`change`: of a session that stands; without hours it keeps them."""
        super().__init__(*args, services=event.services, **kwargs)
        for name in self._HOURS:
            self.fields[name].required = not change
        self.zone = ZoneInfo(event.village.timezone)
        zone = event.village.get_timezone_display()
        self.fields["begins"].help_text = zone
        self.fields["ends"].help_text = _(
            "%(zone)s. Earlier than the beginning: it ends after midnight, on the next day."
        ) % {"zone": zone}
        first, last = f"{event.starts_on:%Y-%m-%d}", f"{event.ends_on:%Y-%m-%d}"
        self.fields["day"].widget.attrs |= {"min": first, "max": last}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        day, begins, ends = typed = [data.pop(name, None) for name in self._HOURS]
        if typed != [None] * 3:
            for name in self._HOURS:
                # Of a new session the fields themselves ask for it.
                if not self.fields[name].required and not self.data.get(name):
                    self.add_error(name, _("Give the day and both hours."))
        if day and begins and ends:
            data["starts_at"] = datetime.combine(day, begins, self.zone)
            data["ends_at"] = datetime.combine(day, ends, self.zone)
            if ends < begins:
                data["ends_at"] = datetime.combine(day + timedelta(days=1), ends, self.zone)
                self._check_night(data["ends_at"] - data["starts_at"])
        return data

    def _check_night(self, length: timedelta) -> None:
        if length > _LONGEST_TYPED:
            text = _("Until the next day this would be %(hours)s hours: are both hours right?")
            self.add_error("ends", text % {"hours": length // timedelta(hours=1)})

    @classmethod
    def of(cls, session: ServiceSession) -> dict[str, Any]:
        """What a form shows of the hours of a session."""
        zone = ZoneInfo(session.event.village.timezone)
        begins, ends = (moment.astimezone(zone) for moment in (session.starts_at, session.ends_at))
        return {"day": begins.date(), "begins": f"{begins:%H:%M}", "ends": f"{ends:%H:%M}"}


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


class EditForm(EventForm):
    #: The version of the event that the person looked at: a form that is out of date is refused.
    version = TextField(widget=forms.HiddenInput, required=False)
