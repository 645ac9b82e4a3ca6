"""Correcting people: the form of a person again, another NIK, merging, erasing, a decision."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import DateInput, TextField
from dukcapil.core.whole import WholeForm
from registrations.forms.people import ReasonForm, ResidentForm, as_field_error
from registrations.people.enums import CalledAgain
from registrations.people.models import Resident
from registrations.people.validators import Nik, parse_nik


class CorrectForm(WholeForm, ResidentForm):
    """The fields of a person as `ResidentForm` has them; a NIK has a page of its own."""

    nik = None  # type: ignore[assignment]  # so Django takes an inherited field away
    accepted = None  # type: ignore[assignment]  # the same
    moved_on = forms.DateField(
        label=_("Moved on"),
        required=False,
        widget=DateInput,
        help_text=_(
            "Only when the person really moved: then records keep the village of their day."
            " Leave it empty when the village was wrong from the start."
        ),
    )
    reason = TextField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Why it is corrected, and by which document."),
    )

    def clean(self) -> dict[str, Any]:
        """The verb judges what is new; it says so at the field."""
        return self.cleaned_data


def shown(person: Resident) -> dict[str, Any]:
    """What a form begins with."""
    return {
        "name": person.identity.name,
        "birth_date": person.birth_date,
        "sex": person.sex,
        "marital_status": person.marital_status,
        "village": f"{person.village.name} ({person.village_id})",
        "address": person.identity.address,
        "rt": person.identity.rt,
        "rw": person.identity.rw,
    }


class NikForm(forms.Form):
    nik = TextField(
        label=_("The right NIK"),
        help_text=_("16 digits; spaces and dots are forgiven."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    reason = TextField(
        label=_("Reason"),
        max_length=300,
        help_text=_("By which document the number is known (KK, KTP-el). No number here."),
    )
    version = TextField(required=False, widget=forms.HiddenInput)

    def clean_nik(self) -> Nik:
        nik: Nik = as_field_error(parse_nik, self.cleaned_data["nik"])
        return nik


class ReopenForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("What became of the recording"), choices=[("", "–"), *CalledAgain.choices]
    )
    may_return_on = forms.DateField(
        label=_("May be recorded again from"),
        widget=DateInput,
        help_text=_("Whoever books the person for an earlier day is asked."),
    )
    evidence = TextField(
        label=_("Evidence"),
        required=False,
        max_length=300,
        help_text=_(
            "Number and date of the centre's letter or ticket. No name, no number of a person."
        ),
    )


class MergeForm(ReasonForm):
    into = forms.UUIDField(widget=forms.HiddenInput)


class EraseForm(forms.Form):
    reason = TextField(
        label=_("Reason"),
        max_length=300,
        help_text=_("It stays in the log: without the person's name or number."),
    )
    case = TextField(
        label=_("Written request"),
        max_length=100,
        help_text=_("Number and date of the letter that this is for."),
    )
    read = forms.BooleanField(
        label=_("I have read the request, and know that this cannot be taken back."),
    )


class DecideForm(forms.Form):
    """Beside a proposal: refusing says why."""

    because = TextField(label=_("Why not"), max_length=300)
