"""The job that looks: what is wrong and not open yet is opened and told, what is over is closed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.locks import Lock, try_hold
from dukcapil.regions.validators import lineage
from reports.alerts.enums import KINDS
from reports.alerts.models import Alert, AlertAddress, AlertMail
from reports.alerts.selectors.causes import Cause, causes, posted_now
from reports.alerts.selectors.rules import Rules, rules_at
from reports.alerts.validators import mail_may_go


@dataclass(frozen=True)
class Looked:
    opened: int = 0
    closed: int = 0


def look() -> Looked:
    """One look at every office, in a fixed number of statements. While another process looks, nothing is
    done: it tells the same. That a cause is open once the database says too (`alert_one_open`).
    """
    with scoped(EVERYBODY):
        if not try_hold(Lock.ALERTS, ["look"]):
            return Looked()
        now = timezone.now()
        rules = rules_at()
        found = {cause.key: cause for cause in causes(rules, now)}
        standing = {
            (alert.kind, alert.region_id, alert.subject): alert
            for alert in Alert.objects.filter(closed_at=None)
        }
        closed = _close([alert for key, alert in standing.items() if key not in found], now)
        _refresh((alert, found[key]) for key, alert in standing.items() if key in found)
        opened = _open([cause for key, cause in found.items() if key not in standing])
        _write_mails(opened, rules, now)
        return Looked(len(opened), closed)


def _close(gone: list[Alert], now: datetime) -> int:
    if not gone:
        return 0
    return Alert.objects.filter(pk__in=[alert.pk for alert in gone]).update(closed_at=now)


def _refresh(pairs: Iterable[tuple[Alert, Cause]]) -> None:
    """What is shown of an open alert is what holds now; nobody is told anew."""
    changed = []
    for alert, cause in pairs:
        if alert.facts != cause.facts:
            alert.facts = cause.facts
            changed.append(alert)
    if changed:
        Alert.objects.bulk_update(changed, ["facts"], batch_size=500)


def _open(fresh: list[Cause]) -> list[Alert]:
    """Those of them that are open now through us: another one may have been faster."""
    alerts = [
        Alert(
            kind=cause.kind,
            region_id=cause.region,
            subject=cause.subject,
            facts=cause.facts,
            seen_by=list(KINDS[cause.kind].seen_by),
        )
        for cause in fresh
    ]
    if not alerts:
        return []
    Alert.objects.bulk_create(alerts, ignore_conflicts=True)
    ours = set(Alert.objects.filter(pk__in=[one.pk for one in alerts]).values_list("pk", flat=True))
    return [alert for alert in alerts if alert.pk in ours]


def _write_mails(alerts: list[Alert], rules: Rules, now: datetime) -> None:
    """To everybody whose work it is and who agreed to an address: written with the alert, so that no mail
    is lost, whatever becomes of the server. In quiet hours of the place it waits.
    """
    mailed = [alert for alert in alerts if KINDS[alert.kind].mailed_to]
    if not mailed:
        return
    readers = _readers(now)
    AlertMail.objects.bulk_create(
        [
            AlertMail(
                alert=alert,
                user_id=user_id,
                due_at=mail_may_go(
                    now, alert.region_id, rules.of(alert.kind, alert.region_id).quiet
                ),
            )
            for alert in mailed
            for region in lineage(alert.region_id)
            for user_id, role in readers.get(region, ())
            if role in KINDS[alert.kind].mailed_to
        ],
        batch_size=1_000,
        ignore_conflicts=True,
    )


def _readers(now: datetime) -> dict[str, list[tuple[int, str]]]:
    """Region of a posting of today -> (user, role) of those who are mailed."""
    agreed = AlertAddress.objects.exclude(email="").filter(refused_at=None)
    posted = posted_now(now).filter(user__is_active=True, user__in=agreed.values("user_id"))
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for region, user_id, role in posted.order_by("pk").values_list("region_id", "user_id", "role"):
        found[region].append((user_id, role))
    return found
