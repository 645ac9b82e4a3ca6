"""What would happen with each row: judged as at every door, compared with the people of the office."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import keyed_hash
from dukcapil.core.lists.clean import bare_name
from dukcapil.core.templatetags.figures import masked
from dukcapil.regions.selectors import KnownAreas
from registrations.people.errors import number_erased, other_name
from registrations.people.models import Resident
from registrations.people.readers import person_of, read_person
from registrations.people.selectors import erased
from registrations.people.services.checks import judge, look_alikes, shares_name
from registrations.people.services.lookups import look_up_import, unsaid_in_preview
from registrations.people.services.proposals import current
from registrations.people.validators import Person, name_key
from registrations.roll.enums import Verdict
from registrations.roll.models import OFF_ROLL, Row
from registrations.roll.readers import OTHER_DISTRICT, Villages

#: Fields that a list corrects. The day of a recording is not one of them.
_CORRECTED = (*("name", "birth_date", "sex", "marital_status", "village", "address", "rt", "rw"),)


@dataclass
class Bench:
    """What rows are compared with, made once for many of them."""

    by: Actor
    villages: Villages
    areas: KnownAreas = field(default_factory=KnownAreas)

    @property
    def today(self) -> date:
        return self.by.today

    @classmethod
    def of(cls, by: Actor) -> Bench:
        return cls(by, Villages.of(str(by.office)))

    def person(self, row: Row) -> Person:
        said = row.person or {}
        return person_of(said, self.villages.by_code.get(said.get("village", "")))


def read_row(bench: Bench, row: Row, cells: dict[str, Any]) -> None:
    """Make out what the cells say of a person. `cells` as they came, or as text."""
    bench.villages.elsewhere = ""
    said = read_person(cells, bench.villages.find, bench.today)
    row.person, row.problems, row.notes = said.person, said.problems, said.notes
    row.elsewhere = bench.villages.elsewhere


def judge_rows(bench: Bench, rows: list[Row], *, listed_before: int = 0) -> None:
    """Give each row its verdict. Logs whose numbers were looked up; `listed_before`: how many people
    of this list were found before these rows.

    Nobody is held by it, so it tells less than writing does: a number that is held under another name
    or was erased reads as somebody new, and beyond ten alike that lead to nobody nothing is said.
    """
    for row in rows:
        row.resident, row.before, row.after, row.alike, row.unsaid = "", {}, {}, [], False
        _judge_alone(bench, row)
    good = [row for row in rows if not row.problems]
    people = {row.number: bench.person(row) for row in good}
    held = _held(bench.by, people)
    _look_up(bench.by, held, len(good), listed_before)
    fits = {row.number: held[row.number] for row in good if _fits(row, held.get(row.number))}
    _set_unsaid(bench.by, good, fits)
    others = {
        row.number: replace(people[row.number], nik=None) if row.unsaid else people[row.number]
        for row in good
        if row.unsaid or row.number not in fits
    }
    alike = look_alikes(bench.by, others)
    for row in good:
        if row.number in others:
            _compare_with_namesakes(row, [_shown(one) for one in alike.get(row.number, ())])
        else:
            _compare(row, fits[row.number])
    for row in rows:
        if row.problems:
            row.verdict = Verdict.ELSEWHERE if _goes_elsewhere(row) else Verdict.REFUSED


def _goes_elsewhere(row: Row) -> bool:
    """Nothing is wrong with it but that its village is another office's. Nobody is looked up for it."""
    return bool(row.elsewhere) and [code for _name, code, _words in row.problems] == [
        OTHER_DISTRICT
    ]


def tell_rows(bench: Bench, rows: list[Row]) -> None:
    """What the preview did not say of rows without a resident, once they are written: a problem, or
    of a row that it left open the verdict on whoever is held.
    """
    people = {row.number: bench.person(row) for row in rows}
    held = _held(bench.by, people)
    for row in rows:
        if (resident := held.get(row.number)) is None:
            continue
        if not _fits(row, resident):
            refusal = other_name()
            row.problems.append(("nik", refusal.code, str(refusal.message)))
        elif row.unsaid:
            _compare(row, resident)
    _refuse_erased([row for row in rows if row.number not in held])


def _judge_alone(bench: Bench, row: Row) -> None:
    """Whatever is said without looking anybody up."""
    told = {name for name, _code, _words in row.problems}
    said = row.person or {}
    if "nik" not in said and "nik" not in told:
        row.problems.append(("nik", "nik", _("The NIK is missing.")))
    if "village" not in said and "village" not in told:
        row.problems.append(("village", "village-missing", _("Give the village.")))
    for remark in judge(bench.person(row), today=bench.today, areas=bench.areas):
        said_of = (remark.field, remark.code, str(remark.detail))
        if remark.kind == "refuse" and remark.field not in told:
            row.problems.append(said_of)
        elif remark.kind != "refuse":
            row.notes.append(said_of)


def _held(by: Actor, people: dict[int, Person]) -> dict[int, Resident]:
    """Number of the row -> whom the own office holds under its NIK."""
    hashes = {
        number: keyed_hash(person.nik.text) for number, person in people.items() if person.nik
    }
    wanted = list(set(hashes.values()))
    held = Resident.objects.visible_to(by).filter(office_id=by.office, nik_hash__in=wanted)
    by_hash = {bytes(one.nik_hash): one for one in held.select_related("identity")}
    return {number: by_hash[digest] for number, digest in hashes.items() if digest in by_hash}


def _look_up(by: Actor, held: dict[int, Resident], rows: int, before: int) -> None:
    found = [resident.pk for resident in held.values()]
    look_up_import(by=by, found=found, missed=rows - len(found), before=before)


def _refuse_erased(rows: list[Row]) -> None:
    """Whose data was erased is not held again by a list."""
    numbers = {(row.person or {}).get("nik", "") for row in rows}
    gone = erased(numbers) if numbers else set()
    for row in rows:
        if (row.person or {}).get("nik") in gone:
            refusal = number_erased()
            row.problems.append(("nik", refusal.code, str(refusal.message)))


def _fits(row: Row, resident: Resident | None) -> bool:
    """A number under another name is nobody's matter but the desk's."""
    return resident is not None and shares_name(
        resident.identity.name_key, (row.person or {}).get("name", "")
    )


def _set_unsaid(by: Actor, rows: list[Row], fits: dict[int, Resident]) -> None:
    """More than ten numbers alike that lead to nobody, and of none of them is said who is held."""
    numbers = {row.number: (row.person or {})["nik"] for row in rows}
    leads = {numbers[row.number]: row.number in fits for row in rows}
    unsaid = unsaid_in_preview(by=by, numbers=leads)
    for row in rows:
        row.unsaid = numbers[row.number] in unsaid


def _compare_with_namesakes(row: Row, namesakes: list[tuple[str, str]]) -> None:
    """Where nothing is said of a number, whoever has name and birth date stands against it, whatever
    the number: else a list of numbers would find the right one among them.
    """
    if row.unsaid and namesakes:
        text = _(
            "Too many numbers of this list that look alike lead to nobody: compare with the KK."
        )
        row.problems.append(("nik", "too-many-misses", text))
        return
    row.alike = namesakes
    is_alike = (row.alike or row.alike_row) and not row.other_person
    row.verdict = Verdict.ALIKE if is_alike else new_or_later(row)


def new_or_later(row: Row) -> Verdict:
    return Verdict.LATER if row.unsaid else Verdict.NEW


def _compare(row: Row, resident: Resident) -> None:
    """With what is held."""
    said = row.person or {}
    row.resident = str(resident.pk)
    now = current(resident)
    from_nik = {name for name, code, _words in row.notes if code == "from-nik"}
    row.after = {
        name: said[name]
        for name in _CORRECTED
        if name in said and name not in from_nik and not _alike_value(name, said[name], now[name])
    }
    row.before = {name: now[name] for name in row.after}
    if said.get("recorded_on", "") not in ("", str(resident.known_recorded_on)):
        text = _("Of somebody who is held the list does not change the day of recording.")
        row.notes.append(("recorded_on", "recorded-kept", text))
    if resident.off_roll_since is not None:
        text = _(
            "Off the roll since %(day)s: on it again with this list, unless it is an older one."
        )
        words = {"day": date_format(resident.off_roll_since, "j M Y")}
        row.notes.append(("off_roll", OFF_ROLL, text % words))
    row.verdict = Verdict.DIFFERS if row.after else Verdict.SAME


def _alike_value(name: str, listed: str, held: str) -> bool:
    """Capitals, marks, titles and zeros before a number are no correction."""
    if name == "name":
        return name_key(bare_name(listed)) == name_key(bare_name(held))
    if name == "address":
        return " ".join(listed.casefold().split()) == " ".join(held.casefold().split())
    if name in ("rt", "rw"):
        return listed.lstrip("0") == held.lstrip("0")
    return listed == held


def _shown(person: dict[str, Any]) -> tuple[str, str]:
    return str(person["id"]), f"{person['name']} · {masked(person['nik_masked'])}"
