"""Forms of a desk: booking a person or a group, walk-ins, logging a service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.core.forms import MomentField, TextField, offer
from dukcapil.core.shared_fields import share_fields
from events.planning.enums import Service
from registrations.forms.contacts import WithContact
from registrations.ledger.enums import (
    IKD_FAILURES,
    CardFate,
    CardUsed,
    Failure,
    HandoverProof,
    IkdStep,
    Outcome,
    PrintReason,
    Receiver,
)
from registrations.ledger.services.ledger import DeskNote
from registrations.ledger.validators import (
    CARD_ITEMS,
    LONGEST_NAME,
    cards_spoiled_by,
    reason_and_step_for,
)
from registrations.papers.enums import PaperKind
from registrations.papers.services.papers import LONGEST_REASON


class WalkInForm(forms.Form):
    """Somebody without a booking, at the desk."""

    services = forms.MultipleChoiceField(
        label=_("Services"), widget=forms.CheckboxSelectMultiple, choices=[]
    )
    priority = forms.BooleanField(label=_("Priority lane"), required=False)

    def __init__(self, *args: Any, services: Iterable[str], **kwargs: Any) -> None:
        share_fields(self, "services", Service, services)
        super().__init__(*args, **kwargs)


class PlacesOffered(WithContact):
    """Services of a session with their free places, and whom to remind."""

    field_order: Any = ("services", "contact")

    services = forms.MultipleChoiceField(
        label=_("Services"), widget=forms.CheckboxSelectMultiple, choices=[]
    )

    def __init__(self, *args: Any, free: dict[str, dict[str, int]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(
            self,
            "services",
            [
                (name, f"{Service(name).label} ({cell['free']}/{cell['capacity']})")
                for name, cell in free.items()
            ],
        )


class BookingForm(PlacesOffered):
    field_order = ("services", "priority", "contact")

    priority = forms.BooleanField(
        label=_("Priority lane"),
        required=False,
        help_text=_("For the elderly, the disabled and the pregnant. Nobody notes why."),
    )


FAILURES = [
    ("", "–"),
    (
        _("Every service"),
        [(failure, failure.label) for failure in Failure if failure not in IKD_FAILURES],
    ),
    (Service.IKD_ACTIVATION.label, [(failure, failure.label) for failure in IKD_FAILURES]),
]


class LogForm(forms.Form):
    """One service for one person. Made to be filled in with Enter alone."""

    service = forms.ChoiceField(
        label=_("Service"),
        widget=forms.RadioSelect(
            attrs={
                "data-shows": f"#print={Service.CARD_PRINT} #step={Service.IKD_ACTIVATION}"
                f" #card={','.join(CARD_ITEMS)} #handed={Service.CARD_HANDOVER}"
            }
        ),
    )
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=Outcome.choices,
        widget=forms.RadioSelect(attrs={"data-shows": "#failure=failed"}),
        initial=Outcome.DONE,
    )
    printed_for = forms.ChoiceField(
        label=_("Why the card was printed"),
        choices=[("", "–"), *PrintReason.choices],
        required=False,
    )
    reason = forms.ChoiceField(
        label=_("Why it failed"),
        choices=FAILURES,
        required=False,
        widget=forms.Select(attrs={"data-needed": "yes"}),
    )
    step = forms.ChoiceField(
        label=_("Where the activation stopped"),
        choices=[("", "–"), *IkdStep.choices],
        required=False,
    )
    card_used = forms.ChoiceField(
        label=_("What became of the blank card"),
        choices=[("", "–"), *CardUsed.choices],
        required=False,
        widget=forms.Select(attrs={"data-needed": "yes"}),
    )
    #: Asked for by the rules of papers alone; shown once they did.
    paper_reason = TextField(
        label=_("Why the paper is issued all the same"),
        max_length=LONGEST_REASON,
        required=False,
        help_text=_("No names, no numbers, nothing medical."),
    )
    receiver = forms.ChoiceField(
        label=_("Who takes the card"), choices=Receiver.choices, required=False
    )
    receiver_name = TextField(
        label=_("Name, if it is somebody else"), required=False, max_length=LONGEST_NAME
    )
    proof = forms.ChoiceField(
        label=_("Shown as proof"),
        choices=[("", "–"), *HandoverProof.choices],
        required=False,
        widget=forms.Select(attrs={"data-needed": "yes"}),
    )
    exception = forms.BooleanField(
        label=_("Recorded with an exception"),
        required=False,
        help_text=_("A line for a signature, fewer fingers: that it was so, never why."),
    )
    helped = forms.BooleanField(label=_("A companion helped"), required=False)
    note = TextField(
        label=_("Note"),
        max_length=300,
        required=False,
        help_text=_("No names, no numbers, nothing medical."),
    )
    occurred_at = MomentField(label=_("When, if not just now"), required=False)

    def __init__(self, *args: Any, services: Iterable[str], zone: str, **kwargs: Any) -> None:
        share_fields(self, "service", Service, services)
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(zone)
        #: Where the reason of a verb is typed: of a paper it is another one than why a service failed.
        self.typed_in: dict[str, str] = {}

    def clean_occurred_at(self) -> Any:
        """The local time at the place of service, whatever zone the server thinks in."""
        moment = self.cleaned_data["occurred_at"]
        if moment is None:
            return timezone.now()
        return moment.replace(tzinfo=self.zone)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("outcome") == Outcome.FAILED and not data.get("reason"):
            self.add_error("reason", _("Say why it failed."))
        data["reason"], step = reason_and_step_for(
            data.get("service", ""),
            data.get("outcome", ""),
            reason=data.get("reason", ""),
            printed_for=data.pop("printed_for", ""),
            step=data.pop("step", ""),
        )
        self._ask_of_card(data)
        paper_reason = data.pop("paper_reason", "")
        if data.get("service") in PaperKind.values and data.get("outcome") == Outcome.DONE:
            self.typed_in = {"reason": "paper_reason"}
            data["reason"] = paper_reason
        self._ask_receiver(data)
        data["desk_note"] = DeskNote(
            exception=data.pop("exception", False), helped=data.pop("helped", False), step=step
        )
        return data

    def _ask_receiver(self, data: dict[str, Any]) -> None:
        """Of a card that was handed over; of other rows nothing is said, whatever was chosen before."""
        done = data.get("outcome") == Outcome.DONE
        if not done or data.get("service") != Service.CARD_HANDOVER:
            data["receiver"] = data["receiver_name"] = data["proof"] = ""
            return
        data["receiver"] = data.get("receiver") or Receiver.SELF
        if not data.get("proof") and "proof" not in self.errors:
            self.add_error("proof", _("Say what was shown as proof."))

    def _ask_of_card(self, data: dict[str, Any]) -> None:
        """A card may have been spoiled: then somebody says so, or that it was not. Of other rows nothing is
        said, whatever was chosen before.
        """
        failed = data.get("outcome") == Outcome.FAILED
        if not (failed and cards_spoiled_by(data.get("service", ""), data["reason"])):
            data["card_used"] = ""
        elif not data.get("card_used") and "card_used" not in self.errors:
            self.add_error("card_used", _("Say what became of the blank card."))


class CardFateForm(forms.Form):
    """What became of the card of a print that is taken back. Nothing is chosen beforehand."""

    card = forms.ChoiceField(
        label=_("What became of the card?"), choices=CardFate.choices, widget=forms.RadioSelect
    )
