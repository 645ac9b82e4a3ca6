"""`/metrics`: what a monitoring reads, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from dukcapil.accounts.models import User
from dukcapil.core.road import count_long_way
from tests.world import World

SECRET = "rahasia-pemantau"


def scraped(**headers: str) -> HttpResponse:
    answer: Any = Client().get("/metrics", headers=headers)
    return answer


def samples(answer: HttpResponse) -> dict[tuple[str, ...], float]:
    return {
        (one.name, *one.labels.values()): one.value
        for family in text_string_to_metric_families(answer.content.decode())
        for one in family.samples
    }


@pytest.mark.django_db
def test_a_monitoring_reads_who_went_the_long_way_and_whether_all_is_well(settings: Any) -> None:
    settings.METRICS_TOKEN = SECRET
    for reason in ("header", "token", "header"):
        count_long_way(reason)
    answer = scraped(Authorization=f"Bearer {SECRET}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "no-store" in answer.headers["Cache-Control"]
    assert samples(answer) == {
        ("dukcapil_ready", "database"): 1,
        ("dukcapil_ready", "redis"): 1,
        ("dukcapil_ready", "migrations"): 1,
        ("dukcapil_short_road_handed_on_total", "header"): 2,
        ("dukcapil_short_road_handed_on_total", "token"): 1,
    }


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
@pytest.mark.django_db
def test_the_scheme_is_one_word_however_it_is_written(settings: Any, scheme: str) -> None:
    """RFC 9110, 11.1, and one or more spaces after it (11.4)."""
    settings.METRICS_TOKEN = SECRET
    assert scraped(Authorization=f"{scheme} {SECRET}").status_code == 200


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("", ""),
        ("", "Bearer "),
        ("", "bearer"),
        (SECRET, "Bearer"),
        (SECRET, f"Basic {SECRET}"),
        (SECRET, f"bearer {SECRET.upper()}"),
        (SECRET, ""),
        (SECRET, "Bearer x"),
        (SECRET, SECRET),
        (SECRET, "Bearer é"),
    ],
)
@pytest.mark.django_db
def test_for_everybody_else_there_is_no_such_address(
    settings: Any, secret: str, shown: str
) -> None:
    settings.METRICS_TOKEN = secret
    answer = scraped(**({"Authorization": shown} if shown else {}))
    assert answer.status_code == 404
    assert b"dukcapil_ready" not in answer.content


def test_staff_and_their_tokens_are_no_monitoring(made: World, settings: Any) -> None:
    settings.METRICS_TOKEN = SECRET
    head = made["head"]
    client = Client()
    client.force_login(User.objects.get(pk=head.actor.user_id))
    assert client.get("/metrics").status_code == 404
    assert scraped(Authorization=f"Token {head.token}").status_code == 404
