"""A shift on an election day leaves its clerk time to vote."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid
from events.elections.selectors import election_on
from events.planning.enums import LONGEST_NIGHT
from events.planning.models.event import ServiceEvent

#: Of the hours of voting, a shift on election day leaves at least so long free.
TIME_TO_VOTE = timedelta(hours=1)


def leave_time_to_vote(event: ServiceEvent, starts_at: datetime, ends_at: datetime) -> None:
    """Raise Invalid when a shift leaves the clerk too little time to vote on an election day, also
    when it began on the evening before.
    """
    zone = ZoneInfo(event.village.timezone)
    days = {starts_at.astimezone(zone).date()}
    if ends_at - starts_at <= LONGEST_NIGHT:
        days.add(ends_at.astimezone(zone).date())
    for day in sorted(days):
        _leave_time_on(event, day, starts_at, ends_at)


def _leave_time_on(event: ServiceEvent, day: date, starts_at: datetime, ends_at: datetime) -> None:
    if (election := election_on(event.village_id, day)) is None:
        return
    zone = ZoneInfo(event.village.timezone)
    first = datetime.combine(day, election.voting_from, zone)
    last = datetime.combine(day, election.voting_until, zone)
    zero = timedelta()
    free = max(zero, min(starts_at, last) - first) + max(zero, last - max(ends_at, first))
    if free < TIME_TO_VOTE:
        raise Invalid(
            "voting-time",
            _("%(name)s: voting is from %(first)s to %(last)s; a shift leaves an hour of it free.")
            % {
                "name": election.name,
                "first": f"{election.voting_from:%H.%M}",
                "last": f"{election.voting_until:%H.%M}",
            },
            field="ends",
        )
