"""A class list on its page: looked at before anything is written, mended in place, booked as shown."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter
from bs4 import BeautifulSoup
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY
from dukcapil.grants import TABLES
from events.planning.models.session import Seat, ServiceSession
from events.planning.services.sessions import open_session
from registrations.booking import readers
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.draft import ListDraft
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.message import Message
from registrations.booking.models.waiting import Waiting
from registrations.booking.services.appointments import book, check_in
from registrations.booking.services.drafts import forget_drafts
from registrations.corrections.services.correcting import correct
from registrations.people.enums import GUESSED
from registrations.people.models import CorrectionProposal, ListMapping, Resident
from registrations.people.validators import Nik, anniversary
from tests.counting import asks, undressed
from tests.engines import LONG, MANY
from tests.world import (
    VILLAGES,
    World,
    at,
    looks,
    make_event,
    make_resident,
    make_session,
    nik,
    record,
    today,
)

pytestmark = pytest.mark.contexts

BORN = date(today().year - 17, 1, 2)
HEADER = "NIK;Nama;Tanggal lahir;L/P;Desa"
HERE = VILLAGES["13.75"]


def pupil(number: int) -> str:
    """A row of somebody whom nobody holds, each with another birth date."""
    born = BORN + timedelta(days=number % 300)
    return f"{nik(born).text};Siswa Baru {word(number)};{born:%d-%m-%Y};L;{HERE}"


def word(number: int) -> str:
    return "".join(chr(65 + int(digit)) for digit in str(number))


class ListPage:
    """A clerk with a list."""

    def __init__(self, client: Client, session: ServiceSession) -> None:
        self.client, self.session = client, session
        self.path = ""
        #: The page of a list that was brought, until somebody asks for its rows or changes it.
        self.page: Any = None

    def bring(self, text: str = "", **more: Any) -> Any:
        body = {
            "name": "XII IPA 1",
            "services": ["recording"],
            "pasted": text,
            "waiting_list": "on",
            **more,
        }
        answer, self.page = self.client.post(f"/sesi/{self.session.pk}/rombongan/", body), None
        if answer.status_code == 302:
            self.path = answer.headers["Location"]
            self.page = answer = self.client.get(self.path)
        return answer

    def send(self, do: str, **fields: Any) -> Any:
        """As the page stands now, or with the `version` given."""
        self.page = None
        with scoped(EVERYBODY):
            version = ListDraft.objects.get(pk=self.path.strip("/").rpartition("/")[2]).version
        return self.client.post(self.path, {"do": do, "version": version, **fields})

    def rows(self) -> dict[int, dict[str, Any]]:
        page, self.page = self.page or self.client.get(self.path), None
        return {row["row"]: row for row in page.context["rows"]}

    def statuses(self) -> list[str]:
        return [row["status"] for _n, row in sorted(self.rows().items())]


@pytest.fixture
def session(made: World) -> ServiceSession:
    return make_session(made, make_event(made), {"recording": 20})


@pytest.fixture
def clerk(made: World, browser: Callable[[str], Client], session: ServiceSession) -> ListPage:
    return ListPage(browser("operator"), session)


def counted() -> dict[str, int]:
    """Rows of every table that `web` reads and writes, itself or by a function, but drafts and the log of looks."""
    left_out = ("registrations_listdraft", "accounts_accesslog", "django_session")
    written = {
        table
        for table, rights in TABLES.items()
        if "r" in rights.web and "a" in rights.web + rights.keeper
    }
    with scoped(EVERYBODY):
        return {
            model._meta.db_table: model._base_manager.count()
            for model in apps.get_models()
            if model._meta.db_table in written.difference(left_out)
        }


def test_a_preview_writes_nothing_but_itself_and_its_looks(
    made: World, clerk: ListPage, session: ServiceSession
) -> None:
    held = make_resident(made, nik=nik(BORN), name="Siti Dipegang", birth_date=BORN)
    number = _number_of(held)
    before, logged = counted(), len(looks())
    page = clerk.bring("\n".join([HEADER, f"{number};Siti Dipegang;;;", pupil(1), pupil(2)]))
    assert page.status_code == 200
    assert clerk.statuses() == ["booked"] * 3
    assert [row["who"] for row in page.context["rows"]] == ["held", "new", "new"]
    assert counted() == before
    assert Seat.objects.filter(session=session, holder__isnull=False).count() == 0
    rows = [(row.action, row.kind, row.subject, row.found) for row in looks()[logged:]]
    assert rows[:2] == [
        ("search", "resident", str(held.pk), 1),
        ("search", "list, not held", "", 2),
    ]
    assert {row[1] for row in rows[2:]} == {"list preview"}


def _number_of(resident: Resident) -> str:
    from dukcapil.core.crypto import decrypt  # noqa: PLC0415

    with scoped(EVERYBODY):
        return decrypt(bytes(resident.identity.nik_cipher), context=str(resident.pk))


def test_it_is_booked_as_it_was_shown(made: World, clerk: ListPage) -> None:
    clerk.bring("\n".join([HEADER, *(pupil(n) for n in range(23))]))
    assert clerk.statuses() == ["booked"] * 20 + ["waiting"] * 3
    answer = clerk.send("book")
    assert answer.status_code == 302
    page = clerk.client.get(answer.headers["Location"])
    assert page.context["content"].booked == {"booked": 20, "waiting": 3}
    with scoped(EVERYBODY):
        assert (Appointment.objects.count(), Waiting.objects.count()) == (20, 3)
        assert Resident.objects.count() == 23
        draft = ListDraft.objects.get()
        assert (draft.state, draft.source) == ("done", None)
        assert VisitGroup.objects.get().rows == 23
    # Nothing is looked up a second time, and a second click does nothing.
    assert [row.found for row in looks(kind="list, not held")] == [23]
    assert clerk.send("book").status_code in (302, 422)
    with scoped(EVERYBODY):
        assert Appointment.objects.count() == 20


def test_wrong_rows_are_mended_in_place(made: World, clerk: ListPage) -> None:
    good = pupil(1)
    short, birth, repaired = pupil(2)[1:], pupil(3), pupil(4)
    cells = birth.split(";")
    impossible = ";".join([cells[0], cells[1], "31-02-2008", *cells[3:]])
    page = clerk.bring(f"{HEADER}\n{good}\n{short}\n{impossible}\n{repaired}")
    rows = clerk.rows()
    assert [rows[n]["status"] for n in (2, 3, 4, 5)] == ["booked", "problem", "problem", "booked"]
    assert "15" in rows[3]["message"]
    # What is to be mended stands first, open, with what was typed.
    shown = [row["row"] for row in page.context["rows"]]
    assert shown[:2] == [3, 4]
    assert dict(rows[4]["cells"])["birth_date"] == "31-02-2008"
    logged = len(looks(kind="list, not held"))
    number = good.split(";")[0]
    fixed = pupil(5).split(";")
    answer = clerk.send(
        "mend",
        row=["3", "4"],
        **{"3-nik": number, "4-birth_date": cells[2], "4-nik": fixed[0], "4-name": cells[1]},
    )
    assert answer.status_code == 302
    rows = clerk.rows()
    assert rows[3]["status"] == "problem"  # stands in row 2 already
    assert "2" in rows[3]["message"]
    assert rows[4]["status"] == "booked"
    # Only the mended numbers were looked up.
    assert [row.found for row in looks(kind="list, not held")[logged:]] == [1]
    clerk.send("mend", row=["3"], **{"3-out": "on"})
    assert clerk.rows()[3]["status"] == "out"
    clerk.send("book")
    with scoped(EVERYBODY):
        assert Appointment.objects.count() == 3


def test_what_changed_meanwhile_is_shown_before_anybody_is_booked(
    made: World, clerk: ListPage, session: ServiceSession
) -> None:
    held = [make_resident(made, name=f"Pegang {word(n)}", birth_date=BORN) for n in range(2)]
    lines = [f"{_number_of(one)};{one.identity.name};;;" for one in held]
    clerk.bring("\n".join([HEADER, *lines, pupil(1)]))
    other = make_session(made, make_event(made))
    by = made["operator"].actor
    with scoped(by.scope):
        book(by=by, session=other, resident=held[0], services=["recording"])
    answer = clerk.send("book")
    assert answer.status_code == 409
    rows = {row["row"]: row for row in answer.context["rows"]}
    assert [rows[n]["changed"] for n in (2, 3, 4)] == [True, False, False]
    assert rows[2]["status"] == "problem"
    with scoped(EVERYBODY):
        assert Appointment.objects.filter(session=session).count() == 0
        assert Resident.objects.count() == 2
    assert clerk.send("book").status_code == 302
    with scoped(EVERYBODY):
        assert Appointment.objects.filter(session=session).count() == 2


def test_places_that_went_meanwhile_are_a_change(
    made: World, clerk: ListPage, session: ServiceSession
) -> None:
    clerk.bring("\n".join([HEADER, *(pupil(n) for n in range(20))]))
    by = made["operator"].actor
    with scoped(by.scope):
        book(by=by, session=session, resident=make_resident(made), services=["recording"])
    answer = clerk.send("book")
    assert answer.status_code == 409
    assert answer.context["counts"]["waiting"] == 1


def test_an_old_window_changes_nothing(made: World, clerk: ListPage) -> None:
    page = clerk.bring(f"{HEADER}\n{pupil(1)}\n{pupil(2)}")
    old = page.context["version"]
    clerk.send("mend", row=["2"], **{"2-out": "on"})
    # `send` reads it from the table.
    with scoped(EVERYBODY):
        now = ListDraft.objects.get().version
    assert clerk.client.get(clerk.path).context["version"] == now != old
    for do in ("book", "mend"):
        answer = clerk.client.post(
            clerk.path, {"do": do, "version": old, "row": "3", "3-out": "on"}
        )
        assert answer.status_code == 409
        assert "jendela lain" in answer.content.decode()
    assert clerk.statuses() == ["out", "booked"]
    with scoped(EVERYBODY):
        assert Appointment.objects.count() == 0


def test_a_preview_is_sealed_its_authors_and_gone_after_a_day(
    made: World, clerk: ListPage, browser: Callable[[str], Client]
) -> None:
    line = pupil(1)
    clerk.bring(f"{HEADER}\n{line}")
    with scoped(EVERYBODY):
        draft = ListDraft.objects.get()
        for column in (draft.source, draft.content):
            assert column
            assert line.split(";")[0].encode() not in bytes(column)
            assert b"Siswa" not in bytes(column)
    for who in ("head", "neighbour"):
        assert browser(who).get(clerk.path).status_code == 404
        assert browser(who).post(clerk.path, {"do": "book", "version": "1"}).status_code == 404
    assert browser("operator").get(clerk.path).status_code == 200
    _later()
    assert clerk.client.get(clerk.path).status_code == 404
    assert clerk.client.post(clerk.path, {"do": "book", "version": "1"}).status_code == 404


def _later() -> None:
    with scoped(EVERYBODY):
        ListDraft.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def test_the_job_removes_previews_whose_day_is_over(
    kept: World, browser: Callable[[str], Client]
) -> None:
    session = make_session(kept, make_event(kept))
    page = ListPage(browser("operator"), session)
    page.bring(f"{HEADER}\n{pupil(1)}")
    try:
        use_role("worker")
        assert forget_drafts() == 0
        use_role("web")
        _later()
        use_role("worker")
        assert forget_drafts() == 1
    finally:
        use_role("web")


# --- whom a row means -----------------------------------------------------------------------------


def test_a_look_alike_is_asked_about(made: World, clerk: ListPage) -> None:
    held = make_resident(made, name="Kembar Contoh", birth_date=BORN)
    lines = [f"{nik(BORN).text};Kembar Contoh;;;{HERE}" for _n in range(1)]
    clerk.bring("\n".join([HEADER, *lines]))
    row = clerk.rows()[2]
    assert (row["status"], len(row["alike"])) == ("ask", 1)
    assert _number_of(held) not in clerk.client.get(clerk.path).content.decode()
    assert looks(kind="resident", subject=str(held.pk), action="view")
    assert clerk.send("book").status_code == 422
    clerk.send("mend", row=["2"], **{"2-alike": str(held.pk)})
    assert clerk.rows()[2]["who"] == "held"
    clerk.send("mend", row=["2"], **{"2-alike": "new"})
    row = clerk.rows()[2]
    assert (row["status"], row["who"]) == ("booked", "new")
    clerk.send("book")
    with scoped(EVERYBODY):
        assert Resident.objects.count() == 2
        assert Appointment.objects.get().resident_id != held.pk


def test_two_of_one_name_in_the_list_are_not_said_to_be_held(clerk: ListPage) -> None:
    lines = [f"{nik(BORN).text};Kembar Contoh;;;{HERE}" for _n in range(2)]
    clerk.bring("\n".join([HEADER, *lines]))
    row = clerk.rows()[3]
    assert (row["status"], row["alike"]) == ("ask", [])
    said = " ".join([row["message"], *row["notes"]])
    assert (
        said
        == "Baris sebelumnya dalam daftar ini memuat nama dan tanggal lahir yang sama, dengan NIK lain: cocokkan dengan KK."
    )


def test_somebody_who_was_not_shown_cannot_be_chosen(made: World, clerk: ListPage) -> None:
    make_resident(made, name="Kembar Contoh", birth_date=BORN)
    other = make_resident(made, name="Orang Lain", birth_date=BORN)
    clerk.bring(f"{HEADER}\n{nik(BORN).text};Kembar Contoh;;;{HERE}")
    clerk.send("mend", row=["2"], **{"2-alike": str(other.pk)})
    assert clerk.rows()[2]["status"] == "ask"


def test_what_the_list_says_otherwise_becomes_a_proposal(made: World, clerk: ListPage) -> None:
    held = make_resident(made, name="Siti Contoh", birth_date=BORN)
    said = BORN + timedelta(days=9)
    clerk.bring(f"{HEADER}\n{_number_of(held)};Siti Contohwati;{said:%d-%m-%Y};P;{HERE}")
    row = clerk.rows()[2]
    differs = {one["field"]: (one["held"], one["listed"]) for one in row["differs"]}
    assert differs["birth_date"] == (f"{BORN:%d-%m-%Y}", f"{said:%d-%m-%Y}")
    assert set(differs) == {"name", "birth_date", "sex"}
    clerk.send("mend", row=["2"], **{"2-propose": "on"})
    clerk.send("book")
    with scoped(EVERYBODY):
        assert CorrectionProposal.objects.get().resident_id == held.pk
        assert Resident.objects.get().birth_date == BORN


def test_a_proposal_is_made_of_what_was_shown(made: World, clerk: ListPage) -> None:
    """What the office holds changed meanwhile: the difference is another one, and is shown first."""
    held = make_resident(made, name="Siti Contoh", birth_date=BORN)
    clerk.bring(f"{HEADER}\n{_number_of(held)};Siti Contohwati;{BORN:%d-%m-%Y};L;{HERE}")
    clerk.send("mend", row=["2"], **{"2-propose": "on"})
    with scoped(made["operator"].actor.scope):
        correct(
            by=made["operator"].actor,
            resident=held,
            changes={"name": "Siti Contohwidya"},
            reason="Salah tulis",
        )
    clerk.send("book")
    with scoped(EVERYBODY):
        proposals = CorrectionProposal.objects.filter(source="list")
        assert (proposals.count(), Appointment.objects.count()) == (0, 0)
    [shown] = clerk.rows()[2]["differs"]
    assert shown["held"] == "Siti Contohwidya"
    clerk.send("book")
    with scoped(EVERYBODY):
        assert (proposals.count(), Appointment.objects.count()) == (1, 1)


def test_each_kind_of_row_says_why(made: World, clerk: ListPage, session: ServiceSession) -> None:
    recorded = make_resident(made, name="Sudah Rekam")
    record(made, recorded)
    child = date(today().year - 12, 3, 4)
    rows = [
        f"{_number_of(recorded)};Sudah Rekam;;;",
        f"{nik(child).text};Masih Anak;{child:%d-%m-%Y};L;{HERE}",
        f"{nik(BORN).text};Desa Salah;;;Tidak Ada Desa",
        ";Tanpa Nomor;;;",
        f"{nik(BORN).text};Lahir Nanti;01-01-2999;L;{HERE}",
    ]
    clerk.bring("\n".join([HEADER, *rows]))
    said = [row["message"] for _n, row in sorted(clerk.rows().items())]
    assert clerk.statuses() == ["problem"] * 5
    for text, words in zip(
        said, (f"{today():%d-%m-%Y}", "Terlalu muda", "NIK dan nama", "NIK", "lahir"), strict=True
    ):
        assert words in text, (text, words)
    notes = clerk.rows()[4]["notes"]
    assert any("Tidak Ada Desa" in note for note in notes)


# --- what a preview must not tell -----------------------------------------------------------------


ALIKE = "990105170590"
THEN = date(1990, 5, 17)


def number(serial: int) -> str:
    return f"{ALIKE}{serial:04}"


def test_a_preview_does_not_tell_held_numbers_from_others(made: World, clerk: ListPage) -> None:
    """Held under another name reads as held by nobody: with and without all that registering takes.
    Told apart they are only once the others are registered, in the clerk's own name.
    """
    held = make_resident(made, nik=Nik(number(7)), name="Siti Rahasia", birth_date=THEN)
    text = "\n".join(f"{number(n)};Zulkarnain {word(n)};;;{HERE}" for n in (6, 7, 8))
    clerk.bring(f"{HEADER}\n{text}")
    rows = clerk.rows()
    assert len({_all_but_name(row) for row in rows.values()}) == 1
    assert rows[3]["who"] == "new"
    booked = clerk.client.get(clerk.send("book").headers["Location"]).content.decode()
    assert "2 didaftarkan, 1 tidak: lihat baris di bawah." in booked
    assert "seperti pada pratinjau" not in booked
    assert clerk.rows()[3]["status"] == "problem"
    with scoped(EVERYBODY):
        assert Resident.objects.count() == 3
        assert not Appointment.objects.filter(resident=held).exists()
    clerk.bring(f"{HEADER}\n" + "\n".join(f"{number(n)};Zulkarnain;;;" for n in (7, 9)))
    assert len({_all_but_name(row) for row in clerk.rows().values()}) == 1


def _all_but_name(row: dict[str, Any]) -> str:
    kept = {key: row[key] for key in ("status", "who", "message", "notes", "differs", "resident")}
    return repr(kept)


def test_a_list_of_numbers_finds_nobody_whose_name_is_known(made: World, clerk: ListPage) -> None:
    """A preview registers nobody, so beyond ten numbers alike it says of none who is held."""
    held = make_resident(made, nik=Nik(number(1307)), name="Contoh Warga", birth_date=THEN)
    for names in ("Contoh Warga", "Contoh"):
        text = "\n".join(f"{number(n)};{names} {word(n)};;;{HERE}" for n in range(1300, 1320))
        clerk.bring(f"{HEADER}\n{text}")
        rows = clerk.rows()
        assert {row["who"] for row in rows.values()} == {"later"}
        assert len({_all_but_name(row) for row in rows.values()}) == 1
        # One number at a time tells nothing either.
        clerk.bring(f"{HEADER}\n{number(1307)};Contoh Warga;;;{HERE}")
        assert clerk.rows()[2]["status"] == "problem"
        clerk.send("mend", row=["2"], **{"2-nik": number(1325)})
        assert clerk.rows()[2]["status"] == "problem"
    assert looks(kind="resident", subject=str(held.pk), action="search")


def test_a_class_with_numbers_alike_is_booked_all_the_same(made: World, clerk: ListPage) -> None:
    """But who has name and birth date of somebody held: the number of which would be told."""
    make_resident(made, nik=Nik(number(3)), name="Siswa Contoh D", birth_date=THEN)
    text = "\n".join(f"{number(n)};Siswa Contoh {word(n)};;;{HERE}" for n in range(1, 16))
    clerk.bring(f"{HEADER}\n{text}")
    kinds = [row["who"] for _n, row in sorted(clerk.rows().items())]
    assert kinds == ["later"] * 2 + [""] + ["later"] * 12
    clerk.send("book")
    with scoped(EVERYBODY):
        assert Appointment.objects.count() == 14
        assert Resident.objects.count() == 15
    assert looks(kind=GUESSED) == []
    # Registered, they are no guesses: the same list again knows them.
    clerk.bring(f"{HEADER}\n{text}")
    assert [row["status"] for row in clerk.rows().values()].count("here") == 14


# --- reading --------------------------------------------------------------------------------------


def test_columns_are_chosen_by_hand_and_remembered(
    made: World, clerk: ListPage, browser: Callable[[str], Client]
) -> None:
    """Two columns of names: which is meant is asked once, and said the next time."""

    def listed(number: int) -> str:
        cells = pupil(number).split(";")
        return f"NIK;Nama;Nama Lengkap;Desa\n{cells[0]};Adik;{cells[1]};{HERE}"

    page = clerk.bring(listed(1))
    assert page.context["draft"].state == "columns"
    columns = [column["letter"] for column in page.context["content"].columns]
    assert columns == ["A", "B", "C", "D"]
    kinds = {"kind-A": "nik", "kind-B": "", "kind-C": "name", "kind-D": "village"}
    assert clerk.send("columns", **kinds).status_code == 302
    assert [row["name"] for row in clerk.rows().values()] == ["Siswa Baru B"]
    with scoped(EVERYBODY):
        mapping = ListMapping.objects.get()
        assert (mapping.office_id, mapping.kinds["C"]) == ("13.75", "name")
        assert "lengkap" not in mapping.key
    again = clerk.bring(listed(2))
    assert again.context["draft"].state == "preview"
    assert again.context["rows"][0]["name"] == "Siswa Baru C"
    assert any("pernah dipilih dinas Anda" in said for said in again.context["content"].said)
    # Chosen anew for this list, and so for the next.
    clerk.send("columns", **{**kinds, "kind-B": "name", "kind-C": ""})
    assert [row["name"] for row in clerk.rows().values()] == ["Adik"]
    # Another office has its own memory.
    theirs = ListPage(browser("neighbour"), make_session(made, make_event(made, "13.06")))
    assert theirs.bring(listed(3)).context["draft"].state == "columns"


def test_the_same_header_in_other_columns_is_asked_about_again(
    made: World, clerk: ListPage
) -> None:
    """A column that was put in must not turn the guardian's NIK into the pupil's."""
    (theirs, name), guardians = pupil(1).split(";")[:2], pupil(2).split(";")[0]
    page = clerk.bring(f"Desa;Nama;NIK;NIK\n{HERE};{name};{theirs};{guardians}")
    assert page.context["draft"].state == "columns"
    kinds = {"kind-A": "village", "kind-B": "name", "kind-C": "nik", "kind-D": ""}
    clerk.send("columns", **kinds)
    assert clerk.statuses() == ["booked"]
    moved = clerk.bring(f"Desa;Nama;;NIK;NIK\n{HERE};{name};;{theirs};{guardians}")
    assert moved.context["draft"].state == "columns"
    # Empty columns behind the list are no other list.
    same = clerk.bring(f"Desa;Nama;NIK;NIK;;\n{HERE};{name};{theirs};{guardians};;")
    assert same.context["draft"].state == "preview"


def test_which_sheet_is_asked(made: World, clerk: ListPage) -> None:
    target = BytesIO()
    workbook = xlsxwriter.Workbook(target, {"in_memory": True})
    for number, name in enumerate(("XII IPA 1", "XII IPA 2")):
        sheet = workbook.add_worksheet(name)
        sheet.write_row(0, 0, HEADER.split(";"))
        sheet.write_row(1, 0, pupil(number).split(";"))
    workbook.close()
    file = SimpleUploadedFile("kelas.xlsx", target.getvalue())
    page = clerk.bring(file=file)
    assert page.context["draft"].state == "sheet"
    assert [sheet["name"] for sheet in page.context["content"].sheets] == ["XII IPA 1", "XII IPA 2"]
    assert clerk.send("sheet", sheet="Tidak ada").status_code == 422
    clerk.send("sheet", sheet="XII IPA 2")
    assert [row["name"] for row in clerk.rows().values()] == ["Siswa Baru B"]
    assert clerk.statuses() == ["booked"]


def test_a_list_of_five_thousand_is_taken_and_one_more_refused(
    made: World, clerk: ListPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a thousand here, and of five thousand with LONG: numbers of rows have a sign in them either way."""
    assert readers.MOST_ROWS == 5_000
    most = 5_000 if LONG else 1_000
    monkeypatch.setattr(readers, "MOST_ROWS", most)
    rows = [f"{nik(BORN + timedelta(days=n % 300)).text};Siswa {word(n)}" for n in range(most + 1)]
    refused = clerk.bring("NIK;Nama\n" + "\n".join(rows))
    assert refused.status_code == 422
    assert f"{most // 1_000}.001" in refused.content.decode()
    page = clerk.bring("NIK;Nama\n" + "\n".join(rows[:-1]))
    assert page.status_code == 200
    assert page.context["counts"]["problem"] == most
    assert page.context["pages"].paginator.num_pages == most // 100
    # A row is sent by its number as it is, however people write a thousand.
    last = BeautifulSoup(
        clerk.client.get(f"{clerk.path}?page={most // 100}").content, "html.parser"
    )
    number = last.select("input[name=row]")[-1]["value"]
    (out,) = last.select(f"tr.mend [name='{number}-out']")
    assert clerk.send("mend", row=[number], **{out["name"]: "on"}).status_code == 302
    assert clerk.client.get(clerk.path).context["counts"]["problem"] == most - 1


def test_some_rows_and_ten_times_as_many_ask_alike(
    made: World, browser: Callable[[str], Client]
) -> None:
    client = browser("operator")
    asked: list[list[list[str]]] = []
    for count in (MANY, 10 * MANY):
        session = make_session(made, make_event(made), {"recording": 400})
        page = ListPage(client, session)
        lines = "\n".join([HEADER, *(pupil(n) for n in range(count))])
        asked.append([])
        for do, fields in (("", {}), ("mend", {"row": ["2"], "2-out": "on"}), ("book", {})):
            with CaptureQueriesContext(connection) as queries:
                page.send(do, **fields) if do else page.bring(lines)
            asked[-1].append([sql for query in queries if _asks(sql := query["sql"])])
    for few, many in zip(*asked, strict=True):
        more = Counter(sql[:60] for sql in many) - Counter(sql[:60] for sql in few)
        assert len(many) <= len(few) + 2, more


def _asks(sql: str) -> bool:
    """Not what surrounds every statement, or remembers who is logged in."""
    around = ("SELECT set_config", 'UPDATE "django_session"')
    return asks(sql) and not undressed(sql).startswith(around)


# --- the whole class ------------------------------------------------------------------------------


def _booked(made: World, clerk: ListPage, count: int, **more: Any) -> str:
    clerk.bring("\n".join([HEADER, *(pupil(n) for n in range(count))]), **more)
    clerk.send("book")
    with scoped(EVERYBODY):
        return str(VisitGroup.objects.latest("created_at").pk)


def test_the_whole_class_is_here(made: World, clerk: ListPage) -> None:
    group = _booked(made, clerk, 5)
    by = made["operator"].actor
    with scoped(by.scope):
        check_in(by=by, appointment=Appointment.objects.order_by("pk")[3])
    clerk.client.post(f"/rombongan/{group}/", {"do": "present"})
    with scoped(EVERYBODY):
        visits = Appointment.objects.order_by("queue_number")
        assert [visit.queue_number for visit in visits] == [1, 2, 3, 4, 5]
        assert {visit.state for visit in visits} == {"checked_in"}
        assert all(visit.checked_in_at for visit in visits)
    # Again: nobody gets another number.
    clerk.client.post(f"/rombongan/{group}/", {"do": "present"})
    with scoped(EVERYBODY):
        assert Appointment.objects.filter(queue_number__gt=5).count() == 0


def test_numbers_follow_the_list_where_hours_are_the_same(made: World, clerk: ListPage) -> None:
    """A list that comes once the session runs has one hour for all."""
    group = _booked(made, clerk, 12)
    with scoped(EVERYBODY):
        Appointment.objects.update(expected_at=timezone.now())
    clerk.client.post(f"/rombongan/{group}/", {"do": "present"})
    with scoped(EVERYBODY):
        visits = Appointment.objects.order_by("created_at")
        assert [visit.queue_number for visit in visits] == list(range(1, 13))


def test_the_queue_beside_the_desk_counts_a_whole_school(
    made: World, browser: Callable[[str], Client]
) -> None:
    clerk = ListPage(browser("operator"), make_session(made, make_event(made), {"recording": 140}))
    _booked(made, clerk, 130)
    html = clerk.client.get(f"/sesi/{clerk.session.pk}/meja/").content.decode()
    assert "dan 105 lagi" in html


def test_a_class_is_here_on_its_own_day_alone(
    made: World, browser: Callable[[str], Client]
) -> None:
    by, last = made["operator"].actor, today() + timedelta(days=10)
    event = make_event(made, ends_on=last)
    with scoped(by.scope):
        later = open_session(
            by=by,
            event=event,
            starts_at=at(8, day=today() + timedelta(days=9)),
            ends_at=at(15, day=today() + timedelta(days=9)),
            capacity={"recording": 5},
        )
    clerk = ListPage(browser("operator"), later)
    path = f"/rombongan/{_booked(made, clerk, 3)}/"
    assert 'value="present"' not in clerk.client.get(path).content.decode()
    refused = clerk.client.post(path, {"do": "present"}, follow=True).content.decode()
    assert "pada hari sesinya" in refused
    with scoped(EVERYBODY):
        assert {visit.state for visit in Appointment.objects.all()} == {"booked"}


def test_a_list_comes_pasted_or_as_a_file(clerk: ListPage) -> None:
    file = SimpleUploadedFile("kelas.csv", f"{HEADER}\n{pupil(2)}".encode())
    answer = clerk.bring(f"{HEADER}\n{pupil(1)}", file=file)
    assert answer.status_code == 422
    assert "pilih salah satu" in answer.content.decode()
    with scoped(EVERYBODY):
        assert not ListDraft.objects.exists()


def test_a_date_that_nobody_can_read_is_that_of_the_number(clerk: ListPage) -> None:
    number = nik(BORN).text
    page = clerk.bring(f"{HEADER}\n{number};Siswa Baru;entah kapan;L;{HERE}").content.decode()
    assert "Tanggal lahir diambil dari NIK." in page
    assert f"{BORN:%d-%m-%Y}" in page


def test_a_class_moves_to_another_session(
    made: World, clerk: ListPage, session: ServiceSession
) -> None:
    group = _booked(made, clerk, 22, contact="guru@sekolah.sch.id")
    small = make_session(made, make_event(made), {"recording": 10})
    large = make_session(made, make_event(made), {"recording": 21})
    path = f"/rombongan/{group}/"
    offered = {one.pk for one in clerk.client.get(path).context["elsewhere"]}
    assert offered == {large.pk}
    refused = clerk.client.post(path, {"do": "move", "session": str(small.pk)}, follow=True)
    assert "10" in refused.content.decode()
    with scoped(EVERYBODY):
        assert Appointment.objects.filter(session=session, state="booked").count() == 20
    moved = clerk.client.post(path, {"do": "move", "session": str(large.pk)})
    assert moved.status_code == 302
    assert group not in moved.headers["Location"]
    left = clerk.client.get(path).content.decode()
    assert moved.headers["Location"] in left
    assert f"/sesi/{session.pk}/rombongan/" not in left
    assert f"{path}slip/" not in left
    with scoped(EVERYBODY):
        assert Appointment.objects.filter(session=large, state="booked").count() == 21
        assert Waiting.objects.filter(session=large, state="waiting").count() == 1
        assert Waiting.objects.filter(session=session, state="waiting").count() == 0
        assert Appointment.objects.filter(session=session).exclude(state="moved").count() == 0
        assert Message.objects.filter(kind="moved").count() == 1
        assert set(
            Message.objects.filter(kind="reminder", group_id=uuid.UUID(group)).values_list("state")
        ) <= {("dropped",)}


def test_a_class_does_not_take_over_another_of_its_name(
    made: World, clerk: ListPage, session: ServiceSession
) -> None:
    """Neither its contact, nor what was cancelled; a contact hears only of its own class."""
    elsewhere = make_session(made, make_event(made), {"recording": 20})
    there = ListPage(clerk.client, elsewhere)
    theirs = _booked(made, there, 1, contact="lain@sekolah.sch.id")
    clerk.bring(f"{HEADER}\n{pupil(4)}", contact="guru@sekolah.sch.id")
    clerk.send("book")
    with scoped(EVERYBODY):
        group = VisitGroup.objects.get(session=session)
        before = VisitGroup.objects.get(pk=theirs)
    move = {"do": "move", "session": str(elsewhere.pk)}
    clerk.client.post(f"/rombongan/{group.pk}/", move)
    with scoped(EVERYBODY):
        assert Appointment.objects.filter(group=group, state="booked").count() == 1
        assert VisitGroup.objects.get(pk=theirs).contact == before.contact
        # A group that left no contact joins it, and nobody is told who did not move.
        VisitGroup.objects.filter(pk=group.pk).update(channel="", contact=None)
    clerk.client.post(f"/rombongan/{group.pk}/", move)
    with scoped(EVERYBODY):
        assert Appointment.objects.filter(group_id=theirs, state="booked").count() == 2
        assert VisitGroup.objects.get(pk=theirs).contact == before.contact
        assert Message.objects.filter(kind="moved").count() == 0
    there.client.post(f"/rombongan/{theirs}/", {"do": "cancel", "reason": "Ujian sekolah"})
    clerk.bring(f"{HEADER}\n{pupil(7)}")
    clerk.send("book")
    clerk.client.post(f"/rombongan/{group.pk}/", move)
    with scoped(EVERYBODY):
        assert VisitGroup.objects.get(pk=theirs).cancelled_because == "Ujian sekolah"
        assert Appointment.objects.filter(group=group, state="booked").count() == 1


def test_who_is_too_young_on_the_new_day_is_left(made: World, clerk: ListPage) -> None:
    event, by = make_event(made), made["operator"].actor
    tomorrow = timedelta(days=1)
    with scoped(by.scope):
        clerk.session = open_session(
            by=by,
            event=event,
            starts_at=at(0, 1) + tomorrow,
            ends_at=at(23, 59) + tomorrow,
            capacity={"recording": 5},
        )
    young = anniversary(today() + tomorrow, -16)
    text = f"{nik(young).text};Siswa Muda;{young:%d-%m-%Y};L;{HERE}"
    clerk.bring("\n".join([HEADER, pupil(1), text]))
    clerk.send("book")
    with scoped(EVERYBODY):
        group = VisitGroup.objects.get()
    earlier = make_session(made, event, {"recording": 5})
    path = f"/rombongan/{group.pk}/"
    answer = clerk.client.post(path, {"do": "move", "session": str(earlier.pk)}, follow=True)
    assert answer.redirect_chain[-1][0] == path  # where whoever is left is seen
    with scoped(EVERYBODY):
        booked = Appointment.objects.filter(state="booked").select_related("resident__identity")
        names = {one.session_id: one.resident.identity.name for one in booked}
    assert names == {earlier.pk: "Siswa Baru B", clerk.session.pk: "Siswa Muda"}
    clerk.client.post(path, {"do": "move", "session": str(earlier.pk)})
    with scoped(EVERYBODY):
        assert Appointment.objects.filter(session=clerk.session, state="booked").count() == 1


def test_a_class_is_cancelled_with_a_reason(
    made: World, clerk: ListPage, session: ServiceSession
) -> None:
    group = _booked(made, clerk, 22, contact="0812 3456 7890")
    path = f"/rombongan/{group}/"
    assert clerk.client.post(path, {"do": "cancel", "reason": " "}).status_code == 302
    with scoped(EVERYBODY):
        assert Appointment.objects.filter(state="booked").count() == 20
    clerk.client.post(path, {"do": "cancel", "reason": "Ujian sekolah"})
    with scoped(EVERYBODY):
        assert set(Appointment.objects.values_list("state", flat=True)) == {"cancelled"}
        assert set(Waiting.objects.values_list("state", flat=True)) == {"withdrawn"}
        assert Message.objects.filter(kind="cancelled").count() == 1
        assert VisitGroup.objects.get().cancelled_because == "Ujian sekolah"
    assert Seat.objects.filter(session=session, holder__isnull=False).count() == 0
    assert "Ujian sekolah" in clerk.client.get(path).content.decode()


def test_slips_of_a_class_and_its_links(
    made: World, clerk: ListPage, session: ServiceSession
) -> None:
    group = _booked(made, clerk, 3)
    slips = clerk.client.get(f"/rombongan/{group}/slip/").content.decode()
    with scoped(EVERYBODY):
        tickets = list(Appointment.objects.values_list("ticket", flat=True))
    assert all(slips.count(ticket) == 2 for ticket in tickets)  # as text, and as the picture's name
    assert slips.count("<svg") >= 3
    assert not re.search(r"\b99\d{14}\b", slips)
    assert len(looks(kind="group slips")) == 1
    for page in (f"/sesi/{session.pk}/", f"/kegiatan/{session.event_id}/rombongan/"):
        assert f"/rombongan/{group}/" in clerk.client.get(page).content.decode()
