"""Where there is no plan, or one without a journey, the page says what is missing, and leads to where it is mended."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from reports.planner.enums import RULES
from reports.planner.models.plans import Plan
from reports.planner.services.rules import set_rules
from tests.registrations.test_missing import closed
from tests.reports.test_planner_inputs import asked, equip
from tests.reports.test_planner_pages import instance_of, make_plan, page_of, words
from tests.world import BUKITTINGGI, World, make_resident, today

Browser = Callable[[str], Client]
Row = dict[str, Any]
INPUTS = f"/rencana/masukan/{BUKITTINGGI}/"


def failed(made: World, **columns: Any) -> Plan:
    """As the queue leaves one that it gave up."""
    raw = instance_of(days=2, sites=2)
    with scoped(EVERYBODY):
        plan = Plan.objects.create(
            office_id=BUKITTINGGI,
            from_day=raw["workdays"][0],
            until_day=raw["workdays"][-1],
            instance=raw,
            instance_hash="1" * 64,
            cut=timezone.now(),
            asked_by_id=made["head"].actor.posting_id,
            given=columns.pop("given", False),
        )
        Plan.objects.filter(pk=plan.pk).update(
            state="failed", finished_at=timezone.now(), **columns
        )
        return Plan.objects.get(pk=plan.pk)


@pytest.mark.parametrize(
    ("columns", "said", "door"),
    [
        ({}, "Pembuatan rencana beberapa kali terputus", None),
        ({"refused": {"code": "MEMORY"}}, "Mintalah untuk hari yang lebih sedikit.", None),
        ({"refused": {"code": "MEMORY"}, "given": True}, "Mintalah untuk beberapa dinas", None),
        ({"refused": {"code": "CLASH", "where": "pins S1 2026-12-01"}}, "S1, Selasa", "hari/"),
        ({"refused": {"code": "TRAVEL", "where": "travel"}}, "Jarak tempuh", "jalan/"),
    ],
)  # fmt: skip
def test_a_plan_that_failed_says_why_and_what_to_do(
    made: World, browser: Browser, columns: Row, said: str, door: str | None
) -> None:
    plan = failed(made, **columns)
    soup = page_of(browser("head"), plan)
    assert said in words(soup)
    assert "tidak dapat dibaca" not in words(soup)
    ways = [link["href"] for link in soup.select(".panel a.btn")]
    assert ways == ([INPUTS + door] if door else [])
    # Who may not mend it is not sent there.
    assert not page_of(browser("operator"), plan).select(".panel a.btn")
    assert not page_of(browser("province_officer"), plan).select(".panel a.btn")


def test_who_asks_without_a_team_is_led_to_the_teams(made: World, browser: Browser) -> None:
    closed()
    body = {"office": BUKITTINGGI, "from_day": str(today() + timedelta(days=1))}
    body |= {"until_day": str(today() + timedelta(days=3)), "once": str(uuid7())}
    answer = browser("head").post("/rencana/", body)
    assert answer.status_code == 422
    soup = BeautifulSoup(answer.content, "html.parser")
    # The office is no field that could be looked at.
    assert soup.select_one(".alert-danger li").get_text(strip=True) == (
        "Dinas belum punya tim: tambahkan dahulu."
    )
    assert [link["href"] for link in soup.select("form.panel a.btn")] == ["/sumber/"]
    answer = browser("province_officer").post("/rencana/", body | {"once": str(uuid7())})
    assert "Dinas belum punya tim" in answer.content.decode()
    assert 'href="/sumber/"' not in answer.content.decode()


def poor() -> Row:
    raw = instance_of(days=3, sites=3)
    raw["offices"][0]["budget"] = 0
    return raw


def shut() -> Row:
    raw = instance_of(days=3, sites=3)
    for site in raw["sites"]:
        site["only"] = []
    return raw


def idle() -> Row:
    raw = instance_of(days=3, sites=3)
    for team in raw["teams"]:
        team["off"] = raw["workdays"]
    return raw


def far() -> Row:
    raw = instance_of(days=3, sites=3)
    raw["day"]["max_km"] = 0
    for site in raw["sites"]:
        site["only"] = None
    for block in raw["travel"]:
        size = range(len(block["nodes"]))
        block["km"] = [[5 * (a != b) for b in size] for a in size]
    return raw


def nobody() -> Row:
    raw = instance_of(days=3, sites=3)
    for site in raw["sites"]:
        site["gap"] = dict.fromkeys(site["gap"], 0)
    return raw


@pytest.mark.parametrize(
    ("raw", "said", "door"),
    [
        (poor, "anggaran yang tersisa Rp 0, sedangkan kunjungan termurah", INPUTS + "aturan/"),
        (shut, "semua lokasi tutup pada hari-hari ini", INPUTS + "hari/"),
        (idle, "tidak ada tim atau alat perekaman yang tersedia", "/sumber/"),
        (far, "semua lokasi tidak terjangkau dalam sehari", INPUTS + "aturan/"),
        (nobody, "tidak ada warga yang diperkirakan datang", None),
    ],
)
def test_a_plan_without_a_journey_says_what_is_missing(
    made: World, browser: Browser, raw: Callable[[], Row], said: str, door: str | None
) -> None:
    soup = page_of(browser("head"), make_plan(made, raw()))
    [alert] = [one for one in soup.select(".alert-warning") if "Tidak ada perjalanan" in one.text]
    assert said in " ".join(alert.get_text(" ").split())
    assert [link["href"] for link in alert.select("a")] == ([door] if door else [])
    assert "lebih berguna di lokasi lain" not in words(soup)
    assert "perjalanan terlemah" not in words(soup)


def test_a_plan_with_journeys_says_nothing_of_it(made: World, browser: Browser) -> None:
    assert "Tidak ada perjalanan" not in words(page_of(browser("head"), make_plan(made)))


def test_money_without_a_limit_is_not_said_to_be_a_sum(made: World, browser: Browser) -> None:
    equip(made)
    make_resident(made)
    closed()
    raw = asked(made).instance
    plan = make_plan(made, raw)
    most = f"{raw['offices'][0]['budget']:,}".replace(",", ".")
    text = words(page_of(browser("head"), plan))
    assert "anggaran tidak dibatasi" in text
    assert most not in text
    compared = browser("head").get(f"/rencana/{plan.pk}/banding/{plan.pk}/").content.decode()
    assert "anggaran tidak dibatasi" in compared
    assert most not in compared
    less = copy.deepcopy(raw)
    less["offices"][0]["budget"] -= 1
    text = words(page_of(browser("head"), make_plan(made, less)))
    assert "anggaran tidak dibatasi" not in text
    assert "dari Rp" in text


@pytest.mark.parametrize("typed", [0, 900_000_000])
def test_a_sum_that_was_given_is_said_however_large(
    made: World, browser: Browser, typed: int
) -> None:
    """Also the sum that all teams could spend at most (0 here), to the rupiah."""
    equip(made)
    make_resident(made)
    closed()
    most = asked(made).instance["offices"][0]["budget"]
    given = typed or most
    _budget(made, given)
    found = asked(made)
    assert found.instance["offices"][0]["budget"] == given >= most
    plan = make_plan(made, found.instance)
    # What the office types later says nothing of a plan that is made.
    _budget(made, None)
    said = f"{given:,}".replace(",", ".")
    text = words(page_of(browser("head"), plan))
    assert f"dari Rp {said}" in text
    assert "anggaran tidak dibatasi" not in text
    compared = browser("head").get(f"/rencana/{plan.pk}/banding/{plan.pk}/").content.decode()
    assert said in compared
    assert "anggaran tidak dibatasi" not in compared


def _budget(made: World, budget: int | None) -> None:
    head = made["head"].actor
    with scoped(head.scope):
        set_rules(
            by=head,
            region=Region.objects.get(pk=BUKITTINGGI),
            valid_from=today(),
            source="DPA",
            **(RULES | {"budget": budget}),
        )
