"""Who lies there: a burial is compared with the people of its office, and what follows is proposed.

Nobody is taken for dead by a name alone, nor by a number whose holder has another name: then somebody
decides. Whoever was recorded and is dead changes no figure; who is missing is proposed as deceased.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.crypto import keyed_hash
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, TooMany
from dukcapil.core.versions import require_seen, version_of
from registrations.burials.enums import RECORDED_LATELY, BurialState, Doubt
from registrations.burials.models import Burial
from registrations.burials.selectors.burials import not_compared
from registrations.burials.services.recording import hold_burial
from registrations.findings.enums import EvidenceKind
from registrations.findings.services import persons as findings
from registrations.findings.services.findings import Evidence, propose
from registrations.people.enums import FindingOutcome
from registrations.people.models import Resident
from registrations.people.services.lookups import (
    guessed_in_list,
    look_up_list,
    recorded_elsewhere,
    too_many_misses,
)
from registrations.people.validators import name_key
from registrations.voters.services.spelling import folded, ordered, words_within

#: People who may be the dead, on a page.
MOST = 20
#: From which likeness on a number's holder has the same name.
_SAME_NAME = 90.0
#: Burials that one click compares.
AT_ONCE = 50


@dataclass(frozen=True)
class _Found:
    """Who may lie there. Without a doubt it is one person."""

    people: list[Resident]
    doubt: str = ""


@service
def match_burial(
    *,
    by: Actor,
    burial_id: uuid.UUID,
    resident: uuid.UUID | None = None,
    nobody: bool = False,
    version: str | None = None,
) -> Burial:
    """Compare a burial with the people of the office; or say who it is (`resident`, one of those who may
    be), or that it is nobody of them. Of who was never recorded `deceased` is proposed, for a second
    person to decide about. Saying something else later takes that back; comparing again never does.
    `version` is what was shown (`match_version`).

    Raises Conflict `handed-over` where another office compares, `changed-meanwhile`.
    """
    burial = hold_burial(by, burial_id, Permission.BURIALS_MATCH)
    require_seen(version, _decided(burial), {})
    if burial.state == BurialState.HANDED_OVER:
        raise Conflict("handed-over", _("The office of the home village compares this burial."))
    if nobody:
        return _settled(by, burial, None, "")
    if resident is None and burial.state == BurialState.MATCHED:
        return burial
    found = _look(by, burial)
    if resident is not None:
        chosen = next((one for one in found.people if one.pk == resident), None)
        if chosen is None:
            raise Invalid("resident", _("Choose one of these people."), field="resident")
        return _settled(by, burial, chosen, "")
    one = found.people[0] if found.people and not found.doubt else None
    return _settled(by, burial, one, found.doubt)


def _decided(burial: Burial) -> dict[str, str]:
    return {"who": f"{burial.state} {burial.doubt} {burial.resident_id or ''}"}


def match_version(burial: Burial) -> str:
    """It changes with who is said to lie there."""
    return version_of(_decided(burial))


@service
def match_waiting(*, by: Actor) -> dict[str, int]:
    """Compare what nobody has compared yet; state -> how many. At most `AT_ONCE`."""
    require(by, Permission.BURIALS_MATCH)
    counts: dict[str, int] = {}
    for key in list(not_compared(by).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        try:
            state = match_burial(by=by, burial_id=key).state
        except (TooMany, Conflict, Invalid):  # of this one nothing can be said now
            continue
        counts[state] = counts.get(state, 0) + 1
    return counts


def may_be(by: Actor, burial: Burial) -> list[uuid.UUID]:
    """Whom somebody chooses from; who shows them logs it."""
    return [one.pk for one in _candidates(by, burial).people]


# --- whom it may mean -----------------------------------------------------------------------------


def _held(by: Actor) -> QuerySet[Resident, Any]:
    held = Resident.objects.visible_to(by).filter(office_id=by.office)
    return held.select_related("identity").order_by("pk")


def _look(by: Actor, burial: Burial) -> _Found:
    """As `_candidates`, and whether anything speaks against the one who was found. Logged."""
    found = _candidates(by, burial)
    if number := burial.told.get("nik"):
        by_number = [one for one in found.people if _by_number(burial, one)]
        look_up_list(by=by, found=[one.pk for one in by_number], missed=int(not by_number))
        if guessed_in_list(by=by, numbers={number: bool(by_number)}):
            raise too_many_misses()
    if found.doubt or not found.people:
        return found
    (person,) = found.people
    return _Found(found.people, _against(by, burial, person))


def _by_number(burial: Burial, person: Resident) -> bool:
    return burial.nik_hash is not None and bytes(person.nik_hash) == bytes(burial.nik_hash)


def _candidates(by: Actor, burial: Burial) -> _Found:
    told, born = burial.told, burial.born
    held = _held(by)
    if number := told.get("nik"):
        person = held.filter(nik_hash=keyed_hash(number)).first()
        if person is not None:
            same = _same_name(person.identity.name_key, told["name"])
            return _Found([person], "" if same else Doubt.OTHER_NAME)
    named = held.filter(identity__name_key=name_key(told["name"]))
    if born is not None:
        people = list(named.filter(birth_date=born)[:MOST])
        if people and number:
            return _Found(people, Doubt.OTHER_NUMBER)
        if people:
            return _Found(people, Doubt.SEVERAL if len(people) > 1 else "")
        # Somebody of this name is many a person: only in the village is it worth a question.
        named = named.filter(village_id=burial.home_village_id)
    people = list(named[:MOST])
    return _Found(people, Doubt.NAME_ONLY if people else "")


def _same_name(held: str, told: str) -> bool:
    one, other = folded(held), folded(name_key(told))
    return ordered(one) == ordered(other) or words_within(one, other) >= _SAME_NAME


def _against(by: Actor, burial: Burial, person: Resident) -> str:
    born, sex = burial.born, burial.told.get("sex")
    differs = born is not None and born != person.birth_date
    if differs or (sex and sex != person.sex) or person.birth_date > burial.died_on:
        return Doubt.OTHER_DATA
    others = Burial.everything.filter(resident=person, state=BurialState.MATCHED)
    if others.exclude(pk=burial.pk).exists():
        return Doubt.BURIED
    recorded = recorded_elsewhere(by=by, people=[person.pk]).get(person.pk)
    if recorded is not None and recorded > burial.died_on - RECORDED_LATELY:
        return Doubt.RECORDED
    return ""


# --- what follows ---------------------------------------------------------------------------------


def _settled(by: Actor, burial: Burial, person: Resident | None, doubt: str) -> Burial:
    if person is not None and (burial.state, burial.resident_id) == (
        BurialState.MATCHED,
        person.pk,
    ):
        return burial
    if burial.finding_id is not None:
        findings.withdraw(by, burial.finding_id)
    burial.resident, burial.finding, burial.doubt = person, None, doubt
    if person is not None:
        burial.state = BurialState.MATCHED
    else:
        burial.state = BurialState.ASKED if doubt else BurialState.NOT_FOUND
    burial.matched_by_id, burial.matched_at = by.user_id, timezone.now()
    burial.save()
    if person is not None:
        burial.finding_id = _proposed(by, burial, person)
        burial.save(update_fields=["finding"])
    log_access(
        by=by,
        action=Access.CHANGE,
        kind=f"burial {burial.state}",
        subject=str(person.pk) if person else "",
        case=str(burial.pk),
    )
    return burial


#: Something stands about the person already, or nothing is to be found out: nobody is asked twice.
_SAID = {"already-recorded", "already-found", "already-explained"}


def _proposed(by: Actor, burial: Burial, person: Resident) -> uuid.UUID | None:
    """The register is the paper of a death: its line, village and day."""
    paper = Evidence(
        EvidenceKind.BURIAL,
        burial.line,
        f"Buku Pokok Pemakaman {burial.village.name}",
        burial.buried_on,
    )
    try:
        found = propose(by=by, resident=person, outcome=FindingOutcome.DECEASED, evidence=paper)
    except Conflict as error:
        if error.code not in _SAID:
            raise
        return None
    return found.pk
