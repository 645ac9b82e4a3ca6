"""Names of accounts as people and programs write them, and what a movement says."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
from django.db.models import F, Func, IntegerField, Q, Value
from django.db.models.functions import Concat
from django.db.models.lookups import GreaterThanOrEqual, In
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.core.crypto import keyed_hash
from dukcapil.core.errors import DomainError, Invalid
from dukcapil.regions.enums import Level
from dukcapil.regions.validators import dotted, level_of
from events.stock.enums import CLASSES, WAYS_BY_HAND, WAYS_WITH_REASON, AccountKind, Spoiled

_K = AccountKind
#: More cards than an office ever has: a slip of the finger.
MOST = 10_000_000
#: Where a card that is printed can come from.
TAKEN_FROM = [_K.OFFICE, _K.EVENT, _K.DIFFERENCE]
#: Where it is besides, when it was spoiled, or was part of a count already.
AFTER = [_K.SPOILED, _K.DIFFERENCE]
#: Clocks of devices may be this much ahead; the triggers say the same.
AHEAD = timedelta(minutes=2)
#: Longest name of a person, a function or an office on a sheet.
LONGEST_NAME = 120
#: People who sign one sheet.
MOST_PEOPLE = 20


_WAY = Concat(F("source_kind"), Value(">"), F("target_kind"))
#: For the CHECKs of movements.
BY_HAND = Q(In(_WAY, list(WAYS_BY_HAND)))
WITH_REASON = Q(In(_WAY, list(WAYS_WITH_REASON)))


def at_least(column: str, least: int) -> Q:
    """A list of at least so many people."""
    count = Func(F(column), function="jsonb_array_length", output_field=IntegerField())
    return Q(GreaterThanOrEqual(count, least))


@dataclass(frozen=True)
class AccountName:
    """The parts of a name such as ``spoiled:13.75:encode``. A bag's office stands with its event."""

    kind: AccountKind
    office: str = ""
    province: str = ""
    point: uuid.UUID | None = None
    event: uuid.UUID | None = None
    team: int | None = None
    card_class: str = ""

    @property
    def place(self) -> str:
        return self.office or self.province

    @property
    def key(self) -> str:
        if self.kind == _K.CENTRE:
            return self.kind
        if self.kind == _K.EVENT:
            return f"{self.kind}:{self.event}" + ("" if self.team is None else f"/{self.team}")
        part = f"/{self.point}" if self.point else ""
        card_class = f":{self.card_class}" if self.card_class else ""
        return f"{self.kind}:{self.place}{part}{card_class}"


def account_name(text: str, *, field: str = "account") -> AccountName:
    """Raises Invalid, naming the form that is wanted."""
    word, _colon, rest = text.strip().partition(":")
    try:
        kind = AccountKind(word)
        if kind == _K.CENTRE and not rest:
            return AccountName(kind)
        if kind == _K.EVENT:
            event, slash, team = rest.partition("/")
            return AccountName(kind, event=uuid.UUID(event), team=_team(team) if slash else None)
        return _of_place(kind, rest, field)
    except ValueError:
        raise Invalid(
            "stock-account",
            _("No such place of cards. Examples: %(examples)s.")
            % {"examples": "centre, office:13.75, in_transit:13.75, spoiled:13.75:encode"},
            field=field,
        ) from None


def _of_place(kind: AccountKind, rest: str, field: str) -> AccountName:
    code, slash, point = rest.partition("/")
    code, colon, card_class = code.partition(":")
    if bool(colon) != (kind in CLASSES) or (slash and kind != _K.OFFICE):
        raise ValueError
    if colon:
        CLASSES[kind](card_class)
    return AccountName(
        kind,
        **_place(kind, code, field),
        point=uuid.UUID(point) if slash else None,
        card_class=card_class,
    )


def _team(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and int(text)):
        raise ValueError
    return int(text)


def _place(kind: AccountKind, text: str, field: str) -> dict[str, Any]:
    code = dotted(text, field=field)
    level = level_of(code)
    if level == Level.REGENCY and kind != _K.PROVINCE:
        return {"office": code}
    if level == Level.PROVINCE and kind not in (_K.OFFICE, _K.PUBLIC, _K.HANDED_IN):
        return {"province": code}
    raise ValueError


def of_place(kind: AccountKind, place: str, card_class: str = "") -> AccountName:
    """An account of an office or a province, by its code."""
    if len(place) == Level.PROVINCE.code_length:
        return AccountName(kind, province=place, card_class=card_class)
    return AccountName(kind, office=place, card_class=card_class)


def store_of(place: str) -> AccountName:
    return of_place(_K.PROVINCE if len(place) == Level.PROVINCE.code_length else _K.OFFICE, place)


def spoiled_class(word: str) -> str | None:
    """`encode` of ``spoiled:encode``; None of anything else."""
    head, _colon, card_class = word.partition(":")
    return card_class if head == _K.SPOILED and card_class in Spoiled.values else None


def check_moment(moment: datetime, *, field: str) -> None:
    """Raise Invalid for a time that lies ahead; clocks may differ a little, as the database allows."""
    if moment > timezone.now() + AHEAD:
        raise Invalid("time-future", _("This time lies in the future."), field=field)


@dataclass(frozen=True)
class Minutes:
    number: str
    on: date


def people(
    rows: Iterable[Mapping[str, str]], columns: tuple[str, ...], *, field: str
) -> list[dict[str, str]]:
    """Who signs, as typed; each named once, with every column filled."""
    cleaned = [{name: str(row.get(name, "")).strip() for name in columns} for row in rows]
    if len(cleaned) > MOST_PEOPLE:
        raise Invalid(field, _("At most twenty people."), field=field)
    for number, row in enumerate(cleaned, start=1):
        if not all(row.values()) or any(len(text) > LONGEST_NAME for text in row.values()):
            raise Invalid(
                field,
                _("Person %(number)s: fill in everything, at most 120 characters each.")
                % {"number": number},
                field=field,
            )
    if len({row["name"].casefold() for row in cleaned}) < len(cleaned):
        raise Invalid(field, _("Somebody is named twice."), field=field)
    return cleaned


def payload(content: Mapping[str, Any]) -> bytes:
    """One hash for one content, whatever zone its times are written in."""
    plain_times = {
        name: value.astimezone(UTC) if isinstance(value, datetime) else value
        for name, value in content.items()
    }
    return keyed_hash(orjson.dumps(plain_times, default=str, option=orjson.OPT_SORT_KEYS).decode())


def settled(days: Mapping[date, int]) -> dict[date, int]:
    """Cards used on each day. Where more came back on a day than was used on it, the rest was used before:
    the busiest day had it.
    """
    used = {day: cards for day, cards in days.items() if cards > 0}
    for day in sorted(one for one in days if days[one] < 0):
        rest = -days[day]
        while rest and (before := [one for one in used if one < day]):
            busiest = max(before, key=lambda one: (used[one], one))
            taken = min(used[busiest], rest)
            rest -= taken
            used[busiest] -= taken
            if not used[busiest]:
                del used[busiest]
    return used


def refusal(model: Any, name: str) -> DomainError:
    """What a constraint of this table says when it is broken: asked before anything is written, so that
    wrong input is told before a conflict.
    """
    constraint = next(one for one in model._meta.constraints if one.name == name)
    code = constraint.violation_error_code
    return Invalid(str(code), constraint.get_violation_error_message(), field=code.field)
