from events.forms.notes import AudienceForm, BlankoForm, CostsForm, ObstacleForm
from events.forms.planning import (
    ApprovalForm,
    CopyForm,
    DayForm,
    EventFilter,
    EventForm,
    PlacesForm,
    SessionForm,
    StationsForm,
)
from events.forms.resources import AskForm, AssignForm, DeviceForm, LendForm, TeamForm

__all__ = [
    "ApprovalForm",
    "AskForm",
    "AssignForm",
    "AudienceForm",
    "BlankoForm",
    "CopyForm",
    "CostsForm",
    "DayForm",
    "DeviceForm",
    "EventFilter",
    "EventForm",
    "LendForm",
    "ObstacleForm",
    "PlacesForm",
    "SessionForm",
    "StationsForm",
    "TeamForm",
]
