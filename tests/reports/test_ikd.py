"""Activations of IKD from coming to active: the same numbers on pages and in files, of a day and of an event."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from python_calamine import CalamineWorkbook

from dukcapil.accounts.scoping import scoped
from dukcapil.regions.models import Region
from events.planning.models.event import ServiceEvent
from registrations.ledger.enums import IkdStep
from registrations.ledger.selectors import Funnel
from registrations.ledger.services.corrections import void_record
from registrations.ledger.services.ledger import DeskNote, log_service
from registrations.people.models import Resident
from reports.bases.services.basis import import_basis
from reports.closing.selectors.closing import closing
from reports.closing.selectors.ikd import funnel_sections
from reports.closing.selectors.recap import recap
from reports.closing.selectors.sections import Section, Sections
from reports.daily.selectors.daily import day_of_regencies
from reports.daily.selectors.ikd import ikd_funnels, together
from reports.files.selectors import daily_paper
from tests.pages.conftest import little
from tests.reports.test_build import built
from tests.world import (
    World,
    entry,
    make_event,
    make_resident,
    make_session,
    make_target,
    record,
    today,
)

KNOWN = date(2015, 1, 1)


def tries(made: World, event: ServiceEvent) -> list[Resident]:
    """Two active, one of them from elsewhere; three fail, of whom one is taken back; one is recorded."""
    session = make_session(made, event)
    outside = Region.objects.get(pk="13.06.01.2001")
    people = [make_resident(made, known_recorded_on=KNOWN) for _n in range(5)]
    people.append(make_resident(made, known_recorded_on=KNOWN, village=outside))
    by = made["operator"].actor

    def failed(person: Resident, reason: str, step: str) -> Any:
        one = entry(person, "ikd_activation", outcome="failed", reason=reason, session=session.pk)
        return log_service(by=by, entry=one, desk_note=DeskNote(step=step))[0]

    with scoped(by.scope):
        failed(people[0], "no_email", IkdStep.ACCOUNT)
        failed(people[1], "face_mismatch", IkdStep.FACE)
        wrong = failed(people[2], "face_mismatch", IkdStep.FACE)
        void_record(by=by, record=wrong, reason="Salah orang")
        failed(people[3], "no_email", "")
    for person in (people[4], people[5]):
        record(made, person, "ikd_activation", session=session.pk)
    return people


WANTED = {
    "Tried to activate": (5, 1),
    "Failed: No e-mail": (2, 0),
    "Failed: Face did not match": (1, 0),
    "Failed in all": (3, 0),
    "Active": (2, 1),
}
STOPPED = {"NIK, e-mail, phone number": 1, "Face verification": 1, "not said": 1}


def told(sections: list[Section]) -> tuple[dict[str, Any], dict[str, Any]]:
    by_title = {one.title: one for one in sections}
    funnel = by_title["IKD, from coming to active"]
    stops = by_title["IKD, where it stopped"]
    rows = {str(row[0]): (row[1], row[2]) for row in funnel.rows}
    rows.pop("Came, for any service", None)
    return rows, {str(row[0]): row[1] for row in stops.rows}


def test_a_day_an_event_and_a_period_tell_the_same(kept: World) -> None:
    event = make_event(kept)
    tries(kept, event)
    built()
    by = kept["operator"].actor
    office, province = Region.objects.get(pk="13.75"), Region.objects.get(pk="13")
    with translation.override("en"), scoped(by.scope):
        found: list[Sections] = [
            daily_paper(office, today()),
            daily_paper(province, today()),
            closing(by, event),
        ]
        for one in found:
            assert told(one.sections) == (WANTED, STOPPED)
        period = recap(by, today(), today()).sections
    [each] = [one for one in period if one.title == "IKD by event"]
    assert each.rows[0][1:] == [5, 3, 2, 1, 1]
    [offices] = [one for one in found[1].sections if one.title == "IKD by office"]
    assert offices.rows == [["Kota Bukittinggi (13.75)", 5, 3, 2, 1, 1]]
    [funnel] = [one for one in found[0].sections if one.title == "IKD, from coming to active"]
    assert funnel.rows[0][:2] == ["Came, for any service", dict(found[0].figures)["Present"]]
    # An earlier revision stays as it was.
    [row] = day_of_regencies("13.75", today())
    record(kept, make_resident(kept, known_recorded_on=KNOWN), "ikd_activation")
    built()
    newest = {one["region"]: one["revision"] for one in day_of_regencies("13.75", today())}
    before = ikd_funnels(today(), {"13.75": row["revision"]})["13.75"]
    after = ikd_funnels(today(), newest)["13.75"]
    assert (before.active, before.tried, sum(before.stopped.values())) == (2, 5, 3)
    assert (after.active, after.own, after.came) == (3, 2, 6)


def test_pages_and_workbooks_show_it(kept: World, browser: Callable[[str], Client]) -> None:
    event = make_event(kept)
    tries(kept, event)
    built()
    day = {"date": str(today())}
    for who, path, query in (
        ("operator", "/laporan/13.75/", day),
        ("province_officer", "/laporan/13/", day),
        ("operator", f"/kegiatan/{event.pk}/laporan/", {}),
    ):
        client = browser(who)
        page = client.get(path, query).content.decode()
        file = path + "berkas/" if query else path
        sheet = client.get(file, {**query, "format": "xlsx"})
        book = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0)
        cells = {str(row[0]): row[1] for row in book.to_python()}
        for words, n in (("Mencoba aktivasi", 5), ("Gagal: Tidak punya surel", 2), ("Aktif", 2)):
            assert words in page, (path, words)
            assert cells[words] == n
    page = browser("operator").get(f"/kegiatan/{event.pk}/").content.decode()
    assert "Mencoba aktivasi" in page


def test_what_nobody_tried_is_no_table() -> None:
    assert funnel_sections(Funnel(came=12)) == []
    assert together([]).came is None
    assert together([Funnel(came=2), Funnel(came=None)]).came is None
    assert together([Funnel(came=2), Funnel(came=3)]).came == 5


@pytest.mark.parametrize("form", ["json", "text", "page"])
def test_purbalingga_to_the_digit(form: str, made: World, browser: Callable[[str], Client]) -> None:
    """5 June 2024: 29,890 of 779,454 recorded = 3.83 %; 30 % is 233,837; short 203,947."""
    import_basis(
        name="Purbalingga IKD Juni 2024",
        kind="dkb",
        wajib_as_of=date(2024, 6, 5),
        level="regency",
        rows=[{"region_code": "33.03", "recorded": "779454", "ikd_activated": "29890"}],
    )
    make_target(indicator="ikd", year=2024, percent="30.00")
    viewer = made["nation_viewer"]
    query = "region=33.03&level=regency&date=2024-06-05&basis=Purbalingga IKD Juni 2024"
    if form == "json":
        [row] = viewer.get(f"coverage/?{query}").json["results"]
        shown = (row["ikd_percent_of_base"], row["ikd_target_percent"], row["ikd_gap_to_target"])
        assert shown == ("3.83", "30.00", 203947)
        assert row["ikd_percent_of_target"] == str(
            (Decimal(29890) * 100 / (Decimal("0.3") * 779454)).quantize(Decimal("0.01"))
        )
        return
    if form == "text":
        text = viewer.get(f"coverage/?{query}&format=text").content.decode()
    else:
        text = browser("nation_viewer").get(f"/cakupan/33.03/?{query}").content.decode()
    assert "3,83 %" in text.replace("\xa0", " ")
    assert "203.947" in text


def test_a_day_that_was_built_leaves_a_query_for_its_cards(
    kept: World, browser: Callable[[str], Client]
) -> None:
    tries(kept, make_event(kept))
    built()
    for who, region in (("operator", "13.75"), ("province_officer", "13"), ("nation_viewer", "00")):
        little(browser(who), f"/laporan/{region}/?date={today()}", 7)


def test_a_recap_tells_steps_and_failures_of_each_place(made: World) -> None:
    """Two events at one place are together, whatever its capitals; each place has its steps and reasons."""
    by = made["operator"].actor
    places = ("SMA Contoh 1", "sma contoh 1", "Balai Contoh")
    events = [make_event(made, place=place) for place in places]
    for event in events:
        tries(made, event)
    with translation.override("en"), scoped(by.scope):
        sections = {one.title: one for one in recap(by, today(), today()).sections}
    village = events[0].village.name
    assert sections["IKD by place"].rows == [
        [f"Balai Contoh, {village}", 5, 3, 2, 1, 1],
        [f"SMA Contoh 1, {village}", 10, 6, 4, 2, 2],
    ]
    why = sections["IKD, where and why it failed at each place"]
    assert sorted(why.rows) == sorted(
        [f"{place}, {village}: {step} – {reason}", n]
        for place, n in (("SMA Contoh 1", 2), ("Balai Contoh", 1))
        for step, reason in (
            ("NIK, e-mail, phone number", "No e-mail"),
            ("Face verification", "Face did not match"),
            ("not said", "No e-mail"),
        )
    )
    assert why.total == ["Sum", 9]
    stops = {str(row[0]): row[1] for row in sections["IKD, where it stopped"].rows}
    assert stops == {step: 3 * n for step, n in STOPPED.items()}
