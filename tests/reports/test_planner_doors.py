"""What no plan can be made of is refused by the page and by the API in the same words, with what is in the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils.formats import date_format
from django.utils.translation import override

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from reports.planner.models.plans import Plan
from reports.planner.services.inputs import close_days, fix_visit
from tests.registrations.test_missing import closed, make_election
from tests.reports.test_planner_inputs import VILLAGE, act, asked, equip
from tests.world import BUKITTINGGI, World, make_resident, today

Days = tuple[date, date]
FIRST, LAST = today() + timedelta(days=1), today() + timedelta(days=21)


def said(day: date) -> str:
    with override("id"):
        return date_format(day, "j F Y")


def without_a_team(made: World) -> tuple[Days, list[str]]:
    closed()
    return (FIRST, LAST), ["Dinas belum punya tim"]


def with_a_pin_on_a_closed_day(made: World) -> tuple[Days, list[str]]:
    equip(made)
    make_resident(made)
    closed()
    day = date.fromisoformat(asked(made).instance["workdays"][4])
    act(made, fix_visit, site=VILLAGE, day=day, why="Surat 1")
    act(made, close_days, site=VILLAGE, from_day=day, until_day=day, why="Pasar")
    name = Region.objects.get(pk=VILLAGE).name
    return (FIRST, LAST), [name, said(day), "lokasi tutup pada hari itu"]


def on_the_day_of_the_election(made: World) -> tuple[Days, list[str]]:
    equip(made)
    closed()
    make_election(made)
    held_on = today() + timedelta(days=60)
    return (held_on, held_on), [said(held_on)]


def in_the_past(made: World) -> tuple[Days, list[str]]:
    equip(made)
    closed()
    return (today() - timedelta(days=1), LAST), ["Hari-hari ini sudah lewat"]


@pytest.mark.parametrize(
    "wrong",
    [without_a_team, with_a_pin_on_a_closed_day, on_the_day_of_the_election, in_the_past],
)
def test_page_and_api_refuse_in_the_same_words(
    made: World,
    browser: Callable[[str], Client],
    wrong: Callable[[World], tuple[Days, list[str]]],
) -> None:
    (first, last), parts = wrong(made)
    answer = made["head"].post(
        "plans/", {"office": BUKITTINGGI, "from": str(first), "until": str(last)}
    )
    assert answer.status == 422
    [error] = answer.json["errors"]
    assert all(part in error["detail"] for part in parts), error
    body = {"office": BUKITTINGGI, "from_day": str(first), "until_day": str(last)}
    shown = browser("head").post("/rencana/", body | {"once": str(uuid7())})
    assert shown.status_code == 422
    text = " ".join(BeautifulSoup(shown.content, "html.parser").main.get_text(" ").split())
    assert error["detail"] in text
    with scoped(EVERYBODY):
        assert not Plan.objects.exists()
