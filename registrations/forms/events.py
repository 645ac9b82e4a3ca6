"""The neutrality checklist that a head signs to open an event."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.planning.enums import Neutrality


class ApprovalForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item in Neutrality:
            self.fields[item] = forms.BooleanField(
                label=item.label,
                error_messages={"required": _("Confirm this, or change the event first.")},
            )

    def clean(self) -> dict[str, Any]:
        items = [item.value for item in Neutrality if self.cleaned_data.get(item)]
        return {"neutrality_signed": True, "items": items}
