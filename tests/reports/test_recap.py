"""Events of a period together: days off apart, every table with the same sums, each region its own."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from python_calamine import CalamineWorkbook

from dukcapil.accounts.scoping import scoped
from events.calendar.models import LocalDay
from events.planning.models.event import ServiceEvent
from events.planning.services.notes import set_audience
from registrations.ledger.services.ledger import log_service
from registrations.lifecycle.services.events import cancel_event
from reports.closing.selectors.recap import Recap, recap
from tests.world import WIB, World, entry, make_event, make_resident

ELECTION = date(2024, 11, 27)
SUNDAY = date(2024, 11, 24)
FIRST, LAST = date(2024, 11, 1), date(2024, 11, 30)


def served(made: World, event: ServiceEvent, day: date, who: str = "operator", **more: Any) -> None:
    by = made[who].actor
    office = "13.06" if who == "neighbour" else "13.75"
    person = make_resident(made, office)
    moment = datetime.combine(day, datetime.min.time(), WIB) + timedelta(hours=9)
    with scoped(by.scope):
        log_service(by=by, entry=entry(person, occurred_at=moment, event=event.pk, **more))


@pytest.fixture
def november(made: World) -> ServiceEvent:
    """Bukittinggi: election day with two recordings, three days at a school with one each, of which
    one Sunday, and a failure; Agam: one. Nothing else.
    """
    polls = make_event(
        made,
        kind="holiday_opening",
        holiday_reason="Pilkada",
        starts_on=ELECTION,
        ends_on=ELECTION,
        title="Buka Hari-H",
    )
    served(made, polls, ELECTION)
    served(made, polls, ELECTION)
    school = make_event(
        made,
        programme="GISA",
        place_kind="school",
        starts_on=SUNDAY,
        ends_on=SUNDAY + timedelta(days=2),
    )
    for n in range(3):
        served(made, school, SUNDAY + timedelta(days=n))
    served(made, school, SUNDAY, outcome="failed", reason="network")
    agam = make_event(made, "13.06", starts_on=ELECTION, ends_on=ELECTION, programme="gisa")
    served(made, agam, ELECTION, "neighbour")
    return polls


def found(made: World, who: str = "operator", first: date = FIRST, last: date = LAST) -> Recap:
    by = made[who].actor
    with scoped(by.scope), translation.override("en"):
        return recap(by, first, last)


def table(answer: Recap, title: str) -> dict[Any, list[Any]]:
    """first cell -> (event days, done, failed)"""
    section = next(one for one in answer.sections if one.title == title)
    return {row[0]: [row[1], row[7], row[8]] for row in section.rows}


def test_days_off_stand_apart(made: World, november: ServiceEvent) -> None:
    answer = found(made)
    assert table(answer, "Working days and days off") == {
        "Day off": [2, 3, 1],
        "Working day": [2, 2, 0],
    }
    openings = table(answer, "Openings on days off")
    assert [key.partition(":")[0] for key in openings] == [
        "24 Nov 2024 (weekend)",
        "27 Nov 2024 (Hari Pemilihan Kepala Daerah)",
    ]
    assert next(key for key in openings if "27" in key).endswith("– Pilkada")
    assert list(openings.values()) == [[1, 1, 1], [1, 2, 0]]


def test_a_holiday_on_which_the_region_opened_is_still_apart(
    made: World, november: ServiceEvent
) -> None:
    LocalDay.objects.create(region_id="13", day=ELECTION, kind="open", reason="Buka")
    LocalDay.objects.create(
        region_id="13.75", day=SUNDAY + timedelta(days=1), kind="closed", reason="Banjir"
    )
    days = table(found(made), "Working days and days off")
    assert days == {"Day off": [3, 4, 1], "Working day": [1, 1, 0]}


def test_every_table_has_the_same_sums(made: World, november: ServiceEvent) -> None:
    answer = found(made, "province_officer")
    sums = {
        one.title: one.total[1:]  # type: ignore[index]
        for one in answer.sections
        if one.title != "Openings on days off"
    }
    assert len(sums) == 5
    assert set(map(tuple, sums.values())) == {(5, 0, 6, 0, 0, 0, 6, 1)}
    assert table(answer, "By programme") == {"GISA": [4, 4, 1], "–": [1, 2, 0]}
    assert set(table(answer, "By office")) == {"Kabupaten Agam", "Kota Bukittinggi"}
    figures = dict(answer.figures)
    assert (figures["Events"], figures["Event days"]) == (3, 5)
    assert (figures["Services done"], figures["Services failed"]) == (6, 1)


def test_an_office_has_its_own_and_a_period_what_is_in_it(
    made: World, november: ServiceEvent
) -> None:
    assert dict(found(made, "neighbour").figures)["Services done"] == 1
    assert dict(found(made, "other_province_officer").figures)["Events"] == 0
    half = found(made, first=SUNDAY + timedelta(days=1), last=SUNDAY + timedelta(days=2))
    assert table(half, "By kind") != {}
    assert dict(half.figures)["Event days"] == 2
    assert dict(half.figures)["Services done"] == 2


def test_what_was_done_before_a_cancellation_counts(made: World, november: ServiceEvent) -> None:
    by = made["operator"].actor
    with scoped(by.scope):
        cancel_event(by=by, event=november, reason="Banjir")
    answer = dict(found(made).figures)
    assert (answer["Events"], answer["Services done"]) == (1, 5)


def test_people_reached_are_those_of_the_period(made: World, november: ServiceEvent) -> None:
    by = made["operator"].actor
    with scoped(by.scope):
        set_audience(by=by, event=november, people=120)
    name = "People reached by public information"
    assert dict(found(made).figures)[name] == 120
    assert dict(found(made, last=SUNDAY).figures)[name] == 0
    assert dict(found(made, "neighbour").figures)[name] == 0


def test_page_and_sheet_say_the_same(
    made: World, november: ServiceEvent, browser: Callable[[str], Client]
) -> None:
    client = browser("province_officer")
    asked = {"first": FIRST.isoformat(), "last": LAST.isoformat()}
    page = client.get("/kegiatan/rekap/", asked)
    sheet = client.get("/kegiatan/rekap/", {**asked, "format": "xlsx"})
    lines = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0)
    cells = [[str(row[0]), *(v for v in row[1:] if v != "")] for row in lines.to_python()]
    by = made["province_officer"].actor
    with scoped(by.scope), translation.override("id"):
        answer = recap(by, FIRST, LAST)
    for section in answer.sections:
        for row in section.rows:
            assert row in cells
            assert str(row[0]) in page.content.decode()


@pytest.mark.parametrize(
    "asked",
    [
        {"first": "2024-11-30", "last": "2024-11-01"},
        {"first": "2023-01-01", "last": "2024-12-31"},
        {"first": "kemarin", "last": "2024-11-01"},
        {"first": "1890-01-01", "last": "1890-01-02"},
        {"first": "", "last": ""},
    ],
)
def test_an_odd_period_is_refused_in_words(
    made: World, browser: Callable[[str], Client], asked: dict[str, str]
) -> None:
    answer = browser("operator").get("/kegiatan/rekap/", asked)
    assert answer.status_code == 422
    assert b"errorlist" in answer.content or b"invalid" in answer.content


def test_who_sees_no_records_sees_no_recap(made: World, browser: Callable[[str], Client]) -> None:
    assert browser("nation_viewer").get("/kegiatan/rekap/").status_code == 403
    assert browser("operator").get("/kegiatan/rekap/?format=doc").status_code == 422
