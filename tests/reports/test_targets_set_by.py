"""A target counts at once and nobody decides about it: the database asks whose work it was, too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from dukcapil.accounts.models import Posting, User
from dukcapil.core.errors import from_database
from reports.bases.models import Target
from tests.world import World, make_caller, today


def written(setter: User | None, region: str = "13.75") -> Target:
    """As a session in SQL with the rights of a web process writes it, past the verb."""
    return Target.objects.create(
        indicator="ikd", region_id=region, year=2026, percent="30", source="Surat", set_by=setter
    )


def is_refused(setter: User | None, region: str = "13.75") -> bool:
    with pytest.raises(DatabaseError) as said, transaction.atomic():
        written(setter, region)
    error = from_database(said.value)
    return error is not None and error.code == "target-setter" and not Target.objects.exists()


def test_nobody_is_named_whose_work_it_is_not(made: World) -> None:
    assert is_refused(None)
    for who in ("operator", "head", "nation_viewer", "api_client", "public_client"):
        assert is_refused(made[who].user), who
    for region in ("00", "18", "18.71"):
        assert is_refused(made["province_officer"].user, region), region


@pytest.mark.parametrize(("begins", "ends"), [(1, None), (-9, -1)])
def test_a_posting_of_another_day_is_none(made: World, begins: int, ends: int | None) -> None:
    caller = make_caller("lain", "province_officer", "13", today())
    Posting.objects.filter(user=caller.user).update(
        starts_on=today() + timedelta(days=begins),
        ends_on=None if ends is None else today() + timedelta(days=ends),
    )
    assert is_refused(caller.user)


def test_an_account_that_was_stopped_is_nobody(made: World) -> None:
    User.objects.filter(pk=made["province_officer"].actor.user_id).update(is_active=False)
    assert is_refused(made["province_officer"].user)


def test_who_sets_targets_is_named_for_the_own_region(made: World) -> None:
    for who, regions in (
        ("province_officer", ("13", "13.75")),
        ("administrator", ("00", "18", "18.71")),
    ):
        for region in regions:
            assert written(made[who].user, region).set_by == made[who].user
