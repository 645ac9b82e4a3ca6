"""Accepting or refusing what is proposed for a person's data."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from registrations.corrections.services.correcting import accept_correction
from registrations.corrections.services.numbers import accept_nik
from registrations.ledger.services.rewriting import hold_ledger
from registrations.people.enums import ChangeKind, ChangeState
from registrations.people.models import CorrectionProposal
from registrations.people.services.proposals import close, given, open_proposal, own_office


@service
def accept(
    *, by: Actor, proposal_id: uuid.UUID, confirm: Collection[str] = (), version: str = ""
) -> CorrectionProposal:
    """Carry out a proposal: data by who may correct, another NIK by who may decide. Asks as `correct`."""
    if by.office:
        # Before the proposal: merging holds the ledger, and then waits for proposals.
        hold_ledger(by.office)
    proposal = open_proposal(by, proposal_id)
    if proposal.kind == ChangeKind.NIK:
        return accept_nik(by=by, proposal=proposal, version=version)
    return accept_correction(by=by, proposal=proposal, confirm=confirm, version=version)


@service
def refuse(*, by: Actor, proposal_id: uuid.UUID, because: str) -> CorrectionProposal:
    """Nothing of what was proposed is kept but that it was, and why not."""
    proposal = open_proposal(by, proposal_id)
    is_number = proposal.kind == ChangeKind.NIK
    require(by, Permission.RESIDENTS_DECIDE if is_number else Permission.RESIDENTS_CORRECT)
    own_office(by, proposal.resident)
    because = given(because, field="because")
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="correction refused",
        subject=str(proposal.resident_id),
        case=str(proposal.pk),
    )
    return close(by, proposal, ChangeState.REFUSED, because)
