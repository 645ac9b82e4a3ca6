"""Forms of statuses: a list that is brought, one status entered by hand."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import DateInput, TextField
from registrations.booking.services.drafts import Source
from registrations.cards.enums import StatusCode


class StatusListForm(forms.Form):
    """A list of SIAK: pasted, or a file."""

    as_of = forms.DateField(
        label=_("Day of the list"),
        widget=DateInput,
        help_text=_("For rows that name no day of their own."),
    )
    said_by = TextField(
        label=_("Where it comes from"),
        max_length=100,
        help_text=_("For example: SIAK, monitoring. No person's name."),
    )
    pasted = TextField(
        label=_("Paste the list here"),
        required=False,
        max_length=1_000_000,
        lines=True,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_(
            "With its header: NIK and status, name and day of the status where it has them."
        ),
    )
    file = forms.FileField(
        label=_("Or a file: XLSX, XLS, ODS or CSV, up to 5,000 rows"), required=False
    )
    sheet = TextField(
        label=_("Sheet of the file"),
        required=False,
        max_length=100,
        help_text=_("Only where the file has several sheets with lists."),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["as_of"].initial = today

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        file, pasted = typed.pop("file", None), typed.pop("pasted", "") or ""
        if bool(file) == bool(pasted.strip()):
            text = _("Paste a list, or choose a file: one of the two.")
            raise forms.ValidationError(text, code="one-source")
        if file:
            source = Source(file.read(), file.name, file.content_type or "")
        else:
            source = Source(pasted.encode())
        return {**typed, "source": source}


class StatusForm(forms.Form):
    """One status of one person, as SIAK shows it."""

    code = forms.ChoiceField(
        label=_("Status"),
        choices=[(one.value, f"{one.value} · {one.label}") for one in StatusCode],
    )
    at = forms.DateField(label=_("Day of the status"), widget=DateInput)
    source = TextField(
        label=_("Where it comes from"),
        max_length=100,
        help_text=_("For example: SIAK, monitoring. No person's name."),
    )

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone

    def clean_at(self) -> datetime:
        day: date = self.cleaned_data["at"]
        return datetime.combine(day, time(), ZoneInfo(self.zone))
