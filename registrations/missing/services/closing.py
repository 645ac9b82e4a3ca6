"""Closing a list: who comes on it, and in which of the six states everybody on it is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Exists, OuterRef
from django.utils import timezone

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import EVERYBODY, rows, service
from dukcapil.core.errors import NotFound
from dukcapil.core.locks import Lock, hold
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.models import Region
from events.elections.enums import ElectionState
from events.elections.models import Election
from events.elections.selectors import bears_on
from registrations.missing.enums import Purpose
from registrations.missing.models import RollList, RollTouched
from registrations.people.models import Resident
from registrations.people.validators import CARD_AGE, OVERDUE_AGE, last_birth_date_reaching

#: So many people are looked at while somebody waits; of more a job closes the list.
AT_ONCE = 20_000

#: Of one list that is closed as a whole.
_LONGEST = "480s"

_CLOSE = """
SELECT close_roll(%(list)s, %(residents)s::uuid[], %(today)s, %(overdue)s, %(due)s, %(before)s,
                  %(on_day)s, %(born_by)s, %(last_born_by)s, %(since)s, %(adds)s)
"""


class Day(NamedTuple):
    """What was decided of a list's election: None of one that is cancelled."""

    held_on: date | None
    since: date | None


def day_of_list(roll_list: RollList, known: Election | None = None) -> Day:
    """As it is known now; `known`: its election, where somebody has read it already."""
    if roll_list.election_id is None:
        return Day(None, None)
    election = known or Election.objects.get(pk=roll_list.election_id)
    is_off = election.state == ElectionState.CANCELLED
    return Day(None if is_off else election.held_on, election.lists_from)


def is_moved(roll_list: RollList, known: Election | None = None) -> bool:
    """Whether another day was decided since the list was closed."""
    return roll_list.held_on != day_of_list(roll_list, known).held_on


def settle(roll_list: RollList, residents: list[str] | None) -> int:
    """Everybody's state anew (None), or that of these people; returns how many changed. Within one
    transaction, under the office's lock.
    """
    today, day = today_in(roll_list.office_id), day_of_list(roll_list)
    due = last_birth_date_reaching(CARD_AGE, today)
    of_election = roll_list.purpose == Purpose.SEVENTEEN
    on_day = _reaching(day.held_on)
    params = {
        "list": roll_list.pk,
        "residents": residents,
        "today": today,
        "overdue": last_birth_date_reaching(OVERDUE_AGE, today),
        "due": due,
        "before": _reaching(day.held_on - timedelta(days=1)) if day.held_on else None,
        "on_day": on_day,
        "born_by": on_day if of_election else due,
        "last_born_by": _reaching(roll_list.held_on) if of_election else None,
        "since": day.since,
        # Who is met after the day was never on the list of it; on demand it is closed as it was.
        "adds": residents is None or day.held_on is None or today <= day.held_on,
    }
    return int(rows(_CLOSE, params)[0][0])


def take_time() -> None:
    """One statement for everybody of an office: longer than any statement that somebody waits for."""
    rows("SELECT set_config('statement_timeout', %s, true)", [_LONGEST])


def _reaching(day: date | None) -> date | None:
    return last_birth_date_reaching(CARD_AGE, day) if day else None


@service
def close_list(*, by: Actor | None, roll_list: RollList) -> RollList:
    """The whole list as of now, by a job (None) or by somebody. Run twice it says the same."""
    current = _held(roll_list)
    _close(current)
    if by is not None:
        log_access(by=by, action=Access.CHANGE, kind="list closed", subject=str(current.pk))
    return current


@service
def close_asked(*, roll_list: RollList) -> None:
    """As it was asked for, unless another job or somebody has closed it since."""
    current = _held(roll_list)
    if current.asked_at is not None:
        _close(current)


def _held(roll_list: RollList) -> RollList:
    hold(Lock.ROLL, roll_list.office_id)
    take_time()
    return RollList.objects.select_for_update().get(pk=roll_list.pk)


def _close(current: RollList) -> None:
    settle(current, None)
    current.held_on = day_of_list(current).held_on
    current.closed_at, current.as_of = timezone.now(), today_in(current.office_id)
    current.version += 1
    current.asked_at = None
    current.save()


@service
def ask_to_close(
    *, by: Actor, purpose: str, office: Region, election: Election | None = None
) -> RollList:
    """Close it now: at once where the office holds few people, else a job does so within a minute."""
    require(by, Permission.FINDINGS_ACCEPT)
    if office.level != Level.REGENCY or not by.covers(office.pk):
        raise NotFound
    roll_list = the_list(purpose, office.pk, election)
    if is_small(office.pk):
        return close_list(by=by, roll_list=roll_list)
    RollList.objects.filter(pk=roll_list.pk).update(asked_at=timezone.now())
    log_access(by=by, action=Access.CHANGE, kind="list to be closed", subject=str(roll_list.pk))
    return RollList.objects.get(pk=roll_list.pk)


def the_list(purpose: str, office: str, election: Election | None) -> RollList:
    return RollList.objects.get_or_create(purpose=purpose, office_id=office, election=election)[0]


def is_small(office: str) -> bool:
    return bool(rows("SELECT holds_few(%s, %s)", [office, AT_ONCE])[0][0])


# --- each night -----------------------------------------------------------------------------------


@service
def ask_for_all() -> int:
    """Every office that holds people has its lists closed by the job of the minute: who is missing, and
    the list of each election that is to come there. Returns how many.
    """
    with scoped(EVERYBODY):
        held = Exists(Resident.everything.filter(office_id=OuterRef("pk")))
        offices = Region.objects.filter(held, level=Level.REGENCY).values_list("pk", flat=True)
        coming = list(Election.objects.exclude(state=ElectionState.CANCELLED))
        return sum(_ask_for(office, coming) for office in offices)


@service
def ask_for_new() -> int:
    """As `ask_for_all`, for offices that hold people since and have no list yet, and for those whose list
    is of an earlier day: a night without a job loses nothing but its hours.
    """
    with scoped(EVERYBODY):
        closed = RollList.objects.filter(closed_at__isnull=False)
        touched = RollTouched.objects.exclude(office_id__in=closed.values("office_id")).order_by()
        offices = list(touched.values_list("office_id", flat=True).distinct())
        offices += [
            office
            for office, as_of in closed.filter(
                purpose=Purpose.MISSING, asked_at__isnull=True
            ).values_list("office_id", "as_of")
            if as_of is None or as_of < today_in(office)
        ]
        coming = list(Election.objects.exclude(state=ElectionState.CANCELLED)) if offices else []
        return sum(_ask_for(office, coming) for office in offices)


def _ask_for(office: str, coming: list[Election]) -> int:
    today = today_in(office)
    wanted: list[Election | None] = [None]
    wanted += [
        one for one in coming if one.lists_from <= today <= one.held_on and bears_on(one, office)
    ]
    for election in wanted:
        purpose = Purpose.SEVENTEEN if election else Purpose.MISSING
        roll_list = the_list(purpose, office, election)
        # One of this day is brought up to date as things happen; who waits keeps the place in the line.
        stale = RollList.objects.filter(pk=roll_list.pk, asked_at__isnull=True)
        stale.exclude(as_of=today).update(asked_at=timezone.now())
    return len(wanted)


def waiting_lists() -> list[RollList]:
    """Asked for, the longest waiting one first."""
    return list(RollList.objects.filter(asked_at__isnull=False).order_by("asked_at"))
