"""Steps of every verb here: whose person it is, who waits for whom, and what the form showed."""

from __future__ import annotations

from typing import Any

from dukcapil.accounts.scoping import Actor
from dukcapil.core import versions
from dukcapil.core.errors import NotFound
from registrations.corrections.selectors import LABELS
from registrations.ledger.services.rewriting import hold_ledger
from registrations.people.enums import ChangeKind
from registrations.people.models import CorrectionProposal, Resident
from registrations.people.services.proposals import current, own_office


def hold_person(by: Actor, resident: Resident) -> Resident:
    """Lock a person of the own office, and the office's ledger before. Raises Refused for a person of
    another office, NotFound once it was merged or erased.
    """
    own_office(by, resident)
    hold_ledger(resident.office_id)
    held = (
        Resident.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("identity")
        .filter(pk=resident.pk)
        .first()
    )
    if held is None:
        raise NotFound
    return held


def version_of(resident: Resident) -> str:
    """It changes with what is held of the person."""
    return versions.version_of(_parts(resident))


def recheck(resident: Resident, version: str) -> None:
    """Raise Conflict `changed-meanwhile` when the person was changed since a form showed `version`."""
    versions.require_seen(version or None, _parts(resident), LABELS)


def _parts(resident: Resident) -> dict[str, Any]:
    return {**current(resident), "nik": resident.identity.nik_masked}


def note_of(change: CorrectionProposal) -> str:
    """What the ledger says of why: never the reason itself, which may name the person. Rows of the ledger
    are not blanked when somebody is erased; the reason stands with the change and is.
    """
    return f"{ChangeKind(change.kind).label} ({change.pk})"
