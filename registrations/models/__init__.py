from registrations.models.appointment import Appointment, AppointmentService
from registrations.models.export import Export
from registrations.models.ledger import EffectiveService, LedgerHead, ServiceRecord
from registrations.models.resident import Resident, ResidentIdentity

__all__ = [
    "Appointment",
    "AppointmentService",
    "EffectiveService",
    "Export",
    "LedgerHead",
    "Resident",
    "ResidentIdentity",
    "ServiceRecord",
]
