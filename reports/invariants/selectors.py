"""Every rule of the design that SQL can check, as one list. Each query returns what breaks it.

Run as the role `owner`, which row-level security does not limit. The rule `ledger-seen` reports it
when rows are invisible although the chain heads count some.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction

from dukcapil.core.db import rows
from reports.invariants.chains import CHAINS, heads, rewritten
from reports.invariants.desk import DESK
from reports.invariants.figures import FIGURES
from reports.invariants.findings import FINDINGS
from reports.invariants.missing import MISSING
from reports.invariants.papers import PAPERS
from reports.invariants.people import PEOPLE
from reports.invariants.rule import Invariant
from reports.invariants.seals import SEALS
from reports.invariants.statuses import STATUSES
from reports.invariants.stock import STOCK
from reports.invariants.versions import VERSIONS
from reports.invariants.walls import WALLS

__all__ = [
    "INVARIANTS",
    "LISTS",
    "Broken",
    "Invariant",
    "broken",
    "heads",
    "offenders_of",
    "rewritten",
]

LISTS = (
    CHAINS,
    SEALS,
    FIGURES,
    PEOPLE,
    FINDINGS,
    PAPERS,
    STATUSES,
    MISSING,
    DESK,
    STOCK,
    VERSIONS,
    WALLS,
)
INVARIANTS = [rule for rules in LISTS for rule in rules]

#: How many offenders of one rule are named; the others are only counted.
SHOWN = 5


@dataclass(frozen=True)
class Broken:
    invariant: Invariant
    count: int
    examples: list[str]


#: These queries compare whole tables: hashing in memory is faster than sorting on disk, and JIT does
#: not pay for a query that runs once. With ten million rows it takes a third of the time.
_WHOLE_TABLES = (
    "SET LOCAL work_mem = '256MB'; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off"
)


def offenders_of(invariant: Invariant) -> list[str]:
    """Ids and codes of what breaks a rule."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_WHOLE_TABLES)
        return [str(row[0]) for row in rows(invariant.sql)]


def broken() -> list[Broken]:
    """The invariants that do not hold, with a few offenders each. Offenders are ids and codes."""
    rules = []
    for invariant in INVARIANTS:
        offenders = offenders_of(invariant)
        if offenders:
            rules.append(Broken(invariant, len(offenders), offenders[:SHOWN]))
    return rules
