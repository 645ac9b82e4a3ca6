"""Correcting what is held of a person, and what that moves in the figures."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Asks, Invalid, all_asked
from dukcapil.regions.enums import today_in
from dukcapil.regions.models import Region
from events.elections.selectors import previous_election
from events.planning.enums import Service
from registrations.corrections.services.own import hold_person, note_of, recheck
from registrations.documents.services import persons as documents
from registrations.ledger.services.rewriting import Standing, standing, take_back, write_again
from registrations.ledger.validators import unfit
from registrations.papers.services import persons as papers
from registrations.people.enums import Category, ChangeKind, ChangeState, MaritalStatus
from registrations.people.models import CorrectionProposal, Resident
from registrations.people.selectors import print_days, recorded_by_status
from registrations.people.services.checks import LOOK_ALIKE, asks_look_alike, namesakes, refuse
from registrations.people.services.lookups import log_look_alikes, recorded_elsewhere
from registrations.people.services.proposals import (
    close,
    content,
    current,
    differing,
    drafted,
    given,
    seal,
)
from registrations.people.services.residents import judge_held
from registrations.people.validators import (
    Person,
    category_of,
    due_from,
    name_key,
    recordable_from,
)
from registrations.requests.services import persons as requests

MOVES_FIGURES = "moves-figures"
#: Sentences of one answer: a person has few records, and a long list tells less than its number.
_MOST_TOLD = 12


@dataclass(frozen=True)
class Effect:
    """What becomes of one record: it is taken back and written again."""

    standing: Standing
    category: str
    domicile: str
    #: From when on coverage counts it; None: from the day of the service.
    counts_from: date | None = None

    #: It counts now, and the ledger will set it aside: the rule allows it no more.
    ends: bool = False

    def __str__(self) -> str:
        record = self.standing.record
        words = {
            "service": Service(record.service).label,
            "day": date_format(record.service_date, "j F Y"),
            "old": Category(record.category).label,
            "new": Category(self.category).label,
            "from": record.domicile_id,
            "to": self.domicile,
            "counts": date_format(self.counts_from or record.service_date, "j F Y"),
        }
        if self.ends:
            return _("1 %(service)s of %(day)s no longer counts until the head accepts it.") % words
        told = []
        if self.category != record.category and self.domicile != record.domicile_id:
            told.append(
                _("1 %(service)s of %(day)s moves from %(old)s, %(from)s, to %(new)s, %(to)s.")
            )
        elif self.category != record.category:
            told.append(_("1 %(service)s of %(day)s moves from %(old)s to %(new)s."))
        elif self.domicile != record.domicile_id:
            told.append(_("1 %(service)s of %(day)s moves from village %(from)s to %(to)s."))
        if self.counts_from != record.counts_from:
            told.append(_("1 %(service)s of %(day)s counts in coverage from %(counts)s on."))
        return " ".join(text % words for text in told)


@service
def correct(
    *,
    by: Actor,
    resident: Resident,
    changes: Mapping[str, Any],
    reason: str,
    moved_on: date | None = None,
    confirm: Collection[str] = (),
    version: str = "",
) -> Resident:
    """Put right what is held of a person of the own office; `changes` by the names in
    `proposals.FIELDS`.

    Another birth date or village was so from the start: records of services are taken back and
    written again, and that is asked first (`moves-figures`). With `moved_on` the person moved
    then: records keep the village of their day. `version`: what the form showed (`version_of`).
    """
    require(by, Permission.RESIDENTS_CORRECT)
    reason = given(reason)
    person = hold_person(by, resident)
    recheck(person, version)
    new = differing(person, changes)
    _check_move(person, new, moved_on)
    if new:
        old = _old(person, new)
        told = new | ({"moved_on": moved_on.isoformat()} if moved_on else {})
        change = drafted(
            by, person, ChangeKind.CORRECT, old=old, new=told, reason=reason, done=True
        )
        _carry_out(by, person, new, change, moved=moved_on is not None, confirm=confirm)
        change.save()
    return person


@service
def accept_correction(
    *, by: Actor, proposal: CorrectionProposal, confirm: Collection[str] = (), version: str = ""
) -> CorrectionProposal:
    """A step of `deciding.accept`, which has locked the proposal."""
    require(by, Permission.RESIDENTS_CORRECT)
    person = hold_person(by, proposal.resident)
    recheck(person, version)
    new = differing(person, content(proposal)["new"])
    if new:
        old = _old(person, new)
        _carry_out(by, person, new, proposal, moved=False, confirm=confirm)
        proposal.sealed = seal(proposal.pk, {"old": old, "new": new})
    return close(by, proposal, ChangeState.DONE)


def _old(person: Resident, new: Mapping[str, str]) -> dict[str, str]:
    now = current(person)
    return {field: now[field] for field in new}


def _check_move(person: Resident, new: Mapping[str, str], moved_on: date | None) -> None:
    if moved_on is None:
        return
    if "village" not in new:
        raise Invalid("moved-on", _("Say to which village the person moved."), field="village")
    if not person.birth_date <= moved_on <= today_in(person.office_id):
        raise Invalid(
            "moved-on", _("Nobody moved before the birth, or on a day to come."), field="moved_on"
        )


def _carry_out(
    by: Actor,
    person: Resident,
    new: Mapping[str, str],
    change: CorrectionProposal,
    *,
    moved: bool,
    confirm: Collection[str],
) -> None:
    records = standing(person) if {"birth_date", "marital_status", "village"} & new.keys() else []
    old_village = person.village_id
    known_as = person.identity.name_key, person.birth_date
    _put(person, new)
    if field := _moves_ages(new):
        _check_ages(person, records, field)
    questions = _who_looks_alike(by, person, known_as, confirm)
    from_the_start = "birth_date" in new or ("village" in new and not moved)
    moves: list[Effect] = []
    if records and (from_the_start or "marital_status" in new):
        moves = _effects(by, person, records, None if moved else old_village)
        if (from_the_start or moves) and MOVES_FIGURES not in confirm:
            questions.insert(0, _asks(moves))
    if questions:
        raise all_asked(questions)
    # The ledger judges what is written again by what is held of the person.
    person.identity.save()
    person.save()
    if "village" in new:
        requests.follow(by, person)
        documents.follow(person)
    if moves:
        note = note_of(change)
        take_back(by, [effect.standing for effect in moves], note)
        write_again(
            by,
            [effect.standing for effect in moves],
            note,
            resident=person,
            categories={effect.standing.record.pk: effect.category for effect in moves},
            domiciles={effect.standing.record.pk: effect.domicile for effect in moves},
        )
        papers.exchange_one(person)
    change.village_id = person.village_id
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="resident corrected",
        subject=str(person.pk),
        case=str(change.pk),
    )


def _who_looks_alike(
    by: Actor, person: Resident, known_as: tuple[str, date], confirm: Collection[str]
) -> list[Asks]:
    """The question of registering, where another name or birth date makes somebody a look-alike."""
    name, born = person.identity.name, person.birth_date
    if LOOK_ALIKE in confirm or (name_key(name), born) == known_as:
        return []
    described = Person(nik=None, name=name, birth_date=born, sex=person.sex)
    rows = namesakes(by, {"": described}).get("", [])
    others = [row["id"] for row in rows if row["id"] != person.pk]
    if not others:
        return []
    log_look_alikes(by=by, people=others)
    return [asks_look_alike(others)]


def _put(person: Resident, new: Mapping[str, str]) -> None:
    identity = person.identity
    for field, text in new.items():
        if field == "birth_date":
            person.birth_date = _day(text)
        elif field == "village":
            if not Region.objects.level("village").filter(pk=text).exists():
                raise Invalid("region-unknown", _("No region has this code."), field="village")
            person.village_id = identity.village_id = text
        elif field == "sex":
            person.sex = text
        elif field == "marital_status":
            _marry(person, text)
        else:
            setattr(identity, field, text)
    if "name" in new:
        identity.name_key = name_key(identity.name)
    # Of what stood before nothing is asked: one field may be put right where another is still wrong.
    remarks = judge_held(person)
    refuse(remark for remark in remarks if remark.field in new)
    if field := _moves_ages(new):
        # A recording before this ledger stays possible, too.
        known = [remark for remark in remarks if remark.field == "known_recorded_on"]
        refuse(replace(remark, field=field) for remark in known)


def _marry(person: Resident, status: str) -> None:
    """Of a first marriage the office learns today; a second one moves nothing."""
    if status == MaritalStatus.SINGLE:
        person.known_married_since = None
    elif person.marital_status == MaritalStatus.SINGLE:
        person.known_married_since = today_in(person.village_id)
    person.marital_status = status


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("date", _("Write the date as YYYY-MM-DD."), field="birth_date") from error


def _moves_ages(new: Mapping[str, str]) -> str:
    """The field that decides whether somebody was old enough; empty when none changes."""
    return next((field for field in ("birth_date", "marital_status") if field in new), "")


def _check_ages(person: Resident, records: list[Standing], field: str) -> None:
    """What was served stays possible: else one of the two is wrong, and a person has to say which.

    Of what stands aside the head decides, and has decided of what was accepted.
    """
    first = recordable_from(person.birth_date, person.marital_status)
    for one in records:
        record = one.record
        words = {
            "service": Service(record.service).label,
            "day": date_format(record.service_date, "j F Y"),
        }
        if record.service_date < person.birth_date:
            message = _("%(service)s of %(day)s would be before the birth.") % words
            raise Invalid("before-birth", message, field=field)
        judged = one.weight == 0 or one.accepted
        if one.counts_as_recording and not judged and record.service_date < first:
            message = _(
                "The recording of %(day)s would be before 16. Void it first, if it was never done."
            )
            raise Invalid("too-young", message % words, field=field)


def _effects(
    by: Actor, person: Resident, records: list[Standing], old_village: str | None
) -> list[Effect]:
    """Records whose category, village or day of counting changes. One of another village keeps it:
    that was an earlier, real move.
    """
    effects = []
    recorded = _is_recorded(by, person, records)
    for one in records:
        record = one.record
        follows = old_village is not None and record.domicile_id == old_village
        domicile = person.village_id if follows else record.domicile_id
        election = previous_election(domicile, record.service_date)
        category = category_of(
            person.birth_date, record.service_date, election.held_on if election else None
        )
        due = due_from(person.birth_date, person.known_married_since)
        counts_from = due if due > record.service_date else None
        stands = (record.category, record.domicile_id, record.counts_from)
        if (category, domicile, counts_from) != stands:
            ends = _ends(person, one, recorded=recorded)
            effects.append(Effect(one, category, domicile, counts_from, ends))
    return effects


def _ends(person: Resident, one: Standing, *, recorded: bool) -> bool:
    """What the ledger sets aside once it is written again. What was accepted is accepted again."""
    record = one.record
    if one.weight == 0 or one.accepted:
        return False
    rule = unfit(
        record.service,
        record.outcome,
        record.reason,
        day=record.service_date,
        born=person.birth_date,
        marital_status=person.marital_status,
        recorded=recorded,
        days_early=print_days(record.office_id, record.service_date, [record.service]),
    )
    return rule is not None


def _is_recorded(by: Actor, person: Resident, records: list[Standing]) -> bool:
    """Here, by SIAK, before this ledger, or elsewhere; that is asked only for a person with other records."""
    if person.known_recorded_on or any(one.counts_as_recording for one in records):
        return True
    by_status = recorded_by_status([person.pk])
    return bool(by_status or recorded_elsewhere(by=by, people=[person.pk]))


_NOTHING_MOVES = gettext_lazy("No category and no village changes; no figure moves.")
_WHY = gettext_lazy(
    "Services are recorded for this person. If this was wrong from the start, they are voided and"
    " recorded anew on the same day:"
)

_STAYS = gettext_lazy("Services are recorded for this person, and stay as they are.")


def _asks(moves: list[Effect]) -> Asks:
    told = [str(effect) for effect in moves[:_MOST_TOLD]]
    if len(moves) > _MOST_TOLD:
        told.append(_("And %(n)s more.") % {"n": len(moves) - _MOST_TOLD})
    said = [_WHY, *told] if told else [_STAYS, _NOTHING_MOVES]
    return Asks(MOVES_FIGURES, message=" ".join(map(str, said)), moves=told)
