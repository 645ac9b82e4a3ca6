"""Family cards that a list tells of people who are held already."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import decrypt
from registrations.people.models import ResidentIdentity
from registrations.people.services.holding import family_card_of
from registrations.people.validators import family_card_key
from registrations.roll.enums import ImportStep
from registrations.roll.models import RollImport, Row

_COLUMNS = ("family_card_hash", "family_card_cipher")


def take_family_cards(by: Actor, roll_import: RollImport, rows: list[Row]) -> None:
    """A family card is shown nowhere and counts nothing: the newest list is believed, without a
    proposal, and the row keeps what was held. Voters are matched by it (docs/adr/0068). `rows`: of
    people who stand on the list.
    """
    told = {row.resident: row for row in rows if row.resident and _card(row)}
    later = _told_later(by, roll_import) if told else set()
    changed = []
    for key, identity in _held(by, told).items():
        card = _card(told[key])
        if identity.family_card_hash and identity.village_id in later:
            continue
        if bytes(identity.family_card_hash or b"") != family_card_key(card):
            told[key].card_before = _held_card(identity)
            _set(identity, card)
            changed.append(identity)
    ResidentIdentity.objects.bulk_update(changed, _COLUMNS)


def give_family_cards_back(by: Actor, rows: list[Row]) -> None:
    """Of a list that is undone, where no other one told another card since."""
    told = {row.resident: row for row in rows if row.resident and row.card_before is not None}
    changed = []
    for key, identity in _held(by, told).items():
        if bytes(identity.family_card_hash or b"") == family_card_key(_card(told[key])):
            _set(identity, told[key].card_before or "")
            changed.append(identity)
    ResidentIdentity.objects.bulk_update(changed, _COLUMNS)


def _card(row: Row) -> str:
    return (row.person or {}).get("family_card", "")


def _held(by: Actor, told: Mapping[str, Row]) -> dict[str, ResidentIdentity]:
    keys = [uuid.UUID(key) for key in told]
    held = ResidentIdentity.objects.visible_to(by).filter(office_id=by.office, pk__in=keys)
    found = held.only("pk", "village_id", *_COLUMNS).order_by("pk").select_for_update(of=("self",))
    return {str(one.pk): one for one in found}


def _held_card(identity: ResidentIdentity) -> str:
    sealed = identity.family_card_cipher
    return decrypt(bytes(sealed), context=f"family card {identity.pk}") if sealed else ""


def _set(identity: ResidentIdentity, card: str) -> None:
    hashed, cipher = family_card_of(card, identity.pk) if card else (None, None)
    identity.family_card_hash, identity.family_card_cipher = hashed, cipher


def _told_later(by: Actor, roll_import: RollImport) -> set[str]:
    """Villages of which a later list was taken over: an older one fills only what is missing."""
    if roll_import.as_of is None:
        return set()
    others = RollImport.objects.visible_to(by).filter(
        office_id=by.office, step=ImportStep.WRITE, as_of__gt=roll_import.as_of
    )
    return {code for covers in others.values_list("covers", flat=True) for code in covers}
