"""Forms for the money, blank cards, audience and obstacles of an event."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import NumberField, TextField
from dukcapil.core.versions import version_of
from dukcapil.core.whole import Stands, WholeForm
from events.planning.enums import CostItem, ObstacleKind
from events.planning.selectors.wholes import audience_of, blanko_of, costs_of


class CostsForm(WholeForm):
    """Whole rupiah, planned and spent: one row for each item."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item in CostItem:
            for kind, label in (("planned", _("planned")), ("spent", _("spent"))):
                self.fields[f"{kind}_{item}"] = NumberField(
                    label=f"{item.label}, {label}", min_value=0, max_value=10**12, required=False
                )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        costs = {
            item.value: (data.get(f"planned_{item}"), data.get(f"spent_{item}"))
            for item in CostItem
        }
        return {"costs": costs}


def costs_stand(event_id: uuid.UUID) -> Stands:
    costs = costs_of(event_id)
    values = {}
    for item, pair in costs.items():
        values[f"planned_{item}"], values[f"spent_{item}"] = pair or (None, None)
    return Stands(values, version_of(costs))


class BlankoForm(WholeForm):
    taken = NumberField(label=_("Taken along"), min_value=0, max_value=10**6)
    printed = NumberField(label=_("Printed well"), min_value=0, required=False)
    rejected = NumberField(label=_("Rejected"), min_value=0, required=False)
    returned = NumberField(label=_("Brought back"), min_value=0, required=False)


def blanko_stands(event_id: uuid.UUID) -> Stands:
    blanko = blanko_of(event_id)
    return Stands(blanko, version_of(blanko))


class AudienceForm(WholeForm):
    people = NumberField(
        label=_("People reached"),
        min_value=0,
        max_value=10**7,
        help_text=_("Who was informed, counted or estimated. Services are counted by the ledger."),
    )


def audience_stands(event_id: uuid.UUID) -> Stands:
    audience = audience_of(event_id)
    return Stands(audience, version_of(audience))


class ObstacleForm(forms.Form):
    kind = forms.ChoiceField(label=_("Obstacle"), choices=ObstacleKind.choices)
    note = TextField(label=_("Note"), max_length=300, required=False)
