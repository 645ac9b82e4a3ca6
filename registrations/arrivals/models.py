"""People whom other offices hand over, for their village lies here.

The office that sent a row learns that it was received, and nothing else: a function with the rights
of `keeper` writes it, and only the office that receives it reads it. Personal data: `sealed`, and the
keyed hash of the NIK; both go once somebody decided.
"""

from __future__ import annotations

from typing import Any, ClassVar

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Personal, Scope, ScopedModel
from dukcapil.core.crypto import decrypt, encrypt
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region, code_length
from registrations.arrivals.enums import ArrivalKind, ArrivalState, RefusedBecause


def seal(kind: str, person: bytes, said: dict[str, Any]) -> bytes:
    """What is handed over, as only this kind of arrival of this number opens it."""
    return encrypt(orjson.dumps(said).decode(), context=_context(kind, person))


def _context(kind: str, person: bytes) -> str:
    return f"arrival {kind} {person.hex()}"


class Arrival(ScopedModel):
    """One person, until the office of the village takes them into its roll or refuses."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=8, choices=ArrivalKind.choices)
    #: Who receives it.
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    from_office = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+")
    #: What it came from there: an import, a burial.
    source = models.UUIDField(null=True, editable=False)
    #: What handed the same person over before, while nobody had decided; the last is the latest.
    earlier = ArrayField(models.UUIDField(), default=list, blank=True, db_default=[])
    #: Keyed hash of the number, or of what was handed over without one.
    person = models.BinaryField(max_length=32, null=True)
    sealed = models.BinaryField(null=True)
    came_at = models.DateTimeField(db_default=Now(), editable=False)
    state = models.CharField(
        max_length=9, choices=ArrivalState.choices, default=ArrivalState.WAITING
    )
    #: Who they became, or were.
    resident = models.UUIDField(null=True, editable=False)
    why = models.CharField(max_length=9, choices=RefusedBecause.choices, blank=True, default="")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    scope = Scope()
    #: Whoever still waits has no row here: `arrivals_erased` of the database finds them by their number.
    personal: ClassVar = Personal("resident", {"sealed": None, "person": None})

    class Meta(ScopedModel.Meta):
        verbose_name = _("arrival")
        constraints = [
            models.CheckConstraint(
                name="arrival_office_is_regency", condition=code_length("office", 5)
            ),
            models.CheckConstraint(
                name="arrival_village_is_village", condition=code_length("village", 13)
            ),
            models.CheckConstraint(
                name="arrival_sealed",
                condition=Q(
                    state="waiting",
                    sealed__isnull=False,
                    person__isnull=False,
                    decided_at__isnull=True,
                )
                | Q(
                    ~Q(state="waiting"),
                    sealed__isnull=True,
                    person__isnull=True,
                    decided_at__isnull=False,
                ),
            ),
            models.UniqueConstraint(
                fields=["office", "from_office", "kind", "person"],
                condition=Q(state="waiting"),
                name="arrival_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["office", "came_at"],
                condition=Q(state="waiting"),
                name="arrival_waiting",
            ),
            # Who is erased is erased in what waits, too.
            models.Index(fields=["person"], condition=Q(state="waiting"), name="arrival_person"),
            models.Index(fields=["source"], condition=Q(state="waiting"), name="arrival_source"),
        ]

    @property
    def said(self) -> dict[str, Any]:
        """What was handed over; empty once somebody decided."""
        if self.sealed is None or self.person is None:
            return {}
        context = _context(self.kind, bytes(self.person))
        return orjson.loads(decrypt(bytes(self.sealed), context=context))
