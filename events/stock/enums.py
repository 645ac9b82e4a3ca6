"""What stock is kept of, where it can lie, and how it gets from one place to another."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

#: Cards in an outer, as the centre sends them.
OUTER = 2_000
#: Below so many cards an office looks for more, unless it says another number.
THRESHOLD = 1_000


class Item(models.TextChoices):
    CARD = "card", _("KTP-el blank card")
    CHILD_CARD = "child_card", _("KIA blank card")
    RIBBON = "ribbon", _("Ribbon")
    FILM = "film", _("Retransfer film")
    KIT = "kit", _("Cleaning kit")

    @classmethod
    def moved(cls) -> tuple[Item, ...]:
        """What every movement is kept of. The others are only counted."""
        return (cls.CARD, cls.CHILD_CARD)


class AccountKind(models.TextChoices):
    CENTRE = "centre", _("Centre")
    PROVINCE = "province", _("Store of the province")
    GRANT = "grant", _("Regional grant")
    OFFICE = "office", _("Store of the office")
    IN_TRANSIT = "in_transit", _("On the way")
    EVENT = "event", _("Bag of an event")
    PRINTED = "printed", _("Printed")
    SPOILED = "spoiled", _("Spoiled")
    PUBLIC = "public", _("Public")
    HANDED_IN = "handed_in", _("Old cards handed in")
    DESTROYED = "destroyed", _("Destroyed")
    DIFFERENCE = "difference", _("Unexplained difference")
    OPENING = "opening", _("Opening count")

    @classmethod
    def stores(cls) -> tuple[AccountKind, ...]:
        """Opened by a count of their own; the others open with the store of their office or province."""
        return (cls.OFFICE, cls.PROVINCE)

    @classmethod
    def counted(cls) -> tuple[AccountKind, ...]:
        """Where somebody can count what lies there."""
        return (*cls.stores(), cls.EVENT, cls.SPOILED, cls.HANDED_IN)

    @classmethod
    def without_floor(cls) -> tuple[AccountKind, ...]:
        """Where cards come from that nobody counted before: their balance may be below zero."""
        return (cls.CENTRE, cls.GRANT, cls.PUBLIC, cls.DIFFERENCE, cls.OPENING)


class Spoiled(models.TextChoices):
    """Why a blank card can be used no more."""

    ENCODE = "encode", _("Failed to encode")
    PRINT = "print", _("Failed to print")
    PHYSICAL = "physical", _("Damaged")
    NO_CHIP = "no_chip", _("No chip, or faulty from the factory")


class HandedIn(models.TextChoices):
    """Why an old card came back."""

    CHANGED = "data_changed", _("Data changed")
    MOVED = "moved", _("Moved in")
    DAMAGED = "damaged", _("Damaged card")


#: Of an account with classes: which it can have. No class of one is a class of the other.
CLASSES: dict[str, type[models.TextChoices]] = {
    AccountKind.SPOILED: Spoiled,
    AccountKind.HANDED_IN: HandedIn,
}


class Act(models.TextChoices):
    """What a movement came of."""

    MOVE = "move", _("Moved")
    OPENING = "opening", _("Opening count")
    COUNT = "count", _("Count")
    RECORD = "record", _("Printed")
    FOUND = "found", _("Not in the books")
    VOID = "void", _("Record voided")


_K = AccountKind
#: The ways that a card can be moved by hand, whose it is aside. What is taken back goes the way back.
WAYS: dict[AccountKind, tuple[AccountKind, ...]] = {
    _K.CENTRE: (_K.OFFICE, _K.PROVINCE, _K.IN_TRANSIT),
    _K.GRANT: (_K.OFFICE, _K.PROVINCE),
    _K.PROVINCE: (_K.IN_TRANSIT, _K.SPOILED, _K.DESTROYED, _K.DIFFERENCE, _K.CENTRE, _K.GRANT),
    _K.OFFICE: (
        *(_K.OFFICE, _K.EVENT, _K.IN_TRANSIT, _K.SPOILED),
        *(_K.DESTROYED, _K.DIFFERENCE, _K.CENTRE, _K.GRANT),
    ),
    _K.IN_TRANSIT: (_K.OFFICE, _K.PROVINCE, _K.IN_TRANSIT, _K.SPOILED, _K.DIFFERENCE, _K.CENTRE),
    _K.EVENT: (_K.OFFICE, _K.EVENT, _K.IN_TRANSIT, _K.SPOILED, _K.DESTROYED, _K.DIFFERENCE),
    _K.SPOILED: (_K.SPOILED, _K.DESTROYED, _K.OFFICE, _K.PROVINCE, _K.EVENT, _K.DIFFERENCE),
    _K.PUBLIC: (_K.HANDED_IN,),
    _K.HANDED_IN: (_K.HANDED_IN, _K.DESTROYED, _K.PUBLIC, _K.DIFFERENCE),
    _K.DIFFERENCE: (
        *(_K.OFFICE, _K.PROVINCE, _K.EVENT, _K.IN_TRANSIT),
        *(_K.SPOILED, _K.HANDED_IN),
    ),
}


def goes_back(source: str, target: str) -> bool:
    """Whether what was moved so by hand can be taken back by hand."""
    return source in WAYS.get(AccountKind(target), ())


def way(source: str, target: str) -> str:
    return f"{source}>{target}"


#: As the database knows them.
WAYS_BY_HAND = tuple(way(source, target) for source, targets in WAYS.items() for target in targets)

#: Ways against the stream, and what no paper of another explains: these want a reason.
WAYS_WITH_REASON = tuple(
    way(source, target)
    for source, target in (
        *((source, _K.DIFFERENCE) for source in WAYS if _K.DIFFERENCE in WAYS[source]),
        *((_K.DIFFERENCE, target) for target in WAYS[_K.DIFFERENCE]),
        *((source, _K.CENTRE) for source in WAYS if _K.CENTRE in WAYS[source]),
        *((source, _K.GRANT) for source in WAYS if _K.GRANT in WAYS[source]),
        (_K.IN_TRANSIT, _K.IN_TRANSIT),
        *((_K.SPOILED, target) for target in (_K.SPOILED, _K.OFFICE, _K.PROVINCE, _K.EVENT)),
        *((_K.HANDED_IN, target) for target in (_K.HANDED_IN, _K.PUBLIC)),
    )
)
