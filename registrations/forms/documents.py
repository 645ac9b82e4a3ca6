"""Forms of documents: asking, ticking, handing over, refusing; counts without persons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import NumberField, TextField, offer
from dukcapil.core.whole import WholeForm
from events.planning.enums import Service
from events.planning.models.event import ServiceEvent
from registrations.documents.enums import (
    COUNTED,
    DocumentRefusal,
    DocumentState,
    ForWhom,
    Proof,
    Relation,
)
from registrations.documents.services.counts import MOST
from registrations.documents.services.requests import LONGEST_NAME


class DocumentFilter(forms.Form):
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("Not handed over yet")), *DocumentState.choices],
        required=False,
    )


class PapersForm(forms.Form):
    """Which of the papers of a rule are here."""

    here = forms.MultipleChoiceField(
        label=_("Papers that are here"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, papers: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["here"]
        field.choices = [(paper, paper) for paper in papers]


class TickForm(WholeForm, PapersForm):
    """Of a document that was asked for: the whole set, as it is now."""


class DocumentForm(PapersForm):
    field_order = ("for_whom", "event", "here")

    for_whom = forms.ChoiceField(label=_("For whom"))
    event = forms.ChoiceField(label=_("Where"), required=False)

    def __init__(
        self,
        *args: Any,
        events: Iterable[ServiceEvent],
        for_whom: Iterable[ForWhom],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.events = {str(event.pk): event for event in events}
        offer(self, "for_whom", [(one.value, one.label) for one in for_whom])
        named = [(key, event.title) for key, event in self.events.items()]
        offer(self, "event", [("", _("At the office")), *named])

    def clean_event(self) -> ServiceEvent | None:
        return self.events.get(self.cleaned_data["event"])


class HandOverForm(forms.Form):
    relation = forms.ChoiceField(label=_("Who takes it"), choices=Relation.choices)
    name = TextField(
        label=_("Name of who takes it"),
        max_length=LONGEST_NAME,
        required=False,
        help_text=_("Only if it is somebody else than who asked."),
    )
    proof = forms.ChoiceField(label=_("Shown as proof"), choices=Proof.choices)


class RefuseForm(forms.Form):
    because = forms.ChoiceField(
        label=_("Why it is refused"),
        choices=[
            ("", "–"),
            *(one for one in DocumentRefusal.choices if one[0] != DocumentRefusal.GONE),
        ],
    )


class CountsForm(forms.Form):
    """How many of each, by nobody's name. Empty says nothing; 0 says that there were none."""

    version = TextField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for what, label in COUNTED:
            self.fields[what] = NumberField(
                label=label, min_value=0, max_value=MOST, required=False
            )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        counts = {what: data.get(what) for what, _label in COUNTED}
        return {"counts": counts, "version": data.get("version") or ""}


def kinds() -> list[tuple[str, Any]]:
    return [(one.value, one.label) for one in Service.documents()]
