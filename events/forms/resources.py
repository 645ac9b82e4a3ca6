"""Forms for assignments, loans, teams and devices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import MomentInput, TextField, offer
from dukcapil.regions.models import Region
from events.planning.models.event import ServiceEvent


class _HoursForm(forms.Form):
    """A stretch of time within an event, by the clock of its venue."""

    starts = forms.DateTimeField(label=_("From"), widget=MomentInput)
    ends = forms.DateTimeField(label=_("Until"), widget=MomentInput)

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


class AssignForm(_HoursForm):
    what = TextField(label=_("Team, clerk or device"), widget=forms.Select)

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
            **{f"team-{team.pk}": {"team": team} for team in teams},
            **{f"clerk-{clerk.pk}": {"clerk": clerk} for clerk in clerks},
            **{f"device-{device.pk}": {"device": device} for device in devices},
        }
        grouped = [
            (_("Teams"), "team"),
            (_("Clerks"), "clerk"),
            (_("Devices"), "device"),
        ]
        choices: list[Any] = [("", _("Choose"))]
        for label, kind in grouped:
            of_kind = [
                (key, getattr(thing[kind], "name", "") or getattr(thing[kind], "label", ""))
                for key, thing in self.things.items()
                if kind in thing
            ]
            if of_kind:
                choices.append((label, of_kind))
        offer(self, "what", choices)

    def clean(self) -> dict[str, Any]:
        data = self.hours()
        thing = self.things.get(self.cleaned_data.pop("what", ""))
        if thing is None:
            self.add_error("what", _("Choose a team, a clerk or a device of your office."))
            return data
        return {**data, **thing}


class AskForm(forms.Form):
    lender = TextField(label=_("Which office"), widget=forms.Select)
    wanted = TextField(
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
        lender = self.lenders.get(self.cleaned_data["lender"])
        if lender is None:
            raise forms.ValidationError(_("Choose an office of the list."))
        return lender


class LendForm(_HoursForm):
    clerks = forms.MultipleChoiceField(
        label=_("Clerks"), required=False, widget=forms.CheckboxSelectMultiple
    )
    devices = forms.MultipleChoiceField(
        label=_("Devices"), required=False, widget=forms.CheckboxSelectMultiple
    )
    answer = TextField(
        label=_("Answer"),
        max_length=300,
        required=False,
        help_text=_("Needed when nothing is lent."),
    )
    #: The page's buttons, lend and refuse. Without one the ticks decide.
    do = TextField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, clerks: Iterable[Any], devices: Iterable[Any], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offered_clerks = {str(clerk.pk): clerk for clerk in clerks}
        self.offered_devices = {str(device.pk): device for device in devices}
        offer(self, "clerks", [(key, clerk.name) for key, clerk in self.offered_clerks.items()])
        offer(self, "devices", [(key, dev.label) for key, dev in self.offered_devices.items()])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        data |= self.hours()
        do = data.pop("do", "")
        if do == "refuse":
            data |= {"clerks": [], "devices": []}
        elif do == "lend" and not (data.get("clerks") or data.get("devices")):
            self.add_error(None, _("Tick who or what is lent, or press “Refuse”."))
        data["clerks"] = [self.offered_clerks[key] for key in data.get("clerks", [])]
        data["devices"] = [self.offered_devices[key] for key in data.get("devices", [])]
        return data


class TeamForm(forms.Form):
    name = TextField(
        label=_("Team"),
        max_length=80,
        help_text=_("The same name again changes its members."),
    )
    clerks = forms.MultipleChoiceField(
        label=_("Members"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, clerks: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered_clerks = {str(clerk.pk): clerk for clerk in clerks}
        offer(self, "clerks", [(key, clerk.name) for key, clerk in self.offered_clerks.items()])

    def clean_clerks(self) -> list[Any]:
        return [self.offered_clerks[key] for key in self.cleaned_data["clerks"]]


class DeviceForm(forms.Form):
    label = TextField(label=_("Name of the device"), max_length=80)
    kind = TextField(
        label=_("Kind"), max_length=40, help_text=_("For example: recording set, printer, link.")
    )
