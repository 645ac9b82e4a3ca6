from registrations.models.appointment import Appointment, AppointmentService
from registrations.models.export import Export
from registrations.models.group import VisitGroup
from registrations.models.ledger import EffectiveService, LedgerHead, RecordNote, ServiceRecord
from registrations.models.message import Message
from registrations.models.request import VisitRequest
from registrations.models.resident import Resident, ResidentIdentity
from registrations.models.waiting import Waiting

__all__ = [
    "Appointment",
    "AppointmentService",
    "EffectiveService",
    "Export",
    "LedgerHead",
    "Message",
    "RecordNote",
    "Resident",
    "ResidentIdentity",
    "ServiceRecord",
    "VisitGroup",
    "VisitRequest",
    "Waiting",
]
