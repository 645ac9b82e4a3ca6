from events.services.links import end_links, make_link
from events.services.notes import drop_obstacle, note_obstacle, set_audience, set_blanko, set_costs
from events.services.planning import (
    approve_event,
    copy_event,
    edit_event,
    lock_event,
    plan_event,
    repeat_event,
    require_own,
)
from events.services.resources import (
    add_device,
    answer_loan,
    ask_loan,
    assign,
    end_assignment,
    make_team,
)
from events.services.sessions import (
    LARGEST_CAPACITY,
    change_capacity,
    open_session,
    set_stations,
)

__all__ = [
    "LARGEST_CAPACITY",
    "add_device",
    "answer_loan",
    "approve_event",
    "ask_loan",
    "assign",
    "change_capacity",
    "copy_event",
    "drop_obstacle",
    "edit_event",
    "end_assignment",
    "end_links",
    "lock_event",
    "make_link",
    "make_team",
    "note_obstacle",
    "open_session",
    "plan_event",
    "repeat_event",
    "require_own",
    "set_audience",
    "set_blanko",
    "set_costs",
    "set_stations",
]
