"""How far a list of residents has come, and what becomes of each of its rows."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportStep(models.TextChoices):
    """What the job does, or did last. Each begins when somebody asks for it, but the first two."""

    READ = "read", _("Reading the file")
    JUDGE = "judge", _("Comparing the rows")
    WRITE = "write", _("Writing")
    UNDO = "undo", _("Undoing")


class ImportState(models.TextChoices):
    """`waiting` for the job, `asks` for an answer about the file, `ready`: the step is done."""

    WAITING = "waiting", _("At work")
    ASKS = "asks", _("A question")
    READY = "ready", _("Ready")
    STOPPED = "stopped", _("Stopped: the right to it had ended")
    FAILED = "failed", _("Could not be done")
    GONE = "gone", _("Removed")


class Verdict(models.TextChoices):
    """What would happen with a row. `alike` waits for somebody to say that it is another person; of
    `later` the preview does not say whether it is held.
    """

    NEW = "new", _("New resident")
    SAME = "same", _("Held, nothing new")
    DIFFERS = "differs", _("Held, correction proposed")
    ALIKE = "alike", _("Looks like somebody held")
    LATER = "later", _("New or held: said when it is written")
    #: The village lies in another district: that office gets the row (`arrivals`).
    ELSEWHERE = "elsewhere", _("Lives in another district: handed over")
    REFUSED = "refused", _("Refused")


class Outcome(models.TextChoices):
    """What happened with a row."""

    CREATED = "created", _("Added")
    PROPOSED = "proposed", _("Correction proposed")
    #: Was off the roll, and is on this list.
    RETURNED = "returned", _("On the list again")
    NOTHING = "nothing", _("Nothing to do")
    HANDED = "handed", _("Handed over to the other office")
    LEFT = "left", _("Left as it was")
    UNDONE = "undone", _("Undone")
    BACK = "back", _("Old data proposed again")
    KEPT = "kept", _("Not undone")


class Completeness(models.TextChoices):
    """Whom a list has of the villages that it covers, and so what an office holds of a village."""

    NONE = "none", _("Single people")
    MISSING_ONLY = "missing_only", _("Everybody who is not recorded")
    WHOLE = "whole", _("Everybody who lives there")


class GoneState(models.TextChoices):
    """What became of somebody who is held at home in a village, and not on a whole list of it."""

    OPEN = "open", _("Not answered")
    OFF = "off", _("Taken off the roll")
    STAYS = "stays", _("Stays on the roll")
    #: A later list has the person, or asks anew.
    BACK = "back", _("On a later list")
    ANEW = "anew", _("Asked anew by a later list")
    UNDONE = "undone", _("The import was undone")
    #: Merged into another row, erased, taken back with the import that had brought them, or moved.
    OVER = "over", _("Not held there any more")
