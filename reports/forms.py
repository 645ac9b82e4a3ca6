"""Forms of the pages of figures: bases, targets, releases, confirmations, files, periods."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid
from dukcapil.core.forms import (
    DateInput,
    DecimalField,
    MomentInput,
    NumberField,
    TextField,
    refuse,
)
from dukcapil.core.whole import Difference, Raw, WholeForm, different, raw_of
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import get_region
from events.calendar.validators import FIRST_DAY, LAST_DAY
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
        max_digits=5,
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
    embargo_until = forms.DateTimeField(label=_("Goes out at"), widget=MomentInput)
    note = TextField(label=_("Note"), max_length=300, required=False)

    def clean_embargo_until(self) -> datetime:
        moment: datetime = self.cleaned_data["embargo_until"]
        return moment.replace(tzinfo=EMBARGO_ZONE)


class ConfirmForm(forms.Form):
    """An office confirms a revision; it gives a reason only if nobody was served."""

    revision = NumberField(widget=forms.HiddenInput, grouped=False)
    #: Of what was shown.
    version = TextField(widget=forms.HiddenInput, required=False)
    nil_reason = forms.ChoiceField(
        label=_("Why nobody was served"), choices=NilReason.choices, required=False
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
