from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY, rows
from registrations.people.models import Resident
from registrations.people.services import imports
from tests.world import World, looks

HEAD = "nik,name,birth_date,sex,village,recorded_on\n"
GOOD = (
    "9901011705900001,Siti Contoh,1990-05-17,M,1375011001,2015-01-01\n"
    "9901011705900002,Budi Contoh,1990-05-17,M,13.06.01.2001,\n"
)


@pytest.fixture(autouse=True)
def _back_to_web() -> Iterator[None]:
    yield
    use_role("web")


def count() -> int:
    with scoped(EVERYBODY):
        return int(rows("SELECT count(*) FROM registrations_residentidentity")[0][0])


def run(path: Path, text: str, *options: str) -> None:
    path.write_text(text)
    call_command("import_residents", str(path), *options)


def test_people_go_to_their_office_and_again_writes_nothing(kept: World, tmp_path: Path) -> None:
    path = tmp_path / "warga.csv"
    run(path, HEAD + GOOD, "--dry-run")
    assert count() == 0
    run(path, HEAD + GOOD)
    run(path, HEAD + GOOD)
    assert count() == 2
    use_role("web")
    found = kept["operator"].post("residents/search/", {"nik": "9901011705900001"}).json["results"]
    assert [(r["office"], r["name"], r["recorded_on"]) for r in found] == [
        ("13.75", "Siti Contoh", "2015-01-01")
    ]
    assert kept["neighbour"].get("residents/").json["results"][0]["name"] == "Budi Contoh"


def test_who_was_held_before_has_a_row_in_the_log_of_their_office(
    kept: World, tmp_path: Path
) -> None:
    path = tmp_path / "warga.csv"
    run(path, HEAD + GOOD)
    assert looks(kind="resident import") == []
    run(path, HEAD + GOOD)
    rows_of_held = looks(kind="resident import")
    assert {row.office for row in rows_of_held} == {"13.75", "13.06"}
    with scoped(EVERYBODY):
        assert {row.subject for row in rows_of_held} == {
            str(pk) for pk in Resident.objects.values_list("pk", flat=True)
        }
    assert [row.found for row in looks(kind="resident import, not held")] == [2, 0]


def test_bad_rows_are_all_named_without_their_values_and_nothing_stays(
    kept: World, tmp_path: Path
) -> None:
    bad = (
        "990101170590,Salah,1990-05-17,M,13.75.01.1001,\n"
        "9901011705900003,Salah,31-02-1990,M,13.75.01.1001,\n"
        "9901011705900004,Salah,1990-05-17,X,13.75.01.1001,\n"
        "9901011705900005,Salah,1990-05-17,M,13.75.01.9999,\n"
        "9901011705900001,Lagi,1990-05-17,M,13.75.01.1001,\n"
    )
    with pytest.raises(CommandError) as refused:
        run(tmp_path / "warga.csv", HEAD + GOOD + bad)
    lines = str(refused.value).split("\n")
    assert [line.partition(":")[0] for line in lines] == [
        "Baris 4, nik",
        "Baris 5, birth_date",
        "Baris 6, sex",
        "Baris 7, village",
        "Baris 2, nik",
    ]
    assert "9901" not in str(refused.value)
    assert count() == 0


def test_a_file_without_its_columns(kept: World, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nik, sex"):
        run(tmp_path / "warga.csv", "name,birth_date,village\nSiti,1990-05-17,13.75.01.1001\n")


def test_headers_and_values_as_offices_write_them(kept: World, tmp_path: Path) -> None:
    path = tmp_path / "warga.csv"
    head = "DAFTAR PENDUDUK\n\nNo;NIK;Nama Lengkap;Tgl Lahir;L/P;Kode Desa\n"
    run(path, head + "1;'9901011705900001;SITI CONTOH;17-05-1990;L;1375011001\n")
    run(path, HEAD + GOOD)
    assert count() == 2
    with scoped(EVERYBODY):
        assert {str(one.birth_date) for one in Resident.objects.all()} == {"1990-05-17"}


def test_a_long_list_is_judged_by_several_processes_and_comes_to_the_same(
    kept: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "warga.csv"
    lines = [
        f"99010117059{n:05},Warga {chr(65 + n)},1990-05-17,M,1375011001,\n" for n in range(1, 20)
    ]
    monkeypatch.setattr(imports, "CHUNK", 2)
    wrong = [*lines[:9], lines[9].replace("1990-05-17", "31-02-1990"), *lines[10:], lines[3]]
    with pytest.raises(CommandError) as refused:
        run(path, HEAD + "".join(wrong))
    assert "11," in str(refused.value)
    assert "5, nik" in str(refused.value)
    assert count() == 0
    run(path, HEAD + "".join(lines))
    assert count() == 19


def test_the_api_answers_in_the_language_of_the_offices(kept: World) -> None:
    wrong = kept["operator"].get("residents/?group=x")
    assert wrong.status == 422
    assert "Bukan id yang sah (UUID)." in str(wrong.json)
    body = {"nik": "9901011705900001", "name": "Siti", "sex": "M", "village": "13.75.01.1001"}
    refused = kept["operator"].post("residents/", {**body, "birth_date": "2009-02-31"})
    assert refused.status == 422
    assert "Tanggal ini tidak ada dalam kalender." in str(refused.json)
    other = kept["operator"].post("residents/", {**body, "birth_date": "31-02-2009"})
    assert "tidak ada dalam kalender" not in str(other.json)
