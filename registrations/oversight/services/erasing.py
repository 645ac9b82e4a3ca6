"""Erasing what is held of a person, on a written request or because nobody should have been held."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, scoped_models
from dukcapil.accounts.services import forget_answers_that_name, log_access, require
from dukcapil.accounts.validators import refuse_number
from dukcapil.core.crypto import decrypt, keyed_hash, tombstone
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid
from events.resources.models import Assignment
from registrations.booking.services import persons as visits
from registrations.booking.services.drafts import take_back_drafts
from registrations.burials.services import persons as burials
from registrations.cards.services import persons as cards
from registrations.corrections.services.own import hold_person
from registrations.documents.services import persons as documents
from registrations.findings.services import persons as findings
from registrations.people.enums import ChangeState
from registrations.people.models import CorrectionProposal, Resident
from registrations.people.services.proposals import given
from registrations.people.validators import name_key
from registrations.requests.services import persons as requests
from registrations.roll.models import RollImport
from registrations.roll.services.erasing import blank_person, hold_imports
from registrations.rosters.services import persons as rosters
from registrations.voters.services.erasing import blank_voter, hold_lists


@service
def erase_person(*, by: Actor, resident: Resident, reason: str, case: str) -> None:
    """Blank every column that is declared personal (`ScopedModel.personal`), and leave a tombstone that
    refuses the number at every door. Ids, the ledger and every count stay.

    Open visits and requests end first. `case`: the number of the written request. Reason and case
    stand in the access log alone, which is never blanked: without the person's name.
    """
    require(by, Permission.RESIDENTS_ERASE)
    reason, case = given(reason), " ".join(case.split())[:100]
    if not case:
        raise Invalid("case", _("Name the written request that this is for."), field="case")
    refuse_number(case, field="case")
    # Before the person: who works on a list has it before the people in it.
    take_back_drafts(by, resident.office_id)
    imports = hold_imports(by, resident.office_id)
    voters = hold_lists(by, resident.office_id)
    person = hold_person(by, resident)
    _require_nameless(person, {"reason": reason, "case": case})
    # First what is asked for: a visit that is being planned puts the person on its list.
    requests.end_all(by, person)
    visits.end_all(by, person)
    findings.end_all(by, person)
    documents.end_all(by, person)
    CorrectionProposal.objects.filter(resident=person, state=ChangeState.OPEN).update(
        state=ChangeState.EXPIRED, decided_at=timezone.now()
    )
    nik = decrypt(bytes(person.identity.nik_cipher), context=str(person.pk))
    keys = _rows_of(person)
    _forget_in_lists(by, person, keys, nik, imports)
    cards.forget(person.office_id, keys)
    blank_voter(voters, keys, nik)
    for model in scoped_models():
        if (personal := model.personal) is not None:
            path = f"{personal.person}__in"
            model.everything.filter(**{path: keys}).update(**personal.blank)
            if "nik_hash" in personal.blank:
                # Rows of lists under this number that were never found to be anybody.
                named = {"office": person.office_id, "nik_hash": keyed_hash(nik)}
                model.everything.filter(**named).update(**personal.blank)
    # Last: the database blanks the history, and takes away lists that may name the person.
    now = timezone.now()
    Resident.everything.filter(pk__in=keys[1:]).update(erased_at=now)
    Resident.everything.filter(pk=person.pk).update(erased_at=now, nik_hash=tombstone(nik))
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="person erased",
        subject=str(person.pk),
        reason=reason,
        case=case,
    )


def _require_nameless(person: Resident, texts: dict[str, str]) -> None:
    """What stays in the log for good does not name who is erased."""
    name = f" {person.identity.name_key} "
    for field, text in texts.items():
        if name in f" {name_key(text)} ":
            raise Invalid(
                "names-person",
                _("This stays in the log: write it without the person's name."),
                field=field,
            )


def _rows_of(person: Resident) -> list[uuid.UUID]:
    """The person, and all rows that were merged into it, one after another."""
    keys = [person.pk]
    for key in keys:  # it grows
        merged = Resident.everything.filter(office=person.office_id, merged_into=key)
        keys.extend(merged.values_list("pk", flat=True))
    return keys


def _forget_in_lists(
    by: Actor,
    person: Resident,
    keys: list[uuid.UUID],
    nik: str,
    imports: QuerySet[RollImport],
) -> None:
    blank_person(imports, keys, nik)
    lent = Assignment.objects.filter(
        event__office_id=person.office_id, loan__isnull=False, clerk__isnull=False
    )
    identity = person.identity
    rosters.forget(person.office_id, nik=nik, name=identity.name, born=person.birth_date)
    burials.forget(by, person.office_id, name=identity.name, born=person.birth_date)
    forget_answers_that_name(
        [*(str(key) for key in keys), nik, identity.nik_masked, f'"{identity.name}"'],
        office=person.office_id,
        lent=set(lent.values_list("clerk_id", flat=True)),
    )
