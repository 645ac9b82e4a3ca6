"""Taking a movement back: what was keyed wrong, or was found again, goes the way back with a reason."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Sum
from django.forms import BaseForm
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.core.errors import NotFound
from dukcapil.core.ids import uuid7
from dukcapil.core.templatetags.figures import people
from events.stock.enums import Act
from events.stock.models import Movement
from events.stock.services.moving import move
from reports.cover.selectors.sheets import movement_of
from reports.cover.selectors.words import account_words
from reports.stock_forms import TakeBackForm
from reports.views.stock import may_go_back
from reports.views.stock_desk import Desk
from reports.views.stock_ways import Way


def _moved(desk: Desk) -> Movement:
    """The movement of ``?mutasi=``. Raises NotFound for one that this office cannot take back."""
    try:
        wanted = uuid.UUID(desk.request.GET.get("mutasi", ""))
    except ValueError:
        raise NotFound from None
    moved = movement_of(desk.office, wanted)
    if moved.item != desk.item or not may_go_back(moved, desk.office.pk):
        raise NotFound
    return moved


def _form(desk: Desk) -> BaseForm:
    moved, own = _moved(desk), desk.office.pk
    return desk.fill(
        TakeBackForm,
        sources=[(moved.target.key, account_words(moved.target, own))],
        targets=[(moved.source.key, account_words(moved.source, own))],
        most=moved.quantity,
        initial={"quantity": moved.quantity, "document": moved.document},
    )


def _back_already(moved: Movement) -> int:
    """How many of it went back since, by the same document."""
    back = Movement.objects.filter(
        item=moved.item,
        act=Act.MOVE,
        source=moved.target_id,
        target=moved.source_id,
        document=moved.document,
        received_at__gt=moved.received_at,
    )
    return back.aggregate(n=Sum("quantity"))["n"] or 0


def _asks(desk: Desk, data: dict[str, Any]) -> str:
    moved, own = _moved(desk), desk.office.pk
    asked = _(
        "Take %(n)s of %(was)s cards back, from %(source)s to %(target)s? Both movements stay in the statement."
    ) % {
        "n": people(data["quantity"]),
        "was": people(moved.quantity),
        "source": account_words(moved.target, own),
        "target": account_words(moved.source, own),
    }
    if already := _back_already(moved):
        asked += " " + _("%(n)s of them have gone back already.") % {"n": people(already)}
    return asked


def _take_back(desk: Desk, data: dict[str, Any]) -> Any:
    moved = _moved(desk)
    return move(by=desk.actor, movement_id=uuid7(), item=moved.item, event=moved.event_id, **data)


TAKE_BACK = Way(
    "balik",
    gettext_lazy("Take a movement back"),
    gettext_lazy("What was keyed wrong, or was found again, goes the way back."),
    _form,
    _take_back,
    question=_asks,
)
