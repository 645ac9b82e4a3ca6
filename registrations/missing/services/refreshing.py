"""Settling those who were touched since: records, visits, requests, findings, data of a person.

The database writes down whom (`people_touched`); a job each minute, and pages that show a list, settle
them, with the statement that closes whole lists.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from django.db import DatabaseError, OperationalError
from psycopg2.errorcodes import LOCK_NOT_AVAILABLE

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY, rows, service
from dukcapil.core.errors import DomainError
from dukcapil.core.locks import Lock, try_hold
from dukcapil.regions.enums import Level
from dukcapil.regions.validators import NATION
from registrations.missing.models import RollList
from registrations.missing.services.closing import (
    ask_for_new,
    close_asked,
    close_list,
    is_moved,
    is_small,
    settle,
    take_time,
    waiting_lists,
)

log = structlog.get_logger()

#: So many are settled while somebody waits; a job does the others.
AT_ONCE = 2_000
#: Of so many offices: no province has more, and of the nation a job settles the others within a minute.
OFFICES_AT_ONCE = 40
#: In one transaction of a job.
OF_JOB = 100_000


@service
def refresh(*, office: str, most: int = AT_ONCE) -> int:
    """Bring the lists of an office up to what happened; returns how many were looked at. Whoever finds
    it at work elsewhere does not wait.
    """
    if not try_hold(Lock.ROLL, [office]):
        return 0
    if most > AT_ONCE:
        take_time()
    touched = [str(one) for one in rows("SELECT take_touched(%s, %s)", [office, most])[0][0]]
    for roll_list in RollList.objects.filter(office_id=office, closed_at__isnull=False):
        if is_moved(roll_list) and (most > AT_ONCE or is_small(office)):
            close_list(by=None, roll_list=roll_list)
        elif touched:
            settle(roll_list, touched)
    return len(touched)


def refresh_within(region: str) -> None:
    """The offices of a region, or the one that it lies in, before their counts or people are shown. One
    query where nothing happened.
    """
    refresh_offices(_lagging(region[: Level.REGENCY.code_length]))


def refresh_offices(lagging: list[str]) -> None:
    """Of an office that another one's whole list keeps waiting, the job settles the people later."""
    for office in lagging[:OFFICES_AT_ONCE]:
        try:
            refresh(office=office)
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", None) != LOCK_NOT_AVAILABLE:
                raise


def _lagging(region: str) -> list[str]:
    low, high = ("", "~") if region == NATION else (region, region + "/")
    return [code for (code,) in rows("SELECT offices_to_settle(%s, %s)", [low, high])]


def work_on_lists() -> None:
    """The job of the minute: what was asked for, then what lags behind; each in its own transaction, so
    that one list that cannot be closed stops no other.
    """
    ask_for_new()
    with scoped(EVERYBODY):
        lists = waiting_lists()
    for roll_list in lists:
        _tried(partial(close_asked, roll_list=roll_list), of=str(roll_list.pk))
    with scoped(EVERYBODY):
        offices = _lagging(NATION)
    for office in offices:
        while _tried(partial(refresh, office=office, most=OF_JOB), of=office):
            pass


def _tried(step: Callable[[], Any], *, of: str) -> Any:
    """None where it failed: it is tried again within a minute. What the database says of it may hold a
    row, and is not logged.
    """
    try:
        with scoped(EVERYBODY):
            return step()
    except (DatabaseError, DomainError) as error:
        log.warning("list_not_settled", error=type(error).__name__, of=of)
        return None
