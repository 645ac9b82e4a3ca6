"""Erasing what is held of a person, on a written request or because nobody should have been held."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, scoped_models
from dukcapil.accounts.services import log_access, require
from dukcapil.core.crypto import decrypt, tombstone
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid
from registrations.booking.services import persons as visits
from registrations.corrections.services.own import hold_person
from registrations.people.enums import ChangeState
from registrations.people.models import CorrectionProposal, Resident
from registrations.people.services.proposals import given
from registrations.requests.services import persons as requests


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
    person = hold_person(by, resident)
    visits.end_all(by, person)
    requests.end_all(by, person)
    CorrectionProposal.objects.filter(resident=person, state=ChangeState.OPEN).update(
        state=ChangeState.EXPIRED, decided_at=timezone.now()
    )
    nik = decrypt(bytes(person.identity.nik_cipher), context=str(person.pk))
    merged = list(Resident.everything.filter(office=person.office_id, merged_into=person.pk))
    for model in scoped_models():
        if (personal := model.personal) is not None:
            path = f"{personal.person}__in"
            keys = [one.pk for one in (person, *merged)]
            model.everything.filter(**{path: keys}).update(**personal.blank)
    # Last: the database blanks the history, and takes away lists that may name the person.
    now = timezone.now()
    Resident.everything.filter(pk__in=[one.pk for one in merged]).update(erased_at=now)
    Resident.everything.filter(pk=person.pk).update(erased_at=now, nik_hash=tombstone(nik))
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="person erased",
        subject=str(person.pk),
        reason=reason,
        case=case,
    )
