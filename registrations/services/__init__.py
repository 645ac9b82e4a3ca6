from registrations.services.appointments import book, cancel_appointment, check_in
from registrations.services.batch import log_batch
from registrations.services.events import cancel_event, close_event
from registrations.services.exports import fetch_export, request_export
from registrations.services.ledger import accept_record, log_service, void_record
from registrations.services.residents import register, reveal

__all__ = [
    "accept_record",
    "book",
    "cancel_appointment",
    "cancel_event",
    "check_in",
    "close_event",
    "fetch_export",
    "log_batch",
    "log_service",
    "register",
    "request_export",
    "reveal",
    "void_record",
]
