"""Forms for staff, postings, tokens and the office's paper."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import Posting
from dukcapil.accounts.offices.selectors import office_profile
from dukcapil.accounts.offices.services import FIELDS
from dukcapil.accounts.offices.validators import LONGEST_LINE, MOST_LINES
from dukcapil.accounts.permissions import MAY_POST
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.selectors import end_parts
from dukcapil.accounts.validators import LONGEST_TOKEN, USERNAME, USERNAME_RULE
from dukcapil.core.errors import Invalid
from dukcapil.core.forms import DateInput, NumberField, TextField, offer
from dukcapil.core.pictures import written_anew
from dukcapil.core.versions import version_of
from dukcapil.core.whole import Stands, WholeForm
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import regions_below


class PostingForm(forms.Form):
    """A role for a period; the region is chosen among those the role fits."""

    role = forms.ChoiceField(label=_("Role"))
    region = TextField(
        label=_("Region"),
        help_text=_("The office itself; for a verifier a district or village."),
        widget=forms.Select,
    )
    starts_on = forms.DateField(label=_("From"), widget=DateInput)
    ends_on = forms.DateField(
        label=_("Until"),
        widget=DateInput,
        required=False,
        help_text=_("Empty: until it is ended."),
    )

    def __init__(self, *args: Any, by: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        offer(self, "role", [(role, role.label) for role in MAY_POST[by.role]])
        levels = [Level.REGENCY, Level.DISTRICT, Level.VILLAGE] if by.office else list(Level)[:3]
        self.regions = {region.pk: region for region in regions_below(by.region, levels)}
        offer(
            self,
            "region",
            [(code, f"{region.name} ({code})") for code, region in self.regions.items()],
        )
        self.fields["starts_on"].initial = by.today

    def clean_region(self) -> Region:
        region = self.regions.get(self.cleaned_data["region"])
        if region is None:
            raise forms.ValidationError(_("Choose a region of the list."))
        return region


def _staff_number(*, required: bool) -> TextField:
    return TextField(
        label=_("NIP or NIK"),
        max_length=30,
        required=required,
        help_text=_(
            "Only a keyed hash of it is kept. Without one the account works, and counts as no second person where two have to agree."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "numeric"}
        ),
    )


class StaffForm(PostingForm):
    username = forms.RegexField(
        rf"^{USERNAME.pattern}$",
        label=_("Username"),
        help_text=USERNAME_RULE,
        error_messages={"invalid": USERNAME_RULE},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = TextField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), required=False)
    staff_number = _staff_number(required=False)

    field_order = [
        "username",
        "name",
        "staff_number",
        "email",
        "role",
        "region",
        "starts_on",
        "ends_on",
    ]


class NumberForm(forms.Form):
    staff_number = _staff_number(required=True)


class EndForm(WholeForm):
    last_day = forms.DateField(
        label=_("Last day"),
        widget=DateInput,
        help_text=_("From the next day on the account can no longer do anything here."),
    )


def end_stands(posting: Posting) -> Stands:
    values = {"last_day": posting.ends_on or today_in(posting.region_id)}
    return Stands(values, version_of(end_parts(posting)))


class ResetForm(forms.Form):
    factor = forms.BooleanField(
        label=_("Also remove the second factor"),
        required=False,
        help_text=_("For a lost or changed phone. It is set up anew at the next login."),
    )


class TokenForm(forms.Form):
    """What a program may do with the token. Narrower than the posting, never wider."""

    AREAS = (
        ("read", _("read everything that you may read")),
        ("coverage", _("coverage figures")),
        ("reports", _("daily reports")),
        ("events", _("events and sessions")),
        ("appointments", _("bookings")),
        ("residents", _("residents")),
        ("records", _("service records")),
    )
    label = TextField(
        label=_("What it is for"), max_length=80, help_text=_("So that you know it again.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"), choices=AREAS, widget=forms.CheckboxSelectMultiple, initial=["coverage"]
    )
    days = NumberField(
        label=_("Days it holds"), min_value=1, max_value=LONGEST_TOKEN.days, initial=365
    )

    def clean(self) -> dict[str, Any]:
        if "days" in self.cleaned_data:
            self.cleaned_data["expiry"] = timedelta(days=self.cleaned_data.pop("days"))
        return self.cleaned_data


class OfficeForm(WholeForm):
    """What the office prints above and below what it signs."""

    letterhead = TextField(
        label=_("Lines of the letterhead"),
        max_length=(LONGEST_LINE + 2) * MOST_LINES,
        lines=True,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Up to four; the last one is the office's name and stands on slips too."),
    )
    address = TextField(
        label=_("Address"),
        max_length=200,
        required=False,
        help_text=_("Street, postal code, telephone, e-mail: one line under the letterhead."),
    )
    place = TextField(
        label=_("Place of signing"),
        max_length=60,
        required=False,
        help_text=_("Stands before the date, as in “Padang, 27 November 2024”."),
    )
    head_name = TextField(label=_("Name of the head"), max_length=120, required=False)
    head_rank = TextField(
        label=_("Rank of the head"),
        max_length=80,
        required=False,
        help_text=_("For example: Pembina Utama Muda (IV/c)."),
    )
    head_nip = TextField(
        label=_("NIP of the head"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    logo = forms.FileField(
        label=_("Logo: PNG or JPEG, up to 200 KB"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )
    without_logo = forms.BooleanField(label=_("Without a logo"), required=False)

    def clean_logo(self) -> bytes | None:
        file = self.cleaned_data["logo"]
        if file is None:
            return None
        try:
            return written_anew(file)
        except Invalid as error:
            raise forms.ValidationError(str(error.message), code=error.code) from error

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = self.cleaned_data
        typed["keep_logo"] = not typed.pop("without_logo", False)
        return typed

    def _post_clean(self) -> None:
        super()._post_clean()
        version = self.cleaned_data["version"] or ""
        # Whoever names no version saw none.
        is_one = version.isascii() and version.isdigit() and len(version) < 9
        self.cleaned_data["version"] = int(version) if is_one else -1

    def was_refused(self) -> None:
        """A browser keeps no file: whoever is not told saves without the one that they chose."""
        if self.files.get("logo") and "logo" not in self.errors:
            again = _("Choose the logo once more: a chosen file is not kept.")
            self.add_error("logo", forms.ValidationError(again, code="choose-again"))


def office_stands(office: Region) -> Stands:
    now = office_profile(office)
    values = {name: getattr(now, name) for name in FIELDS if name != "logo"}
    return Stands(values, str(now.version))
