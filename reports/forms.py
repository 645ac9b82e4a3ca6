"""Forms of the pages of figures: bases, targets, releases, confirmations, files, periods."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid
from dukcapil.core.forms import (
    DateInput,
    DecimalField,
    LinkField,
    MomentField,
    NumberField,
    TextField,
    TimeInput,
    offer,
    refuse,
)
from dukcapil.core.whole import Difference, Raw, WholeForm, different, raw_of
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import get_region
from events.calendar.validators import FIRST_DAY, LAST_DAY
from events.elections.models import Election
from events.incidents.enums import CallKind, CommitmentState, IncidentKind
from reports.bases.enums import BasisKind, Indicator
from reports.bases.models import PopulationBasis
from reports.bases.selectors.targets import newest_target, seen_up_to
from reports.closing.selectors.recap import check_period
from reports.daily.enums import NilReason
from reports.files.enums import FileKind
from reports.releases.validators import EMBARGO_ZONE


class BasisForm(forms.Form):
    """A new basis: its name, its dates and its file."""

    name = TextField(
        label=_("Name"), max_length=100, help_text=_("For example: DKB semester II 2025")
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=BasisKind.choices)
    level = forms.ChoiceField(
        label=_("Lowest level in the file"), choices=Level.choices, initial=Level.VILLAGE
    )
    wajib_as_of = forms.DateField(label=_("Wajib KTP of"), widget=DateInput)
    recorded_as_of = forms.DateField(
        label=_("Recordings of, if another day"), widget=DateInput, required=False
    )
    replaces = forms.ModelChoiceField(
        label=_("Replaces"),
        queryset=PopulationBasis.objects.none(),
        required=False,
        empty_label=_("none: it is a new one"),
        help_text=_("A basis is never changed. A corrected one replaces it once it is approved."),
    )
    source = TextField(label=_("Source"), max_length=300)
    components = forms.BooleanField(
        label=_("The file has the six components of dinamis"), required=False
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "XLSX, XLS, ODS or CSV with the region's code, name, or both, and Wajib KTP, Sudah Rekam,"
            " Belum Rekam, Cetak, IKD or Jumlah Penduduk. Which columns were used is shown next."
        ),
    )

    def __init__(self, *args: Any, bases: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[PopulationBasis]", self.fields["replaces"]).queryset = bases


class NoteForm(forms.Form):
    """Why unusual figures are right; shown beside them for as long as they are used."""

    note = TextField(
        label=_("Note"),
        required=False,
        max_length=1000,
        lines=True,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Shown beside the figures, on pages and in files."),
    )

    def __init__(self, *args: Any, needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = needed


class TargetForm(WholeForm):
    """Which target is set over which is known once indicator, region and year are typed."""

    indicator = forms.ChoiceField(label=_("Indicator"), choices=Indicator.choices)
    region = TextField(
        label=_("Region"), max_length=13, help_text=_("Code, such as 13.75; 00 is the nation.")
    )
    year = NumberField(
        label=_("Year"), grouped=False, min_value=FIRST_DAY.year, max_value=LAST_DAY.year
    )
    percent = DecimalField(
        label=_("Percent"),
        # Room for what is too much: the service says in words what a target may be.
        max_digits=20,
        decimal_places=2,
        required=False,
        help_text=_("Empty withdraws the target; the one above or before counts again."),
    )
    source = TextField(label=_("Letter or rule"), max_length=300, required=False)

    def clean_region(self) -> Region:
        try:
            return get_region(self.cleaned_data["region"])
        except Invalid as error:
            raise forms.ValidationError(str(error.message)) from error

    def compared(self, before: dict[str, Raw], now: dict[str, Raw]) -> Iterator[Difference]:
        typed = self.cleaned_data
        which = (typed["indicator"], typed["region"].pk, typed["year"])
        shown = newest_target(*which, seen=seen_up_to(str(self.data.get("version", ""))))
        stands = newest_target(*which)
        for name in ("percent", "source"):
            field = self.fields[name]
            old, new = (raw_of(field, getattr(one, name, None)) for one in (shown, stands))
            yield different(field, old, new, raw_of(field, typed.get(name)))


class ReleaseForm(forms.Form):
    name = TextField(label=_("Name"), max_length=100, help_text=_("For example: minggu-47-2026"))
    day = forms.DateField(label=_("Figures of"), widget=DateInput)
    embargo_until = MomentField(label=_("Goes out at"))
    note = TextField(label=_("Note"), max_length=300, required=False)

    def clean_embargo_until(self) -> datetime:
        moment: datetime = self.cleaned_data["embargo_until"]
        return moment.replace(tzinfo=EMBARGO_ZONE)


def _reasons() -> list[tuple[str, Any]]:
    """None is chosen: nobody confirms a reason that they did not read."""
    return [("", _("Choose the reason")), *NilReason.choices]


class NilForm(forms.Form):
    """An office reports that it served nobody on a day."""

    day = forms.DateField(label=_("Day"), widget=forms.HiddenInput)
    nil_reason = forms.ChoiceField(label=_("Why nobody was served"), choices=_reasons)
    note = TextField(label=_("Note"), max_length=300, required=False)


class EditionForm(forms.Form):
    region = forms.ChoiceField(label=_("Region"))
    election = forms.TypedChoiceField(label=_("Election"), coerce=int)
    recipient = TextField(
        label=_("Recipient"),
        max_length=150,
        help_text=_("An institution, for example: KPU Kota Bukittinggi. No person's name."),
    )
    agreement = TextField(
        label=_("Number of the agreement"),
        max_length=100,
        help_text=_("Of the agreement or letter under which the numbers are given."),
    )

    def __init__(
        self, *args: Any, regions: list[Region], elections: list[Election], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.regions = {region.pk: region for region in regions}
        offer(self, "region", [(code, str(one)) for code, one in self.regions.items()])
        offer(
            self,
            "election",
            [
                (one.pk, f"{one.name}, {one.region.name}, {date_format(one.held_on, 'j F Y')}")
                for one in elections
            ],
        )

    def clean_region(self) -> Region:
        return self.regions[self.cleaned_data["region"]]


class ConfirmForm(forms.Form):
    """An office confirms a revision; it gives a reason only if nobody was served."""

    revision = NumberField(widget=forms.HiddenInput, grouped=False)
    #: Of what was shown.
    version = TextField(widget=forms.HiddenInput, required=False)
    nil_reason = forms.ChoiceField(
        label=_("Why nobody was served"), choices=_reasons, required=False
    )
    note = TextField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, nil: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if nil:
            reason: Any = self.fields["nil_reason"]
            reason.required = True
        else:
            del self.fields["nil_reason"]

    def clean_version(self) -> str | None:
        """A form without one signs what stands, as a program does."""
        return self.cleaned_data["version"] or None


class FileForm(forms.Form):
    kind = forms.ChoiceField(choices=FileKind.choices)


class PeriodForm(forms.Form):
    first = forms.DateField(label=_("From"), widget=DateInput)
    last = forms.DateField(label=_("Until"), widget=DateInput)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        first, last = data.get("first"), data.get("last")
        if first and last:
            try:
                check_period(first, last)
            except Invalid as error:
                refuse(self, error)
        return data


# --- the Desk Pilkada -----------------------------------------------------------------------------


def office_choices(code: str) -> list[tuple[str, str]]:
    """Offices within a region, as a form offers them."""
    offices = Region.objects.within(code).level(Level.REGENCY).order_by("code")
    return [(office.pk, f"{office.name} ({office.pk})") for office in offices]


class OfDesk(forms.Form):
    """A form of a desk: `code` says whose offices it offers."""

    def __init__(self, *args: Any, code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = office_choices(code)
        for name in ("office", "offices"):
            if name in self.fields:
                offer(self, name, choices)
        if "offices" in self.fields and len(choices) == 1:
            self.fields["offices"].initial = [choices[0][0]]


class IncidentForm(OfDesk):
    kind = forms.ChoiceField(label=_("What"), choices=IncidentKind.choices)
    offices = forms.MultipleChoiceField(
        label=_("Offices"), widget=forms.CheckboxSelectMultiple(attrs={"class": "columns"})
    )
    note = TextField(
        label=_("What is the matter"),
        max_length=500,
        help_text=_("No citizen's name or number."),
    )
    owner = TextField(label=_("Who sees to it"), max_length=120, required=False)
    due = MomentField(label=_("To end by"), required=False)


class IncidentNoteForm(forms.Form):
    note = TextField(label=_("Note"), max_length=500, required=False)


class TaskForm(OfDesk):
    office = forms.ChoiceField(label=_("Office"))
    text = TextField(label=_("Task"), max_length=300, help_text=_("No citizen's name or number."))
    owner = TextField(label=_("Who does it"), max_length=120)
    due = forms.DateField(label=_("Until"), widget=DateInput)


class CallForm(OfDesk):
    office = forms.ChoiceField(label=_("Office"))
    kind = forms.ChoiceField(label=_("What it was about"), choices=CallKind.choices)


class CommitmentForm(OfDesk):
    office = forms.ChoiceField(label=_("Office"))
    source = TextField(label=_("Promised at"), max_length=200)
    text = TextField(label=_("What was promised"), max_length=300)
    owner = TextField(label=_("Who answers for it"), max_length=120)
    due = forms.DateField(label=_("Until"), widget=DateInput)


class CommitmentStateForm(forms.Form):
    state = forms.ChoiceField(label=_("State"), choices=CommitmentState.choices)
    link = LinkField(
        label=_("Address of the evidence"), max_length=300, required=False, assume_scheme="https"
    )


class TakeForm(forms.Form):
    note = TextField(
        label=_("What you do about it"),
        max_length=300,
        help_text=_("No citizen's name or number."),
    )


class AlertAddressForm(forms.Form):
    email = TextField(label=_("E-mail address"), max_length=254)
    agreed = forms.BooleanField(
        label=_("I want to be told of alerts at this address."),
        error_messages={"required": _("Tick this, or leave the page as it is.")},
    )

    def clean(self) -> dict[str, Any]:
        """That it was ticked is all there is to know."""
        self.cleaned_data.pop("agreed", None)
        return self.cleaned_data


class AlertRuleForm(WholeForm):
    """One kind in one region. `valid_from` is empty for today."""

    kind = TextField(widget=forms.HiddenInput)
    is_on = forms.BooleanField(label=_("Tell of it"), required=False)
    number = DecimalField(label=_("From"), max_digits=8, decimal_places=2)
    quiet_from = forms.TimeField(
        label=_("No mail from"),
        widget=TimeInput,
        required=False,
        help_text=_("Both hours empty: mail goes out at any hour. The bell never waits."),
    )
    quiet_until = forms.TimeField(label=_("No mail until"), widget=TimeInput, required=False)
    valid_from = forms.DateField(
        label=_("Counts from"),
        widget=DateInput,
        required=False,
        help_text=_("Empty: from today on."),
    )
    reason = TextField(label=_("Why"), max_length=300)

    def __init__(self, *args: Any, unit: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].label = _("From how many %(unit)s on") % {"unit": unit}
