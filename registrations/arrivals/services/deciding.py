"""The office of the village decides about whom others hand over: takes them into its roll, or refuses."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import EVERYBODY, service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import get_region
from registrations.arrivals.enums import ArrivalKind, ArrivalState, RefusedBecause
from registrations.arrivals.models import Arrival
from registrations.people.enums import ChangeSource, MaritalStatus
from registrations.people.errors import other_name
from registrations.people.models import Resident, ResidentIdentity
from registrations.people.services.checks import shares_name
from registrations.people.services.holding import family_card_of
from registrations.people.services.proposals import propose_correction
from registrations.people.services.residents import register
from registrations.people.validators import parse_nik

#: How long an arrival waits for a decision, where no rule says otherwise.
KEPT = timedelta(days=90)


@service
def take_in(*, by: Actor, arrival_id: uuid.UUID, confirm: Collection[str] = ()) -> Arrival:
    """Hold the person at the own office, by the rules of every door. Whoever is held already is on the
    roll again, unless the name is another one; in another village, as who was a guest, a correction is
    proposed. Raises what `register` raises: Asks `look-alike`, Invalid
    for data that cannot be.
    """
    arrival = locked(by, arrival_id, ArrivalKind.RESIDENT)
    said = arrival.said
    born = said.get("birth_date", "")
    if not born:
        raise Invalid(
            "birth-date", _("Without a birth date nobody is taken in."), field="birth_date"
        )
    try:
        resident = register(
            by=by,
            nik=parse_nik(said["nik"]),
            name=said.get("name", ""),
            birth_date=date.fromisoformat(born),
            sex=said.get("sex", ""),
            village=get_region(arrival.village_id, level=Level.VILLAGE, field="village"),
            address=said.get("address", ""),
            rt=said.get("rt", ""),
            rw=said.get("rw", ""),
            marital_status=said.get("marital_status", MaritalStatus.SINGLE),
            known_recorded_on=_day(said.get("recorded_on", "")),
            confirm=confirm,
        )
    except Conflict as error:
        if error.code != "resident-exists" or not (held := error.extra.get("resident")):
            raise
        own = Resident.objects.visible_to(by).filter(pk=held)
        person = own.select_related("identity").get()
        if not shares_name(person.identity.name_key, said.get("name", "")):
            raise other_name() from None
        own.filter(off_roll_since__isnull=False).update(off_roll_since=None)
        propose_correction(
            by=by,
            resident=person,
            changes={"village": arrival.village},
            reason=str(_("Handed over by another office")),
            source=ChangeSource.IMPORT,
        )
        return decided(by, arrival, ArrivalState.HELD, resident=uuid.UUID(held))
    if card := said.get("family_card", ""):
        hashed, cipher = family_card_of(card, resident.pk)
        own_identity = ResidentIdentity.objects.visible_to(by).filter(pk=resident.pk)
        own_identity.update(family_card_hash=hashed, family_card_cipher=cipher)
    return decided(by, arrival, ArrivalState.TAKEN, resident=resident.pk)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@service
def refuse(
    *, by: Actor, arrival_id: uuid.UUID, why: str, kind: ArrivalKind = ArrivalKind.RESIDENT
) -> Arrival:
    if why not in RefusedBecause.values:
        raise Invalid("why", _("Say why the person is not taken in."), field="why")
    arrival = locked(by, arrival_id, kind)
    arrival.why = why
    return decided(by, arrival, ArrivalState.REFUSED)


def locked(by: Actor, arrival_id: uuid.UUID, kind: ArrivalKind) -> Arrival:
    """A step: one that waits at the own office. Raises NotFound, Conflict when it is decided."""
    require(by, Permission.RESIDENTS_REGISTER)
    own = Arrival.objects.visible_to(by).filter(office_id=by.office, kind=kind)
    found = own.select_for_update(of=("self",)).filter(pk=arrival_id).first()
    if found is None:
        raise NotFound
    if found.state != ArrivalState.WAITING:
        raise Conflict("already-decided", _("Somebody decided about this already."))
    return found


def decided(
    by: Actor, arrival: Arrival, state: ArrivalState, *, resident: uuid.UUID | None = None
) -> Arrival:
    """A step: what it holds of the person goes."""
    arrival.state, arrival.sealed, arrival.person = state, None, None
    arrival.resident = resident
    arrival.decided_by_id, arrival.decided_at = by.user_id, timezone.now()
    arrival.save()
    log_access(
        by=by,
        action=Access.CHANGE,
        kind=f"arrival {state}",
        subject=str(resident or arrival.pk),
    )
    return arrival


@service
def forget_arrivals(*, kept: timedelta = KEPT) -> int:
    """Empty what nobody decided in time (`kept`); returns how many. A job's."""
    with scoped(EVERYBODY):
        now = timezone.now()
        old = Arrival.objects.filter(state=ArrivalState.WAITING, came_at__lt=now - kept)
        return old.update(state=ArrivalState.GONE, sealed=None, person=None, decided_at=now)
