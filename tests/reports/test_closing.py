"""The closing report: equal to the ledger, days off apart, the same on page, XLSX and PDF."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from dukcapil.accounts.scoping import scoped
from events.planning.models.event import ServiceEvent
from events.planning.services.notes import note_obstacle, set_costs
from registrations.booking.services.appointments import book
from registrations.ledger.services.corrections import void_record
from registrations.ledger.services.ledger import log_service
from registrations.lifecycle.services.events import close_event
from reports.closing.selectors.closing import Closing, closing
from tests.world import (
    CLOSING,
    WIB,
    World,
    at,
    entry,
    make_event,
    make_resident,
    make_session,
)


@pytest.fixture
def held(made: World) -> ServiceEvent:
    """Two done (one from elsewhere), one failed, one voided; one did not come; notes beside."""
    event = make_event(made, programme="GISA")
    session = make_session(made, event, {"recording": 10})
    by, head = made["operator"].actor, made["head"].actor
    people = [make_resident(made) for _n in range(4)]
    with scoped(by.scope):
        for person in people:
            book(by=by, session=session, resident=person, services=["recording"])
        log_service(by=by, entry=entry(people[0], session=session.pk))
        log_service(by=by, entry=entry(people[1], session=session.pk))
        wrong, _new = log_service(by=by, entry=entry(people[1], "family_card", session=session.pk))
        void_record(by=by, record=wrong, reason="Salah")
        log_service(
            by=by,
            entry=entry(people[2], session=session.pk, outcome="failed", reason="network"),
        )
        set_costs(by=by, event=event, costs={"meals": (500, 450), "transport": (100, None)})
        note_obstacle(by=by, event=event, kind="power", note="Padam satu jam")
        note_obstacle(by=by, event=event, kind="power")
    with scoped(head.scope):
        close_event(by=head, event=event, confirm=CLOSING)
    event.refresh_from_db()
    return event


def report(made: World, event: ServiceEvent) -> Closing:
    by = made["operator"].actor
    with scoped(by.scope):
        return closing(by, event)


def section(found: Closing, title: str) -> Any:
    return next(one for one in found.sections if one.title == title)


def test_it_counts_what_the_ledger_counts(made: World, held: ServiceEvent) -> None:
    with translation.override("en"):
        found = report(made, held)
        services = section(found, "Services")
        assert services.rows[0] == ["KTP-el recording", 10, 2, 0, 2, 0, 1]
        assert services.total == ["Sum", 10, 2, 0, 2, 0, 1]
        assert section(found, "Failed, by reason").rows == [["No network", 1]]
        assert section(found, "Obstacles").rows == [["Power cut", 2, "Padam satu jam"]]
        assert section(found, "Costs").total == ["Sum", 600, 450]
        assert "Blank cards" not in {one.title for one in found.sections}
        figures = dict(found.figures)
    assert (figures["Came"], figures["Did not come"], figures["Services done"]) == (3, 1, 2)


def test_page_sheet_and_pdf_say_the_same(
    made: World, held: ServiceEvent, browser: Callable[[str], Client]
) -> None:
    client = browser("operator")
    path = f"/kegiatan/{held.pk}/laporan/"
    page = client.get(path).content.decode()
    sheet = client.get(path, {"format": "xlsx"})
    pdf = client.get(path, {"format": "pdf"})
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0)
    cells = {str(row[0]): [v for v in row[1:] if v != ""] for row in rows.to_python()}
    text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf.content)).pages)
    with translation.override("id"):
        found = report(made, held)
    for one in found.sections:
        for row in [*one.rows, *([one.total] if one.total else [])]:
            assert str(row[0]) in page
            assert str(row[0]).split(" (")[0].replace(" ", "") in text.replace("\n", "").replace(
                " ", ""
            )
            if row is not one.total:
                assert [int(v) for v in cells[str(row[0])] if isinstance(v, float)] == [
                    v for v in row[1:] if isinstance(v, int)
                ]
    assert client.get(path, {"format": "doc"}).status_code == 422
    assert "attachment" in sheet.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("day", "named"),
    [
        (date(2024, 11, 27), "Pemilihan"),
        (date(2024, 11, 24), "akhir pekan"),
        (date(2024, 11, 26), ""),
    ],
)
def test_work_on_a_day_off_is_reported_apart(made: World, day: date, named: str) -> None:
    """Hari-H of 2024, a Sunday, and a plain Tuesday."""
    event = make_event(
        made,
        kind="holiday_opening" if named else "gebyar",
        holiday_reason="Perekaman sampai Hari-H" if named else "",
        starts_on=day - timedelta(days=1),
        ends_on=day,
    )
    by = made["operator"].actor
    person = make_resident(made)
    moment = datetime.combine(day, at(9).timetz().replace(tzinfo=None), WIB)
    with scoped(by.scope), translation.override("id"):
        log_service(by=by, entry=entry(person, event=event.pk, occurred_at=moment))
        days = section(closing(by, event), "Menurut hari")
    assert days.total[1:] == [1, 0, 1 if named else 0]
    assert named in days.rows[0][0]
    event.refresh_from_db()
    assert event.state == "approved"
