"""Every advisory lock of the house: who holds one lets the others wait until its transaction ends."""

from __future__ import annotations

from enum import IntEnum, unique

from django.db import connection


@unique
class Lock(IntEnum):
    """What is locked. Each meaning has its own number: else unrelated work waits for each other."""

    #: An office's ledger. Each row's trigger shares it, a batch holds it for itself. The number
    #: stands in the function `ledger_append` of the database too.
    LEDGER = 8171
    #: The queue numbers of a session: no gap, nobody shares one.
    QUEUE_NUMBERS = 8172
    #: The waiting list of a session: one at a time gives its free places.
    WAITING_LIST = 8173
    #: Publications: each looks at what the one before showed.
    PUBLICATIONS = 8174
    #: What a basis replaces: of two proposals the first approved one stands.
    REPLACED_BASIS = 8175
    #: A retried request of a posting: the copy waits for the answer.
    ANSWER = 8176


def hold(lock: Lock, key: object = None, *, shared: bool = False) -> None:
    """Wait for the lock, then hold it until this transaction ends. `key` says which session, office.

    Holders with `shared` wait only for a holder without it.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A lock is held until its transaction ends: open one first.")
    name = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {name}(%s, hashtext(%s))", [lock.value, "" if key is None else str(key)]
        )
