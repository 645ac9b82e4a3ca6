from registrations.views.desk import board_page, desk_page
from registrations.views.event import (
    event_approve,
    event_missing,
    event_move,
    event_page,
    session_places,
)
from registrations.views.exports import export_file, export_list
from registrations.views.groups import group_new, group_page
from registrations.views.log import log_page
from registrations.views.oversight import oversight_page
from registrations.views.requests import request_list, request_new, request_page
from registrations.views.residents import resident_list, resident_new, resident_page
from registrations.views.session import (
    appointment_page,
    book_page,
    print_list,
    session_page,
    waiting_page,
)
from registrations.views.set_aside import set_aside_page

__all__ = [
    "appointment_page",
    "board_page",
    "book_page",
    "desk_page",
    "event_approve",
    "event_missing",
    "event_move",
    "event_page",
    "export_file",
    "export_list",
    "group_new",
    "group_page",
    "log_page",
    "oversight_page",
    "print_list",
    "request_list",
    "request_new",
    "request_page",
    "resident_list",
    "resident_new",
    "resident_page",
    "session_page",
    "session_places",
    "set_aside_page",
    "waiting_page",
]
