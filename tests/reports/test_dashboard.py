"""The coverage dashboard: classes that need no colour, ranking, trend, forecast, two days side by side."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from dukcapil.regions.enums import Level
from reports.coverage.enums import Measure, Reading, Reported
from reports.coverage.renderers.charts import Scale, bullet, spark
from reports.coverage.selectors.comparing_days import compare
from reports.coverage.selectors.coverage import Answer
from reports.coverage.selectors.mapped import (
    Beside,
    in_order,
    mapped,
    measures_of,
    reported_by,
)
from tests.world import World, at, make_basis, make_event, make_resident, make_target, record, today

CSS = Path(__file__).parents[2] / "static" / "css"


def row(code: str, wajib: int | None, recorded: int | None, target: str = "99.40") -> Any:
    """What the map and the ranking read of a row of coverage."""
    share = f"{100 * recorded / wajib:.2f}" if wajib and recorded is not None else None
    gap = None
    if wajib is not None and recorded is not None:
        gap = -(-wajib * int(Decimal(target) * 100) // 10_000) - recorded
    unrecorded = wajib - recorded if wajib is not None and recorded is not None else None
    return {
        "region": code,
        "name": code,
        "wajib_ktp": wajib,
        "recorded": recorded,
        "unrecorded": unrecorded,
        "recorded_percent": share,
        "target_percent": target,
        "gap_to_target": gap,
        "recorded_today": 0,
        "basis": "Uji",
    }


#: Reached by one person, one short of it, then each class; and one of which nothing is known.
ROWS = [
    row("13.01", 10_000, 9_940),
    row("13.02", 10_000, 9_939),
    row("13.03", 1_000, 984),
    row("13.04", 1_000, 950),
    row("13.05", 1_000, 820),
    row("13.06", None, None),
    row("13.07", 1_000, 1_010),
]
NOTHING = Beside({}, {})


def lightness(colour: str) -> float:
    """L* of CIELAB: what is left of a colour for whoever sees greys."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    luminance = sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return float(116 * luminance ** (1 / 3) - 16) if luminance > 0.008856 else 903.3 * luminance


def test_each_class_is_clearly_darker_than_the_one_before() -> None:
    tokens = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", (CSS / "tokens.css").read_text()))
    for ramp in (("met", "a1", "a2", "a3", "a4"), ("v0", "v1", "v2", "v3", "v4")):
        seen = [lightness(tokens[f"band-{name}"]) for name in ramp]
        assert all(one - other >= 9 for one, other in pairwise(seen)), seen


def test_classes_lie_around_each_rows_own_target_and_unknown_is_none_of_them() -> None:
    found = mapped(Measure.PERCENT, ROWS, NOTHING, date(2026, 11, 26))
    assert list(found.bands.values()) == ["met", "a1", "a2", "a3", "a4", "0", "met"]
    assert [(one.css, one.count) for one in found.classes] == [
        *(("met", 2), ("a1", 1), ("a2", 1), ("a3", 1), ("a4", 1), ("0", 1)),
    ]
    # The same share is reached where the target is lower.
    low = mapped(Measure.PERCENT, [row("18.01", 1_000, 950, "95.00")], NOTHING, date(2026, 1, 1))
    assert low.bands == {"18.01": "met"}


def test_zero_is_a_class_and_unknown_is_not_zero() -> None:
    counts = [0, 1, 2, 3, 4, 5, 6, 7, None]
    rows = [
        row(f"13.{place:02}", 10, 5) | {"recorded_today": count}
        for place, count in enumerate(counts)
    ]
    found = mapped(Measure.TODAY, rows, NOTHING, date(2026, 11, 26))
    assert list(found.bands.values()) == ["v0", "v1", "v2", "v2", "v3", "v3", "v4", "v4", "0"]
    assert [(one.first, one.last, one.count) for one in found.classes[1:-1]] == [
        *((1, 1, 1), (2, 3, 2), (4, 5, 2), (6, 7, 2)),
    ]
    # One value only: one class that holds it, and nothing that claims to be a quarter.
    alone = mapped(Measure.UNRECORDED, [row("13.01", 10, 5)], NOTHING, date(2026, 11, 26))
    assert [(one.first, one.count) for one in alone.classes] == [(5, 1)]


def test_what_needs_attention_stands_first_and_what_is_unknown_last() -> None:
    ranked = [one["region"] for one in in_order("percent", ROWS)]
    assert ranked == ["13.05", "13.04", "13.03", "13.02", "13.01", "13.07", "13.06"]
    assert [one["region"] for one in in_order("gap", ROWS)][:2] == ["13.05", "13.04"]
    assert [one["region"] for one in in_order("code", ROWS)] == sorted(r["region"] for r in ROWS)
    visited = Beside({}, {"13.01": date(2026, 11, 1), "13.02": date(2026, 1, 1)})
    rows = ROWS[:3]
    assert [one["region"] for one in in_order("visited", rows, visited)] == [
        *("13.03", "13.02", "13.01"),
    ]
    bands = mapped(Measure.VISITED, rows, visited, date(2026, 11, 26)).bands
    assert bands == {"13.01": "a1", "13.02": "a3", "13.03": "a4"}


def test_a_province_has_reported_when_all_its_offices_have() -> None:
    moment = "2026-11-26T12:00"
    offices = [
        {"region": "13.01", "revision": 1, "confirmed_at": moment},
        {"region": "13.02", "revision": 2, "confirmed_at": None},
        {"region": "14.01", "revision": 1, "confirmed_at": moment},
        {"region": "15.01", "revision": None, "confirmed_at": None},
    ]
    by_office = reported_by(Level.REGENCY, offices)
    assert [by_office[o["region"]] for o in offices[1:]] == ["built", "confirmed", "not"]
    by_province = reported_by(Level.PROVINCE, offices)
    assert by_province == {"13": Reported.PART, "14": Reported.CONFIRMED, "15": Reported.NOT}
    rows = [row("13.01.01", 10, 5)]
    assert Measure.REPORTED not in measures_of(Level.DISTRICT, rows, frozen=False)
    assert Measure.VISITED not in measures_of(Level.REGENCY, rows, frozen=True)


def test_bars_share_one_scale_and_lose_nothing_above_100() -> None:
    scale = Scale.of(ROWS)
    assert (scale.low, scale.high) == (80, 101)
    worst, best = bullet(ROWS[4], scale), bullet(ROWS[6], scale)
    assert worst is not None
    assert best is not None
    assert (worst.done, worst.lacks > 0, best.done, best.lacks) == (11, True, 120, 0)
    assert bullet(ROWS[5], scale) is None
    assert spark([0, 1, 4]) == "M3 16v-4M5 16v-16"
    assert spark([0, 0]) == ""


@pytest.mark.parametrize(
    ("before", "after", "reading"),
    [
        # Barito Selatan: 105,990 obliged in February 2018, 96,071 at the year's end.
        ((105_990, 95_000), (96_071, 95_000), Reading.BASE_FELL),
        ((105_990, 95_000), (96_071, 95_500), Reading.BOTH),
        ((1_000, 900), (1_000, 950), Reading.RECORDED),
        ((1_000, 900), (1_200, 950), Reading.BASE_ROSE),
        ((1_000, 900), (1_200, 900), Reading.BASE_ROSE),
        ((1_000, 900), (1_000, 890), Reading.RECORDED_FELL),
        ((100_000, 90_000), (100_000, 89_999), Reading.RECORDED_FELL),
        ((1_000, 900), (1_000, 900), Reading.SAME),
        ((None, None), (1_000, 900), Reading.UNKNOWN),
    ],
)
def test_a_rise_in_percent_may_be_a_base_that_fell(
    before: tuple[int | None, int | None], after: tuple[int | None, int | None], reading: Reading
) -> None:
    answers = [
        Answer([row("62.04", *end)], row("62", *end), differences=[]) for end in (before, after)
    ]
    [found], whole = compare(*answers)
    assert found.reading == whole.reading == reading
    if found.points is not None and found.by_recording is not None:
        assert found.by_recording + (found.by_base or 0) == found.points


@pytest.fixture
def province(made: World, browser: Callable[[str], Client]) -> Client:
    return browser("province_officer")


@pytest.mark.contexts
def test_the_page_shows_map_ranking_events_and_what_was_chosen(
    made: World, province: Client
) -> None:
    make_basis()
    make_target(year=2023)
    make_event(made)
    path = f"/cakupan/13/?date={today()}"
    answer = province.get(path)
    assert answer.context["measure"] == Measure.PERCENT
    assert [one["region"] for one in answer.context["rows"][:2]] == ["13.06", "13.75"]
    html = answer.content.decode()
    assert html.count('data-band="0"') == 17
    assert 'data-event-count="1"' in html
    assert 'class="lacks"' in html
    assert "style=" not in html  # the policy allows none: widths of bars would be lost
    for show in Measure.values:
        found = province.get(path, {"date": today(), "show": show})
        assert found.context["measure"] == show
        assert sum(one.count for one in found.context["classes"]) == 19
        assert len(found.content) < 150 * 1024
    assert province.get(path, {"date": today(), "show": "x"}).status_code == 422
    # No order that there is: the usual one, and the page names that.
    assert province.get(path, {"date": today(), "order": "x"}).context["order"] == Measure.PERCENT
    last = {one["region"]: one["visit"] for one in found.context["rows"]}["13.75"]
    assert (last.last, last.coming) == (today(), 1)


def test_without_boundaries_the_page_says_so_and_shows_the_list(
    made: World, browser: Callable[[str], Client]
) -> None:
    make_basis(
        level="village",
        rows=[
            {"region_code": "13.75.01.1001", "wajib_ktp": "100", "recorded": "90"},
            {"region_code": "13.75.01.1002", "wajib_ktp": "100", "recorded": "80"},
            {"region_code": "13.75.01", "wajib_ktp": "200", "recorded": "170"},
        ],
    )
    operator = browser("operator")
    html = operator.get("/cakupan/13.75.01/", {"date": today()}).content.decode()
    assert "Tidak ada peta desa dan kelurahan" in html
    assert 'id="map"' not in html
    assert "figures.js" not in html
    assert "/kegiatan/baru/?wilayah=13.75.01.1002" in html
    form = operator.get("/kegiatan/baru/?wilayah=13.75.01.1002").content.decode()
    assert '<option value="13.75.01.1002" selected>' in form
    # A village has nothing below it, and says that and not "no data".
    html = operator.get("/cakupan/13.75.01.1002/", {"date": today()}).content.decode()
    assert "wilayah terkecil" in html


def test_nothing_is_drawn_anew_while_nothing_is_new(
    made: World, province: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_basis()
    path = f"/cakupan/13/?date={today()}"
    seen = re.search(r'"X-Seen": "(\w+)"', province.get(path).content.decode())
    assert seen is not None
    hx = {"HX-Request": "true", "HX-Target": "live", "X-Seen": seen[1]}
    drawn: list[str] = []
    monkeypatch.setattr(
        "dukcapil.core.live.render_to_string", lambda part, *_: drawn.append(part) or ""
    )
    assert province.get(path, headers=hx).status_code == 204
    assert drawn == []
    # A record, an event: each is news.
    record(made, make_resident(made))
    assert province.get(path, headers=hx).status_code == 200
    monkeypatch.undo()
    seen = re.search(r'"X-Seen": "(\w+)"', province.get(path).content.decode())
    assert seen is not None
    hx["X-Seen"] = seen[1]
    assert province.get(path, headers=hx).status_code == 204
    make_event(made)
    assert province.get(path, headers=hx).status_code == 200


@pytest.mark.contexts
def test_the_day_of_the_target_is_named_with_its_assumption_or_why_not(
    made: World, browser: Callable[[str], Client]
) -> None:
    client = browser("operator")
    path = f"/cakupan/13.75/tren/?date={today()}"

    def said() -> str:
        html = client.get(path).content.decode()
        return " ".join(re.sub(r"<[^>]+>", " ", html).split())

    assert "Belum ada target" in said() or "Data dasar tidak menyebut" in said()
    make_basis(rows=[{"region_code": "13.75", "wajib_ktp": "1000", "recorded": "985"}])
    make_target(year=2023)
    assert "Tidak ada perekaman di sini selama empat belas hari kerja terakhir" in said()
    # Nine lack; three on each of two days of the last fourteen that were worked: 6 / 14 a day, so 3.
    day = today() - timedelta(days=2)
    for number in range(6):
        record(made, make_resident(made), occurred_at=at(9, number, day))
    answer = client.get(path)
    forecast = answer.context["forecast"]
    assert forecast.pace.people == 6
    assert forecast.pace.per_day == Decimal("0.4")
    assert forecast.working_days == 7  # three lack now: 3 x 14 / 6
    assert forecast.met_on is not None
    assert "tercapai pada" in said()
    assert "jumlah wajib KTP tetap" in said()
    rows = {one.date: one for one in answer.context["rows"]}
    assert len(rows) == 30
    assert (rows[day].recorded_today, rows[day].pemula + rows[day].umum) == (6, 6)
    assert any(one.is_off for one in rows.values())


@pytest.mark.contexts
def test_two_days_are_compared_on_a_page_with_both_ends(
    made: World, browser: Callable[[str], Client]
) -> None:
    make_basis()
    make_basis(
        name="Uji DKB baru",
        wajib_as_of=today() - timedelta(days=5),
        rows=[
            {"region_code": "13", "wajib_ktp": "3700", "recorded": "3650"},
            {"region_code": "13.75", "wajib_ktp": "900", "recorded": "880"},
            {"region_code": "13.06", "wajib_ktp": "2800", "recorded": "2770"},
        ],
    )
    make_basis(name="DPT uji", kind="dpt")
    client = browser("province_officer")
    path = f"/cakupan/13/banding/?date={today()}&from={today() - timedelta(days=20)}"
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.context["two_bases"]
    assert answer.context["whole"].reading == Reading.BASE_FELL
    html = answer.content.decode()
    assert "data dasar turun" in html
    for shown in ("3.800", "4.000", "3.650", "3.700", "Uji DKB baru", "DPT uji (pemilih)"):
        assert shown in html
    for wrong in (f"from={today()}", "from=kemarin", "from=1800-01-01"):
        answer = client.get(f"/cakupan/13/banding/?date={today()}&{wrong}")
        assert answer.status_code == 422
        assert 'role="alert"' in answer.content.decode()
    assert client.get("/cakupan/18/banding/").status_code == 404
