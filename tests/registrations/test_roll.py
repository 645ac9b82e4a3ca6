"""A list of residents on its page: brought, looked at, done by the job, undone; and what stays secret."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import xlsxwriter
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY, rows
from registrations.booking.services.appointments import book
from registrations.people.models import CorrectionProposal, Resident
from registrations.people.validators import Nik
from registrations.people.services.proposals import content
from registrations.roll.models import RollImport, RollRows
from registrations.roll.services import reading, work
from tests.world import World, looks, make_event, make_resident, make_session, nik

BORN = date(1990, 5, 17)
HEAD = "No;NIK;Nama;Tgl Lahir;L/P;Desa/Kelurahan;Alamat;RT;RW\n"
VILLAGE = "13.75.01.1001"


@pytest.fixture(autouse=True)
def _back_to_web() -> Iterator[None]:
    yield
    use_role("web")


@pytest.fixture
def head(kept: World) -> Client:
    return logged_in("head")


def logged_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def line(number: str, name: str, born: date = BORN, village: str = VILLAGE, sex: str = "L") -> str:
    return f"1;{number};{name};{born:%d-%m-%Y};{sex};{village};Jl. Contoh 1;001;002\n"


def bring(client: Client, text: str | bytes, name: str = "warga.csv") -> str:
    """The address of the import."""
    content = text.encode() if isinstance(text, str) else text
    answer = client.post("/penduduk/impor/", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    return answer.headers["Location"]


def run_job(address: str, **limits: Any) -> RollImport:
    """As the worker does it."""
    import_id = uuid.UUID(address.rstrip("/").rpartition("/")[2])
    use_role("worker")
    try:
        while work.work_on(import_id):
            pass
        with scoped(EVERYBODY):
            return RollImport.objects.get(pk=import_id)
    finally:
        use_role("web")


def shown(client: Client, address: str, show: str = "") -> list[str]:
    """Each row of the page as a text."""
    page = client.get(address, {"show": show} if show else {})
    assert page.status_code == 200, page.content.decode()
    found = BeautifulSoup(page.content, "html.parser").select("tbody tr[id^=row-]")
    return [" ".join(one.get_text(" ").split()) for one in found]


def do(client: Client, address: str, verb: str, **more: Any) -> Any:
    return client.post(address, {"do": verb, **more})


def outcomes(roll_import: RollImport) -> dict[str, int]:
    with scoped(EVERYBODY):
        total: dict[str, int] = {}
        for piece in RollRows.objects.filter(roll_import=roll_import):
            for name, count in (piece.outcomes or piece.verdicts).items():
                total[name] = total.get(name, 0) + count
        return total


def held() -> int:
    with scoped(EVERYBODY):
        return Resident.objects.count()


def test_a_list_is_looked_at_carried_out_and_undone(kept: World, head: Client) -> None:
    same, moved, other = (nik(BORN).text for _n in range(3))
    for number, name in ((same, "Ani Tetap"), (moved, "Budi Berubah"), (other, "Citra Kembar")):
        place = {"address": "Jl. Contoh 1", "rt": "1", "rw": "02"}
        make_resident(kept, nik=Nik(number), name=name, **place)
    text = (
        HEAD
        + line(same, "ANI TETAP")
        + line(moved, "BUDI BERUBAH, S.Pd", village="13.75.01.1002")
        + line(nik(BORN).text, "Citra Kembar")
        + line(nik(BORN).text, "Dewi Baru")
        + line("123", "Eka Salah")
        + line(nik(BORN).text, "Fitri Jauh", village="13.06.01.2001")
        + line(other, "Nama Lain Sekali")
    )
    address = bring(head, text)
    done = run_job(address)
    assert (done.step, done.state, done.total) == ("judge", "ready", 7)
    assert outcomes(done) == {"same": 1, "differs": 1, "alike": 1, "new": 1, "refused": 3}
    assert held() == 3
    page = shown(head, address)
    assert [one.split()[0] for one in page] == ["2", "3", "4", "5", "6", "7", "8"]
    assert ["Fitri" in one for one in shown(head, address, "refused")] == [False, True, False]
    only = BeautifulSoup(head.get(address, {"show": "differs"}).content, "html.parser")
    assert [one.get_text() for one in only.select("dl del, dl ins")] == [
        "Tarok Dipo",
        "Bukit Cangang Kayu Ramang",
    ]

    # A row that was refused is mended in place; the one that looks like somebody is said to be another.
    version = do(head, address, "row", number=6, nik=nik(BORN).text, name="Eka Benar",
                 birth_date="17-05-1990", sex="L", village=VILLAGE)
    assert version.status_code == 302
    asked = do(head, address, "write")
    assert asked.status_code == 409
    assert "confirm" in asked.content.decode()
    assert do(head, address, "other", number=4).status_code == 302
    assert held() == 3
    assert do(head, address, "write").status_code == 302
    done = run_job(address)
    assert (done.step, done.state) == ("write", "ready")
    assert outcomes(done) == {"nothing": 1, "proposed": 1, "created": 3, "left": 2}
    assert held() == 6
    with scoped(EVERYBODY):
        proposal = CorrectionProposal.objects.get()
        assert content(proposal) == {"old": {"village": VILLAGE}, "new": {"village": "13.75.01.1002"}}

    # Somebody is booked: that row stays.
    with scoped(EVERYBODY):
        dewi = Resident.objects.get(identity__name="Dewi Baru")
    session = make_session(kept, make_event(kept), {"recording": 1})
    by = kept["operator"].actor
    with scoped(by.scope):
        book(by=by, session=session, resident=dewi, services=["recording"])
    assert do(head, address, "undo").status_code == 302
    done = run_job(address)
    assert (done.step, done.state) == ("undo", "ready")
    assert outcomes(done) == {"nothing": 1, "undone": 3, "kept": 1, "left": 2}
    assert held() == 4
    with scoped(EVERYBODY):
        proposal.refresh_from_db()
        assert proposal.state == "refused"
        assert rows("SELECT count(*) FROM registrations_residentevent") == [(0,)]
    assert "Dewi Baru" in shown(head, address, "kept")[0]
