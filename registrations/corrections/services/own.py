"""Steps of every verb here: whose person it is, who waits for whom, and what the form showed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import check_code
from dukcapil.core.errors import Conflict, NotFound
from registrations.ledger.services.rewriting import hold_ledger
from registrations.people.models import Resident
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
    """A few characters that change with what is held of the person."""
    return check_code(f"{current(resident)} {bytes(resident.nik_hash).hex()}")


def recheck(resident: Resident, version: str) -> None:
    """Raise Conflict when the person was changed since the form showed `version`."""
    if version and version != version_of(resident):
        raise Conflict(
            "changed-meanwhile",
            _("Somebody changed this person's data meanwhile. Look at it again."),
        )
