"""Forms of venues and rosters: a place, its list, a visit planned from it, and what a prison found out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.forms import DateInput, NumberField, TextField, TimeInput, offer
from dukcapil.core.versions import version_of
from dukcapil.core.whole import Stands, WholeForm
from dukcapil.regions.models import Region
from events.planning.validators import MOST_KITS
from events.venues.enums import VenueKind
from events.venues.models import Venue
from events.venues.services import parts_of
from registrations.booking.selectors.listed_villages import VillageFinder
from registrations.booking.services.drafts import Source
from registrations.rosters.enums import Group, Triage
from registrations.rosters.validators import year_of


class _VenueFields(forms.Form):
    """Its village by name, or by code where it lies in another district."""

    name = TextField(label=_("Name"), max_length=150)
    village = TextField(
        label=_("Village"),
        max_length=120,
        help_text=_("Name, or ten-digit code. A school may lie in another district."),
    )
    code = TextField(
        label=_("Code"), max_length=20, required=False, help_text=_("Of a school its NPSN.")
    )
    contact = TextField(
        label=_("Letters go to"),
        max_length=80,
        required=False,
        help_text=_("A function, such as “Kepala sekolah”. No person's name."),
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor

    def clean_village(self) -> Region | None:
        text = self.cleaned_data["village"]
        village = VillageFinder(self.actor, [text]).village(text)
        if village is None:
            raise forms.ValidationError(
                _("No single village is called so: write its ten-digit code."), code="village"
            )
        return village


class VenueForm(_VenueFields):
    kind = forms.ChoiceField(label=_("Kind"), choices=VenueKind.choices)

    field_order = ("kind",)


class VenueChangeForm(_VenueFields, WholeForm):
    """The kind stays: rosters depend on it."""


def venue_stands(venue: Venue) -> Stands:
    venue.refresh_from_db()
    values = {
        "name": venue.name,
        "village": venue.village_id.replace(".", ""),
        "code": venue.code,
        "contact": venue.contact,
    }
    return Stands(values, version_of(parts_of(venue)))


class VenueFilter(forms.Form):
    q = TextField(label=_("Name or code of the place"), required=False, max_length=100)
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("all")), *VenueKind.choices]
    )


class RosterForm(forms.Form):
    """A list of a venue: pasted, or a file."""

    as_of = forms.DateField(label=_("Day of the list"), widget=DateInput)
    pasted = TextField(
        label=_("Paste the list here"),
        required=False,
        max_length=1_000_000,
        lines=True,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_(
            "With its header: name, and NIK, birth date, class or block where it has them."
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

    def __init__(self, *args: Any, kind: str, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
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
        year = year_of(self.kind, typed["as_of"]) if typed.get("as_of") else 0
        return {**typed, "source": source, "year": year}


class ClassVisitForm(forms.Form):
    starts_on = forms.DateField(label=_("Day of the visit"), widget=DateInput)
    begins = forms.TimeField(label=_("From"), widget=TimeInput, initial="08:00")
    ends = forms.TimeField(label=_("Until"), widget=TimeInput, initial="12:00")
    classes = forms.MultipleChoiceField(
        label=_("Classes, blocks or wards"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all of them."),
    )
    kits = NumberField(
        label=_("Recording sets"), min_value=0, max_value=MOST_KITS, initial=1, required=False
    )

    #: What the verb calls a value -> the field in which it is typed.
    typed_in = {"ends_on": "starts_on", "starts_at": "begins", "ends_at": "ends"}

    def __init__(self, *args: Any, classes: Iterable[tuple[str, int]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(name, f"{name} ({people})") for name, people in classes if name]
        if offered:
            offer(self, "classes", offered)
        else:
            del self.fields["classes"]

    def clean(self) -> dict[str, Any]:
        return {**self.cleaned_data, "kits": self.cleaned_data.get("kits") or 0}


class TriageForm(forms.Form):
    """The page sends the chosen rows apart, as `entries`."""

    verdict = forms.ChoiceField(
        label=_("Sort the chosen people as"),
        required=False,
        choices=[("", _("Not looked at")), *Triage.choices],
    )


class GroupMemberForm(forms.Form):
    group = forms.ChoiceField(label=_("Group"), choices=Group.choices)


def told_kinds(posted: Mapping[str, Any]) -> dict[str, str] | None:
    """What somebody said of the columns; None when they were not asked."""
    chosen = {
        name.removeprefix("kind-"): str(posted[name]) for name in posted if name[:5] == "kind-"
    }
    return chosen or None
