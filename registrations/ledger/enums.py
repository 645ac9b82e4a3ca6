"""Codes of the ledger: kinds of rows, outcomes, reasons, cards, and the steps of an IKD activation."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class RowKind(models.TextChoices):
    RECORD = "record", _("Record")
    VOID = "void", _("Void")
    ACCEPT = "accept", _("Accepted")


class SetAside(models.TextChoices):
    """Why a record weighs 0 until somebody decides. Blank beside older ones: another office's."""

    OTHER_OFFICE = "other-office", _("Another office recorded this person first")
    DOUBTFUL_NUMBER = "doubtful-number", _("Nobody can have been issued this NIK")
    TOO_YOUNG = "too-young", _("Recorded before 16, and never married")
    CARD_TOO_EARLY = "card-too-early", _("A card before 17, and never married")
    NOT_RECORDED = "not-recorded", _("Nothing is known of a recording")
    CALLED_AGAIN = "called-again", _("From before this person was called again")
    PAPER_NEEDED = "paper-needed", _("Done without its paper")
    HANDED_OVER = "handed-over", _("This card was handed over before")

    @classmethod
    def by_rule(cls) -> tuple[SetAside, ...]:
        """What a rule about people keeps back; the office itself decides (`ledger.validators`)."""
        return (
            *(cls.TOO_YOUNG, cls.CARD_TOO_EARLY, cls.NOT_RECORDED, cls.CALLED_AGAIN),
            *(cls.PAPER_NEEDED, cls.HANDED_OVER),
        )

    @classmethod
    def of_one_office(cls) -> tuple[SetAside, ...]:
        """Where no other office's record is concerned."""
        return (cls.DOUBTFUL_NUMBER, *cls.by_rule())


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


#: Why IKD alone fails; the other codes may happen to every service.
IKD_FAILURES = (
    *(Failure.NO_SMARTPHONE, Failure.NO_EMAIL, Failure.FORGOT_PASSWORD),
    *(Failure.FACE_MISMATCH, Failure.UNSUPPORTED_OS),
)


#: What has to be there before an activation that failed for this reason is tried again.
IKD_NEXT = {
    Failure.NO_SMARTPHONE: _("comes with a smartphone, or with somebody who lends one"),
    Failure.NO_EMAIL: _("makes an e-mail address first"),
    Failure.FORGOT_PASSWORD: _("gets the e-mail password back first"),
    Failure.UNSUPPORTED_OS: _("comes with a newer phone"),
}
#: For every other reason.
IKD_AGAIN = _("is called to another try")


class CardUsed(models.TextChoices):
    """What became of the blank card of a print that failed; blank when nobody said."""

    NONE = "none", _("No card was used")
    ENCODE = "spoiled:encode", _("Spoiled: it could not be encoded")
    PRINT = "spoiled:print", _("Spoiled: printed badly")
    PHYSICAL = "spoiled:physical", _("Spoiled: damaged")
    NO_CHIP = "spoiled:no_chip", _("Spoiled: its chip does not answer")


class CardFate(models.TextChoices):
    """What became of the card of a print that is taken back."""

    NEVER_USED = "never_used", _("It was never printed: the blank card is still there")
    ENCODE = CardUsed.ENCODE.value, CardUsed.ENCODE.label
    PRINT = CardUsed.PRINT.value, _("Spoiled: printed badly, or for somebody else")
    PHYSICAL = CardUsed.PHYSICAL.value, CardUsed.PHYSICAL.label
    NO_CHIP = CardUsed.NO_CHIP.value, CardUsed.NO_CHIP.label


class PrintReason(models.TextChoices):
    """Why a card was printed; blank when nobody said. No code of `Failure` may stand here too."""

    FIRST = "first_card", _("First card")
    LOST = "lost", _("Lost")
    DAMAGED = "damaged", _("Damaged")
    CHANGED = "data_changed", _("Data changed")
    MOVED = "moved_in", _("Moved in")
    OUTSIDER = "other_domicile", _("Lives elsewhere")
    SUKET = "instead_of_suket", _("Instead of a suket")


class Receiver(models.TextChoices):
    """Who took a card, seen from whose it is."""

    SELF = "self", _("Whose card it is")
    FAMILY = "family", _("A member of the family")
    PROXY = "proxy", _("Somebody with a power of attorney (F-1.07)")
    VILLAGE = "village", _("The village office")
    SCHOOL = "school", _("The school")
    PLACE = "place", _("The prison, home or hospital")


class HandoverProof(models.TextChoices):
    """By what the office knew who took it; no number of it is kept."""

    CARD = "ktp", _("KTP-el or IKD")
    FAMILY_CARD = "kk", _("Family card (KK)")
    SLIP = "slip", _("Booking slip")
    LETTER = "letter", _("Power of attorney (F-1.07)")
    RECEIPT = "receipt", _("Receipt signed by hand")


class IkdStep(models.TextChoices):
    """Where an activation stopped (Permendagri 72/2022; the order in which a clerk goes)."""

    INSTALL = "install", _("Installing the app")
    ACCOUNT = "account", _("NIK, e-mail, phone number")
    FACE = "face", _("Face verification")
    SCAN = "scan", _("The officer's QR code")
    CODE = "code", _("Code from the e-mail")
    PIN = "pin", _("PIN and first login")
