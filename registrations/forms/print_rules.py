"""From when on an office prints cards early."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import DateInput, NumberField, TextField
from registrations.people.validators import MOST_DAYS_EARLY


class PrintRuleForm(forms.Form):
    days = NumberField(
        label=_("Days before the 17th birthday"),
        min_value=0,
        max_value=MOST_DAYS_EARLY,
        help_text=_("0 prints the card on the day. It is handed over on the day in any case."),
    )
    since = forms.DateField(
        label=_("Holds from"),
        widget=DateInput,
        required=False,
        help_text=_("Empty means today."),
    )
    source = TextField(label=_("Decree or letter"), max_length=200)
