"""Who and what goes where: what is assigned, asked for and lent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import MomentInput, offer
from dukcapil.regions.models import Region
from events.planning.models.event import ServiceEvent


class _HoursForm(forms.Form):
    """A stretch of time within an event, by the clock of its place."""

    starts = forms.DateTimeField(label=_("From"), widget=MomentInput)
    ends = forms.DateTimeField(label=_("Until"), widget=MomentInput)

    def __init__(self, *args: Any, event: ServiceEvent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(event.village.timezone)
        self.fields["starts"].help_text = event.village.get_timezone_display()
        self.fields["starts"].initial = datetime.combine(event.starts_on, time(7))
        self.fields["ends"].initial = datetime.combine(event.ends_on, time(16))

    def hours(self) -> dict[str, datetime]:
        found = {}
        for typed, name in (("starts", "starts_at"), ("ends", "ends_at")):
            if moment := self.cleaned_data.pop(typed, None):
                found[name] = moment.replace(tzinfo=self.zone)
        return found


class AssignForm(_HoursForm):
    what = forms.CharField(label=_("Team, clerk or device"), widget=forms.Select)

    field_order = ("what", "starts", "ends")

    def __init__(
        self,
        *args: Any,
        teams: Iterable[Any],
        devices: Iterable[Any],
        clerks: Iterable[Any],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.things = {
            **{f"team-{one.pk}": {"team": one} for one in teams},
            **{f"clerk-{one.pk}": {"clerk": one} for one in clerks},
            **{f"device-{one.pk}": {"device": one} for one in devices},
        }
        grouped = [
            (_("Teams"), "team"),
            (_("Clerks"), "clerk"),
            (_("Devices"), "device"),
        ]
        choices: list[Any] = [("", _("Choose"))]
        for label, kind in grouped:
            chosen = [
                (key, getattr(one[kind], "name", "") or getattr(one[kind], "label", ""))
                for key, one in self.things.items()
                if kind in one
            ]
            if chosen:
                choices.append((label, chosen))
        offer(self, "what", choices)

    def clean(self) -> dict[str, Any]:
        found = self.hours()
        thing = self.things.get(self.cleaned_data.pop("what", ""))
        if thing is None:
            self.add_error("what", _("Choose a team, a clerk or a device of your office."))
            return found
        return {**found, **thing}


class AskForm(forms.Form):
    lender = forms.CharField(label=_("Which office"), widget=forms.Select)
    wanted = forms.CharField(
        label=_("What is needed"),
        max_length=300,
        help_text=_("For example: two recording sets with clerks, from 07.00 to 14.00."),
    )

    def __init__(self, *args: Any, lenders: Iterable[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lenders = {region.pk: region for region in lenders}
        named = [(code, region.name) for code, region in self.lenders.items()]
        offer(self, "lender", [("", _("Choose")), *named])

    def clean_lender(self) -> Region:
        found = self.lenders.get(self.cleaned_data["lender"])
        if found is None:
            raise forms.ValidationError(_("Choose an office of the list."))
        return found


class LendForm(_HoursForm):
    clerks = forms.MultipleChoiceField(
        label=_("Clerks"), required=False, widget=forms.CheckboxSelectMultiple
    )
    devices = forms.MultipleChoiceField(
        label=_("Devices"), required=False, widget=forms.CheckboxSelectMultiple
    )
    answer = forms.CharField(
        label=_("Answer"),
        max_length=300,
        required=False,
        help_text=_("Needed when nothing is lent."),
    )

    def __init__(
        self, *args: Any, clerks: Iterable[Any], devices: Iterable[Any], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(one.pk): one for one in clerks}
        self.things = {str(one.pk): one for one in devices}
        offer(self, "clerks", [(key, one.name) for key, one in self.people.items()])
        offer(self, "devices", [(key, one.label) for key, one in self.things.items()])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        data |= self.hours()
        data["clerks"] = [self.people[key] for key in data.get("clerks", [])]
        data["devices"] = [self.things[key] for key in data.get("devices", [])]
        return data


class TeamForm(forms.Form):
    name = forms.CharField(
        label=_("Team"),
        max_length=80,
        help_text=_("The same name again changes its members."),
    )
    clerks = forms.MultipleChoiceField(
        label=_("Members"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, clerks: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(one.pk): one for one in clerks}
        offer(self, "clerks", [(key, one.name) for key, one in self.people.items()])

    def clean_clerks(self) -> list[Any]:
        return [self.people[key] for key in self.cleaned_data["clerks"]]


class DeviceForm(forms.Form):
    label = forms.CharField(label=_("Name of the device"), max_length=80)
    kind = forms.CharField(
        label=_("Kind"), max_length=40, help_text=_("For example: recording set, printer, link.")
    )
