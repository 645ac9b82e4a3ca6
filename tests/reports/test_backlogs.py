"""The backlog of statuses: one number on page, API, evaluation and board; cards needed by it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.ids import uuid7
from dukcapil.core.templatetags.figures import people
from events.stock.services.counting import count
from registrations.booking.services.drafts import Source
from registrations.cards.enums import STEPS
from registrations.cards.models import RecordStatus, StatusCount, StatusImport
from registrations.cards.selectors.backlog import kept_backlog
from registrations.cards.services.counting import count_days, count_office
from registrations.cards.services.importing import (
    bring_statuses,
    take_back_statuses,
    take_statuses,
)
from registrations.oversight.services.erasing import erase_person
from reports.invariants.selectors import offenders_of
from reports.invariants.statuses import STATUSES
from tests.engines import LONG, as_superuser
from tests.pages.conftest import little
from tests.registrations.test_statuses import ago, enter, number
from tests.world import VILLAGES, World, make_basis, make_resident, today

MOST = 8
#: Jepara, January 2017 (domain-2.md section 3): in the print queue, print-ready, sent. Without LONG a tenth.
JEPARA = {
    code: n if LONG else -(-n // 10)
    for code, n in {
        "SENT_FOR_CARD_PRINTING": 23_178,
        "PRINT_READY_RECORD": 4_579,
        "SENT_FOR_ENROLLMENT": 665,
        "DUPLICATE_RECORD": 12,
        "CARD_PRINTED": 31,
    }.items()
}
NEEDED = 28_422 if LONG else 2_318 + 458 + 67
_PEOPLE = """
INSERT INTO registrations_resident (id, office_id, nik_hash, village_id, birth_date, sex,
    marital_status, is_example, created_at)
SELECT gen_random_uuid(), '13.75', sha256(('jepara ' || n)::bytea), %s, date '1980-01-01', 'M',
       'single', true, now()
  FROM generate_series(1, %s) n
"""
_MADE = """
SELECT id FROM registrations_resident WHERE nik_hash IN (
    SELECT sha256(('jepara ' || n)::bytea) FROM generate_series(1, 30000) n)
"""


def bring(made: World, text: str, who: str = "operator") -> StatusImport:
    by = made[who].actor
    with scoped(by.scope):
        brought = bring_statuses(
            by=by, source=Source(text.encode()), said_by="SIAK", as_of=by.today
        )
        return take_statuses(by=by, brought_id=brought.brought.pk)


def sound() -> None:
    with scoped(EVERYBODY):
        for rule in STATUSES:
            assert not offenders_of(rule), rule.name


def cells(html: bytes, panel: str) -> dict[str, list[str]]:
    """First column -> the others, as somebody reads them."""
    found = BeautifulSoup(html, "html.parser").select(f"#{panel} tbody tr")
    return {
        row.th.get_text(" ", strip=True): [
            re.sub(r"\s+", " ", cell.get_text(" ", strip=True)) for cell in row.select("td")
        ]
        for row in found
        if row.th
    }


def test_page_api_evaluation_and_board_say_the_same(made: World, browser: Any) -> None:
    make_basis()
    persons = [make_resident(made) for _n in range(3)]
    days = (40, 35, 2)
    lines = [
        f"{number(one)};SFE;{today() - timedelta(days=n):%d-%m-%Y}"
        for one, n in zip(persons, days, strict=True)
    ]
    bring(made, "NIK;Status;Tanggal status\n" + "\n".join(lines))
    other = make_resident(made, office="13.06")
    bring(made, f"NIK;Status\n{number(other)};PRR", who="neighbour")
    office = made["operator"].get("record-statuses/").json
    counts = {row["code"]: row for row in office["counts"]}
    assert set(counts) == {step.code for step in STEPS}
    sent = counts["SENT_FOR_ENROLLMENT"]
    assert (sent["people"], sent["late"], office["as_of"]) == (3, 2, str(today()))
    assert timezone.localdate(datetime.fromisoformat(sent["oldest"])) == today() - timedelta(
        days=40
    )
    # The home of the office, and of the province with both.
    home = cells(browser("operator").get("/hari-ini/").content, "backlog")
    (label,) = home
    assert home[label] == ["3", "2", "40"]
    province = browser("province_officer").get("/hari-ini/").content
    assert cells(province, "backlog")[label] == ["3", "2", "40"]
    assert len(cells(province, "backlog")) == 2
    # The page of statuses, of office and province.
    own = browser("operator").get("/status/").content.decode()
    assert re.sub(r"\s+", "", own).count('data-label="Orang">3<') == 1
    whole = made["province_officer"].get("record-statuses/?region=13").json
    by_code = {row["code"]: row["people"] for row in whole["counts"]}
    assert (by_code["SENT_FOR_ENROLLMENT"], by_code["PRINT_READY_RECORD"]) == (3, 1)
    # Evaluation and board: a row for each office, of who brought none a dash.
    tables = [
        cells(browser("province_officer").get(path).content, "backlogs")
        for path in ("/evaluasi/13/", "/desk-pilkada/13/")
    ]
    for table in tables:
        assert len(table) == 19
        (mine,) = [row for name, row in table.items() if "Bukittinggi" in name]
        assert mine[1].startswith("3 "), mine
        assert "2" in mine[1]
        assert "40" in mine[1]
        (unknown,) = [row for name, row in table.items() if "Solok Selatan" in name]
        assert set(unknown) == {"–"}
    board = made["operator"].get("desk/?region=13.75").json["results"][0]
    assert board["statuses_as_of"] == str(today())
    assert board["statuses"] == office["counts"]
    past = str(today() - timedelta(days=1))
    board = made["operator"].get(f"desk/?region=13.75&day={past}").json["results"][0]
    assert (board["statuses"], board["statuses_as_of"]) == (None, None)
    sound()


def test_unknown_is_no_zero_and_what_is_taken_back_is_unknown_again(
    made: World, browser: Any
) -> None:
    make_basis()
    person = make_resident(made)
    enter(made, person, "PRINT_READY_RECORD", 3)
    # By hand alone: the office sees it, nobody counts on it.
    assert made["operator"].get("record-statuses/").json["counts"] is None
    panel = BeautifulSoup(browser("operator").get("/hari-ini/").content, "html.parser")
    (backlog,) = panel.select("#backlog")
    assert "–" in backlog.get_text()
    brought = bring(made, f"NIK;Status\n{number(person)};CP")
    answer = made["operator"].get("record-statuses/").json
    assert sum(row["people"] for row in answer["counts"]) == 1
    by = made["operator"].actor
    with scoped(by.scope):
        take_back_statuses(by=by, brought_id=brought.pk)
    assert made["operator"].get("record-statuses/").json["as_of"] is None
    bring(made, f"NIK;Status\n{number(person)};CP")
    head = made["head"].actor
    with scoped(head.scope):
        erase_person(by=head, resident=person, reason="Permohonan tertulis", case="12/2026")
    answer = made["operator"].get("record-statuses/").json
    assert [row["people"] for row in answer["counts"]] == [0] * len(STEPS)
    assert made["operator"].get("record-statuses/?region=13.06").status == 404
    assert made["operator"].get("record-statuses/?region=13").status == 404
    sound()


def test_who_becomes_late_is_counted_by_the_next_day(kept: World) -> None:
    made = kept
    day = f"{today() - timedelta(days=40):%d-%m-%Y}"
    bring(made, f"NIK;Status;Tanggal status\n{number(make_resident(made))};SFE;{day}")
    # As it was counted before anybody was late.
    with scoped(EVERYBODY):
        StatusCount.objects.update(late=0)
    assert count_days() == 0
    with scoped(EVERYBODY):
        StatusCount.objects.update(counted_at=ago(1))
    use_role("worker")
    assert count_days() == 1
    use_role("web")
    now = kept_backlog("13.75")
    assert now is not None
    assert now.late == 1
    assert kept_backlog("13.75.01") is None


def test_counts_that_cannot_be_are_refused_and_found(made: World) -> None:
    person = make_resident(made)
    bring(made, f"NIK;Status\n{number(person)};PRR")
    sound()
    for wrong in ("late = people + 1", "people = people + 1", "code = 'PRR'"):
        with scoped(EVERYBODY), pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(f"UPDATE registrations_statuscount SET {wrong}")
    with scoped(EVERYBODY):
        StatusCount.objects.filter(people=1).update(people=2)
        assert any(offenders_of(rule) for rule in STATUSES)


def test_pages_with_backlogs_ask_little(made: World, browser: Any) -> None:
    make_basis()
    bring(made, f"NIK;Status\n{number(make_resident(made))};PRR")
    for who, paths in (
        ("operator", ("/hari-ini/", "/status/", "/stok/13.75/")),
        ("province_officer", ("/hari-ini/", "/evaluasi/13/", "/desk-pilkada/13/", "/status/")),
    ):
        client = browser(who)
        for path in paths:
            little(client, path, MOST)


# --- cards needed ---------------------------------------------------------------------------------


def test_jepara_needs_28_422_cards_or_a_tenth_of_them(made: World, browser: Any) -> None:
    """Out of rows of people, through page and API, with the formula beside the number."""
    make_basis()
    by = made["operator"].actor
    with scoped(by.scope):
        count(
            by=by,
            count_id=uuid7(),
            account="office:13.75",
            item="card",
            physical=30_000,
            counted_at=timezone.now() - timedelta(days=2),
            team=[{"name": "Siti", "function": "Pengurus barang"}],
        )
    [row] = made["operator"].get("stock/?region=13.75&item=card").json["results"]
    assert (row["need"], row["need_by"], row["need_as_of"]) == (None, None, None)
    first = make_resident(made)
    bring(made, f"NIK;Status\n{number(first)};DUP")
    with connection.cursor() as cursor, scoped(EVERYBODY):
        cursor.execute(_PEOPLE, [VILLAGES["13.75"], sum(JEPARA.values())])
        persons = [pk for (pk,) in rows(_MADE)]
        said, at = iter(persons), ago(0)
        made_rows = [
            RecordStatus(
                resident_id=next(said),
                office_id="13.75",
                code=code,
                at=at,
                since=at,
                source="SIAK",
                entered_by_id=by.user_id,
            )
            for code, n in JEPARA.items()
            for _n in range(n)
        ]
        # Rules that were planned for a table of few people.
        cursor.execute("DISCARD PLANS; SET LOCAL enable_seqscan = off")
        RecordStatus.objects.bulk_create(made_rows, batch_size=2_000)
        count_office("13.75")
    [row] = made["operator"].get("stock/?region=13.75&item=card").json["results"]
    assert (row["need"], row["need_by"], row["need_as_of"]) == (NEEDED, "statuses", str(today()))
    page = browser("operator").get("/stok/13.75/").content.decode()
    for figure in (NEEDED, *list(JEPARA.values())[:3]):
        assert re.search(rf"[\s>]{re.escape(people(figure))}[\s<]", page), figure
    province = browser("province_officer").get("/stok/provinsi/13/").content.decode()
    assert people(NEEDED) in province
    [row] = made["province_officer"].get("stock/?region=13&item=card").json["results"][:1]
    by_region = {
        one["region"]: one
        for one in made["province_officer"].get("stock/?region=13&item=card").json["results"]
    }
    assert by_region["13.75"]["need"] == NEEDED
    assert by_region["13.06"]["need"] is None


def test_what_was_entered_before_counts_were_kept_is_counted(kept: World) -> None:
    person = make_resident(kept)
    enter(kept, make_resident(kept), "PROCESSING", 9)
    bring(kept, f"NIK;Status\n{number(person)};PRR")
    written = import_module("registrations.migrations.0046_status_counts")
    before = kept_backlog("13.75")
    as_superuser("DELETE FROM registrations_statuscount")
    as_superuser(written._ENTERED)
    sound()
    use_role("worker")
    assert count_days() == 1
    use_role("web")
    after = kept_backlog("13.75")
    assert before is not None
    assert after is not None
    assert (after.rows, after.as_of) == (before.rows, before.as_of)
    assert after.late == 1
