"""People: adding, finding, revealing, taking lists out. NIK and names come by POST only, so that no
address holds them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid
from dukcapil.core.forms import DateInput, TextField, offer
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import get_region
from registrations.people.enums import Category, MaritalStatus, Sex, Stage
from registrations.people.services.checks import judge
from registrations.people.validators import (
    LONGEST_ADDRESS,
    LONGEST_NAME,
    Nik,
    Person,
    Remark,
    parse_nik,
)


class _ThreeDigits(forms.TextInput):
    def __init__(self) -> None:
        super().__init__({"inputmode": "numeric", "maxlength": 3})


class ResidentForm(forms.Form):
    nik = TextField(
        label="NIK",
        help_text=_("16 digits; spaces and dots are forgiven."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    name = TextField(
        label=_("Name"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": LONGEST_NAME}),
    )
    birth_date = forms.DateField(label=_("Birth date"), widget=DateInput)
    sex = forms.ChoiceField(label=_("Sex"), choices=[("", _("Choose")), *Sex.choices])
    marital_status = forms.ChoiceField(label=_("Marital status"), choices=MaritalStatus.choices)
    village = TextField(
        label=_("Village of domicile"),
        widget=forms.TextInput(attrs={"list": "villages", "autocomplete": "off"}),
        help_text=_("Choose one of your office, or type the code of a village elsewhere."),
    )
    address = TextField(
        label=_("Address"),
        required=False,
        widget=forms.TextInput(attrs={"maxlength": LONGEST_ADDRESS}),
    )
    rt = TextField(label="RT", required=False, widget=_ThreeDigits)
    rw = TextField(label="RW", required=False, widget=_ThreeDigits)
    #: Codes of the warnings that the clerk has read and accepts.
    accepted = TextField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, villages: Iterable[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.villages = list(villages)
        self.warnings: list[Remark] = []

    def clean_nik(self) -> Nik:
        return as_field_error(parse_nik, self.cleaned_data["nik"])

    def clean_village(self) -> Region:
        return village_typed(self.cleaned_data["village"], self.villages)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        accepted = data.pop("accepted", "")
        if self.errors:
            return data
        self.person = Person(**data)
        remarks = judge(self.person, today=today_in(data["village"].pk))
        for remark in remarks:
            if remark.kind == "refuse":
                self.add_error(remark.field, forms.ValidationError(remark.detail, code=remark.code))
        codes = " ".join(remark.code for remark in remarks)
        if not self.errors and accepted != codes:
            self.warnings, self.to_accept = remarks, codes
        return data


def village_typed(text: str, offered: Iterable[Region]) -> Region:
    """One of those that a form offers, by name or code, else any by its code; refused as an error of its
    field.
    """
    villages = list(offered)
    lowered = text.casefold()
    named = [one for one in villages if text in (f"{one.name} ({one.pk})", one.pk)]
    named = named or [one for one in villages if one.name.casefold() == lowered]
    if len(named) == 1:
        return named[0]
    if not any(c.isdigit() for c in text):
        raise forms.ValidationError(
            _("No single village of your office has this name: choose one of the list.")
        )
    code = text.rpartition("(")[2].rstrip(") ")
    village: Region = as_field_error(get_region, code, level=Level.VILLAGE, field="village")
    return village


def as_field_error(parse: Any, *args: Any, **kwargs: Any) -> Any:
    """`parse(...)`; what it refuses becomes an error of the field."""
    try:
        return parse(*args, **kwargs)
    except Invalid as error:
        raise forms.ValidationError(str(error.message), code=error.code) from error


def from_nik(text: str, today: date) -> dict[str, Any]:
    """What a NIK says about its owner, to fill in a form; empty when the text is no NIK."""
    try:
        nik = parse_nik(text)
    except Invalid:
        return {}
    initial = {"nik": nik.text, "sex": nik.sex}
    born = nik.born_by(today)
    return {**initial, "birth_date": born} if born else initial


class FindForm(forms.Form):
    #: Whether a slip's code is taken, too.
    slips = False

    q = TextField(label=_("NIK or name"), max_length=150)
    birth_date = forms.DateField(label=_("Birth date"), required=False, widget=DateInput)


class ResidentFilterForm(forms.Form):
    """What the list's address may say. Its words are read by `booking.selectors.residents`."""

    village = forms.ChoiceField(label=_("Village or district"), required=False)
    recorded = forms.ChoiceField(
        label=_("KTP-el"),
        required=False,
        choices=[("", _("All")), ("no", _("not yet recorded")), ("yes", _("recorded"))],
    )
    age = TextField(
        label=_("Age (16, 15-17, 17+)"),
        required=False,
        max_length=9,
        strip=False,
        widget=forms.TextInput(attrs={"size": 8, "autocomplete": "off"}),
    )
    category = forms.ChoiceField(
        label=_("Category"), required=False, choices=[("", _("All")), *Category.choices]
    )
    seventeen = forms.ChoiceField(
        label=_("17 by the next election"),
        required=False,
        choices=[("", _("All")), ("yes", _("turns 17 by then"))],
    )
    stage = forms.ChoiceField(
        label=_("Stage"), required=False, choices=[("", _("All")), *Stage.choices]
    )
    group = forms.ChoiceField(label=_("Group"), required=False)

    def __init__(
        self,
        *args: Any,
        places: Iterable[tuple[str, str]],
        groups: Iterable[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "village", [("", _("All")), *places])
        offer(self, "group", [("", _("All")), *groups])


class FindVisitorForm(FindForm):
    """At the desk somebody may show a slip instead."""

    slips = True

    q = TextField(label=_("NIK, name or slip code"), max_length=150)


class RevealForm(forms.Form):
    reason = TextField(
        label=_("Reason"),
        max_length=300,
        help_text=_("What you need the full number for, in a sentence."),
    )
    case = TextField(
        label=_("Service case"),
        max_length=100,
        help_text=_("The slip code or the number of the service that this is for."),
    )


class ExportForm(forms.Form):
    reason = TextField(
        label=_("Reason"),
        max_length=300,
        help_text=_(
            "What the list is for, in a sentence. It stands in the file and in the oversight."
        ),
    )


class ReasonForm(forms.Form):
    """The one field of a dialog that takes something back or decides on it."""

    reason = TextField(label=_("Reason"), max_length=300)


def reason_of(data: Any) -> str:
    """The reason that a dialog sent. Raises Invalid with what is allowed."""
    form = ReasonForm(data)
    if not form.is_valid():
        raise Invalid(
            "reason", _("Reason: %(error)s") % {"error": form.errors["reason"][0]}, field="reason"
        )
    return str(form.cleaned_data["reason"])
