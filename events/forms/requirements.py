"""What people bring to a service, from a day on."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import DateInput, TextField
from events.planning.enums import Service


class RequirementForm(forms.Form):
    service = forms.ChoiceField(label=_("Service"), choices=Service.choices)
    papers = TextField(
        lines=True,
        label=_("Papers asked for"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=2000,
        help_text=_("Each on a line of its own."),
    )
    since = forms.DateField(
        label=_("Holds from"),
        widget=DateInput,
        required=False,
        help_text=_("Empty means today."),
    )
    source = TextField(label=_("Decree or letter"), max_length=200)

    def clean_papers(self) -> list[str]:
        return str(self.cleaned_data["papers"]).splitlines()
