"""What is proposed for a person's data, and what became of it. Nothing of the person changes here:
`registrations.corrections` carries out what somebody accepts.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import orjson
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.services import log_access, require
from dukcapil.accounts.validators import refuse_number
from dukcapil.core.crypto import decrypt, encrypt
from dukcapil.core.db import EVERYBODY, service
from dukcapil.core.errors import Conflict, Invalid, NotFound, Refused
from dukcapil.regions.models import Region
from registrations.people.enums import ChangeKind, ChangeSource, ChangeState
from registrations.people.models import CorrectionProposal, Resident
from registrations.people.validators import name_key

#: What can be corrected of a person. A NIK has a verb of its own.
FIELDS = ("name", "birth_date", "sex", "marital_status", "village", "address", "rt", "rw")
_OF_IDENTITY = {"name", "address", "rt", "rw"}
#: An open proposal that nobody decides about is forgotten after so long.
OPEN_FOR = timedelta(days=90)


def current(resident: Resident) -> dict[str, str]:
    """What stands now, as text: a date as YYYY-MM-DD, a village as its code."""
    return {
        field: _plain(
            resident.village_id
            if field == "village"
            else getattr(resident.identity if field in _OF_IDENTITY else resident, field)
        )
        for field in FIELDS
    }


def differing(resident: Resident, changes: Mapping[str, Any]) -> dict[str, str]:
    """Those of the changes that differ from what stands now, as text. Raises Invalid for a name
    without letters and for what cannot be corrected.
    """
    if unknown := sorted(set(changes) - set(FIELDS)):
        raise Invalid("field", _("This cannot be corrected."), field=unknown[0])
    now = current(resident)
    new = {field: _plain(value) for field, value in changes.items() if value is not None}
    if "name" in new and not name_key(new["name"]):
        raise Invalid("name", _("A name has at least one letter."), field="name")
    return {field: text for field, text in new.items() if text != now[field]}


def _plain(value: Any) -> str:
    if isinstance(value, Region):
        return str(value.pk)
    if isinstance(value, date):
        return value.isoformat()
    return " ".join(str(value).split())


def propose_correction(
    *,
    by: Actor,
    resident: Resident,
    changes: Mapping[str, Any],
    reason: str,
    source: str = ChangeSource.DESK,
) -> CorrectionProposal | None:
    """Propose other data for a person of the own office; None when nothing differs. The same proposal
    again is the first one. `changes`: values as `register` takes them, by the names in FIELDS.
    """
    made = propose_corrections(by=by, changes=[(resident, changes)], reason=reason, source=source)
    return made[0].proposal if made else None


@dataclass(frozen=True)
class Proposed:
    """`fresh`: made now. Else it was open already, and is whose it was."""

    proposal: CorrectionProposal
    fresh: bool


@service
def propose_corrections(
    *,
    by: Actor,
    changes: Iterable[tuple[Resident, Mapping[str, Any]]],
    reason: str,
    source: str,
) -> list[Proposed]:
    """The same for the rows of a list (`select_related("identity")`); those that differ in nothing
    are left out.
    """
    require(by, Permission.RESIDENTS_CORRECT)
    reason = given(reason)
    differences = []
    for resident, wanted in changes:
        own_office(by, resident)
        if new := differing(resident, wanted):
            differences.append((resident, new))
    open_ones = {
        (proposal.resident_id, _content(proposal)): proposal
        for proposal in CorrectionProposal.objects.visible_to(by).filter(
            resident__in=[resident for resident, _new in differences],
            state=ChangeState.OPEN,
            kind=ChangeKind.CORRECT,
        )
    }
    proposals, fresh = [], []
    for resident, new in differences:
        proposal = open_ones.get((resident.pk, orjson.dumps(new, option=orjson.OPT_SORT_KEYS)))
        if proposal is None:
            now = current(resident)
            old = {field: now[field] for field in new}
            proposal = drafted(
                by, resident, ChangeKind.CORRECT, old=old, new=new, reason=reason, source=source
            )
            fresh.append(proposal)
            proposals.append(Proposed(proposal, fresh=True))
        else:
            proposals.append(Proposed(proposal, fresh=False))
    CorrectionProposal.objects.bulk_create(fresh, batch_size=500)
    if fresh:
        only = str(fresh[0].resident_id) if len(fresh) == 1 else ""
        log_access(
            by=by,
            action=Access.CHANGE,
            kind="correction proposed",
            subject=only,
            found=len(fresh),
        )
    return proposals


def _content(proposal: CorrectionProposal) -> bytes:
    return orjson.dumps(content(proposal)["new"], option=orjson.OPT_SORT_KEYS)


def drafted(
    by: Actor,
    resident: Resident,
    kind: ChangeKind,
    *,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    reason: str,
    source: str = ChangeSource.DESK,
    done: bool = False,
) -> CorrectionProposal:
    """A step: a row that is not saved yet; `done` when the same verb carries it out."""
    proposal = CorrectionProposal(
        resident=resident,
        office_id=resident.office_id,
        village_id=resident.village_id,
        kind=kind,
        source=source,
        reason=reason,
        proposed_by_id=by.user_id,
    )
    proposal.sealed = seal(proposal.pk, {"old": dict(old), "new": dict(new)})
    if done:
        proposal.state = ChangeState.DONE
        proposal.decided_by_id = by.user_id
        proposal.decided_at = timezone.now()
    return proposal


def seal(proposal_id: uuid.UUID, content: Mapping[str, Any]) -> bytes:
    return encrypt(orjson.dumps(content).decode(), context=f"change {proposal_id}")


def content(proposal: CorrectionProposal) -> dict[str, dict[str, Any]]:
    """`old` and `new` of a proposal; both empty once it is blank."""
    if proposal.sealed is None:
        return {"old": {}, "new": {}}
    text = decrypt(bytes(proposal.sealed), context=f"change {proposal.pk}")
    return dict(orjson.loads(text))


def given(reason: str, *, field: str = "reason") -> str:
    """A reason, spaces tidied. Raises Invalid without one, and for the number of somebody in it."""
    tidy = " ".join(reason.split())
    refuse_number(tidy, field=field)
    if not tidy:
        raise Invalid("reason", _("Give a reason."), field=field)
    return tidy[:300]


def own_office(by: Actor, resident: Resident) -> None:
    """Raise Refused for a person of another office: a lent clerk serves them and changes nothing."""
    if by.office is None or by.office != resident.office_id:
        raise Refused("forbidden", _("This person is held by another office."))


def open_proposal(by: Actor, proposal_id: uuid.UUID) -> CorrectionProposal:
    """A step: lock it for a decision. Raises NotFound, Conflict when it is decided."""
    proposal = (
        CorrectionProposal.objects.visible_to(by)
        .select_for_update(of=("self",))
        .filter(pk=proposal_id)
        .first()
    )
    if proposal is None:
        raise NotFound
    if proposal.state != ChangeState.OPEN:
        raise Conflict("already-decided", _("Somebody decided about this already."))
    return proposal


def close(
    by: Actor | None, proposal: CorrectionProposal, state: ChangeState, because: str = ""
) -> CorrectionProposal:
    """A step: the proposal is decided. What was refused is not kept."""
    proposal.state = state
    proposal.decided_by_id = by.user_id if by else None
    proposal.decided_at = timezone.now()
    proposal.decided_because = because
    if state != ChangeState.DONE:
        proposal.sealed = None
    proposal.save()
    return proposal


@service
def withdraw_proposal(*, by: Actor, proposal_id: uuid.UUID) -> CorrectionProposal:
    """Whoever proposed it takes it back while it is open; that it was stays in the history."""
    require(by, Permission.RESIDENTS_CORRECT)
    proposal = open_proposal(by, proposal_id)
    own_office(by, proposal.resident)
    if proposal.proposed_by_id != by.user_id:
        raise Refused("forbidden", _("Only who proposed it may withdraw it."))
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="correction withdrawn",
        subject=str(proposal.resident_id),
        case=str(proposal.pk),
    )
    return close(by, proposal, ChangeState.REFUSED, str(_("Withdrawn by who proposed it.")))


@service
def forget_proposals(*, kept: timedelta = OPEN_FOR) -> int:
    """Blank open proposals that nobody decided about for so long; returns how many. A job's."""
    with scoped(EVERYBODY):
        old = CorrectionProposal.objects.filter(
            state=ChangeState.OPEN, proposed_at__lt=timezone.now() - kept
        )
        return old.update(state=ChangeState.EXPIRED, decided_at=timezone.now(), sealed=None)
