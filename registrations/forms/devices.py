"""Forms for faults of devices, for the team and devices of an event, and for what is lent to one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import TextField, offer
from dukcapil.core.whole import WholeForm
from dukcapil.regions.models import Region
from events.hour_fields import ChangedHoursForm, EventHoursForm, OfficeHoursForm, device_label


class AssignForm(EventHoursForm):
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
                (key, getattr(thing[kind], "name", "") or device_label(thing[kind]))
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


class LendForm(EventHoursForm):
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
        self,
        *args: Any,
        clerks: Iterable[Any],
        devices: Iterable[Any],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offered_clerks = {str(clerk.pk): clerk for clerk in clerks}
        self.offered_devices = {str(device.pk): device for device in devices}
        offer(self, "clerks", [(key, clerk.name) for key, clerk in self.offered_clerks.items()])
        offer(
            self,
            "devices",
            [(key, device_label(one)) for key, one in self.offered_devices.items()],
        )

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


class FaultForm(OfficeHoursForm):
    """A device does not work."""

    what = TextField(label=_("What is broken"), max_length=500, required=False)

    field_order = ("what", "since", "until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["since"].help_text = _("Empty: now.")
        self.fields["until"].help_text = _("Empty: it is still so.")


class FaultChangeForm(WholeForm, ChangedHoursForm):
    """Hours and words of a fault that is noted."""

    what = TextField(label=_("What is broken"), max_length=500, required=False)
    done = TextField(label=_("What was done"), max_length=500, required=False)

    field_order = ("what", "done", "since", "until")


class RepairForm(OfficeHoursForm):
    """It works again."""

    done = TextField(label=_("What was done"), max_length=500, required=False)

    field_order = ("done", "until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["since"]
        self.fields["until"].label = _("Since when it works")
        self.fields["until"].help_text = _("Empty: now.")
