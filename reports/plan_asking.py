"""Forms of the pages of plans: asking for one, and moving a visit of a draft."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import DateInput, TextField, offer
from dukcapil.core.versions import LONGEST_VERSION


class AskPlanForm(forms.Form):
    """A plan of an office for some days. `offices`: those that a province chooses from."""

    #: Where the verb's own names for fields are shown.
    typed_in = {"from": "from_day", "until": "until_day"}

    office = forms.ChoiceField(label=_("Office"))
    from_day = forms.DateField(label=_("From"), widget=DateInput)
    until_day = forms.DateField(label=_("Until"), widget=DateInput)

    def __init__(self, *args: Any, offices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(offices) == 1:
            self.fields["office"].widget = forms.HiddenInput()
            self.initial["office"] = offices[0][0]
            # What is said of the office is said of the form: there is no field to look at.
            self.typed_in = {**self.typed_in, "office": ""}
        offer(self, "office", offices)


class PlaceForm(forms.Form):
    """A place of a draft, as it was shown."""

    site = TextField(max_length=60, widget=forms.HiddenInput)
    version = TextField(max_length=LONGEST_VERSION, widget=forms.HiddenInput)


class PlaceVisitForm(PlaceForm):
    """A day and a team: checked against all rules when it is sent."""

    to = forms.DateField(label=_("To this day"), widget=DateInput)
    team = forms.ChoiceField(label=_("Team"))

    def __init__(self, *args: Any, teams: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "team", teams)


class VisitForm(PlaceForm):
    """One visit of a draft: where it stands."""

    day = forms.DateField(widget=forms.HiddenInput)


class MoveVisitForm(VisitForm, PlaceVisitForm):
    """And where it goes."""
