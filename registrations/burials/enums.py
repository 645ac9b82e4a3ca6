"""Codes of a burial: where it stands, and why somebody has to look at it. The chart in docs/burials.md is
drawn from `TAKEN_BY`.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

#: By when a death is reported to the office (Law 24/2013, art. 44).
REPORT_WITHIN = timedelta(days=30)
#: Somebody who was recorded so shortly before the day of death may be somebody else.
RECORDED_LATELY = timedelta(days=30)


class BurialState(models.TextChoices):
    NEW = "new", _("Not compared yet")
    ASKED = "asked", _("Somebody decides who it is")
    MATCHED = "matched", _("Found among the people of the office")
    NOT_FOUND = "not_found", _("Nobody whom the office holds")
    HANDED_OVER = "handed_over", _("Handed over to the office of the home village")
    VOID = "void", _("Void line")

    @classmethod
    def untouched(cls) -> tuple[BurialState, ...]:
        """The office has done nothing with it: who wrote it may still correct it."""
        return (cls.NEW, cls.HANDED_OVER)

    @classmethod
    def waiting(cls) -> tuple[BurialState, ...]:
        """The office has something to do."""
        return (cls.NEW, cls.ASKED)


class Verb(StrEnum):
    """By what a step is taken; the chart of the burials names it."""

    COMPARE = "it is compared with the people of the office"
    DECIDE = "somebody says who it is, or that it is nobody"
    MERGE = "who lies there is another line's person, too"
    CORRECT = "another line takes its place"
    VOID = "it is declared void"


_S = BurialState
#: Where a line begins: written down, written anew, or received from another office.
BEGINS = (_S.NEW, _S.HANDED_OVER)
#: Every step of a line, and by what. What another office declared void is declared void here, too.
TAKEN_BY: dict[tuple[BurialState, BurialState], tuple[Verb, ...]] = {
    (_S.NEW, _S.ASKED): (Verb.COMPARE,),
    (_S.NEW, _S.MATCHED): (Verb.COMPARE, Verb.DECIDE),
    (_S.NEW, _S.NOT_FOUND): (Verb.COMPARE, Verb.DECIDE),
    (_S.ASKED, _S.MATCHED): (Verb.COMPARE, Verb.DECIDE),
    (_S.ASKED, _S.NOT_FOUND): (Verb.COMPARE, Verb.DECIDE),
    (_S.MATCHED, _S.ASKED): (Verb.MERGE,),
    (_S.MATCHED, _S.NOT_FOUND): (Verb.DECIDE,),
    (_S.NOT_FOUND, _S.ASKED): (Verb.COMPARE,),
    (_S.NOT_FOUND, _S.MATCHED): (Verb.COMPARE, Verb.DECIDE),
    **{(state, _S.VOID): (Verb.CORRECT, Verb.VOID) for state in BurialState if state != _S.VOID},
}


class Told(models.TextChoices):
    """What programs are told of a state: never whether a NIK is held."""

    UNMATCHED = "unmatched", _("Written down")
    MATCHED = "matched", _("Found among the people of the office")
    HANDED_OVER = "handed_over", _("Handed over to the office of the home village")


class Doubt(models.TextChoices):
    """Why nobody is taken for the dead without a question."""

    OTHER_NAME = "other_name", _("The NIK belongs to somebody with another name")
    OTHER_NUMBER = "other_number", _("Same name and birth date, held under another NIK")
    OTHER_DATA = "other_data", _("Birth date or sex differ from what is held")
    NAME_ONLY = "name_only", _("Only the name agrees")
    SEVERAL = "several", _("Several people of this name and birth date")
    RECORDED = "recorded", _("Recorded shortly before the death, or after it")
    BURIED = "buried", _("A burial of this person is written down already")


class Relation(models.TextChoices):
    """Of who reports to the dead."""

    SPOUSE = "spouse", _("Husband or wife")
    CHILD = "child", _("Child")
    PARENT = "parent", _("Father or mother")
    SIBLING = "sibling", _("Brother or sister")
    RELATIVE = "relative", _("Another relative")
    NEIGHBOUR = "neighbour", _("Head of RT, or a neighbour")
    OFFICER = "officer", _("Officer of the cemetery or of the village")


class Clock(models.TextChoices):
    """Where the thirty days of a death stand."""

    RUNNING = "running", _("Still to be reported")
    LATE = "late", _("Late")
    FILED = "filed", _("Reported in time")
    FILED_LATE = "filed_late", _("Reported late")
