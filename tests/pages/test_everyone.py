"""Refusals, navigation and errors, in words. Who may see what: tests/walls/test_matrix.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests.world import (
    World,
    looks,
    make_resident,
)


def test_what_was_refused_is_in_the_log(made: World, browser: Callable[[str], Client]) -> None:
    theirs = make_resident(made, "13.06", name="Kenari Rahasia Agam")
    browser("operator").get(f"/penduduk/{theirs.pk}/")
    (row,) = looks(action="refused")
    assert row.subject == f"/penduduk/{theirs.pk}/"
    assert "Kenari" not in str(row.__dict__)


@pytest.mark.parametrize(
    ("who", "shown"),
    [
        ("operator", {"today", "events", "log", "residents", "coverage", "bases", "daily"}),
        (
            "head",
            {
                "today",
                "events",
                "log",
                "residents",
                "coverage",
                "bases",
                "daily",
                "set-aside",
                "oversight",
                "staff",
            },
        ),
        (
            "province_officer",
            {
                *("events", "residents", "coverage", "bases", "daily", "set-aside", "oversight"),
                "staff-proposals",
            },
        ),
        ("nation_viewer", {"events", "coverage", "bases", "daily"}),
        ("village_verifier", {"residents", "coverage", "bases"}),
        ("administrator", {"coverage", "bases", "daily", "staff"}),
    ],
)
def test_the_navigation_leads_only_where_one_may_go(
    made: World, browser: Callable[[str], Client], who: str, shown: set[str]
) -> None:
    client = browser(who)
    places = client.get("/", follow=True).context["navigation"]
    assert {place.url for place in places} == shown
    for place in places:
        assert client.get(reverse(place.url), follow=True).status_code == 200


def test_too_many_wrong_passwords_are_answered_by_our_own_page(made: World) -> None:
    assert EmailAddress.objects.count() == 0  # nobody is told by mail who tried
    cache.clear()
    client = Client()
    wrong = {"login": "operator", "password": "salah-sekali-ini"}
    answers = [client.post("/akun/masuk/", wrong) for _try in range(12)]
    assert {answer.status_code for answer in answers} <= {200, 429}
    last = answers[-1].content.decode()
    assert "terlalu banyak" in last.lower()


@pytest.mark.parametrize("path", ["/tidak-ada/", "/kegiatan/x/", "/cakupan/99/"])
def test_what_is_not_there_says_so_in_the_frame(
    made: World, browser: Callable[[str], Client], path: str
) -> None:
    answer = browser("operator").get(path)
    assert answer.status_code == 404
    assert "Tidak ditemukan" in answer.content.decode()
    assert 'class="side"' in answer.content.decode()
