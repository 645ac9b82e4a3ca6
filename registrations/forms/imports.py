"""Forms of an import: the file, what is asked about it, and a row to mend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import DateInput, NumberField, TextField
from dukcapil.core.lists.people import OF_FAMILIES
from dukcapil.core.reader.limits import MB
from dukcapil.core.versions import version_of
from dukcapil.core.whole import Stands, WholeForm
from registrations.roll.enums import Completeness
from registrations.roll.models import RollImport, Row
from registrations.roll.selectors import MENDED, VillageRows, row_version
from registrations.roll.services.files import LARGEST_FILE


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("List of residents"),
        help_text=_(
            "Excel or LibreOffice (.xlsx, .xls, .ods) with up to 100,000 rows, or CSV; at most %(most)s MB."
            " It needs NIK, name and village; birth date, sex, marital status, address, RT and RW are"
            " taken where the list has them."
        )
        % {"most": LARGEST_FILE // MB},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv,.txt,.tsv"}),
    )


def columns_of(data: Mapping[str, Any]) -> dict[str, str]:
    """Letter of a column -> what it was said to hold."""
    return {name.removeprefix("kind-"): str(data[name]) for name in data if name[:5] == "kind-"}


#: What a column may hold, as a page offers it.
COLUMN_KINDS = [("", _("Not used"))] + [
    (kind.name, kind.label) for kind in OF_FAMILIES.kinds if kind.used
]


class RowForm(WholeForm):
    """A row as it came; what is wrong in it is typed anew."""

    number = NumberField(widget=forms.HiddenInput, grouped=False, min_value=1)
    nik = TextField(label="NIK", max_length=40, required=False)
    name = TextField(label=_("Name"), max_length=200, required=False)
    birth_date = TextField(label=_("Birth date"), max_length=60, required=False)
    sex = TextField(label=_("Sex"), max_length=20, required=False)
    village = TextField(label=_("Village"), max_length=120, required=False)


def row_stands(row: Row) -> Stands:
    cells = {name: row.cells.get(name, "") for name in MENDED}
    return Stands({"number": row.number, **cells}, row_version(row))


class VersionForm(WholeForm):
    """What a list is. The villages stand in the table of the page, each with a box."""

    completeness = forms.ChoiceField(
        label=_("Whom does this list have?"),
        choices=[
            ("", _("Some people: of others it says nothing")),
            (Completeness.MISSING_ONLY, _("Everybody of these villages who is not recorded")),
            (Completeness.WHOLE, _("Everybody who lives in these villages")),
        ],
        widget=forms.RadioSelect,
        required=False,
    )
    as_of = forms.DateField(
        label=_("From which day is the list?"), widget=DateInput, required=False
    )
    villages = forms.MultipleChoiceField(label=_("Villages"), required=False)

    def __init__(self, *args: Any, rows: list[VillageRows], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["villages"]
        field.choices = [(row.village, row.name) for row in rows]

    def ticked(self, row: VillageRows) -> bool:
        """All villages of the list, until somebody says otherwise."""
        chosen = self["villages"].value() or []
        return row.village in chosen


def version_stands(
    roll_import: RollImport, rows: list[VillageRows], *, again: bool = False
) -> Stands:
    """`again`: read anew, for something is written."""
    if again:
        roll_import.refresh_from_db(fields=["completeness", "covers", "as_of"])
    said = roll_import.says
    shown = said["villages"] or [row.village for row in rows]
    return Stands(said | {"villages": shown}, version_of(said))
