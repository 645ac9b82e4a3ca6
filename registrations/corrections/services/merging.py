"""Two rows of one person become one."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.crypto import keyed_hash
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid
from registrations.booking.services import persons as visits
from registrations.cards.services import persons as cards
from registrations.corrections.services.own import hold_person, note_of
from registrations.documents.services import persons as documents
from registrations.findings.services import persons as findings
from registrations.ledger.services.activations import activation_of, end_left
from registrations.ledger.services.rewriting import (
    SERVED_ALREADY,
    standing,
    take_back,
    write_again,
)
from registrations.papers.services import persons as papers
from registrations.people.enums import ChangeKind, ChangeState
from registrations.people.models import (
    CorrectionProposal,
    RecordingReopened,
    Resident,
    ResidentIdentity,
)
from registrations.people.selectors import called_again_since
from registrations.people.services.proposals import close, current, drafted, given
from registrations.requests.services import persons as requests


@service
def merge(*, by: Actor, resident: Resident, into: Resident, reason: str) -> Resident:
    """Everything of `resident` goes to `into`, a person of the same office; `resident` is found by
    nobody any more, and its number is free. Returns `into`.

    Records are voided and recorded anew for `into`, as they were; what both have and counts once
    for a person stays void. Raises Conflict `merge-other-way` when the doubtful number would stay.
    """
    require(by, Permission.RESIDENTS_DECIDE)
    reason = given(reason)
    if resident.pk == into.pk:
        raise Invalid("same-person", _("Choose another row of this person."), field="into")
    first, second = sorted((resident, into), key=lambda person: person.pk)
    held = {person.pk: hold_person(by, person) for person in (first, second)}
    gone, stays = held[resident.pk], held[into.pk]
    if stays.doubtful_number and not gone.doubtful_number:
        raise Conflict(
            "merge-other-way",
            _("The number of the row that stays is doubtful. Merge the other way round."),
            field="into",
        )
    old = current(gone) | {"nik": gone.identity.nik_masked, "id": str(gone.pk)}
    change = drafted(by, stays, ChangeKind.MERGE, old=old, new={}, reason=reason, done=True)
    change.save(force_insert=True)
    activation = activation_of(gone.pk, gone.office_id)
    _move_records(by, gone, stays, note_of(change))
    visits.hand_over(by, gone, stays)
    requests.hand_over(by, gone, stays)
    documents.move_all(by, gone, stays)
    findings.hand_over(by, gone, stays)
    cards.hand_over(gone, stays)
    _move_changes(by, gone, stays)
    RecordingReopened.objects.filter(resident=gone).update(resident=stays)
    _leave(gone, stays)
    end_left(by, activation, note_of(change))
    for person in (gone, stays):
        log_access(
            by=by,
            action=Access.CHANGE,
            kind="residents merged",
            subject=str(person.pk),
            case=str(change.pk),
        )
    return stays


def _move_records(by: Actor, gone: Resident, stays: Resident, note: str) -> None:
    # What was set aside counts nowhere: the ledger judges anew what the other row brings.
    both = {one.record.service for one in standing(stays) if one.once and one.weight}
    records = standing(gone)
    take_back(by, records, note)
    known = gone.known_recorded_on
    called = called_again_since(stays.pk, known) if known else None
    if known and not called and not stays.known_recorded_on and "recording" not in both:
        stays.known_recorded_on = gone.known_recorded_on
        stays.save(update_fields=["known_recorded_on"])
    follow = [one for one in records if not (one.once and one.record.service in both)]
    write_again(by, follow, note, resident=stays, may_end=SERVED_ALREADY)
    papers.exchange_one(stays)


def _move_changes(by: Actor, gone: Resident, stays: Resident) -> None:
    changes = CorrectionProposal.objects.filter(resident=gone)
    for proposal in changes.filter(state=ChangeState.OPEN).select_for_update(of=("self",)):
        close(by, proposal, ChangeState.EXPIRED)
    changes.update(resident=stays, village_id=stays.village_id)


def _leave(gone: Resident, stays: Resident) -> None:
    """Nothing of the person is kept twice. The number may be somebody else's, who comes one day."""
    ResidentIdentity.objects.filter(pk=gone.pk).update(**ResidentIdentity.personal.blank)
    gone.merged_into = stays.pk
    gone.nik_hash = keyed_hash(f"merged {gone.pk}")
    gone.doubtful_number = False
    gone.known_recorded_on = None  # `stays` has it: a list counts one person once
    for field, blank in Resident.personal.blank.items():
        setattr(gone, field, blank)
    gone.save()
