"""The workbench: choosing people of a list, and what is done with the chosen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import DateInput, NumberField, TextField, TimeInput, offer
from dukcapil.core.versions import version_of
from dukcapil.core.whole import Stands, WholeForm
from events.planning.enums import Service
from events.planning.validators import LARGEST_CAPACITY, MOST_KITS
from registrations.bench.enums import Tried
from registrations.bench.selectors.entries import handed_to
from registrations.bench.selectors.filters import LONGEST_CLASS, TO_DO
from registrations.missing.enums import ContactHow, ContactResult, EntryState, NextStep
from registrations.missing.models import RollEntry, RollList
from registrations.people.enums import FindingOutcome, Stage
from registrations.requests.enums import Partner, RequestReason
from registrations.rosters.enums import Group

Choices = Iterable[tuple[str, Any]]
_ALL = ("", _("All"))


class BenchFilterForm(forms.Form):
    """What the workbench's address may say. Its words are read by `bench.selectors.filters`."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[_ALL, (TO_DO, _("Still to be recorded")), *EntryState.choices],
    )
    stage = forms.ChoiceField(label=_("Stage"), required=False, choices=[_ALL, *Stage.choices])
    age = TextField(
        label=_("Age (16, 15-17, 17+)"),
        required=False,
        max_length=9,
        strip=False,
        widget=forms.TextInput(attrs={"size": 8, "autocomplete": "off"}),
    )
    group = forms.ChoiceField(label=_("Group"), required=False)
    tried = forms.ChoiceField(label=_("Last visit"), required=False, choices=[_ALL, *Tried.choices])
    finding = forms.ChoiceField(
        label=_("Finding"), required=False, choices=[_ALL, *FindingOutcome.choices]
    )
    venue = forms.ChoiceField(label=_("School or place"), required=False)
    grade = TextField(
        label=_("Class"),
        required=False,
        max_length=LONGEST_CLASS,
        widget=forms.TextInput(attrs={"size": 10, "autocomplete": "off"}),
    )
    sought = forms.ChoiceField(
        label=_("Group that is sought out"), required=False, choices=[_ALL, *Group.choices]
    )
    owner = forms.ChoiceField(label=_("Handed to"), required=False)

    def __init__(
        self,
        *args: Any,
        groups: Choices,
        venues: Choices,
        owners: Choices,
        sees_groups: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if not sees_groups:
            del self.fields["sought"]
        for name, choices in (("group", groups), ("venue", venues), ("owner", owners)):
            offered = list(choices)
            if offered:
                offer(self, name, [_ALL, *offered])
            else:
                del self.fields[name]
        if "venue" not in self.fields:
            del self.fields["grade"]


class SaveViewForm(forms.Form):
    name = TextField(
        label=_("Keep this selection as"),
        max_length=60,
        help_text=_("For example: RW 03, not met. No person's name."),
    )


class _WithServices(forms.Form):
    services = forms.MultipleChoiceField(
        label=_("Services"),
        widget=forms.CheckboxSelectMultiple,
        choices=Service.choices,
        initial=[Service.RECORDING],
    )


class AskForm(_WithServices):
    """Asks for a visit to each of the chosen, at home."""

    reason = forms.ChoiceField(
        label=_("Why the office should come"),
        choices=RequestReason.choices,
        initial=RequestReason.CANNOT_COME,
        help_text=_("Nothing medical is noted."),
    )
    partner_kind = forms.ChoiceField(
        label=_("Who passed it on"), choices=Partner.choices, initial=Partner.VILLAGE
    )


class BookForm(_WithServices):
    session = forms.ChoiceField(label=_("Session"))

    def __init__(self, *args: Any, sessions: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "session", [("", _("Choose a session")), *sessions])


class HandForm(forms.Form):
    owner = forms.ChoiceField(label=_("Hand to"), required=False)
    next_step = forms.ChoiceField(
        label=_("Next step"), required=False, choices=[("", "–"), *NextStep.choices]
    )

    def __init__(self, *args: Any, owners: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "owner", [("", _("nobody")), *owners])


class EntryHandForm(HandForm, WholeForm):
    """Of one person: it begins with who follows them up already."""


def entry_stands(entry: RollEntry, *, again: bool) -> Stands:
    """`again`: read anew, for something is written."""
    if again:
        entry.refresh_from_db(fields=["owner", "next_step"])
    values = handed_to(entry)
    return Stands(values, version_of(values))


def owner_stands(roll: RollList, *, again: bool) -> Stands:
    if again:
        roll.refresh_from_db(fields=["owner"])
    values = {"owner": roll.owner_id}
    return Stands(values, version_of(values))


class ListOwnerForm(WholeForm):
    owner = forms.ChoiceField(label=_("Who answers for this list"), required=False)

    def __init__(self, *args: Any, owners: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "owner", [("", _("nobody")), *owners])


class EntryContactForm(forms.Form):
    how = forms.ChoiceField(label=_("How"), choices=ContactHow.choices)
    result = forms.ChoiceField(label=_("Result"), choices=ContactResult.choices)
    note = TextField(
        label=_("Note"), max_length=200, required=False, help_text=_("No number, no illness.")
    )


class VillageVisitForm(_WithServices):
    """A visit to a village, with its people."""

    field_order = ("starts_on", "begins", "ends", "place", "others", "kits", "services")

    starts_on = forms.DateField(label=_("Day of the visit"), widget=DateInput)
    begins = forms.TimeField(label=_("From"), widget=TimeInput, initial=time(8))
    ends = forms.TimeField(label=_("Until"), widget=TimeInput, initial=time(15))
    place = TextField(
        label=_("Place"),
        max_length=200,
        help_text=_("For example: Kantor lurah. No person's name."),
    )
    others = NumberField(
        label=_("Places for others"),
        min_value=0,
        max_value=LARGEST_CAPACITY,
        initial=0,
        help_text=_("With 0 the visit is by invitation and stands in no public calendar."),
    )
    kits = NumberField(label=_("Recording sets"), min_value=0, max_value=MOST_KITS, initial=0)
