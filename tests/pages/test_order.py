"""Lists in the order that a column's head asks for, over all pages, and back again."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from python_calamine import CalamineWorkbook

from dukcapil.accounts.scoping import scoped
from events.views import listing
from registrations.booking.models.appointment import Appointment
from registrations.booking.services.waiting import wait
from tests.pages.test_lists import _class
from tests.world import World, at, make_event, make_resident, make_session, today


def first_cells(client: Client, path: str) -> list[str]:
    page = BeautifulSoup(client.get(path).content, "html.parser")
    return [row.th.find("a").get_text(strip=True) for row in page.select("table tbody tr")]


def heads(client: Client, path: str) -> dict[str, Any]:
    page = BeautifulSoup(client.get(path).content, "html.parser")
    return {th.get_text(strip=True): th for th in page.select("thead th")}


def test_events_by_title_and_back(made: World, browser: Callable[[str], Client]) -> None:
    for number, title in enumerate(["B", "C", "A"]):
        make_event(made, title=title, starts_on=today() - timedelta(days=number))
    client = browser("operator")
    assert first_cells(client, "/kegiatan/") == ["B", "C", "A"]
    head = heads(client, "/kegiatan/?state=approved&page=1")["Kegiatan"]
    assert "aria-sort" not in head.attrs
    link = head.a["href"]
    assert first_cells(client, f"/kegiatan/{link}") == ["A", "B", "C"]
    head = heads(client, f"/kegiatan/{link}")["Kegiatan"]
    assert head["aria-sort"] == "ascending"
    assert "state=approved" in head.a["href"]
    assert first_cells(client, f"/kegiatan/{head.a['href']}") == ["C", "B", "A"]


def test_ties_stay_in_the_lists_own_order(made: World, browser: Callable[[str], Client]) -> None:
    for number, title in enumerate(["Tiga", "Dua", "Satu"]):
        make_event(made, title=title, starts_on=today() - timedelta(days=3 - number))
    client = browser("operator")
    own = first_cells(client, "/kegiatan/")
    assert own == ["Satu", "Dua", "Tiga"]
    for order in ("place", "-place"):
        assert first_cells(client, f"/kegiatan/?order={order}") == own


@pytest.mark.parametrize("order", ["", "nik", "-", "identity__nik_cipher", "title' --", "--day"])
def test_an_order_that_no_column_has_is_the_lists_own(
    made: World, browser: Callable[[str], Client], order: str
) -> None:
    for title in ("B", "A"):
        make_event(made, title=title)
    client = browser("operator")
    assert first_cells(client, f"/kegiatan/?order={order}") == first_cells(client, "/kegiatan/")


def test_the_order_runs_over_pages(made: World, browser: Callable[[str], Client]) -> None:
    names = [f"Warga {chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(53)]
    for name in names:
        make_resident(made, name=name)
    client = browser("operator")
    last = first_cells(client, "/penduduk/?order=-name")
    assert (len(last), last[0]) == (50, names[-1])
    assert first_cells(client, "/penduduk/?order=-name&page=2") == names[2::-1]


def test_places_in_line_stay_what_they_are(made: World, browser: Callable[[str], Client]) -> None:
    session = make_session(made, make_event(made), {"recording": 0, "family_card": 1})
    by = made["operator"].actor
    with scoped(by.scope):
        for name in ("Cici", "Ani", "Budi"):
            wait(
                by=by,
                session=session,
                resident=make_resident(made, name=name),
                services=["recording"],
            )
    page = browser("operator").get(f"/sesi/{session.pk}/tunggu/?order=name")
    rows = BeautifulSoup(page.content, "html.parser").select("tbody tr")
    shown = [(row.td.get_text(strip=True), row.th.a.get_text(strip=True)) for row in rows]
    assert shown == [("2", "Ani"), ("3", "Budi"), ("1", "Cici")]


def test_a_class_by_hour_with_who_waits_last(made: World, browser: Callable[[str], Client]) -> None:
    group = _class(made, 4, 2)
    client = browser("operator")
    by_name = first_cells(client, f"/rombongan/{group.pk}/")
    assert first_cells(client, f"/rombongan/{group.pk}/?order=-name") == by_name[::-1]
    # The later in the alphabet, the earlier the hour.
    with scoped("*"):
        for visit in Appointment.objects.filter(group=group).select_related("resident__identity"):
            hour = at(10 - by_name.index(visit.resident.identity.name))
            Appointment.objects.filter(pk=visit.pk).update(expected_at=hour)
    first, second, *waits = by_name
    shown = first_cells(client, f"/rombongan/{group.pk}/?order=hour")
    assert shown == [second, first, *waits]
    shown = first_cells(client, f"/rombongan/{group.pk}/?order=-hour")
    assert shown == [first, second, *waits]


@pytest.mark.parametrize(
    ("who", "path", "columns"),
    [
        ("province_officer", "/kegiatan/", "title day office place state sessions taken"),
        ("operator", "/penduduk/", "name born village"),
        ("operator", "/permintaan/", "asked village people partner tries"),
        ("operator", "/sumber/", "event day asks asked state"),
        ("head", "/akun/petugas/", "name role region from until"),
    ],
)
def test_every_column_that_offers_it_can_be_ordered_by(
    made: World, browser: Callable[[str], Client], who: str, path: str, columns: str
) -> None:
    make_resident(made)
    make_event(made)
    client = browser(who)
    for name in columns.split():
        for order in (name, f"-{name}"):
            assert client.get(path, {"order": order}).status_code == 200


def test_the_list_of_events_as_a_workbook_is_the_list_that_is_shown(
    made: World, browser: Callable[[str], Client]
) -> None:
    for number, title in enumerate(["B", "=1+1", "A"]):
        event = make_event(made, title=title, starts_on=today() - timedelta(days=number))
        make_session(made, event, {"recording": 7})
    make_event(made, "13.06", title="Agam")
    client = browser("operator")
    assert b"format=xlsx" in client.get("/kegiatan/").content
    file = client.get("/kegiatan/?order=title&format=xlsx")
    assert "attachment" in file.headers["Content-Disposition"]
    rows = (
        CalamineWorkbook.from_filelike(io.BytesIO(file.content)).get_sheet_by_index(0).to_python()
    )
    assert [row[0] for row in rows] == ["Kegiatan", *first_cells(client, "/kegiatan/?order=title")]
    assert [row[0] for row in rows[1:]] == ["=1+1", "A", "B"]
    assert rows[1][5] == "13.75"
    assert rows[1][3] == today() - timedelta(days=1)
    assert rows[1][-3:] == [1, 7, 0]
    assert client.get("/kegiatan/?format=pdf").status_code == 422


def test_a_workbook_of_too_many_events_is_refused(
    made: World, browser: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _number in range(3):
        make_event(made)
    monkeypatch.setattr(listing, "MOST_ROWS", 2)
    assert browser("operator").get("/kegiatan/?format=xlsx").status_code == 422
