"""Forms for the money, blank cards, audience and obstacles of an event."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import NumberField, TextField
from events.planning.enums import CostItem, ObstacleKind


class CostsForm(forms.Form):
    """Whole rupiah, planned and spent: one row for each item."""

    def __init__(self, *args: Any, now: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item in CostItem:
            cost = now.get(item)
            for kind, label in (("planned", _("planned")), ("spent", _("spent"))):
                self.fields[f"{kind}_{item}"] = NumberField(
                    label=f"{item.label}, {label}",
                    min_value=0,
                    max_value=10**12,
                    required=False,
                    initial=getattr(cost, kind, None),
                )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        costs = {
            item.value: (data.get(f"planned_{item}"), data.get(f"spent_{item}"))
            for item in CostItem
        }
        return {"costs": costs}


class BlankoForm(forms.Form):
    taken = NumberField(label=_("Taken along"), min_value=0, max_value=10**6)
    printed = NumberField(label=_("Printed well"), min_value=0, required=False)
    rejected = NumberField(label=_("Rejected"), min_value=0, required=False)
    returned = NumberField(label=_("Brought back"), min_value=0, required=False)


class AudienceForm(forms.Form):
    people = NumberField(
        label=_("People reached"),
        min_value=0,
        max_value=10**7,
        help_text=_("Who was informed, counted or estimated. Services are counted by the ledger."),
    )


class ObstacleForm(forms.Form):
    kind = forms.ChoiceField(label=_("Obstacle"), choices=ObstacleKind.choices)
    note = TextField(label=_("Note"), max_length=300, required=False)
