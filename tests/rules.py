"""Rules of `verify_invariants` as tests ask them, on whatever connection is open: as one statement, which a
connection plans once.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable

from dukcapil.core.db import prepared, rows
from reports.invariants.rule import Invariant

#: Offenders that are named.
_NAMED = 5


def broken_of(rules: Iterable[Invariant]) -> list[str]:
    """Names of those that something breaks which this connection sees; what does is shown beside a failure."""
    asked = list(rules)
    sql = " UNION ALL ".join(
        f"SELECT {number} FROM ({rule.sql.strip().rstrip(';')}) AS offenders{number}"
        for number, rule in enumerate(asked)
    )
    found = {number for (number,) in prepared(f"rules_{zlib.crc32(sql.encode())}", sql, [])}
    broken = [rule for number, rule in enumerate(asked) if number in found]
    for rule in broken:
        sys.stdout.write(f"{rule.name}: {rows(rule.sql)[:_NAMED]}\n")
    return [rule.name for rule in broken]
