"""Matching the rows of a class list with people of the office; new people are registered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, partial
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import keyed_hash
from dukcapil.core.errors import DomainError, Invalid
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from registrations.booking.readers import Line
from registrations.people.models import Resident
from registrations.people.selectors import lives_outside
from registrations.people.services.checks import (
    LOOK_ALIKE,
    is_look_alike,
    judge,
    look_alike_remark,
    named_twice,
    namesakes,
    refuse_impossible,
)
from registrations.people.services.lookups import guessed_in_list, look_up_list
from registrations.people.services.residents import register
from registrations.people.validators import Person, name_key, refused_in


@dataclass
class RowAnswer:
    """What became of a row: `booked`, `waiting`, `here` (before this list), `full` or `problem`."""

    line: Line
    status: str = "problem"
    resident: Resident | None = None
    message: str = ""
    #: Remarks that hinder nothing: 16 years old, 17 on election day, another district.
    notes: list[str] = field(default_factory=list)
    ticket: str = ""
    number: int | None = None
    expected_at: datetime | None = None

    @property
    def person(self) -> Resident:
        """The resident, for rows that are matched already."""
        if self.resident is None:
            raise ValueError("this row is not matched")
        return self.resident


def match_rows(by: Actor, office: str, answers: list[RowAnswer]) -> None:
    """Set `resident` of each row, or `message` why it matches nobody; new people are registered.

    Only people whom the event's office holds: a lent clerk cannot bring people of their own office.
    """
    answers = [answer for answer in answers if not _refused(answer)]
    visible = Resident.objects.visible_to(by).filter(office_id=office).select_related("identity")
    by_hash = {keyed_hash(answer.line.nik.text): answer for answer in answers if answer.line.nik}
    held = {
        bytes(resident.nik_hash): resident
        for resident in visible.filter(nik_hash__in=list(by_hash))
    }
    if by_hash:
        found = [held[key].pk for key in by_hash if key in held]
        look_up_list(by=by, found=found, missed=len(by_hash) - len(found))
    # A class comes from a few villages.
    village = cache(partial(_village, by)) if by.office == office else None
    outcomes = {key: _outcome(answer, held.get(key), village) for key, answer in by_hash.items()}
    # Found by name alone, so it may be said. Such a number leads to nobody until it is confirmed.
    alike = _alike(by, {key: by_hash[key] for key in by_hash if isinstance(outcomes[key], Region)})
    # What says nothing to whoever brings the list is a miss, held or not.
    refused = guessed_in_list(
        by=by,
        numbers={
            answer.line.nik.text: outcomes[key] is not None and key not in alike
            for key, answer in by_hash.items()
            if answer.line.nik
        },
    )
    for key, answer in by_hash.items():
        outcome = outcomes[key]
        if outcome is None or (answer.line.nik and answer.line.nik.text in refused):
            answer.message = _not_matched()
        elif key in alike:
            answer.message = look_alike_remark().detail
        elif isinstance(outcome, Region):
            _register_new(by, answer, outcome)
        else:
            _match_held(answer, outcome)
    _match_by_name(visible, [answer for answer in answers if not answer.line.nik])


def _refused(answer: RowAnswer) -> bool:
    """Whether what the row says of a person cannot be, held or not; then its message says why."""
    person, line = _person(answer.line), answer.line
    given = {"name": line.name, "birth_date": line.born, "sex": line.sex}
    for remark in refused_in(person, timezone.localdate()):
        if given.get(remark.field):
            answer.message = remark.detail
            return True
    return False


def _person(line: Line, village: Region | None = None) -> Person:
    """Whom a row describes. Birth date and sex that it leaves out are those of its NIK."""
    born, sex = line.born, line.sex
    if line.nik is not None:
        born = born or line.nik.born_by(timezone.localdate())
        sex = sex or line.nik.sex
    return Person(nik=line.nik, name=line.name, birth_date=born, sex=sex, village=village)


def _alike(by: Actor, answers: dict[bytes, RowAnswer]) -> set[bytes]:
    """Rows of new people who have name and birth date of somebody held, or of an earlier row."""
    people = {key: _person(answer.line) for key, answer in answers.items()}
    return named_twice(people) | {
        key for key, rows in namesakes(by, people).items() if is_look_alike(people[key], rows)
    }


def _not_matched() -> str:
    """One answer for a number that is held under another name, and for one that is not held: a list
    does not tell which numbers somebody holds.
    """
    return _(
        "NIK and name fit nobody whom the office holds: compare with the KK. For somebody new, also of"
        " another district, give name, village (ten-digit code or name)"
        " and, where the NIK holds none, the birth date."
    )


def _outcome(
    answer: RowAnswer, resident: Resident | None, village: Callable[[str], Region] | None
) -> Resident | Region | None:
    """Whom the row means, the village in which somebody new lives, or nothing that may be said.

    Without `village` nobody new may be held.
    """
    line = answer.line
    if resident is not None:
        words = set(name_key(line.name).split())
        fits = not words or words & set(resident.identity.name_key.split())
        return resident if fits else None
    if village is None or line.nik is None or not line.village:
        return None
    try:
        refuse_impossible(_person(line), today=timezone.localdate())
        return village(line.village)
    except Invalid:
        return None


def _match_held(answer: RowAnswer, resident: Resident) -> None:
    line = answer.line
    if line.born and line.born != resident.birth_date:
        answer.notes.append(_("The list has another birth date than the office."))
    answer.resident = resident


def _register_new(by: Actor, answer: RowAnswer, village: Region) -> None:
    person = _person(answer.line, village)
    if person.nik is None or person.birth_date is None:
        return
    try:
        answer.resident = register(
            by=by,
            nik=person.nik,
            name=person.name,
            birth_date=person.birth_date,
            sex=person.sex,
            village=village,
            listed=True,
            # Asked for the whole list at once, in `match_rows`.
            confirm=[LOOK_ALIKE],
        )
    except DomainError:
        # Why would tell that nobody is held by this number.
        answer.message = _not_matched()
        return
    answer.notes.append(_("Added to your office's people."))
    remarks = judge(person, today=timezone.localdate())
    answer.notes += [remark.detail for remark in remarks if remark.kind == "warn"]
    if by.office and lives_outside(by.office, village.pk):
        answer.notes.append(_("Lives in another district."))


def _village(by: Actor, text: str) -> Region:
    digits = text.replace(".", "")
    if digits.isdigit():
        code = ".".join((digits[:2], digits[2:4], digits[4:6], digits[6:]))
        villages = list(Region.objects.filter(level=Level.VILLAGE, code=code))
    else:
        villages = list(
            Region.objects.within(by.office or by.region).filter(
                level=Level.VILLAGE, name__iexact=text
            )[:2]
        )
    if len(villages) != 1:
        raise Invalid(
            "village", _("No single village has this name or code: write its ten-digit code.")
        )
    return villages[0]


def _match_by_name(visible: Any, answers: list[RowAnswer]) -> None:
    keys = {name_key(answer.line.name) for answer in answers}
    dates = {answer.line.born for answer in answers}
    held: dict[tuple[str, date | None], list[Resident]] = defaultdict(list)
    if answers:
        for resident in visible.filter(identity__name_key__in=keys, birth_date__in=dates):
            held[resident.identity.name_key, resident.birth_date].append(resident)
    for answer in answers:
        people = held.get((name_key(answer.line.name), answer.line.born), [])
        if len(people) == 1:
            answer.resident = people[0]
        elif people:
            answer.message = _("Several people have this name and birth date: give the NIK.")
        else:
            answer.message = _("Nobody of this name and birth date is held by your office.")
