from django.db import models
from django.utils.translation import gettext_lazy as _


class BasisKind(models.TextChoices):
    DKB = "dkb", _("DKB (consolidated clean data)")
    DINAMIS = "dinamis", _("Dinamis (DKB with the changes since)")
    DP4 = "dp4", _("DP4 (potential voters)")
    DPT = "dpt", _("DPT (voter list)")
    DERIVED = "derived", _("Derived (estimate, no official source)")


class Indicator(models.TextChoices):
    RECORDING = "recording", _("KTP-el recording")
    IKD = "ikd", _("IKD activation, of the recorded")
    CHILD_CARD = "child_card", _("Child identity card (KIA)")
    BIRTH_CERTIFICATE = "birth_certificate", _("Birth certificates, 0 to 18")
    BURIAL_BOOK = "burial_book", _("Burial book (BPP)")


class Verdict(models.TextChoices):
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")


class NilReason(models.TextChoices):
    """Why an office served nobody on a day."""

    CLOSED = "closed", _("Closed (weekend or holiday)")
    NOBODY_CAME = "nobody_came", _("Open, nobody came")
    DEVICE = "device", _("Device broken")
    NETWORK = "network", _("No network")
    POWER = "power", _("No power")
    NO_BLANKO = "no_blanko", _("No blank cards")
    OTHER = "other", _("Other, see the note")


class ReleaseKind(models.TextChoices):
    WORKING = "working", _("working cut, for staff at once")
    PUBLICATION = "publication", _("for publication, by two people")


class FileKind(models.TextChoices):
    """Files that a job makes; the others are written while somebody waits."""

    PDF = "pdf", _("PDF with letterhead and signature")
    ZIP = "zip", _("Data package (ZIP)")


class FileState(models.TextChoices):
    WAITING = "waiting", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Could not be made")
    GONE = "gone", _("Removed")


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("given up")


class View(models.TextChoices):
    DOMICILE = "domicile", _("by domicile")
    SERVICE = "service", _("by place of service")


class Status(models.TextChoices):
    LIVE = "live", _("live")
    PROVISIONAL = "provisional", _("provisional")
    FINAL = "final", _("final")


class RevisionReason(models.TextChoices):
    FIRST = "first", _("first report of the day")
    LATE = "late", _("late records")
    VOID = "void", _("records taken back")
    ACCEPTED = "accepted", _("set-aside records accepted")
