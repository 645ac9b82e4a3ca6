"""Who sees which alert."""

from __future__ import annotations

import uuid
from collections import Counter

from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import BaseExpression

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.regions.models import inside, inside_outer
from dukcapil.regions.validators import NATION
from reports.alerts.enums import AlertState, MailState
from reports.alerts.models import Alert, AlertAddress

_STATES = {
    AlertState.OPEN: Q(closed_at=None, taken_at=None),
    AlertState.TAKEN: Q(closed_at=None, taken_at__isnull=False),
    AlertState.CLOSED: Q(closed_at__isnull=False),
}


def alerts_seen_by(by: Actor) -> QuerySet[Alert]:
    """Of the own region and what lies in it, and of the whole house, as far as the role is told of it."""
    if not by.may(Permission.ALERTS_VIEW):
        return Alert.objects.none()
    return _seen(inside("region_id", by.region), by.role)


def _seen(own: Q, role: str | OuterRef) -> QuerySet[Alert]:
    return Alert.objects.filter(own | Q(region=NATION), seen_by__contains=[role])


def bell() -> dict[str, BaseExpression]:
    """What the header of every page says, for `accounts.selectors.read_with_posting`."""
    seen = _seen(inside_outer("region_id", "region_id"), OuterRef("role"))
    waiting = seen.filter(_STATES[AlertState.OPEN]).order_by()
    refused = AlertAddress.objects.filter(user_id=OuterRef("user_id"), refused_at__isnull=False)
    return {
        # No aggregate of Django's: it would group, and find no row where nothing waits.
        "open_alerts": Subquery(
            waiting.values(n=Func(F("pk"), function="count", output_field=IntegerField()))
        ),
        "mail_refused": Exists(refused),
    }


def alerts(by: Actor, code: str | None = None, state: str = "", kind: str = "") -> QuerySet[Alert]:
    """Newest first, with what a list shows of each. `code`: those of that region and below it."""
    found = alerts_seen_by(by).select_related("region", "taken_by")
    if code is not None:
        found = found.filter(inside("region_id", code))
    if state:
        found = found.filter(_STATES[AlertState(state)])
    if kind:
        found = found.filter(kind=kind)
    return found.order_by("-opened_at", "-pk")


def waiting_alerts(by: Actor) -> QuerySet[Alert]:
    """Open, and nobody has taken them."""
    return alerts_seen_by(by).filter(_STATES[AlertState.OPEN])


def get_alert_or_404(by: Actor, alert_id: uuid.UUID) -> Alert:
    alert = alerts(by).filter(pk=alert_id).first()
    if alert is None:
        raise NotFound
    return alert


def takes(by: Actor, alert: Alert) -> bool:
    """Whether somebody who sees it may take it. What concerns everybody is for who looks after the house."""
    return by.may(Permission.ALERTS_TAKE) and by.covers(alert.region_id)


def mails_of(alert: Alert) -> Counter[str]:
    """How many people were mailed, or wait to be: state -> n. No address, and no name."""
    return Counter(alert.mails.order_by().values_list("state", flat=True))


def address_of(by: Actor) -> AlertAddress | None:
    """Where this person agreed to be mailed, if anywhere."""
    return AlertAddress.objects.filter(user_id=by.user_id).exclude(email="").first()


def words_of_mails(counts: Counter[str]) -> list[tuple[str, int]]:
    return [(str(MailState(state).label), counts[state]) for state in MailState if counts[state]]
