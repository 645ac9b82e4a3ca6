"""Activations of IKD of the demonstration that stopped at a step, and one of somebody of another office."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.crypto import decrypt
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from events.planning.enums import Service
from events.planning.models.session import ServiceSession
from registrations.ledger.enums import Failure, IkdStep, Outcome, RowKind
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.entries import Entry
from registrations.ledger.services.ledger import DeskNote, log_service
from registrations.people.models import Resident
from registrations.people.services.residents import register
from registrations.people.validators import Nik
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
            running = ServiceSession.objects.filter(
                event__office=by.office,
                starts_at__lte=timezone.now(),
                ends_at__gte=timezone.now(),
                event__state="approved",
            )
            session = running.order_by("starts_at", "pk").first()
            if session is None:
                continue  # an hour at which nobody works
            moment = max(session.starts_at, timezone.now() - timedelta(minutes=1))
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
            _guest(by, session, moment)


def _guest(by: Actor, session: ServiceSession, moment: datetime) -> None:
    """Recorded at home, and active here: no part of the target of this office."""
    tried = ServiceRecord.objects.filter(service=Service.IKD_ACTIVATION).values("resident")
    recorded = Resident.objects.exclude(office=by.office).filter(
        records__service=Service.RECORDING,
        records__outcome=Outcome.DONE,
        records__weight=1,
        doubtful_number=False,
    )
    at_home = recorded.exclude(pk__in=tried).exclude(records__row_kind=RowKind.VOID)
    person = at_home.select_related("identity", "village").order_by("pk")[0]
    here = register(
        by=by,
        nik=Nik(decrypt(bytes(person.identity.nik_cipher), context=str(person.pk))),
        name=person.identity.name,
        birth_date=person.birth_date,
        sex=person.sex,
        marital_status=person.marital_status,
        village=person.village,
    )
    entry = Entry(
        id=uuid7(),
        service=Service.IKD_ACTIVATION,
        outcome=Outcome.DONE,
        resident=here.pk,
        session=session.pk,
        occurred_at=moment,
    )
    log_service(by=by, entry=entry)
