"""Forms of requests for visits: asking, filtering the list, planning, ending."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import DateInput, NumberField, TextField
from dukcapil.regions.models import Region
from events.planning.enums import Service
from events.planning.validators import LARGEST_CAPACITY
from registrations.forms.contacts import WithContact
from registrations.requests.enums import Partner, RequestEnd, RequestReason, RequestState


class RequestForm(WithContact):
    """To somebody at home: without village, place and head-count, which the person has."""

    field_order = (
        *("village", "place", "people", "services", "reason", "partner_kind", "partner"),
        "contact",
    )

    village = forms.ChoiceField(label=_("Village"))
    place = TextField(
        label=_("Place"),
        max_length=200,
        help_text=_("An institution, such as Panti Asuhan, SMA 1, Lapas. No person's name."),
    )
    people = NumberField(label=_("People expected"), min_value=1, max_value=LARGEST_CAPACITY)
    services = forms.MultipleChoiceField(
        label=_("Services"),
        widget=forms.CheckboxSelectMultiple,
        choices=Service.choices,
        initial=[Service.RECORDING],
    )
    reason = forms.ChoiceField(
        label=_("Why the office should come"),
        choices=RequestReason.choices,
        help_text=_("Nothing medical is noted."),
    )
    partner_kind = forms.ChoiceField(label=_("Who passed it on"), choices=Partner.choices)
    partner = TextField(
        label=_("Name of the office or neighbourhood"),
        max_length=80,
        required=False,
        help_text=_("For example: RT 02/RW 05. No person's name."),
    )

    def __init__(self, *args: Any, villages: Iterable[Region] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].label = _("E-mail or mobile number to tell the day of the visit")
        self.villages = {village.pk: village for village in villages or ()}
        if villages is None:
            for name in ("village", "place", "people"):
                del self.fields[name]
        else:
            field: Any = self.fields["village"]
            names = ((code, f"{village.name} ({code})") for code, village in self.villages.items())
            field.choices = [("", _("Choose a village")), *names]

    def clean_village(self) -> Region:
        return self.villages[self.cleaned_data["village"]]


class RequestFilter(forms.Form):
    state = forms.ChoiceField(
        label=_("State"),
        choices=[*RequestState.choices, ("all", _("All"))],
        required=False,
        initial=RequestState.OPEN,
    )


class VisitForm(forms.Form):
    """The day of a visit; the page sends the chosen requests apart, as `requests`."""

    starts_on = forms.DateField(label=_("Day of the visit"), widget=DateInput)


class EndRequestForm(forms.Form):
    because = forms.ChoiceField(
        label=_("Why nobody needs to go there"), choices=[("", "–"), *RequestEnd.choices]
    )
