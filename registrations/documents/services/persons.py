"""Steps of a correction: documents follow the person to another row, to another village, or end."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from registrations.documents.enums import DocumentRefusal, DocumentState, ForWhom
from registrations.documents.models import DocumentRequest
from registrations.people.models import Resident


def move_all(by: Actor, gone: Resident, stays: Resident) -> None:
    """Of two open ones of a kind that of `gone` ends as asked twice."""
    both = _open(stays).filter(for_whom=ForWhom.SELF).values_list("service", flat=True)
    _end(by, _open(gone).filter(for_whom=ForWhom.SELF, service__in=list(both)), "twice")
    DocumentRequest.objects.filter(resident=gone).update(
        resident=stays, village_id=stays.village_id
    )


def follow(person: Resident) -> None:
    DocumentRequest.objects.filter(resident=person).update(village_id=person.village_id)


def end_all(by: Actor, person: Resident) -> None:
    """Before erasing: nobody waits for it any more."""
    _end(by, _open(person), DocumentRefusal.GONE)


def _open(person: Resident) -> QuerySet[DocumentRequest]:
    return DocumentRequest.objects.filter(resident=person, state__in=DocumentState.open())


def _end(by: Actor, requests: QuerySet[DocumentRequest], because: str) -> None:
    requests.update(
        state=DocumentState.REFUSED,
        refused_because=because,
        changed_by_id=by.user_id,
        changed_at=timezone.now(),
    )
