"""Activations of IKD of the demonstration that stopped at a step, and one of somebody of another office."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.crypto import decrypt
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from events.planning.enums import Service
from events.planning.models.session import ServiceSession
from registrations.ledger.enums import Failure, IkdStep, Outcome
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.entries import Entry
from registrations.ledger.services.ledger import DeskNote, log_service
from registrations.people.models import Resident
from reports.demo.accounts import actor
from reports.demo.life import OFFICES

#: Reason, and the step at which it stopped.
_STOPPED = (
    (Failure.NO_EMAIL, IkdStep.ACCOUNT),
    (Failure.FACE_MISMATCH, IkdStep.FACE),
    (Failure.FACE_MISMATCH, IkdStep.FACE),
    (Failure.UNSUPPORTED_OS, IkdStep.INSTALL),
    (Failure.FORGOT_PASSWORD, IkdStep.CODE),
)


def make_stops() -> None:
    """At the event of today of each office."""
    for operator, _head in OFFICES:
        with scoped(EVERYBODY):
            by = actor(operator)
            session = ServiceSession.objects.filter(
                event__office=by.office,
                starts_at__lte=timezone.now(),
                ends_at__gte=timezone.now(),
                event__state="approved",
            ).order_by("starts_at", "pk")[0]
            moment = timezone.now() - timedelta(minutes=1)
            tried = ServiceRecord.objects.filter(service=Service.IKD_ACTIVATION).values("resident")
            known = Resident.objects.exclude(known_recorded_on=None).exclude(pk__in=tried)
            own = known.filter(office=by.office).order_by("-pk")
            for person, (reason, step) in zip(own, _STOPPED, strict=False):
                entry = Entry(
                    id=uuid7(),
                    service=Service.IKD_ACTIVATION,
                    outcome=Outcome.FAILED,
                    reason=reason,
                    resident=person.pk,
                    session=session.pk,
                    occurred_at=moment,
                )
                log_service(by=by, entry=entry, desk_note=DeskNote(step=step))
            guest = known.exclude(office=by.office).select_related("identity").order_by("-pk")[9]
            nik = decrypt(bytes(guest.identity.nik_cipher), context=str(guest.pk))
            entry = Entry(
                id=uuid7(),
                service=Service.IKD_ACTIVATION,
                outcome=Outcome.DONE,
                nik=nik,
                session=session.pk,
                occurred_at=moment,
            )
            log_service(by=by, entry=entry)
