from registrations.services.appointments import (
    book,
    cancel_appointment,
    check_in,
    move_appointment,
    release_no_shows,
    walk_in,
)
from registrations.services.batch import log_batch
from registrations.services.corrections import accept_record, void_record
from registrations.services.events import (
    cancel_event,
    change_places,
    close_event,
    follow_up,
    move_event,
    open_to_booking,
)
from registrations.services.exports import fetch_export, request_export
from registrations.services.groups import book_group
from registrations.services.ledger import log_service
from registrations.services.queue import call_next, put_back
from registrations.services.requests import ask_visit, end_request, plan_visit
from registrations.services.residents import register, reveal
from registrations.services.waiting import wait, withdraw

__all__ = [
    "accept_record",
    "ask_visit",
    "book",
    "book_group",
    "call_next",
    "cancel_appointment",
    "cancel_event",
    "change_places",
    "check_in",
    "close_event",
    "end_request",
    "fetch_export",
    "follow_up",
    "log_batch",
    "log_service",
    "move_appointment",
    "move_event",
    "open_to_booking",
    "plan_visit",
    "put_back",
    "register",
    "release_no_shows",
    "request_export",
    "reveal",
    "void_record",
    "wait",
    "walk_in",
    "withdraw",
]
