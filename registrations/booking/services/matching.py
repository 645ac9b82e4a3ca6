"""Whom the rows of a list mean: people of the office, or somebody new. Nothing is written but looks."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import keyed_hash
from dukcapil.regions.enums import today_in
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import KnownAreas
from registrations.booking.enums import RowPerson, RowStatus
from registrations.booking.readers import Line
from registrations.booking.selectors.listed_villages import VillageFinder
from registrations.booking.services.answers import ANOTHER, Difference, RowAnswer
from registrations.people.enums import MaritalStatus, Sex
from registrations.people.models import Resident
from registrations.people.selectors import lives_outside
from registrations.people.services.checks import (
    judge,
    look_alike_remark,
    look_alikes,
    named_twice,
)
from registrations.people.services.lookups import (
    guessed_in_list,
    look_up_list,
    unsaid_in_preview,
)
from registrations.people.validators import Person, name_key

#: Number of a row -> masked rows of people of its name and birth date; empty: a row before has them.
Alike = dict[int, list[dict[str, Any]]]


@dataclass
class ListLook:
    """One look at a list."""

    by: Actor
    #: The event's office. A lent clerk cannot bring people of their own.
    office: str
    #: Nobody is registered by it, so it tells less.
    preview: bool = False
    #: Rows whose numbers are logged now; None: all of them. The others were, when they were first seen.
    fresh: Collection[int] | None = None
    #: Rows whose number the office holds under another name: said only when the list is booked.
    unfit: set[int] = field(default_factory=set)
    #: Rows of which somebody new could be held but for a cell that nobody can read: what is said then.
    hindered: dict[int, str] = field(default_factory=dict)
    #: Whom the office holds under a row's number, with a name that fits.
    fits: dict[int, Resident] = field(default_factory=dict)

    def logs(self, answer: RowAnswer) -> bool:
        return self.fresh is None or answer.line.row in self.fresh

    @property
    def registers(self) -> bool:
        return self.by.office == self.office


def match_rows(look: ListLook, answers: list[RowAnswer]) -> None:
    """Set of each row whom it means, or `message` why it means nobody."""
    _refuse_bad(answers)
    _refuse_repeated(answers)
    remarks = _judge_data(look, answers)
    standing = [answer for answer in answers if not answer.message]
    _match_by_number(look, [answer for answer in standing if answer.line.nik], remarks)
    visible = _visible(look)
    _match_by_name(visible, [answer for answer in standing if not answer.line.nik])
    for answer in standing:
        if answer.who == RowPerson.HELD and not answer.message:
            answer.differs = _differences(answer)
            answer.notes += answer.line.hinders


def _visible(look: ListLook) -> Any:
    """Only people whom the event's office holds."""
    residents = Resident.objects.visible_to(look.by).filter(office_id=look.office)
    return residents.select_related("identity", "village")


# --- what is wrong whoever it is about ------------------------------------------------------------


def _refuse_bad(answers: list[RowAnswer]) -> None:
    for answer in answers:
        answer.notes += answer.line.notes
        if answer.choice.out:
            answer.say(RowStatus.OUT, _("Left out."))
        elif answer.line.problem:
            answer.say(RowStatus.PROBLEM, answer.line.problem[1])


def _refuse_repeated(answers: list[RowAnswer]) -> None:
    """The second row of one person is refused, with the number of the first."""
    seen: dict[Any, int] = {}
    for answer in answers:
        line = answer.line
        key = line.nik.text if line.nik else (name_key(line.name), line.born)
        if answer.message:
            continue
        if key in seen:
            answer.message = _("Stands in row %(row)s already.") % {"row": seen[key]}
        seen.setdefault(key, line.row)


def _judge_data(look: ListLook, answers: list[RowAnswer]) -> dict[int, list[str]]:
    """Set `data` of each row that could be somebody new; the remarks on it, by row.

    Looks up no number: what cannot be is refused first, held or not.
    """
    find = VillageFinder(look.by, {answer.line.village for answer in answers})
    areas, today = KnownAreas(), today_in(look.office)
    remarks: dict[int, list[str]] = {}
    for answer in answers:
        if answer.message:
            continue
        line = answer.line
        village = find.village(line.village)
        if line.village and village is None:
            answer.notes.append(
                _("No single village is called %(name)s: write its ten-digit code.")
                % {"name": line.village[:60]}
            )
        person = _person(line, village, today)
        if line.born is None and "birth_date" in line.cells and person.birth_date:
            answer.notes.append(_("The birth date is that of the NIK."))
        found = judge(person, today=today, areas=areas)
        refusals = [remark for remark in found if remark.kind == "refuse"]
        given = [remark for remark in refusals if _is_given(line, remark.field)]
        if given:
            answer.message = str(given[0].detail)
        elif not refusals and look.registers and line.nik and village and name_key(line.name):
            if line.hinders:
                look.hindered[line.row] = line.hinders[0]
            else:
                answer.data = person
                remarks[line.row] = [str(remark.detail) for remark in found]
        answer.village = village
    return remarks


def _person(line: Line, village: Region | None, today: date) -> Person:
    """What the number says counts where the list says nothing."""
    from_number = line.nik.born_by(today) if line.nik else None
    return Person(
        nik=line.nik,
        name=line.name,
        birth_date=line.born or from_number,
        sex=line.sex or (line.nik.sex if line.nik else ""),
        marital_status=line.marital_status or MaritalStatus.SINGLE,
        village=village,
        address=line.address,
        rt=line.rt,
        rw=line.rw,
        known_recorded_on=line.recorded_on,
    )


def _is_given(line: Line, name: str) -> bool:
    given = {
        "name": line.name,
        "birth_date": line.born,
        "sex": line.sex,
        "marital_status": line.marital_status,
        "known_recorded_on": line.recorded_on,
    }
    return bool(given.get(name, name in ("address", "rt", "rw")))


# --- by number ------------------------------------------------------------------------------------


def _match_by_number(
    look: ListLook, answers: list[RowAnswer], remarks: dict[int, list[str]]
) -> None:
    keys = {answer.line.row: _key(answer) for answer in answers}
    held = {
        bytes(resident.nik_hash): resident
        for resident in _visible(look).filter(nik_hash__in=list(keys.values()))
    }
    _log(look, [(answer, held.get(keys[answer.line.row])) for answer in answers])
    for answer in answers:
        resident = held.get(keys[answer.line.row])
        if resident is not None and _fits(answer.line, resident):
            look.fits[answer.line.row] = resident
        elif resident is not None:
            look.unfit.add(answer.line.row)
    alike = _namesakes(look, answers)
    unsaid, guessed = _untold(look, answers, alike)
    for answer in answers:
        _say_who(look, answer, unsaid, guessed)
        if answer.who in (RowPerson.NEW, RowPerson.LATER):
            answer.notes += remarks[answer.line.row]
    _ask_about_look_alikes(look, answers, alike)
    for answer in answers:
        if answer.who == RowPerson.NEW and answer.village:
            if not look.preview:
                answer.notes.append(_("Added to your office's people."))
            if lives_outside(look.office, answer.village.pk):
                answer.notes.append(_("Lives in another district."))


def _say_who(look: ListLook, answer: RowAnswer, unsaid: set[str], guessed: set[str]) -> None:
    row, number = answer.line.row, _number(answer)
    resident = look.fits.get(row)
    new = answer.data is not None and (look.preview or row not in look.unfit)
    if number in guessed or (resident is None and not new):
        answer.message = look.hindered.get(row) or not_matched()
    elif number in unsaid:
        answer.who = RowPerson.LATER
    elif resident is not None:
        answer.who, answer.resident = RowPerson.HELD, resident
    else:
        answer.who = RowPerson.NEW


def _key(answer: RowAnswer) -> bytes:
    return keyed_hash(_number(answer))


def _number(answer: RowAnswer) -> str:
    return answer.line.nik.text if answer.line.nik else ""


def _fits(line: Line, resident: Resident) -> bool:
    words = set(name_key(line.name).split())
    return not words or bool(words & set(resident.identity.name_key.split()))


def _log(look: ListLook, found: list[tuple[RowAnswer, Resident | None]]) -> None:
    fresh = [resident for answer, resident in found if look.logs(answer)]
    if fresh:
        ids = [resident.pk for resident in fresh if resident]
        look_up_list(by=look.by, found=ids, missed=len(fresh) - len(ids))


def _untold(look: ListLook, answers: list[RowAnswer], alike: Alike) -> tuple[set[str], set[str]]:
    """Numbers of which nothing is said before the list is booked, and nothing at all."""
    fits = look.fits
    unsaid: set[str] = set()
    rest = answers
    if look.preview:
        complete = [answer for answer in answers if answer.data is not None]
        unsaid = unsaid_in_preview(
            by=look.by, numbers={_number(one): one.line.row in fits for one in complete}
        )
        rest = [answer for answer in answers if answer.data is None]
    guessed = guessed_in_list(
        by=look.by,
        numbers={
            _number(answer): answer.line.row in fits
            # A look-alike leads to nobody until somebody says that it is another person.
            or (
                answer.data is not None
                and answer.line.row not in look.unfit
                and answer.line.row not in alike
            )
            for answer in rest
        },
        unlogged={_number(answer) for answer in rest if not look.logs(answer)},
    )
    return unsaid, guessed


def not_matched() -> str:
    """One answer for a number that is held under another name, and for one that is not held: a list
    does not tell which numbers somebody holds.
    """
    return _(
        "NIK and name fit nobody whom the office holds: compare with the KK. For somebody new, also of"
        " another district, give name, village (ten-digit code or name)"
        " and, where the NIK holds none, the birth date."
    )


# --- look-alikes ----------------------------------------------------------------------------------


def _namesakes(look: ListLook, answers: list[RowAnswer]) -> Alike:
    """Of rows that could be somebody new, whatever the number of who is held."""
    people = {answer.line.row: answer.data for answer in answers if answer.data is not None}
    alike: Alike = dict(
        look_alikes(look.by, {row: replace(person, nik=None) for row, person in people.items()})
    )
    for row in named_twice(people):
        alike.setdefault(row, [])
    return alike


def _ask_about_look_alikes(look: ListLook, answers: list[RowAnswer], alike: Alike) -> None:
    """Where nothing is said of a number, whoever has name and birth date stands against it, whatever
    the number: else a list of numbers would find the right one among them.
    """
    chosen = _chosen_residents(look, answers, alike)
    for answer in answers:
        rows = alike.get(answer.line.row)
        if rows is None or answer.who not in (RowPerson.NEW, RowPerson.LATER):
            continue
        if answer.who == RowPerson.LATER and rows:
            answer.who, answer.message = "", not_matched()
        else:
            answer.alike = rows
            _answer_look_alike(answer, chosen.get(answer.choice.alike))


def _answer_look_alike(answer: RowAnswer, resident: Resident | None) -> None:
    if answer.choice.alike == ANOTHER:
        return
    if resident is not None:
        answer.who, answer.resident, answer.data = RowPerson.HELD, resident, None
        answer.notes = [*answer.line.notes, _("Booked as the person whom the office holds.")]
    else:
        answer.say(
            RowStatus.ASK, str(look_alike_remark().detail) if answer.alike else _named_before()
        )


def _named_before() -> str:
    return _(
        "An earlier row of this list has this name and birth date under another NIK: compare with the KK."
    )


def _chosen_residents(
    look: ListLook, answers: list[RowAnswer], alike: Alike
) -> dict[str, Resident]:
    """Only somebody who was shown with the row."""
    ids: set[uuid.UUID] = set()
    for answer in answers:
        shown = {str(row["id"]): row["id"] for row in alike.get(answer.line.row, [])}
        if answer.choice.alike in shown:
            ids.add(shown[answer.choice.alike])
    if not ids:
        return {}
    return {str(resident.pk): resident for resident in _visible(look).filter(pk__in=ids)}


# --- by name and birth date -----------------------------------------------------------------------


def _match_by_name(visible: Any, answers: list[RowAnswer]) -> None:
    keys = {name_key(answer.line.name) for answer in answers}
    dates = {answer.line.born for answer in answers}
    held: dict[tuple[str, Any], list[Resident]] = defaultdict(list)
    if answers:
        for resident in visible.filter(identity__name_key__in=keys, birth_date__in=dates):
            held[resident.identity.name_key, resident.birth_date].append(resident)
    for answer in answers:
        people = held.get((name_key(answer.line.name), answer.line.born), [])
        if len(people) == 1:
            answer.who, answer.resident = RowPerson.HELD, people[0]
        elif people:
            answer.message = _("Several people have this name and birth date: give the NIK.")
        else:
            answer.message = _("Nobody of this name and birth date is held by your office.")


# --- what the list says otherwise -----------------------------------------------------------------


def _differences(answer: RowAnswer) -> list[Difference]:
    line, resident = answer.line, answer.person
    found = []
    if name_key(line.name) and name_key(line.name) != resident.identity.name_key:
        found.append(
            Difference("name", _("Name"), resident.identity.name, line.name, value=line.name)
        )
    if line.born and line.born != resident.birth_date:
        before, said = (f"{day:%d-%m-%Y}" for day in (resident.birth_date, line.born))
        label = _("Birth date")
        found.append(Difference("birth_date", label, before, said, value=str(line.born)))
    if line.sex and line.sex != resident.sex:
        before, said = (str(Sex(sex).label) for sex in (resident.sex, line.sex))
        found.append(Difference("sex", _("Sex"), before, said, value=line.sex))
    village = answer.village
    if village and village.pk != resident.village_id:
        before, said = resident.village.name, village.name
        found.append(Difference("village", _("Village"), before, said, value=village.pk))
    return found
