"""States of a visit, of an entry of the waiting list and of a message; how a message is sent."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AppointmentState(models.TextChoices):
    BOOKED = "booked", _("Booked")
    CHECKED_IN = "checked_in", _("Checked in")
    SERVED = "served", _("Served")
    CAME_NOT_SERVED = "came_not_served", _("Came, not served")
    NO_SHOW = "no_show", _("Did not come")
    CANCELLED = "cancelled", _("Cancelled")
    MOVED = "moved", _("Moved to another session")

    @classmethod
    def active(cls) -> tuple[AppointmentState, ...]:
        """Holds places that are still to be used."""
        return (cls.BOOKED, cls.CHECKED_IN)

    @classmethod
    def ends(cls) -> tuple[AppointmentState, ...]:
        """How a visit ends: in exactly one of these, and reports count each of them."""
        return (cls.SERVED, cls.CAME_NOT_SERVED, cls.NO_SHOW, cls.CANCELLED, cls.MOVED)

    @classmethod
    def came(cls) -> tuple[AppointmentState, ...]:
        return (cls.SERVED, cls.CHECKED_IN, cls.CAME_NOT_SERVED)

    @classmethod
    def unserved(cls) -> tuple[AppointmentState, ...]:
        """Was expected and got nothing."""
        return (cls.CAME_NOT_SERVED, cls.NO_SHOW)

    @classmethod
    def given_up(cls) -> tuple[AppointmentState, ...]:
        """Nobody was expected any more."""
        return (cls.CANCELLED, cls.MOVED)


class WaitState(models.TextChoices):
    WAITING = "waiting", _("On the waiting list")
    MOVED_UP = "moved_up", _("Moved up")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    ENDED = "ended", _("No place came free")
    #: Recorded meanwhile, or too young for the day of the session by now.
    REFUSED = "refused", _("Cannot be recorded on that day")

    @classmethod
    def placeless(cls) -> tuple[WaitState, ...]:
        """Wanted a place and has none."""
        return (cls.WAITING, cls.ENDED)


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("SMS or WhatsApp")


class MessageKind(models.TextChoices):
    REMINDER = "reminder", _("Reminder")
    MOVED_UP = "moved_up", _("A place came free")
    MOVED = "moved", _("Moved to another time")
    CHANGED = "changed", _("Changed")
    CANCELLED = "cancelled", _("Cancelled")
    #: Of no visit: the card that came of it is printed and waits.
    CARD_READY = "card_ready", _("Card is ready")

    @classmethod
    def of_visits(cls) -> tuple[MessageKind, ...]:
        return tuple(kind for kind in cls if kind != cls.CARD_READY)


class MessageState(models.TextChoices):
    WAITING = "waiting", _("To be sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Could not be sent")
    DROPPED = "dropped", _("No longer needed")


class DraftState(models.TextChoices):
    """Where somebody stands with a list that they brought."""

    SHEET = "sheet", _("Which sheet?")
    COLUMNS = "columns", _("Which columns?")
    PREVIEW = "preview", _("Preview")
    DONE = "done", _("Booked")


class RowStatus(models.TextChoices):
    """What becomes, or became, of a row of a list."""

    PROBLEM = "problem", _("To be mended")
    ASK = "ask", _("To be answered")
    BOOKED = "booked", _("Booked")
    WAITING = "waiting", _("On the waiting list")
    FULL = "full", _("Without a place")
    HERE = "here", _("Before this list")
    OUT = "out", _("Left out")


class RowPerson(models.TextChoices):
    """Whom a row means. `later`: nothing is said before the list is booked."""

    HELD = "held", _("Held")
    NEW = "new", _("New")
    LATER = "later", _("Said when booked")
