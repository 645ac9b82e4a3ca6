from events.views.calendar import calendar_page
from events.views.listing import event_list
from events.views.notes import event_notes
from events.views.planning import (
    event_copy,
    event_edit,
    event_new,
    event_stations,
    session_new,
)
from events.views.public import calendar_feed, schedule, schedule_feed
from events.views.resources import event_team, loan_page, office_resources

__all__ = [
    "calendar_feed",
    "calendar_page",
    "event_copy",
    "event_edit",
    "event_list",
    "event_new",
    "event_notes",
    "event_stations",
    "event_team",
    "loan_page",
    "office_resources",
    "schedule",
    "schedule_feed",
    "session_new",
]
