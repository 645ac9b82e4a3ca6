"""Columns of the row that a province keeps of each office and day, in its order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.planning.enums import Service
from registrations.cards.enums import SENT, TO_PRINT, StatusCode
from registrations.documents.enums import CountedOnly
from registrations.ledger.enums import PrintReason


class Nature(models.TextChoices):
    """A flow is summed over offices, and over days by who asks for it; a stock is the last value."""

    FLOW = "flow", _("flow")
    STOCK = "stock", _("stock")


@dataclass(frozen=True)
class Column:
    name: str
    label: Any
    nature: Nature = Nature.FLOW
    #: What the ledger counts of it: services, and of printed cards why.
    services: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    #: What offices count of it without persons.
    counted: tuple[str, ...] = field(default=())
    #: What SIAK says of who was recorded on that day; a count by hand stands in its place.
    codes: tuple[str, ...] = ()


def _of(name: str, service: Service, label: Any = None) -> Column:
    documents = Service.documents()
    counted = (service.value,) if service in documents else ()
    return Column(name, label or service.label, services=(service.value,), counted=counted)


def _printed(name: str, label: Any, *reasons: str) -> Column:
    return Column(name, label, services=(Service.CARD_PRINT.value,), reasons=reasons)


_C = StatusCode
#: Print-ready on that day, or further already.
_READY = (*TO_PRINT, _C.CARD_PRINTED, _C.CARD_SHIPPED, _C.CARD_ISSUED)
_R = PrintReason
_STOCK = Nature.STOCK

COLUMNS: tuple[Column, ...] = (
    Column("new_nik", CountedOnly.NEW_NIK.label, counted=("new_nik",)),
    _of("family_card", Service.FAMILY_CARD),
    _of("recorded", Service.RECORDING, _("Recordings")),
    Column("print_ready", CountedOnly.PRINT_READY.label, counted=("print_ready",), codes=_READY),
    _printed("printed_ready", _("Cards printed from PRR"), _R.FIRST),
    Column("sent", CountedOnly.SENT.label, counted=("sent",), codes=SENT),
    Column(
        "duplicate",
        CountedOnly.DUPLICATE.label,
        counted=("duplicate",),
        codes=(_C.DUPLICATE_RECORD,),
    ),
    _of("suket", Service.SUKET, _("Suket of that day")),
    Column("suket_before", _("Suket of days before"), _STOCK),
    _printed("printed_suket", _("Cards printed from a suket"), _R.SUKET),
    _printed(
        "printed_again",
        _("Cards printed: lost, damaged, changed"),
        *(_R.LOST, _R.DAMAGED, _R.CHANGED, _R.MOVED, _R.OUTSIDER),
    ),
    _of("birth_0_17", Service.BIRTH_CHILD),
    _of("birth_over_17", Service.BIRTH_ADULT),
    _of("marriage", Service.MARRIAGE),
    _of("divorce", Service.DIVORCE),
    _of("death", Service.DEATH_CERTIFICATE),
    _of("moving_out", Service.MOVING_OUT),
    _of("moving_in", Service.MOVING_IN),
    _of("child_card_0_5", Service.CHILD_CARD_YOUNG),
    _of("child_card_over_5", Service.CHILD_CARD_OLDER),
    Column("cards_left", _("Blank cards left"), _STOCK),
    # What was logged under a code that does not say which; shown, so that nothing is hidden.
    _printed("printed_unsaid", _("Cards printed, reason not said"), ""),
    _of("birth_unsaid", Service.BIRTH_CERTIFICATE, _("Birth certificate, age not said")),
    _of("moving_unsaid", Service.MOVING, _("Moving, way not said")),
    _of("child_card_unsaid", Service.CHILD_CARD, _("KIA, age not said")),
)


#: What the recap of a period has besides: what is left when it ends, and what came with it.
RECAP_COLUMNS: tuple[Column, ...] = (
    *COLUMNS,
    Column("suket_left", _("Suket left"), _STOCK),
    Column("print_ready_left", _("PRR left"), _STOCK),
    Column("online", CountedOnly.ONLINE.label, counted=("online",)),
    Column("agreements", CountedOnly.AGREEMENTS.label, _STOCK, counted=("agreements",)),
    Column("data_access", CountedOnly.DATA_ACCESS.label, _STOCK, counted=("data_access",)),
    Column("burials", _("Burials in the register (BPP)")),
)
