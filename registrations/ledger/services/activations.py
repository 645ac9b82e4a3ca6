"""An IKD activation stands on a recording: whoever is recorded no more keeps none.

Steps of whatever ends a recording (a void, a call to come again, another number), after it has ended. None
asks for a right.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor, of_office, scoped
from dukcapil.core.db import rows
from dukcapil.core.errors import Asks
from registrations.ledger.enums import RowKind
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.ledger import decision, insert

#: What is confirmed before an activation goes along with its recording.
GOES_ALONG = "ikd-activation"


def activation_of(resident: uuid.UUID, office: str) -> ServiceRecord | None:
    """The activation that counts for a person whom this office holds, in whichever ledger of the nation.

    A rule of the house: whoever ends a recording sees by it no row of another office.
    """
    return _found(resident, office, left=False)


def activation_left(resident: uuid.UUID, office: str) -> ServiceRecord | None:
    """The same, where no recording of the person is known any more."""
    return _found(resident, office, left=True)


def _found(resident: uuid.UUID, office: str, *, left: bool) -> ServiceRecord | None:
    with scoped(of_office(office)):
        found = rows("SELECT record_id, office_id, recorded FROM activation_of(%s)", [resident])
    if not found or (left and found[0][2]):
        return None
    record, chain, _recorded = found[0]
    with scoped(of_office(chain)):
        return ServiceRecord.everything.get(pk=record)


def ask_along(activation: ServiceRecord, office: str, confirm: Collection[str]) -> None:
    """Raises Asks until it is confirmed. Of another office's activation nothing is told but that it counts."""
    if GOES_ALONG in confirm:
        return
    text = _(
        "An IKD activation of this person counts, and only somebody who is recorded may have one:"
        " it is voided together with the recording."
    )
    if activation.office_id == office:
        text = _(
            "The IKD activation of %(day)s (no. %(number)s) counts for this person, and only somebody"
            " who is recorded may have one: it is voided together with the recording."
        )
        text %= {
            "day": date_format(activation.service_date, "j F Y"),
            "number": activation.seq,
        }
    raise Asks(GOES_ALONG, message=text)


def take_along(by: Actor, activation: ServiceRecord, why: str) -> ServiceRecord:
    """The row that voids it, in its own ledger."""
    note = _("With the recording: %(why)s") % {"why": why}
    with scoped(of_office(activation.office_id)):
        return insert(1, decision(by, activation, RowKind.VOID, note[:300]))[0]


def end_left(by: Actor, activation: ServiceRecord | None, why: str) -> None:
    """Once a person has another number: what another office activated under the old one, whose only
    recording went along. `activation`: `activation_of` the person from before.
    """
    if activation is None:
        return
    left = activation_left(activation.resident_id, activation.office_id)
    if left is not None:
        take_along(by, left, why)
