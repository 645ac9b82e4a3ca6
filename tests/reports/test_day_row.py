"""The province's daily row: its sample day out of keyed rows, unknown is not zero, every form the same."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

from bs4 import BeautifulSoup
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext as _
from python_calamine import CalamineWorkbook

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.ids import uuid7
from dukcapil.core.templatetags.figures import people
from dukcapil.regions.models import Region
from events.stock.services.counting import count
from registrations.cards.services.statuses import enter_status
from registrations.documents.services.counts import set_counts
from registrations.ledger.services.corrections import void_record
from registrations.ledger.services.ledger import log_service
from reports.closing.selectors.closing import closing
from reports.closing.selectors.recap import recap
from reports.daily.services.build import build_stale
from reports.day_row.enums import COLUMNS, RECAP_COLUMNS, Nature
from reports.day_row.selectors import day_rows, recap_rows
from reports.files.renderers.day_row import day_row_message
from reports.files.selectors import daily_paper
from tests.standing import built_once
from tests.world import (
    AGAM,
    BUKITTINGGI,
    World,
    at,
    entry,
    issue_paper,
    make_event,
    make_resident,
    record,
    today,
)

YESTERDAY = today() - timedelta(days=1)
#: domain-2.md section 1: the sample row of a province (44 = 41 + 0 + 3, 49 = 14 + 0 + 35).
GOLDEN = {
    "new_nik": 2,
    "recorded": 44,
    "print_ready": 41,
    "sent": 0,
    "duplicate": 3,
    "suket": 0,
    "printed_ready": 14,
    "printed_suket": 0,
    "printed_again": 35,
    "printed_unsaid": 0,
    # One of a person, three without.
    "family_card": 4,
    "marriage": 1,
    "birth_0_17": 0,
    "cards_left": 461,
}


@built_once
def sample_day(made: World) -> None:
    by = made["operator"].actor
    with scoped(by.scope):
        count(
            by=by,
            count_id=uuid7(),
            account=f"office:{BUKITTINGGI}",
            item="card",
            physical=510,
            counted_at=at(6, 0, YESTERDAY),
            team=[{"name": "Tini", "function": "Pengurus barang"}],
        )
        persons = [make_resident(made) for _n in range(44)]
        for number, person in enumerate(persons):
            log_service(by=by, entry=entry(person, occurred_at=at(8, number, YESTERDAY)))
        reasons = ["first_card"] * 14 + ["lost"] * 20 + ["damaged"] * 10 + ["data_changed"] * 5
        for number, reason in enumerate(reasons):
            printed = entry(
                persons[number % 44],
                "card_print",
                occurred_at=at(10, number, YESTERDAY),
                reason=reason,
            )
            log_service(by=by, entry=printed)
        log_service(by=by, entry=entry(persons[0], "family_card", occurred_at=at(13, 0, YESTERDAY)))
        counts: dict[str, int | None] = {
            "new_nik": 2,
            "print_ready": 41,
            "sent": 0,
            "duplicate": 3,
            "family_card": 3,
            "marriage": 1,
        }
        set_counts(by=by, day=YESTERDAY, counts=counts, version="")
    built()


def built() -> None:
    use_role("worker")
    build_stale()
    use_role("web")


def row_of(made: World, office: str = BUKITTINGGI, day: date = YESTERDAY) -> Any:
    by = made["operator"].actor
    with scoped(by.scope):
        return day_rows(Region.objects.get(pk=office), day).rows[0]


def test_the_sample_day_comes_out_of_keyed_rows(sample_day: World) -> None:
    row = row_of(sample_day)
    assert {name: row.values[name] for name in GOLDEN} == GOLDEN
    assert (row.printed, row.recorded_residual) == (49, 0)
    # The office issued none here: nobody says that there are none from before.
    assert row.values["suket_before"] is None
    assert {one.name for one in COLUMNS if one.nature == Nature.STOCK} == {
        *("suket_before", "cards_left"),
    }


def test_every_form_shows_the_same(sample_day: World, client: Client) -> None:
    client.force_login(sample_day["operator"].user)
    address = f"/laporan/{BUKITTINGGI}/baris/?date={YESTERDAY}"
    page = client.get(address).content.decode()
    book = client.get(f"{address}&format=xlsx").content
    text = client.get(f"{address}&format=txt").content.decode()
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    written = next(line for line in sheet if BUKITTINGGI in line)
    values = row_of(sample_day).values
    assert written[4 : 4 + len(COLUMNS)] == [
        "" if values[c.name] is None else values[c.name] for c in COLUMNS
    ]
    with translation.override("id"):
        for column in COLUMNS:
            value = values[column.name]
            shown = "?" if value is None else people(value)
            assert f"{column.label}: {shown}\n" in text
            assert str(column.label) in page
    assert client.get(f"{address}&format=pdf").status_code == 422
    assert client.get(f"/laporan/{BUKITTINGGI}/baris/?date=kemarin").status_code == 422


def test_the_day_shows_what_was_counted_beside_the_ledger(
    sample_day: World, client: Client
) -> None:
    by = sample_day["operator"].actor
    with scoped(by.scope), translation.override("en"):
        paper = daily_paper(Region.objects.get(pk=BUKITTINGGI), YESTERDAY)
        assert dict(paper.figures)["Other documents"] == 1
        sections = {one.title: one for one in paper.sections}
        assert ["Marriage certificate", 1] in sections["Counted without persons"].rows
    client.force_login(sample_day["operator"].user)
    client.cookies["django_language"] = "en"
    page = client.get(f"/laporan/{BUKITTINGGI}/?date={YESTERDAY}").content.decode()
    assert page.count("<h2>Counted without persons</h2>") == 1


def test_a_region_sums_what_is_known(sample_day: World) -> None:
    by = sample_day["province_officer"].actor
    with scoped(by.scope):
        found = day_rows(Region.objects.get(pk="13"), YESTERDAY)
        agam = next(row for row in found.rows if row.region == AGAM)
        assert set(agam.values.values()) == {None}
        assert len(found.rows) == 19
        assert (found.total["recorded"], found.known["recorded"]) == (44, 1)
        assert (found.total["suket_before"], found.known["suket_before"]) == (None, 0)
        assert "?" in day_row_message(found)


def test_the_row_says_what_does_not_add_up(sample_day: World) -> None:
    by = sample_day["operator"].actor
    with scoped(by.scope):
        version = "duplicate=3;family_card=3;marriage=1;new_nik=2;print_ready=41;sent=0"
        set_counts(by=by, day=YESTERDAY, counts={"duplicate": 1}, version=version)
        found = day_rows(Region.objects.get(pk=BUKITTINGGI), YESTERDAY)
        assert found.rows[0].recorded_residual == 2
        with translation.override("en"):
            assert "none of PRR, SFE, duplicate: 2" in day_row_message(found)


def test_what_siak_says_of_who_was_recorded_stands_where_nobody_counted(kept: World) -> None:
    by, day = kept["operator"].actor, YESTERDAY
    codes = ["PRINT_READY_RECORD", "CARD_PRINTED", "SENT_FOR_ENROLLMENT", "DUPLICATE_RECORD", ""]
    with scoped(by.scope):
        for number, code in enumerate(codes):
            person = make_resident(kept)
            record(kept, person, occurred_at=at(8, number, day))
            if code:
                enter_status(by=by, resident=person, code=code, at=at(10, 0, day), source="SIAK")
        # Of who was not recorded on that day.
        before = make_resident(kept, known_recorded_on=day - timedelta(days=90))
        ready = "PRINT_READY_RECORD"
        enter_status(by=by, resident=before, code=ready, at=at(10, 0, day), source="SIAK")
    built()
    names = ("print_ready", "sent", "duplicate")
    row = row_of(kept)
    assert [row.values[name] for name in names] == [2, 1, 1]
    assert row.recorded_residual == 1
    with scoped(by.scope):
        set_counts(by=by, day=day, counts={"print_ready": 3}, version="")
    assert [row_of(kept).values[name] for name in names] == [3, 1, 1]
    assert row_of(kept, day=day - timedelta(days=1)).values["sent"] is None


def test_suket_of_days_before_are_a_stock(made: World) -> None:
    by, before = made["operator"].actor, YESTERDAY - timedelta(days=1)
    known: dict[str, Any] = {"known_recorded_on": YESTERDAY - timedelta(days=90)}
    persons = [make_resident(made, birth_date=date(1990, 1, 2), **known) for _n in range(4)]
    papers = [
        issue_paper(made, one, "suket", occurred_at=at(8, 0, YESTERDAY if n == 3 else before))
        for n, one in enumerate(persons)
    ]
    days = (before, YESTERDAY, today())

    def left() -> list[int | None]:
        return [row_of(made, day=day).values["suket_before"] for day in days]

    assert left() == [0, 3, 4]
    with scoped(by.scope):
        void_record(by=by, record=papers[0], reason="Salah cetak")
        log_service(
            by=by, entry=entry(persons[1], "card_handover", occurred_at=at(12, 0, YESTERDAY))
        )
    # One never was; one was still out when the day began.
    assert left() == [0, 2, 2]
    with scoped(made["province_officer"].actor.scope):
        found = day_rows(Region.objects.get(pk="13"), today())
        assert (found.total["suket_before"], found.known["suket_before"]) == (2, 1)


def test_counts_without_persons_stand_beside_the_ledger_everywhere(made: World) -> None:
    """Event, day and recap show the same; what the ledger counts stays what it counts."""
    by, event = made["operator"].actor, make_event(made)
    person = make_resident(made)
    with scoped(by.scope), translation.override("en"):
        log_service(by=by, entry=entry(person, "marriage", event=event.pk))
        set_counts(by=by, day=today(), event=event, counts={"marriage": 5}, version="")
        reports = [closing(by, event), recap(by, today(), today())]
        for report in reports:
            sections = {one.title: one for one in report.sections}
            assert sections["Counted without persons"].rows == [["Marriage certificate", 5]]
            assert dict(report.figures)["Services done"] == 1


def test_a_recap_sums_flows_and_never_a_stock(sample_day: World, client: Client) -> None:
    by, before = sample_day["operator"].actor, YESTERDAY - timedelta(days=1)
    known: dict[str, Any] = {"known_recorded_on": YESTERDAY - timedelta(days=90)}
    with scoped(by.scope):
        person = make_resident(sample_day, birth_date=date(1990, 1, 2), **known)
        first = make_resident(sample_day, **known)
        more: dict[str, int | None] = {"new_nik": 3, "agreements": 4, "online": 7}
        set_counts(by=by, day=before, counts=more, version="")
        said = {"agreements": 5}
        set_counts(by=by, day=YESTERDAY, counts=said, version=None)
        moment = at(9, 0, before)
        for code, one in (("PRINT_READY_RECORD", first), ("CARD_ISSUED", person)):
            enter_status(by=by, resident=one, code=code, at=moment, source="SIAK")
    with scoped(by.scope):
        office = Region.objects.get(pk=BUKITTINGGI)
        found = recap_rows(office, before, YESTERDAY)
    row = found.rows[0]
    flows = {name: GOLDEN[name] for name in ("recorded", "duplicate", "marriage", "printed_ready")}
    assert {name: row.values[name] for name in flows} == flows
    # Two days of which both were counted, and one of which one was.
    assert (row.values["new_nik"], row.days["new_nik"]) == (5, 2)
    assert (row.values["online"], row.days["online"]) == (7, 1)
    # Stocks: what stood last.
    assert (row.values["cards_left"], row.values["agreements"]) == (461, 5)
    assert row.values["print_ready_left"] == 1
    assert row.values["data_access"] is None
    # Nobody counted on the day before: the parts are of one day, and so are the recordings.
    assert (row.printed, row.recorded_residual) == (49, 0)
    client.force_login(sample_day["operator"].user)
    address = f"/laporan/{BUKITTINGGI}/baris/?first={before}&date={YESTERDAY}"
    book = client.get(f"{address}&format=xlsx").content
    text = client.get(f"{address}&format=txt").content.decode()
    page = BeautifulSoup(client.get(address).content, "html.parser")
    cells = [
        [cell.get_text("|", strip=True) for cell in row.find_all(["th", "td"])]
        for row in page.select("tbody tr")
    ]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    written = next(line for line in sheet if BUKITTINGGI in line)
    values = row.values
    assert written[4 : 4 + len(RECAP_COLUMNS)] == [
        "" if values[c.name] is None else values[c.name] for c in RECAP_COLUMNS
    ]
    with translation.override("id"):
        for column in RECAP_COLUMNS:
            shown = "?" if values[column.name] is None else people(values[column.name])
            assert f"{column.label}: {shown}\n" in text
            on_page = _("unknown") if shown == "?" else shown
            assert [f"{column.label}|{column.nature.label}", on_page] in cells
            assert f"{column.label} ({column.nature.label})" in str(sheet)
    for first_day in (YESTERDAY + timedelta(days=1), YESTERDAY - timedelta(days=31), "kemarin"):
        wrong = f"/laporan/{BUKITTINGGI}/baris/?first={first_day}&date={YESTERDAY}"
        assert client.get(wrong).status_code == 422


def test_suket_that_are_left_are_those_of_the_last_day(made: World) -> None:
    before = YESTERDAY - timedelta(days=1)
    for n, day in enumerate((before, before, YESTERDAY)):
        one = make_resident(
            made, birth_date=date(1990, 1, 2 + n), known_recorded_on=before - timedelta(days=90)
        )
        issue_paper(made, one, "suket", occurred_at=at(8, n, day))
    with scoped(made["operator"].actor.scope):
        row = recap_rows(Region.objects.get(pk=BUKITTINGGI), before, YESTERDAY).rows[0]
    assert (row.values["suket_before"], row.values["suket_left"]) == (2, 3)
    assert row.values["print_ready_left"] is None


def test_every_column_of_the_province_is_there() -> None:
    """domain-2.md section 1, in its order; each says whether it is a flow or a stock."""
    assert [column.name for column in COLUMNS][:21] == [
        *(
            "new_nik",
            "family_card",
            "recorded",
            "print_ready",
            "printed_ready",
            "sent",
            "duplicate",
        ),
        *("suket", "suket_before", "printed_suket", "printed_again", "birth_0_17", "birth_over_17"),
        *("marriage", "divorce", "death", "moving_out", "moving_in", "child_card_0_5"),
        *("child_card_over_5", "cards_left"),
    ]
    stocks = {"suket_before", "suket_left", "print_ready_left", "cards_left"}
    stocks |= {"agreements", "data_access"}
    assert {one.name for one in RECAP_COLUMNS if one.nature == Nature.STOCK} == stocks
