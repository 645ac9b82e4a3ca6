"""Rules of a log entry that the form, the API and the ledger itself share."""

from __future__ import annotations

import uuid
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.accounts.validators import refuse_number
from dukcapil.core.errors import Conflict, DomainError, Invalid
from events.planning.enums import Service
from registrations.ledger.enums import (
    CardFate,
    CardUsed,
    Failure,
    HandoverProof,
    Outcome,
    PrintReason,
    Receiver,
    SetAside,
)
from registrations.people.enums import MaritalStatus
from registrations.people.validators import (
    CARD_AGE,
    RECORDING_AGE,
    anniversary,
    printable_from,
)


def reason_and_step_for(
    service: str, outcome: str, *, reason: str, printed_for: str, step: str
) -> tuple[str, str]:
    """The reason and the IKD step that fit; what was chosen for another service is dropped."""
    if outcome == Outcome.FAILED:
        return reason, step if service == Service.IKD_ACTIVATION else ""
    return printed_for if service == Service.CARD_PRINT else "", ""


NAMED_ONCE = gettext_lazy("Name the person by exactly one of resident, nik, ticket.")


def is_named_once(*, resident: uuid.UUID | None, nik: str | None, ticket: str | None) -> bool:
    return sum(value is not None for value in (resident, nik, ticket)) == 1


# --- the table of cards ---------------------------------------------------------------------------

#: What is printed on a blank card -> which card of the stock ledger.
CARD_ITEMS: dict[str, str] = {
    Service.CARD_PRINT: "card",
    **dict.fromkeys(sorted(Service.of_child_card()), "child_card"),
}
_ALL = (CardUsed.ENCODE, CardUsed.PRINT, CardUsed.PHYSICAL, CardUsed.NO_CHIP)
#: Why a print failed -> how its card may have been spoiled. For any other reason nothing was printed.
SPOILED_BY: dict[str, tuple[CardUsed, ...]] = {
    Failure.NETWORK: (CardUsed.ENCODE, CardUsed.PRINT),
    Failure.POWER: (CardUsed.ENCODE, CardUsed.PRINT),
    Failure.DEVICE: _ALL,
    Failure.OTHER: _ALL,
}
#: A child's card has no chip.
CHIPLESS = (CardUsed.PRINT, CardUsed.PHYSICAL)


def cards_spoiled_by(service: str, reason: str) -> tuple[CardUsed, ...]:
    """How the card of a print that failed for this reason may have been spoiled."""
    classes = SPOILED_BY.get(reason, ()) if service in CARD_ITEMS else ()
    if service in Service.of_child_card():
        return tuple(name for name in classes if name in CHIPLESS)
    return classes


def check_card_used(service: str, outcome: str, reason: str, card_used: str) -> None:
    """What is said of the card of a failed print. Nothing need be said: then none was used."""
    if not card_used:
        return
    if service not in CARD_ITEMS or outcome != Outcome.FAILED:
        raise Invalid(
            "card-used",
            _("Only of a print that failed is said what became of its card."),
            field="card_used",
        )
    if card_used != CardUsed.NONE and card_used not in cards_spoiled_by(service, reason):
        raise Invalid(
            "card-used",
            _("No card is spoiled in this way for this reason."),
            field="card_used",
        )


CARD_NEEDED = "card-needed"
#: What whoever logged is told. The difference shows at the next count.
NO_CARD_LEFT = gettext_lazy(
    "Served. By the stock ledger no card was left here: it was booked as a difference. Count the cards."
)


def asks_of_card(service: str, outcome: str) -> bool:
    """Whether a void of this record asks what became of its card."""
    return service in CARD_ITEMS and outcome == Outcome.DONE


def was_spoiled(outcome: str, card_used: str) -> bool:
    """Whether a failed print spoiled a card. It is waste, whatever becomes of the record."""
    return outcome == Outcome.FAILED and card_used not in ("", CardUsed.NONE)


def check_card_fate(service: str, outcome: str, card: str) -> None:
    """What a void says of the card: of a print that was done exactly one word, of others nothing."""
    if not asks_of_card(service, outcome):
        if card:
            raise Invalid(
                "card",
                _("Only when a print that was done is taken back is its card asked for."),
                field="card",
            )
        return
    if not card:
        raise Invalid(
            CARD_NEEDED,
            _("Say what became of the card: it was never printed, or how it was spoiled."),
            field="card",
        )
    chipless = (CardFate.NEVER_USED, *CHIPLESS)
    if card not in CardFate.values or (service in Service.of_child_card() and card not in chipless):
        raise Invalid("card", _("This does not happen to a card of this kind."), field="card")


LONGEST_NAME = 100


def check_receiver(service: str, outcome: str, relation: str, name: str, proof: str) -> None:
    """What is said of who took a card: of a hand-over that was done all of it, or nothing at all."""
    if not (relation or name or proof):
        return
    if service != Service.CARD_HANDOVER or outcome != Outcome.DONE:
        raise Invalid(
            "receiver",
            _("Only a card that was handed over has a receiver."),
            field="receiver",
        )
    if relation not in Receiver.values:
        raise Invalid("receiver", _("Say who took it."), field="receiver")
    if proof not in HandoverProof.values:
        raise Invalid("proof", _("Say what was shown as proof."), field="proof")
    if relation == Receiver.SELF and name:
        raise Invalid(
            "receiver-name", _("The person's own name is not asked for."), field="receiver_name"
        )
    if relation != Receiver.SELF and not name.strip():
        raise Invalid("receiver-name", _("Name who took it."), field="receiver_name")
    if len(name) > LONGEST_NAME:
        raise Invalid("receiver-name", _("At most 100 characters."), field="receiver_name")
    refuse_number(name, field="receiver_name")


# --- the table of rules about people --------------------------------------------------------------

#: Service -> from which age somebody who never married may have it, and what it is called if not.
_AGES = {
    Service.RECORDING: (RECORDING_AGE, SetAside.TOO_YOUNG),
    Service.CARD_PRINT: (CARD_AGE, SetAside.CARD_TOO_EARLY),
    Service.CARD_HANDOVER: (CARD_AGE, SetAside.CARD_TOO_EARLY),
}
#: Only for who was recorded. A reprint, or a print without its reason, may be of a card from before
#: this ledger: that there was one tells of a recording.
_RECORDED = (Service.IKD_ACTIVATION, Service.CARD_HANDOVER)


def unfit(
    service: str,
    outcome: str,
    reason: str,
    *,
    day: date,
    born: date,
    marital_status: str,
    recorded: bool,
    days_early: int = 0,
) -> SetAside | None:
    """Which rule stands against this service for this person on this day; None when none does.
    `days_early`: before the 17th birthday, by the office's rule for printing.

    Whoever asks before the act is refused by it (`refusal_of`); what has happened is set aside by
    the same table, which the ledger's function `unfit_by_rule` repeats.
    """
    if service != Service.RECORDING and outcome != Outcome.DONE:
        return None
    if service in _AGES and marital_status == MaritalStatus.SINGLE:
        age, code = _AGES[Service(service)]
        first = anniversary(born, age)
        if service == Service.CARD_PRINT:
            first = printable_from(born, days_early)
        if day < first:
            return code
    first_card = service == Service.CARD_PRINT and reason == PrintReason.FIRST
    if (first_card or service in _RECORDED) and not recorded:
        return SetAside.NOT_RECORDED
    return None


def called_again() -> Conflict:
    """The ledger itself knows (`ledger_write`): no row of the table says it."""
    return Conflict(
        "called-again",
        _(
            "This person was called again after that day: a recording of before counts no more. Take"
            " the record back; the new recording counts."
        ),
        field="resident",
    )


def already_handed_over() -> Conflict:
    """The ledger itself knows (`ledger_write`): no row of the table says it."""
    return Conflict(
        "already-handed-over",
        _(
            "This card was handed over already. If that was entered wrongly, take that record back first;"
            " a new card is printed first."
        ),
        field="resident",
    )


def paper_needed() -> Invalid:
    """As the ledger itself says it (`ledger_write`)."""
    return Invalid(
        "paper-needed",
        _("A suket or biodata sheet is logged by issuing its paper, with its number."),
        field="service",
    )


def refusal_of(
    code: SetAside, service: str, *, born: date | None = None, days_early: int = 0
) -> DomainError:
    """A rule of the table in words, for whoever asks before the act.

    Of the person, and not of the time: who is too young today was too young yesterday.
    """
    if code == SetAside.TOO_YOUNG:
        text = _("Recording is possible from 16, or when married or ever married.")
        return Invalid("too-young", text, field="resident")
    if code == SetAside.CARD_TOO_EARLY:
        text = _("The card is printed and handed over from 17 on, or when married.")
        if born is not None:
            day = date_format(anniversary(born, CARD_AGE), "j F Y")
            text = _(
                "The card is printed and handed over from the 17th birthday on (%(day)s), or when"
                " married."
            )
            text %= {"day": day}
            if days_early and service == Service.CARD_PRINT:
                text = _("By the rule of this office the card is printed from %(day)s on.")
                text %= {"day": date_format(printable_from(born, days_early), "j F Y")}
        return Invalid("card-too-early", text, field="resident")
    if code == SetAside.CALLED_AGAIN:
        return called_again()
    if code == SetAside.PAPER_NEEDED:
        return paper_needed()
    if code == SetAside.HANDED_OVER:
        return already_handed_over()
    if service == Service.IKD_ACTIVATION:
        text = _("IKD is for recorded people only. Record this person first.")
    else:
        text = _(
            "Nothing is known of a recording of this person. Record first, or bring the day of the"
            " recording with a list of residents."
        )
    return Invalid("not-recorded-yet", text, field="resident")
