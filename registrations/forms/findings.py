"""What somebody found out: one form for each kind of answer, and the signature of a village."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import DateInput, TextField
from registrations.findings.enums import EvidenceKind, Refusal
from registrations.findings.services.findings import (
    LONGEST_ISSUER,
    LONGEST_NOTE,
    LONGEST_NUMBER,
    Evidence,
)
from registrations.findings.services.minutes import LONGEST_SIGNER
from registrations.people.enums import FindingOutcome
from registrations.people.models import Resident

#: What needs more than a tap; the others are said by a button alone.
WITH_MORE = (
    FindingOutcome.DECEASED,
    FindingOutcome.DUPLICATE,
    FindingOutcome.RECORDED_ALREADY,
)


class FindingForm(forms.Form):
    """By a button: what was found out, and a note."""

    #: At which field a refusal of the paper is shown.
    typed_in = {"evidence": "number"}

    outcome = forms.ChoiceField(
        label=_("What was found out"), choices=FindingOutcome.choices, widget=forms.HiddenInput
    )
    note = TextField(
        label=_("Note"),
        required=False,
        max_length=LONGEST_NOTE,
        help_text=_("No number of anybody, no illness."),
    )

    def clean(self) -> dict[str, Any]:
        """As the verb takes it."""
        typed = self.cleaned_data
        paper = Evidence(
            typed.get("kind", ""),
            typed.get("number", ""),
            typed.get("issuer", ""),
            typed.get("date"),
        )
        return {
            "outcome": typed.get("outcome", ""),
            "note": typed.get("note", ""),
            "evidence": paper,
            "of": typed.get("of"),
        }


class DeceasedForm(FindingForm):
    field_order = ("outcome", "kind", "number", "issuer", "date", "note")

    kind = forms.ChoiceField(
        label=_("Paper that says so"), choices=[("", _("Choose")), *EvidenceKind.choices]
    )
    number = TextField(label=_("Number of the paper"), max_length=LONGEST_NUMBER)
    issuer = TextField(label=_("Issued by"), max_length=LONGEST_ISSUER)
    date = forms.DateField(label=_("Day of the paper"), widget=DateInput)


class RecordedForm(FindingForm):
    typed_in = {"evidence": "date"}
    field_order = ("outcome", "issuer", "date", "note")

    issuer = TextField(label=_("Recorded by which office"), max_length=LONGEST_ISSUER)
    date = forms.DateField(label=_("On which day"), widget=DateInput)


class DuplicateForm(FindingForm):
    field_order = ("outcome", "of", "note")

    of = forms.ChoiceField(label=_("Is the same person as"))

    def __init__(self, *args: Any, alike: Iterable[Resident] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.alike = {str(one.pk): one for one in alike}
        field: Any = self.fields["of"]
        names = (
            (key, f"{one.identity.name} · {one.birth_date:%d-%m-%Y} · {one.identity.nik_masked}")
            for key, one in self.alike.items()
        )
        field.choices = [("", _("Choose")), *names]

    def clean_of(self) -> Resident | None:
        return self.alike.get(self.cleaned_data["of"])


class TaskForm(forms.Form):
    due = forms.DateField(label=_("Look at these people until"), widget=DateInput)


class SignForm(forms.Form):
    signer = TextField(label=_("Name of who signs"), max_length=LONGEST_SIGNER)
    function = TextField(
        label=_("Function"), max_length=LONGEST_SIGNER, help_text=_("For example: Lurah.")
    )
    #: Of what was shown.
    version = TextField(max_length=64, widget=forms.HiddenInput)


class DecisionForm(forms.Form):
    """The buttons of a row say which finding, and whether it is accepted."""

    finding = forms.UUIDField()
    do = forms.ChoiceField(choices=[("accept", ""), ("refuse", "")])
    why = forms.ChoiceField(
        label=_("Why"),
        required=False,
        choices=[("", _("Choose")), *((one.value, one.label) for one in Refusal.decided())],
    )
    note = TextField(label=_("Note"), required=False, max_length=LONGEST_NOTE)

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        accept = typed.get("do") == "accept"
        if not accept and not typed.get("why"):
            self.add_error("why", _("Choose why it is refused."))
        finding: uuid.UUID | None = typed.get("finding")
        return {
            "finding": finding,
            "accept": accept,
            "why": "" if accept else typed.get("why", ""),
            "note": typed.get("note", ""),
        }
