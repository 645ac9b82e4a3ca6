"""Steps of every verb here: whose an account is, holding the ledgers, finding or making accounts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Conflict, NotFound, Refused
from dukcapil.core.locks import Lock, hold
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import get_region
from dukcapil.regions.validators import NATION
from events.planning.models.event import ServiceEvent
from events.points.models import Point
from events.resources.enums import LoanState
from events.resources.models import Assignment, Loan, Team
from events.stock.enums import AccountKind
from events.stock.models import StockAccount
from events.stock.validators import AccountName, account_name

_K = AccountKind


def place_of(by: Actor) -> str:
    """Whose cards somebody keeps: an office's, or a province's; empty for the nation."""
    return by.office or ("" if by.region == NATION else by.region)


def named(by: Actor, text: str, *, field: str) -> AccountName:
    """The account that somebody names, with its office. Raises NotFound for a bag, point or team that is
    none of theirs, and Invalid for a region that there is not.
    """
    name = account_name(text, field=field)
    if name.kind == _K.EVENT:
        return _bag(by, name)
    own = place_of(by)
    if name.place and name.place != own:
        level = Level.REGENCY if name.office else Level.PROVINCE
        get_region(name.place, level=level, field=field)
    if name.point and not Point.objects.filter(pk=name.point, office_id=name.office).exists():
        raise NotFound
    return name


def _bag(by: Actor, name: AccountName) -> AccountName:
    event = ServiceEvent.everything.filter(pk=str(name.event)).only("office_id").first()
    if event is None or not (by.covers(event.office_id) or _lent(by, name)):
        raise NotFound
    if name.team is not None and not (
        Team.objects.filter(pk=name.team, office_id=event.office_id).exists()
        or Assignment.objects.filter(event_id=name.event, team_id=name.team).exists()
    ):
        raise NotFound
    return replace(name, office=event.office_id)


def _lent(by: Actor, name: AccountName) -> bool:
    loans = Loan.objects.filter(event_id=name.event, lender_id=place_of(by), state=LoanState.GIVEN)
    return loans.exists()


def require_own(by: Actor, place: str) -> None:
    """Raise unless the cards of this place are kept by the actor: the office's by its staff, the
    province's by its stock keeper. What nobody keeps here does not exist for others.
    """
    if place == place_of(by):
        return
    if not by.covers(place):
        raise NotFound
    raise Refused("forbidden", _("These cards are kept by others."))


def hold_places(places: Iterable[str]) -> None:
    """The ledgers of these offices (and provinces), alone, in one order: before any account is read. A
    verb that books several movements holds all of theirs first.
    """
    for place in sorted({place for place in places if place}):
        hold(Lock.LEDGER, place)


def accounts(item: str, names: Iterable[AccountName]) -> dict[str, StockAccount]:
    """By key; made where they are missing. Their offices' ledgers are held. Raises Conflict where stock
    has not begun.
    """
    wanted = {name.key: name for name in names}
    found = _read(item, wanted)
    missing = [name for key, name in wanted.items() if key not in found]
    if not missing:
        return found
    if any(name.kind in _K.stores() for name in missing):
        raise not_open()
    make(item, missing)
    return _read(item, wanted)


def _read(item: str, keys: Iterable[str]) -> dict[str, StockAccount]:
    return {one.key: one for one in StockAccount.objects.filter(item=item, key__in=list(keys))}


def make(item: str, names: Iterable[AccountName]) -> None:
    """Somebody else may make the same at the same moment; the database names them."""
    StockAccount.objects.bulk_create(
        [
            StockAccount(
                key=name.key,
                item=item,
                kind=name.kind,
                office_id=name.office or None,
                province_id=name.province or None,
                point_id=name.point,
                event_id=name.event,
                team_id=name.team,
                card_class=name.card_class,
            )
            for name in sorted(names, key=lambda one: one.key)
        ],
        ignore_conflicts=True,
    )


def not_open() -> Conflict:
    return Conflict(
        "stock-not-open",
        _("The stock of this place begins with a first count: count what lies there."),
        field="source",
    )
