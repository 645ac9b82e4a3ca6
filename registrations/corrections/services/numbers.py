"""A wrong NIK is replaced: the person and the records stay, nothing is counted twice."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.accounts.validators import reason_given
from dukcapil.core.crypto import encrypt, keyed_hash
from dukcapil.core.db import service
from dukcapil.core.errors import DomainError, Invalid
from dukcapil.regions.models import Region
from registrations.corrections.services.own import hold_person, note_of, recheck
from registrations.ledger.services.activations import activation_of, end_left
from registrations.ledger.services.rewriting import (
    CANNOT_STAND,
    standing,
    take_back,
    write_again,
)
from registrations.people.enums import ChangeKind, ChangeState
from registrations.people.errors import number_erased, resident_exists
from registrations.people.models import CorrectionProposal, Resident
from registrations.people.selectors import erased, nik_doubts
from registrations.people.services.lookups import log_registered, look_up, too_many_misses
from registrations.people.services.proposals import (
    close,
    content,
    drafted,
    given,
    open_proposal,
    own_office,
    seal,
)
from registrations.people.services.residents import judge_held, limit_reveals, masked
from registrations.people.validators import Nik, Remark


def replace_nik(
    *, by: Actor, resident: Resident, nik: Nik, reason: str, version: str = ""
) -> CorrectionProposal:
    """Give a person of the own office the right number. Who may decide does it at once; a clerk's is a
    proposal, which the head accepts or refuses (`deciding`).

    Raises Conflict `resident-exists` with the id when the office holds the number already (then the
    two are merged), `erased`, `already-proposed`.
    """
    require(by, Permission.RESIDENTS_CORRECT)
    own_office(by, resident)
    reason = given(reason)
    held_as = _held_as(by, nik)
    if look_up(by=by, numbers={nik.text: held_as}):
        raise too_many_misses()
    _check_number(resident, nik, held_as)
    return _replace(by=by, resident=resident, nik=nik, reason=reason, version=version)


def _held_as(by: Actor, nik: Nik) -> uuid.UUID | None:
    same = Resident.objects.filter(office_id=by.office, nik_hash=keyed_hash(nik.text))
    return same.values_list("pk", flat=True).first()


def _check_number(resident: Resident, nik: Nik, held_as: uuid.UUID | None) -> None:
    if held_as == resident.pk:
        raise Invalid("same-nik", _("This is the number that the person has."), field="nik")
    if held_as is not None:
        raise resident_exists(str(held_as))
    if erased([nik.text]):
        raise number_erased()


@service
def _replace(
    *, by: Actor, resident: Resident, nik: Nik, reason: str, version: str
) -> CorrectionProposal:
    at_once = by.may(Permission.RESIDENTS_DECIDE)
    # Before the person, as whoever decides about a proposal locks them.
    settled = list(_open_numbers(by, resident)) if at_once else []
    person = hold_person(by, resident)
    recheck(person, version)
    for proposal in settled:
        close(by, proposal, ChangeState.EXPIRED)
    change = drafted(
        by,
        person,
        ChangeKind.NIK,
        old={"nik": person.identity.nik_masked},
        new={"nik": masked(nik)} | ({} if at_once else {"number": nik.text}),
        reason=reason,
        done=at_once,
    )
    change.save(force_insert=True)
    if at_once:
        _carry_out(by, person, nik, change)
    else:
        _log(by, "NIK proposed", change)
    return change


def _open_numbers(by: Actor, resident: Resident) -> QuerySet[CorrectionProposal]:
    """Other numbers that are proposed for the person, locked."""
    proposals = CorrectionProposal.objects.visible_to(by).filter(
        resident=resident, kind=ChangeKind.NIK, state=ChangeState.OPEN
    )
    return proposals.select_for_update(of=("self",))


@service
def accept_nik(*, by: Actor, proposal: CorrectionProposal, version: str = "") -> CorrectionProposal:
    """A step of `deciding.accept`, which has locked the proposal."""
    require(by, Permission.RESIDENTS_DECIDE)
    person = hold_person(by, proposal.resident)
    recheck(person, version)
    nik = Nik(content(proposal)["new"]["number"])
    held_as = _held_as(by, nik)
    # Who proposed the number has looked for it; deciding is no guess.
    log_registered(by=by, held_as=held_as)
    _check_number(person, nik, held_as)
    old = {"nik": person.identity.nik_masked}
    _carry_out(by, person, nik, proposal)
    # The full number stands with the person alone.
    proposal.sealed = seal(proposal.pk, {"old": old, "new": {"nik": masked(nik)}})
    return close(by, proposal, ChangeState.DONE)


def _carry_out(by: Actor, person: Resident, nik: Nik, change: CorrectionProposal) -> None:
    """What was set aside because of the old number is judged anew under the new one. What counts goes
    with the person (`resident_changed` in the database), unless another office's counts for the new
    number: then it is taken back and set aside as any second one.
    """
    note = note_of(change)
    activation = activation_of(person.pk, person.office_id)
    doubtful = bool(nik_doubts(nik))
    records = standing(person)
    anew = [one for one in records if doubtful or one.weight == 0]
    take_back(by, anew, note)
    try:
        _give(person, nik, doubtful=doubtful)
    except DomainError as error:
        if error.code != "recorded-elsewhere":
            raise
        counting = [one for one in records if one.once and one not in anew]
        take_back(by, counting, note)
        anew = [one for one in records if one in anew or one in counting]
        _give(person, nik, doubtful=doubtful)
    write_again(by, anew, note, resident=person, may_end=CANNOT_STAND)
    end_left(by, activation, note)
    _log(by, "NIK replaced", change)


@service
def _give(person: Resident, nik: Nik, *, doubtful: bool) -> None:
    person.nik_hash = keyed_hash(nik.text)
    person.doubtful_number = doubtful
    person.is_example = nik.is_example
    person.save(update_fields=["nik_hash", "doubtful_number", "is_example"])
    person.identity.nik_cipher = encrypt(nik.text, context=str(person.pk))
    person.identity.nik_masked = masked(nik)
    person.identity.save(update_fields=["nik_cipher", "nik_masked"])


def _log(by: Actor, kind: str, change: CorrectionProposal) -> None:
    log_access(
        by=by,
        action=Access.CHANGE,
        kind=kind,
        subject=str(change.resident_id),
        case=str(change.pk),
    )


@service
def reveal_proposed(*, by: Actor, proposal_id: uuid.UUID, reason: str, case: str) -> str:
    """The full number that is proposed, for who decides about it. As `residents.reveal`."""
    require(by, Permission.RESIDENTS_DECIDE)
    require(by, Permission.RESIDENTS_REVEAL)
    reason = reason_given(reason)
    proposal = open_proposal(by, proposal_id)
    own_office(by, proposal.resident)
    limit_reveals(by)
    log_access(
        by=by,
        action=Access.REVEAL,
        kind="resident",
        subject=str(proposal.resident_id),
        reason=reason,
        case=case,
    )
    return str(content(proposal)["new"]["number"])


def remarks_on(proposal: CorrectionProposal) -> list[Remark]:
    """What is to be said of the person as proposed: of what is new alone."""
    new = content(proposal)["new"]
    if proposal.kind == ChangeKind.NIK:
        return judge_held(proposal.resident, nik=Nik(new["number"]))
    values: dict[str, Any] = dict(new)
    if "birth_date" in values:
        values["birth_date"] = parse_date(values["birth_date"])
    if "village" in values:
        values["village"] = Region.objects.filter(pk=values["village"]).first()
    remarks = judge_held(proposal.resident, changes=values)
    return [remark for remark in remarks if remark.field in new]
