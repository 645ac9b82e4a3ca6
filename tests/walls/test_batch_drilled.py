"""Queues of laptops sent twice while servers are killed; the long one is a drill."""

from __future__ import annotations

import pytest

from tests import engines
from tests.drills import batch
from tests.drills.races import crowd
from tests.world import World


@pytest.mark.timeout(180)
@pytest.mark.xdist_group("serve")
def test_queues_of_laptops_come_home_once_whatever_is_killed(kept: World) -> None:
    people = crowd(kept, 100)
    figures, met = batch.sent_home(kept, people, count=300, devices=4, every=0.5, most=40)
    assert met, figures
    # The control: of a ledger that lost a row all three say so.
    engines.as_superuser(*batch.LOSE_ONE)
    found = batch.faults([{"id": "lost", "service": "recording", "resident": "nobody"}], [])
    assert all(found[name] for name in ("unanswered", "gaps", "rules"))
