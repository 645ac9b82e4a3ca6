"""What the restore drill counts is there: it runs too seldom to tell by itself that a table is another one by now."""

from __future__ import annotations

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import rows
from tests.drills.restore import SUMS
from tests.world import World, make_resident


def test_every_table_of_the_drill_has_a_sum_that_follows_its_rows(made: World) -> None:
    with scoped("*"):
        before = rows(SUMS)[0][0]
        make_resident(made)
        after = rows(SUMS)[0][0]
    assert before.keys() == after.keys() >= {"residents", "ledger", "looks", "days"}
    assert before["residents"] != after["residents"]
