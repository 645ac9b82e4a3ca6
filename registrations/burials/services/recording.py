"""The register of a village: a burial is written down, corrected by another line, or declared void."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.access_log import Look, write_whatever_comes
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission, Role
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.accounts.validators import reason_given
from dukcapil.core.crypto import keyed_hash
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.ids import uuid7
from dukcapil.core.locks import Lock, hold
from dukcapil.core.versions import require_seen, version_of
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.models import Region
from registrations.arrivals.enums import ArrivalKind, ArrivalState
from registrations.arrivals.models import Arrival
from registrations.arrivals.services.deciding import decided, locked
from registrations.arrivals.services.sending import Handed, hand_over, take_back
from registrations.burials.enums import BurialState
from registrations.burials.errors import is_void, other_content, taken_up
from registrations.burials.models import LONGEST_REASON, Burial
from registrations.burials.selectors.burials import VOID_OF, lines_taken_of, taken_up_by_office
from registrations.burials.services.entries import Entry, checked
from registrations.findings.services import persons as findings
from registrations.ledger.services.rewriting import hold_ledger
from registrations.people.errors import number_erased
from registrations.people.selectors import erased, lives_outside
from registrations.people.validators import (
    name_key,
)


@service
def record_burial(
    *, by: Actor, village: Region, entry: Entry, burial_id: uuid.UUID | None = None
) -> Burial:
    """Write a line into the register of a village. With an id that stands already the same content is the
    same line. Whether anybody is held under a NIK is told to nobody here.

    Whose home is another office's village is handed over to it. Raises Conflict `already-buried`, and
    Invalid for what cannot be.
    """
    require(by, Permission.BURIALS_RECORD)
    if by.office is None or village.level != Level.VILLAGE or not by.covers(village.pk):
        raise NotFound
    today = today_in(village.pk)
    entry = checked(entry, today)
    hold(Lock.BURIALS, f"{village.pk} {today.year}")
    if (before := _sent_before(by, village, entry, burial_id)) is not None:
        return before
    burial = _drafted(by, village, entry, burial_id)
    burial.year, burial.reported_on = today.year, today
    burial.number = _next_line(village, today.year)
    return _written(by, burial, "burial recorded")


def _sent_before(
    by: Actor, village: Region, entry: Entry, burial_id: uuid.UUID | None
) -> Burial | None:
    if burial_id is None:
        return None
    before = Burial.everything.filter(pk=burial_id).first()
    if before is None:
        return None
    home = entry.home_village or village
    same = (
        before.recorded_by_id == by.user_id
        and (before.village_id, before.home_village_id) == (village.pk, home.pk)
        and (before.died_on, before.buried_on) == (entry.died_on, entry.buried_on)
        and before.cemetery == entry.cemetery
        and before.told == {name: text for name, text in entry.told.items() if text}
    )
    if not same:
        raise other_content()
    return before


def _drafted(by: Actor, village: Region, entry: Entry, burial_id: uuid.UUID | None) -> Burial:
    if entry.nik and erased([entry.nik]):
        _log_refused(by, burial_id)
        raise number_erased()
    home = entry.home_village or village
    outside = lives_outside(str(by.office), home.pk)
    burial = Burial(
        id=burial_id or uuid7(),
        office_id=str(by.office),
        village=village,
        home_village=home,
        cemetery=entry.cemetery,
        died_on=entry.died_on,
        buried_on=entry.buried_on,
        state=BurialState.HANDED_OVER if outside else BurialState.NEW,
        recorded_by_id=by.user_id,
    )
    burial.tell(entry.told)
    if entry.nik:
        burial.nik_hash = keyed_hash(entry.nik)
    elif entry.birth_date:
        burial.key = name_day_key(entry.name, entry.birth_date)
    else:
        burial.key = _line_key(entry, home)
    return burial


def name_day_key(name: str, born: date) -> bytes:
    return keyed_hash(f"burial {name_key(name)}|{born}")


def _line_key(entry: Entry, home: Region) -> bytes:
    """Of somebody of whom neither a number nor a birth date is known: the same line is written once."""
    said = (name_key(entry.name), entry.age, entry.sex, entry.died_on, home.pk)
    return keyed_hash("burial line " + "|".join(map(str, said)))


def _next_line(village: Region, year: int) -> int:
    hold(Lock.BURIALS, f"{village.pk} {year}")
    lines = Burial.everything.filter(village=village, year=year)
    return int(lines.aggregate(last=Max("number"))["last"] or 0) + 1


def _written(by: Actor, burial: Burial, kind: str) -> Burial:
    try:
        with transaction.atomic():
            burial.save(force_insert=True)
    except IntegrityError:
        if burial.nik_hash is not None:
            _log_refused(by, burial.pk)
        raise
    if burial.state == BurialState.HANDED_OVER:
        _hand_over(by, burial)
    log_access(by=by, action=Access.CHANGE, kind=kind, case=str(burial.pk))
    return burial


def _log_refused(by: Actor, burial_id: uuid.UUID | None) -> None:
    """Whoever tries numbers by writing burials leaves a row for each, although no line is kept."""
    case = str(burial_id or "")
    write_whatever_comes([Look(by, Access.REFUSED, "burial", case=case)])


def _tell_void(by: Actor, burial: Burial) -> None:
    """Whoever took it into a register over there is asked to declare it void, too; it names nobody."""
    note = Handed(burial.home_village_id, f"void {burial.pk}", {VOID_OF: str(burial.pk)})
    hand_over(by=by, kind=ArrivalKind.BURIAL, source=burial.pk, people=[note])


def _hand_over(by: Actor, burial: Burial) -> None:
    told = burial.told
    words = f"burial {name_key(told['name'])}|{told.get('birth_date', '')}|{burial.died_on}"
    said = {
        **told,
        "died_on": burial.died_on.isoformat(),
        "buried_on": burial.buried_on.isoformat(),
        "cemetery": burial.cemetery,
    }
    handed = Handed(burial.home_village_id, told.get("nik") or words, said)
    hand_over(by=by, kind=ArrivalKind.BURIAL, source=burial.pk, people=[handed])


@service
def receive_burial(*, by: Actor, arrival_id: uuid.UUID) -> Burial:
    """Take what another office handed over into the register of the home village, where it is compared.
    It counts as received, never as buried there. Of one that its office declared void since, the own line is
    void, too.
    """
    if by.office is not None:
        hold_ledger(by.office)
    arrival = locked(by, arrival_id, ArrivalKind.BURIAL)
    said = arrival.said
    if VOID_OF in said:
        return _void_here(by, arrival)
    home, today = arrival.village, today_in(arrival.village_id)
    entry = Entry(
        name=said["name"],
        nik=said.get("nik", ""),
        birth_date=_day(said.get("birth_date")),
        age=int(said["age"]) if said.get("age") else None,
        **{name: said.get(name, "") for name in ("sex", "address", "block", "relation")},
        died_on=date.fromisoformat(said["died_on"]),
        buried_on=date.fromisoformat(said["buried_on"]),
        cemetery=said["cemetery"],
        reporter=said["reporter"],
    )
    # Its days were judged where it was written, by a clock that may be ahead of this one.
    today = max(today, entry.buried_on)
    burial = _drafted(by, home, checked(entry, today, received=True), None)
    burial.received = arrival.pk
    burial.year, burial.reported_on = today.year, today
    burial.number = _next_line(home, today.year)
    decided(by, arrival, ArrivalState.TAKEN)
    return _written(by, burial, "burial received")


def _void_here(by: Actor, arrival: Arrival) -> Burial:
    line = lines_taken_of(by, [arrival.source]).get(arrival.source)
    if line is None:  # somebody declared it void before
        raise is_void()
    decided(by, arrival, ArrivalState.TAKEN)
    return void_burial(
        by=by, burial_id=line.pk, reason=str(_("The office that wrote it down declared it void."))
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


# --- corrections ----------------------------------------------------------------------------------


@service
def correct_burial(
    *, by: Actor, burial_id: uuid.UUID, entry: Entry, reason: str, version: str | None = None
) -> Burial:
    """Another line with the same number takes the place of this one, which is void from then on. It is
    compared anew; a finding that this one proposed is taken back.

    Raises Conflict `burial-void`, `taken-up` for who keeps the register once the office works on it, and
    `nothing-changed`.
    """
    before = hold_burial(by, burial_id, Permission.BURIALS_RECORD)
    require_seen(version, _parts(before), {})
    why = _reason(reason)
    today, received = today_in(before.village_id), before.received is not None
    told = checked(entry, today, received=received)
    burial = _drafted(by, before.village, told, None)
    if _parts(burial) == _parts(before):
        raise Conflict("nothing-changed", _("Nothing differs from what is written down."))
    burial.year, burial.number = before.year, before.number
    burial.reported_on, burial.corrects = before.reported_on, before
    burial.recorded_by_id, burial.received = before.recorded_by_id, before.received
    burial.filed_on, burial.filed_by_id = before.filed_on, before.filed_by_id
    burial.certify(before.certificate_number)
    _void(by, before, why)
    return _written(by, burial, "burial corrected")


def _parts(burial: Burial) -> dict[str, Any]:
    return {
        "told": burial.told,
        "days": [str(burial.died_on), str(burial.buried_on)],
        "places": [burial.cemetery, burial.home_village_id],
    }


def line_version(burial: Burial) -> str:
    """It changes with what stands in the line."""
    return version_of(_parts(burial))


@service
def void_burial(*, by: Actor, burial_id: uuid.UUID, reason: str) -> Burial:
    """It was no burial, or stands there twice. Whatever it proposed is taken back."""
    burial = hold_burial(by, burial_id, Permission.BURIALS_RECORD)
    _void(by, burial, _reason(reason))
    log_access(by=by, action=Access.CHANGE, kind="burial void", case=str(burial.pk))
    return burial


def _void(by: Actor, burial: Burial, why: str) -> None:
    if burial.finding_id is not None:
        findings.withdraw(by, burial.finding_id)
    if burial.state == BurialState.HANDED_OVER:
        take_back(by=by, source=burial.pk)
        _tell_void(by, burial)
    now: datetime = timezone.now()
    burial.state, burial.doubt = BurialState.VOID, ""
    burial.voided_by_id, burial.voided_at, burial.void_reason = by.user_id, now, why
    burial.save()


def hold_burial(by: Actor, burial_id: uuid.UUID, permission: Permission) -> Burial:
    """A step: lock a line of the own office that stands. The ledger first, as who decides about a finding.

    Raises NotFound, Conflict `burial-void`, and `taken-up` where only the office may go on.
    """
    require(by, permission)
    if by.office is None:
        raise NotFound
    hold_ledger(by.office)
    own = Burial.objects.visible_to(by).select_for_update(of=("self",))
    burial = (
        own.select_related("village", "corrects").filter(pk=burial_id, office_id=by.office).first()
    )
    if burial is None:
        raise NotFound
    if burial.state == BurialState.VOID or burial.sealed is None:
        raise is_void()
    if by.role == Role.BURIAL_RECORDER and taken_up_by_office(by, burial):
        raise taken_up()
    return burial


def _reason(text: str) -> str:
    reason = reason_given(text)
    if len(reason) > LONGEST_REASON:
        raise Invalid(
            "reason-long",
            _("At most %(most)s characters.") % {"most": LONGEST_REASON},
            field="reason",
        )
    return reason
