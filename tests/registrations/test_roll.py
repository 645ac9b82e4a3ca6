"""A list of residents on its page: brought, looked at, done by the job, undone; and what stays secret."""

from __future__ import annotations

import io
import itertools
import re
import uuid
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import xlsxwriter
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY, rows
from registrations.booking.models.draft import ListDraft
from registrations.booking.services.appointments import book
from registrations.oversight.models import Export
from registrations.oversight.services.erasing import erase_person
from registrations.oversight.services.exports import build_export
from registrations.people.errors import number_erased
from registrations.people.models import CorrectionProposal, Resident
from registrations.people.services.proposals import content, propose_correction
from registrations.people.services.residents import masked
from registrations.people.validators import Nik
from registrations.roll.models import RollImport, RollRows, Row
from registrations.roll.services import reading, work
from tests.engines import MANY
from tests.roles import acting_as
from tests.world import AGAM, World, looks, make_event, make_resident, make_session, nik

BORN = date(1990, 5, 17)
HEAD = "No;NIK;Nama;Tgl Lahir;L/P;Desa/Kelurahan;Alamat;RT;RW\n"
VILLAGE = "13.75.01.1001"


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


def key_of(address: str) -> uuid.UUID:
    return uuid.UUID(address.rstrip("/").rpartition("/")[2])


def run_job(address: str, **limits: Any) -> RollImport:
    """As the worker does it."""
    import_id = key_of(address)
    with acting_as("worker"):
        while work.work_on(import_id):
            pass
    with scoped(EVERYBODY):
        return RollImport.objects.get(pk=import_id)


def shown(client: Client, address: str, show: str = "") -> list[str]:
    """Each row of the page as a text."""
    page = client.get(address, {"show": show} if show else {})
    assert page.status_code == 200, page.content.decode()
    found = BeautifulSoup(page.content, "html.parser").select("tbody tr[id^=row-]")
    return [" ".join(one.get_text(" ").split()) for one in found]


def do(client: Client, address: str, verb: str, **more: Any) -> Any:
    return client.post(address, {"do": verb, **more})


def test_a_piece_does_not_read_the_file_again(
    head: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has up to 20 MB, and a list as many pieces as fit into that."""
    monkeypatch.setattr(reading, "PIECE", 1)
    with CaptureQueriesContext(connections["default"]) as brought:
        address = bring(head, HEAD + "".join(line(nik(BORN), f"Warga {n}") for n in "ABC"))
    with acting_as("worker"), CaptureQueriesContext(connections["default"]) as worked:
        while work.work_on(key_of(address)):
            pass
    with scoped(EVERYBODY):
        found = RollImport.objects.get()
    assert (found.total, found.done) == (3, 3)
    reads = [
        one["sql"]
        for one in (*brought, *worked)
        if one["sql"].startswith("SELECT") and '"registrations_rollimport"."file"' in one["sql"]
    ]
    assert len(reads) == 1


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
    assert outcomes(done) == {
        "same": 1,
        "differs": 1,
        "alike": 1,
        "new": 2,
        "refused": 1,
        "elsewhere": 1,
    }
    assert held() == 3
    page = shown(head, address)
    assert [one.split()[0] for one in page] == ["6", "4", "2", "3", "5", "7", "8"]
    assert ["Fitri" in one for one in shown(head, address, "elsewhere")] == [True]
    only = BeautifulSoup(head.get(address, {"show": "differs"}).content, "html.parser")
    assert [one.get_text() for one in only.select("td ul s, td ul strong")] == [
        "Tarok Dipo",
        "Bukit Cangang Kayu Ramang",
    ]

    # A row that was refused is mended in place; the one that looks like somebody is said to be another.
    version = do(
        head,
        address,
        "row",
        number=6,
        nik=nik(BORN).text,
        name="Eka Benar",
        birth_date="17-05-1990",
        sex="L",
        village=VILLAGE,
    )
    assert version.status_code == 302
    asked = do(head, address, "write")
    assert asked.status_code == 409
    assert "confirm" in asked.content.decode()
    assert do(head, address, "other", number=4).status_code == 302
    assert held() == 3
    assert do(head, address, "write").status_code == 302
    done = run_job(address)
    assert (done.step, done.state) == ("write", "ready")
    assert outcomes(done) == {
        "nothing": 1,
        "proposed": 1,
        "created": 3,
        "left": 1,
        "handed": 1,
    }
    assert held() == 6
    with scoped(EVERYBODY):
        proposal = CorrectionProposal.objects.get()
        assert content(proposal) == {
            "old": {"village": VILLAGE},
            "new": {"village": "13.75.01.1002"},
        }

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
    assert outcomes(done) == {"nothing": 1, "undone": 4, "kept": 1, "left": 1}
    assert held() == 4
    with scoped(EVERYBODY):
        proposal.refresh_from_db()
        assert proposal.state == "refused"
        assert rows("SELECT count(*) FROM registrations_residentevent") == [(0,)]
    assert "Dewi Baru" in shown(head, address, "kept")[0]


def test_what_is_missing_is_called_missing(kept: World, head: Client) -> None:
    held_number = nik(BORN).text
    make_resident(kept, nik=Nik(held_number), name="Citra Kembar", birth_date=BORN)
    text = line("", "Tanpa Nomor", sex="") + line(nik(BORN).text, "*CITRA* KEMBAR")
    address = bring(head, HEAD + text)
    run_job(address)
    missing, alike = shown(head, address)
    assert "NIK belum diisi." in missing
    assert "Jenis kelamin belum diisi (L/P)." in missing
    assert "Yang boleh" not in missing
    assert "CITRA KEMBAR" in alike
    # As the pages write it: nobody takes the check code for the last digits of a number.
    assert f"{held_number[:6]}•••••••••• · kode" in alike


# --- the job --------------------------------------------------------------------------------------


@pytest.fixture
def short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PIECE", 2)


def new_people(count: int) -> str:
    return HEAD + "".join(line(nik(BORN).text, f"Orang {chr(65 + n)}") for n in range(count))


class Killed(BaseException):
    """As a worker ends that is killed: nothing of the transaction stays, and nobody cleans up."""


def test_a_worker_that_dies_between_and_within_pieces_writes_nobody_twice(
    kept: World, head: Client, short_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = bring(head, new_people(7))
    assert run_job(address).total == 7
    do(head, address, "write")
    import_id = key_of(address)
    with acting_as("worker"):
        assert not work.IMPORTS.run(import_id)  # one piece, committed
    assert held() == 2
    writes = work.write_rows

    def dies(*args: Any) -> None:
        writes(*args)
        raise Killed

    monkeypatch.setattr(work, "write_rows", dies)
    with acting_as("worker"), pytest.raises(Killed):
        work.work_on(import_id)
    monkeypatch.setattr(work, "write_rows", writes)
    assert held() == 2
    # Whoever looks sees how far it is; another worker goes on once the dead one is given up.
    assert "2 / 7" in head.get(address).content.decode()
    with acting_as("worker"):
        assert work.due_imports() == []
        assert not work.work_on(import_id)
        with scoped(EVERYBODY):
            RollImport.objects.filter(pk=import_id).update(due_at=timezone.now())
        assert work.due_imports() == [import_id]
    done = run_job(address)
    assert (done.step, done.state, done.done) == ("write", "ready", 7)
    assert (outcomes(done), held()) == ({"created": 7}, 7)
    assert not work.work_on(import_id)


def test_the_same_list_again_and_two_lists_at_once(kept: World, head: Client) -> None:
    text = new_people(3)
    first, second = bring(head, text), bring(logged_in("head"), text)
    for address in (first, second):
        assert outcomes(run_job(address)) == {"new": 3}
    for address in (first, second):
        do(head, address, "write")
    assert outcomes(run_job(first)) == {"created": 3}
    # Each row of the second says what changed meanwhile; so does nobody twice.
    assert outcomes(run_job(second)) == {"left": 3}
    assert held() == 3
    third = bring(head, text)
    assert outcomes(run_job(third)) == {"same": 3}
    refused = do(head, third, "write")
    assert refused.status_code == 302
    assert run_job(third).step == "judge"


def test_a_refresh_with_nothing_new_renders_nothing(kept: World, head: Client) -> None:
    address = bring(head, new_people(1))
    page = BeautifulSoup(head.get(address).content, "html.parser").find(id="live")
    assert page is not None
    assert "every 2s" in page["hx-trigger"]
    seen = re.search(r'"X-Seen": "(\w+)"', str(page["hx-headers"]))
    asks = {"HX-Request": "true", "HX-Target": "live", "X-Seen": seen[1] if seen else ""}
    assert head.get(address, headers=asks).status_code == 204
    run_job(address)
    over = head.get(address, headers=asks)
    assert (over.status_code, over.headers["HX-Refresh"]) == (204, "true")
    assert "hx-get" not in str(
        BeautifulSoup(head.get(address).content, "html.parser").find(id="live")
    )


# --- questions, files ----------------------------------------------------------------------------


def workbook(*sheets: tuple[str, list[list[str]]]) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    for name, table in sheets:
        sheet = book.add_worksheet(name)
        for number, cells in enumerate(table):
            sheet.write_row(number, 0, cells)
    book.close()
    return target.getvalue()


def test_which_sheet_and_what_the_columns_hold_are_asked(kept: World, head: Client) -> None:
    people = [["NIK", "Nama", "Desa"], [nik(BORN).text, "Gita Baru", VILLAGE]]
    address = bring(head, workbook(("Rekap", [["a"], ["b"]]), ("Warga", people)), "warga.xlsx")
    assert run_job(address).state == "asks"
    asked = BeautifulSoup(head.get(address).content, "html.parser")
    assert [one["value"] for one in asked.select("input[name=sheet]")] == ["Rekap", "Warga"]
    assert do(head, address, "sheet", sheet="Lain").status_code == 302
    assert run_job(address).state == "asks"
    do(head, address, "sheet", sheet="Warga")
    assert outcomes(run_job(address)) == {"new": 1}

    unknown = f"x;y;z\n{nik(BORN).text};Hadi Baru;{VILLAGE}\n{nik(BORN).text};Ina Baru;{VILLAGE}\n"
    address = bring(head, unknown)
    assert run_job(address).state == "asks"
    assert "Hadi Baru" in head.get(address).content.decode()
    kinds = {"kind-A": "nik", "kind-B": "name", "kind-C": "village"}
    do(head, address, "columns", **kinds | {"kind-A": "apa saja"})
    assert run_job(address).state == "asks"
    do(head, address, "columns", **kinds)
    done = run_job(address)
    assert outcomes(done) == {"new": 2}
    page = BeautifulSoup(head.get(address).content, "html.parser")
    assert [one.get_text() for one in page.select("details.panel li")] == done.told["said"]
    # Nothing like people in it: asked all the same, and once more when nothing was chosen.
    address = bring(head, "x;y;z\na;b;c\nd;e;f\n")
    for _again in range(2):
        assert run_job(address).state == "asks"
        page = BeautifulSoup(head.get(address).content, "html.parser")
        assert len(page.select("#columns select")) == 3
        do(head, address, "columns", **dict.fromkeys(kinds, ""))


def test_what_was_left_is_a_file_to_mend_and_the_file_is_read_again(
    kept: World, head: Client
) -> None:
    recorded = HEAD.replace(";RT;RW", ";RT/RW;Tanggal rekam")
    rows_of = (line(nik(BORN).text, "Orang A"), line("12345", "Joko Salah"))
    text = recorded + "".join(one.replace("001;002", "001/002;04-05-2020") for one in rows_of)
    address = bring(head, text)
    run_job(address)
    do(head, address, "write")
    assert outcomes(run_job(address)) == {"created": 1, "left": 1}
    assert do(head, address, "mend", reason="x").status_code == 302
    answer = do(head, address, "mend", reason="Memperbaiki daftar warga")
    assert answer.headers["Location"] == "/ekspor/"
    with scoped(EVERYBODY):
        export = Export.objects.get()
    with acting_as("worker"):
        build_export(export.pk)
    file = head.get(f"/ekspor/{export.pk}/berkas/").content
    book = CalamineWorkbook.from_filelike(io.BytesIO(file))
    header, row = book.get_sheet_by_index(1).to_python()
    assert dict(zip(header, row, strict=True)) | {"Mengapa": ""} == {
        "NIK": "12345",
        "Nama": "Joko Salah",
        "Tanggal lahir": "17-05-1990",
        "Jenis kelamin": "L",
        "Desa/kelurahan": VILLAGE,
        "Alamat": "Jl. Contoh 1",
        "RT": "001",
        "RW": "002",
        "RT/RW": "001/002",
        "Status perkawinan": "",
        "Direkam pada": "04-05-2020",
        "Mengapa": "",
        "Baris daftar": "3",
    }
    assert looks(action="export")
    again = run_job(bring(head, file, "perbaikan.xlsx"))
    assert (again.state, outcomes(again)) == ("ready", {"refused": 1})
    with scoped(EVERYBODY):
        (left,) = RollRows.objects.get(roll_import=again).read()
    assert (left.cells["rt_rw"], left.cells["recorded_on"]) == ("001/002", "04-05-2020")


# --- walls ----------------------------------------------------------------------------------------


def test_another_office_sees_nothing_and_an_operator_may_not(kept: World, head: Client) -> None:
    address = bring(head, new_people(1))
    run_job(address)
    other = logged_in("neighbour_head")
    assert other.get(address).status_code == 404
    for verb in ("write", "row", "other", "discard", "undo", "mend", "sheet", "columns", "go-on"):
        assert do(other, address, verb, number=2, reason="Ingin tahu isinya").status_code == 404
    assert other.get("/penduduk/impor/").content.decode().count("warga.csv") == 0
    for path in ("/penduduk/impor/", address):
        assert logged_in("operator").get(path).status_code == 403
        assert logged_in("province_officer").get(path).status_code == 403
    assert run_job(address).step == "judge"


ALIKE = "990105170590"


def guess(name: str, serials: Any = range(1, 400)) -> str:
    """A list of one day's numbers, each under a name of its own."""
    named = ((n, f"{name} {chr(65 + n // 26)}{chr(65 + n % 26)}") for n in serials)
    return HEAD + "".join(line(f"{ALIKE}{n:04}", one) for n, one in named)


def said(page: BeautifulSoup, number: int) -> str:
    """What the page says of a row, without its number and name."""
    row = page.find(id=f"row-{number}")
    return " ".join(row.find_all("td")[-1].get_text(" ").split()) if row else ""


def test_a_preview_finds_no_number(kept: World, head: Client) -> None:
    """Thrown away it cost nobody a registration, so held, erased and free numbers read alike."""
    made = make_resident(kept, nik=Nik(f"{ALIKE}0207"), name="Siti Rahasia")
    make_resident(kept, nik=Nik(f"{ALIKE}0500"), name="Siti Lain")
    gone = make_resident(kept, nik=Nik(f"{ALIKE}0211"), name="Tono Hapus")
    by = kept["head"].actor
    with scoped(by.scope):
        erase_person(by=by, resident=gone, reason="Permintaan keluarga", case="A-1")
    for name in ("Zulkarnain", "Siti"):
        address = bring(head, guess(name))
        assert outcomes(run_job(address)) == {"later": 399}, name
        content = head.get(address, {"page": 5}).content
        page = BeautifulSoup(content, "html.parser")
        assert len({said(page, number) for number in (208, 209, 212)}) == 1
        assert "Rahasia" not in content.decode()
        cells = {"name": f"{name} Ra", "birth_date": "17-05-1990", "village": VILLAGE}
        do(head, address, "row", number=2, nik=f"{ALIKE}0500", **cells)
        assert outcomes(run_job(address)) == {"later": 399}, name
        do(head, address, "discard")
    # One at a time, and with the right name and birth date.
    for number in ("0207", "0208", "0211"):
        address = bring(head, HEAD + line(f"{ALIKE}{number}", "Siti Rahasia"))
        assert outcomes(run_job(address)) == {"refused": 1}, number
    assert looks(action="search", subject=str(made.pk))


def test_what_a_preview_kept_to_itself_is_said_when_it_is_written(
    kept: World, head: Client
) -> None:
    """Fewer than ten alike, and more of them: whoever is new is held, and the others are told."""
    make_resident(kept, nik=Nik(f"{ALIKE}0003"), name="Siti Rahasia")
    gone = make_resident(kept, nik=Nik(f"{ALIKE}0004"), name="Tono Hapus")
    make_resident(kept, nik=Nik(f"{ALIKE}0015"), name="Budi Tetap", address="Jl. Lama")
    by = kept["head"].actor
    with scoped(by.scope):
        erase_person(by=by, resident=gone, reason="Permintaan keluarga", case="A-1")
    address = bring(head, guess("Zulkarnain", range(2, 5)))
    assert outcomes(run_job(address)) == {"new": 3}
    do(head, address, "write")
    assert outcomes(run_job(address)) == {"created": 1, "left": 2}
    left = " ".join(shown(head, address, "left"))
    assert "KK" in left
    assert "dihapus" in left
    text = guess("Contoh", range(20, 35)) + line(f"{ALIKE}0015", "Budi Tetap Jaya")
    address = bring(head, text)
    assert outcomes(run_job(address)) == {"later": 16}
    do(head, address, "write")
    assert outcomes(run_job(address)) == {"created": 15, "proposed": 1}
    # Held, they are no guesses any more.
    assert outcomes(run_job(bring(head, text))) == {"same": 15, "differs": 1}


def mend(client: Client, address: str, number: int, nik_text: str, name: str) -> None:
    cells = {"nik": nik_text, "name": name, "birth_date": "17-05-1990", "sex": "L"}
    assert do(client, address, "row", number=number, village=VILLAGE, **cells).status_code == 302


def test_a_mended_row_is_looked_for_in_the_whole_list(
    kept: World, head: Client, short_pieces: None
) -> None:
    """As when the list was read: by number, and by name and birth date."""
    two, held_one, three = (nik(BORN).text for _n in range(3))
    make_resident(kept, nik=Nik(held_one), name="Budi Lama")
    text = HEAD + line(two, "Ani Kembar") + line("12", "A") + line("13", "B") + line("14", "C")
    address = bring(head, text)
    assert outcomes(run_job(address)) == {"new": 1, "refused": 3}
    # Two heads at one row: the second sees what the first made of it, and keeps what was typed.
    row = BeautifulSoup(head.get(address).content, "html.parser").select_one("#row-3 + tr.mend")
    seen = {str(one["name"]): str(one["value"]) for one in row.select("[type=hidden]")}
    mend(head, address, 3, "12", "Nama Kepala Pertama")
    late = head.post(address, seen | {"nik": "12", "name": "Nama Kepala Kedua"})
    assert late.status_code == 409
    cells = BeautifulSoup(late.content, "html.parser").select(".changed tbody td")
    assert [one.get_text(strip=True) for one in cells] == [
        *("A", "Nama Kepala Pertama", "Nama Kepala Kedua"),
    ]
    assert 'value="Nama Kepala Kedua"' in late.content.decode()
    mend(head, address, 4, three, "ANI KEMBAR")
    assert outcomes(run_job(address)) == {"new": 1, "alike": 1, "refused": 2}
    mend(head, address, 4, three, "Ani Kembar")
    assert outcomes(run_job(address)) == {"new": 1, "alike": 1, "refused": 2}, "and once more"
    # The one that is asked about is mended itself: the question stands once.
    mend(head, address, 2, two, "Ani Kembar")
    assert outcomes(run_job(address)) == {"new": 1, "alike": 1, "refused": 2}
    mend(head, address, 3, held_one, "Budi Lama")
    mend(head, address, 5, held_one, "Budi Lama")
    assert outcomes(run_job(address)) == {"new": 1, "alike": 1, "differs": 1, "refused": 1}
    assert do(head, address, "write", confirm="left").status_code == 302
    assert outcomes(run_job(address)) == {"created": 1, "proposed": 1, "left": 2}


def test_rows_that_are_one_person_by_now_are_written_once(kept: World, head: Client) -> None:
    """Whatever the preview let through: each row has an outcome."""
    one = nik(BORN)
    make_resident(kept, nik=one, name="Budi Lama")
    address = bring(head, HEAD + line(one.text, "Budi Lama") + new_people(2)[len(HEAD) :])
    assert outcomes(run_job(address)) == {"differs": 1, "new": 2}
    with scoped(EVERYBODY):
        piece = RollRows.objects.get()
        first, *others = piece.read()
        others[1].person = {**(others[1].person or {}), "name": "Orang A"}
        piece.put([first, *others, replace(first, number=9)])
        piece.save()
    do(head, address, "write")
    assert outcomes(run_job(address)) == {"created": 1, "proposed": 1, "left": 2}


def test_undoing_leaves_what_somebody_else_proposed(kept: World, head: Client) -> None:
    number = nik(BORN)
    resident = make_resident(kept, nik=number, name="Budi Lama", address="Jl. Contoh 1", rt="1")
    by = kept["operator"].actor
    with scoped(by.scope):
        theirs = propose_correction(by=by, resident=resident, changes={"rw": "002"}, reason="KK")
    assert theirs is not None
    address = bring(head, HEAD + line(number.text, "Budi Lama") + line(nik(BORN).text, "Dewi"))
    assert outcomes(run_job(address)) == {"differs": 1, "new": 1}
    do(head, address, "write")
    assert outcomes(run_job(address)) == {"created": 1, "nothing": 1}
    do(head, address, "undo")
    assert outcomes(run_job(address)) == {"undone": 1, "nothing": 1}
    with scoped(EVERYBODY):
        theirs.refresh_from_db()
        assert (theirs.state, CorrectionProposal.objects.count()) == ("open", 1)
        assert content(theirs)["new"] == {"rw": "002"}


def test_an_undoing_that_was_asked_for_in_time_ends(
    kept: World, head: Client, short_pieces: None
) -> None:
    address = bring(head, new_people(3))
    run_job(address)
    do(head, address, "write")
    assert outcomes(run_job(address)) == {"created": 3}
    do(head, address, "undo")
    with scoped(EVERYBODY):
        RollImport.objects.update(written_at=timezone.now() - timedelta(days=30, hours=1))
    with acting_as("worker"):
        assert work.forget_imports() == 0
    assert outcomes(run_job(address)) == {"undone": 3}
    with acting_as("worker"):
        assert work.forget_imports() == 1


def test_the_day_of_recording_is_not_changed_in_silence(kept: World, head: Client) -> None:
    number = nik(BORN)
    place = {"address": "Jl. Contoh 1", "rt": "1", "rw": "2"}
    make_resident(kept, nik=number, name="Budi Lama", known_recorded_on=date(2020, 1, 2), **place)
    for day, notes in (("02-01-2020", False), ("03-01-2020", True)):
        text = f"NIK;Nama;Desa;Tanggal rekam\n{number.text};Budi Lama;{VILLAGE};{day}\n"
        address = bring(head, text)
        done = run_job(address)
        assert outcomes(done) == {"same": 1}
        with scoped(EVERYBODY):
            (row,) = RollRows.objects.get(roll_import=done).read()
        kept_words = [words for _name, code, words in row.notes if code == "recorded-kept"]
        assert bool(kept_words) == notes, day
        assert all(words in shown(head, address)[0] for words in kept_words)


def test_nothing_personal_stands_in_plain(kept: World, head: Client) -> None:
    number = nik(BORN).text
    address = bring(head, HEAD + line(number, "Kartika Rahasia"), "daftar Kartika.csv")
    planted = ("Kartika", "KARTIKA", number, "Contoh 1")

    def in_plain() -> list[str]:
        with scoped(EVERYBODY):
            text = str(rows("SELECT i::text FROM registrations_rollimport i")) + str(
                rows("SELECT r::text FROM registrations_rollrows r")
            )
        hexed = [word.encode().hex() for word in planted]
        return [word for word in (*planted, *hexed) if word in text]

    assert in_plain() == []
    run_job(address)
    assert in_plain() == []
    do(head, address, "write")
    assert outcomes(run_job(address)) == {"created": 1}
    assert in_plain() == []
    with scoped(EVERYBODY):
        RollImport.objects.update(written_at=timezone.now() - timedelta(days=31))
    with acting_as("worker"):
        assert work.forget_imports() == 1
    with scoped(EVERYBODY):
        assert rows("SELECT count(*) FROM registrations_rollrows WHERE rows IS NOT NULL") == [(0,)]
    assert "daftar Kartika" not in head.get(address).content.decode()
    assert do(head, address, "undo").status_code == 302
    assert held() == 1


def test_the_list_is_a_look_up_of_each_number_and_is_written_once(
    kept: World, head: Client
) -> None:
    known = nik(BORN)
    resident = make_resident(kept, nik=known, name="Lina Lama")
    address = bring(head, HEAD + line(known.text, "Lina Lama") + line(nik(BORN).text, "Mira Baru"))
    run_job(address)
    found = [(row.kind, row.subject, row.found) for row in looks(action="search")][1:]
    assert found == [
        ("resident import", str(resident.pk), 1),
        ("resident import, not held", "", 1),
    ]
    head.get(address)
    assert [row.subject for row in looks(action="view", kind="resident")] == [str(resident.pk)]
    assert len(looks(action="search")) == 3


def test_a_page_asks_the_database_as_often_for_one_row_as_for_many(
    kept: World, head: Client
) -> None:
    counts = []
    for many in (1, MANY):
        address = bring(head, new_people(many))
        run_job(address)
        with CaptureQueriesContext(connection) as asked:
            assert len(shown(head, address)) == many
        counts.append(len(asked))
    assert counts[0] == counts[1]


# --- erased ---------------------------------------------------------------------------------------

ERASE = {"reason": "permintaan tertulis", "case": "UPT/12/2026"}


def rows_of(address: str) -> list[Row]:
    import_id = key_of(address)
    with scoped(EVERYBODY):
        pieces = RollRows.objects.filter(roll_import=import_id).order_by("number")
        return [row for piece in pieces for row in piece.read()]


def told_by_history(*residents: Any) -> int:
    """Rows of people's history that tell of one of them."""
    asked = (
        "SELECT count(*) FROM registrations_residentevent"
        " WHERE birth_date <> '1900-01-01' AND pgh_obj_id = ANY (%s::uuid[])"
    )
    with scoped(EVERYBODY):
        return int(rows(asked, [[str(one) for one in residents]])[0][0])


def test_no_list_and_no_answer_names_who_was_erased(kept: World, head: Client) -> None:
    name, number = "Zulhijah Pradoto", nik(BORN)
    body = {"nik": number.text, "name": name, "birth_date": BORN, "sex": "M", "village": VILLAGE}
    key = {"Idempotency-Key": "zulhijah"}
    answer = kept["operator"].post("residents/", body, **key)
    assert answer.status == 201
    person = answer.json["id"]
    chain = [make_resident(kept, name=name).pk for _n in range(2)]
    for one in chain:  # so that its history tells of it
        moved = {"birth_date": BORN.replace(year=1991), "reason": "salah ketik"}
        moved["confirm"] = ["look-alike"]
        assert kept["operator"].patch(f"residents/{one}/", moved).status == 200
    for gone, stays in itertools.pairwise([*map(str, chain), person]):
        merged = kept["head"].post(
            f"residents/{gone}/merge/", {"into": stays, "reason": "orang yang sama"}
        )
        assert merged.status == 200
    listed = line(number.text, name).replace("Contoh 1", "Zamrud 77")
    alike = line(nik(BORN).text, name.upper()) + line(nik(BORN).text, name)
    written = bring(head, HEAD + listed + alike + line(nik(BORN).text, "Dewi Baru"))
    run_job(written)
    do(head, written, "other", number=3)
    do(head, written, "write", confirm="left")
    assert outcomes(run_job(written)) == {"proposed": 1, "created": 2, "left": 1}
    preview = bring(head, HEAD + listed + line(nik(BORN).text, "Fajar Baru"))
    assert outcomes(run_job(preview)) == {"differs": 1, "new": 1}
    unread = bring(head, HEAD + listed)
    session = make_session(kept, make_event(kept), {"recording": 5})
    clerk = logged_in("operator")
    listed = f"NIK;Nama;Tanggal lahir;L/P;Desa\n{number.text};{name};{BORN:%d-%m-%Y};L;{VILLAGE}"
    draft = clerk.post(
        f"/sesi/{session.pk}/rombongan/",
        {"name": "XII IPA 1", "services": ["recording"], "pasted": listed},
    ).headers["Location"]
    assert name in clerk.get(draft).content.decode()

    assert told_by_history(person, *chain) == 2
    assert kept["head"].post(f"residents/{person}/erase/", ERASE).status == 200
    told = repr(rows_of(written) + rows_of(preview))
    signs = (name, number.text, "Zamrud", masked(number))
    assert [sign for sign in signs if sign in told] == []
    assert [row.person["name"] for row in rows_of(written) if row.person] == [
        name.upper(),
        "Dewi Baru",
    ]
    for address in (written, preview):
        page = head.get(address).content.decode()
        assert [sign for sign in signs if sign in page] == []
    assert outcomes(run_job(preview)) == {"refused": 1, "new": 1}
    assert (run_job(unread).state, rows_of(unread)) == ("gone", [])
    with scoped(EVERYBODY):
        kept_files = RollImport.objects.exclude(file=None, about=None)
        assert [name in repr(one.told) for one in kept_files] == [False, False]
        assert not kept_files.exclude(file=None).exists()
        assert not ListDraft.objects.exclude(content=None, source=None).exists()
    assert told_by_history(person, *chain) == 0
    assert clerk.get(draft).status_code == 404
    again = kept["operator"].post("residents/", body, **key)
    assert (again.status, again.json["type"]) == (409, "/problems/answer-erased")
    # What is left of the lists is done and undone as before.
    assert do(head, preview, "write").status_code == 302
    assert outcomes(run_job(preview)) == {"left": 1, "created": 1}
    assert do(head, written, "undo").status_code == 302
    assert outcomes(run_job(written)) == {"kept": 1, "undone": 2, "left": 1}


def test_a_number_that_was_erased_since_the_preview_is_left(kept: World, head: Client) -> None:
    number = nik(BORN)
    address = bring(head, HEAD + line(number.text, "Ani Baru") + line(nik(BORN).text, "Dewi Baru"))
    assert outcomes(run_job(address)) == {"new": 2}
    person = make_resident(kept, AGAM, nik=number)
    assert kept["neighbour_head"].post(f"residents/{person.pk}/erase/", ERASE).status == 200
    do(head, address, "write")
    assert outcomes(run_job(address)) == {"left": 1, "created": 1}
    assert rows_of(address)[0].why == str(number_erased().message)
