"""Forms of a list: bringing it, its columns, and the rows that somebody mends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import TextField
from dukcapil.core.whole import loaded
from registrations.booking.services.answers import Choice
from registrations.booking.services.drafts import Mended
from registrations.forms.desk import PlacesOffered

#: Cells of a row that somebody may mend.
CELLS = ("nik", "name", "birth_date", "sex", "village")
_LONGEST_CELL = 200


class GroupForm(PlacesOffered):
    """A class list, pasted or from a file."""

    field_order = ("name", "services", "pasted", "file", "waiting_list", "contact")

    name = TextField(
        label=_("Name of the group"), max_length=80, help_text=_("For example: XII IPA 1.")
    )
    pasted = TextField(
        label=_("Paste the list here"),
        required=False,
        max_length=1_000_000,
        lines=True,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_(
            "As it stands in the sheet, with its header. NIK, or name and birth date; for people whom"
            " your office does not hold yet NIK, name and village."
        ),
    )
    file = forms.FileField(
        label=_("Or a file: XLSX, XLS, ODS or CSV, up to 5,000 rows"), required=False
    )
    waiting_list = forms.BooleanField(
        label=_("Put those for whom there is no place on the waiting list"),
        required=False,
        initial=True,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].label = _("Contact of the group")
        self.fields["contact"].help_text = _(
            "E-mail or mobile number of a teacher: is reminded and told of changes."
        )

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        if typed.get("file") and (typed.get("pasted") or "").strip():
            self.add_error(
                "pasted",
                forms.ValidationError(
                    _("A pasted list and a file: bring one of the two."), code="one-source"
                ),
            )
        return typed


def chosen_kinds(posted: QueryDict) -> dict[str, str]:
    """Letter of a column -> kind, of the fields `kind-A`, `kind-B` ..."""
    return {
        name.removeprefix("kind-"): str(kind)
        for name, kind in posted.items()
        if re.fullmatch(r"kind-[A-Z]{1,3}", name)
    }


def mended_rows(posted: QueryDict) -> dict[int, Mended]:
    """What was typed and ticked in the rows that the page showed (`row`)."""
    numbers = [int(text) for text in posted.getlist("row") if re.fullmatch(r"\d{1,7}", text)]
    return {number: _mended(posted, number) for number in numbers}


def retyped(posted: QueryDict) -> dict[int, Mended]:
    """Of a form that was lost or refused: the rows in which somebody typed or ticked, with those cells
    alone that differ from what the page had shown.
    """
    shown = loaded(posted.get("shown", ""))
    rows = {}
    for number, row in mended_rows(posted).items():
        cells = {
            kind: text
            for kind, text in (row.cells or {}).items()
            if shown.get(f"{number}-{kind}") != text
        }
        if cells or row.choice != Choice():
            rows[number] = Mended(cells, row.choice)
    return rows


def _mended(posted: Mapping[str, Any], number: int) -> Mended:
    cells = {
        kind: str(posted[f"{number}-{kind}"])[:_LONGEST_CELL]
        for kind in CELLS
        if f"{number}-{kind}" in posted
    }
    choice = Choice(
        alike=str(posted.get(f"{number}-alike", ""))[:40],
        propose=f"{number}-propose" in posted,
        out=f"{number}-out" in posted,
    )
    return Mended(cells or None, choice)


def offered_kinds(kinds: Iterable[Any]) -> list[tuple[str, str]]:
    """What a column may be used as; the first: not at all."""
    return [
        ("", str(_("Not used"))),
        *((kind.name, str(kind.label)) for kind in kinds if kind.used),
    ]
