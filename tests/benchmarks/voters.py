"""Voters against people: who is joined, who is found, in which time and memory.

.venv/bin/python -m tests.benchmarks.voters 1000000
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from typing import Any

from registrations.voters.services.matching import ASK, JOINED, TWICE, People, match_all
from tests.benchmarks.voters_corpus import corpus

MANY = 1_000_000


def voters(many: int = MANY) -> Iterator[dict[str, Any]]:
    """The core alone, in one process; the corpus stands beside it in memory."""
    made = corpus(many)
    before = time.process_time()
    joined = right = offered = asked = 0
    for match in match_all(People(made.people), made.voters):
        truth = made.truth.get(match.number)
        joined += match.verdict == JOINED
        asked += match.verdict == ASK
        right += match.verdict == JOINED and match.people[0] == truth
        offered += match.verdict in (ASK, TWICE) and truth in match.people
    took = time.process_time() - before
    yield {
        "people": len(made.people),
        "voters": len(made.voters),
        "seconds of CPU": round(took, 1),
        "MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "joined": joined,
        "asked": asked,
        "precision": round(right / joined, 5),
        "recall with people": round((right + offered) / len(made.truth), 4),
    }


if __name__ == "__main__":
    for found in voters(int(sys.argv[1]) if len(sys.argv) > 1 else MANY):
        print(found)
