"""Looking people up: every way in that resolves a number or shows people comes through here.

A number that somebody looks up leaves a row, found or not, also when the request is refused later.
Whoever guesses is stopped: numbers that nobody holds are counted for each person and day.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from dukcapil.accounts.access_log import Look, write, write_whatever_comes, written_before
from dukcapil.accounts.enums import Access
from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import keyed_hash
from dukcapil.core.errors import Invalid, TooMany
from dukcapil.core.limits import Misses, Sought
from dukcapil.core.prepared import Step
from dukcapil.regions.enums import zone_of
from registrations.people.enums import GUESSED
from registrations.people.models import Resident
from registrations.people.selectors import (
    COLUMNS,
    masked_rows,
    person_or_404,
    recorded_dates,
    recorded_here,
)
from registrations.people.services.names import people_named
from registrations.people.services.typed_names import split_date, wanted
from registrations.people.validators import Nik, parse_nik

log = structlog.get_logger()

#: Numbers that share area, birth date and sex differ in their last four digits: what guessing tries.
_ALIKE_DIGITS = 12
MISSES = Misses("numbers", alike=10, in_all=100, seconds=2 * 86_400)
#: In lists unknown numbers are the ordinary case; many alike that lead to nobody are not.
LISTED_MISSES = Misses("listed numbers", alike=10, in_all=1_000_000, seconds=2 * 86_400)
#: Up to so many people in one answer are each a look of their own.
EACH_NAMED = 5
#: A text with this many digits was meant as a NIK and mistyped.
_LIKE_A_NUMBER = 8


def look_up(*, by: Actor, numbers: Mapping[str, uuid.UUID | None]) -> set[str]:
    """Log that these numbers were resolved, each to a resident or to nobody, and count the misses.

    Returns those of which nothing may be said: this person missed too many numbers today. Called
    before anything is made of what was found.
    """
    sought = [
        _sought(number, was_found=resident is not None) for number, resident in numbers.items()
    ]
    refused = _refused(by, sought, MISSES)
    write_whatever_comes(
        Look(by, Access.REFUSED, GUESSED, mark=one.mark)
        if is_refused
        else _search_of(by, resident, mark=one.mark)
        for one, is_refused, resident in zip(sought, refused, numbers.values(), strict=True)
    )
    return {number for number, is_refused in zip(numbers, refused, strict=True) if is_refused}


def _sought(number: str, *, was_found: bool) -> Sought:
    alike = keyed_hash(number[:_ALIKE_DIGITS]).hex()
    return Sought(keyed_hash(number).hex(), alike, was_found)


def _day(by: Actor) -> date:
    """By which misses are counted: the local one."""
    return timezone.localdate(timezone=ZoneInfo(zone_of(by.region)))


def _refused(by: Actor, sought: list[Sought], misses: Misses) -> list[bool]:
    try:
        return misses.refused(_of_today(by), sought) if sought else []
    except RedisError as error:
        # The desk goes on; every number still leaves its row.
        log.warning("misses_without_redis", error=type(error).__name__)
        return [False] * len(sought)


def _of_today(by: Actor) -> str:
    return f"{by.user_id} {_day(by)}"


def _search_of(by: Actor | None, resident: uuid.UUID | None, *, mark: str = "") -> Look:
    subject = str(resident) if resident else ""
    return Look(
        by, Access.SEARCH, "resident", subject, found=int(bool(resident)), mark=mark or subject
    )


def log_registered(*, by: Actor, held_as: uuid.UUID | None) -> None:
    """Log the number of somebody who is being registered; that nobody is held by it is no miss."""
    write_whatever_comes([_search_of(by, held_as)])


def look_up_list(*, by: Actor, found: Collection[uuid.UUID], missed: int) -> None:
    """Log the numbers of a list: a row for each that is held, one with the count of the others.

    A list of pupils whom nobody holds yet is no guessing; its numbers are not counted as misses.
    """
    looks = [_search_of(by, resident) for resident in found]
    looks.append(Look(by, Access.SEARCH, "list, not held", found=missed))
    write_whatever_comes(looks)


#: People of an import that are named one by one; of more there is their count.
EACH_LISTED = 1_000


def look_up_import(*, by: Actor, found: Collection[uuid.UUID], missed: int, before: int) -> None:
    """As `look_up_list`, for some of the rows of a long list: `before` were found in those before."""
    named = list(found)[: max(EACH_LISTED - before, 0)]
    looks = [
        Look(by, Access.SEARCH, "resident import", str(resident), found=1) for resident in named
    ]
    if len(named) < len(found):
        looks.append(Look(by, Access.SEARCH, "resident import", found=len(found) - len(named)))
    if missed:
        looks.append(Look(by, Access.SEARCH, "resident import, not held", found=missed))
    write_whatever_comes(looks)


def guessed_in_list(
    *, by: Actor, numbers: Mapping[str, bool], unlogged: Collection[str] = ()
) -> set[str]:
    """Those of a list's numbers of which nothing may be said: more than ten that look alike led to
    nobody, neither held nor registered. True: the number leads to somebody. `unlogged` were logged
    when the list was looked at before.
    """
    stopped = _refused_of(by, numbers)
    write_whatever_comes(
        Look(by, Access.REFUSED, GUESSED, mark=keyed_hash(number).hex())
        for number in stopped
        if number not in unlogged
    )
    return set(stopped)


def unsaid_in_preview(*, by: Actor, numbers: Mapping[str, bool]) -> set[str]:
    """Those of a list's numbers of which a preview says nothing: more than ten that look alike are held
    by nobody. A preview registers nobody, so without this it would tell numbers for nothing.

    Nobody is refused: what they are is told when the list is booked. So nothing is written.
    """
    full = {number[:_ALIKE_DIGITS] for number in _refused_of(by, numbers)}
    return {number for number in numbers if number[:_ALIKE_DIGITS] in full}


def registered_from_list(*, by: Actor, numbers: Collection[str]) -> None:
    """Numbers of a preview that lead to somebody by now: they are no misses any more."""
    if not numbers:
        return
    sought = [_sought(number, was_found=True) for number in numbers]
    try:
        LISTED_MISSES.found_after_all(_of_today(by), sought)
    except RedisError as error:
        log.warning("misses_without_redis", error=type(error).__name__)


def _refused_of(by: Actor, numbers: Mapping[str, bool]) -> list[str]:
    sought = [_sought(number, was_found=leads) for number, leads in numbers.items()]
    refused = _refused(by, sought, LISTED_MISSES)
    return [number for number, is_refused in zip(numbers, refused, strict=True) if is_refused]


def too_many_misses() -> TooMany:
    return TooMany(
        "too-many-misses",
        _(
            "You looked for too many numbers today that nobody holds. Search by name; your head of"
            " office sees this."
        ),
        field="nik",
    )


@dataclass(frozen=True)
class Found:
    """Masked rows, at most twenty; `more`: there are others, who are not shown."""

    people: list[dict[str, Any]] = field(default_factory=list)
    more: bool = False


def find_people(*, by: Actor, text: str, birth_date: date | None = None) -> Found:
    """Masked rows for what a clerk types: a NIK, or words of a name and perhaps the birth date. Logged.

    Raises Invalid for too few letters or digits, TooMany when the actor guesses numbers.
    """
    digits = re.sub(r"[\s.]", "", text)
    if digits.isdigit():
        return Found(find_by_nik(by=by, nik=parse_nik(digits, field="q")))
    name, typed = split_date(text)
    if sum(c.isdigit() for c in name) >= _LIKE_A_NUMBER:
        raise Invalid("nik", _("A NIK has exactly 16 digits."), field="q")
    return find_named(by=by, name=name, birth_date=birth_date or typed, field="q")


def find_by_nik(*, by: Actor, nik: Nik) -> list[dict[str, Any]]:
    """At most twenty masked rows: a province may see the same person held by several offices."""
    residents = Resident.objects.visible_to(by).filter(nik_hash=keyed_hash(nik.text))
    rows = list(residents.order_by("id").values(*COLUMNS)[:20])
    if look_up(by=by, numbers={nik.text: rows[0]["id"] if rows else None}):
        raise too_many_misses()
    return masked_rows(rows)


def find_named(
    *,
    by: Actor,
    name: str,
    village: str | None = None,
    birth_date: date | None = None,
    field: str = "name",
) -> Found:
    """People with words in their names that begin with each word of `name`, in any order. Logged.

    Raises Invalid for too few letters: a word of two finds only whole words.
    """
    want = wanted(name, birth_date, village)
    if not want.is_enough:
        raise Invalid(
            "search",
            _("Give a NIK, or at least three letters of a name; a name of two letters whole."),
            field=field,
        )
    people, more = people_named(by, want)
    only = str(people[0]["id"]) if len(people) == 1 else ""
    write([Look(by, Access.SEARCH, "resident", only, found=len(people))])
    return Found(masked_rows(people), more)


def log_people(
    *, by: Actor, people: Iterable[uuid.UUID], kind: str, subject: str = "", others: int = 0
) -> None:
    """Log an answer that names people: up to five by their ids, more as a count. `others` are named, too,
    and held by nobody: a count of their own.

    A list of one is a look at that one, whatever picked it.
    """
    shown = list(dict.fromkeys(people))
    if 0 < len(shown) <= EACH_NAMED:
        looks = [Look(by, Access.VIEW, "resident", str(resident)) for resident in shown]
    elif shown or not others:
        looks = [Look(by, Access.VIEW, kind, subject, found=len(shown))]
    else:
        looks = []
    if others:
        looks.append(Look(by, Access.VIEW, kind, subject, found=others))
    write(looks)


def log_person(*, by: Actor, person: uuid.UUID) -> None:
    """Log a look at one person, for a verb whose refusal tells of them, too: the row stays then."""
    write_whatever_comes([Look(by, Access.VIEW, "resident", str(person))])


def log_look_alikes(*, by: Actor, people: Iterable[uuid.UUID]) -> None:
    """A question names them by their ids: the look stays, though the question undoes everything else."""
    write_whatever_comes([Look(by, Access.VIEW, "resident", str(one)) for one in people])


# --- recorded by another office -------------------------------------------------------------------


def person_served(*, by: Actor, resident_id: uuid.UUID) -> dict[str, Any]:
    """One masked row for whoever books or serves this person now, logged as a look.

    The one place beside `told_at_desk` that tells that another office recorded somebody, and on which date:
    nobody is called to a second recording. Raises NotFound.
    """
    person = person_or_404(by, resident_id)
    write([Look(by, Access.VIEW, "resident", str(resident_id))])
    if person["recorded_on"] is None:
        person["recorded_on"] = recorded_elsewhere(by=by, people=[resident_id]).get(resident_id)
        person["recorded"] = person["recorded_on"] is not None
    return person


def looked_at(by: Actor, resident_id: uuid.UUID) -> Step:
    """That this person is shown at a desk: written in the message that reads them."""
    return written_before(Look(by, Access.VIEW, "resident", str(resident_id)))


def told_at_desk(*, by: Actor, person: dict[str, Any], anywhere: date | None) -> dict[str, Any]:
    """As `person_served`, of a masked row that was read after `looked_at`, together with when the person was
    recorded anywhere.
    """
    if person["recorded_on"] is None and anywhere is not None:
        write([Look(by, Access.VIEW, "recorded elsewhere", str(person["id"]))])
        person |= {"recorded": True, "recorded_on": anywhere}
    return person


def told_to_whoever_books(*, by: Actor, person: uuid.UUID, recorded: date | None) -> date | None:
    """When this person was recorded, at any office, for a verb that refuses because of it: who learns
    of it leaves a row that stays.
    """
    if recorded is not None:
        kind = "resident" if recorded_here([person]) else "recorded elsewhere"
        write_whatever_comes([Look(by, Access.VIEW, kind, str(person))])
    return recorded


def recorded_elsewhere(
    *, by: Actor, people: Iterable[uuid.UUID], refuses: bool = False
) -> dict[uuid.UUID, date]:
    """As `recorded_dates`, with a row for each date that the actor's own offices do not know. `refuses`:
    the verb may refuse because of them, so the rows stay.
    """
    ids = list(people)
    dates = recorded_dates(ids)
    known = recorded_here(dates) if dates else {}
    log = write_whatever_comes if refuses else write
    log(
        Look(by, Access.VIEW, "recorded elsewhere", str(resident))
        for resident in dates
        if resident not in known
    )
    return dates
