from django.db import models
from django.utils.translation import gettext_lazy as _

from events.enums import Service


class Sex(models.TextChoices):
    MALE = "M", _("Male")
    FEMALE = "F", _("Female")


class MaritalStatus(models.TextChoices):
    SINGLE = "single", _("Never married")
    MARRIED = "married", _("Married")
    DIVORCED = "divorced", _("Divorced")
    WIDOWED = "widowed", _("Widowed")


class AppointmentState(models.TextChoices):
    BOOKED = "booked", _("Booked")
    CHECKED_IN = "checked_in", _("Checked in")
    SERVED = "served", _("Served")
    CANCELLED = "cancelled", _("Cancelled")
    NO_SHOW = "no_show", _("Did not come")


class RowKind(models.TextChoices):
    RECORD = "record", _("Record")
    VOID = "void", _("Void")
    ACCEPT = "accept", _("Accepted")


class Outcome(models.TextChoices):
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Failure(models.TextChoices):
    """Why a service did not succeed. Coded, so that causes can be counted; never medical."""

    NETWORK = "network", _("No network")
    POWER = "power", _("No power")
    DEVICE = "device", _("Device broken")
    BIOMETRICS = "biometrics_unreadable", _("Fingers or iris could not be read")
    DUPLICATE = "duplicate_record", _("Recorded before under another number")
    NO_FAMILY_CARD = "no_family_card", _("No family card (KK) at hand")
    REFUSED_PHOTO = "refused_photo", _("Refused the photo")
    LEFT = "left", _("Left before it was finished")
    NO_SMARTPHONE = "no_smartphone", _("No smartphone")
    NO_EMAIL = "no_email", _("No e-mail")
    FORGOT_PASSWORD = "forgot_password", _("Forgot the e-mail password")
    FACE_MISMATCH = "face_mismatch", _("Face did not match")
    UNSUPPORTED_OS = "unsupported_os", _("Phone not supported")
    NO_BLANKO = "no_blanko", _("No blank cards")
    OTHER = "other", _("Other")


class PrintReason(models.TextChoices):
    """Why a card was printed; a blank one means that nobody said. Never a code of `Failure`."""

    FIRST = "first_card", _("First card")
    LOST = "lost", _("Lost")
    DAMAGED = "damaged", _("Damaged")
    CHANGED = "data_changed", _("Data changed")
    MOVED = "moved_in", _("Moved in")
    OUTSIDER = "other_domicile", _("Lives elsewhere")
    SUKET = "instead_of_suket", _("Instead of a suket")


class IkdStep(models.TextChoices):
    """Where an activation stopped (Permendagri 72/2022; the order in which a clerk goes)."""

    INSTALL = "install", _("Installing the app")
    ACCOUNT = "account", _("NIK, e-mail, phone number")
    FACE = "face", _("Face verification")
    SCAN = "scan", _("The officer's QR code")
    CODE = "code", _("Code from the e-mail")
    PIN = "pin", _("PIN and first login")


class WaitState(models.TextChoices):
    WAITING = "waiting", _("On the waiting list")
    MOVED_UP = "moved_up", _("Moved up")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    ENDED = "ended", _("No place came free")


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("SMS or WhatsApp")


class MessageKind(models.TextChoices):
    REMINDER = "reminder", _("Reminder")
    MOVED_UP = "moved_up", _("A place came free")
    MOVED = "moved", _("Moved to another time")
    CANCELLED = "cancelled", _("Cancelled")


class MessageState(models.TextChoices):
    WAITING = "waiting", _("To be sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Could not be sent")
    DROPPED = "dropped", _("No longer needed")


class RequestKind(models.TextChoices):
    HOME = "home", _("One person, at home")
    INSTITUTION = "institution", _("Several people, at one place")


class RequestReason(models.TextChoices):
    """Why the office should come. What somebody suffers from is nobody's business."""

    CANNOT_COME = "cannot_come", _("Cannot come to an office")
    FAR = "far", _("Lives far from every office")
    TOGETHER = "together", _("Many people at one place")
    OTHER = "other", _("Other")


class Partner(models.TextChoices):
    """Who passed a request on, and is credited with it."""

    FAMILY = "family", _("The person or the family")
    RT_RW = "rt_rw", _("RT or RW")
    VILLAGE = "village", _("Village office")
    SCHOOL = "school", _("School or campus")
    HEALTH = "health", _("Health service")
    SOCIAL = "social", _("Social service or home")
    PRISON = "prison", _("Prison")
    ELECTION = "election", _("KPU or Bawaslu")
    OFFICE = "office", _("Another public office (OPD)")
    COMMUNITY = "community", _("Community or company")


class RequestState(models.TextChoices):
    OPEN = "open", _("To be planned")
    PLANNED = "planned", _("Visit planned")
    DONE = "done", _("Served")
    ENDED = "ended", _("Ended without a visit")


class RequestEnd(models.TextChoices):
    ELSEWHERE = "elsewhere", _("Was served elsewhere")
    NOT_FOUND = "not_found", _("Was not found there")
    MOVED = "moved", _("Moved away")
    DECEASED = "deceased", _("Has died")
    UNWILLING = "unwilling", _("Does not want it")
    TWICE = "twice", _("Asked twice")


class Category(models.TextChoices):
    PEMULA = "pemula", _("First-time (pemula)")
    UMUM = "umum", _("General (umum)")


class ExportKind(models.TextChoices):
    """Lists that may leave the system as a file, with masked numbers."""

    RESIDENTS = "residents", _("Residents of the office")
    QUEUE = "queue", _("Bookings of a session")
    WAITING = "waiting", _("Waiting list of a session")
    MISSING = "missing", _("Who is missing after an event")


class ExportState(models.TextChoices):
    WAITING = "waiting", _("Being made")
    READY = "ready", _("Ready")
    STOPPED = "stopped", _("Stopped: the right to it had ended")
    FAILED = "failed", _("Could not be made")
    GONE = "gone", _("Removed")


#: Services that count once for each person in the whole nation.
ONCE = (Service.RECORDING, Service.IKD_ACTIVATION)
