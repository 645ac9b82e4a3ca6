"""The same questions at every door: is this a person's data? One verdict and one code.

A door more is one line in DOORS: a function that brings one person and says what became of it.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest
from django.test import Client

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.regions.models import Region
from registrations.booking.readers import from_text
from registrations.booking.services.groups import book_group
from registrations.booking.services.matching import RowAnswer
from registrations.people.readers import person_of as person_of_list
from registrations.people.readers import read_person
from registrations.people.services import lookups
from registrations.people.services.checks import judge, look_alike_remark
from registrations.people.services.imports import BadRows, import_residents
from registrations.people.services.residents import register
from registrations.people.validators import Nik, anniversary
from registrations.roll.models import RollRows, Row
from tests.registrations.test_roll import bring, do, logged_in, run_job
from tests.world import VILLAGES, World, make_event, make_session, today

pytestmark = pytest.mark.contexts

#: Of the moment when the tests are collected: midnight may pass before they run.
TODAY = today()
BORN = date(1990, 5, 17)
#: The name and birth date of somebody whom the office holds.
HELD = {"name": "Contoh Pegang", "birth_date": str(BORN)}


#: What a question is about -> the person, each field as it is typed.
People = dict[str, dict[str, str]]


def years_ago(years: int, days: int = 0) -> date:
    """Whoever was born then is `years` old, and `days` more."""
    return anniversary(TODAY, -years) - timedelta(days=days)


class Verdict(NamedTuple):
    #: fine; look: stored with a warning, or only when somebody says so; no: refused.
    kind: str
    codes: tuple[str, ...] = ()


@dataclass
class Question:
    about: str
    verdict: Verdict
    changes: dict[str, str] = field(default_factory=dict)
    #: Of the NIK: digits put in place of its own, from a position on.
    digits: tuple[int, str] | None = None


def fine(about: str, **changes: Any) -> Question:
    return Question(about, Verdict("fine"), changes)


def no(code: str, about: str, **changes: Any) -> Question:
    return Question(about, Verdict("no", (code,)), changes)


def look(code: str, about: str, digits: tuple[int, str] | None = None, **changes: Any) -> Question:
    return Question(about, Verdict("look", (code,)), changes, digits)


#: What a field's own kind refuses before anybody judges: each door has its own word for it.
UNREAD = "unread"
_UNREAD_CODES = {
    *("invalid", "invalid_choice", "date", "date-impossible", "date-unread", "sex"),
    "marital-status",
}

QUESTIONS = [
    fine("everything as it should be"),
    fine("a woman", sex="F"),
    fine("a title and an apostrophe", name="Hj. Siti Ma\u2019rifah Contoh, S.Pd."),
    fine("a name of one letter", name="Q"),
    fine("150 letters", name="Contoh " + "x" * 143),
    fine("eighty letters in three words", name="Contoh " + "x" * 40 + " " + "y" * 32),
    fine("letters of another script", name="عائشة"),
    fine("a hyphen and a dot", name="A. Contoh-Warga"),
    fine("born on the last day of a year", birth_date="1999-12-31"),
    fine("born on the first day of a century", birth_date="2000-01-01"),
    fine("born today", birth_date=str(TODAY)),
    fine("a village elsewhere", village="13.06.01.2001"),
    fine("born on 29 February", birth_date="2000-02-29"),
    fine("sixteen today", birth_date=str(years_ago(16))),
    fine("a child", birth_date=str(years_ago(5))),
    fine("99 years old", birth_date=str(years_ago(99))),
    fine("RT and RW", rt="007", rw="12"),
    fine("RT and RW in one column", rt_rw="001-002"),
    fine("RT and RW with their words", rt_rw="RT 001 RW 002"),
    fine("an address of 250 characters", address="Jalan " + "x" * 244),
    fine("married at 17", marital_status="married", birth_date=str(years_ago(17))),
    fine("recorded on the 16th birthday", known_recorded_on=str(anniversary(BORN, 16))),
    fine("recorded today", known_recorded_on=str(TODAY)),
    fine(
        "recorded young, and married",
        known_recorded_on=str(anniversary(BORN, 15)),
        marital_status="married",
    ),
    look("birth-date-differs", "another birth date than the NIK", birth_date="1990-05-18"),
    look("birth-date-differs", "the digits of the year are turned", (10, "09")),
    look("sex-differs", "another sex than the NIK", (6, "57")),
    look("area-unknown", "a district that never was", (0, "000101")),
    look("serial-zero", "a serial of zeros", (12, "0000")),
    look("very-old", "a century too early", birth_date=str(years_ago(100, 1))),
    look(
        "married-young",
        "married at 16",
        marital_status="married",
        birth_date=str(years_ago(16, 200)),
    ),
    look("rt-unread", "RT and RW as a word", rt_rw="depan masjid"),
    look("look-alike", "name and birth date of somebody held", **HELD),
    look("look-alike", "the same in capitals", name="CONTOH  PEGANG.", birth_date=str(BORN)),
    Question(
        "a day that no month has",
        Verdict("look", ("date-impossible", "birth-date-differs")),
        {"birth_date": "1990-02-17"},
        (6, "31"),
    ),
    no("nik", "15 digits", nik="990101170590077"),
    no("nik", "17 digits", nik="99010117059007777"),
    no("nik", "a letter in it", nik="99010117059O0777"),
    no("birth-date-future", "born after tomorrow", birth_date=str(TODAY + timedelta(days=2))),
    no("birth-date", "older than anybody", birth_date=str(years_ago(121))),
    no("birth-date-future", "born next century", birth_date="2090-05-17"),
    no(UNREAD, "31 February", birth_date="2009-02-31"),
    no(UNREAD, "a word for a date", birth_date="kemarin"),
    no(UNREAD, "another sex", sex="Z"),
    no(UNREAD, "another marital status", marital_status="entah"),
    no(UNREAD, "a word for the day of recording", known_recorded_on="kemarin"),
    no("name", "a name of dots", name="..."),
    no("name", "a number with a stroke", name="12/34"),
    no("name", "a number for a name", name="12345"),
    no("name", "151 letters", name="Contoh " + "x" * 144),
    no("address", "251 characters", address="Jalan " + "x" * 245),
    no("rt", "letters in the RT", rt="A1"),
    no("rw", "four digits", rw="0012"),
    no(
        "recorded-future",
        "recorded after tomorrow",
        known_recorded_on=str(TODAY + timedelta(days=2)),
    ),
    no("recorded-before-birth", "recorded before birth", known_recorded_on="1990-05-16"),
    no(
        "too-young",
        "recorded a day before the 16th birthday",
        known_recorded_on=str(anniversary(BORN, 16) - timedelta(days=1)),
    ),
]
#: Fields that every door takes; the others stand in `TAKES`.
_COMMON = {"nik", "name", "birth_date", "sex", "village"}
_MORE = {"marital_status", "address", "rt", "rw"}


def person_of(number: int, question: Question) -> dict[str, str]:
    """Text, as it is typed; the NIK agrees with birth date and sex where the question is another."""
    letters = string.ascii_uppercase
    values = {
        "name": f"Contoh Tanya {letters[number // 26]}{letters[number % 26]}",
        "birth_date": str(BORN),
        "sex": "M",
        "village": VILLAGES["13.75"],
        "marital_status": "single",
        **question.changes,
    }
    try:
        born = date.fromisoformat(values["birth_date"])
    except ValueError:
        born = BORN
    if question.verdict.codes == ("birth-date-differs",) and not question.digits:
        born = BORN
    day = born.day + (40 if values["sex"] == "F" else 0)
    nik = f"990101{day:02}{born:%m%y}{number + 1:04}"
    if question.digits:
        start, digits = question.digits
        nik = nik[:start] + digits + nik[start + len(digits) :]
    return {"nik": nik, **values}


def said(code: str) -> str:
    return UNREAD if code in _UNREAD_CODES else code


def cells_of(person: dict[str, str]) -> dict[str, str]:
    """As columns of a list are called."""
    return {name.removeprefix("known_"): value for name, value in person.items()}


def codes_of(person: dict[str, str], details: list[str]) -> tuple[str, ...]:
    """The codes of sentences, for doors that tell a person and no program."""
    said = read_person(cells_of(person), lambda code, _name: code, TODAY)
    known = {words: code for _field, code, words in (*said.problems, *said.notes)}
    remarks = [*judge(person_of_list(said.person, None), today=TODAY), look_alike_remark()]
    known |= {str(remark.detail): remark.code for remark in remarks}
    return tuple(
        code
        for detail in details
        for words, code in known.items()
        if words in detail and code != "from-nik"
    )


# --- doors ----------------------------------------------------------------------------------------


def by_api(made: World, people: People, _room: Path) -> dict[str, Verdict]:
    return {about: _one_by_api(made, person) for about, person in people.items()}


def _one_by_api(made: World, person: dict[str, str]) -> Verdict:
    answer = made["operator"].post("residents/", person)
    code = str(answer.json.get("type", "")).removeprefix("/problems/")
    if answer.status == 201:
        codes = tuple(warning["code"] for warning in answer.json["warnings"])
        return Verdict("look" if codes else "fine", codes)
    if answer.status == 409 and answer.json["confirm"] == [code]:
        return Verdict("look", (code,))
    assert answer.status == 422, answer
    return Verdict("no", (said(code),))


def by_page(_made: World, people: People, _room: Path) -> dict[str, Verdict]:
    client = Client()
    client.force_login(User.objects.get(username="operator"))
    return {about: _one_by_page(client, person) for about, person in people.items()}


def _one_by_page(client: Client, person: dict[str, str]) -> Verdict:
    answer: Any = client.post("/penduduk/baru/", person)
    if answer.status_code == 302:
        return Verdict("fine")
    assert answer.status_code == 422
    form = answer.context["form"]
    if form.warnings:
        return Verdict("look", tuple(remark.code for remark in form.warnings))
    codes = tuple(said(e.code) for errors in form.errors.as_data().values() for e in errors)
    return Verdict("look" if answer.context["alike"] else "no", codes)


def by_list(made: World, people: People, _room: Path) -> dict[str, Verdict]:
    by = made["operator"].actor
    # Whom nothing stands against, whatever their age.
    session = make_session(made, make_event(made), {"family_card": 100})
    lines = from_text(_table(people))
    services = ["family_card"]
    with scoped(by.scope):
        booked = book_group(by=by, session=session, name="X", services=services, lines=lines)
    return {
        about: _of_row(person, answer)
        for (about, person), answer in zip(people.items(), booked.answers, strict=True)
    }


def _of_row(person: dict[str, str], answer: RowAnswer) -> Verdict:
    if answer.line.problem:
        return Verdict("no", (said(answer.line.problem[0]),))
    if answer.resident:
        codes = codes_of(person, answer.notes)
        return Verdict("look" if codes else "fine", codes)
    codes = codes_of(person, [answer.message])
    kind = "look" if codes == ("look-alike",) else "no"
    return Verdict(kind, tuple(said(code) for code in codes))


def by_command(_made: World, people: People, room: Path) -> dict[str, Verdict]:
    """All rows or none: what is refused is mended, here left out, and the rest comes again."""
    use_role("worker")
    abouts = list(people)
    verdicts: dict[str, Verdict] = {}
    with scoped(EVERYBODY), pytest.raises(BadRows) as refused:
        import_residents(path=_csv(people, room))
    for error in refused.value.errors:
        about = abouts[int(re.findall(r"\d+", error)[0]) - 2]
        codes_said = codes_of(people[about], [error])
        verdicts[about] = Verdict("no", tuple(said(code) for code in codes_said))
    rest = {about: person for about, person in people.items() if about not in verdicts}
    with scoped(EVERYBODY):
        done = import_residents(path=_csv(rest, room))
    codes: dict[int, tuple[str, ...]] = dict.fromkeys(done.alike, ("look-alike",))
    for remark, lines in done.warned.items():
        for line in lines:
            if remark.code != "from-nik" and line not in done.alike:
                codes[line] = (*codes.get(line, ()), remark.code)
    for line, about in enumerate(rest, start=2):
        verdicts[about] = Verdict("look", codes[line]) if line in codes else Verdict("fine")
    return verdicts


def _csv(people: People, room: Path) -> Path:
    path = room / "warga.csv"
    path.write_text(_table(people))
    return path


_HEADER = {
    "nik": "NIK",
    "name": "Nama",
    "birth_date": "Tanggal Lahir",
    "sex": "JK",
    "village": "Desa",
    "marital_status": "Status Kawin",
    "address": "Alamat",
    "rt": "RT",
    "rw": "RW",
    "rt_rw": "RT/RW",
    "recorded_on": "recorded_on",
}


def _table(people: People) -> str:
    rows = [
        ";".join(cells_of(person).get(name, "") for name in _HEADER) for person in people.values()
    ]
    return "\n".join([";".join(_HEADER.values()), *rows])


def by_import_page(made: World, people: People, _room: Path) -> dict[str, Verdict]:
    """The page shows each row's verdict; then it does what it showed, and leaves look-alikes out."""
    client = logged_in("head")
    address = bring(client, _table(people))
    # Example people share area, birth date and sex: ten of them alike are no guessing here.
    many = replace(lookups.LISTED_MISSES, alike=1_000)
    with patch.object(lookups, "LISTED_MISSES", many):
        previewed = run_job(address)
    with scoped(EVERYBODY):
        pieces = RollRows.objects.filter(roll_import=previewed).order_by("number")
        found = [row for piece in pieces for row in piece.read()]
    assert do(client, address, "write", confirm="left").status_code == 302
    run_job(address)
    return {about: _of_import(row) for about, row in zip(people, found, strict=True)}


def _of_import(row: Row) -> Verdict:
    if row.problems:
        return Verdict("no", (said(row.problems[0][1]),))
    codes = [code for _field, code, _words in row.notes if code != "from-nik"]
    codes += ["look-alike"] if row.verdict == "alike" else []
    return Verdict("look" if codes else "fine", tuple(codes))


class Door(NamedTuple):
    ask: Callable[[World, People, Path], dict[str, Verdict]]
    #: Fields that it takes besides the common ones.
    more: set[str]
    #: Whether it stores with a warning; a look-alike is never stored before somebody says so.
    stores: bool = True
    #: Where it says otherwise on purpose.
    otherwise: Mapping[str, Verdict] = MappingProxyType({})


_ALL = {*_MORE, "known_recorded_on", "rt_rw"}
#: The good NIK beside it has the date.
_LISTS = {"a word for a date": Verdict("look", ("date-unread",))}
#: The roll of an office has its own villages.
_ROLL = {**_LISTS, "a village elsewhere": Verdict("no", ("other-district",))}
DOORS = {
    "API": Door(by_api, _MORE),
    "page": Door(by_page, _MORE, stores=False),
    "class list": Door(by_list, _ALL, otherwise=_LISTS),
}
#: Others than web write there: another role connects, which ends a transaction around the test.
COMMANDS = {
    "import on a page": Door(by_import_page, _ALL, otherwise=_ROLL),
    "command": Door(by_command, _ALL, otherwise=_LISTS),
}


@pytest.fixture(autouse=True)
def _back_to_web() -> Iterator[None]:
    yield
    use_role("web")


def held_people() -> list[int]:
    with scoped(EVERYBODY):
        return [
            rows(f"SELECT count(*) FROM registrations_{name}")[0][0]
            for name in ("resident", "residentidentity")
        ]


def alike(verdict: Verdict) -> tuple[str, list[str]]:
    return verdict.kind, sorted(verdict.codes)


def unlike(made: World, door: Door, room: Path) -> dict[str, Any]:
    """What a door says otherwise than the questions; and what it holds after a refusal."""
    by = made["operator"].actor
    with scoped(by.scope):
        register(
            by=by,
            nik=Nik("9901011705909999"),
            name=HELD["name"],
            birth_date=BORN,
            sex="M",
            village=Region.objects.get(pk=VILLAGES["13.75"]),
        )
    taken = _COMMON | door.more
    questions = {q.about: q for q in QUESTIONS if q.changes.keys() <= taken}
    assert len(questions) >= 30
    people = {
        about: {name: value for name, value in person_of(n, q).items() if name in taken}
        for n, (about, q) in enumerate(questions.items())
    }
    before = held_people()
    verdicts = door.ask(made, people, room)
    wanted = {
        about: door.otherwise.get(about, question.verdict) for about, question in questions.items()
    }
    wrong: dict[str, Any] = {
        about: (verdicts[about], verdict)
        for about, verdict in wanted.items()
        if alike(verdicts[about]) != alike(verdict)
    }
    stored = sum(
        verdict.kind == "fine"
        or (door.stores and verdict.kind == "look" and verdict.codes != ("look-alike",))
        for verdict in verdicts.values()
    )
    if held_people() != [count + stored for count in before]:
        wrong["held"] = (before, stored, held_people())
    return wrong


@pytest.mark.parametrize("door", DOORS)
def test_every_door_gives_the_same_verdict(made: World, tmp_path: Path, door: str) -> None:
    assert unlike(made, DOORS[door], tmp_path) == {}


@pytest.mark.parametrize("door", COMMANDS)
def test_so_does_every_other_role(kept: World, tmp_path: Path, door: str) -> None:
    assert unlike(kept, COMMANDS[door], tmp_path) == {}
