"""Whoever is stopped is stopped at once: the last day of a posting is the one before today."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from dukcapil.accounts.models import Posting
from tests.world import World, looks, make_caller, today

PASSWORD = "kuda-laut-melompat-7"


@pytest.mark.parametrize("begins_in", [0, 5])
def test_who_is_stopped_before_the_first_day_is_over_is_out_at_once(
    made: World, browser: Callable[[str], Client], begins_in: int
) -> None:
    """The day of a posting that begins today, or later, is still to pass: nobody works on it."""
    starts = today() + timedelta(days=begins_in)
    caller = make_caller("sehari", "district_operator", "13.75", starts)
    assert caller.user
    caller.user.set_password(PASSWORD)
    caller.user.save()
    inside = Client()
    inside.force_login(caller.user)
    posting = Posting.objects.get(user=caller.user)
    stop = {"last_day": str(today() - timedelta(days=1))}
    assert browser("head").post(f"/akun/petugas/{posting.pk}/akhiri/", stop).status_code == 302
    assert inside.get("/hari-ini/").status_code == 302
    assert caller.get("ping/").status == 401
    again = Client()
    again.post("/akun/masuk/", {"login": "sehari", "password": PASSWORD})
    assert SESSION_KEY not in again.session
    assert looks(kind="access ended", subject=str(posting.pk))


def test_who_has_another_posting_goes_on_with_that_one(
    made: World, browser: Callable[[str], Client]
) -> None:
    user = made["operator"].user
    assert user
    held = Posting.objects.get(user=user)
    Posting.objects.filter(pk=held.pk).update(ends_on=today() + timedelta(days=2))
    later = Posting.objects.create(
        user=user,
        role="district_operator",
        region_id="13.75",
        starts_on=today() + timedelta(days=5),
    )
    stop = {"last_day": str(today())}
    assert browser("head").post(f"/akun/petugas/{later.pk}/akhiri/", stop).status_code == 302
    assert made["operator"].get("ping/").status == 200
