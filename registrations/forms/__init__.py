from registrations.forms.desk import BookingForm, GroupForm, LogForm, WalkInForm
from registrations.forms.people import (
    ExportForm,
    FindForm,
    FindVisitorForm,
    ReasonForm,
    ResidentForm,
    RevealForm,
    from_nik,
    reason_of,
)
from registrations.forms.requests import EndRequestForm, RequestFilter, RequestForm, VisitForm

__all__ = [
    "BookingForm",
    "EndRequestForm",
    "ExportForm",
    "FindForm",
    "FindVisitorForm",
    "GroupForm",
    "LogForm",
    "ReasonForm",
    "RequestFilter",
    "RequestForm",
    "ResidentForm",
    "RevealForm",
    "VisitForm",
    "WalkInForm",
    "from_nik",
    "reason_of",
]
