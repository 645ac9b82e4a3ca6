from django.db import models
from django.utils.translation import gettext_lazy as _


class EventKind(models.TextChoices):
    GEBYAR = "gebyar", _("Mass-service day (Gebyar Pelayanan)")
    JEMPUT_BOLA = "jemput_bola", _("Outreach visit (jemput bola)")
    ELECTION_DAY = "election_day", _("Election-day service (Hari-H)")
    HOLIDAY_OPENING = "holiday_opening", _("Opening on a holiday")
    OUTREACH = "outreach", _("Public information (sosialisasi)")
    COUNTER = "counter", _("Counter service")


class EventState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    APPROVED = "approved", _("Approved")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


#: The one table of transitions; the trigger `event_state` is written from it.
TRANSITIONS: dict[EventState, tuple[EventState, ...]] = {
    EventState.DRAFT: (EventState.APPROVED, EventState.CANCELLED),
    EventState.APPROVED: (EventState.CLOSED, EventState.CANCELLED),
    EventState.CLOSED: (),
    EventState.CANCELLED: (),
}


class PlaceKind(models.TextChoices):
    OFFICE = "office", _("Office")
    SCHOOL = "school", _("School")
    CAMPUS = "campus", _("Campus")
    PRISON = "prison", _("Prison")
    HOSPITAL = "hospital", _("Hospital")
    HOME = "home", _("Home")
    VILLAGE = "village", _("Village hall")
    MARKET = "market", _("Market or mall")
    OTHER = "other", _("Other")


class Service(models.TextChoices):
    RECORDING = "recording", _("KTP-el recording")
    IKD_ACTIVATION = "ikd_activation", _("IKD activation")
    CARD_PRINT = "card_print", _("Card printed")
    CARD_HANDOVER = "card_handover", _("Card handed over")
    BIODATA = "biodata", _("Biodata sheet")
    SUKET = "suket", _("Recording certificate (suket)")
    FAMILY_CARD = "family_card", _("Family card (KK)")
    BIRTH_CERTIFICATE = "birth_certificate", _("Birth certificate")
    DEATH_CERTIFICATE = "death_certificate", _("Death certificate")
    CHILD_CARD = "child_card", _("Child identity card (KIA)")
    MOVING = "moving", _("Moving")
    OTHER = "other", _("Other document")


class ElectionKind(models.TextChoices):
    PILKADA = "pilkada", _("Regional election (Pilkada)")
    PEMILU = "pemilu", _("General election (Pemilu)")
    PILKADES = "pilkades", _("Village election (Pilkades)")
    EXAMPLE = "example", _("Example for practice")


class DayKind(models.TextChoices):
    OPEN = "open", _("Open although a holiday")
    CLOSED = "closed", _("Closed")
    USUAL = "usual", _("As in the calendar")
