"""Accounts of the card ledger as a storekeeper calls them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from events.stock.enums import CLASSES, AccountKind
from events.stock.models import StockAccount


def account_words(account: StockAccount, own: str = "", *, titled: bool = True) -> str:
    """`own`: code of the office on whose page it stands; others are named. `titled`: whoever reads it may
    read what events are called.
    """
    kind = AccountKind(account.kind)
    if account.card_class:
        return f"{kind.label}: {CLASSES[kind](account.card_class).label}"
    if account.point is not None:
        return account.point.name
    if account.event is not None and titled:
        words = _("Bag: %(event)s") % {"event": account.event.title}
        return f"{words}, {account.team.name}" if account.team else words
    place = account.office or account.province
    if place is None or place.pk == own:
        return str(kind.label)
    if kind == AccountKind.IN_TRANSIT:
        return _("On the way to %(office)s") % {"office": place.name}
    return f"{kind.label}: {place.name}"
