"""Codes of papers: kinds and states. The chart in docs/papers.md is drawn from `TAKEN_BY`."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.planning.enums import Service


class PaperKind(models.TextChoices):
    """The service of the ledger that is done by handing over the paper."""

    BIODATA = Service.BIODATA.value, _("Biodata sheet")
    SUKET = Service.SUKET.value, _("Recording certificate (suket)")


class PaperState(models.TextChoices):
    """As kept. That a paper expired follows from its last day."""

    VALID = "valid", _("Valid")
    VOID = "void", _("Void")
    REPLACED = "replaced", _("Replaced by a newer one")
    EXCHANGED = "exchanged", _("Exchanged for a card")


class Verb(StrEnum):
    """By what a step is taken; the chart of the papers names it."""

    ISSUE = "a newer one is issued"
    VOID = "its record is void"
    VOID_NEWER = "the record of the newer one is void"
    HAND_OVER = "the card is handed over"
    VOID_HAND_OVER = "the hand-over of the card is void"
    MERGE = "two rows of the person become one"


_S = PaperState
#: Every step of a paper, and by what. Nobody sets a state: the functions of the database do
#: (`paper_follows`, `paper_carried`), from what stands in the ledger. A paper begins as `valid`.
TAKEN_BY: dict[tuple[PaperState, PaperState], tuple[Verb, ...]] = {
    (_S.VALID, _S.REPLACED): (Verb.ISSUE, Verb.MERGE),
    (_S.VALID, _S.EXCHANGED): (Verb.HAND_OVER, Verb.MERGE),
    (_S.VALID, _S.VOID): (Verb.VOID,),
    (_S.REPLACED, _S.VALID): (Verb.VOID_NEWER,),
    (_S.REPLACED, _S.EXCHANGED): (Verb.VOID_NEWER,),
    (_S.REPLACED, _S.VOID): (Verb.VOID,),
    (_S.EXCHANGED, _S.VALID): (Verb.VOID_HAND_OVER,),
    (_S.EXCHANGED, _S.REPLACED): (Verb.MERGE,),
    (_S.EXCHANGED, _S.VOID): (Verb.VOID,),
}
