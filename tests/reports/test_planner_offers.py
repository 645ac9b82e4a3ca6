"""What stays out of a plan and would fit: put there in one step, judged by all rules."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from django.test import Client

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from reports.planner.core.baselines import descending
from reports.planner.core.judge import judge
from reports.planner.core.reading import read
from reports.planner.core.times import written as rows_of
from reports.planner.errors import Unkept
from reports.planner.models.plans import Plan, PlanLeftOut, PlanStop
from reports.planner.validators.moving import counted, placed
from reports.planner.validators.practice import places_left_out
from tests.plans import checked, example
from tests.reports.test_planner_pages import first_visit, instance_of, make_plan, now, page_of, sent
from tests.world import World

Browser = Callable[[str], Client]
Row = dict[str, Any]


def offers(client: Client, plan: Plan) -> dict[str, Tag]:
    """Site -> the form that puts it into the plan."""
    forms = page_of(client, plan).select("form:has([name=do][value=place])")
    return {str(form.select_one("[name=site]")["value"]): form for form in forms}


def body_of(form: Tag, **changes: str) -> dict[str, str]:
    fields = {str(one["name"]): str(one["value"]) for one in form.select("input[name]")}
    return fields | changes


@pytest.fixture
def lacking(made: World, browser: Browser) -> tuple[Plan, str]:
    """A plan from which the head left a place out."""
    raw = instance_of(days=4, sites=5)
    for one in raw["sites"]:
        one["turnout"] = [400]
    plan = make_plan(made, raw)
    site, _day, _team = first_visit(plan)
    assert browser("head").post(f"/rencana/{plan.pk}/", sent(plan, "leave")).status_code == 302
    return plan, site


def test_a_place_that_would_fit_is_put_there_in_one_step(
    lacking: tuple[Plan, str], browser: Browser
) -> None:
    plan, site = lacking
    with scoped(EVERYBODY):
        left = PlanLeftOut.objects.get(plan=plan, site=site)
        before = Plan.objects.get(pk=plan.pk)
    assert left.reason == "fits"
    client = browser("head")
    form = offers(client, plan)[site]
    body = body_of(form)
    said = form.button.get_text(" ", strip=True)
    team = next(one["name"] for one in plan.instance["teams"] if one["id"] == body["team"])
    assert said.startswith("Masukkan pada ")
    assert said.endswith(team)

    answer = client.post(f"/rencana/{plan.pk}/", body, follow=True)
    assert "tetap di situ bila rencana dibuat ulang" in answer.content.decode()
    judge(read(plan.instance), now(plan))
    checked(plan.instance, now(plan))
    with scoped(EVERYBODY):
        [stop] = PlanStop.objects.filter(duty__plan=plan, site=site)
        after = Plan.objects.get(pk=plan.pk)
        assert (str(stop.duty.day), stop.duty.team) == (body["to"], body["team"])
        assert stop.pinned
        assert not PlanLeftOut.objects.filter(plan=plan, site=site).exists()
    assert after.objective - before.objective == left.numbers["points"]
    assert after.cost - before.cost == left.numbers["cost"]
    assert site not in offers(client, plan)


def test_where_a_rule_does_not_let_it_stand_nothing_changes(
    lacking: tuple[Plan, str], browser: Browser
) -> None:
    plan, site = lacking
    client, path = browser("head"), f"/rencana/{plan.pk}/"
    form = offers(client, plan)[site]
    before = now(plan)
    first = next(one for one in plan.instance["teams"] if one["off"])
    beyond = str(date.fromisoformat(plan.instance["workdays"][-1]) + timedelta(days=1))
    never = plan.instance["sites"][-1]
    for changes, said in (
        ({"team": first["id"], "to": first["off"][0]}, "tidak bertugas pada"),
        ({"to": beyond}, "bukan hari kerja rencana ini"),
        ({"site": never["id"]}, f"{never['name']} tidak dapat dikunjungi"),
        ({"site": "13.75.99.9999"}, "sudah tidak ada dalam rencana"),
        ({"team": "0"}, "pilih"),
    ):
        answer = client.post(path, body_of(form, **changes))
        assert answer.status_code in (409, 422)
        soup = BeautifulSoup(answer.content, "html.parser")
        alert = soup.select_one(".alert-danger[data-focus]").get_text()
        assert said.lower() in alert.lower()
        assert "Tidak ada yang diubah" in alert
        assert now(plan) == before
    # What was seen is not what stands any more.
    assert client.post(path, sent(plan, "fix")).status_code == 302
    answer = client.post(path, body_of(form))
    assert answer.status_code == 409
    assert now(plan)["duties"] == before["duties"]


def test_who_may_not_change_a_plan_is_offered_nothing(
    lacking: tuple[Plan, str], browser: Browser
) -> None:
    plan, site = lacking
    form = body_of(offers(browser("head"), plan)[site])
    body = sent(plan, "place", site=site, to=form["to"], team=form["team"])
    before = now(plan)
    for who, status in (("province_officer", 404), ("operator", 403)):
        client = browser(who)
        assert offers(client, plan) == {}
        assert client.post(f"/rencana/{plan.pk}/", body).status_code == status
    assert now(plan) == before


def test_every_offer_is_kept_and_brings_what_it_says() -> None:
    """Of plans from which some days were taken out, with the judge beside the project."""
    seen = 0
    for number in (1, 2, 3):
        raw, dice = example(number) | {"pins": [], "floors": []}, random.Random(number)
        instance = read(raw)
        [office] = instance.offices
        rows = rows_of(instance, office, descending(office, filled=True))
        for _some in range(6):
            kept = [row for row in rows if dice.random() < 0.4]
            plan = {"format": "jemput-bola-plan/1", "instance": raw["id"], "duties": kept}
            plan = counted(instance, plan | {"bound": None, "relaxed": []})
            for one in places_left_out(instance, plan):
                if one.reason != "would_fit":
                    continue
                there = one.numbers["day"], one.numbers["team"]
                more = placed(instance, plan, one.site, *there)
                checked(raw, more)
                assert more["objective"] - plan["objective"] == one.numbers["points"]
                cost = more["cost"][office.id] - plan["cost"][office.id]
                assert cost == one.numbers["cost"]
                seen += 1
    assert seen > 10


def test_no_visit_is_put_where_a_rule_is_broken() -> None:
    """Every place on every day with every team: it is kept by the judge, or the rule is named."""
    raw = example(1)
    instance = read(raw)
    [office] = instance.offices
    rows = rows_of(instance, office, descending(office, filled=True))[::2]
    plan = {"format": "jemput-bola-plan/1", "instance": raw["id"], "duties": rows}
    plan = counted(instance, plan | {"bound": None, "relaxed": []})
    codes = set()
    for site in raw["sites"]:
        for day in raw["workdays"]:
            for team in raw["teams"]:
                try:
                    checked(raw, placed(instance, plan, site["id"], day, team["id"]))
                except Unkept as fault:
                    codes.add(fault.code)
                else:
                    codes.add("done")
    assert {"done", "TWICE"} < codes
