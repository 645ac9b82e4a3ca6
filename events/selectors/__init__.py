from events.selectors.days import (
    days_worked,
    election_on,
    holiday_name,
    next_election,
    off_days,
    off_days_of,
    previous_election,
    working_days,
)
from events.selectors.events import (
    EDITED,
    get_event_or_404,
    get_session_or_404,
    listed_events,
    places,
    plan_of,
    require_own_or_404,
    stations_of,
    version_of,
)
from events.selectors.resources import busy_elsewhere

__all__ = [
    "EDITED",
    "busy_elsewhere",
    "days_worked",
    "election_on",
    "get_event_or_404",
    "get_session_or_404",
    "holiday_name",
    "listed_events",
    "next_election",
    "off_days",
    "off_days_of",
    "places",
    "plan_of",
    "previous_election",
    "require_own_or_404",
    "stations_of",
    "version_of",
    "working_days",
]
