"""Numbers that nobody can have been issued: registered with a warning, and counted by nobody until the
head or the province accepts one of the person's records.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.db.models import Sum
from django.test import Client

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.errors import from_database
from dukcapil.core.ids import uuid7
from registrations.ledger.models import ServiceRecord
from registrations.people.models import Resident
from registrations.people.selectors import nik_doubts
from registrations.people.validators import Nik
from tests.roles import sound
from tests.world import Answer, World, make_event, make_resident, make_session, nik, record, today

#: For tests that send what the short road answers.
both_roads = pytest.mark.usefixtures("both_roads")

BORN = date(1990, 5, 17)
#: Why nobody can have been issued it -> the number.
IMPOSSIBLE = {
    "area-unknown": "0199011705900001",
    "date-impossible": "1375013102900001",
    "serial-zero": "9901011705900000",
}
LATE = "2011-01-05T08:00:00+07:00"


def body(number: str, **changes: Any) -> dict[str, Any]:
    return {
        "nik": number,
        "name": "Orang Rekaan",
        "birth_date": "1990-05-17",
        "sex": "M",
        "village": "13.75.01.1001",
        **changes,
    }


def served(resident: object, service: str = "recording", **changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        "service": service,
        "outcome": "done",
        "resident": str(resident),
        "occurred_at": f"{today()}T00:00:01+07:00",
        **changes,
    }


def counted(village: str = "13", **wanted: Any) -> int:
    with scoped(EVERYBODY):
        records = ServiceRecord.objects.filter(domicile__code__startswith=village, **wanted)
        return records.aggregate(n=Sum("weight"))["n"] or 0


def doubtful(made: World, number: str = IMPOSSIBLE["serial-zero"], **changes: Any) -> str:
    answer = made["operator"].post("residents/", body(number, **changes))
    assert answer.status == 201
    return str(answer.json["id"])


def accept(made: World, who: str, record_id: object) -> Answer:
    return made[who].post(f"service-records/{record_id}/accept/", {"reason": "KK dilihat"})


# --- the rule -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "number"), IMPOSSIBLE.items())
def test_what_nobody_can_have_been_issued(made: World, code: str, number: str) -> None:
    assert [doubt.code for doubt in nik_doubts(Nik(number))] == [code]


@pytest.mark.parametrize(
    "number",
    [
        "1375015705900001",  # a woman
        "1375012902000001",  # 29 February of 2000
        "1375012902040001",
        "9901011705900001",  # an example's
        "1401011705990001",
    ],
)
def test_what_may_exist_is_not_doubted(made: World, number: str) -> None:
    assert nik_doubts(Nik(number)) == []


@pytest.mark.parametrize("day", ["00", "32", "40", "72", "99"])
def test_days_that_do_not_exist(made: World, day: str) -> None:
    assert [d.code for d in nik_doubts(Nik(f"137501{day}05900001"))] == ["date-impossible"]


# --- every door -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "number"), IMPOSSIBLE.items())
def test_the_api_registers_it_with_a_warning(made: World, code: str, number: str) -> None:
    answer = made["operator"].post("residents/", body(number))
    assert answer.status == 201
    assert code in {warning["code"] for warning in answer.json["warnings"]}
    with scoped(EVERYBODY):
        assert Resident.objects.get(pk=answer.json["id"]).doubtful_number


@pytest.mark.contexts
def test_the_page_warns_once_and_registers_it(
    made: World, browser: Callable[[str], Client]
) -> None:
    client = browser("operator")
    typed = body(IMPOSSIBLE["serial-zero"], marital_status="single")
    warned = client.post("/penduduk/baru/", typed)
    assert warned.status_code == 422
    accepted = warned.context["form"]["accepted"].value()
    assert accepted == "serial-zero"
    assert "baru dihitung setelah nomornya diterima" in warned.content.decode()
    assert client.post("/penduduk/baru/", {**typed, "accepted": accepted}).status_code == 302
    with scoped(EVERYBODY):
        assert Resident.objects.get().doubtful_number


@pytest.mark.contexts
def test_a_class_list_registers_it_with_a_note(
    made: World, browser: Callable[[str], Client]
) -> None:
    session = make_session(made, make_event(made))
    client = browser("operator")
    path = f"/sesi/{session.pk}/rombongan/"
    pasted = f"NIK;Nama;Desa\n{IMPOSSIBLE['serial-zero']};Rekaan Satu;13.75.01.1001"
    typed = {"name": "XII", "services": ["recording"], "pasted": pasted}
    answer = client.post(path, typed, follow=True)
    assert answer.status_code == 200, answer.content.decode()
    book = {"do": "book", "version": answer.context["version"]}
    assert client.post(answer.request["PATH_INFO"], book).status_code == 302
    with scoped(EVERYBODY):
        resident = Resident.objects.filter(identity__name="Rekaan Satu").first()
    assert resident is not None
    assert resident.doubtful_number
    assert "0000" in answer.content.decode()


def test_an_import_registers_it_and_names_the_row(
    kept: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "warga.csv"
    lines = [
        f"{number},Orang {n},1990-05-17,M,13.75.01.1001"
        for n, number in enumerate([nik(BORN).text, *IMPOSSIBLE.values()])
    ]
    file.write_text("nik,name,birth_date,sex,village\n" + "\n".join(lines) + "\n")
    try:
        call_command("import_residents", str(file))
    finally:
        use_role("web")
    told = capsys.readouterr()
    assert "3, 4, 5" in told.out + told.err
    with scoped(EVERYBODY):
        assert Resident.objects.filter(doubtful_number=True).count() == 3
        assert Resident.objects.filter(doubtful_number=False).count() == 1


# --- what counts ----------------------------------------------------------------------------------


@both_roads
def test_twenty_invented_people_lift_no_figure_of_another_province(kept: World) -> None:
    """As it was done: impossible numbers, villages of another province, old dates."""
    operator = kept["operator"]
    for n in range(20):
        number = f"1375013102{n:02}0000"
        person = doubtful(kept, number, village="18.71.01.1003", confirm=["look-alike"])
        answer = operator.post("service-records/", served(person, occurred_at=LATE))
        assert (answer.status, answer.json["weight"]) == (201, 0)
        assert answer.json["set_aside_code"] == "doubtful-number"
    assert counted("18") == 0
    assert sound() == []


def test_the_ledger_sets_aside_whatever_the_insert_says(kept: World) -> None:
    resident = make_resident(kept, nik=Nik(IMPOSSIBLE["date-impossible"]))
    for service, changes in (
        ("recording", {}),
        ("ikd_activation", {}),
        ("family_card", {}),
        ("recording", {"outcome": "failed", "reason": "network"}),
    ):
        row = record(kept, resident, service, **changes)
        assert (row.weight, row.set_aside_code) == (0, "doubtful-number")
    assert counted() == 0
    assert sound() == []


def test_a_batch_answers_set_aside_with_the_code(made: World) -> None:
    person = doubtful(made)
    good = make_resident(made)
    answer = made["operator"].post(
        "service-records/batch/", [served(person), served(good.pk), served(person)]
    )
    results = answer.json["results"]
    assert [row["status"] for row in results] == ["set-aside", "created", "rejected"]
    assert results[0]["code"] == "doubtful-number"
    assert results[2]["problem"]["type"].endswith("waits-for-decision")
    assert counted() == 1


@both_roads
@pytest.mark.parametrize("who", ["head", "province_officer"])
def test_accepting_one_record_accepts_the_number(kept: World, who: str) -> None:
    person, operator = doubtful(kept), kept["operator"]
    first = operator.post("service-records/", served(person)).json
    card = operator.post("service-records/", served(person, "family_card")).json
    assert operator.post("service-records/", served(person)).status == 409
    assert accept(kept, "operator", first["id"]).status == 403
    done = accept(kept, who, first["id"])
    assert (done.status, done.json["weight"]) == (201, 1)
    assert accept(kept, who, first["id"]).status == 200
    later = operator.post("service-records/", served(person, "ikd_activation")).json
    assert (later["weight"], later["set_aside_code"]) == (1, "")
    assert operator.post("service-records/", served(person)).status == 409
    # What waited before goes on waiting: each was decided on by nobody yet.
    assert counted(service="family_card") == 0
    assert accept(kept, who, card["id"]).status == 201
    assert (counted(service="recording"), counted(service="family_card")) == (1, 1)
    assert sound() == []


@both_roads
def test_a_void_takes_the_acceptance_back_and_nothing_counts_twice(kept: World) -> None:
    person, operator = doubtful(kept), kept["operator"]
    first = operator.post("service-records/", served(person)).json["id"]
    accept(kept, "head", first)
    void = kept["head"].post(f"service-records/{first}/void/", {"reason": "Nomor salah"})
    assert (void.status, void.json["weight"]) == (201, -1)
    assert accept(kept, "head", first).status in {200, 409}
    assert counted() == 0
    again = operator.post("service-records/", served(person)).json
    assert (again["weight"], again["set_aside_code"]) == (0, "doubtful-number")
    void = operator.post(f"service-records/{again['id']}/void/", {"reason": "Salah"})
    assert void.json["weight"] == 0
    assert accept(kept, "head", again["id"]).status == 409
    assert counted() == 0
    assert sound() == []


@both_roads
def test_an_activation_is_accepted_only_after_its_recording(kept: World) -> None:
    person, operator = doubtful(kept), kept["operator"]
    first = operator.post("service-records/", served(person)).json["id"]
    ikd = operator.post("service-records/", served(person, "ikd_activation")).json["id"]
    early = accept(kept, "head", ikd)
    assert (early.status, early.json["type"].rpartition("/")[2]) == (422, "not-recorded-yet")
    assert accept(kept, "head", first).status == 201
    assert accept(kept, "head", ikd).status == 201
    assert counted() == 2
    assert sound() == []


def test_of_two_offices_only_one_counts(kept: World) -> None:
    number = Nik(IMPOSSIBLE["serial-zero"])
    mine = record(kept, make_resident(kept, nik=number))
    theirs = record(kept, make_resident(kept, "13.06", nik=number))
    assert accept(kept, "head", mine.pk).status == 201
    other = accept(kept, "neighbour_head", theirs.pk)
    assert (other.status, other.json["type"].rpartition("/")[2]) == (409, "other-record-counts")
    assert counted() == 1
    assert sound() == []


def test_a_head_decides_on_numbers_and_not_on_two_offices(made: World) -> None:
    number = nik(BORN)
    record(made, make_resident(made, nik=number))
    second = record(made, make_resident(made, "13.06", nik=number))
    assert second.set_aside_code == "other-office"
    assert accept(made, "neighbour_head", second.pk).status == 403
    assert accept(made, "head", second.pk).status == 404


def test_the_page_of_the_head_shows_why_and_accepts(
    made: World, browser: Callable[[str], Client]
) -> None:
    resident = make_resident(made, nik=Nik(IMPOSSIBLE["serial-zero"]), name="Rekaan Dua")
    row = record(made, resident)
    client = browser("head")
    html = client.get("/verifikasi/").content.decode()
    assert "Rekaan Dua" in html
    assert "NIK ini tidak mungkin pernah diterbitkan" in html
    client.post("/verifikasi/", {"do": "accept", "record": str(row.pk), "reason": "KK dilihat"})
    assert counted() == 1


def test_nobody_was_present_until_accepted(made: World) -> None:
    there = "SELECT present_on('13.75', %s, 1000)"
    row = record(made, make_resident(made, nik=Nik(IMPOSSIBLE["serial-zero"])))
    record(made, make_resident(made))
    assert rows(there, [today()]) == [(1,)]
    assert accept(made, "head", row.pk).status == 201
    assert rows(there, [today()]) == [(2,)]


# --- past the application -------------------------------------------------------------------------


def test_nobody_takes_the_doubt_away_but_by_accepting(made: World) -> None:
    person = doubtful(made)
    with scoped(EVERYBODY), pytest.raises(DatabaseError) as refused, transaction.atomic():
        Resident.objects.filter(pk=person).update(doubtful_number=False)
    assert getattr(from_database(refused.value), "code", "") == "number-doubtful"
    with scoped(EVERYBODY):
        assert Resident.objects.get(pk=person).doubtful_number


def test_the_code_is_part_of_the_rows_hash(made: World) -> None:
    row = record(made, make_resident(made, nik=Nik(IMPOSSIBLE["serial-zero"])))
    other = (
        "SELECT led.hash = ledger_hash(led), led.hash = ledger_hash(jsonb_populate_record(led,"
        ' \'{"set_aside_code": ""}\')) FROM registrations_servicerecord led WHERE id = %s'
    )
    with scoped(EVERYBODY):
        assert rows(other, [row.pk]) == [(True, False)]
