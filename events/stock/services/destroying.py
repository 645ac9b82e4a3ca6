"""Cards of several classes that are destroyed by the same minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.stock.enums import AccountKind
from events.stock.models import Movement
from events.stock.services.accounts import hold_places, require_own
from events.stock.services.moving import move
from events.stock.validators import Minutes, of_place


@service
def destroy(
    *,
    by: Actor,
    office: Region,
    item: str,
    quantities: Mapping[str, int],
    minutes: Minutes,
    occurred_at: datetime,
    witnesses: Sequence[Mapping[str, str]],
    reason: str = "",
) -> list[Movement]:
    """One movement for each account of `quantities`, all or none."""
    require(by, Permission.STOCK_MOVE)
    require_own(by, office.pk)
    if not quantities:
        text = _("Say how many cards of which class are destroyed.")
        raise Invalid("quantity", text, field="quantities")
    hold_places([office.pk])
    target = of_place(AccountKind.DESTROYED, office.pk).key
    return [
        move(
            by=by,
            movement_id=uuid7(),
            item=item,
            source=source,
            target=target,
            quantity=quantity,
            document=minutes.number,
            occurred_at=occurred_at,
            reason=reason,
            minutes=minutes,
            witnesses=witnesses,
        )[0]
        for source, quantity in quantities.items()
    ]
