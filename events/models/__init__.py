from events.models.calendar import CalendarLink, Election, LocalDay
from events.models.event import EventAudience, EventBlanko, EventCost, EventObstacle, ServiceEvent
from events.models.resources import Assignment, Device, Loan, Team, TeamMember
from events.models.session import Seat, ServiceSession, Station

__all__ = [
    "Assignment",
    "CalendarLink",
    "Device",
    "Election",
    "EventAudience",
    "EventBlanko",
    "EventCost",
    "EventObstacle",
    "Loan",
    "LocalDay",
    "Seat",
    "ServiceEvent",
    "ServiceSession",
    "Station",
    "Team",
    "TeamMember",
]
