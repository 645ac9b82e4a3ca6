"""Whom the rows of a list mean: people whom the office holds, or new ones that it then holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
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
from registrations.people.services.residents import register
from registrations.people.validators import Nik, name_key


@dataclass
class Answer:
    """What became of a row: `booked`, `waiting`, `here` (before this list), `full` or `problem`."""

    line: Line
    status: str = "problem"
    resident: Resident | None = None
    message: str = ""
    #: Worth knowing, and no hindrance: 16 years old, 17 on election day, another district.
    notes: list[str] = field(default_factory=list)
    ticket: str = ""
    number: int | None = None
    expected_at: datetime | None = None

    @property
    def person(self) -> Resident:
        """For rows that were found to mean somebody."""
        if self.resident is None:
            raise ValueError("this row means nobody")
        return self.resident


def find(by: Actor, office: str, answers: list[Answer]) -> None:
    """Set `resident`, or say why nobody is meant; new people are registered.

    Only people whom the event's office holds: who is lent to it brings nobody of their own.
    """
    visible = Resident.objects.visible_to(by).filter(office_id=office).select_related("identity")
    niks = {keyed_hash(a.line.nik.text): a.line.nik for a in answers if a.line.nik}
    hashes = {keyed_hash(a.line.nik.text): a for a in answers if a.line.nik}
    held = {bytes(one.nik_hash): one for one in visible.filter(nik_hash__in=list(hashes))}
    for key, answer in hashes.items():
        if key in held:
            _take_held(answer, held[key])
        elif by.office == office:
            _take_new(by, answer, niks[key])
        else:
            answer.message = _("Not held by the office of the event.")
    _by_name(visible, [answer for answer in answers if not answer.line.nik])


def _take_held(answer: Answer, resident: Resident) -> None:
    line = answer.line
    words = set(name_key(line.name).split())
    if words and not words & set(resident.identity.name_key.split()):
        answer.message = _("This NIK belongs to somebody of another name: compare the KK.")
        return
    if line.born and line.born != resident.birth_date:
        answer.notes.append(_("The list has another birth date than the office."))
    answer.resident = resident


def _take_new(by: Actor, answer: Answer, nik: Nik) -> None:
    line = answer.line
    if not name_key(line.name) or not line.village:
        answer.message = _(
            "Not held by your office, perhaps of another district: add name and village (code or"
            " name), or add the person first."
        )
        return
    try:
        village = _village(by, line.village)
        answer.resident = register(
            by=by,
            nik=nik,
            name=line.name,
            birth_date=line.born or _born(nik),
            sex=line.sex or nik.sex,
            village=village,
        )
    except DomainError as error:
        answer.message = str(error.message)
        return
    answer.notes.append(_("Added to your office's people."))
    if by.office and lives_outside(by.office, village.pk):
        answer.notes.append(_("Lives in another district."))


def _born(nik: Nik) -> date:
    found = nik.born_by(timezone.localdate())
    if found is None:
        raise Invalid("birth-date", _("Give the birth date: the NIK holds none."))
    return found


def _village(by: Actor, text: str) -> Region:
    digits = text.replace(".", "")
    if digits.isdigit():
        code = ".".join((digits[:2], digits[2:4], digits[4:6], digits[6:]))
        found = list(Region.objects.filter(level=Level.VILLAGE, code=code))
    else:
        found = list(
            Region.objects.within(by.office or by.region).filter(
                level=Level.VILLAGE, name__iexact=text
            )[:2]
        )
    if len(found) != 1:
        raise Invalid(
            "village", _("No single village has this name or code: write its ten-digit code.")
        )
    return found[0]


def _by_name(visible: Any, answers: list[Answer]) -> None:
    keys = {name_key(answer.line.name) for answer in answers}
    dates = {answer.line.born for answer in answers}
    found: dict[tuple[str, date | None], list[Resident]] = defaultdict(list)
    if answers:
        for one in visible.filter(identity__name_key__in=keys, birth_date__in=dates):
            found[one.identity.name_key, one.birth_date].append(one)
    for answer in answers:
        people = found.get((name_key(answer.line.name), answer.line.born), [])
        if len(people) == 1:
            answer.resident = people[0]
        elif people:
            answer.message = _("Several people have this name and birth date: give the NIK.")
        else:
            answer.message = _("Nobody of this name and birth date is held by your office.")
