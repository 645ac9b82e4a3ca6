"""Modules that send what the short road answers (docs/adr/0078): their tests run with it and without it.

`DUKCAPIL_SHORT_ROAD=no make test` runs everything without it. Modules whose subject the road could change mark
themselves (`usefixtures("both_roads")`) and stand not here.
"""

from __future__ import annotations

from pathlib import Path

from tests.engines import LONG

#: In every run: whom the walls keep out, and what a wrong request is told.
ALWAYS = frozenset({"walls/test_lookups"})
#: With LONG=yes.
ALSO = frozenset(
    {
        *("accounts/test_login", "accounts/test_walls"),
        *("core/test_api", "core/test_api_answers", "core/test_bad_input", "core/test_floor"),
        *(
            f"registrations/test_{name}"
            for name in (
                *("called_again", "corrections", "day_contract", "handover", "ikd_carried_on"),
                *(
                    "ikd_goes_along",
                    "papers",
                    "papers_doors",
                    "stages",
                    "stamps",
                    "statuses",
                    "tangsel",
                ),
            )
        ),
        *("reports/test_days", "reports/test_election_desk"),
        *("walls/test_access", "walls/test_matrix", "walls/test_two_people"),
    }
)


def is_run_both_ways(path: Path) -> bool:
    name = f"{path.parent.name}/{path.stem}"
    return name in ALWAYS or (LONG and name in ALSO)
