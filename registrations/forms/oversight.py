"""Breaches of data, and how long things are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import DateInput, MomentField, NumberField, TextField, offer
from dukcapil.regions.enums import Level, zone_of
from dukcapil.regions.models import Region
from registrations.oversight.enums import Kept

_NOBODY = _("No citizen's name or number.")


def _there(moment: datetime | None, region: str) -> datetime | None:
    """The local time of the region, whatever zone the server thinks in: as the page shows it."""
    return None if moment is None else moment.replace(tzinfo=ZoneInfo(zone_of(region)))


class BreachForm(forms.Form):
    what = TextField(label=_("What happened"), max_length=500, help_text=_NOBODY)
    kinds = TextField(
        label=_("Which data"),
        max_length=200,
        help_text=_("Kinds of data, such as names, numbers or addresses."),
    )
    noticed_at = MomentField(
        label=_("Noticed"),
        help_text=_("When anybody knew first: the three times 24 hours run from then."),
    )
    offices = forms.MultipleChoiceField(label=_("Offices"))
    people = NumberField(
        label=_("People"),
        required=False,
        min_value=0,
        max_value=2_000_000_000,
        help_text=_("As far as is known; a note may say it later."),
    )

    def __init__(self, *args: Any, region: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region = region
        offices = Region.objects.within(region).level(Level.REGENCY).order_by("code")
        choices = [(office.pk, f"{office.name} ({office.pk})") for office in offices]
        offer(self, "offices", choices)
        if len(choices) == 1:
            self.fields["offices"].initial = [choices[0][0]]

    def clean_noticed_at(self) -> datetime | None:
        return _there(self.cleaned_data["noticed_at"], self.region)


class BreachNoteForm(forms.Form):
    text = TextField(
        label=_("What was found or done"), max_length=500, required=False, help_text=_NOBODY
    )
    people = NumberField(label=_("People"), required=False, min_value=0, max_value=2_000_000_000)
    told_at = MomentField(
        label=_("People and authority were told"),
        required=False,
        help_text=_("Only with the letters by which they were told in the words above."),
    )

    def __init__(self, *args: Any, region: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region = region

    def clean_told_at(self) -> datetime | None:
        return _there(self.cleaned_data["told_at"], self.region)


class RetentionForm(forms.Form):
    what = forms.ChoiceField(label=_("What"), choices=Kept.choices)
    keep_days = NumberField(label=_("Days"), min_value=1, max_value=365)
    since = forms.DateField(
        label=_("Holds from"),
        widget=DateInput,
        required=False,
        help_text=_("Empty means today."),
    )
    source = TextField(label=_("Decree or letter"), max_length=200)
