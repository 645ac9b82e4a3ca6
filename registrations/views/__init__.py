from registrations.views.desk import appointment_page, book_page, session_page
from registrations.views.event import event_page
from registrations.views.exports import export_file, export_list
from registrations.views.log import log_page
from registrations.views.oversight import oversight_page
from registrations.views.residents import resident_list, resident_new, resident_page
from registrations.views.set_aside import set_aside_page

__all__ = [
    "appointment_page",
    "book_page",
    "event_page",
    "export_file",
    "export_list",
    "log_page",
    "oversight_page",
    "resident_list",
    "resident_new",
    "resident_page",
    "session_page",
    "set_aside_page",
]
