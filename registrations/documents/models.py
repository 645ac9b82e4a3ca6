"""Documents that somebody asks for, from the papers handed in to the hand-over; and what an office
counts without a person.

Personal data: the name of who took a document (sealed), and the resident's id.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Personal, Scope, ScopedModel
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.regions.models import Region, code_length
from events.planning.enums import Service
from events.planning.models.event import ServiceEvent
from events.planning.models.requirement import LONGEST_PAPER
from registrations.documents.enums import (
    COUNTED,
    DocumentRefusal,
    DocumentState,
    ForWhom,
    Proof,
    Relation,
)
from registrations.documents.triggers import DOCUMENT_STATE
from registrations.ledger.models import ServiceRecord
from registrations.people.models import Resident
from registrations.people.triggers import of_somebody

_WORKED_ON = ["in_work", "ready", "handed_over"]


class DocumentRequest(ScopedModel):
    """One document for one person who asks. No figure counts it: the ledger's record does, which is
    written with the hand-over.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    #: Who asks; a child or somebody who died may be held by nobody.
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="documents")
    #: Where it was taken in; none at the office.
    event = models.ForeignKey(
        ServiceEvent, models.PROTECT, null=True, blank=True, related_name="documents"
    )
    service = models.CharField(max_length=20, choices=Service.choices)
    for_whom = models.CharField(max_length=8, choices=ForWhom.choices)
    state = models.CharField(
        max_length=11, choices=DocumentState.choices, default=DocumentState.ASKED
    )
    #: As they were asked for on that day, and which of them are not here.
    asked_papers = ArrayField(models.CharField(max_length=LONGEST_PAPER))
    lacks = ArrayField(models.CharField(max_length=LONGEST_PAPER), default=list)
    refused_because = models.CharField(
        max_length=12, choices=DocumentRefusal.choices, blank=True, default=""
    )
    relation = models.CharField(max_length=7, choices=Relation.choices, blank=True, default="")
    proof = models.CharField(max_length=7, choices=Proof.choices, blank=True, default="")
    #: Who took it, where that is somebody else than who asked. Sealed for this row.
    handed_to = models.BinaryField(null=True)
    #: What the ledger counts of it.
    record = models.OneToOneField(
        ServiceRecord, models.PROTECT, null=True, blank=True, related_name="document"
    )
    taken_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(db_default=Now(), editable=False)
    #: The last step, and who took it.
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(db_default=Now())
    ready_at = models.DateTimeField(null=True, blank=True)
    handed_at = models.DateTimeField(null=True, blank=True)

    scope = Scope(village="village_id")
    personal: ClassVar = Personal("resident", {"handed_to": None})

    class Meta(ScopedModel.Meta):
        verbose_name = _("document that is asked for")
        triggers = [clocked("taken_at"), of_somebody(), DOCUMENT_STATE]
        constraints = [
            models.CheckConstraint(
                name="document_service",
                condition=Q(service__in=[str(one) for one in Service.documents()]),
                **says(
                    "document-service",
                    _("Only documents are asked for: others are logged when they are given."),
                    field="service",
                ),
            ),
            models.CheckConstraint(
                name="document_for_whom",
                condition=Q(service="death_certificate", for_whom="deceased")
                | (~Q(service="death_certificate") & ~Q(for_whom="deceased")),
                **says(
                    "for-whom",
                    _("A death certificate, and nothing else, is for somebody who died."),
                    field="for_whom",
                ),
            ),
            models.CheckConstraint(
                name="document_lacks",
                condition=Q(lacks__contained_by=F("asked_papers"))
                & (
                    Q(state="incomplete", lacks__len__gt=0)
                    | Q(state="refused")
                    | Q(state__in=["asked", *_WORKED_ON], lacks__len=0)
                ),
                **says(
                    "papers-missing",
                    _("Papers are missing: it goes into work when all of them are there."),
                    field="papers",
                ),
            ),
            models.CheckConstraint(
                name="document_refused",
                condition=(Q(state="refused") & ~Q(refused_because=""))
                | (~Q(state="refused") & Q(refused_because="")),
                **says("reason", _("Say why it is refused."), field="because"),
            ),
            models.CheckConstraint(
                name="document_handed_over",
                condition=(
                    Q(state="handed_over", record__isnull=False, handed_at__isnull=False)
                    & ~Q(relation="")
                    & ~Q(proof="")
                )
                | (
                    ~Q(state="handed_over")
                    & Q(record__isnull=True, handed_at__isnull=True, relation="", proof="")
                    & Q(handed_to__isnull=True)
                ),
                **says(
                    "handed-over",
                    _("Say who took it, and by what the office knew who that was."),
                    field="relation",
                ),
            ),
            models.UniqueConstraint(
                fields=["resident", "service"],
                condition=Q(state__in=["asked", "incomplete", "in_work", "ready"], for_whom="self"),
                name="document_once",
                **says(
                    "already-asked",
                    _("This person asked for this document already: go on with that."),
                    field="service",
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["office", "state", "taken_at"], name="document_office_state"),
            models.Index(fields=["event", "service"], name="document_event"),
        ]


class OfficeCount(ScopedModel):
    """What an office counted of a day without persons: the newest row says how many. No row: unknown."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    day = models.DateField()
    event = models.ForeignKey(ServiceEvent, models.PROTECT, null=True, blank=True, related_name="+")
    what = models.CharField(max_length=20, choices=COUNTED)
    quantity = models.PositiveIntegerField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    scope = Scope(people=False)

    class Meta(ScopedModel.Meta):
        verbose_name = _("count without persons")
        triggers = [clocked("at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="officecount_office_is_regency", condition=code_length("office", 5)
            ),
            models.CheckConstraint(
                name="officecount_most",
                condition=Q(quantity__lte=100_000),
                **says("quantity", _("So many are not made on one day."), field="quantity"),
            ),
        ]
        indexes = [
            models.Index(fields=["office", "day", "what", "-at"], name="officecount_newest"),
            models.Index(fields=["event", "what", "-at"], name="officecount_event"),
        ]
