"""Cards from the queue to whose they are: what is printed, who takes it, once; what waits, and who is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Conflict, Invalid, NotFound, Refused
from dukcapil.core.ids import uuid7
from registrations.ledger.models import CardReceiver, ServiceRecord
from registrations.ledger.services.corrections import accept_record, void_record
from registrations.ledger.services.receivers import told_of
from registrations.people.models import Resident
from registrations.people.validators import anniversary
from tests.world import (
    World,
    at,
    entry,
    looks,
    make_event,
    make_resident,
    make_session,
    record,
    today,
)

Browser = Callable[[str], Client]
#: Who took a card, as a body says it.
TAKEN = {"receiver": "family", "receiver_name": "Siti Contoh", "proof": "kk"}


def recorded(made: World, **changes: Any) -> Resident:
    person = make_resident(made, **changes)
    record(made, person, occurred_at=timezone.now() - timedelta(days=40))
    return person


def printed(made: World, person: Resident | None = None, ago: int = 0) -> Resident:
    person = person or recorded(made)
    moment = timezone.now() - timedelta(days=ago, minutes=5)
    record(made, person, "card_print", reason="first_card", occurred_at=moment)
    return person


def handed(made: World, person: Resident, **changes: Any) -> ServiceRecord:
    return record(made, person, "card_handover", **changes)


def void(made: World, row: ServiceRecord, card: str = "") -> None:
    by = made["operator"].actor
    with scoped(by.scope):
        void_record(by=by, record=row, reason="salah catat", card=card)


# --- once -----------------------------------------------------------------------------------------


def test_a_card_is_handed_over_once_and_again_when_that_was_taken_back(made: World) -> None:
    person = printed(made)
    first = handed(made, person)
    with pytest.raises(Conflict) as refusal:
        handed(made, person)
    assert refusal.value.code == "already-handed-over"
    void(made, first)
    again = handed(made, person)
    assert again.weight == 1
    # A new card is another one.
    record(made, person, "card_print", reason="lost")
    assert handed(made, person).weight == 1
    with pytest.raises(Conflict):
        handed(made, person)
