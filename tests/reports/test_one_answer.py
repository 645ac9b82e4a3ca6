"""One region, one day, one answer: whichever list, page, file or program asks."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.templatetags.ui import day_in_words
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import ancestor, level_of
from events.elections.models import Election
from reports.bases.models import BasisDecision, PopulationBasis, PopulationFigure, Target
from reports.bases.selectors.answering import answering
from reports.coverage.selectors.change import explained
from reports.coverage.selectors.coverage import answer
from reports.coverage.selectors.question import Question
from reports.daily.services.build import build_stale
from reports.demo.published import (
    ELECTIONS,
    ESTIMATED_ON,
    LAMPUNG_DINAMIS,
    LAMPUNG_DP4,
    derived_figures,
    load_denpasar,
    load_lampung,
)
from reports.files.renderers.package import package
from reports.publication.services import webhooks
from reports.publication.services.freezing import freeze_release
from reports.publication.services.publications import (
    FAMILIES,
    approve_release,
    propose_release,
)
from reports.releases.models import ReleaseAnswer
from tests.engines import LONG
from tests.reports import formats
from tests.standing import built_once
from tests.world import (
    Caller,
    World,
    at,
    make_basis,
    make_caller,
    make_resident,
    make_target,
    record,
    today,
)

NOVEMBER = date(2024, 11, 15)
THREE = (date(2024, 6, 30), NOVEMBER, today())
VOTERS = "DPT Bukittinggi"
#: Special places of a level that a run opens through every door.
MOST = 9 if LONG else 1


def _villages(office: str) -> list[str]:
    return sorted(Region.objects.within(office).level("village").values_list("code", flat=True))


def make(
    name: str,
    kind: str,
    wajib: date,
    recorded: date | None = None,
    root: str = "",
    **figures: tuple[int, int],
) -> None:
    """A basis as the machine's operator imports it, without the reading of a file."""
    root = root or min(figures, key=len)
    with transaction.atomic():
        _make(name, kind, wajib, recorded or wajib, root, figures)


def _make(
    name: str,
    kind: str,
    wajib: date,
    recorded: date,
    root: str,
    figures: dict[str, tuple[int, int]],
) -> None:
    basis = PopulationBasis.objects.create(
        name=name,
        kind=kind,
        region_id=root,
        level=level_of(root),
        wajib_as_of=wajib,
        recorded_as_of=recorded,
    )
    PopulationFigure.objects.bulk_create(
        PopulationFigure(
            basis=basis,
            region_id=code,
            wajib=people,
            recorded=done,
            unrecorded=people - done,
        )
        for code, (people, done) in figures.items()
    )
    BasisDecision.objects.create(basis=basis, verdict="approved")


def load() -> None:
    """What was published, and beside it a voters' list and a dinamis by villages."""
    for name, kind, day in ELECTIONS:
        Election.objects.create(region_id="00", kind=kind, held_on=day, name=name)
    for year in (2024, today().year):
        make_target(year=year)
    load_lampung()
    load_denpasar()
    make("Estimasi", "derived", ESTIMATED_ON, **derived_figures())
    day = today()
    for office, kind, name in (("13.75", "dpt", VOTERS), ("13.06", "dinamis", "Agam dinamis")):
        villages = dict.fromkeys(_villages(office), (900, 780))
        make(name, kind, day - timedelta(days=30), root=office, **villages)
    before = day - timedelta(days=200)
    make("Bukittinggi DKB", "dkb", before, day - timedelta(days=60), **{"13.75": (100000, 98420)})


def recorded(made: World) -> None:
    """Yesterday in two offices; in one also before the day of its own basis, after that of the whole's."""
    for office, days in (("13.75", 1), ("13.06", 1), ("13.75", 70)):
        day = today() - timedelta(days=days)
        record(made, make_resident(made, office), occurred_at=at(9, 0, day))


@built_once
def country(kept: World) -> None:
    load()
    recorded(kept)


def rows_of(caller: Caller, region: str, level: str, day: date, more: str = "") -> dict[str, Any]:
    found = caller.get(f"coverage/?region={region}&level={level}&date={day}{more}")
    assert found.status == 200, found.json
    whole = found.json["whole"]["row"]
    return {row["region"]: row for row in found.json["results"]} | {whole["region"]: whole}


def asked(caller: Caller, region: Region, level: str, day: date) -> dict[str, Any]:
    """Without HTTP: of every list there are forty."""
    found = answer(Question.of(by=caller.actor, region=region, level=level, day=day))
    return {row["region"]: row for row in (*found.rows, found.whole)}


def _provinces(every: Iterable[str]) -> list[str]:
    """Those that have a basis of their own or of a part of them, and on each day some of the others."""
    bases = PopulationBasis.objects.exclude(region_id="00").values_list("region_id", flat=True)
    own = {code[:2] for code in bases}
    assert own
    others = sorted(set(every) - own)
    return sorted(own) + (others if LONG else random.sample(others, 3))


def test_all_regencies_say_the_same_in_every_list_on_three_days(country: World) -> None:
    viewer = country["nation_viewer"]
    regions = {one.pk: one for one in Region.objects.filter(level__in=["nation", "province"])}
    for day in THREE:
        nation = asked(viewer, regions["00"], "regency", day)
        assert len(nation) == 515
        provinces = asked(viewer, regions["00"], "province", day)
        assert provinces["00"] == nation["00"]
        for code in _provinces(provinces.keys() - {"00"}):
            own = asked(viewer, regions[code], "regency", day)
            assert own.pop(code) == provinces[code]
            assert own == {one: nation[one] for one in own}
    lines = viewer.get(f"coverage/?region=00&level=regency&date={NOVEMBER}&format=csv").content
    file = {row["region"]: row for row in csv.DictReader(io.StringIO(lines.decode()))}
    for code, row in asked(viewer, regions["00"], "regency", NOVEMBER).items():
        if code != "00":
            recorded = "" if row["recorded"] is None else str(row["recorded"])
            assert (file[code]["basis"], file[code]["recorded"]) == (row["basis"] or "", recorded)


def _some(seed: random.Random) -> Iterator[tuple[str, date]]:
    first = date(2024, 6, 1)
    for level in Level.values:
        codes = list(Region.objects.level(level).values_list("code", flat=True))
        places = ("13", "13.75", "13.06", "18", "18.12", "51.71", _villages("13.06")[3])
        special = [code for code in places if level_of(code) == level]
        # Of a level one that has a basis of its own or of a part of it, and one of all.
        for code in [*seed.sample(special, min(len(special), MOST)), *seed.sample(codes, 1)]:
            span = (today() - first).days
            yield code, first + timedelta(days=seed.randint(0, span))


@pytest.mark.contexts
def test_random_regions_on_random_days_through_every_door(country: World) -> None:
    number = random.randrange(10**6)
    viewer = country["nation_viewer"]
    client = Client()
    client.force_login(viewer.user)
    for code, day in _some(random.Random(number)):
        level = level_of(code)
        own = rows_of(viewer, code, level, day)[code]
        where = (number, code, day)
        above = [ancestor(code, other) for other in Level if level.is_below(other)][-2:]
        selected = asked(viewer, Region.objects.get(pk=code), level, day)[code]
        assert (selected["recorded"], selected["basis"]) == (own["recorded"], own["basis"]), where
        for region in above:
            listed = asked(viewer, Region.objects.get(pk=region), level, day)
            assert listed[code] == selected, where
        [last] = viewer.get(f"coverage/{code}/series/?from={day}&to={day}").json["results"]
        assert {name: own[name] for name in last if name in own} == {
            name: value for name, value in last.items() if name in own
        }, where
        values = viewer.get(f"dataValueSets/?orgUnit={code}&period={day:%Y%m%d}").json["dataValues"]
        told = {one["dataElement"].lower(): one for one in values}
        for name in ("wajib_ktp", "recorded", "recorded_percent", "gap_to_target", "ikd_activated"):
            value = None if own[name] is None else str(own[name])
            assert (told[name]["value"] if name in told else None) == value, where
        assert {one["comment"] for one in values} <= {own["basis"] or ""}, where
        query = f"coverage/?region={code}&level={level}&date={day}&format=text"
        text = viewer.get(query).content.decode()
        assert (f"Data dasar: {own['basis']}" in text) == bool(own["basis"]), where
        if level in (Level.NATION, Level.PROVINCE, Level.REGENCY):
            said = formats.from_message(text, code).get((code, "recorded"))
            assert said == own["recorded"], where
        page = client.get(f"/cakupan/{code}/", {"date": str(day)})
        assert page.context["total"]["recorded"] == own["recorded"], where
        assert page.context["total"]["basis"] == own["basis"], where
        if above and level != Level.VILLAGE:
            listed_page = client.get(f"/cakupan/{above[-1]}/", {"date": str(day), "level": level})
            rows = {row["region"]: row for row in listed_page.context["rows"]}
            if rows:  # none of them has an answer: the page shows the region alone
                assert (rows[code]["basis"], rows[code]["recorded_percent"]) == (
                    own["basis"],
                    own["recorded_percent"],
                ), where
            else:
                assert own["basis"] is None, where


@pytest.mark.contexts
def test_a_voters_list_answers_by_its_name_alone(country: World) -> None:
    viewer, day = country["nation_viewer"], today()
    office = country["operator"]
    client = Client()
    client.force_login(office.user)
    home = client.get("/hari-ini/").context["total"]
    shown = {
        "own": rows_of(office, "13.75", "regency", day)["13.75"],
        "with villages": rows_of(office, "13.75", "village", day)["13.75"],
        "with districts": rows_of(office, "13.75", "district", day)["13.75"],
        "province": rows_of(viewer, "13", "regency", day)["13.75"],
        "nation": rows_of(viewer, "00", "regency", day)["13.75"],
        "home": home,
    }
    numbers = {
        name: (row["basis"], row["recorded"], row["recorded_percent"])
        for name, row in shown.items()
    }
    assert set(numbers.values()) == {("Bukittinggi DKB", 98421, "98.42")}, numbers
    forced = rows_of(office, "13.75", "village", day, f"&basis={VOTERS}")
    assert {row["basis"] for row in forced.values()} == {VOTERS}
    assert forced["13.75"]["basis_kind"] == "dpt"
    page = client.get("/cakupan/13.75/", {"date": str(day), "basis": VOTERS})
    assert "pemilih" in page.content.decode()
    query = f"coverage/?region=13.75&level=regency&date={day}&basis={VOTERS}&format=text"
    assert "pemilih" in office.get(query).content.decode()


def test_lampung_in_the_nations_list_and_in_its_own(country: World) -> None:
    viewer = country["nation_viewer"]
    nation = rows_of(viewer, "00", "province", NOVEMBER)
    assert (nation["18"]["recorded_percent"], nation["18"]["basis"]) == ("98.68", LAMPUNG_DINAMIS)
    assert (nation["13"]["recorded_percent"], nation["13"]["basis_kind"]) == ("97.19", "derived")
    assert nation["18"] == rows_of(viewer, "18", "regency", NOVEMBER)["18"]
    row = nation["18"]
    # ceil(99.4 % of 6,616,086) - 6,528,688, over 18-22, 25 and 26 November and, as an opened day, none
    assert (row["gap_to_target"], row["needed_per_day"]) == (47702, 6815)
    # Before any basis everything is unknown, and an estimate answers from its own day on.
    before = rows_of(viewer, "18", "province", date(2024, 6, 29))["18"]
    names = ("basis", "wajib_ktp", "recorded", "recorded_percent", "needed_until", "election")
    assert [before[name] for name in names] == [None] * 6
    assert rows_of(viewer, "18", "province", date(2024, 6, 30))["18"]["basis_kind"] == "derived"
    forced = rows_of(viewer, "00", "province", NOVEMBER, f"&basis={nation['13']['basis']}")
    assert forced["18"]["recorded_percent"] == "97.19"
    later = viewer.get(f"coverage/?region=18&date=2024-11-14&basis={LAMPUNG_DINAMIS}")
    assert (later.status, later.json["type"]) == (422, "/problems/basis-later")


def test_lampungs_distances_over_working_and_over_calendar_days(country: World) -> None:
    viewer, election = country["nation_viewer"], Election.objects.get(held_on=date(2024, 11, 27))
    calendar = (election.held_on - NOVEMBER).days

    def lacks() -> tuple[int, int, int]:
        """People, people a working or opened day, and people a day of the calendar, as the press counts."""
        row = rows_of(viewer, "18", "province", NOVEMBER)["18"]
        assert row["election"] == election.pk
        gap = row["gap_to_target"]
        return gap, row["needed_per_day"], -(-gap // calendar)

    assert lacks() == (47_702, 6_815, 3_976)
    make_target(region_id="18", year=2024, percent="99.00")
    assert lacks() == (21_238, 3_034, 1_770)


def test_a_surplus_and_a_rise_come_out(country: World) -> None:
    make("Kaltara", "dinamis", date(2024, 9, 30), **{"65": (533928, 530898)})
    viewer = country["nation_viewer"]
    row = rows_of(viewer, "65", "province", date(2024, 9, 30))["65"]
    assert (row["unrecorded"], row["recorded_percent"]) == (3030, "99.43")
    assert (row["gap_to_target"], row["needed_per_day"]) == (-173, 0)
    west, june = Region.objects.get(pk="18.12"), date(2024, 6, 30)
    actor = viewer.actor
    ends = [
        answer(
            Question.of(by=actor, region=west, level="regency", day=day, basis=basis or None)
        ).whole
        for day, basis in ((june, LAMPUNG_DP4), (NOVEMBER, ""))
    ]
    change = explained(*ends, logged=0)
    assert change["unrecorded"] == {
        "before": 4131,
        "after": 4531,
        "change": 400,
        "by_basis": 400,
    }
    assert not change["same_basis"]
    assert (change["basis_before"], change["basis"]) == (LAMPUNG_DP4, LAMPUNG_DINAMIS)


def test_ties_are_decided_by_day_then_kind_then_who_was_last(made: World) -> None:
    day, office = today() - timedelta(days=9), {"13.75": (10, 9)}

    def told() -> str | None:
        own = answering("13.75", Level.REGENCY, today()).whole.basis
        return own.name if own else None

    make("voters alone", "dpt", day - timedelta(days=99), **office)
    assert told() is None
    make("estimate", "derived", day + timedelta(days=5), **office)
    assert told() == "estimate"
    make("semester", "dkb", day - timedelta(days=90), day, **office)
    assert told() == "semester"
    for name, kind in (("first dkb", "dkb"), ("last dkb", "dkb"), ("dinamis", "dinamis")):
        make(name, kind, day, **office)
        assert told() == name
    for name, kind, wajib in (
        ("dkb after it", "dkb", day),
        ("older wajib", "dinamis", day - timedelta(days=1)),
        ("voters", "dp4", today()),
        ("tomorrow", "dkb", today() + timedelta(days=1)),
    ):
        make(name, kind, wajib, day if name == "older wajib" else None, **office)
        assert told() == "dinamis", name


def test_the_whole_and_what_its_rows_leave(country: World) -> None:
    viewer = country["nation_viewer"]
    query = f"coverage/?region=18&level=regency&date=2024-06-30&basis={LAMPUNG_DP4}"
    whole = viewer.get(query).json["whole"]
    assert (whole["row"]["unrecorded"], whole["residual"]["unrecorded"]) == (119512, 6)
    assert whole["residual"]["wajib_ktp"] is None
    found = viewer.get(f"coverage/?region=18&level=regency&date={NOVEMBER}").json
    assert found["whole"]["row"]["basis"] == LAMPUNG_DINAMIS
    assert (found["whole"]["residual"]["unrecorded"], found["differences"]) == (0, [])
    alone = viewer.get(f"coverage/?region=18&level=province&date={NOVEMBER}").json["whole"]
    assert alone["row"] == found["whole"]["row"]
    assert alone["residual"]["wajib_ktp"] == 0


def test_a_series_marks_where_another_basis_takes_over(country: World) -> None:
    viewer, first = country["nation_viewer"], today() - timedelta(days=70)
    answer_ = viewer.get(f"coverage/13.75/series/?from={first}").json
    taken = today() - timedelta(days=60)
    before = rows_of(viewer, "13.75", "regency", first)["13.75"]["basis"]
    assert answer_["joins"] == [
        {"date": str(taken), "before": before, "basis": "Bukittinggi DKB"},
    ]
    assert [row["date"] for row in answer_["results"] if row["joined"]] == [str(taken)]
    for n in (0, 9, 10, 11, 69, 70):
        row = answer_["results"][n]
        day = first + timedelta(days=n)
        own = rows_of(viewer, "13.75", "regency", day)["13.75"]
        assert {k: own[k] for k in row if k in own} == {k: v for k, v in row.items() if k in own}
    page = Client()
    page.force_login(viewer.user)
    for path in ("/cakupan/13.75/", "/cakupan/13.75/tren/"):
        assert page.get(path, {"date": str(taken + timedelta(days=3))}).status_code == 200
    trend = page.get("/cakupan/13.75/tren/", {"date": str(taken + timedelta(days=3))})
    assert trend.content.decode().count("data-joined") == 1


@pytest.mark.contexts
def test_a_page_says_which_rows_differ_and_ranks_them_on_one_basis(country: World) -> None:
    client = Client()
    client.force_login(country["nation_viewer"].user)
    query = {"date": str(NOVEMBER)}
    with CaptureQueriesContext(connection) as captured:
        page = client.get("/cakupan/00/", {**query, "level": "regency"})
    asked = [one["sql"] for one in captured if "reports_" in one["sql"] or "regions_" in one["sql"]]
    assert len(page.context["rows"]) == 514
    assert len(asked) <= 16, asked
    body = client.get("/cakupan/00/", query).content.decode()
    assert 'data-elsewhere="1"' in body  # Lampung
    assert body.count("data-basis") == 1
    common = client.get("/cakupan/00/", query).context["ranked_on"]
    assert common.kind == "derived"
    assert f"order=percent&amp;basis={common.pk}" in body
    one = client.get("/cakupan/00/", {**query, "basis": common.pk, "order": "percent"})
    assert {row["basis"] for row in one.context["rows"]} == {common.name}
    assert "data-one-basis" in one.content.decode()


# --- what a release keeps ------------------------------------------------------------------------


@override_settings(WEBHOOK_HOSTS=["127.0.0.1"])
def test_a_release_shows_what_it_kept_to_staff_and_public(
    country: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = today() - timedelta(days=1)
    use_role("worker")
    build_stale()
    use_role("web")
    first = freeze_release(name="satu")
    assert first.answers.count() == 1 + 38 + 514
    assert {row.change == {} for row in first.answers.all()} == {True}
    viewer, officer = country["nation_viewer"], country["api_client"]
    nation = Region.objects.get(pk="00")
    live = asked(viewer, nation, "regency", today())
    shown = answer(Question.of(by=viewer.actor, region=nation, level="regency", release="satu"))
    moving = ("status", "revision")
    for row in (*shown.rows, shown.whole):
        own = live[row["region"]]
        assert {k: v for k, v in row.items() if k not in moving} == {
            k: v for k, v in own.items() if k not in moving
        }
    by, second = country["administrator"].actor, make_caller("kedua", "administrator", "00", day)
    with scoped(by.scope):
        release = propose_release(by=by, name="keluar", day=day, embargo_until=timezone.now())
    with scoped(officer.actor.scope):
        hook, _secret = webhooks.add_webhook(by=officer.actor, url="https://127.0.0.1/")
    with scoped(second.actor.scope):
        approve_release(by=second.actor, release=release)
    link = json.loads(webhooks.body_of(release, hook.posting.region_id))["data"]["coverage"]

    def told(caller: Caller, path: str) -> dict[str, Any]:
        """Every column but what says when and how often it was counted, and what is left out."""
        rows = caller.get(path.removeprefix("/api/v1/")).json["results"]
        return {
            row["region"]: {k: row[k] for k in row if k not in hidden[row["region"]]}
            for row in rows
        }

    public = country["public_client"].get(link.removeprefix("/api/v1/")).json["results"]
    hidden = {
        row["region"]: {"as_of", "revision", "suppressed", "needed_until", "election"}
        | {name for family in row["suppressed"] for name in FAMILIES[family]}
        for row in public
    }
    assert sum("recorded" not in names for names in hidden.values()) > 10
    callers = {"public": country["public_client"], "staff": viewer, "hook": officer}
    before = {name: told(caller, link) for name, caller in callers.items()}
    assert before["public"] == before["staff"] == before["hook"]
    held = before["staff"]["13.75"]
    assert (held["date"], held["basis"], held["wajib_ktp"]) == (str(day), "Bukittinggi DKB", 100000)
    # What comes later changes nothing of it: neither a basis nor a record.
    make("Baru", "dkb", day, **{"13.75": (101000, 99000)})
    record(country, make_resident(country), occurred_at=at(9, 0, day))
    assert {name: told(caller, link) for name, caller in callers.items()} == before
    assert rows_of(viewer, "13", "regency", day)["13.75"]["basis"] == "Baru"
    with monkeypatch.context() as other:
        # A release that came out is not computed by later code.
        selector = sys.modules["reports.coverage.selectors.coverage"]
        other.setattr(selector, "percent", lambda *_numbers: "12.34")
        frozen = answer(
            Question.of(by=viewer.actor, region=nation, level="regency", release="satu")
        )
        assert [row["recorded_percent"] for row in frozen.rows] == [
            row["recorded_percent"] for row in shown.rows
        ]
        lying = answer(Question.of(by=viewer.actor, region=nation, level="regency"))
        assert {row["recorded_percent"] for row in lying.rows} == {"12.34"}
    freeze_release(name="dua")
    kept_changes = {
        row.region_id: row.change for row in ReleaseAnswer.objects.filter(release__name="dua")
    }
    change = kept_changes["13.75"]
    assert (change["basis_before"], change["basis"]) == ("Bukittinggi DKB", "Baru")
    assert (change["wajib_ktp"]["change"], change["same_basis"], change["logged"]) == (
        1000,
        False,
        0,
    )
    same = kept_changes["13.06"]
    assert same["same_basis"]
    assert same["recorded"]["change"] == same["recorded"]["by_basis"] == 0
    client = Client()
    client.force_login(viewer.user)
    path = "/cakupan/13.75/mengapa/"
    for name, shows in (("satu", False), ("dua", True)):
        page = client.get(path, {"release": name, "date": str(today())})
        assert ("data-change" in page.content.decode()) == shows
    assert f"Dari {day_in_words(today())}" in page.content.decode()


def test_the_moment_of_a_row_is_the_same_text_in_every_form(kept: World) -> None:
    """As docs/api.md says: UTC where something was counted, else the end of its basis' day by the place's clock."""
    make_basis()
    rows = [
        {"region_code": "91", "wajib_ktp": "900", "recorded": "800"},
        {"region_code": "91.71", "wajib_ktp": "900", "recorded": "800"},
    ]
    make_basis(name="Uji Papua", region="91", rows=rows)
    record(kept, make_resident(kept))
    day = today() - timedelta(days=365)
    nation = kept["nation_viewer"]
    wanted = {"13.06": f"{day}T23:59:59+07:00", "91.71": f"{day}T23:59:59+09:00"}
    for region in ("13", "91"):
        query = f"coverage/?region={region}&level=regency"
        told = {row["region"]: row["as_of"] for row in nation.get(query).json["results"]}
        if region == "13":
            wanted["13.75"] = told["13.75"]
            assert re.fullmatch(
                rf"{timezone.now():%Y}-\d\d-\d\dT[\d:]{{8}}\.\d{{6}}Z", told["13.75"]
            )
        known = {code for code in wanted if code.startswith(region)}
        assert {code: told[code] for code in known} == {code: wanted[code] for code in known}
        for form, column in (
            ("csv", "as_of"),
            ("satu-data", "keadaan_data"),
            ("sdmx-csv", "AS_OF"),
        ):
            text = nation.get(f"{query}&format={form}").content.decode()
            found = {
                (row.get("region") or row.get("kode_kabupaten_kota") or row["REF_AREA"]): row[
                    column
                ]
                for row in csv.DictReader(io.StringIO(text))
            }
            for code in known:
                sdmx = "ID" + code.replace(".", "")
                assert found.get(code, found.get(sdmx)) == wanted[code], (form, code)
    for code in ("13.75", "13.06"):
        values = nation.get(f"dataValueSets/?orgUnit={code}&period={today():%Y%m%d}").json
        assert {one["lastUpdated"] for one in values["dataValues"]} == {wanted[code]}
    question = Question(
        region=Region.objects.get(pk="13.75"), day=today(), level=Level.REGENCY, view="domicile"
    )
    with zipfile.ZipFile(io.BytesIO(package(question, answer(question)))) as packed:
        assert json.loads(packed.read("datapackage.json"))["created"] == wanted["13.75"]


@pytest.mark.parametrize("percent", ["100,01", "101", "99999", "-1", "0"])
def test_a_target_above_a_hundred_is_refused_in_words(made: World, percent: str) -> None:
    client = Client()
    client.force_login(made["province_officer"].user)
    before = Target.objects.count()
    values = {
        "indicator": "recording",
        "region": "13",
        "year": "2026",
        "percent": percent,
        "source": "Surat 1",
    }
    page = client.post("/target/", values)
    body = page.content.decode()
    assert page.status_code == 422
    assert "100" in body
    assert f'value="{percent}"' in body
    assert "Surat 1" in body
    assert Target.objects.count() == before
