"""Statuses of the demonstration: the first office brought lists of SIAK, the second one keeps none.

One list is taken in, with two rows that nobody knows; one of today waits to be confirmed. Somebody whose
recording failed at the centre was called again.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q

from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.crypto import decrypt
from dukcapil.core.db import EVERYBODY
from events.planning.enums import Service
from registrations.booking.services.drafts import Source
from registrations.cards.enums import StatusCode
from registrations.cards.models import StatusImport
from registrations.cards.services.importing import bring_statuses, take_statuses
from registrations.corrections.services.called_again import reopen_recording
from registrations.ledger.enums import Outcome, RowKind
from registrations.ledger.models import ServiceRecord
from registrations.people.enums import CalledAgain, MaritalStatus
from registrations.people.models import Resident
from registrations.people.validators import CARD_AGE, last_birth_date_reaching
from reports.demo.accounts import actor
from reports.demo.life import OFFICES

_C = StatusCode
#: Code, and how many days ago: of who came to an event of this month and has no card yet.
_WITHOUT_CARD = (
    (_C.PRINT_READY_RECORD, 2),
    (_C.SENT_FOR_ENROLLMENT, 12),
    (_C.PRINT_READY_RECORD, 0),
    (_C.RECEIVED_AT_CENTRAL, 15),
    (_C.SENT_FOR_ENROLLMENT, 6),
    (_C.ADJUDICATE_RECORD, 9),
    (_C.DUPLICATE_RECORD, 20),
    (_C.ENROLL_FAILURE_AT_CENTRAL, 3),
    (_C.PROCESSING, 1),
    (_C.ENROLL_FAILURE_AT_REGIONAL, 11),
    (_C.REQUEST_VALIDATION, 16),
    (_C.SEARCH_FAILURE_AT_CENTRAL, 8),
    (_C.PRINT_READY_RECORD, 5),
    (_C.SENT_FOR_CARD_PRINTING, 1),
    (_C.ENROLL_FAILURE_AT_CENTRAL, 10),
)
#: Of who was recorded today: the row of the day.
_TODAY = (_C.PRINT_READY_RECORD,) * 4 + (_C.SENT_FOR_ENROLLMENT,) * 2 + (_C.DUPLICATE_RECORD,)
#: Of who was recorded years ago.
_LONG_AGO = ((_C.SENT_FOR_ENROLLMENT, 45), (_C.CARD_PRINTED, 40), (_C.CARD_PRINTED, 130))
#: Numbers that no office holds.
_STRANGERS = ("9999010101900001", "9999014101900002")
#: What the list of today says, which nobody has confirmed yet.
NEXT = {
    _C.PROCESSING: _C.SENT_FOR_ENROLLMENT,
    _C.RECEIVED_AT_CENTRAL: _C.PRINT_READY_RECORD,
    _C.SEARCH_FAILURE_AT_CENTRAL: _C.PROCESSING,
}
_CALLED_AGAIN = _C.ENROLL_FAILURE_AT_CENTRAL
_Said = list[tuple[Resident, StatusCode, int]]


def make_statuses() -> None:
    by, head = (actor(name) for name in OFFICES[0])
    with scoped(EVERYBODY):
        said = _said(by)
        taken = _bring(by, said, strangers=_STRANGERS)
        take_statuses(by=by, brought_id=taken.pk)
        _bring(by, [(one, NEXT[code], 0) for one, code, _days in said if code in NEXT])
        failed = next((one for one, code, _days in said if code == _CALLED_AGAIN), None)
        if failed is not None:
            reopen_recording(
                by=head,
                resident=failed,
                reason=CalledAgain.FAILED,
                may_return_on=by.today,
                evidence="Contoh: tiket pusat data",
            )


def _said(by: Actor) -> _Said:
    days = dict(
        ServiceRecord.objects.filter(
            ~Q(later__row_kind=RowKind.VOID),
            office=by.office,
            service=Service.RECORDING,
            row_kind=RowKind.RECORD,
            outcome=Outcome.DONE,
            weight=1,
        ).values_list("resident", "service_date")
    )
    people = Resident.objects.select_related("identity").order_by("pk")
    printed = ServiceRecord.objects.filter(service=Service.CARD_PRINT).values("resident")
    adults = last_birth_date_reaching(CARD_AGE, by.today)
    may = Q(birth_date__lte=adults) | ~Q(marital_status=MaritalStatus.SINGLE)
    recorded = people.filter(pk__in=days)
    without = recorded.filter(may).exclude(pk__in=printed)
    earlier = [one for one in without if days[one.pk] < by.today]
    now = [one for one in without if days[one.pk] == by.today]
    long_ago = people.filter(may, office=by.office, known_recorded_on__lt=date(2020, 1, 1))
    said: _Said = [
        *((one, code, ago) for one, (code, ago) in zip(earlier, _WITHOUT_CARD, strict=False)),
        *((one, code, 0) for one, code in zip(now, _TODAY, strict=False)),
        *((one, code, ago) for one, (code, ago) in zip(long_ago, _LONG_AGO, strict=False)),
    ]
    held = recorded.exclude(may)[:2]
    return [*said, *((one, _C.PRINT_READY_RECORD, 0) for one in held)]


def _bring(by: Actor, said: _Said, strangers: tuple[str, ...] = ()) -> StatusImport:
    rows = [
        (decrypt(bytes(one.identity.nik_cipher), context=str(one.pk)), code, ago)
        for one, code, ago in said
    ]
    rows += [(number, _C.PRINT_READY_RECORD, 0) for number in strangers]
    lines = [
        f"{number};{code.value};{by.today - timedelta(days=ago):%d-%m-%Y}"
        for number, code, ago in rows
    ]
    source = Source("\n".join(["NIK;Status;Tanggal status", *lines]).encode())
    brought = bring_statuses(by=by, source=source, said_by="SIAK (contoh)", as_of=by.today)
    return brought.brought
