"""What a plan may say: days, numbers, and the seats that follow from recording sets."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid
from events.calendar.validators import FIRST_DAY, LAST_DAY
from events.planning.enums import LONGEST_NIGHT, Neutrality

#: What a recording takes, unless the planner says otherwise.
RECORDING_MINUTES = 5
#: A recording that takes longer is a typing error.
MOST_RECORDING_MINUTES = 120
#: Seats of one service in one session: each is a row, and a typing error must not make millions.
LARGEST_CAPACITY = 5000
#: Recording sets of one event.
MOST_KITS = 200
#: A longer event is a typing error.
LONGEST_EVENT = timedelta(days=366)
#: Copies that one click makes.
MOST_COPIES = 12
#: Letters of the reason for which an event is cancelled.
LONGEST_REASON = 200
#: Days between two copies unless the planner says otherwise, and at most.
USUAL_DAYS_BETWEEN, MOST_DAYS_BETWEEN = 7, 366


def check_day(day: date) -> None:
    """Checked before anything is moved to this day; the constraint `event_years` checks it again."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Invalid("event-years", _("An event lies between 2011 and 2100."), field="starts_on")


def in_the_past(field: str) -> Invalid:
    return Invalid(
        "in-the-past",
        _("This lies in the past: nobody could come. What was done then can still be recorded."),
        field=field,
    )


def lies_within(hours: tuple[datetime, datetime], first: date, last: date, zone: ZoneInfo) -> bool:
    """Whether a session with these hours belongs to one of these days: the one on which it begins.

    It may end after midnight. The trigger `session_in_event` and the invariant say the same.
    """
    begins, ends = hours
    after = datetime.combine(last + timedelta(days=1), time(), zone)
    day = begins.astimezone(zone).date()
    return first <= day <= last and ends <= max(after, begins + LONGEST_NIGHT)


def check_plan(*, starts_on: date, ends_on: date, kits: int) -> None:
    if ends_on - starts_on > LONGEST_EVENT:
        raise Invalid("event-long", _("Longer than a year: is the year right?"), field="ends_on")
    if not 0 <= kits <= MOST_KITS:
        raise Invalid(
            "kits", _("Recording sets are 0 to %(most)s.") % {"most": MOST_KITS}, field="kits"
        )


def check_cancel_reason(reason: str, *, approved: bool) -> None:
    if approved and not reason:
        raise Invalid("reason", _("Say why the approved event is cancelled."), field="reason")
    if len(reason) > LONGEST_REASON:
        raise _long_reason()


def check_reason(reason: str, missing: Any) -> str:
    """A reason in one line. Raises Invalid `reason`, with the words of `missing`, when there is none."""
    reason = " ".join(reason.split())
    if not reason:
        raise Invalid("reason", missing, field="reason")
    if len(reason) > LONGEST_REASON:
        raise _long_reason()
    return reason


def _long_reason() -> Invalid:
    text = _("A reason has at most %(most)s letters.") % {"most": LONGEST_REASON}
    return Invalid("reason", text, field="reason")


def check_minutes(minutes: int) -> None:
    if not 1 <= minutes <= MOST_RECORDING_MINUTES:
        raise Invalid(
            "minutes",
            _("A recording takes 1 to %(most)s minutes.") % {"most": MOST_RECORDING_MINUTES},
            field="minutes",
        )


def seats_for_kits(kits: int, starts_at: datetime, ends_at: datetime, minutes: int) -> int:
    """How many people so many sets record in this time, one after another at each set."""
    length = max(timedelta(), ends_at - starts_at)
    return min(LARGEST_CAPACITY, kits * (length // timedelta(minutes=minutes)))


def check_copies(*, length: int, times: int, every_days: int) -> None:
    """`length`: days that the event lasts. Copies do not overlap."""
    if not 1 <= times <= MOST_COPIES:
        raise Invalid(
            "repeat", _("At most %(most)s copies at once.") % {"most": MOST_COPIES}, field="times"
        )
    if not 1 <= every_days <= MOST_DAYS_BETWEEN:
        raise Invalid(
            "repeat",
            _("Between two copies lie 1 to %(most)s days.") % {"most": MOST_DAYS_BETWEEN},
            field="every_days",
        )
    if times > 1 and every_days < length:
        raise Invalid(
            "repeat",
            _("The event lasts %(days)s days: leave at least as many between two.")
            % {"days": length},
            field="every_days",
        )


def is_signed(*, signed: bool, items: Collection[str] | None) -> bool:
    """Whether the whole checklist was confirmed. A program may sign without naming the lines
    (`items` None): then it confirms all of them.
    """
    return signed and (items is None or set(Neutrality.values) <= set(items))
