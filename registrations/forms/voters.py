"""Forms of voters' lists: the file with what it is, a code of an election, and who is no voter."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import DateInput, TextField, offer
from dukcapil.core.lists.people import VOTERS
from dukcapil.core.reader.limits import MB
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from events.elections.models import Election
from registrations.roll.services.files import LARGEST_FILE
from registrations.voters.enums import ListKind, Meaning, NoVoteReason

#: What a column may hold, as a page offers it.
COLUMN_KINDS = [("", _("Not used"))] + [
    (kind.name, kind.label) for kind in VOTERS.kinds if kind.used
]


class VotersForm(forms.Form):
    election = forms.TypedChoiceField(label=_("Election"))
    kind = forms.ChoiceField(label=_("Which list"), choices=ListKind.choices)
    as_of = forms.DateField(label=_("The list is of"), widget=DateInput)
    village = forms.ModelChoiceField(
        label=_("Village"),
        queryset=Region.objects.none(),
        required=False,
        help_text=_("Only where the list itself names no village."),
    )
    file = forms.FileField(
        label=_("Voters' list"),
        help_text=_(
            "Excel or LibreOffice (.xlsx, .xls, .ods) with up to 100,000 rows, or CSV; at most %(most)s MB."
            " It needs NIK or name; a masked NIK, the family card, birth date, sex and village help."
        )
        % {"most": LARGEST_FILE // MB},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv,.txt,.tsv"}),
    )

    def __init__(self, *args: Any, elections: list[Election], office: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {str(one.pk): one for one in elections}
        election: Any = self.fields["election"]
        election.coerce = known.get
        offer(self, "election", [(key, one.name) for key, one in known.items()])
        village: Any = self.fields["village"]
        village.queryset = (
            Region.objects.within(office).filter(level=Level.VILLAGE).order_by("name", "code")
        )


class CodeForm(forms.Form):
    code = TextField(label=_("Code"), max_length=4)
    meaning = forms.ChoiceField(label=_("Meaning"), choices=Meaning.choices)
    source = TextField(label=_("Decree or letter"), max_length=200)


class NoVoterForm(forms.Form):
    reason = forms.ChoiceField(label=_("Reason"), choices=NoVoteReason.choices)
    until = forms.DateField(
        label=_("Until"),
        widget=DateInput,
        required=False,
        help_text=_("Empty: until somebody takes it back."),
    )
    source = TextField(
        label=_("Decree or letter"), max_length=200, help_text=_("No person's name.")
    )
