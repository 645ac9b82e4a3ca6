"""Planning that an office opens on a day off, saying that it is open, and the phone link for it."""

from __future__ import annotations

import secrets
import uuid
from datetime import date, datetime, time

from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.locks import Lock, hold
from dukcapil.regions.enums import day_of, today_in
from dukcapil.regions.models import Region
from events.calendar.selectors import holiday_name
from events.calendar.services import digest_of
from events.elections.enums import ElectionState
from events.elections.models import Election, Heartbeat, Opening, OpeningLink
from events.elections.selectors import bears_on, election_on, opening_of_link, state_of
from events.elections.services.days import end, open_day, require_day, why_not
from events.points.models import Point


def _require_office(by: Actor, office: str) -> None:
    require(by, Permission.OPENINGS_CONFIRM)
    if by.office != office:
        raise NotFound


@service
def plan_opening(
    *,
    by: Actor,
    office: Region,
    day: date,
    opens_at: time,
    closes_at: time,
    election: Election | None = None,
    point: Point | None = None,
    shifts: int = 1,
    consult_only: bool = False,
    reason: str = "",
) -> Opening:
    """The one door to an open day off: writes the local day, and names the event of that day where
    people are booked. On an election's day it belongs to that election without saying so.
    """
    _require_office(by, office.pk)
    require_day(day, "day")
    if day < today_in(office.pk):
        raise Invalid("opening-past", _("This day is over."), field="day")
    if point is not None and point.office_id != office.pk:
        raise Invalid("point-unknown", _("This office has no such point."), field="point")
    hold(Lock.CALENDAR)
    held = election_on(office.pk, day)
    if election is not None and state_of(Election.objects.get(pk=election.pk)) == (
        ElectionState.CANCELLED
    ):
        raise Conflict(
            "election-cancelled",
            _("This election was cancelled: no office opens for it."),
            field="election",
        )
    if election is not None and not bears_on(election, office.pk):
        raise Invalid(
            "election-elsewhere", _("This election is not one of this office."), field="election"
        )
    opening = Opening(
        office=office,
        point=point,
        election=election or held,
        day=day,
        opens_at=opens_at,
        closes_at=closes_at,
        shifts=shifts,
        consult_only=consult_only,
        reason=reason.strip(),
        created_by_id=by.user_id,
    )
    if refused := why_not(opening, held):
        raise refused
    opening.save(force_insert=True)
    opening.refresh_from_db(fields=["event"])
    named = opening.election.name if opening.election else holiday_name(day)
    open_day(opening, by, opening.reason or named or _("Opening of the office"))
    log_access(by=by, action=Access.CHANGE, kind="opening", subject=str(opening.pk))
    return opening


@service
def end_opening(*, by: Actor, opening_id: uuid.UUID, reason: str) -> Opening:
    """It does not open after all. The row stays, and who ended it."""
    hold(Lock.CALENDAR)
    opening = _own(by, opening_id)
    if not reason.strip():
        raise Invalid("reason", _("Say why it does not open."), field="reason")
    end(opening, by, reason.strip())
    log_access(
        by=by, action=Access.CHANGE, kind="opening ended", subject=str(opening.pk), reason=reason
    )
    return opening


def _own(by: Actor, opening_id: uuid.UUID) -> Opening:
    """A standing opening of the own office, locked."""
    require(by, Permission.OPENINGS_CONFIRM)
    found = Opening.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=opening_id)
    opening = found.select_related("office").first()
    if opening is None:
        raise NotFound
    _require_office(by, opening.office_id)
    _require_standing(opening)
    return opening


def _require_standing(opening: Opening) -> None:
    if opening.ended_at is not None:
        raise Conflict("opening-ended", _("This opening was taken back."))


@service
def give_sign(
    *, by: Actor, opening_id: uuid.UUID, state: str, note: str = "", at: datetime | None = None
) -> Heartbeat:
    """What an office says of its opening. `at`: by the device's clock."""
    opening = _own(by, opening_id)
    sign = _said(opening, state, at, note=note, user_id=by.user_id)
    log_access(by=by, action=Access.CHANGE, kind=f"opening {state}", subject=str(opening.pk))
    return sign


@service
def give_sign_by_link(*, secret: str, state: str, at: datetime | None = None) -> Heartbeat:
    """As `give_sign`, from a phone that has the day's link; NotFound on another day."""
    link = opening_of_link(digest_of(secret))
    if link is None or link.day != today_in(link.opening.office_id):
        raise NotFound
    sign = _said(link.opening, state, at, link=link)
    log_access(
        by=None,
        action=Access.CHANGE,
        kind=f"opening {state} by phone",
        subject=str(link.opening_id),
        office=link.opening.office_id,
    )
    return sign


def _said(
    opening: Opening,
    state: str,
    device_at: datetime | None,
    *,
    note: str = "",
    user_id: int | None = None,
    link: OpeningLink | None = None,
) -> Heartbeat:
    """Of an account or of a phone link: the database keeps it to one."""
    now = timezone.now()
    return Heartbeat.objects.create(
        opening=opening,
        state=state,
        at=_when(opening, device_at, now),
        received_at=now,
        device_at=device_at,
        note=note,
        by_id=user_id,
        link=link,
    )


def _when(opening: Opening, device_at: datetime | None, now: datetime) -> datetime:
    """The device's time, when its clock can be right: not ahead of ours, and on the day of the opening: a
    phone that was out of reach for hours says when it was so. Else ours.
    """
    if device_at is None or device_at > now:
        return now
    return device_at if day_of(device_at, opening.office_id) == opening.day else now


@service
def make_opening_link(*, by: Actor, opening_id: uuid.UUID) -> str:
    """The secret of a new phone link for the opening's day, shown once; the one before it ends."""
    opening = _own(by, opening_id)
    if opening.day < today_in(opening.office_id):
        raise Conflict("opening-past", _("This day is over."))
    OpeningLink.objects.filter(opening=opening, ended_at=None).update(ended_at=timezone.now())
    secret = secrets.token_urlsafe(24)
    OpeningLink.objects.create(
        opening=opening, day=opening.day, digest=digest_of(secret), created_by_id=by.user_id
    )
    log_access(by=by, action=Access.CHANGE, kind="opening link", subject=str(opening.pk))
    return secret
