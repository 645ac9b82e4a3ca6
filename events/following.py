"""What becomes of an outage that stands, on the event's page and on the desk's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.forms import NumberField, TextField, attempt, fill
from dukcapil.core.pages import chosen_id, status_of
from events.hour_fields import ChangedHoursForm, shown_hours
from events.incidents.models import Outage
from events.incidents.selectors import get_outage_or_404
from events.incidents.services import change_outage, end_outage, withdraw_outage


def _seen() -> NumberField:
    """The version of what was shown."""
    return NumberField(min_value=1, grouped=False, required=False, widget=forms.HiddenInput)


class SeenForm(forms.Form):
    """A button beside something that stands."""

    version = _seen()


class OutageChangeForm(ChangedHoursForm):
    """Hours and words of an outage, by the clock of its office."""

    note = TextField(label=gettext_lazy("Note"), max_length=500, required=False)
    version = _seen()


@dataclass(frozen=True)
class Follow:
    """What becomes of an outage that stands: `said` of what was carried out, else the forms."""

    chosen: Outage | None
    change: OutageChangeForm
    button: SeenForm
    said: str

    @property
    def status(self) -> int:
        return max(status_of(self.change), status_of(self.button))


def follow_outage(request: StaffRequest, actor: Actor, zone: str) -> Follow:
    """``?outage=`` opens one to change it; buttons end one, or withdraw one that has not begun."""
    named = request.POST.get("outage") or request.GET.get("outage")
    chosen = get_outage_or_404(actor, chosen_id(named)) if named else None
    change = fill(
        request,
        OutageChangeForm,
        do=("change",),
        zone=zone,
        initial=_stands(chosen, zone),
        auto_id="change_%s",
    )
    button = fill(request, SeenForm, do=("end", "withdraw"))
    said = _said(request.POST.get("do", ""), actor, chosen, change, button) if chosen else ""
    return Follow(chosen, change, button, said)


def _said(do: str, actor: Actor, chosen: Outage, change: OutageChangeForm, button: SeenForm) -> str:
    which: dict[str, Any] = {"by": actor, "outage_id": chosen.pk}
    if do == "change" and attempt(change, change_outage, **which):
        return _("Saved.")
    if do == "end" and attempt(button, end_outage, **which):
        return _("Saved.")
    if do == "withdraw":
        attempt(button, withdraw_outage, **which)
        if button.is_valid():
            return _("It is withdrawn: nobody is told of it any more.")
    return ""


def _stands(outage: Outage | None, zone: str) -> dict[str, Any]:
    """As its form shows it, by the clock of the office."""
    if outage is None:
        return {}
    return {**shown_hours(outage, zone), "note": outage.note, "version": outage.version}
