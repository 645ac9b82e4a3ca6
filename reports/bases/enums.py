"""Kinds of bases, indicators that have targets, and what a second person says of a basis."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class BasisKind(models.TextChoices):
    DKB = "dkb", _("DKB (consolidated clean data)")
    DINAMIS = "dinamis", _("Dinamis (DKB with the changes since)")
    DP4 = "dp4", _("DP4 (potential voters)")
    DPT = "dpt", _("DPT (voter list)")
    DERIVED = "derived", _("Derived (estimate, no official source)")


#: Lists of voters: another population than wajib KTP. They answer only where somebody names them.
VOTERS = (BasisKind.DP4, BasisKind.DPT)


class Indicator(models.TextChoices):
    RECORDING = "recording", _("KTP-el recording")
    IKD = "ikd", _("IKD activation, of the recorded")
    CHILD_CARD = "child_card", _("Child identity card (KIA)")
    BIRTH_CERTIFICATE = "birth_certificate", _("Birth certificates, 0 to 18")
    BURIAL_BOOK = "burial_book", _("Burial book (BPP)")


class Verdict(models.TextChoices):
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")
