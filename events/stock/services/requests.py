"""What an office asks the province for, what is granted, and when an office looks for more."""

from __future__ import annotations

import uuid
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid, NotFound, Refused
from dukcapil.regions.models import Region
from events.stock.models import StockRequest, StockThreshold
from events.stock.services.accounts import require_own
from events.stock.validators import MOST, refusal


@service
def ask_stock(*, by: Actor, office: Region, item: str, asked: int, reason: str) -> StockRequest:
    require(by, Permission.STOCK_MOVE)
    require_own(by, office.pk)
    if not 1 <= asked <= MOST:
        raise refusal(StockRequest, "stockrequest_asked")
    row = StockRequest.objects.create(
        office=office, item=item, asked=asked, reason=reason.strip(), asked_by_id=by.user_id
    )
    log_access(by=by, action=Access.CHANGE, kind="stock request", subject=str(row.pk))
    return row


@service
def decide_request(
    *, by: Actor, request_id: uuid.UUID, granted: int, note: str = ""
) -> StockRequest:
    """By the province of the office: how many it gives, which may be more than was asked. Raises Conflict
    when it was decided already.
    """
    require(by, Permission.STOCK_DECIDE)
    row = StockRequest.objects.select_for_update().filter(pk=request_id).first()
    if row is None or not by.covers(row.office_id):
        raise NotFound
    if by.office is not None:
        raise Refused("forbidden", _("The province decides on requests of its offices."))
    if not 0 <= granted <= MOST:
        raise refusal(StockRequest, "stockrequest_granted")
    row.granted, row.note = granted, note.strip()
    row.decided_by_id, row.decided_at = by.user_id, timezone.now()
    row.save(update_fields=["granted", "note", "decided_by", "decided_at"])
    log_access(by=by, action=Access.CHANGE, kind="stock request decided", subject=str(row.pk))
    return row


@service
def set_threshold(
    *, by: Actor, office: Region, item: str, least: int, valid_from: date
) -> StockThreshold:
    """From a day on: what was so before stays as it was."""
    require(by, Permission.STOCK_MOVE)
    require_own(by, office.pk)
    if not 0 <= least <= MOST:
        raise Invalid("threshold", _("A number from 0 to 10,000,000."), field="least")
    if valid_from < by.today:
        raise Invalid("threshold-past", _("Begin today or later."), field="valid_from")
    row = StockThreshold.objects.create(
        office=office, item=item, least=least, valid_from=valid_from, by_id=by.user_id
    )
    log_access(by=by, action=Access.CHANGE, kind="stock threshold", subject=str(row.pk))
    return row
