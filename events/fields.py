"""Forms that this app and registrations share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import DateInput
from events.planning.enums import Service
from events.planning.validators import LARGEST_CAPACITY


class DayForm(forms.Form):
    """The one day that a move, a copy or a follow-up needs."""

    starts_on = forms.DateField(label=_("First day"), widget=DateInput)


class SeatsForm(forms.Form):
    """The number of seats for each of the event's services."""

    def __init__(
        self, *args: Any, services: Iterable[str], now: dict[str, int] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.services = list(services)
        for name in self.services:
            self.fields[f"capacity_{name}"] = forms.IntegerField(
                label=Service(name).label,
                min_value=0,
                max_value=LARGEST_CAPACITY,
                initial=(now or {}).get(name, 0),
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        names = [name for name in self.services if f"capacity_{name}" in data]
        capacity = {name: data.pop(f"capacity_{name}") for name in names}
        return {**data, "capacity": capacity}
