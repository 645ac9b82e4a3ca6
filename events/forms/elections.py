"""Forms of elections, days off and openings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import DateInput, NumberField, TextField, TimeInput, offer
from dukcapil.core.versions import version_of
from dukcapil.core.whole import Stands, WholeForm
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import villages_named
from events.calendar.enums import DayKind
from events.elections.enums import ElectionKind, ElectionState, Sign
from events.elections.models import Election
from events.elections.selectors import shown_of
from events.points.models import Point

_SOURCE = _("Decree or letter")


class _OfRegion(forms.Form):
    """`regions`: those that the actor decides on."""

    region = TextField(label=_("Region"), widget=forms.Select)

    def __init__(self, *args: Any, regions: Iterable[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._regions = {one.pk: one for one in regions}
        named = [(code, f"{one.name} ({code})") for code, one in self._regions.items()]
        offer(self, "region", named)

    def clean_region(self) -> Region:
        region = self._regions.get(self.cleaned_data["region"])
        if region is None:
            raise forms.ValidationError(_("Choose a region of the list."))
        return region


class ElectionForm(_OfRegion):
    name = TextField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=ElectionKind.choices)
    held_on = forms.DateField(label=_("Day"), widget=DateInput)
    source = TextField(label=_SOURCE, max_length=200)
    village = TextField(
        label=_("Village, for a Pilkades in one"),
        required=False,
        max_length=100,
        help_text=_("Its name within the region chosen above, or its code."),
    )
    offices = forms.MultipleChoiceField(
        label=_("Only these offices"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=_("None chosen means every office of the region. Ctrl chooses several."),
    )
    listed_from = forms.DateField(
        label=_("Lists begin on"),
        widget=DateInput,
        required=False,
        help_text=_("Who was recorded before it is on no list; empty means today."),
    )
    field_order = (
        "name",
        "kind",
        "region",
        "village",
        "held_on",
        "source",
        "offices",
        "listed_from",
    )

    def __init__(self, *args: Any, regions: Iterable[Region], **kwargs: Any) -> None:
        offered = list(regions)
        super().__init__(*args, regions=offered, **kwargs)
        offices = [one for one in offered if one.level == Level.REGENCY]
        offer(self, "offices", [(one.pk, f"{one.name} ({one.pk})") for one in offices])

    def clean_offices(self) -> list[Region]:
        return [self._regions[code] for code in self.cleaned_data["offices"]]

    def clean(self) -> dict[str, Any]:
        """A village stands in the place of the region that it was looked for in."""
        data = self.cleaned_data
        typed, region = data.pop("village", ""), data.get("region")
        if not typed or region is None:
            return data
        if data.get("kind") != ElectionKind.PILKADES:
            self.add_error("village", _("Only a Pilkades is held in one village."))
        elif data.get("offices"):
            self.add_error("offices", _("A Pilkades in one village names no offices."))
        elif village := self._village(typed, region):
            data["region"] = village
        return data

    def _village(self, typed: str, region: Region) -> Region | None:
        found = villages_named(region.pk, typed)
        if len(found) == 1:
            return found[0]
        text: Any = _("No village of this region has this name or code.")
        if found:
            codes = ", ".join(one.pk for one in found[:8])
            text = _("Several villages have this name; give the code: %(codes)s.") % {
                "codes": codes
            }
        self.add_error("village", text)
        return None


def decision_stands(election_id: int) -> Stands:
    """What was decided last of an election."""
    election = Election.objects.get(pk=election_id)
    cancelled = ElectionState.CANCELLED if election.state == ElectionState.CANCELLED else ""
    values = {"held_on": election.held_on, "state": cancelled}
    return Stands(values, version_of(shown_of(election)))


class DecideForm(WholeForm):
    held_on = forms.DateField(
        label=_("Day"), widget=DateInput, help_text=_("Another day moves the election.")
    )
    state = forms.ChoiceField(
        label=_("Takes place"),
        choices=[("", _("Yes, on this day")), (ElectionState.CANCELLED, _("No, it is cancelled"))],
        required=False,
    )
    source = TextField(label=_SOURCE, max_length=200)


class LocalDayForm(_OfRegion):
    day = forms.DateField(label=_("Day"), widget=DateInput)
    kind = forms.ChoiceField(label=_("The offices are"), choices=DayKind.choices)
    reason = TextField(label=_("Reason"), max_length=200)
    source = TextField(label=_SOURCE, max_length=200, required=False)


class OpeningForm(forms.Form):
    day = forms.DateField(label=_("Day"), widget=DateInput)
    opens_at = forms.TimeField(label=_("From"), widget=TimeInput)
    closes_at = forms.TimeField(label=_("Until"), widget=TimeInput)
    shifts = NumberField(
        label=_("Shifts"),
        min_value=1,
        max_value=6,
        initial=1,
        help_text=_("On an election day two or more, so that the staff can vote."),
    )
    point = forms.ChoiceField(label=_("Where"), required=False)
    election = forms.ChoiceField(label=_("For the election"), required=False)
    consult_only = forms.BooleanField(label=_("Questions only, nobody is recorded"), required=False)
    reason = TextField(label=_("Reason"), max_length=200, required=False)
    #: The verb's field names in refusals -> ours.
    typed_in = {"until": "closes_at", "from": "opens_at"}

    def __init__(
        self,
        *args: Any,
        points: Iterable[Point],
        elections: Iterable[Election],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._points = {str(point.pk): point for point in points}
        self._elections = {str(election.pk): election for election in elections}
        house = ("", _("The office itself"))
        offer(self, "point", [house, *((key, one.name) for key, one in self._points.items())])
        named = [(key, one.name) for key, one in self._elections.items()]
        offer(self, "election", [("", _("None, or the one of that day")), *named])

    def clean_point(self) -> Point | None:
        return self._points.get(self.cleaned_data["point"])

    def clean_election(self) -> Election | None:
        return self._elections.get(self.cleaned_data["election"])


class PointForm(forms.Form):
    name = TextField(label=_("Name"), max_length=80)
    district = forms.ChoiceField(label=_("District"))

    def __init__(self, *args: Any, districts: Iterable[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._districts = {one.pk: one for one in districts}
        offer(self, "district", [(key, one.name) for key, one in self._districts.items()])

    def clean_district(self) -> Region:
        return self._districts[self.cleaned_data["district"]]


class SignForm(forms.Form):
    state = forms.ChoiceField(choices=Sign.choices)
    note = TextField(
        label=_("Note"), max_length=200, required=False, help_text=_("No person's name.")
    )


class PhoneForm(forms.Form):
    """What a phone sends: the state, and its own clock where it has one that can be read."""

    state = forms.ChoiceField(choices=Sign.choices)
    at = TextField(required=False, max_length=40)


class EndForm(forms.Form):
    reason = TextField(label=_("Why it does not open"), max_length=200)
