"""Papers: issuing one, the rules by which an office issues them, how numbers look."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import NumberField, TextField
from events.elections.models import Election
from registrations.papers.enums import PaperKind
from registrations.papers.models import MOST_DAYS, MOST_STATUS_AGE, STATUS_AGE
from registrations.papers.services.papers import LONGEST_REASON


class PaperForm(forms.Form):
    kind = forms.ChoiceField(label=_("Paper"), choices=PaperKind.choices)
    reason = TextField(
        label=_("Reason"),
        required=False,
        max_length=LONGEST_REASON,
        help_text=_("Outside a rule, or where a valid paper is replaced."),
    )


class LatePaperForm(forms.Form):
    reason = TextField(label=_("Reason"), max_length=LONGEST_REASON)


class PaperRuleForm(forms.Form):
    election = forms.ModelChoiceField(Election.objects.none(), label=_("Election"), empty_label="–")
    kind = forms.ChoiceField(label=_("Paper"), choices=PaperKind.choices)
    days_before_open = NumberField(
        label=_("First day: days before the election"), min_value=0, max_value=MOST_DAYS
    )
    days_before_close = NumberField(
        label=_("Last day: days before the election"),
        min_value=0,
        max_value=MOST_DAYS,
        help_text=_("0: the day of the election, until midnight there."),
    )
    status_age = NumberField(
        label=_("Days for which a status from SIAK counts"),
        required=False,
        min_value=1,
        max_value=MOST_STATUS_AGE,
        initial=STATUS_AGE,
        help_text=_("An older status is unknown: a suket then wants a reason."),
    )
    source = TextField(label=_("Decree or letter"), max_length=200)

    def __init__(self, *args: Any, elections: Iterable[Election], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["election"]
        field.queryset = Election.objects.filter(pk__in=[one.pk for one in elections])


class TemplateForm(forms.Form):
    text = TextField(
        label=_("How numbers are written"),
        max_length=60,
        help_text=_("With {number}, {kind} and {year}, perhaps {month}."),
    )
