"""Handing over what concerns another office: it is received, and nothing is told back."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from dukcapil.accounts.enums import Access
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.core.crypto import keyed_hash
from dukcapil.core.db import rows
from dukcapil.core.ids import uuid7
from dukcapil.regions.enums import Level
from dukcapil.regions.validators import ancestor
from registrations.arrivals.enums import ArrivalKind
from registrations.arrivals.models import seal

_ARRIVE = "SELECT arrive(%s, %s, %s, %s::uuid[], %s, %s, %s::bytea[], %s::bytea[])"
_TAKE_BACK = "SELECT arrivals_taken_back(%s, %s)"


@dataclass(frozen=True)
class Handed:
    """Somebody of a village of another office. `number`: the NIK, or words that tell people apart."""

    village: str
    number: str
    said: dict[str, Any]


def hand_over(
    *, by: Actor, kind: ArrivalKind, source: uuid.UUID, people: Collection[Handed]
) -> None:
    """A step: whoever waits there already, from this office, is replaced."""
    if not people:
        return
    by_key = {(one.village[:5], one.number): one for one in people}
    sent = list(by_key.values())
    persons = [keyed_hash(one.number) for one in sent]
    rows(
        _ARRIVE,
        [
            *(by.office, kind, str(source)),
            [str(uuid7()) for _one in sent],
            [ancestor(one.village, Level.REGENCY) for one in sent],
            [one.village for one in sent],
            persons,
            [seal(kind, person, one.said) for person, one in zip(persons, sent, strict=True)],
        ],
    )
    log_access(
        by=by, action=Access.CHANGE, kind="handed over", subject=str(source), found=len(sent)
    )


def take_back(*, by: Actor, source: uuid.UUID) -> None:
    """A step: what nobody there has decided."""
    rows(_TAKE_BACK, [by.office, str(source)])
