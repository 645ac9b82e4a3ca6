"""Forms of what plans are made from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import (
    DateInput,
    DecimalField,
    NumberField,
    TextField,
    TimeInput,
    offer,
)
from dukcapil.core.whole import WholeForm
from reports.planner.enums import MOST_VISITS, PinKind, SiteGroup, SiteKind
from reports.planner.models.rules import MOST_MONEY
from reports.planner.services.rules import MOST_WEIGHT

_WEEKDAYS = [
    (1, _("Monday")),
    (2, _("Tuesday")),
    (3, _("Wednesday")),
    (4, _("Thursday")),
    (5, _("Friday")),
    (6, _("Saturday")),
    (7, _("Sunday")),
]


class SiteForm(WholeForm):
    """A place. What is left empty is as the rules say."""

    lat = DecimalField(
        label=_("Latitude"),
        required=False,
        max_digits=8,
        decimal_places=5,
        min_value=-12,
        max_value=7,
        help_text=_("In degrees, such as -0,30556. Empty: the middle of its kecamatan."),
    )
    lon = DecimalField(
        label=_("Longitude"),
        required=False,
        max_digits=8,
        decimal_places=5,
        min_value=94,
        max_value=142,
    )
    minutes = NumberField(
        label=_("Minutes for a person"), required=False, min_value=1, max_value=120
    )
    setup = NumberField(
        label=_("Minutes to put everything up and down"), required=False, min_value=0, max_value=240
    )
    opens = forms.TimeField(label=_("Opens"), required=False, widget=TimeInput)
    closes = forms.TimeField(label=_("Closes"), required=False, widget=TimeInput)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"),
        choices=_WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    lodging = forms.BooleanField(label=_("A team can sleep there"), required=False)


class ClosureForm(forms.Form):
    """Closed days of one place; `kinds`: of all places, or all of a kind."""

    kind = forms.ChoiceField(
        label=_("Which places"), required=False, choices=[("", _("all places")), *SiteKind.choices]
    )
    from_day = forms.DateField(label=_("First day"), widget=DateInput)
    until_day = forms.DateField(label=_("Last day"), widget=DateInput)
    why = TextField(
        label=_("Why"), max_length=150, help_text=_("For example: examinations, market day")
    )

    def __init__(self, *args: Any, kinds: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not kinds:
            del self.fields["kind"]


class LegForm(forms.Form):
    """A way between two places; empty: the office."""

    origin = forms.ChoiceField(label=_("From"), required=False)
    target = forms.ChoiceField(label=_("To"), required=False)
    minutes = NumberField(label=_("Minutes on the way"), min_value=0, max_value=1440)
    km = NumberField(label=_("Kilometres of road"), min_value=0, max_value=2000)
    fare = NumberField(
        label=_("Fare of boat or ferry, Rp"),
        required=False,
        min_value=0,
        max_value=100_000_000,
    )

    def __init__(self, *args: Any, places: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("the office")), *places]
        offer(self, "origin", choices)
        offer(self, "target", choices)

    def clean_fare(self) -> int:
        return self.cleaned_data["fare"] or 0


class PinForm(forms.Form):
    """A visit that every new plan has, or a place that none goes to."""

    kind = forms.ChoiceField(label=_("Plans"), choices=PinKind.choices)
    day = forms.DateField(
        label=_("Day"),
        required=False,
        widget=DateInput,
        help_text=_("Empty, where it is never visited."),
    )
    team = forms.TypedChoiceField(label=_("Team"), required=False, coerce=int, empty_value=None)
    why = TextField(
        label=_("Why"),
        required=False,
        max_length=150,
        help_text=_("For example: the school was invited in writing"),
    )

    def __init__(self, *args: Any, teams: Iterable[tuple[Any, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "team", [("", _("whichever team")), *teams])


class FloorForm(forms.Form):
    """No kecamatan is left out."""

    district = forms.ChoiceField(label=_("Kecamatan"))
    min_visits = NumberField(label=_("Visits at least"), min_value=1, max_value=100, initial=1)
    from_day = forms.DateField(label=_("First day"), widget=DateInput)
    until_day = forms.DateField(label=_("Last day"), widget=DateInput)

    def __init__(self, *args: Any, districts: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "district", districts)


class RulesForm(WholeForm):
    """All rules at once, from a day on."""

    valid_from = forms.DateField(label=_("Counts from"), widget=DateInput)
    day_start = forms.TimeField(label=_("Earliest departure"), widget=TimeInput)
    day_end = forms.TimeField(label=_("Latest return"), widget=TimeInput)
    day_minutes = NumberField(
        label=_("Minutes away in a day at most"), min_value=60, max_value=1440
    )
    min_stop = NumberField(label=_("Minutes of service at least"), min_value=1, max_value=480)
    max_stops = NumberField(label=_("Places in a day at most"), min_value=1, max_value=3)
    max_km = NumberField(label=_("Kilometres in a day at most"), min_value=1, max_value=2000)
    max_nights = NumberField(label=_("Nights away at most"), min_value=0, max_value=14)
    rest_days = NumberField(
        label=_("Days between two visits of a place"), min_value=0, max_value=60
    )
    cost_km = NumberField(label=_("Rp for a kilometre"), min_value=0, max_value=10_000_000)
    cost_day = NumberField(
        label=_("Per diem, Rp for a person and day"), min_value=0, max_value=10_000_000
    )
    cost_night = NumberField(
        label=_("Rp for a person and night"), min_value=0, max_value=10_000_000
    )
    budget = NumberField(
        label=_("Money from this day on, Rp"),
        required=False,
        min_value=0,
        max_value=MOST_MONEY,
        help_text=_("Empty: money is no limit."),
    )
    staff = NumberField(label=_("People of a team without members"), min_value=1, max_value=30)
    max_kits = NumberField(label=_("Recording sets of a team at most"), min_value=1, max_value=20)
    minutes = NumberField(label=_("Minutes for a person"), min_value=1, max_value=120)
    setup = NumberField(
        label=_("Minutes to put everything up and down"), min_value=0, max_value=240
    )
    opens = forms.TimeField(label=_("Places open from"), widget=TimeInput)
    closes = forms.TimeField(label=_("Places open until"), widget=TimeInput)
    speed = NumberField(label=_("Kilometres an hour"), min_value=1, max_value=120)
    road = NumberField(
        label=_("Metres of road for a thousand as the crow flies"), min_value=1000, max_value=5000
    )
    announced_points = NumberField(
        label=_("Points lost when an announced visit is not kept"),
        min_value=0,
        max_value=10_000_000,
        help_text=_("A thousand points are one person of weight 1."),
    )
    source = TextField(label=_("Decree or letter"), max_length=200)

    def __init__(self, *args: Any, budget: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not budget:
            del self.fields["budget"]
        for group in SiteGroup:
            self.fields[f"weight_{group}"] = NumberField(
                label=_("Weight per thousand: %(group)s") % {"group": group.label},
                min_value=0,
                max_value=MOST_WEIGHT,
            )
        self.order_fields([name for name in self.fields if name != "source"])

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = dict(super().clean() or self.cleaned_data)
        weights = {group: typed.pop(f"weight_{group}", None) for group in SiteGroup.values}
        return typed | {"weights": weights, "budget": typed.get("budget")}


class TurnoutForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind of place"), choices=SiteKind.choices)
    visit = forms.TypedChoiceField(
        label=_("Visit"), coerce=int, choices=[(n, str(n)) for n in range(1, MOST_VISITS + 1)]
    )
    per_thousand = NumberField(
        label=_("Come, per thousand who are missing"), min_value=0, max_value=1000
    )
    valid_from = forms.DateField(label=_("Counts from"), widget=DateInput)
    measured = forms.BooleanField(
        label=_("Measured at visits, not assumed"),
        required=False,
        help_text=_(
            "Chosen: each evening goes on measuring from here. Not chosen: it stays until you let it go so."
        ),
    )
    source = TextField(label=_("Where it is from"), max_length=200)


def shown_rules(rules: Any) -> dict[str, Any]:
    """What a form begins with: rules that stand, saved or not."""
    names = [name for name in RulesForm.base_fields if name not in ("version", "shown", "source")]
    shown = {name: getattr(rules, name) for name in names if name != "valid_from"}
    weights = {f"weight_{group}": rules.weights.get(group, 0) for group in SiteGroup.values}
    return shown | weights
