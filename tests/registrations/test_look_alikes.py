"""Somebody of the same name and birth date under another NIK: shown before a second person is made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY
from registrations.booking.readers import from_text
from registrations.booking.services.groups import book_group
from registrations.people.models import Resident
from registrations.people.validators import Nik
from tests.world import VILLAGES, World, looks, make_event, make_resident, make_session

BORN = date(1990, 5, 17)
PAGE = "/penduduk/baru/"


def person(serial: int, **changes: Any) -> dict[str, Any]:
    return {
        "nik": f"990101170590{serial:04}",
        "name": "CONTOH  WARGA",
        "birth_date": str(BORN),
        "sex": "M",
        "village": VILLAGES["13.75"],
        "marital_status": "single",
        **changes,
    }


@pytest.fixture
def held(made: World) -> Resident:
    return make_resident(made, nik=Nik(person(1)["nik"]), birth_date=BORN)


def count() -> int:
    with scoped(EVERYBODY):
        return int(Resident.objects.filter(birth_date=BORN).count())


def test_the_api_asks_and_the_same_call_with_the_word_is_carried_out(
    made: World, held: Resident
) -> None:
    asked = made["operator"].post("residents/", person(2))
    assert (asked.status, asked.json["confirm"]) == (409, ["look-alike"])
    assert count() == 1
    done = made["operator"].post("residents/", person(2, confirm=["look-alike"]))
    assert done.status == 201
    # Another birth date, another office: nobody alike.
    assert made["operator"].post("residents/", person(3, birth_date="1990-05-18")).status == 201
    other = person(4, village=VILLAGES["13.06"])
    assert made["neighbour"].post("residents/", other).status == 201
    assert made["neighbour"].post("residents/", other).json["type"] == "/problems/resident-exists"


def test_the_page_shows_who_it_may_be_masked_and_logged(
    made: World, held: Resident, browser: Callable[[str], Client]
) -> None:
    client = browser("operator")
    session = make_session(made, make_event(made))
    before = len(looks())
    asked = client.post(f"{PAGE}?book={session.pk}", person(2))
    text = asked.content.decode()
    assert asked.status_code == 422
    assert count() == 1
    assert held.identity.nik_masked[:6] in text
    assert person(1)["nik"] not in text
    shown = [row for row in looks()[before:] if row.subject == str(held.pk)]
    assert [(row.action, row.kind) for row in shown] == [("view", "resident")]
    # "It is this person" goes on with them, to the desk that asked.
    assert re.search(rf'href="/[^"]*{session.pk}[^"]*\?person={held.pk}"', text)
    confirmed = re.search(r'<button[^>]*name="confirm"\s+value="([^"]*)"', text)
    assert confirmed
    # Enter in a field sends the first button of the form: it asks again.
    first = BeautifulSoup(text, "html.parser").select("form.panel button[type=submit]")[0]
    assert first.get("name") is None
    done = client.post(PAGE, person(2, confirm=confirmed[1]))
    assert done.status_code == 302
    assert count() == 2


@pytest.mark.contexts
def test_a_yes_is_about_what_was_asked(
    made: World, held: Resident, browser: Callable[[str], Client]
) -> None:
    """Whoever writes another name after the question is asked about that one."""
    make_resident(made, nik=Nik(person(7)["nik"]), birth_date=BORN, name="Lain Orang")
    client = browser("operator")
    asked = client.post(PAGE, person(2)).context["asked"]
    yes = {"confirm": "look-alike", "asked": asked}
    changed = client.post(PAGE, person(2, name="Lain Orang", **yes))
    assert [row["name"] for row in changed.context["alike"]] == ["Lain Orang"]
    assert count() == 2
    assert client.post(PAGE, person(2, **yes)).status_code == 302
    assert count() == 3


@pytest.mark.contexts
def test_a_warning_is_read_before_anybody_is_asked_about(
    made: World, held: Resident, browser: Callable[[str], Client]
) -> None:
    """Both at once: the warning, then the look-alike, then the person is held."""
    client = browser("operator")
    body = person(2, sex="F")
    warned = client.post(PAGE, body)
    assert [remark.code for remark in warned.context["form"].warnings] == ["sex-differs"]
    asked = client.post(PAGE, body | {"accepted": "sex-differs"})
    assert [row["id"] for row in asked.context["alike"]] == [held.pk]
    done = client.post(PAGE, body | {"accepted": "sex-differs", "confirm": "look-alike"})
    assert (done.status_code, count()) == (302, 2)


def test_a_list_registers_no_look_alike_of_the_office_or_of_its_own_rows(
    made: World, held: Resident
) -> None:
    by = made["operator"].actor
    session = make_session(made, make_event(made))
    village = VILLAGES["13.75"]
    rows = [
        f"9901011705900002;Contoh Warga;{village}",  # as somebody held
        f"9901011705900003;Contoh Kembar;{village}",
        f"9901011705900004;contoh kembar;{village}",  # as the row before
        f"9901011805900005;Contoh Kembar;{village}",  # a day younger
    ]
    lines = from_text("NIK;Nama;Desa\n" + "\n".join(rows))
    with scoped(by.scope):
        booked = book_group(by=by, session=session, name="X", services=["recording"], lines=lines)
    assert [answer.resident is not None for answer in booked.answers] == [False, True, False, True]
    held_here, in_the_list = booked.answers[0].message, booked.answers[2].message
    assert held_here.startswith("Dinas Anda sudah menyimpan orang")
    assert in_the_list.startswith("Baris sebelumnya dalam daftar ini memuat nama dan tanggal lahir")
    assert count() == 2


def test_to_ask_costs_one_query(made: World, held: Resident) -> None:
    counts = []
    for confirm in ([], ["look-alike"]):
        body = person(7 + len(confirm), name="Contoh Lain" + "nya" * len(confirm), confirm=confirm)
        with CaptureQueriesContext(connection) as queries:
            assert made["operator"].post("residents/", body).status == 201
        counts.append(len(queries))
    assert counts[0] == counts[1] + 1


@pytest.fixture
def _back_to_web() -> Iterator[None]:
    yield
    use_role("web")


@pytest.mark.usefixtures("_back_to_web")
def test_the_command_leaves_them_out_until_it_is_told(
    kept: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_resident(kept, nik=Nik(person(1)["nik"]), birth_date=BORN)
    path = tmp_path / "warga.csv"
    rows = [f"{person(n)['nik']},Contoh Warga,{BORN},M,1375011001" for n in (1, 2)]
    rows += [f"{person(n)['nik']},Contoh Kembar,{BORN},M,1375011001" for n in (3, 4)]
    path.write_text("nik,name,birth_date,sex,village\n" + "\n".join(rows))
    call_command("import_residents", str(path))
    assert count() == 2
    assert "2 rows were left out" in "".join(capsys.readouterr())
    call_command("import_residents", str(path), "--accept", "look-alike")
    assert count() == 4
