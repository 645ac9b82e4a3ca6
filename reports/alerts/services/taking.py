"""Somebody takes an alert: the others need not."""

from __future__ import annotations

import uuid

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.accounts.validators import refuse_number
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, Refused
from reports.alerts.models import Alert
from reports.alerts.selectors.shown import get_alert_or_404, takes


@service
def take_alert(*, by: Actor, alert_id: uuid.UUID, note: str) -> Alert:
    """Once: raises Conflict when somebody was faster, or when it is over."""
    require(by, Permission.ALERTS_TAKE)
    # Whose it is, before anything is locked.
    get_alert_or_404(by, alert_id)
    Alert.objects.select_for_update().get(pk=alert_id)
    alert = get_alert_or_404(by, alert_id)
    if not takes(by, alert):
        raise Refused("forbidden", _("Who looks after the server takes this one."))
    if not note.strip():
        raise Invalid("note", _("Say what you do about it."), field="note")
    refuse_number(note, field="note")
    if alert.closed_at is not None:
        raise Conflict("alert-closed", _("It is over already: nobody has to do anything."))
    if alert.taken_by is not None:
        text = _("%(name)s has taken it already.") % {"name": alert.taken_by.name}
        raise Conflict("alert-taken", text)
    Alert.objects.filter(pk=alert_id).update(
        taken_at=timezone.now(), taken_by_id=by.user_id, note=note.strip()
    )
    log_access(by=by, action=Access.CHANGE, kind="alert taken", subject=str(alert_id))
    return get_alert_or_404(by, alert_id)
