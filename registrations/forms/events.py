"""What a head signs of an event, and its move."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import TextField
from events.fields import DayForm
from events.planning.enums import Neutrality


class MoveForm(DayForm):
    version = TextField(widget=forms.HiddenInput, required=False)

    def clean_version(self) -> str | None:
        """A form without one signs what stands, as a program does."""
        return self.cleaned_data["version"] or None


class ApprovalForm(forms.Form):
    #: Of what the head was shown.
    version = TextField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item in Neutrality:
            self.fields[item] = forms.BooleanField(
                label=item.label,
                error_messages={"required": _("Confirm this, or change the event first.")},
            )

    def clean(self) -> dict[str, Any]:
        items = [item.value for item in Neutrality if self.cleaned_data.get(item)]
        version = self.cleaned_data.get("version") or None
        return {"neutrality_signed": True, "items": items, "version": version}
