"""The check code of a masked number is a fingerprint: shown beside numbers that somebody typed, a list of all
numbers of a birth date and sex would tell which of them a masked person has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from dukcapil.accounts.models import User
from dukcapil.core.command import use_role
from dukcapil.core.crypto import check_code
from registrations.people.validators import Nik
from tests.pages.test_venues import add_place
from tests.registrations import test_roll, test_voters
from tests.world import (
    VILLAGES,
    World,
    make_caller,
    make_event,
    make_resident,
    make_session,
    today,
)

ALIKE = "990105170590"
NUMBERS = [f"{ALIKE}{serial:04}" for serial in range(1, 9)]
#: One of them is held, and whoever looks for it sees its code.
HELD = NUMBERS[4]
CODES = {check_code(number) for number in NUMBERS}


@pytest.fixture(autouse=True)
def _back_to_web() -> Iterator[None]:
    yield
    use_role("web")


def logged_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def told(content: bytes) -> set[str]:
    """The codes of typed numbers that an answer shows, as pages write them and as the API does."""
    text = content.decode()
    return set(re.findall(r"(?:kode |•)([0-9A-Z]{4})\b", text)) & CODES


def rows(pattern: str) -> str:
    return "".join(pattern.format(number=number, n=n) for n, number in enumerate(NUMBERS))


def of_a_class_list(made: World, _village: str) -> list[bytes]:
    session = make_session(made, make_event(made))
    body = {
        "name": "XII",
        "services": "recording",
        "pasted": "NIK;Nama;Desa\n" + rows(f"{{number}};Zulkarnain {{n}};{VILLAGES['13.75']}\n"),
    }
    client = logged_in("operator")
    page = client.post(f"/sesi/{session.pk}/rombongan/", body, follow=True)
    assert "Zulkarnain 7" in page.content.decode()
    return [page.content]


def of_a_roster(_made: World, _village: str) -> list[bytes]:
    client = logged_in("operator")
    venue = add_place(client)
    text = "NIK;Nama;Kelas\n" + rows("{number};Zulkarnain {n};XII 1\n")
    values = {"do": "bring", "as_of": str(today()), "pasted": text}
    page = client.post(f"/tempat/{venue.pk}/", values, follow=True)
    assert "Zulkarnain 7" in page.content.decode()
    return [page.content]


def of_an_import(_made: World, village: str) -> list[bytes]:
    """Previewed, written, and what of it went to another office."""
    head = logged_in("head")
    lines = [
        test_roll.line(number, f"Zulkarnain {chr(65 + n)}", village=village)
        for n, number in enumerate(NUMBERS)
    ]
    address = test_roll.bring(head, test_roll.HEAD + "".join(lines))
    test_roll.run_job(address)
    preview = head.get(address).content
    assert b"Zulkarnain H" in preview
    test_roll.do(head, address, "write")
    test_roll.run_job(address)
    handed = logged_in("neighbour_head").get("/kedatangan/").content
    assert (b"Zulkarnain H" in handed) == (village == VILLAGES["13.06"])
    return [preview, head.get(address).content, handed]


def of_voters(_made: World, village: str) -> list[bytes]:
    head = logged_in("head")
    lines = [test_voters.line(number, "Contoh Warga", village=village) for number in NUMBERS]
    address = test_voters.bring(
        head, test_voters.HEAD + "".join(lines), test_voters.make_election()
    )
    test_voters.run_job(address)
    pages = [
        head.get(address, {"village": village}).content,
        head.get(f"{address}putusan/").content,
    ]
    assert any(b"Contoh Warga" in page for page in pages)
    return pages


def of_burials(_made: World, village: str) -> list[bytes]:
    """Pages of who writes and of who compares, and the API."""
    juru = make_caller("juru", "burial_recorder", village, today() - timedelta(days=40))
    client, head = logged_in("juru"), logged_in("head")
    for n, number in enumerate(NUMBERS):
        values: dict[str, Any] = {
            "nik": number,
            "name": f"Zulkarnain {chr(65 + n)}",
            "died_on": str(today() - timedelta(days=3)),
            "buried_on": str(today() - timedelta(days=2)),
            "cemetery": "TPU Contoh",
            "reporter": "Contoh Pelapor",
            "relation": "child",
        }
        assert client.post("/pemakaman/catat/", values).status_code == 302
    listed = client.get("/pemakaman/").content.decode()
    one = re.findall(r'href="/pemakaman/([0-9a-f-]{36})/"', listed)[0]
    paths = ("/pemakaman/", f"/pemakaman/{one}/")
    pages = [who.get(path).content for who in (client, head) for path in paths]
    assert all(b"Zulkarnain" in page for page in pages)
    answer = juru.get(f"burials/?region={village}")
    assert b"Zulkarnain" in answer.content
    return [*pages, answer.content]


DOORS = [
    (of_a_class_list, ""),
    (of_a_roster, ""),
    (of_an_import, test_roll.VILLAGE),
    (of_an_import, VILLAGES["13.06"]),
    (of_voters, test_voters.VILLAGE),
    (of_burials, "13.75.01.1001"),
]


@pytest.mark.parametrize(("door", "village"), DOORS)
def test_no_door_tells_the_code_of_a_number_that_was_typed(
    kept: World, door: Any, village: str
) -> None:
    make_resident(kept, nik=Nik(HELD), name="Siti Rahasia")
    seen = kept["operator"].post("residents/search/", {"name": "Siti Rahasia"})
    assert told(seen.content) == {check_code(HELD)}
    assert set().union(*map(told, door(kept, village))) == set()
