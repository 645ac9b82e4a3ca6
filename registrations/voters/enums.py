"""Voters' lists: their kinds, how far one is, what becomes of a row, and the codes of elections."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ListKind(models.TextChoices):
    """Which of the lists of an election it is, as KPU calls them."""

    DP4 = "dp4", _("DP4: potential voters")
    DPS = "dps", _("DPS: provisional list")
    DPT = "dpt", _("DPT: final list")
    DPTB = "dptb", _("DPTb: moved voters")
    DPK = "dpk", _("DPK: special list")
    OTHER = "other", _("Another list")


class ListStep(models.TextChoices):
    """What the job does, or did last."""

    READ = "read", _("Reading the file")
    MATCH = "match", _("Matching with your people")
    ACCEPT = "take", _("Taking the result over")
    DISCARD = "drop", _("Throwing away")


class ListState(models.TextChoices):
    """`ready`: decisions and the result; `accepted`: the result is final, and nobody is named any more."""

    WAITING = "waiting", _("At work")
    ASKS = "asks", _("A question")
    READY = "ready", _("Ready")
    ACCEPTED = "accepted", _("Accepted")
    STOPPED = "stopped", _("Stopped: the right to it had ended")
    FAILED = "failed", _("Could not be done")
    GONE = "gone", _("Removed")


class Verdict(models.TextChoices):
    """What is known of a voter. `unknown`: nobody is found, and the village's list is not whole."""

    WAITING = "waiting", _("Not compared yet")
    BOTH = "both", _("On both, alike")
    DIFFERS = "differs", _("On both, data differs")
    ASK = "ask", _("To be decided")
    TWICE = "twice", _("Twice on the list")
    ONLY_ON_LIST = "only_on_list", _("Only on the voters' list")
    UNKNOWN = "unknown", _("Not on your list, which is not whole")
    UNREAD = "unread", _("Could not be compared")

    @classmethod
    def joined(cls) -> tuple[Verdict, ...]:
        return (cls.BOTH, cls.DIFFERS)


class Meaning(models.TextChoices):
    """Why somebody does not qualify as a voter, or what else a code says; each election has its own
    codes for them.
    """

    DECEASED = "deceased", _("Deceased")
    DOUBLE = "double", _("Double")
    UNDERAGE = "underage", _("Under age")
    MOVED = "moved", _("Moved away")
    NOT_KNOWN = "not_known", _("Not known")
    TNI = "tni", _("Member of the armed forces (TNI)")
    POLRI = "polri", _("Member of the police (Polri)")
    MENTAL = "mental", _("Loss of memory")
    REVOKED = "revoked", _("Right to vote revoked")
    NOT_RESIDENT = "not_resident", _("Not a resident")
    NO_CARD = "no_card", _("No KTP-el yet")
    UNSURE = "unsure", _("Not yet made sure")
    OTHER_TPS = "other_tps", _("Another TPS of the village")
    CHANGED = "changed", _("Data changed")
    NEW = "new", _("New voter")


M = Meaning
_FIRST_SEVEN = {
    "1": M.DECEASED,
    "2": M.DOUBLE,
    "3": M.UNDERAGE,
    "4": M.MOVED,
    "5": M.NOT_KNOWN,
    "6": M.TNI,
    "7": M.POLRI,
}
#: From which year on elections use which codes: what is entered for an election comes before it.
CODES_SINCE: dict[int, dict[str, Meaning]] = {
    2018: {
        **_FIRST_SEVEN,
        "8": M.MENTAL,
        "9": M.REVOKED,
        "10": M.NOT_RESIDENT,
        "11": M.NO_CARD,
        "12": M.UNSURE,
        "U": M.CHANGED,
        "B": M.NEW,
    },
    2020: {
        **_FIRST_SEVEN,
        "9": M.REVOKED,
        "10": M.NOT_RESIDENT,
        "11": M.NO_CARD,
        "12": M.UNSURE,
        "U": M.CHANGED,
        "B": M.NEW,
    },
    2024: {**_FIRST_SEVEN, "8": M.OTHER_TPS, "U": M.CHANGED, "B": M.NEW},
}


class NoVoteReason(models.TextChoices):
    """Why a resident is no voter for a time, whatever the age: a meaning of codes, too."""

    TNI = "tni", _("Member of the armed forces (TNI)")
    POLRI = "polri", _("Member of the police (Polri)")
    REVOKED = "revoked", _("Right to vote revoked")
