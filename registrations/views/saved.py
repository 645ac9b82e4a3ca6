"""Showing the record that was saved last, and taking back: a record, an arrival."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.utils.translation import gettext as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.core.errors import Asks, DomainError, Invalid
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment
from registrations.booking.selectors.desk import visit_of
from registrations.forms.desk import CardFateForm
from registrations.forms.people import reason_of
from registrations.ledger.models import ServiceRecord
from registrations.ledger.selectors import get_record_or_404
from registrations.ledger.services.activations import GOES_ALONG
from registrations.ledger.services.corrections import void_record
from registrations.ledger.validators import CARD_NEEDED, NO_CARD_LEFT, asks_of_card, was_spoiled
from registrations.papers.enums import PaperKind
from registrations.papers.models import Paper
from registrations.people.selectors import person_or_404


@dataclass(frozen=True)
class Saved:
    """A record with its person: `registrations/_saved.html`."""

    record: ServiceRecord
    person: dict[str, Any]

    @property
    def paper(self) -> Paper | None:
        return getattr(self.record, "paper", None) if self.record.service in PaperKind else None

    @property
    def card_form(self) -> CardFateForm | None:
        """What taking it back asks of its card."""
        asks = asks_of_card(self.record.service, self.record.outcome)
        return CardFateForm() if asks else None


def saved_as(actor: Actor, text: str | None) -> Saved | None:
    """The record that an address names, logged as a look; None when it names none."""
    try:
        record = get_record_or_404(actor, uuid.UUID(text or ""))
        saved = Saved(record, person_or_404(actor, record.resident_id))
    except (ValueError, DomainError):
        return None
    log_access(by=actor, action=Access.VIEW, kind="resident", subject=str(record.resident_id))
    return saved


@dataclass(frozen=True)
class CardQuestion:
    """What is asked before a record is taken back (`registrations/_card_question.html`): what became of
    the card of a print, or whether something goes along. With what is sent again beside the answer.
    """

    form: CardFateForm | None
    fields: list[tuple[str, str]]
    message: str

    @classmethod
    def of(cls, request: StaffRequest, asks: Asks | None = None) -> CardQuestion:
        names = ("do", "record", "reason")
        sent = [(name, request.POST[name]) for name in names if name in request.POST]
        if asks is not None:
            sent += [("confirm", word) for word in asks.words]
            return cls(None, sent, str(asks.message))
        text = _(
            "A card was printed with this record. Before it is taken back, say where the card is."
        )
        return cls(CardFateForm(), sent, text)


def take_back(request: StaffRequest, actor: Actor, record: ServiceRecord) -> CardQuestion | None:
    """Void a record for the reason that the dialog sent. Of a print that was done it asks first what became
    of the card, unless the dialog did; of a recording, whether the IKD activation goes along.
    """
    reason, card = reason_of(request.POST), request.POST.get("card", "")
    confirm = request.POST.getlist("confirm")
    try:
        void_record(by=actor, record=record, reason=reason, card=card, confirm=confirm)
    except Asks as asks:
        return CardQuestion.of(request, asks)
    except Invalid as error:
        if error.code != CARD_NEEDED:
            raise
        return CardQuestion.of(request)
    messages.success(request, _("The record was voided; the count went back at once."))
    if GOES_ALONG in confirm:
        text = _(
            "The IKD activation was voided with it. Once the person is recorded anew, activate it again."
        )
        messages.info(request, text)
    if text := _what_became_of_the_visit(actor, record):
        messages.info(request, text)
    if was_spoiled(record.outcome, record.card_used):
        messages.info(
            request,
            _("Its card stays booked as spoiled: of the next record say that none was used."),
        )
    return None


def say_no_card_left(request: StaffRequest, record: ServiceRecord) -> None:
    """Whoever logged a print that the stock ledger had no card for is told once."""
    if record.card_missing:
        messages.warning(request, NO_CARD_LEFT)


def _what_became_of_the_visit(actor: Actor, record: ServiceRecord) -> str:
    """Empty when the record used up no booking, or another one still does."""
    visit = visit_of(actor, record.session, record.resident_id) if record.session else None
    if visit is None or record.service not in visit.services:
        return ""
    is_open = record.service in vars(visit)["open_services"]
    if is_open and visit.state == AppointmentState.BOOKED:
        return _("The booking is open again: the person is expected.")
    if is_open:
        text = _("Number %(number)s is in the queue again, with the place of before.")
        return text % {"number": visit.queue_number}
    if visit.state in AppointmentState.unserved():
        text = _("The place went back. The visit is over: “%(state)s”.")
        return text % {"state": visit.get_state_display()}
    if visit.state == AppointmentState.CHECKED_IN:
        return _("The place went back: the person is booked for this service elsewhere.")
    return ""


def say_taken_back(request: StaffRequest, visit: Appointment) -> None:
    """What became of a visit whose arrival was a mistake."""
    if visit.state == AppointmentState.CANCELLED:
        text = _("The arrival was taken back, and the place is free again.")
    else:
        text = _("The arrival was taken back: the person is expected again.")
    messages.info(request, text)
