"""Carrying out how a province shares out its cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission, Role
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, NotFound
from dukcapil.core.ids import uuid7
from dukcapil.core.templatetags.figures import people
from dukcapil.core.versions import CHANGED
from dukcapil.regions.models import Region
from events.incidents.models import Task
from events.stock.enums import AccountKind
from events.stock.services.accounts import hold_places, require_own
from events.stock.services.moving import move
from events.stock.validators import of_place, store_of
from reports.cover.selectors.province import RegionStock, again, plan_version, province_stock
from reports.cover.selectors.sharing import Move

#: Until when an office sends what it is asked to.
_DUE = timedelta(days=3)


@dataclass(frozen=True)
class Shared:
    """How many shipments were booked, and how many offices were asked to send some."""

    booked: int
    asked: int


@service
def share(*, by: Actor, province: Region, item: str, version: str, document: str) -> Shared:
    """What leaves the province's own store is on its way from now on; another office, whose cards lie in
    its own safe, gets a task. Raises Conflict when the proposal is another one by now.
    """
    require(by, Permission.STOCK_MOVE)
    require_own(by, province.pk)
    if by.office is not None:
        raise NotFound
    found = province_stock(province, item, by.today)
    _same(found, version)
    places = {place for one in found.plan.moves for place in (one.source, one.target)}
    hold_places([province.pk, *places])
    # Somebody may have moved cards until the ledgers were held.
    found = again(found, by.today)
    _same(found, version)
    moves = found.plan.moves
    own = [one for one in moves if one.source == province.pk]
    for one in own:
        move(
            by=by,
            movement_id=uuid7(),
            item=item,
            source=store_of(province.pk).key,
            target=of_place(AccountKind.IN_TRANSIT, one.target).key,
            quantity=one.cards,
            document=document,
            occurred_at=timezone.now(),
        )
    others = [one for one in moves if one.source != province.pk]
    # What stays is written in the language of the house, whatever its author reads.
    with translation.override(settings.LANGUAGE_CODE):
        asked = _ask(by, others, {one.region.pk: one.region for one in found.rows}, document)
    log_access(by=by, action=Access.CHANGE, kind="stock shared out", subject=province.pk)
    return Shared(len(own), len(asked))


def _same(found: RegionStock, version: str) -> None:
    if plan_version(found.plan.moves) != version:
        text = _(
            "Stock moved after you opened this page, and the proposal is another one: look again."
        )
        raise Conflict(CHANGED, text)


def _ask(by: Actor, moves: Sequence[Move], regions: dict[str, Region], document: str) -> set[str]:
    """Offices that got a task. What one is asked for already, by whatever letter, it is not asked again:
    a task moves no card, so the same proposal stands until somebody sends.
    """
    asked = set()
    words = _("Send %(outers)s outers (%(cards)s cards) to %(office)s: letter %(document)s.")
    before_letter = words.partition("%(document)s")[0]
    for one in moves:
        what = {
            "outers": people(one.outers),
            "cards": people(one.cards),
            "office": regions[one.target].name,
            "document": document,
        }
        same = Task.objects.filter(text__startswith=before_letter % what, done_at=None)
        if same.filter(office=one.source).exists():
            continue
        Task.objects.create(
            office=regions[one.source],
            owner=str(Role.STOCK_KEEPER.label),
            due=by.today + _DUE,
            text=words % what,
            created_by_id=by.user_id,
        )
        asked.add(one.source)
    return asked
