"""Who takes a card, and by what the office knows who that is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import TextField
from registrations.ledger.enums import HandoverProof, Receiver
from registrations.ledger.validators import LONGEST_NAME


class ReceiverForm(forms.Form):
    receiver = forms.ChoiceField(
        label=_("Who takes it"), choices=Receiver.choices, initial=Receiver.SELF
    )
    receiver_name = TextField(
        label=_("Name, if it is somebody else"), required=False, max_length=LONGEST_NAME
    )
    proof = forms.ChoiceField(label=_("Shown as proof"), choices=HandoverProof.choices)


class UncollectedFilter(forms.Form):
    """Of the list of cards that nobody fetched."""

    usia = forms.ChoiceField(label=_("Waits"), required=False)
    desa = forms.ChoiceField(label=_("Village"), required=False)

    def __init__(self, *args: Any, ages: Any, places: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("usia", ages), ("desa", places)):
            field: Any = self.fields[name]
            field.choices = [("", _("All")), *choices]
