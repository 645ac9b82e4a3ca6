"""Codes of a finding: where it stands, the paper behind it, and why it was not accepted."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class FindingState(models.TextChoices):
    PROPOSED = "proposed", _("Waits for a decision")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    CONTRADICTED = "contradicted", _("Contradicted by what came later")

    @classmethod
    def standing(cls) -> tuple[FindingState, ...]:
        """Said, and not taken back by anybody."""
        return (cls.PROPOSED, cls.ACCEPTED)


class EvidenceKind(models.TextChoices):
    DEATH_CERTIFICATE = "death_certificate", _("Death certificate")
    BURIAL = "burial", _("Entry of a burial register")
    LETTER = "letter", _("Letter")
    MINUTES = "minutes", _("Minutes of the village")
    OTHER = "other", _("Another paper")


class Refusal(models.TextChoices):
    """Why a finding was not accepted. The last two are no decision about what was found."""

    ALIVE = "alive", _("The person is alive")
    NO_PAPER = "no_paper", _("The paper is missing")
    OTHER = "other", _("Another reason")
    REPLACED = "replaced", _("Whoever found it said something else later")
    GONE = "gone", _("The person was merged with another row, or erased")

    @classmethod
    def decided(cls) -> tuple[Refusal, ...]:
        """What somebody who decides may give."""
        return (cls.ALIVE, cls.NO_PAPER, cls.OTHER)
