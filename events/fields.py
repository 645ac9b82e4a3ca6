"""Forms that this app and registrations share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid
from dukcapil.core.forms import (
    DateInput,
    MomentField,
    NumberField,
    TextField,
    TimeInput,
    in_full,
    offer,
)
from dukcapil.core.versions import version_of
from dukcapil.core.whole import Stands, WholeForm, loaded, raw_of
from dukcapil.regions.models import Region
from events.incidents.enums import OutageKind
from events.planning.enums import EventKind, PlaceKind, Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.selectors.wholes import session_parts
from events.planning.validators import LARGEST_CAPACITY, MOST_KITS, check_day
from events.points.models import Point
from events.resources.enums import DeviceKind


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

    def __init__(self, *args: Any, event: ServiceEvent, **kwargs: Any) -> None:
        super().__init__(*args, services=event.services, **kwargs)
        self.zone = ZoneInfo(event.village.timezone)
        zone = event.village.get_timezone_display()
        self.fields["begins"].help_text = zone
        self.fields["ends"].help_text = _(
            "%(zone)s. Earlier than the beginning: it ends after midnight, on the next day."
        ) % {"zone": zone}
        first, last = f"{event.starts_on:%Y-%m-%d}", f"{event.ends_on:%Y-%m-%d}"
        self.fields["day"].widget.attrs |= {"min": first, "max": last}

    def clean_day(self) -> date | None:
        day: date | None = self.cleaned_data["day"]
        if day:
            try:
                check_day(day)
            except Invalid as error:
                raise forms.ValidationError(str(error.message), code=error.code) from error
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        day, begins, ends = (data.pop(name, None) for name in self._HOURS)
        if day and begins is not None and ends is not None:
            data |= self._moments(day, begins, ends)
        return data

    def _moments(self, day: date, begins: time, ends: time) -> dict[str, datetime]:
        starts_at = datetime.combine(day, begins, self.zone)
        ends_at = datetime.combine(day, ends, self.zone)
        if ends < begins:
            ends_at += timedelta(days=1)
            self._check_night(ends_at - starts_at)
        return {"starts_at": starts_at, "ends_at": ends_at}

    def _check_night(self, length: timedelta) -> None:
        if length > _LONGEST_TYPED:
            text = _("Until the next day this would be %(hours)s hours: are both hours right?")
            self.add_error("ends", text % {"hours": length // timedelta(hours=1)})


class SessionEditForm(WholeForm, HoursForm):
    """Hours and places of a session that stands. Hours that are left as they were shown are not sent, for
    a form shows less than a session may have: seconds, and an end two days later.
    """

    def __init__(self, *args: Any, session: ServiceSession, **kwargs: Any) -> None:
        self.session = session
        super().__init__(*args, event=session.event, **kwargs)
        if self.is_bound and not any(name in self.data for name in self._HOURS):
            for name in self._HOURS:
                self.fields[name].required = False
        begins, ends = local_hours(session)
        self.later = ends.date() - begins.date()
        #: Whether it lasts longer than what "an end before the beginning" can say.
        self.long = self.later != timedelta(days=ends.time() < begins.time())
        if self.long:
            self.fields["ends"].help_text = _(
                "%(zone)s. The session ends on %(day)s; it goes on lasting so many days."
            ) % {
                "zone": session.event.village.get_timezone_display(),
                "day": in_full(str(ends.date())),
            }

    def _moments(self, day: date, begins: time, ends: time) -> dict[str, datetime]:
        shown = self.now_shown() | loaded(str(self.data.get("shown", "")))
        changed = {
            name for name in self._HOURS if self._typed(name, self.fields[name]) != shown[name]
        }
        if not changed:
            return {}
        first, last = local_hours(self.session)
        begins = begins if "begins" in changed else first.time()
        ends = ends if "ends" in changed else last.time()
        if not self.long:
            return super()._moments(day, begins, ends)
        return {
            "starts_at": datetime.combine(day, begins, self.zone),
            "ends_at": datetime.combine(day + self.later, ends, self.zone),
        }


def local_hours(session: ServiceSession) -> tuple[datetime, datetime]:
    """By the clock of its place."""
    zone = ZoneInfo(session.event.village.timezone)
    return session.starts_at.astimezone(zone), session.ends_at.astimezone(zone)


def session_stands(session: ServiceSession) -> Stands:
    session.refresh_from_db(fields=["starts_at", "ends_at"])
    parts = session_parts(session)
    places = {f"capacity_{name}": parts.get(name, 0) for name in session.event.services}
    begins, ends = local_hours(session)
    hours = {"day": begins.date(), "begins": f"{begins:%H:%M}", "ends": f"{ends:%H:%M}"}
    return Stands({**hours, **places}, version_of(parts))


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
