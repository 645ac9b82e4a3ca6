"""Whom to tell: an e-mail address or a mobile number."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import TextField
from registrations.booking.services.messages import Contact, contact_from
from registrations.forms.people import as_field_error


class WithContact(forms.Form):
    """A part of forms: whoever leaves none is told nothing."""

    contact = TextField(
        label=_("E-mail or mobile number for a reminder"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_contact(self) -> Contact | None:
        return as_field_error(contact_from, self.cleaned_data["contact"])


class ContactForm(WithContact):
    """Another contact instead of the one that was left; empty for none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].label = _("New e-mail or mobile number")
        self.fields["contact"].help_text = _(
            "What waits to be sent goes there. Empty: nobody is told any more."
        )
