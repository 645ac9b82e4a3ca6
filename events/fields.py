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
    NumberField,
    TextField,
    TimeInput,
    in_full,
    offer,
)
from dukcapil.core.versions import version_of
from dukcapil.core.whole import Stands, WholeForm, loaded
from dukcapil.regions.models import Region
from events.planning.enums import EventKind, PlaceKind, Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.selectors.wholes import session_parts
from events.planning.validators import LARGEST_CAPACITY, MOST_KITS, check_day


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
