"""A list of a school, a prison or a home: read, matched with the office's people, and kept as a version."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Asks, Invalid, all_asked
from dukcapil.core.ids import uuid7
from dukcapil.core.templatetags.figures import people
from events.venues.enums import VenueKind
from events.venues.models import Venue
from events.venues.selectors import require_own_venue
from registrations.booking.enums import RowPerson
from registrations.booking.services.answers import RowAnswer
from registrations.booking.services.drafts import Source
from registrations.booking.services.matching import ListLook, match_rows, not_matched
from registrations.people.models import Resident
from registrations.people.selectors import erased
from registrations.people.services.lookups import guessed_in_list
from registrations.people.validators import anniversary, name_key
from registrations.rosters.enums import Doubt
from registrations.rosters.models import Roster, RosterEntry, RosterVersion
from registrations.rosters.readers import Listed, listed
from registrations.rosters.services.persons import name_day_key, number_key
from registrations.rosters.validators import check_year, require_roster

LAST_YEAR = "last-years-list"
GONE = "people-gone"
#: Pupils who reached this age before their school year begin to leave school.
_LEAVES_AT = 19
#: Of so few rows nothing is concluded.
_FEW = 3


@dataclass
class Brought:
    """What became of a list. `refused`: row and why; `said`: how the list was read."""

    roster: Roster
    version: RosterVersion
    refused: list[tuple[int, str]]
    said: list[str]
    matched: int


@dataclass
class _Work:
    """A list on its way: rows that stand, by their key, and whom each means."""

    roster: Roster
    today: date
    rows: dict[bytes, Listed] = field(default_factory=dict)
    people: dict[bytes, Resident] = field(default_factory=dict)
    refused: list[tuple[int, str]] = field(default_factory=list)
    #: Who stands on the roster, under every key that means them.
    held: dict[bytes, RosterEntry] = field(default_factory=dict)
    added: list[RosterEntry] = field(default_factory=list)
    moved: int = 0
    same: int = 0


@service
def bring_roster(
    *,
    by: Actor,
    venue: Venue,
    year: int,
    as_of: date,
    source: Source,
    sheet: str = "",
    chosen: Mapping[str, str] | None = None,
    confirm: Collection[str] = (),
) -> Brought:
    """Another version of the roster of a venue and year. Nobody is registered by it, and nobody deleted.

    A list that names classes is of these; one that names none is of the whole venue. Asks
    `last-years-list` for the pupils of the year before in their old classes, or too old for it, and
    `people-gone` when somebody is on it no more. Raises Invalid for what nobody can read.
    """
    require(by, Permission.RESIDENTS_REGISTER)
    require_own_venue(by, venue)
    require_roster(by, venue)
    check_year(venue.kind, year, as_of, by.today)
    rows, layout = listed(source.read(sheet), chosen)
    work = _Work(_locked_roster(by, venue, year), by.today)
    _take_rows(work, rows)
    _match(by, work)
    _refuse_erased(by, work)
    if not work.rows:
        raise Invalid("no-rows", work.refused[0][1] if work.refused else _("The list has no rows."))
    _find_held(by, work)
    leaving = _leaving(work)
    questions = [_last_years(by, work), _gone(leaving)]
    if asked := [one for one in questions if one and one.code not in confirm]:
        raise all_asked(asked)
    version = _written(by, work, leaving, as_of)
    return Brought(
        work.roster, version, sorted(work.refused), layout.said, matched=len(work.people)
    )


def _locked_roster(by: Actor, venue: Venue, year: int) -> Roster:
    Roster.objects.get_or_create(venue=venue, year=year, defaults={"office_id": venue.office_id})
    rosters = Roster.objects.visible_to(by).select_for_update(of=("self",))
    return rosters.select_related("venue").get(venue=venue, year=year)


def _key(one: Listed) -> bytes:
    if one.line.nik:
        return number_key(one.line.nik.text)
    return name_day_key(one.line.name, one.line.born)


def _take_rows(work: _Work, rows: list[Listed]) -> None:
    seen: dict[bytes, int] = {}
    for one in rows:
        if one.line.problem:
            work.refused.append((one.line.row, one.line.problem[1]))
            continue
        if not name_key(one.line.name):
            work.refused.append((one.line.row, _("Give a name.")))
            continue
        key = _key(one)
        if key in seen:
            text = _("Stands in row %(row)s already.") % {"row": seen[key]}
            work.refused.append((one.line.row, text))
            continue
        seen[key] = one.line.row
        work.rows[key] = one


# --- whom the rows mean ---------------------------------------------------------------------------


def _match(by: Actor, work: _Work) -> None:
    """By the rules of a class list, and told as little: a number under another name leads to nobody."""
    whole = [one for one in work.rows.values() if one.line.nik or one.line.born]
    answers = [RowAnswer(one.line) for one in whole]
    match_rows(ListLook(by, work.roster.office_id, preview=True), answers)
    unmatched = []
    means: dict[uuid.UUID, int] = {}
    for one, answer in zip(whole, answers, strict=True):
        if answer.who == RowPerson.HELD and answer.resident is not None:
            before = means.setdefault(answer.resident.pk, one.line.row)
            if before == one.line.row:
                work.people[_key(one)] = answer.resident
                continue
            # By name in one row, by number in another.
            work.rows.pop(_key(one))
            text = _("Stands in row %(row)s already.") % {"row": before}
            work.refused.append((one.line.row, text))
        elif not one.line.nik:
            unmatched.append(one)
    _doubt(work, unmatched)


def _refuse_erased(by: Actor, work: _Work) -> None:
    """Whose data was erased is written down nowhere again, which is told as of a number that fits nobody.

    The look at each number is logged by now (`match_rows`). Of many that look alike and lead to nobody
    all are refused: a list does not tell which of them were erased.
    """
    numbers = {
        one.line.nik.text: key
        for key, one in work.rows.items()
        if one.line.nik and key not in work.people
    }
    gone = erased(numbers)
    guessed = guessed_in_list(by=by, numbers=dict.fromkeys(numbers, False), unlogged=numbers)
    for number in gone | guessed:
        one = work.rows.pop(numbers[number])
        work.refused.append((one.line.row, not_matched()))


def _doubt(work: _Work, rows: list[Listed]) -> None:
    """Who is held with the same name, twice, or with day and month the other way round: said, not used."""
    if not rows:
        return
    names = {name_key(one.line.name) for one in rows}
    days = {day for one in rows for day in (one.line.born, _turned(one.line.born)) if day}
    held = Resident.objects.filter(
        office=work.roster.office_id, identity__name_key__in=names, birth_date__in=days
    )
    found = set(held.values_list("identity__name_key", "birth_date"))
    for one in rows:
        name = name_key(one.line.name)
        if (name, one.line.born) in found:
            one.doubt = one.doubt or Doubt.SEVERAL
        elif (name, _turned(one.line.born)) in found:
            one.doubt = one.doubt or Doubt.DAY_MONTH


def _turned(day: date | None) -> date | None:
    """Day and month the other way round; None where no calendar has that day."""
    if day is None or day.day > 12 or day.day == day.month:
        return None
    return date(day.year, day.day, day.month)


def _find_held(by: Actor, work: _Work) -> None:
    entries = RosterEntry.objects.visible_to(by).filter(roster=work.roster)
    for entry in entries.select_for_update(of=("self",)):
        if entry.key is None:
            continue
        work.held[bytes(entry.key)] = entry
    named = defaultdict(list)
    for entry in work.held.values():
        named[name_day_key(entry.told.get("name", ""), entry.born)].append(entry)
    of_person = {
        entry.resident_id: entry
        for entry in sorted(work.held.values(), key=lambda entry: entry.gone_in is None)
    }
    taken = {bytes(work.held[key].key or b"") for key in work.rows if key in work.held}
    for key, one in work.rows.items():
        if key in work.held:
            continue
        person = work.people.get(key)
        if person is not None and person.pk in of_person:
            # Whatever number or day the list before had.
            found = [of_person[person.pk]]
        else:
            # Known by name and day: with a number in one of the lists alone, or with its mask.
            found = [
                entry
                for entry in named[name_day_key(one.line.name, _day(work, one))]
                if not (one.line.nik and entry.nik_hash is not None)
            ]
        alike = [entry for entry in found if bytes(entry.key or b"") not in taken]
        if len(alike) == 1:
            before = bytes(alike[0].key or b"")
            taken.add(before)
            work.held[key] = work.held.pop(before)


def _day(work: _Work, one: Listed) -> date | None:
    """That of the number, where the list has none."""
    return one.line.born or (one.line.nik.born_by(work.today) if one.line.nik else None)


# --- questions ------------------------------------------------------------------------------------


def _leaving(work: _Work) -> list[RosterEntry]:
    """Of the classes of the list, or of the whole venue when it names none."""
    classes = {one.class_name for one in work.rows.values()}
    whole = "" in classes
    return [
        entry
        for key, entry in work.held.items()
        if key not in work.rows and entry.gone_in is None and (whole or entry.class_name in classes)
    ]


def _gone(leaving: list[RosterEntry]) -> Asks | None:
    if not leaving:
        return None
    text = ngettext(
        "%(n)s person of before is not on this list: gone from here?",
        "%(n)s people of before are not on this list: gone from here?",
        len(leaving),
    )
    return Asks(GONE, message=text % {"n": people(len(leaving))}, field="file")


def _last_years(by: Actor, work: _Work) -> Asks | None:
    """The people of the year before in the same classes, or such as have left school by their age."""
    roster = work.roster
    if not VenueKind(roster.venue.kind).has_school_years or len(work.rows) < _FEW:
        return None
    before = RosterEntry.objects.visible_to(by).filter(
        roster__venue=roster.venue, roster__year=roster.year - 1, gone_in__isnull=True
    )
    classes = {bytes(key): name for key, name in before.values_list("key", "class_name") if key}
    again = sum(
        bool(one.class_name) and classes.get(key) == one.class_name
        for key, one in work.rows.items()
    )
    begins = date(roster.year, 7, 1)
    born = [one.line.born for one in work.rows.values() if one.line.born]
    old = sum(anniversary(day, _LEAVES_AT) <= begins for day in born)
    if again * 2 >= len(work.rows):
        text = ngettext(
            "%(n)s person stands in the same class as a year ago: is this last year's list?",
            "%(n)s people stand in the same class as a year ago: is this last year's list?",
            again,
        )
        return Asks(LAST_YEAR, message=text % {"n": people(again)}, field="file")
    if roster.venue.kind == VenueKind.SCHOOL and len(born) >= _FEW and old * 2 >= len(born):
        text = ngettext(
            "%(n)s person was 19 when this school year began: is this an old list?",
            "%(n)s people were 19 when this school year began: is this an old list?",
            old,
        )
        return Asks(LAST_YEAR, message=text % {"n": people(old)}, field="file")
    return None


# --- writing --------------------------------------------------------------------------------------


def _written(by: Actor, work: _Work, leaving: list[RosterEntry], as_of: date) -> RosterVersion:
    roster = work.roster
    roster.version += 1
    roster.save(update_fields=["version"])
    changed = [_put(work, key, one) for key, one in work.rows.items()]
    RosterEntry.objects.bulk_create(work.added)
    kept = [entry for entry in changed if entry is not None]
    for entry in leaving:
        entry.gone_in = roster.version
    RosterEntry.objects.bulk_update(
        [*kept, *leaving],
        [
            "key",
            "nik_hash",
            "sealed",
            "place",
            "class_name",
            "resident",
            "doubt",
            "gone_in",
            "added_in",
        ],
        batch_size=500,
    )
    version = RosterVersion.objects.create(
        roster=roster,
        office_id=roster.office_id,
        number=roster.version,
        as_of=as_of,
        rows=len(work.rows) + len(work.refused),
        added=len(work.added),
        moved=work.moved,
        gone=len(leaving),
        same=work.same,
        refused=len(work.refused),
        brought_by_id=by.user_id,
    )
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="roster brought",
        subject=str(roster.pk),
        found=len(work.rows),
    )
    return version


def _put(work: _Work, key: bytes, one: Listed) -> RosterEntry | None:
    """The entry of before with what this list says, or a new one among `added`."""
    roster = work.roster
    entry = work.held.get(key)
    if entry is None:
        entry = RosterEntry(
            id=uuid7(), roster=roster, office_id=roster.office_id, added_in=roster.version
        )
        work.added.append(entry)
        _say(work, entry, key, one)
        return None
    if entry.gone_in is not None or entry.class_name != one.class_name:
        work.moved += 1
    else:
        work.same += 1
    entry.gone_in = None
    _say(work, entry, key, one)
    return entry


def _say(work: _Work, entry: RosterEntry, key: bytes, one: Listed) -> None:
    line = one.line
    person = work.people.get(key)
    # A list with masks takes no number from whom one before named whole.
    kept = entry.told if entry.nik_hash is not None and line.nik is None else {}
    if not kept:
        entry.key = key
        entry.nik_hash = number_key(line.nik.text) if line.nik else None
    entry.class_name, entry.place = one.class_name, line.row
    entry.resident_id = person.pk if person else entry.resident_id
    entry.doubt = one.doubt
    told: dict[str, Any] = {
        "name": line.name,
        "birth_date": str(_day(work, one) or kept.get("birth_date", "")),
        "sex": line.sex or (line.nik.sex if line.nik else kept.get("sex", "")),
        "nik": line.nik.text if line.nik else kept.get("nik", ""),
    }
    entry.tell(told)
