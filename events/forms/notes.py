"""Forms for the money, audience and obstacles of an event."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import NumberField, TextField
from dukcapil.core.versions import version_of
from dukcapil.core.whole import Stands, WholeForm
from events.planning.enums import CostItem, ObstacleKind
from events.planning.selectors.wholes import audience_of, costs_of
from events.stock.models import StockAccount
from events.stock.validators import MOST


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


OUT, BACK = "out", "back"


class BagForm(forms.Form):
    """Cards that go with the team, and what comes back; the rest is printed, spoiled or missing."""

    way = forms.ChoiceField(
        label=_("What happens"),
        choices=[(OUT, _("Handed out to the bag")), (BACK, _("Brought back to the store"))],
        widget=forms.RadioSelect,
    )
    quantity = NumberField(label=_("Blank cards"), min_value=1, max_value=MOST)
    document = TextField(
        label=_("Document"), max_length=120, help_text=_("Number of the handover sheet.")
    )

    def __init__(self, *args: Any, bags: Iterable[StockAccount] = (), **kwargs: Any) -> None:
        """`bags`: of teams, each of which comes back by itself."""
        super().__init__(*args, **kwargs)
        way: Any = self.fields["way"]
        way.choices = [
            *way.choices,
            *(
                (
                    f"{BACK}/{bag.team_id}",
                    _("Brought back to the store from the bag of %(team)s")
                    % {"team": bag.team.name if bag.team else ""},
                )
                for bag in bags
            ),
        ]


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
