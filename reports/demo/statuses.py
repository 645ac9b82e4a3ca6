"""Statuses of the demonstration: the first office brought a list of SIAK, the second one keeps none."""

from __future__ import annotations

from datetime import timedelta

from dukcapil.accounts.scoping import scoped
from dukcapil.core.crypto import decrypt
from dukcapil.core.db import EVERYBODY
from events.planning.enums import Service
from registrations.booking.services.drafts import Source
from registrations.cards.enums import StatusCode
from registrations.cards.services.importing import bring_statuses, take_statuses
from registrations.people.models import Resident
from reports.demo.accounts import actor
from reports.demo.life import OFFICES

#: Code, and how many days ago.
_SAID = (
    (StatusCode.PRINT_READY_RECORD, 2),
    (StatusCode.SENT_FOR_ENROLLMENT, 45),
    (StatusCode.PRINT_READY_RECORD, 0),
    (StatusCode.DUPLICATE_RECORD, 20),
    (StatusCode.SENT_FOR_ENROLLMENT, 6),
    (StatusCode.ADJUDICATE_RECORD, 9),
    (StatusCode.CARD_PRINTED, 40),
    (StatusCode.ENROLL_FAILURE_AT_CENTRAL, 3),
    (StatusCode.PROCESSING, 1),
)


def make_statuses() -> None:
    """Of people who are recorded: nobody is kept from a visit by it."""
    by = actor(OFFICES[0][0])
    with scoped(EVERYBODY):
        recorded = Resident.objects.filter(
            office=by.office, records__service=Service.RECORDING, records__weight=1
        ).select_related("identity")
        people = recorded.exclude(records__row_kind="void").order_by("pk").distinct()
        lines = ["NIK;Status;Tanggal status"]
        for person, (code, days) in zip(people[: len(_SAID)], _SAID, strict=False):
            nik = decrypt(bytes(person.identity.nik_cipher), context=str(person.pk))
            lines.append(f"{nik};{code.value};{by.today - timedelta(days=days):%d-%m-%Y}")
        source = Source("\n".join(lines).encode())
        shown = bring_statuses(by=by, source=source, said_by="SIAK (contoh)", as_of=by.today)
        take_statuses(by=by, brought_id=shown.brought.pk)
