"""What SIAK says of a recording, what comes next and who does it: the tables of this subject.

The charts in docs/status.md are drawn from `STEPS` and `REFUSED`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class StatusCode(models.TextChoices):
    """In English two are called as the services are that lead there, which are no states in Indonesian."""

    UNREGISTERED = "UNREGISTERED", _("Not recorded")
    BIO_CAPTURED = "BIO_CAPTURED", _("Captured, not sent")
    PROCESSING = "PROCESSING", _("In the queue to be sent")
    SENT_FOR_ENROLLMENT = "SENT_FOR_ENROLLMENT", _("Sent to the centre")
    RECEIVED_AT_CENTRAL = "RECEIVED_AT_CENTRAL", _("Received at the centre")
    ENROLL_FAILURE_AT_REGIONAL = "ENROLL_FAILURE_AT_REGIONAL", _("Enrolment failed in the region")
    ENROLL_FAILURE_AT_CENTRAL = "ENROLL_FAILURE_AT_CENTRAL", _("Enrolment failed at the centre")
    SEARCH_FAILURE_AT_CENTRAL = "SEARCH_FAILURE_AT_CENTRAL", _("Search failed at the centre")
    ADJUDICATE_RECORD = "ADJUDICATE_RECORD", _("Under adjudication")
    REQUEST_VALIDATION = "REQUEST_VALIDATION", _("To be validated")
    DUPLICATE_RECORD = "DUPLICATE_RECORD", _("Duplicate")
    PRINT_READY_RECORD = "PRINT_READY_RECORD", _("Print-ready")
    SENT_FOR_CARD_PRINTING = "SENT_FOR_CARD_PRINTING", _("Sent to be printed")
    CARD_PRINTED = "CARD_PRINTED", pgettext_lazy("status", "Card printed")
    CARD_SHIPPED = "CARD_SHIPPED", _("Card shipped")
    CARD_ISSUED = "CARD_ISSUED", pgettext_lazy("status", "Card handed over")


class Who(models.TextChoices):
    OFFICE = "office", _("The office")
    CENTRE = "centre", _("The data centre")
    NOBODY = "nobody", _("Nobody")


@dataclass(frozen=True)
class Step:
    """What comes after a code, and who does it. `days`: longer in one code is late; None: never.

    `recorded`: somebody of whom nothing else is known was recorded; what failed so that the person has
    to come again is no recording.
    """

    code: StatusCode
    next: Any
    who: Who
    days: int | None
    recorded: bool = True


_C = StatusCode
STEPS: tuple[Step, ...] = (
    Step(_C.UNREGISTERED, _("Invite and record"), Who.OFFICE, None, recorded=False),
    Step(_C.BIO_CAPTURED, _("Send; when it stays, check the link"), Who.OFFICE, 1),
    Step(_C.PROCESSING, _("Send; when it stays, check the link"), Who.OFFICE, 1),
    Step(_C.SENT_FOR_ENROLLMENT, _("Wait; when late, send again or ask"), Who.CENTRE, 30),
    Step(_C.RECEIVED_AT_CENTRAL, _("Wait; when late, send again or ask"), Who.CENTRE, 30),
    Step(
        _C.ENROLL_FAILURE_AT_REGIONAL,
        _("Delete or set back and send again; else record anew"),
        *(Who.OFFICE, 7),
        recorded=False,
    ),
    Step(
        _C.ENROLL_FAILURE_AT_CENTRAL,
        _("Delete or set back and send again; else record anew"),
        *(Who.OFFICE, 7),
        recorded=False,
    ),
    Step(_C.SEARCH_FAILURE_AT_CENTRAL, _("Send again"), Who.OFFICE, 7),
    Step(
        _C.ADJUDICATE_RECORD,
        _("Check fingerprints, have it deleted at the centre, record anew"),
        *(Who.OFFICE, 14),
        recorded=False,
    ),
    Step(
        _C.REQUEST_VALIDATION,
        _("Check fingerprints, have it deleted at the centre, record anew"),
        *(Who.OFFICE, 14),
        recorded=False,
    ),
    Step(
        _C.DUPLICATE_RECORD,
        _("Decide which NIK lives; move or delete the other; never print"),
        *(Who.OFFICE, 14),
    ),
    Step(_C.PRINT_READY_RECORD, _("Print"), Who.OFFICE, 1),
    Step(_C.SENT_FOR_CARD_PRINTING, _("Print"), Who.OFFICE, 1),
    Step(_C.CARD_PRINTED, _("Hand over with proof"), Who.OFFICE, 30),
    Step(_C.CARD_SHIPPED, _("Hand over with proof"), Who.OFFICE, 30),
    Step(_C.CARD_ISSUED, _("Nothing"), Who.NOBODY, None),
)
STEP: dict[str, Step] = {step.code: step for step in STEPS}
#: Who has one of these was recorded, whatever else is known.
RECORDED = tuple(step.code for step in STEPS if step.recorded)

_SENDING = (_C.BIO_CAPTURED, _C.PROCESSING, _C.SENT_FOR_ENROLLMENT, _C.RECEIVED_AT_CENTRAL)
_FAILED = (
    *(_C.ENROLL_FAILURE_AT_REGIONAL, _C.ENROLL_FAILURE_AT_CENTRAL),
    _C.SEARCH_FAILURE_AT_CENTRAL,
)
_DOUBTED = (_C.ADJUDICATE_RECORD, _C.REQUEST_VALIDATION, _C.DUPLICATE_RECORD)
_CARD = (_C.SENT_FOR_CARD_PRINTING, _C.CARD_PRINTED, _C.CARD_SHIPPED, _C.CARD_ISSUED)


def _refused() -> dict[StatusCode, tuple[StatusCode, ...]]:
    """Lists are looks at single days, so steps may be left out, and most pairs may follow each other."""
    never: dict[StatusCode, tuple[StatusCode, ...]] = {_C.UNREGISTERED: ()}
    for place, code in enumerate(_SENDING):
        # What was received may be sent again.
        again = 1 if code == _C.RECEIVED_AT_CENTRAL else 0
        never[code] = (_C.UNREGISTERED, *_SENDING[: place - again])
    for code in (*_FAILED, *_DOUBTED):
        never[code] = _CARD
    before = (_C.UNREGISTERED, *_SENDING, *_FAILED)
    never[_C.PRINT_READY_RECORD] = before
    for place, code in enumerate(_CARD):
        # Print-ready may follow: the card is printed anew.
        never[code] = (*before, *_CARD[:place])
    return never


#: Code -> what never comes after it, unless the recording was called again in between.
REFUSED = _refused()
#: Codes with which a person has to come again: the recording that counts is to be called again.
COME_AGAIN = tuple(code for code in (*_FAILED, *_DOUBTED) if not STEP[code].recorded)
TO_PRINT = (_C.PRINT_READY_RECORD, _C.SENT_FOR_CARD_PRINTING)
SENT = (_C.SENT_FOR_ENROLLMENT, _C.RECEIVED_AT_CENTRAL)


class Exceptional(models.TextChoices):
    """The four lists of an exception desk."""

    FAILED = "gagal", _("Failed enrolments and searches")
    ADJUDICATE = "adjudikasi", _("Adjudication")
    WRONG = "validasi", _("Wrongly recorded, to be validated")
    DUPLICATE = "ganda", _("Duplicates")

    @property
    def codes(self) -> tuple[StatusCode, ...]:
        return _EXCEPTIONAL[self]


_EXCEPTIONAL: dict[str, tuple[StatusCode, ...]] = {
    Exceptional.FAILED: _FAILED,
    Exceptional.ADJUDICATE: (_C.ADJUDICATE_RECORD,),
    Exceptional.WRONG: (_C.REQUEST_VALIDATION,),
    Exceptional.DUPLICATE: (_C.DUPLICATE_RECORD,),
}


class ImportState(models.TextChoices):
    SHOWN = "shown", _("To be confirmed")
    TAKEN = "taken", _("Taken in")
    DROPPED = "dropped", _("Dropped")
    BACK = "back", _("Taken out again")


class Age(models.TextChoices):
    """How long a printed card waits to be fetched, in days."""

    NEW = "0", _("0 to 30 days")
    MONTH = "31", _("31 to 90 days")
    QUARTER = "91", _("91 to 180 days")
    HALF = "181", _("More than 180 days")

    @property
    def first(self) -> int:
        return int(self.value)
