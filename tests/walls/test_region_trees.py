"""Both walls over random regions, against an oracle that shares no code with them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dukcapil.accounts.models import AccessLog
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.db import rows
from tests.engines import LONG

#: Few numbers, so that neighbours, prefixes and equal tails meet often.
_PARTS = [("13", "31", "1", "18"), ("01", "75", "7", "06"), ("01", "02"), ("1001", "1002", "2001")]


def codes(shortest: int = 1) -> Any:
    """Codes of any depth, some of which look like the beginning of others."""
    return st.integers(shortest, 4).flatmap(
        lambda depth: st.tuples(*[st.sampled_from(part) for part in _PARTS[:depth]]).map(".".join)
    )


#: Real codes have two digits a level; only they are posted to.
WIDE = codes().filter(
    lambda code: all(
        len(part) == width for part, width in zip(code.split("."), (2, 2, 2, 4), strict=False)
    )
)
ACTORS = st.one_of(
    st.builds(Actor, st.just(1), st.just(1), st.just("national_viewer"), st.just("00")),
    st.builds(
        Actor,
        st.just(1),
        st.just(1),
        st.just("province_officer"),
        WIDE.filter(lambda c: len(c) < 6),
    ),
    st.builds(
        Actor,
        st.just(1),
        st.just(1),
        st.just("village_verifier"),
        WIDE.filter(lambda c: len(c) > 6),
    ),
)


def inside(code: str, actor: Actor) -> bool:
    """The oracle: a region lies in another when its parts begin with the other's parts."""
    if actor.region == "00":
        return True
    mine = actor.region.split(".")
    return code.split(".")[: len(mine)] == mine


@pytest.mark.usefixtures("made")  # a transaction to write the rows of all examples into
@settings(
    max_examples=150 if LONG else 60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(actor=ACTORS, offices=st.lists(codes(), min_size=1, max_size=12, unique=True))
def test_both_walls_agree_with_the_oracle(actor: Actor, offices: list[str]) -> None:
    with scoped("*"), connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM accounts_accesslog")
        before = cursor.fetchone()[0]
        cursor.execute(
            'INSERT INTO accounts_accesslog (at, action, office, kind, subject, reason, "case")'
            " SELECT now(), 'view', unnest(%s), 'uji', '', '', ''",
            [offices],
        )
        mine = AccessLog.objects.filter(pk__gt=before)
        first = set(mine.visible_to(actor).values_list("office", flat=True))  # type: ignore[attr-defined]
    with scoped(actor.scope):
        second = {
            office
            for (office,) in rows("SELECT office FROM accounts_accesslog WHERE id > %s", [before])
        }
    wanted = {office for office in offices if inside(office, actor)}
    assert first == wanted
    assert second == wanted
    assert {office for office in offices if actor.covers(office)} == wanted


def test_the_oracle_knows_a_wrong_wall() -> None:
    """The control: "begins with" as text, which the walls must not be."""
    actor = Actor(1, 1, "province_officer", "13.7")
    assert "13.75".startswith(actor.region)
    assert not inside("13.75", actor)
