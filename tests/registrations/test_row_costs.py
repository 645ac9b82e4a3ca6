"""What makes a row of the ledger cheap says the same as what it took the place of."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from django.db import connection

from dukcapil.accounts.scoping import scoped
from dukcapil.core.among import Among
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.ids import uuid7
from events.planning.enums import Service
from registrations.ledger.enums import Outcome, RowKind
from registrations.ledger.models import CARD_WORDS, REASONS, ServiceRecord
from registrations.ledger.services.entries import Entry
from tests.world import World, make_resident, record

_SAID = """
SELECT id, office_id, seq, row_kind, coalesce(ref_id::text, '-'), service, outcome, reason, category, resident_id,
       domicile_id, place_id, coalesce(event_id::text, '-'), coalesce(session_id::text, '-'), device, author_id, note,
       extract(epoch FROM occurred_at)::text, timezone, extract(epoch FROM received_at)::text,
       coalesce(clock_skew::text, '-'), encode(payload_hash, 'hex'), weight
  FROM registrations_servicerecord WHERE id = %s
"""


def test_the_hash_of_a_row_is_that_of_its_words_in_their_order(made: World) -> None:
    for service in ("family_card", "recording"):
        row = record(made, make_resident(made), service, note="kartu | lama ñ", device="laptop-3")
        with scoped(EVERYBODY):
            words = "|".join(map(str, rows(_SAID, [row.pk])[0]))
        own = hashlib.sha256(bytes(row.previous_hash) + words.encode()).digest()
        assert bytes(row.hash) == own, service


def test_an_entry_is_the_same_however_it_is_made() -> None:
    said: dict[str, Any] = {
        "id": uuid7(),
        "service": "family_card",
        "outcome": "done",
        "occurred_at": datetime(2026, 11, 2, 3, tzinfo=UTC),
        "resident": uuid7(),
        "device": "laptop-3",
    }
    quick, plain = Entry.of(said), Entry(**said)
    assert quick == plain
    assert quick.__dict__ == plain.__dict__
    assert quick.payload_hash() == plain.payload_hash()


def test_a_list_of_keys_is_read_as_it_is_meant(made: World) -> None:
    held = [record(made, make_resident(made), "family_card").pk for _n in range(3)]
    with scoped(EVERYBODY):
        for keys in ([], held[:1], [*held, uuid7()]):
            found = ServiceRecord.objects.filter(Among("pk", keys)).values_list("pk", flat=True)
            assert set(found) == set(keys) & set(held)


def test_the_check_of_a_card_answers_as_the_longer_one_did(made: World) -> None:
    """Of every word, of none, of one that nobody knows, and of NULL."""
    assert made
    operations = import_module("registrations.migrations.0044_documents").Migration.operations
    checks = [getattr(one, "constraint", None) for one in operations]
    [before] = [one for one in checks if one is not None and one.name == "ledger_card_used"]
    now: Any = next(
        one for one in ServiceRecord._meta.constraints if one.name == "ledger_card_used"
    )
    with connection.schema_editor(collect_sql=True) as editor:
        longer, shorter = (one._get_check_sql(ServiceRecord, editor) for one in (before, now))
    words: dict[str, list[str]] = {
        "row_kind": RowKind.values,
        "outcome": Outcome.values,
        "service": Service.values,
        "reason": [code for code, _name in REASONS],
        "card_used": [code for code, _name in CARD_WORDS],
    }
    tables = ", ".join(f"unnest(%({name})s::text[]) {name}" for name in words)
    asked = {name: [*known, "", "odd", None] for name, known in words.items()}
    [[all_of_them, apart, refused]] = rows(
        f"SELECT count(*), count(*) FILTER (WHERE ({longer}) IS DISTINCT FROM ({shorter})),"
        f" count(*) FILTER (WHERE NOT ({shorter})) FROM {tables}",
        asked,
    )
    assert apart == 0
    assert 0 < refused < all_of_them


def test_an_insert_reads_few_words_of_checks(made: World) -> None:
    """PostgreSQL reads the text of each check anew for each INSERT: 43,138 signs of one took a quarter of a record."""
    assert made
    [[signs]] = rows(
        "SELECT sum(length(conbin::text)) FROM pg_constraint"
        " WHERE conrelid = 'registrations_servicerecord'::regclass AND contype = 'c'"
    )
    assert signs < 30_000
