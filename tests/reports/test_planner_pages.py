"""The pages of plans: a map and a calendar, visits moved and judged at once, two plans beside each other."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone, translation
from django.utils.formats import date_format

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.resources.models import Team
from reports.planner.core.baselines import descending
from reports.planner.core.judge import judge
from reports.planner.core.plans import cost, worth
from reports.planner.core.reading import read
from reports.planner.core.times import written as rows_of
from reports.planner.enums import BoundScope, LeftOutReason
from reports.planner.errors import Unkept
from reports.planner.models.inputs import PlanPin
from reports.planner.models.plans import Plan, PlanAdoption, PlanLeftOut, PlanStop
from reports.planner.renderers.calendar import Names, names_of, taken
from reports.planner.renderers.drawing import HIGH, WIDTH, drawing
from reports.planner.renderers.words import bound_words, elsewhere, left_words, unkept_words
from reports.planner.selectors import shown
from reports.planner.selectors.shown import get_plan_or_404, plans_seen_by, written
from reports.planner.selectors.standing import replaced_by, version_to_adopt
from reports.planner.selectors.variants import OneMoreKind
from reports.planner.services.saving import save_duties
from reports.planner.services.solving import reason_of
from reports.planner.services.variants import with_one_more
from reports.planner.validators.comparing import differences, percent_better
from reports.planner.validators.moving import Move, counted, dropped, moved
from reports.planner.validators.practice import places_left_out, practice
from tests.engines import LONG, MANY
from tests.pages.conftest import Asked, little
from tests.plans import checked, example
from tests.world import BUKITTINGGI, World, make_event, today

Browser = Callable[[str], Client]
Row = dict[str, Any]
MOST = 8


def instance_of(days: int = 10, sites: int = 8, **changes: Any) -> Row:
    """Two teams and three sets in Bukittinggi, from tomorrow on; the first team is off on the third day."""
    with scoped(EVERYBODY):
        office = Region.objects.get(pk=BUKITTINGGI)
        teams = [
            str(Team.objects.get_or_create(office=office, name=name)[0].pk)
            for name in ("Tim Satu", "Tim Dua")
        ]
    codes = Region.objects.within(BUKITTINGGI).level("village").order_by("code")[:sites]
    places = [
        {
            "id": village.code,
            "kind": "village",
            "name": village.name,
            "district": village.code[:8],
            "office": BUKITTINGGI,
            "lat": -0.30 + 0.01 * (n % 4),
            "lon": 100.36 + 0.01 * (n // 4),
            "gap": {"umum": 40 + 7 * n, "pemula": n},
            "turnout": [400, 200],
            "minutes": 8,
            "setup": 40,
            "open": [480, 960],
            # The last one is never open.
            "weekdays": [1, 2, 3, 4, 5, 6, 7],
            "off": [],
            "only": [] if n == sites - 1 else None,
            "lodging": False,
        }
        for n, village in enumerate(codes)
    ]
    size = len(places) + 1
    ways = [[0 if a == b else 25 + 2 * abs(a - b) for b in range(size)] for a in range(size)]
    dates = [str(today() + timedelta(days=n + 1)) for n in range(days)]
    return {
        "format": "jemput-bola-instance/1",
        "id": f"{BUKITTINGGI}-uji",
        "workdays": dates,
        "election": str(today() + timedelta(days=days + 5)),
        "day": {
            "start": 420,
            "end": 1110,
            "minutes": 480,
            "min_stop": 45,
            "max_stops": 3,
            "max_km": 240,
            "max_nights": 0,
            "rest_days": 3,
        },
        "weights": {"umum": 1000, "pemula": 2000},
        "costs": {"km": 2500, "day": 150_000, "night": 300_000},
        "offices": [{"id": BUKITTINGGI, "lat": -0.30, "lon": 100.37, "budget": 9_000_000}],
        "teams": [
            _team(teams[0], "Tim Satu", staff=3, off=dates[2:3]),
            _team(teams[1], "Tim Dua", staff=2, off=[]),
        ],
        "kits": [{"id": f"K{n}", "office": BUKITTINGGI, "off": []} for n in (1, 2, 3)],
        "sites": places,
        "travel": [
            {
                "office": BUKITTINGGI,
                "nodes": [BUKITTINGGI, *(place["id"] for place in places)],
                "minutes": ways,
                "km": copy.deepcopy(ways),
                "fare": None,
            }
        ],
        "floors": [],
        "pins": [],
        "announced": [],
    } | changes


def _team(key: str, name: str, **changes: Any) -> Row:
    return {"id": key, "name": name, "office": BUKITTINGGI, "max_kits": 2} | changes


def make_plan(made: World, raw: Row | None = None, **changes: Any) -> Plan:
    """A plan that is ready: days filled with neighbours, as an office plans by hand."""
    raw = raw or instance_of()
    instance = read(raw)
    [office] = instance.offices
    duties = descending(office, filled=True)
    rows, found = rows_of(instance, office, duties), worth(office, duties)
    dates = instance.dates
    costs = {
        (office.teams[one.team].id, dates[one.date]): cost(
            office, one.route, office.teams[one.team].staff
        )
        for one in duties
    }
    with scoped(EVERYBODY):
        plan = Plan.objects.create(
            office_id=BUKITTINGGI,
            from_day=raw["workdays"][0],
            until_day=raw["workdays"][-1],
            instance=raw,
            instance_hash=changes.pop("instance_hash", uuid.uuid4().hex * 2),
            cut=timezone.now(),
            asked_by_id=made["head"].actor.posting_id,
            **{"state": "solving"} | changes,
        )
        save_duties(plan, rows, costs)
        plan.objective, plan.expected = found.points, sum(found.expected.values())
        plan.cost, plan.bound, plan.bound_scope = found.spent, found.points * 11 // 10, "all"
        plan.versions = {"practice": practice(instance)}
        if plan.state == "solving":
            plan.state = "done"
        plan.save()
        left = places_left_out(instance, written(plan).plan)
        PlanLeftOut.objects.bulk_create(
            PlanLeftOut(
                plan=plan,
                office_id=BUKITTINGGI,
                site=one.site,
                reason=reason_of(one.reason),
                numbers=one.numbers,
            )
            for one in left
        )
        return Plan.objects.get(pk=plan.pk)


def now(plan: Plan) -> Row:
    with scoped(EVERYBODY):
        return written(Plan.objects.get(pk=plan.pk)).plan


def version(plan: Plan) -> str:
    with scoped(EVERYBODY):
        return written(Plan.objects.get(pk=plan.pk)).version


def first_visit(plan: Plan) -> tuple[str, str, str]:
    duty = now(plan)["duties"][0]
    return duty["stops"][0]["site"], duty["date"], duty["team"]


def sent(plan: Plan, do: str, **fields: Any) -> dict[str, Any]:
    site, day, _team = first_visit(plan)
    body = {"do": do, "site": site, "day": day, "version": version(plan), "once": str(uuid7())}
    return body | fields


def page_of(client: Client, plan: Plan, query: str = "") -> BeautifulSoup:
    answer = client.get(f"/rencana/{plan.pk}/{query}")
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


def words(soup: BeautifulSoup) -> str:
    return " ".join(soup.main.get_text(" ").split())


# --- what is shown --------------------------------------------------------------------------------


def test_the_page_says_what_the_plan_brings_and_why_places_stay_out(
    made: World, browser: Browser
) -> None:
    plan = make_plan(made)
    soup = page_of(browser("operator"), plan)
    text = words(soup)
    assert f"{plan.expected}" in text
    assert f"Rp {plan.cost:,}".replace(",", ".") in text
    assert (
        soup.select_one("[data-bound]").get_text() == "Paling banyak 10 % lebih baik masih mungkin."
    )
    sums = practice(read(plan.instance))
    for name in ("descending", "filled"):
        assert str(sums[name][1]) in soup.select_one(f"[data-baseline={name}]").get_text()
    # The plan is that of days filled with neighbours.
    assert "poin rencana ini 0 %" in soup.select_one("[data-baseline=filled]").get_text()
    # Each place is a point, each duty a way, each visit a line of the calendar.
    duties = now(plan)["duties"]
    assert len(soup.select(".place")) == len(plan.instance["sites"]) + 1
    assert len(soup.select("path.way")) == len(duties)
    assert len(soup.select("li.visit")) == sum(len(duty["stops"]) for duty in duties)
    assert {cell["data-date"] for cell in soup.select("td[data-team]")} == set(
        plan.instance["workdays"]
    )
    [off] = soup.select("td[data-team].off")
    assert off["data-date"] == plan.instance["workdays"][2]
    never = plan.instance["sites"][-1]["name"]
    [row] = [row for row in soup.select("tr") if row.th and row.th.get_text(strip=True) == never]
    assert "tidak buka pada satu pun hari rencana" in row.get_text()


def test_a_plan_of_one_day_and_of_many_costs_the_same_and_little(
    made: World, browser: Browser
) -> None:
    client = browser("head")
    days, sites = (30, 20) if LONG else (9, 10)
    few = make_plan(made, instance_of(days=1, sites=2), instance_hash="1" * 64)
    many = make_plan(made, instance_of(days, sites), instance_hash="2" * 64)
    counts = []
    for plan in (few, many):
        path = f"/rencana/{plan.pk}/"
        client.get(path)
        asked = Asked(client, path)
        assert asked.answer.status_code == 200
        counts.append((asked.count, asked.sql))
    assert counts[0][0] == counts[1][0], "\n".join(counts[1][1])
    assert counts[1][0] <= MOST, "\n".join(counts[1][1])
    paths = [f"/rencana/{few.pk}/banding/{many.pk}/", f"/rencana/{many.pk}/banding/{many.pk}/"]
    for path in paths:
        little(client, path, MOST)


def test_the_list_of_plans_costs_the_same_with_one_and_many(made: World, browser: Browser) -> None:
    client = browser("head")
    raw = instance_of(days=1, sites=2)
    make_plan(made, raw)
    client.get("/rencana/")
    one = Asked(client, "/rencana/")
    for _more in range(MANY - 1):
        make_plan(made, raw)
    many = Asked(client, "/rencana/")
    assert many.answer.content.count(b"/rencana/0") == MANY
    assert one.count == many.count <= MOST, "\n".join(many.sql)


@pytest.mark.parametrize(
    ("better", "scope", "proven", "said"),
    [
        (7, "all", False, "Paling banyak 7 % lebih baik masih mungkin."),
        (
            7,
            "looked_at",
            False,
            "Paling banyak 7 % lebih baik masih mungkin, di antara perjalanan yang ditinjau.",
        ),
        (0, "all", False, "Tidak ada rencana yang lebih baik."),
        (3, "all", True, "Tidak ada rencana yang lebih baik."),
        (None, "", False, "Seberapa jauh rencana bisa lebih baik belum dihitung."),
    ],
)
def test_the_bound_is_said_in_words(
    better: int | None, scope: str, proven: bool, said: str
) -> None:
    with translation.override("id"):
        assert bound_words(better, scope, proven=proven) == said


def test_percent_is_rounded_up() -> None:
    assert percent_better(1000, 1001) == 1
    assert percent_better(1000, 1000) == 0
    assert percent_better(1000, None) is percent_better(0, 5) is None


def test_who_sees_plans_and_who_may_change_them(made: World, browser: Browser) -> None:
    plan = make_plan(made)
    path = f"/rencana/{plan.pk}/"
    assert not page_of(browser("operator"), plan).select("[draggable], form#drag")
    assert page_of(browser("head"), plan).select("[draggable]")
    # The province looks, and asks for others.
    province = page_of(browser("province_officer"), plan)
    assert not province.select("[draggable]")
    assert province.select("button[name=what]")
    for who in ("neighbour", "other_province_officer"):
        assert browser(who).get(path).status_code == 404
    assert browser("nation_viewer").get(path).status_code == 403
    body = sent(plan, "leave")
    assert browser("operator").post(path, body).status_code == 403
    assert browser("province_officer").post(path, body).status_code == 404
    assert browser("neighbour_head").post(path, body).status_code == 404
    assert version(plan) == body["version"]


# --- a visit is moved ------------------------------------------------------------------------------


def free_day(plan: Plan, site: str, team: str) -> str:
    """One on which the team may take the visit, as the judge says."""
    instance, current = read(plan.instance), now(plan)
    _site, day, _team = first_visit(plan)
    for to in reversed(plan.instance["workdays"]):
        try:
            moved(instance, current, Move(site, day, to, team))
        except Unkept:
            continue
        return to
    raise AssertionError


def test_a_moved_visit_stands_there_judged_and_fixed(made: World, browser: Browser) -> None:
    plan = make_plan(made)
    site, day, team = first_visit(plan)
    to = free_day(plan, site, team)
    client = browser("head")
    form = page_of(client, plan, f"?visit={site}&on={day}").select_one("#visit form")
    assert form.select_one("[name=version]")["value"] == version(plan)
    answer = client.post(f"/rencana/{plan.pk}/", sent(plan, "move", to=to, team=team))
    assert answer.status_code == 302
    after = now(plan)
    judge(read(plan.instance), after)
    checked(plan.instance, after)
    with scoped(EVERYBODY):
        [stop] = PlanStop.objects.filter(duty__plan=plan, site=site, duty__day=to)
        assert stop.pinned
        assert not PlanStop.objects.filter(duty__plan=plan, site=site, duty__day=day).exists()
        changed = Plan.objects.get(pk=plan.pk)
        assert changed.expected == after["expected"]
        assert changed.cost == sum(duty.cost for duty in changed.duties.all())
    shown = page_of(client, plan)
    [visit] = shown.select(f"td[data-date='{to}'] li[data-visit='{site}']")
    assert "tetap" in visit.get_text()


def refusals(plan: Plan) -> dict[str, tuple[dict[str, Any], str]]:
    """Name -> what is sent, and what the refusal names."""
    site, _day, team = first_visit(plan)
    name = next(one["name"] for one in plan.instance["sites"] if one["id"] == site)
    off = plan.instance["workdays"][2]
    first, second = (one["id"] for one in plan.instance["teams"])
    sunday = str(date.fromisoformat(plan.instance["workdays"][-1]) + timedelta(days=1))
    return {
        "the team is off": ({"to": off, "team": first}, "Tim Satu tidak bertugas pada"),
        "no working day": ({"to": sunday, "team": second}, "bukan hari kerja rencana ini"),
        "already there": ({"to": first_visit(plan)[1], "team": team}, name),
        "no such team": ({"to": off, "team": "0"}, "pilih"),
    }


@pytest.mark.parametrize(
    "which", ["the team is off", "no working day", "already there", "no such team"]
)
def test_a_refused_move_names_the_rule_and_changes_nothing(
    made: World, browser: Browser, which: str
) -> None:
    plan = make_plan(made)
    fields, said = refusals(plan)[which]
    before = version(plan)
    answer = browser("head").post(f"/rencana/{plan.pk}/", sent(plan, "move", **fields))
    assert answer.status_code in (409, 422)
    alert = BeautifulSoup(answer.content, "html.parser").select_one(".alert-danger[data-focus]")
    assert said.lower() in alert.get_text().lower()
    assert "Tidak ada yang diubah" in alert.get_text()
    assert version(plan) == before


def test_every_refusal_of_the_rules_has_words_and_every_move_is_checked() -> None:
    """All moves of all visits of the three examples: what goes through keeps every rule."""
    seen = set()
    for number in (1, 2, 3):
        raw = example(number)
        instance, plan = read(raw), _example_plan(raw)
        names = names_of(raw)
        for duty in plan["duties"]:
            for stop in duty["stops"]:
                for to in raw["workdays"]:
                    for team in raw["teams"]:
                        move = Move(stop["site"], duty["date"], to, team["id"])
                        code, text = outcome(raw, instance, plan, move, names)
                        seen.add(code)
                        assert code not in text, text
                        assert "%(" not in text
    assert {"done", "SAME", "CLOSED", "TWICE", "REST"} <= seen


def outcome(raw: Row, instance: Any, plan: Row, move: Move, names: Any) -> tuple[str, str]:
    """What became of a move: `done` and kept by the judge beside the project, or its code and words."""
    try:
        checked(raw, moved(instance, plan, move))
    except Unkept as fault:
        with translation.override("id"):
            return fault.code, unkept_words(fault, names)
    return "done", ""


def _example_plan(raw: Row) -> Row:
    instance = read(raw)
    [office] = instance.offices
    rows = rows_of(instance, office, descending(office, filled=True))
    plan = {"format": "jemput-bola-plan/1", "instance": raw["id"], "duties": rows, "relaxed": []}
    return counted(instance, plan | {"bound": None})


def test_pins_and_money_refuse_a_move_by_name() -> None:
    raw = example(1)
    plan = _example_plan(raw)
    duty = plan["duties"][0]
    site, day = duty["stops"][0]["site"], duty["date"]
    raw["pins"] = [{"site": site, "date": day, "team": None}]
    with pytest.raises(Unkept) as fault:
        dropped(read(raw), plan, site, day)
    assert (fault.value.code, fault.value.site, fault.value.date) == ("PIN", site, day)
    raw["pins"], raw["offices"][0]["budget"] = [], plan["cost"][raw["offices"][0]["id"]]
    codes = set()
    for stop in duty["stops"]:
        for to in raw["workdays"]:
            try:
                moved(read(raw), plan, Move(stop["site"], day, to, duty["team"]))
            except Unkept as refused:
                codes.add(refused.code)
    assert "BUDGET" in codes


def test_an_old_version_is_refused(made: World, browser: Browser) -> None:
    plan = make_plan(made)
    client, path = browser("head"), f"/rencana/{plan.pk}/"
    first = sent(plan, "fix")
    late = sent(plan, "leave")
    assert client.post(path, first).status_code == 302
    answer = client.post(path, late)
    assert answer.status_code == 409
    assert "berubah" in answer.content.decode()
    assert now(plan)["duties"][0]["stops"][0]["site"] == late["site"]


def test_a_visit_is_fixed_freed_left_out_and_forbidden(made: World, browser: Browser) -> None:
    plan = make_plan(made)
    client, path = browser("head"), f"/rencana/{plan.pk}/"
    site, day, _team = first_visit(plan)
    with scoped(EVERYBODY):
        stop = PlanStop.objects.get(duty__plan=plan, duty__day=day, site=site)
        for do, fixed in (("fix", True), ("free", False)):
            assert client.post(path, sent(plan, do)).status_code == 302
            stop.refresh_from_db()
            assert stop.pinned is fixed
        assert client.post(path, sent(plan, "forbid")).status_code == 302
        assert not PlanStop.objects.filter(duty__plan=plan, duty__day=day, site=site).exists()
        [pin] = PlanPin.objects.all()
        assert (pin.kind, str(pin.day), pin.site.key) == ("never", day, site)
    judge(read(plan.instance), now(plan))
    # Who is not visited any more is told, with the reason.
    visited = {stop["site"] for duty in now(plan)["duties"] for stop in duty["stops"]}
    with scoped(EVERYBODY):
        left = set(PlanLeftOut.objects.filter(plan=plan).values_list("site", flat=True))
    assert left == {one["id"] for one in plan.instance["sites"]} - visited


def test_a_visit_with_an_event_is_not_moved(made: World, browser: Browser) -> None:
    plan = make_plan(made)
    site, day, team = first_visit(plan)
    event = make_event(made)
    with scoped(EVERYBODY):
        PlanStop.objects.filter(duty__plan=plan, duty__day=day, site=site).update(event=event)
    to = free_day(plan, site, team)
    answer = browser("head").post(f"/rencana/{plan.pk}/", sent(plan, "move", to=to, team=team))
    assert answer.status_code == 409
    assert "kegiatan" in answer.content.decode().lower()


def test_a_kecamatan_with_too_few_visits_is_named(made: World, browser: Browser) -> None:
    code = f"{BUKITTINGGI}.01"
    raw = instance_of(floors=[{"district": code, "min_visits": 1}])
    plan = make_plan(made, raw, relaxed=[code])
    alert = page_of(browser("head"), plan).select_one(".alert-warning:not([hidden])").get_text()
    assert Region.objects.get(pk=code).name in alert
    assert code not in alert


def test_who_pushes_a_place_out_is_named_with_the_price(made: World, browser: Browser) -> None:
    code = f"{BUKITTINGGI}.01"
    raw = instance_of(floors=[{"district": code, "min_visits": 1}])
    raw["pins"] = [{"site": raw["sites"][1]["id"], "date": raw["workdays"][1], "team": None}]
    plan = make_plan(made, raw)
    client = browser("head")
    with scoped(EVERYBODY):
        numbers = dict.fromkeys(("points", "per_100000", "poorest"), 5_000) | {"cost": 1, "left": 0}
        left = PlanLeftOut.objects.filter(plan=plan)
        left.update(reason=LeftOutReason.PUSHED_OUT, numbers=numbers)
    text = words(page_of(client, plan))
    day = date_format(date.fromisoformat(raw["workdays"][1]), "l, j F Y")
    named = f"batas kunjungan terendah: {raw['sites'][1]['name']}, {day}; "
    assert named + f"{Region.objects.get(pk=code).name} (1)." in text
    assert "Nilainya dihitung di bawah" in text
    client.post(f"/rencana/{plan.pk}/", {"do": "more", "what": "free", "once": str(uuid7())})
    with scoped(EVERYBODY):
        [child] = Plan.objects.filter(parent=plan)
        assert (child.instance["pins"], child.instance["floors"]) == ([], [])
        Plan.objects.filter(pk=child.pk).update(state="solving")
        Plan.objects.filter(pk=child.pk).update(
            state="done", objective=plan.objective + 12_000, expected=plan.expected + 9, cost=1
        )
    assert "Tanpa semuanya, rencana ini bertambah 12 poin." in words(page_of(client, plan))


def test_places_with_the_same_reason_stand_together_with_who_is_elsewhere(
    made: World, browser: Browser
) -> None:
    """One team out with all sets on the first day, both teams on the second."""
    raw = instance_of(days=2, sites=8)
    for place in raw["sites"][:4]:
        place["gap"] = {"umum": 500, "pemula": 0}
    plan = make_plan(made, raw)
    rows = page_of(browser("operator"), plan).select("tr")
    said = [row.get_text(" ", strip=True) for row in rows if "tidak ada yang tersedia" in row.text]
    names = [one["name"] for one in raw["sites"]]
    assert len(said) == 1
    assert sum(name in said[0] for name in names) >= 2
    assert "Pada 2 hari semua tim di lokasi lain: Tim Dua, Tim Satu." in said[0]


@pytest.mark.parametrize(
    ("out", "sets", "said"),
    [
        (["A"], ["A", "B"], "Pada 1 hari semua alat rekam dibawa Tim A."),
        (["A", "B"], ["A", "B"], "Pada 1 hari semua tim di lokasi lain: Tim A, Tim B."),
        ([], [], "Pada 1 hari tidak ada tim atau tidak ada alat sama sekali."),
    ],
)
def test_who_is_elsewhere_is_named_day_by_day(out: list[str], sets: list[str], said: str) -> None:
    day = "2024-11-25"
    teams = [{"id": key, "office": "13.75", "off": [] if sets else [day]} for key in "AB"]
    place = {"office": "13.75", "weekdays": [1], "off": [], "only": None}
    raw = {"workdays": [day, "2024-11-26"], "teams": teams}
    plan = {"duties": [{"team": key, "date": day} for key in out]}
    with translation.override("id"):
        assert elsewhere(taken(raw, plan, place), Names({}, {"A": "Tim A", "B": "Tim B"})) == said


def test_what_an_office_does_without_a_planner_is_said_or_why_not(
    made: World, browser: Browser
) -> None:
    plan = make_plan(made)
    stopped = make_plan(made, state="stopped")
    with scoped(EVERYBODY):
        Plan.objects.update(versions={})
    client = browser("head")
    assert "Belum dihitung untuk rencana ini" in words(page_of(client, plan))
    assert "pencarian dihentikan lebih awal" in words(page_of(client, stopped))


# --- adopted, asked for, compared ------------------------------------------------------------------


def test_the_head_adopts_and_replaces(made: World, browser: Browser) -> None:
    old, new = make_plan(made), make_plan(made)
    client = browser("head")
    for plan in (old, new):
        page = client.get(f"/rencana/{plan.pk}/").content
        [field] = BeautifulSoup(page, "html.parser").select("#adopt input[name=version]")
        body = {"do": "adopt", "version": field["value"], "once": str(uuid7())}
        assert browser("operator").post(f"/rencana/{plan.pk}/", body).status_code == 403
        assert client.post(f"/rencana/{plan.pk}/", body).status_code == 302
    with scoped(EVERYBODY):
        standing = dict(Plan.objects.values_list("pk", "standing"))
        assert standing == {old.pk: "replaced", new.pk: "adopted"}
        assert PlanAdoption.objects.count() == 2
    assert not page_of(client, new).select("[draggable]")
    assert client.post(f"/rencana/{new.pk}/", sent(new, "leave")).status_code == 409


def test_a_plan_that_has_begun_is_not_offered_for_adoption(made: World, browser: Browser) -> None:
    ahead = make_plan(made)
    days = [str(today() - timedelta(days=n)) for n in (3, 2, 1)]
    over = make_plan(made, instance_of(workdays=days))
    raw = instance_of()
    raw["workdays"] = [days[-1], *raw["workdays"]]
    begun = make_plan(made, raw)
    head = browser("head")
    for plan, offered, said in (
        (ahead, True, ""),
        (begun, False, "Ada hari rencana ini yang sudah lewat atau sudah berjalan"),
        (over, False, "Hari-hari rencana ini sudah lewat"),
    ):
        soup = page_of(head, plan)
        assert bool(soup.select("[data-dialog=adopt]")) is offered
        assert said in words(soup)
        with scoped(EVERYBODY):
            seen = version_to_adopt(written(plan), replaced_by(plan))
        body = {"do": "adopt", "version": seen, "once": str(uuid7())}
        answer = head.post(f"/rencana/{plan.pk}/", body)
        assert answer.status_code == (302 if offered else 409)
    assert not page_of(browser("operator"), begun).select("[data-dialog=adopt]")


def test_a_plan_that_is_being_made_says_how_far_and_may_be_stopped(
    made: World, browser: Browser
) -> None:
    plan = make_plan(made)
    with scoped(EVERYBODY):
        waits = Plan.objects.create(
            office_id=BUKITTINGGI,
            from_day=plan.from_day,
            until_day=plan.until_day,
            instance=plan.instance,
            instance_hash="0" * 64,
            cut=timezone.now(),
            asked_by_id=plan.asked_by_id,
            progress=40,
        )
    client, path = browser("head"), f"/rencana/{waits.pk}/"
    soup = page_of(client, waits)
    assert soup.select_one("progress")["value"] == "40"
    assert soup.select_one("#live")["hx-get"] == path
    htmx = {"HX-Request": "true", "HX-Target": "live"}
    assert client.get(path, headers=htmx).status_code == 200
    assert client.post(path, {"do": "stop", "once": str(uuid7())}).status_code == 302
    assert "dihentikan" in words(page_of(client, waits)).lower()
    done = client.get(f"/rencana/{plan.pk}/", headers=htmx)
    assert (done.status_code, done["HX-Refresh"]) == (204, "true")


def test_two_plans_are_compared_place_by_place(made: World, browser: Browser) -> None:
    plan, other = make_plan(made), make_plan(made)
    site, day, _team = first_visit(other)
    client = browser("head")
    client.post(f"/rencana/{other.pk}/", sent(other, "leave"))
    rows = differences(now(plan), now(other))
    assert [row.site for row in rows] == [site]
    text = words(
        BeautifulSoup(client.get(f"/rencana/{plan.pk}/banding/{other.pk}/").content, "html.parser")
    )
    name = next(one["name"] for one in plan.instance["sites"] if one["id"] == site)
    assert name in text
    assert day
    beside = page_of(client, plan).select(".pick a")
    assert [link["href"] for link in beside] == [f"/rencana/{plan.pk}/banding/{other.pk}/"]
    assert browser("neighbour").get(f"/rencana/{plan.pk}/banding/{other.pk}/").status_code == 404


def test_one_more_is_planned_with_the_plan_as_parent(made: World, browser: Browser) -> None:
    plan = make_plan(made)
    client, path = browser("head"), f"/rencana/{plan.pk}/"
    for what in OneMoreKind.values:
        body = {"do": "more", "what": what, "once": str(uuid7())}
        assert client.post(path, body).status_code == 302
    with scoped(EVERYBODY):
        children = {one.instance["id"]: one for one in Plan.objects.filter(parent=plan)}
        assert set(children) == {f"{plan.instance['id']}+{what}" for what in OneMoreKind.values}
        team = children[f"{plan.instance['id']}+team"]
        assert len(team.instance["teams"]) == 3
        assert team.given
        Plan.objects.filter(pk=team.pk).update(state="solving")
        Plan.objects.filter(pk=team.pk).update(
            state="done", objective=plan.objective + 9_000, expected=plan.expected + 8, cost=1
        )
    rows = page_of(client, plan).select("#one-more tr")
    assert ["+8 perekaman" in row.get_text() for row in rows] == [True, False, False]
    # Two percent of the plan's points are what a search may miss: 9 points more say little.
    noise = -(-plan.objective * 2 // 100_000)
    assert f"pencarian bisa meleset {noise} poin" in " ".join(rows[0].get_text().split())
    # A program reads what the page shows.
    more = made["head"].get(f"plans/{plan.pk}/").json["one_more"]
    found = {"what": "team", "plan": str(team.pk), "people": 8, "points": 9, "noise": noise}
    assert more[0] == found
    assert [(one["what"], one["points"]) for one in more[1:]] == [("kit", None), ("money", None)]
    # It is no plan of the list.
    with scoped(EVERYBODY):
        assert list(plans_seen_by(made["head"].actor)) == [plan]


def test_what_one_more_brings_is_said_beside_many_newer_plans(
    made: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest of each kind, however many were made of the office's days, or of one kind, since then."""
    monkeypatch.setattr(shown, "_MOST_BESIDE", 3)
    plan = make_plan(made)
    client, path = browser("head"), f"/rencana/{plan.pk}/"
    for what in ("money", "team", "team", "team"):
        client.post(path, {"do": "more", "what": what, "once": str(uuid7())})
    newer = [make_plan(made) for _turn in range(3)]
    with scoped(EVERYBODY):
        children = Plan.objects.filter(parent=plan).order_by("created_at", "pk")
        asked = {one.instance["id"].rpartition("+")[2]: str(one.pk) for one in children}
        assert len(children) == 4
    more = made["head"].get(f"plans/{plan.pk}/").json["one_more"]
    assert {one["what"]: one["plan"] for one in more} == {"kit": None, **asked}
    # What room is left is for the newest beside it.
    beside = page_of(client, plan).select(".pick a")
    assert [link["href"] for link in beside] == [f"/rencana/{plan.pk}/banding/{newer[-1].pk}/"]


def test_nothing_more_is_nought_and_says_no_noise(made: World, browser: Browser) -> None:
    """Where no plan at all can be better, a difference is the search's alone."""
    plan = make_plan(made)
    client = browser("head")
    body = {"do": "more", "what": "money", "once": str(uuid7())}
    client.post(f"/rencana/{plan.pk}/", body)
    with scoped(EVERYBODY):
        found = {"objective": plan.objective + 9_000, "expected": plan.expected + 8, "cost": 1}
        for changes in (
            {"state": "solving"},
            {"state": "done", "bound": plan.bound, "bound_scope": "all"} | found,
        ):
            Plan.objects.filter(parent=plan).update(**changes)
    [row] = [
        one for one in page_of(client, plan).select("#one-more tr") if "juta" in one.get_text()
    ]
    assert "0 perekaman, 0 poin" in " ".join(row.get_text().split())
    assert "meleset" not in row.get_text()


def test_one_more_changes_that_alone() -> None:
    raw = example(2)
    day, site = raw["workdays"][0], raw["sites"][0]
    raw["pins"] = [{"site": site["id"], "date": day, "team": None}]
    raw["floors"] = [{"district": site["district"], "min_visits": 1}]
    parts = {"team": {"teams"}, "kit": {"kits"}, "money": {"offices"}, "free": {"pins", "floors"}}
    for kind in OneMoreKind:
        more = with_one_more(raw, kind)
        read(more)
        assert {name for name in raw if raw[name] != more[name]} == {"id", *parts[kind.value]}


def test_a_plan_is_asked_for_on_the_page(made: World, browser: Browser) -> None:
    body = {"office": BUKITTINGGI, "from_day": str(today() - timedelta(days=1))}
    body |= {"until_day": str(today() + timedelta(days=3)), "once": str(uuid7())}
    assert browser("head").post("/rencana/", body).status_code == 422
    assert browser("operator").post("/rencana/", body).status_code == 403
    assert "Buat rencana" in browser("province_officer").get("/rencana/").content.decode()
    assert "Buat rencana" not in browser("operator").get("/rencana/").content.decode()


# --- the map and the reasons -----------------------------------------------------------------------


def test_the_map_holds_every_place_within_its_edges() -> None:
    for number in (1, 2, 3):
        raw = example(number)
        # Villages of which nobody said more stand in the middle of their kecamatan.
        middle = raw["sites"][0]
        for place in raw["sites"][1:6]:
            place["lat"], place["lon"] = middle["lat"], middle["lon"]
        drawn = drawing(raw, _example_plan(raw))
        assert drawn.height <= HIGH
        for point in drawn.points:
            assert 0 <= point.x <= WIDTH, point
            assert 0 <= point.y <= drawn.height, point
        # No two places hide each other.
        places = [(point.x, point.y) for point in drawn.points if point.kind != "office"]
        assert len(places) == len(set(places))
        # North is up.
        lats = {one["id"]: one["lat"] for one in raw["sites"]}
        north, south = max(lats, key=lambda key: lats[key]), min(lats, key=lambda key: lats[key])
        at = {point.site: point.y for point in drawn.points}
        assert at[north] < at[south]


@pytest.mark.parametrize("reason", LeftOutReason.values)
def test_every_reason_has_words(reason: str) -> None:
    numbers = dict.fromkeys(
        [
            *("missing", "dates", "minutes", "most_minutes", "km", "most_km", "a_night_would_do"),
            *("points", "cost", "per_100000", "poorest", "left"),
        ],
        1,
    )
    with translation.override("id"):
        text = left_words(reason, numbers)
    assert text
    assert "%(" not in text


def test_a_plan_is_found_by_its_readers_alone(made: World) -> None:
    plan = make_plan(made)
    with scoped(EVERYBODY):
        assert get_plan_or_404(made["operator"].actor, plan.pk) == plan
        assert plan.bound_scope == BoundScope.ALL
