"""Published figures to the digit, and live figures as records come, go and are built."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import as_role
from dukcapil.core.errors import Conflict
from dukcapil.core.rows import columns
from dukcapil.core.tables import RowErrors
from dukcapil.regions.models import Region
from events.elections.models import Election
from registrations.ledger.services.corrections import void_record
from reports.bases.models import PopulationBasis
from reports.bases.services.basis import import_basis
from reports.bases.validators import (
    COMPONENTS,
    gap_to_target,
    per_day,
    percent,
    percent_of_target,
)
from reports.coverage.selectors.metadata import FIGURES
from reports.coverage.selectors.metadata import TABLE as OFFICE_TABLE
from reports.coverage.selectors.row import TABLE, Components
from reports.demo.published import LAMPUNG_DKB, LAMPUNG_DP4, load_denpasar, load_lampung
from tests.tables import read_rows
from tests.world import Caller, World, make_basis, make_resident, make_target, record, today

GOLDEN = Path(settings.BASE_DIR) / "reports" / "data"


@pytest.fixture
def lampung(made: World) -> Caller:
    load_lampung()
    make_target(year=2024)
    make_target(indicator="ikd", year=2024, percent="30.00")
    Election.objects.create(
        name="Pilkada", kind="pilkada", region_id="00", held_on=date(2024, 11, 27)
    )
    return made["other_province_officer"]


def ask(caller: Caller, query: str) -> list[dict]:
    answer = caller.get(f"coverage/?{query}")
    assert answer.status == 200, answer.json
    return answer.json["results"]


def test_lampung_on_15_november_2024_on_dinamis(lampung: Caller) -> None:
    [row] = ask(lampung, "region=18&level=province&date=2024-11-15")
    assert row["basis_kind"] == "dinamis"
    assert (row["wajib_ktp"], row["recorded"], row["unrecorded"]) == (6616086, 6528688, 87398)
    assert row["recorded_percent"] == "98.68"
    # ceil(99.4 % of 6,616,086) - 6,528,688, over 18-22, 25 and 26 November
    assert (row["gap_to_target"], row["needed_per_day"]) == (47702, 6815)
    make_target(region_id="18", year=2024, percent="99.00")
    [lower] = ask(lampung, "region=18&level=province&date=2024-11-15&basis=" + row["basis"])
    assert (lower["gap_to_target"], lower["needed_per_day"]) == (21238, 3034)
    assert (row["needed_until"], row["election"]) == ("2024-11-27", Election.objects.get().pk)
    assert row["as_of"] == "2024-11-15T23:59:59+07:00"


def test_lampungs_fifteen_regencies_sum_to_the_same_unrecorded(lampung: Caller) -> None:
    rows = ask(lampung, "region=18&level=regency&date=2024-11-15")
    with (GOLDEN / "lampung-2024-11-15-belum-rekam.csv").open() as file:
        printed = {r["region_code"]: int(r["belum_rekam"]) for r in csv.DictReader(file)}
    assert {row["region"]: row["unrecorded"] for row in rows} == printed
    assert sum(printed.values()) == 87398
    assert {row["wajib_ktp"] for row in rows} == {None}
    answer = lampung.get("coverage/?region=18&level=regency&date=2024-11-15").json
    assert answer["differences"] == []


def test_lampung_the_same_day_on_dkb(lampung: Caller) -> None:
    [row] = ask(lampung, f"region=18&level=province&date=2024-11-15&basis={LAMPUNG_DKB}")
    assert (row["wajib_ktp"], row["recorded_percent"], row["unrecorded"]) == (
        6606173,
        "98.83",
        77485,
    )


def test_the_june_dp4_shows_that_its_parts_do_not_sum(lampung: Caller) -> None:
    answer = lampung.get(f"coverage/?region=18&level=regency&date=2024-06-30&basis={LAMPUNG_DP4}")
    assert sum(row["unrecorded"] for row in answer.json["results"]) == 119506
    assert answer.json["differences"] == [
        {
            "region": "18",
            "figure": "unrecorded",
            "own": 119512,
            "sum_of_parts": 119506,
            "difference": 6,
            "parts_level": "regency",
        }
    ]
    [row] = ask(lampung, f"region=18&level=province&date=2024-06-30&basis={LAMPUNG_DP4}")
    assert (row["unrecorded"], row["recorded"]) == (119512, 6457525)


def test_denpasar_of_base_and_of_target(lampung: Caller, made: World) -> None:
    load_denpasar()
    [row] = ask(made["nation_viewer"], "region=51.71&level=regency&date=2024-10-10")
    assert (row["ikd_percent_of_base"], row["ikd_percent_of_target"]) == ("3.87", "12.89")
    assert row["wajib_ktp"] is None
    assert row["recorded_percent"] is None


def test_csv_has_the_same_text_as_json(lampung: Caller) -> None:
    query = "region=18&level=province&date=2024-11-15"
    [row] = ask(lampung, query)
    answer = lampung.get(f"coverage/?{query}&format=csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    [line] = csv.DictReader(io.StringIO(answer.content.decode()))
    row |= row.pop("components") or {}
    assert line == {name: "" if value is None else str(value) for name, value in row.items()}
    assert lampung.get(f"coverage/?{query}", Accept="text/csv").content == answer.content


def test_each_row_counts_to_its_own_election_whoever_lists_it(made: World) -> None:
    make_basis()
    make_target(year=today().year)
    own = {"13": None, "13.75": 5, "13.06": 20, "18": None}
    for region, kind, days in (
        ("13", "example", 2),  # an example of a province is nobody's
        ("00", "example", 3),
        ("13.75", "example", 5),
        ("13.75", "pilkades", 9),
        ("13.06", "pilkades", 20),
    ):
        held_on = today() + timedelta(days=days)
        Election.objects.create(name=kind, kind=kind, region_id=region, held_on=held_on)
    viewer, found = made["nation_viewer"], {}
    for query in (
        *("region=00&level=province", "region=00&level=regency", "region=13&level=regency"),
        *(f"region={region}" for region in own),
        *(f"region={region}&level=regency" for region in ("13.75", "13.06")),
        "region=13&level=province",
    ):
        for row in ask(viewer, query):
            told = [row[name] for name in ("gap_to_target", "needed_per_day", "needed_until")]
            found.setdefault(row["region"], []).append((*told, row["election"]))
    for region, days in own.items():
        rows = {row[1:] for row in found[region] if row[0] is not None}
        assert len(rows) <= 1, (region, rows)
        for _needed, until, election in rows:
            day = today() + timedelta(days=days) if days else date(today().year, 12, 31)
            assert until == str(day)
            assert (election is None) == (days is None)
        assert all(row == (None,) * 4 for row in found[region] if row[0] is None)
    assert {region: len(found[region]) for region in own} == {
        "13": 2,
        "13.75": 4,
        "13.06": 4,
        "18": 1,
    }


# --- live ---------------------------------------------------------------------------------------


def test_a_record_counts_at_once_everywhere_above_and_a_void_takes_it_back(made: World) -> None:
    make_basis()
    officer = made["province_officer"]
    before = {r["region"]: r for r in ask(officer, "region=13&level=regency")}
    row = record(made, make_resident(made))
    after = {r["region"]: r for r in ask(officer, "region=13&level=regency")}
    [province] = ask(officer, "region=13&level=province")
    assert after["13.75"]["recorded"] == before["13.75"]["recorded"] + 1 == 991
    assert after["13.75"]["unrecorded"] == 9
    assert after["13.75"]["recorded_today"] == 1
    assert after["13.06"] == before["13.06"]
    assert (province["recorded"], province["recorded_percent"]) == (3801, "95.03")
    by = made["operator"].actor
    with scoped(by.scope):
        void_record(by=by, record=row, reason="Salah orang")
    [back] = ask(officer, "region=13&level=province")
    assert (back["recorded"], back["recorded_today"]) == (3800, 0)


def test_domicile_and_place_of_service_are_two_views(made: World) -> None:
    make_basis()
    outsider = make_resident(made, village=Region.objects.get(pk="13.06.01.2001"))
    record(made, outsider)
    officer = made["province_officer"]
    home = {r["region"]: r["recorded"] for r in ask(officer, "region=13&level=regency")}
    place = {
        r["region"]: r["recorded"] for r in ask(officer, "region=13&level=regency&view=service")
    }
    assert (home["13.75"], home["13.06"]) == (990, 2811)
    assert (place["13.75"], place["13.06"]) == (991, 2810)


def test_rows_without_figures_are_listed_with_nulls(made: World) -> None:
    make_basis()
    rows = ask(made["province_officer"], "region=13&level=regency")
    assert len(rows) == 19
    unknown = next(row for row in rows if row["region"] == "13.01")
    assert (unknown["wajib_ktp"], unknown["recorded"], unknown["recorded_percent"]) == (None,) * 3
    assert unknown["recorded_today"] == 0


def test_above_a_hundred_percent_is_kept(made: World) -> None:
    done = import_basis(
        rows=[{"region_code": "13.75", "wajib_ktp": "100", "recorded": "103"}],
        name="Lebih",
        kind="dkb",
        wajib_as_of=today() - timedelta(days=9),
        level="regency",
    )
    assert len(done.warnings) == 1
    [row] = ask(made["operator"], "region=13.75&level=regency")
    assert (row["recorded_percent"], row["unrecorded"]) == ("103.00", -3)


def test_counting_sees_no_person(made: World) -> None:
    record(made, make_resident(made))
    with pytest.raises(Exception, match="permission denied"):  # noqa: SIM117
        with as_role("figures"), connection.cursor() as cursor:
            cursor.execute("SELECT resident_id FROM registrations_servicerecord")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("region=13.75&date=2999-01-01", "date-future"),
        ("region=13.75&basis=tidak-ada", "basis-unknown"),
        ("region=13.75&release=tidak-ada", "release-unknown"),
        ("region=13.75&level=province", "level-above"),
        ("region=13.75&format=pdf", "format"),
        ("region=1375x", "region-code"),
        ("region=13.99", "region-unknown"),
        ("region=91.01", "region-retired"),
        ("region=13.75&colour=red", "invalid"),
        ("region=13.75&date=kemarin", "invalid"),
        ("", "invalid"),
    ],
)
def test_a_bad_question_says_what_is_allowed(made: World, query: str, code: str) -> None:
    answer = made["operator"].get(f"coverage/?{query}")
    assert (answer.status, answer.json["type"]) == (422, f"/problems/{code}")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_undotted_codes_are_taken(made: World) -> None:
    make_basis()
    assert ask(made["operator"], "region=1375&level=regency") == ask(
        made["operator"], "region=13.75&level=regency"
    )


def test_etag_and_not_modified(made: World) -> None:
    make_basis()
    first = made["operator"].get("coverage/?region=13.75&level=regency")
    again = made["operator"].get(
        "coverage/?region=13.75&level=regency", **{"If-None-Match": first.headers["ETag"]}
    )
    assert (again.status, again.content) == (304, b"")
    assert not first.headers["ETag"].startswith("W/")
    record(made, make_resident(made))
    changed = made["operator"].get(
        "coverage/?region=13.75&level=regency", **{"If-None-Match": first.headers["ETag"]}
    )
    assert changed.status == 200


def test_series_agrees_with_coverage(made: World) -> None:
    make_basis()
    record(made, make_resident(made))
    first = today() - timedelta(days=3)
    rows = made["operator"].get(f"coverage/13.75/series/?from={first}").json["results"]
    [now] = ask(made["operator"], "region=13.75&level=regency")
    assert [row["date"] for row in rows] == [str(first + timedelta(days=n)) for n in range(4)]
    assert rows[0]["recorded"] == 990
    assert {k: rows[-1][k] for k in ("recorded", "unrecorded", "recorded_percent")} == {
        k: now[k] for k in ("recorded", "unrecorded", "recorded_percent")
    }


def test_nineteen_rows_cost_the_queries_of_twelve(made: World) -> None:
    make_basis(
        rows=[
            {"region_code": code, "wajib_ktp": "1000", "recorded": "990"}
            for code in ("13.01", "13.75", "14.01")
        ]
    )
    counts = []
    for region, expected in (("14", 12), ("13", 19)):
        with CaptureQueriesContext(connection) as captured:
            rows = ask(made["nation_viewer"], f"region={region}&level=regency")
        assert len(rows) == expected
        counts.append(len(captured))
    assert counts[0] == counts[1]


# --- importing ----------------------------------------------------------------------------------


def test_the_same_basis_again_writes_nothing_and_other_content_is_refused(made: World) -> None:
    make_basis()
    make_basis()
    assert PopulationBasis.objects.count() == 1
    with pytest.raises(Conflict):
        make_basis(rows=[{"region_code": "13", "wajib_ktp": "1", "recorded": "1"}])


def test_a_file_with_bad_rows_names_them_all_and_leaves_nothing(
    made: World, tmp_path: Path
) -> None:
    path = tmp_path / "basis.csv"
    path.write_text(
        "region_code,wajib_ktp,recorded\n13.75,seribu,990\n13.06,100,100\n13.06,100,100\n"
        "13.98,5,5\n13.75.01,1,1\n13.76,10,-1\n"
    )
    with pytest.raises(RowErrors) as refused:
        import_basis(
            rows=read_rows(path.open("rb")),
            name="Salah",
            kind="dkb",
            wajib_as_of=today(),
            level="regency",
        )
    assert [error.partition(":")[0].split()[1].rstrip(",") for error in refused.value.errors] == [
        "2",
        "4",
        "5",
        "6",
        "7",
    ]
    assert not PopulationBasis.objects.exists()


def test_a_basis_is_never_changed(made: World) -> None:
    make_basis()
    with pytest.raises(Exception, match=r"never changed|permission denied"):
        PopulationBasis.objects.update(name="Lain")


# --- arithmetic -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numerator", "denominator", "text"),
    [
        (1, 8, "12.50"),
        (1, 800, "0.13"),
        (5, 100_000, "0.01"),
        (4, 100_000, "0.00"),
        (3, 2, "150.00"),
        (-1, 800, "-0.13"),
        (0, 5, "0.00"),
        (1, 0, None),
        (None, 5, None),
    ],
)
def test_percentages_are_half_up_from_integers(
    numerator: int | None, denominator: int, text: str | None
) -> None:
    assert percent(numerator, denominator) == text


def test_an_answer_has_the_columns_that_its_document_names(lampung: Caller) -> None:
    schema = yaml.safe_load(lampung.client.get("/api/v1/schema/").content)
    shapes = schema["components"]["schemas"]
    named = {name: shapes[name]["properties"] for name in ("CoverageRow", "Components")}
    [row] = ask(lampung, "region=18&level=province&date=2024-11-15")
    assert [*row, "suppressed"] == list(named["CoverageRow"])
    assert list(row["components"]) == list(named["Components"]) == list(COMPONENTS)


def test_every_figure_is_described_and_stands_in_every_table() -> None:
    counted = [c.name for c in TABLE if c.kind is int and c.name not in ("revision", "election")]
    shares = [column.name for column in TABLE if column.name.endswith("_percent")]
    assert set(FIGURES) >= {*counted, *shares}
    assert sorted(FIGURES) == sorted(OFFICE_TABLE)
    assert [c.name for c in columns(Components)] == list(COMPONENTS)


def test_gap_and_pace() -> None:
    assert gap_to_target(990, 1000, Decimal("99.40")) == 4
    assert gap_to_target(999, 1000, Decimal("99.40")) == -5
    assert (per_day(10, 3), per_day(-5, 3), per_day(5, 0), per_day(None, 3)) == (4, 0, None, None)
    assert percent_of_target(19740, 510493, Decimal("30.00")) == "12.89"


def test_complete_parts_cover_a_region_without_a_row_of_its_own(made: World) -> None:
    codes = Region.objects.within("13").level("regency").values_list("code", flat=True)
    make_basis(rows=[{"region_code": code, "wajib_ktp": "100", "recorded": "99"} for code in codes])
    [row] = ask(made["province_officer"], "region=13&level=province")
    assert (row["basis"], row["wajib_ktp"], row["recorded"]) == ("Uji DKB", 1900, 1881)


def test_incomplete_parts_give_no_sum(made: World) -> None:
    make_basis(rows=[{"region_code": "13.75", "wajib_ktp": "100", "recorded": "99"}])
    [row] = ask(made["province_officer"], "region=13&level=province&basis=Uji%20DKB")
    assert (row["wajib_ktp"], row["recorded_percent"]) == (None, None)
