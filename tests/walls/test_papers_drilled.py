"""Numbers drawn while servers are killed, and strangers who try codes; the long ones are drills."""

from __future__ import annotations

import pytest

from tests.drills import papers
from tests.engines import LONG
from tests.world import World


@pytest.mark.timeout(120)
@pytest.mark.xdist_group("serve")
def test_clerks_draw_numbers_while_servers_are_killed(kept: World) -> None:
    papers.windows_open(kept)
    people = papers.recorded_crowd(kept, 60)
    # A server that is killed is started anew, which takes as long as all the papers.
    plugs = ("server", *["backend"] * 5)
    figures, met = papers.drawn(kept, people, clients=4, seconds=3, every=0.6, plugs=plugs)
    assert met, figures
    assert papers.numbers_control()


def test_strangers_who_try_codes_learn_nothing(made: World) -> None:
    papers.windows_open(made)
    figures, met = papers.tried(papers.codes_of(made, 3), 300 if LONG else 100)
    assert met, figures
