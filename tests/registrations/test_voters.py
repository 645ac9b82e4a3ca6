"""Voters' lists: who is who on a seeded corpus, and the whole way of a list on its pages."""

from __future__ import annotations

import io
import re
import uuid
from datetime import date
from typing import Any

import psycopg2
import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from dukcapil import embedded
from dukcapil.accounts.models import AccessLog, User
from dukcapil.accounts.scoping import scoped
from dukcapil.core.crypto import decrypt
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.lists.layout import Column
from dukcapil.regions.models import Region
from events.elections.models import Election
from registrations.corrections.services.merging import merge
from registrations.oversight.models import Export
from registrations.oversight.services.erasing import erase_person
from registrations.oversight.services.exports import build_export
from registrations.people.models import Resident, ResidentIdentity
from registrations.people.services.list_mappings import remember
from registrations.people.validators import family_card_key
from registrations.roll.models import VillageList
from registrations.roll.services import work as roll_work
from registrations.voters.enums import CODES_SINCE, ListState
from registrations.voters.models import VoterList, VoterRow
from registrations.voters.selectors.lists import figures, get_list_or_404
from registrations.voters.services import comparing, reading, work
from registrations.voters.services.counting import COUNT
from registrations.voters.services.matching import (
    ASK,
    JOINED,
    NONE,
    TWICE,
    Held,
    Listed,
    People,
    match_all,
)
from registrations.voters.services.pieces import Pieces
from reports.invariants.selectors import INVARIANTS
from tests import engines
from tests.benchmarks.voters_corpus import corpus
from tests.counting import asks
from tests.roles import acting_as
from tests.world import AGAM, World, make_resident, nik, record

BORN = date(1990, 5, 17)
VILLAGE, OTHER_VILLAGE = "13.75.01.1001", "13.75.01.1002"
HEAD = "No;NIK;NKK;Nama;Tgl Lahir;JK;Kelurahan\n"


# --- who is who -----------------------------------------------------------------------------------


def test_who_is_joined_alone_is_right_and_nearly_everybody_is_found() -> None:
    made = corpus(6_000, seed=3)
    joined = right = offered = 0
    for match in match_all(People(made.people), made.voters):
        truth = made.truth.get(match.number)
        joined += match.verdict == JOINED
        right += match.verdict == JOINED and match.people[0] == truth
        offered += match.verdict in (ASK, TWICE) and truth in match.people
    assert joined > 5_000
    assert right / joined >= 0.999
    assert (right + offered) / len(made.truth) >= 0.98


def _held(key: int, name: str, **more: Any) -> Held:
    said = {"area": "137501", "born": BORN.toordinal(), "sex": "M", "village": VILLAGE} | more
    return Held(key=key, nik=bytes([key]) * 16, name=name, **said)


def _listed(name: str, **more: Any) -> Listed:
    said = {"number": 1, "born": BORN.toordinal(), "sex": "M", "village": VILLAGE} | more
    return Listed(name=name, **said)


KIN = b"family"
#: People, a voter, the verdict, and whom it names.
CASES: dict[str, tuple[list[Held], Listed, str, list[int]]] = {
    "number": ([_held(1, "BUDI")], _listed("BUDI", nik=b"\1" * 16), JOINED, [1]),
    "number of another name and day": (
        [_held(1, "BUDI SANTOSO", born=BORN.toordinal() - 900)],
        _listed("SITI AMINAH", nik=b"\1" * 16, sex="F"),
        NONE,
        [],
    ),
    "masked, day and month changed, family": (
        [_held(1, "ANDI WIJAYA", born=date(1990, 7, 5).toordinal(), family=KIN)],
        _listed("ANDI WIJAYA", shown="137501**********", born=date(1990, 5, 7).toordinal(), family=KIN),
        JOINED,
        [1],
    ),
    "another number, nothing but name, day and village": (
        [_held(1, "ANDI WIJAYA")],
        _listed("ANDI WIJAYA", nik=b"\7" * 16),
        ASK,
        [1],
    ),
    "old spelling and short form": (
        [_held(1, "MUHAMMAD YUSUF HIDAYAT")],
        _listed("MOCH YUSOEF HIDAJAT"),
        JOINED,
        [1],
    ),
    "words changed places": ([_held(1, "SITI NUR HALIZA", sex="F")],
                             _listed("NUR HALIZA SITI", sex="F"), JOINED, [1]),
    "one word is many people's": ([_held(1, "BUDI")], _listed("BUDI"), ASK, [1]),
    "twins": (
        [_held(1, "ANDI SAPUTRA", family=KIN), _held(2, "ANDY SAPUTRO", family=KIN)],
        _listed("ANDI SAPUTRO", family=KIN),
        ASK,
        [1, 2],
    ),
    "another village": (
        [_held(1, "RATNA DEWI LESTARI", sex="F", village=OTHER_VILLAGE)],
        _listed("RATNA DEWI LESTARI", sex="F"),
        ASK,
        [1],
    ),
    "another person of the day": ([_held(1, "JOKO WIBOWO")], _listed("AGUS SALIM"), NONE, []),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_sure_is_joined_and_what_is_likely_is_asked(case: str) -> None:
    people, voter, verdict, whom = CASES[case]
    (match,) = match_all(People(people), [voter])
    assert (match.verdict, sorted(match.people)) == (verdict, whom)  # type: ignore[type-var]


def test_a_person_is_one_voter_alone() -> None:
    people = People([_held(1, "BUDI SANTOSO")])
    voters = [_listed("BUDI SANTOSO", nik=b"\1" * 16), _listed("BUDI SANTOSO", nik=b"\1" * 16, number=2),
              _listed("BUDI SANTOSO", number=3)]  # fmt: skip
    found = {match.number: (match.verdict, match.other) for match in match_all(people, voters)}
    assert found == {1: (JOINED, 0), 2: (TWICE, 1), 3: (ASK, 1)}


# --- a list on its pages --------------------------------------------------------------------------


def logged_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def make_election(day: date = date(2027, 11, 24)) -> Election:
    return Election.objects.create(
        name="Pilkada contoh", kind="pilkada", region=Region.objects.get(pk="13"), held_on=day
    )


def line(
    number: str, name: str, born: str = "17-05-1990", village: str = VILLAGE, kk: str = ""
) -> str:
    return f"1;{number};{kk};{name};{born};L;{village}\n"


def bring(client: Client, text: str, election: Election, name: str = "dpt.csv") -> str:
    answer = client.post(
        "/pemilih/",
        {
            "election": election.pk,
            "kind": "dpt",
            "as_of": "2026-01-05",
            "file": SimpleUploadedFile(name, text.encode()),
        },
    )
    assert answer.status_code == 302, answer.content.decode()
    return answer.headers["Location"]


def run_job(address: str) -> VoterList:
    list_id = uuid.UUID(address.rstrip("/").rpartition("/")[2])
    with acting_as("worker"):
        while work.work_on(list_id):
            pass
    with scoped(EVERYBODY):
        return VoterList.objects.select_related("election").get(pk=list_id)


def verdicts(found: VoterList) -> dict[int, tuple[str, str]]:
    """Row -> class with the fields that differ, and code."""
    with scoped(EVERYBODY):
        rows = VoterRow.objects.filter(voter_list=found).order_by("number")
        return {row.number: (" ".join([row.verdict, *row.differs]), row.code) for row in rows}


def whole(village: str) -> None:
    with scoped(EVERYBODY):
        VillageList.objects.create(
            village_id=village, office_id=village[:5], completeness="whole", on=date(2026, 1, 1)
        )


@pytest.fixture
def people(kept: World) -> dict[str, Resident]:
    """Whom the office holds, by a word of the name."""
    names = ("Ani Tetap", "Budi Berubah", "Citra Kembar Satu", "Dewi Direkam", "Eko Ganda")
    made = {name.split()[0]: make_resident(kept, name=name) for name in names}
    record(kept, made["Dewi"])
    make_resident(kept, AGAM, name="Tetangga Jauh")
    whole(VILLAGE)
    return made


def number(person: Resident) -> str:
    with scoped(EVERYBODY):
        identity = ResidentIdentity.objects.get(pk=person.pk)
    return decrypt(bytes(identity.nik_cipher), context=str(person.pk))


def listed_text(people: dict[str, Resident]) -> str:
    masked = f"{number(people['Citra'])[:6]}**********"
    return (
        HEAD
        + line(number(people["Ani"]), "ANI TETAP")
        + line(number(people["Budi"]), "BUDI BEROEBAH", village=OTHER_VILLAGE)
        + line(masked, "CITRA KEMBAR SATU")
        + line("", "DEWI DIREKAM", born="")
        + line(number(people["Eko"]), "EKO GANDA")
        + line(number(people["Eko"]), "EKO GANDA")
        + line(nik(BORN).text, "Siapa Saja")
        + line(nik(BORN).text, "Fitri Jauh", village="13.06.01.2001")
        + line("1375010000000000", "Li", born="1990-17-45")
        + line("", "")
        + line(number(people["Ani"]), "", born="")
    )


def test_columns_are_used_as_the_office_chose_for_this_header(
    kept: World, people: dict[str, Resident]
) -> None:
    """Also where the header's words would do, as in an import of residents; and the page says so."""
    header = ["No", "NIK", "NKK", "Nama", "Tgl Lahir", "JK", "Kelurahan"]
    columns = [
        Column(place, "ABCDEFG"[place], header=word, kind="") for place, word in enumerate(header)
    ]
    kinds = dict.fromkeys("ACF", "") | {"B": "nik", "D": "name", "E": "birth_date", "G": ""}
    head_actor = kept["head"].actor
    with scoped(head_actor.scope):
        remember(by=head_actor, columns=columns, kinds=kinds)
    head = logged_in("head")
    found = run_job(bring(head, listed_text(people), make_election()))
    assert any("pernah dipilih dinas Anda" in said for said in found.told["said"])
    assert "pernah dipilih dinas Anda" in head.get(f"/pemilih/{found.pk}/").content.decode()
    with scoped(EVERYBODY):  # nobody said what column G holds, so no row has a village
        assert not VoterRow.objects.filter(voter_list=found, village__isnull=False).exists()


def test_a_list_is_matched_decided_taken_out_and_accepted(
    kept: World, people: dict[str, Resident]
) -> None:
    head = logged_in("head")
    election = make_election()
    address = bring(head, listed_text(people), election)
    found = run_job(address)
    assert found.state == ListState.READY
    assert found.total == 11
    dpt_double = next(code for code, means in CODES_SINCE[2024].items() if means == "double")
    assert verdicts(found) == {
        2: ("both", ""),
        3: ("differs name village", ""),
        4: ("both", ""),
        5: ("ask", ""),
        6: ("both", ""),
        7: ("twice", dpt_double),
        8: ("only_on_list", ""),
        9: ("unknown", ""),
        10: ("only_on_list", ""),
        11: ("unread", ""),
        # Whose number is held is not called somebody whom the office does not hold.
        12: ("unread", ""),
    }

    page = head.get(address).content.decode()
    assert "KEMBAR" not in page
    shown = head.get(address, {"show": "both"}).content.decode()
    assert "CITRA KEMBAR SATU" in shown
    assert number(people["Ani"]) not in shown
    asked = [queries(head, address, show) for show in ({"show": "twice"}, {"show": "both"}, {})]
    assert asked[0] == asked[1] >= asked[2]
    # Some of a village are held, and some are not.
    asked.append(queries(head, address, {"village": VILLAGE}))
    assert max(*asked, queries(head, f"{address}putusan/", {}), queries(head, "/pemilih/", {})) <= 8
    assert decide(head, address, 5, "same", resident=str(people["Dewi"].pk)) == "both"
    assert decide(head, address, 5, "nobody") == "both"  # it was decided, and stays
    lines = BeautifulSoup(head.get(address).content, "html.parser").select("tbody tr")
    by_village = [
        [cell.get_text(" ", strip=True) for cell in one.select("th, td")] for one in lines
    ]
    assert [one[1:] for one in by_village] == [
        ["9", "4", "0", "2", "3", "1", "4"],
        ["1", "0", "1", "0", "0", "0", "1"],
        ["1", "0", "0", "0", "1", "0", "0"],
    ]

    away = head.get(address, {"show": "unknown"}).content.decode()
    assert "Warga luar domisili." in away
    assert "barisnya diserahkan" not in away
    assert miscounted() == []
    before = looks_at(found)
    head.get(address, {"show": "only_on_list"})
    assert looks_at(found) == [*before, 2]
    for code in ("4", "99"):
        head.post(address, {"do": "code", "number": "10", "code": code})
    # Somebody opened the page before the code was set: it is not written over unseen.
    head.post(address, {"do": "code", "number": "10", "code": "", "version": ""})
    head.post(address, {"do": "again"})
    run_job(address)
    lines = fetched(head, address, "csv").decode().splitlines()
    assert lines[0] == "row,class,differs,code"
    assert lines[2] == "3,differs,name village,"
    assert lines[9] == "10,only_on_list,,4"
    assert len(lines) == 12
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(fetched(head, address, "xlsx")))
    rows = sheet.get_sheet_by_index(1).to_python()
    assert [len(rows), rows[9][0], rows[9][3]] == [12, "10", "4"]

    # Whoever opened the page before somebody set a code looks again.
    for do in ("accept", "discard"):
        head.post(address, {"do": do, "version": str(found.version)})
    now = run_job(address)
    assert now.state == ListState.READY
    assert head.post(address, {"do": "accept", "version": str(now.version)}).status_code == 302
    # The job has not been there yet: names stand, and nobody does anything more.
    assert "Hasil sedang diambil alih" in head.get(address).content.decode()
    for do in ("accept", "again", "discard"):
        said = head.post(address, {"do": do}, follow=True).content.decode()
        assert "Daftar ini belum atau tidak lagi" in said
    assert run_job(address).state == ListState.ACCEPTED
    assert miscounted() == []
    with scoped(EVERYBODY):
        kept_rows = VoterRow.objects.filter(voter_list=found)
        assert kept_rows.count() == 11
        assert not kept_rows.exclude(sealed=None, nik_hash=None, resident=None, maybe=[]).exists()
    assert "CITRA" not in head.get(address, {"show": "both"}).content.decode()
    assert fetched(head, address, "csv").decode().splitlines() == lines
    head.post(address, {"do": "again"})
    assert run_job(address).state == ListState.ACCEPTED


def test_a_list_is_read_and_matched_in_pieces(
    kept: World, people: dict[str, Resident], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last piece, too, is written before anything is counted or said to be done."""
    head, election, text = logged_in("head"), make_election(), listed_text(people)
    at_once = verdicts(run_job(bring(head, text, election)))
    sent, send = [], Pieces.send

    def noted(self: Pieces, values: Any) -> None:
        sent.append(self.sql)
        send(self, values)

    monkeypatch.setattr(Pieces, "send", noted)
    for module in (reading, comparing):
        monkeypatch.setattr(module, "PIECE", 4)
    found = run_job(bring(head, text, election))
    assert [sent.count(reading._TAKE), sent.count(comparing._WRITE), len(sent)] == [3, 3, 6]
    assert (found.state, verdicts(found)) == (ListState.READY, at_once)
    assert miscounted() == []


def test_a_last_piece_that_fails_is_heard_of(made: World) -> None:
    def divide() -> None:
        with transaction.atomic(), Pieces("SELECT 1 / %(n)s") as pieces:
            for n in (2, 1, 0):
                pieces.send({"n": n})

    with pytest.raises(psycopg2.errors.DivisionByZero):
        divide()


def test_who_answers_second_what_the_columns_hold_looks_again(
    kept: World, people: dict[str, Resident]
) -> None:
    head = logged_in("head")
    address = bring(head, "x;y;z\na;b;c\nd;e;f\n", make_election())

    def shown() -> str:
        assert run_job(address).state == ListState.ASKS
        page = BeautifulSoup(head.get(address).content, "html.parser")
        (version,) = page.select("#columns [name=version]")
        return str(version["value"])

    nothing = {"do": "columns", "kind-A": "", "kind-B": "", "kind-C": ""}
    seen = shown()
    head.post(address, nothing | {"version": seen})
    now = shown()
    assert now != seen
    head.post(address, nothing | {"kind-B": "name", "version": seen})
    assert shown() == now
    head.post(address, nothing | {"kind-B": "name", "version": now})
    assert run_job(address).state == ListState.READY


def miscounted() -> list[Any]:
    """Lists whose counts are not those of their rows."""
    with scoped(EVERYBODY):
        return rows(next(rule for rule in INVARIANTS if rule.name == "voter-counts").sql)


def looks_at(found: VoterList) -> list[int | None]:
    """How many voters whom the office does not hold somebody saw, look by look."""
    logged = AccessLog.everything.filter(kind="voters", subject=str(found.pk), action="view")
    with scoped(EVERYBODY):
        return list(
            logged.filter(found__isnull=False).order_by("pk").values_list("found", flat=True)
        )


def queries(client: Client, address: str, more: dict[str, str]) -> int:
    """Of a page, as tests/pages counts them."""
    client.get(address, more)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address, more).status_code == 200
    return sum(asks(query["sql"]) for query in captured.captured_queries)


def decide(client: Client, address: str, row: int, said: str, **more: str) -> str:
    """The class that the row has then."""
    answer = client.post(f"{address}putusan/", {"do": said, "number": str(row), **more})
    assert answer.status_code == 302, answer.content.decode()
    with scoped(EVERYBODY):
        return VoterRow.objects.get(voter_list=list_of(address), number=row).verdict


def list_of(address: str) -> uuid.UUID:
    return uuid.UUID(address.rstrip("/").rpartition("/")[2])


def fetched(client: Client, address: str, kind: str) -> bytes:
    answer = client.post(address, {"do": kind, "reason": "Hasil pencocokan untuk KPU kota"})
    assert answer.headers["Location"] == "/ekspor/"
    with scoped(EVERYBODY):
        export = Export.objects.latest("created_at")
    with acting_as("worker"):
        build_export(export.pk)
    answer = client.get(f"/ekspor/{export.pk}/berkas/")
    assert answer.status_code == 200
    assert f".{kind}" in answer.headers["Content-Disposition"]
    return answer.content


def test_decisions_wait_later_and_come_back(kept: World, people: dict[str, Resident]) -> None:
    twin = make_resident(kept, name="Ani Tetap", sex="F", birth_date=date(1991, 1, 2))
    head = logged_in("head")
    masked = f"{number(people['Ani'])[:6]}**********"
    text = (
        HEAD
        + line("", "ANI TETAB", born="")
        + line(masked, "EKO GANDA", village=OTHER_VILLAGE)
        + line(masked, "ANI TETAP", born="")
    )
    address = bring(head, text, make_election())
    found = run_job(address)
    assert [one for one, _code in verdicts(found).values()].count("ask") == 2
    page = f"{address}putusan/"

    def first() -> int:
        shown = BeautifulSoup(head.get(page).content, "html.parser")
        return int(shown.select_one("input[name=number]")["value"])  # type: ignore[index,arg-type]

    assert first() == 3
    assert decide(head, address, 3, "later") == "ask"
    assert first() == 4
    # Nobody is joined to whom the page does not show.
    assert decide(head, address, 4, "same", resident=str(people["Budi"].pk)) == "ask"
    assert decide(head, address, 4, "same", resident=str(people["Ani"].pk)) == "both"
    assert decide(head, address, 3, "nobody") == "unknown"
    assert head.post(address, {"do": "reopen", "number": "3"}).status_code == 302
    assert miscounted() == []
    answer = head.post(address, {"do": "accept"})
    assert answer.status_code == 409
    assert re.search(r'name="confirm"\s+value="undecided"', answer.content.decode())

    # Matched again: what was decided stays, and nobody else is that person.
    assert head.post(address, {"do": "again"}).status_code == 302
    found = run_job(address)
    assert verdicts(found)[4] == ("both", "")
    assert head.post(address, {"do": "accept", "confirm": "undecided"}).status_code == 302
    assert twin.pk


def test_nobody_else_comes_near(kept: World, people: dict[str, Resident]) -> None:
    address = bring(logged_in("head"), listed_text(people), make_election())
    run_job(address)
    for name, status in (("operator", 403), ("village_verifier", 403), ("neighbour_head", 404)):
        assert logged_in(name).get(address).status_code == status
        assert logged_in(name).get(f"{address}putusan/").status_code == status
    assert logged_in("province_officer").get("/pemilih/").status_code == 403


def test_a_list_of_numbers_alike_finds_nobody(kept: World, people: dict[str, Resident]) -> None:
    """Whoever knows all but the last digits, and name and day, is not told by a list which are right."""
    head, right = logged_in("head"), number(people["Ani"])
    guesses = [f"{right[:12]}{serial:04}" for serial in range(8_000, 8_030)]
    text = HEAD + "".join(line(one, "ANI TETAP") for one in [*guesses[:15], right, *guesses[15:]])
    found = run_job(bring(head, text, make_election()))
    assert {one for one, _code in verdicts(found).values()} == {"unread"}
    with scoped(EVERYBODY):
        told = VoterRow.objects.filter(voter_list=found).values_list("recorded", "score").distinct()
        assert list(told) == [(None, 0)]


def test_what_is_known_of_somebody_is_a_code(kept: World, people: dict[str, Resident]) -> None:
    head = logged_in("head")
    young = make_resident(kept, name="Muda Sekali", birth_date=date(2012, 3, 4))
    election = make_election(date(2020, 12, 9))
    answer = head.post(
        f"/penduduk/{people['Ani'].pk}/bukan-pemilih/",
        {"do": "say", "reason": "tni", "source": "Surat Kodim 1"},
    )
    assert answer.status_code == 302
    codes = f"/pemilih/kode/{election.pk}/"
    assert '<th scope="row">10</th>' in head.get(codes).content.decode()
    more = {"code": "t6", "meaning": "tni", "source": "PKPU contoh"}
    assert head.post(codes, more).status_code == 302
    assert head.post(codes, more | {"code": "?"}).status_code == 422
    text = HEAD + line(number(people["Ani"]), "ANI TETAP")
    text += line(number(young), "MUDA SEKALI", born="04-03-2012")
    found = run_job(bring(head, text, election))
    assert [code for _one, code in verdicts(found).values()] == ["T6", "3"]


def test_a_list_follows_who_is_merged_and_forgets_who_is_erased(
    kept: World, people: dict[str, Resident]
) -> None:
    head = logged_in("head")
    address = bring(head, listed_text(people), make_election())
    found = run_job(address)
    by = kept["head"].actor
    with scoped(by.scope):
        merge(by=by, resident=people["Citra"], into=people["Budi"], reason="orang yang sama")
        erase_person(by=by, resident=people["Ani"], reason="permintaan", case="1/2026")
        erase_person(by=by, resident=people["Dewi"], reason="permintaan", case="2/2026")
    with scoped(EVERYBODY):
        now = {row.number: row for row in VoterRow.objects.filter(voter_list=found)}
    assert [now[2].sealed, now[2].nik_hash, now[2].verdict] == [None, None, "both"]
    assert [now[5].sealed, now[5].verdict] == [None, "unread"]
    # The list has Budi already: somebody decides, and until then nothing is known of that voter.
    assert [now[4].verdict, now[4].maybe, now[4].recorded] == ["ask", [people["Budi"].pk], None]
    assert now[3].resident_id == people["Budi"].pk
    assert miscounted() == []


def test_somebody_who_may_be_both_of_two_merged_rows_is_shown_once(
    kept: World, people: dict[str, Resident]
) -> None:
    head = logged_in("head")
    twin = make_resident(kept, name="Ani Tetap", birth_date=date(1990, 5, 17))
    masked = f"{number(people['Ani'])[:6]}**********"
    address = bring(head, HEAD + line(masked, "ANI TETAP"), make_election())
    found = run_job(address)
    with scoped(EVERYBODY):
        asked = VoterRow.objects.get(voter_list=found)
    assert sorted(asked.maybe) == sorted([twin.pk, people["Ani"].pk])
    by = kept["head"].actor
    with scoped(by.scope):
        merge(by=by, resident=twin, into=people["Ani"], reason="orang yang sama")
    with scoped(EVERYBODY):
        assert VoterRow.objects.get(voter_list=found).maybe == [people["Ani"].pk]


def test_a_list_is_thrown_away_by_the_job(kept: World, people: dict[str, Resident]) -> None:
    head = logged_in("head")
    address = bring(head, listed_text(people), make_election())
    run_job(address)
    for _click in range(2):
        assert head.post(address, {"do": "discard"}).status_code == 302
    found = run_job(address)
    assert [found.state, found.name, found.about] == [ListState.GONE, None, None]
    with scoped(EVERYBODY):
        rest = VoterRow.objects.filter(voter_list=found)
        assert not rest.exclude(sealed=None, nik_hash=None, resident=None, maybe=[]).exists()
    assert miscounted() == []


def test_names_that_could_not_be_taken_out_are_asked_for_again(
    kept: World, people: dict[str, Resident]
) -> None:
    head = logged_in("head")
    address = bring(head, listed_text(people), make_election())
    found = run_job(address)
    with scoped(EVERYBODY):
        VoterList.objects.filter(pk=found.pk).update(state="failed", step="take")
    shown = BeautifulSoup(head.get(address).content, "html.parser")
    (button,) = shown.select("input[name=do][value=accept]")
    assert button
    head.post(address, {"do": "again"})
    answer = head.post(address, {"do": "accept"})
    assert answer.status_code == 409
    assert re.search(r'name="confirm"\s+value="undecided"', answer.content.decode())
    assert head.post(address, {"do": "accept", "confirm": "undecided"}).status_code == 302
    assert run_job(address).state == ListState.ACCEPTED


# --- what was printed -----------------------------------------------------------------------------

_KEYED = """
INSERT INTO registrations_voterrow (voter_list_id, office_id, village_id, number, verdict, recorded,
    code, code_by_hand)
SELECT %s, '13.75', %s, %s + n, %s, %s, %s, true FROM generate_series(1, %s) n
"""
PEKALONGAN = {
    "1": 17_713,
    "2": 3_754,
    "3": 52,
    "4": 13_396,
    "5": 2_526,
    "6": 32,
    "7": 17,
    "10": 3_820,
    "9": 22,
}


def keyed(made: World, day: date, rows: list[tuple[str, bool | None, str, int]]) -> VoterList:
    by = made["head"].actor
    with scoped(by.scope):
        kept_list = VoterList.objects.create(
            office_id="13.75",
            posting_id=by.posting_id,
            election=make_election(day),
            kind="dpt",
            as_of=day,
            state=ListState.READY,
        )
    database = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    with database, database.cursor() as cursor:
        # Without looking at each key: 56,000 rows are many.
        cursor.execute("SET session_replication_role = replica")
        before = 0
        for verdict, recorded, code, many in rows:
            values = [str(kept_list.pk), VILLAGE, before, verdict, recorded, code, many]
            cursor.execute(_KEYED, values)
            before += many
        cursor.execute(COUNT, {"list": str(kept_list.pk)})
    database.close()
    return kept_list


def test_printed_figures_come_out_of_keyed_rows(kept: World) -> None:
    by = kept["head"].actor
    bandar_lampung = keyed(
        kept,
        date(2024, 2, 14),
        [("both", True, "", 4_492), ("both", False, "", 6_315), ("only_on_list", None, "", 4_246)],
    )
    pekalongan = keyed(
        kept, date(2020, 12, 9), [("both", False, code, n) for code, n in PEKALONGAN.items()]
    )
    with scoped(by.scope):
        whole_list = figures(by, get_list_or_404(by, bandar_lampung.pk)).whole
        assert whole_list.voters == 15_053
        assert [whole_list.recorded, whole_list.not_recorded, whole_list.not_found] == [
            *(4_492, 6_315, 4_246)
        ]
        coded = figures(by, get_list_or_404(by, pekalongan.pk))
    assert dict(coded.whole.codes) == PEKALONGAN
    assert coded.whole.voters == sum(coded.whole.codes.values()) == 41_332
    assert [line.voters for line in coded.villages] == [41_332]
    assert set(PEKALONGAN) <= set(CODES_SINCE[2020])


# --- family cards come with lists of residents ----------------------------------------------------


def test_a_list_of_residents_tells_family_cards(kept: World, people: dict[str, Resident]) -> None:
    head, fresh = logged_in("head"), nik(BORN)
    card, other = "1375010101010001", "1375010101010002"
    text = (
        HEAD
        + line(number(people["Ani"]), "ANI TETAP", kk=card)
        + line(fresh.text, "Gita Baru", kk=other)
        + line(number(people["Eko"]), "EKO GANDA", kk="12")
    )
    brought = head.post("/penduduk/impor/", {"file": SimpleUploadedFile("w.csv", text.encode())})
    address = brought.headers["Location"]
    for do in ("", "write"):
        if do:
            assert head.post(address, {"do": do}).status_code == 302
        with acting_as("worker"):
            while roll_work.work_on(list_of(address)):
                pass
    with scoped(EVERYBODY):
        cards = dict(ResidentIdentity.objects.values_list("name_key", "family_card_hash"))
    assert {name: cards[name] and bytes(cards[name]) for name in ("ANI TETAP", "GITA BARU", "EKO GANDA")} == {
        "ANI TETAP": family_card_key(card),
        "GITA BARU": family_card_key(other),
        "EKO GANDA": None,
    }  # fmt: skip
    # By it, and a birth date with day and month changed: 5 July instead of 7 May.
    make = make_resident(kept, name="Hani Lestari Utami", birth_date=date(1990, 7, 5))
    with scoped(EVERYBODY):
        ResidentIdentity.objects.filter(pk=make.pk).update(family_card_hash=family_card_key(card))
    listed = HEAD + line("", "HANI LESTARI UTAMI", born="07-05-1990", kk=card)
    found = run_job(bring(head, listed, make_election()))
    assert verdicts(found) == {2: ("differs birth_date", "")}
