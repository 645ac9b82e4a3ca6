"""One number for each lock, and one door to them."""

from __future__ import annotations

import ast
import re

import pytest
from django.db import connection, transaction

from dukcapil.core.db import rows
from dukcapil.core.locks import Lock, hold
from tests.core.test_house import ROOT, sources

_HELD = "SELECT classid, mode FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"


def test_each_lock_has_a_number_of_its_own() -> None:
    path = ROOT / "dukcapil" / "core" / "locks.py"
    written = [
        node.value.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, int)
    ]
    assert len(written) == len(set(written)) == len(Lock)


def test_only_the_door_and_triggers_lock() -> None:
    allowed = {"dukcapil/core/locks.py"}
    stray = {
        path.relative_to(ROOT).as_posix()
        for path in sources()
        if path.name != "triggers.py" and "pg_advisory" in path.read_text()
    }
    assert stray == allowed


@pytest.mark.django_db
def test_triggers_share_the_locks_of_what_they_guard() -> None:
    found = rows(
        "SELECT proname, prosrc FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND prosrc LIKE '%pg_advisory%'"
        " ORDER BY proname"
    )
    numbers = [(name, re.findall(r"pg_advisory\w+\((\w+)", text)) for name, text in found]
    assert numbers == [
        # Of two editions at the same moment the second one counts the first.
        ("edition_limits", [str(Lock.EDITIONS.value)]),
        # Of an event and an opening at the same moment the second one finds the first.
        ("event_of_openings", [str(Lock.OPENINGS.value)]),
        # Of a finding and a recording at another office the second one finds the first.
        ("finding_contradicted", [str(Lock.FOUND_OUT.value)]),
        ("ledger_write", [str(Lock.LEDGER.value)]),
        ("opening_names_event", [str(Lock.OPENINGS.value)]),
    ]


@pytest.mark.django_db
def test_a_lock_is_held_alone_or_shared() -> None:
    with transaction.atomic():
        hold(Lock.PUBLICATIONS)
        hold(Lock.QUEUE_NUMBERS, "one")
        hold(Lock.LEDGER, "13.75", shared=True)
        assert sorted(rows(_HELD)) == [
            (Lock.LEDGER, "ShareLock"),
            (Lock.QUEUE_NUMBERS, "ExclusiveLock"),
            (Lock.PUBLICATIONS, "ExclusiveLock"),
        ]


@pytest.mark.django_db(transaction=True)
def test_a_lock_outside_a_transaction_is_refused() -> None:
    assert not connection.in_atomic_block
    with pytest.raises(RuntimeError):
        hold(Lock.PUBLICATIONS)
