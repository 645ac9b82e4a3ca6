"""All advisory locks in one list. Whoever holds one makes the others wait until its transaction ends."""

from __future__ import annotations

from enum import IntEnum, unique

from django.db import connection

from dukcapil.core.prepared import Step, hot


@unique
class Lock(IntEnum):
    """What is locked. Each meaning has its own number: else unrelated work waits for each other."""

    #: An office's ledger. Each row's trigger shares it, a batch holds it for itself. The number
    #: stands in the function `ledger_write` of the database too.
    LEDGER = 8171
    #: The queue numbers of a session: no gap, and no number twice.
    QUEUE_NUMBERS = 8172
    #: The waiting list of a session: one transaction at a time gives away its free seats.
    WAITING_LIST = 8173
    #: Publications: each is compared with what the one before showed.
    PUBLICATIONS = 8174
    #: What a basis replaces: of two proposals the first approved one stands.
    REPLACED_BASIS = 8175
    #: A repeated request of a posting: it waits for the answer of the first one.
    ANSWER = 8176
    #: Full numbers shown to one person: each counts those before it.
    REVEALS = 8177
    #: Lists taken out by one person: each counts those before it.
    EXPORTS = 8178
    #: What one person has in a queue: counted, then one more.
    QUEUED = 8190
    #: The target of an indicator, region and year: the newest row counts.
    TARGET = 8179
    #: An office's day: it is confirmed or locked, not both at the same moment.
    DAY = 8185
    #: Elections and days of a calendar, and what opens on them: each is judged by what stands.
    CALENDAR = 8186
    #: An office's openings and the events at which people are booked then: of two that are written at the
    #: same moment the second one finds the first. Taken by the triggers of both, after the event's row.
    OPENINGS = 8187
    #: Editions: each is compared with those before it. The number stands in the rule of their table too.
    EDITIONS = 8196
    #: The look for alerts: one process at a time compares what is open with what it found. And the rules
    #: of one region and kind: who sets one knows the newest.
    ALERTS = 8198
    #: Somebody whose recording no ledger holds is called again, or a release is cut: it knows by the
    #: moment which of them came before it.
    KNOWN = 8207
    #: Minutes of a village: what is signed is what was shown.
    MINUTES = 8204
    #: What offices find out about one number: of a finding and a recording at another office the second one
    #: knows the first. The number stands in the function `finding_contradicted` of the database too.
    FOUND_OUT = 8206
    #: The burial register of a village: no line twice.
    BURIALS = 8208
    #: The lists of an office: one at a time makes their states.
    ROLL = 8201
    #: The rules for plans of a region, and what an office adopts: who writes knows the newest.
    PLANS = 8209


#: As `hold(..., shared=True)`, for a statement that is prepared and waits for nobody: whether it is held. The number
#: of the lock, and the key.
TRY_SHARED = "pg_try_advisory_xact_lock_shared($1, hashtext($2))"


_HOLD = hot("hold_lock", "SELECT pg_advisory_xact_lock($1::int, hashtext($2::text))", generic=False)
_SHARE = hot(
    "share_lock", "SELECT pg_advisory_xact_lock_shared($1::int, hashtext($2::text))", generic=False
)


def held(lock: Lock, key: object, *, shared: bool = False) -> Step:
    """`hold`, before what is read once it is held (`core.prepared.in_a_row`)."""
    if not connection.in_atomic_block:
        raise RuntimeError("A lock is held until its transaction ends: open one first.")
    return (_SHARE if shared else _HOLD), (lock.value, str(key))


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


def try_hold(lock: Lock, keys: list[str]) -> bool:
    """Hold all of these locks until this transaction ends, without waiting; False when somebody else
    holds one of them.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A lock is held until its transaction ends: open one first.")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_and(pg_try_advisory_xact_lock(%s, hashtext(key)))"
            " FROM (SELECT unnest(%s::text[]) AS key ORDER BY 1) keys",
            [lock.value, keys],
        )
        return bool(cursor.fetchone()[0])
