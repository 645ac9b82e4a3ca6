"""The register of burials: a line for a phone, its correction, what the office does with it, its report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import DateInput, NumberField, TextField
from dukcapil.core.whole import WholeForm
from dukcapil.regions.models import Region
from registrations.burials.enums import Relation
from registrations.burials.models import LONGEST_CEMETERY, LONGEST_REASON, Burial
from registrations.burials.services.entries import LONGEST_BLOCK, Entry
from registrations.burials.services.filing import LONGEST_CERTIFICATE
from registrations.burials.services.reporting import MOST_BOOKS
from registrations.forms.people import village_typed
from registrations.people.enums import Sex
from registrations.people.validators import LONGEST_ADDRESS, LONGEST_NAME, OLDEST

_OFF = {"autocomplete": "off"}


class BurialForm(forms.Form):
    """As a village writes it down, in the order in which it is asked."""

    village = TextField(
        label=_("Village of the grave"),
        widget=forms.TextInput(attrs={"list": "villages", **_OFF}),
    )
    name = TextField(
        label=_("Name of the dead"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs=_OFF),
    )
    died_on = forms.DateField(label=_("Died on"), widget=DateInput)
    buried_on = forms.DateField(label=_("Buried on"), widget=DateInput)
    cemetery = TextField(
        label=_("Cemetery"),
        max_length=LONGEST_CEMETERY,
        help_text=_("Its name as people know it. No person's name."),
    )
    block = TextField(label=_("Block or number"), required=False, max_length=LONGEST_BLOCK)
    nik = TextField(
        label="NIK",
        required=False,
        help_text=_(
            "16 digits, from the card or the family card. Leave it empty if nobody knows it."
        ),
        widget=forms.TextInput(attrs={"inputmode": "numeric", **_OFF}),
    )
    birth_date = forms.DateField(label=_("Birth date"), required=False, widget=DateInput)
    age = NumberField(
        label=_("Age in years"),
        required=False,
        min_value=0,
        max_value=OLDEST,
        help_text=_("Where nobody knows the birth date."),
    )
    sex = forms.ChoiceField(
        label=_("Sex"), required=False, choices=[("", _("Choose")), *Sex.choices]
    )
    address = TextField(label=_("Last address"), required=False, max_length=LONGEST_ADDRESS)
    home_village = TextField(
        label=_("Home village"),
        required=False,
        widget=forms.TextInput(attrs={"list": "villages", **_OFF}),
        help_text=_(
            "Only where the dead lived in another village: its name, or its code if it lies elsewhere."
        ),
    )
    reporter = TextField(label=_("Reported by"), max_length=LONGEST_NAME)
    relation = forms.ChoiceField(
        label=_("Who that is"), choices=[("", _("Choose")), *Relation.choices]
    )

    def __init__(
        self,
        *args: Any,
        villages: Iterable[Region],
        village: Region | None = None,
        **kwargs: Any,
    ) -> None:
        """`village`: the only one there is to choose, as on a phone of its keeper, or in a correction."""
        super().__init__(*args, **kwargs)
        self.villages = list(villages)
        self.only = village
        if village is not None:
            del self.fields["village"]

    def clean_village(self) -> Region:
        village = village_typed(self.cleaned_data["village"], self.villages)
        if village not in self.villages:
            raise forms.ValidationError(_("This village belongs to another office."))
        return village

    def clean_home_village(self) -> Region | None:
        text = self.cleaned_data["home_village"]
        return village_typed(text, self.villages) if text else None

    def clean(self) -> dict[str, Any]:
        """As the verbs take it."""
        data = self.cleaned_data
        if self.errors:
            return data
        said = {one.name: data.pop(one.name) for one in fields(Entry)}
        return {**data, "entry": Entry(**said)}


class CorrectBurialForm(WholeForm, BurialForm):
    reason = TextField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        help_text=_("What was wrong, in at least 15 characters. No NIK."),
    )


def filed_in(burial: Burial) -> dict[str, Any]:
    """What is known of the report of the death."""
    return {"filed_on": burial.filed_on, "certificate": burial.certificate_number}


def shown_in(burial: Burial) -> dict[str, Any]:
    """What a correction begins with."""
    told, home = burial.told, burial.home_village
    away = home.pk != burial.village_id
    return {
        **told,
        "birth_date": burial.born,
        "died_on": burial.died_on,
        "buried_on": burial.buried_on,
        "cemetery": burial.cemetery,
        "home_village": f"{home.name} ({home.pk})" if away else "",
    }


class VoidBurialForm(forms.Form):
    reason = TextField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        help_text=_("Why it was no burial, or stands here twice. No NIK."),
    )


class FileBurialForm(WholeForm):
    filed_on = forms.DateField(
        label=_("Form handed in on"),
        required=False,
        widget=DateInput,
        help_text=_("Empty both fields if the death was not reported after all."),
    )
    certificate = TextField(
        label=_("Number of the death certificate"),
        required=False,
        max_length=LONGEST_CERTIFICATE,
    )


class FormDataForm(forms.Form):
    reason = TextField(
        label=_("Reason"),
        max_length=200,
        help_text=_("The sheet shows the full NIK. It is logged that you took it out."),
    )


class MonthForm(forms.Form):
    """The address of a report: `?bulan=2026-11`."""

    bulan = TextField(required=False, max_length=7)

    def month(self, today: date) -> date:
        """This month where nothing, or nothing readable, is asked for."""
        text = self.cleaned_data.get("bulan", "") if self.is_valid() else ""
        try:
            month = date.fromisoformat(f"{text}-01")
        except ValueError:
            return today.replace(day=1)
        return month if date(2016, 1, 1) <= month <= today else today.replace(day=1)


class BooksForm(forms.Form):
    as_of = forms.DateField(label=_("As of"), widget=DateInput)
    books = NumberField(label=_("Burial registers"), min_value=0, max_value=MOST_BOOKS)
    villages = NumberField(label=_("Villages"), min_value=1, max_value=MOST_BOOKS)
    cemeteries = NumberField(
        label=_("Cemeteries"), required=False, min_value=0, max_value=MOST_BOOKS
    )
    source = TextField(label=_("Decree or letter"), max_length=200)
