"""Codes of a document that somebody asks for, and of what an office counts without a person."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.planning.enums import Service


class ForWhom(models.TextChoices):
    SELF = "self", _("For the person who asks")
    CHILD = "child", _("For a child")
    FAMILY = "family", _("For the family")
    DECEASED = "deceased", _("For somebody who died")


class DocumentState(models.TextChoices):
    ASKED = "asked", _("Asked for")
    INCOMPLETE = "incomplete", _("Papers are missing")
    IN_WORK = "in_work", _("In work")
    READY = "ready", _("Ready")
    HANDED_OVER = "handed_over", _("Given out")
    REFUSED = "refused", _("Refused")

    @classmethod
    def open(cls) -> tuple[DocumentState, ...]:
        """Somebody still waits for it."""
        return (cls.ASKED, cls.INCOMPLETE, cls.IN_WORK, cls.READY)


#: The one table of transitions; the trigger `document_state` is written from it. What was handed over is
#: ready again once its record is void, or ends, by the function `document_follows` of the database alone.
TRANSITIONS: dict[DocumentState, tuple[DocumentState, ...]] = {
    DocumentState.ASKED: (DocumentState.INCOMPLETE, DocumentState.IN_WORK, DocumentState.REFUSED),
    DocumentState.INCOMPLETE: (DocumentState.ASKED, DocumentState.REFUSED),
    DocumentState.IN_WORK: (
        *(DocumentState.INCOMPLETE, DocumentState.READY, DocumentState.REFUSED),
    ),
    DocumentState.READY: (DocumentState.HANDED_OVER, DocumentState.IN_WORK, DocumentState.REFUSED),
    DocumentState.HANDED_OVER: (DocumentState.READY, DocumentState.REFUSED),
    DocumentState.REFUSED: (),
}


class Verb(StrEnum):
    """By what a step is taken; the chart of the documents names it."""

    TICK = "papers are ticked"
    MOVE = "somebody works on it"
    HAND_OVER = "it is handed over, with proof"
    REFUSE = "it is refused, with a reason"
    VOID = "its record is void"


_S = DocumentState
#: Of every step of the table above its one verb. `document_follows` ends what is void where the same was
#: asked for again meanwhile, or nobody waits for it any more.
TAKEN_BY: dict[tuple[DocumentState, DocumentState], Verb] = {
    (_S.ASKED, _S.INCOMPLETE): Verb.TICK,
    (_S.ASKED, _S.IN_WORK): Verb.MOVE,
    (_S.ASKED, _S.REFUSED): Verb.REFUSE,
    (_S.INCOMPLETE, _S.ASKED): Verb.TICK,
    (_S.INCOMPLETE, _S.REFUSED): Verb.REFUSE,
    (_S.IN_WORK, _S.INCOMPLETE): Verb.TICK,
    (_S.IN_WORK, _S.READY): Verb.MOVE,
    (_S.IN_WORK, _S.REFUSED): Verb.REFUSE,
    (_S.READY, _S.HANDED_OVER): Verb.HAND_OVER,
    (_S.READY, _S.IN_WORK): Verb.MOVE,
    (_S.READY, _S.REFUSED): Verb.REFUSE,
    (_S.HANDED_OVER, _S.READY): Verb.VOID,
    (_S.HANDED_OVER, _S.REFUSED): Verb.VOID,
}


class DocumentRefusal(models.TextChoices):
    PAPERS = "papers", _("Papers never came")
    NOT_ENTITLED = "not_entitled", _("It cannot be issued to this person")
    OTHER_OFFICE = "other_office", _("Another office issues it")
    DATA = "data", _("The data contradict each other")
    WITHDRAWN = "withdrawn", _("Whoever asked took it back")
    TWICE = "twice", _("Asked twice")
    GONE = "gone", _("The person was erased")


class Relation(models.TextChoices):
    """Who took a document, seen from who asked for it."""

    SELF = "self", _("Who asked for it")
    FAMILY = "family", _("A member of the family")
    PROXY = "proxy", _("Somebody with a power of attorney (F-1.07)")
    VILLAGE = "village", _("The village office")


class Proof(models.TextChoices):
    """By what the office knew who took it; no number of it is kept."""

    CARD = "ktp", _("KTP-el or IKD")
    FAMILY_CARD = "kk", _("Family card (KK)")
    LETTER = "letter", _("Power of attorney (F-1.07)")
    RECEIPT = "receipt", _("Receipt signed by hand")


class CountedOnly(models.TextChoices):
    """What an office counts of a day where nothing is kept of persons: statuses at the centre, and what
    its province asks for besides. The last two are what stands on that day.
    """

    NEW_NIK = "new_nik", _("New NIK")
    PRINT_READY = "print_ready", _("PRR of that day")
    SENT = "sent", _("SFE")
    DUPLICATE = "duplicate", _("Duplicate record")
    ONLINE = "online", _("Online services")
    AGREEMENTS = "agreements", _("Cooperation agreements (PKS) in force")
    DATA_ACCESS = "data_access", _("Institutions with access to data")


DOCUMENT_KINDS = [(one.value, one.label) for one in Service.documents()]
#: What may be counted without a person: documents, and what the centre says.
COUNTED = [
    *DOCUMENT_KINDS,
    *CountedOnly.choices,
]
