"""Telling programs that a release is out: signed as the Standard Webhooks specification says.

The tables are the work list: whatever is lost with Redis is sent at the next look.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson
import structlog
import urllib3
from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.crypto import decrypt, encrypt
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.core.work import Queue
from reports.publication.enums import DeliveryState
from reports.publication.models import Webhook, WebhookDelivery
from reports.releases.models import Release

log = structlog.get_logger()

#: Waits after each failed try; after the last one the message is given up.
RETRIES = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 6 * 60, 12 * 60, 24 * 60)
)
#: Seconds to wait for an address to connect and to answer.
PATIENCE = urllib3.Timeout(connect=5, read=10)


@service
def add_webhook(*, by: Actor, url: str) -> tuple[Webhook, str]:
    """The webhook and its secret, which is shown this once."""
    require(by, Permission.WEBHOOKS_MANAGE)
    _check(url)
    secret = secrets.token_bytes(32)
    webhook = Webhook(posting_id=by.posting_id, url=url)
    webhook.secret = encrypt(secret.hex(), context=f"webhook {webhook.pk}")
    webhook.save(force_insert=True)
    return webhook, "whsec_" + base64.b64encode(secret).decode()


def _check(url: str) -> None:
    """Only hosts that the operator allowed, so that nobody makes this server call internal ones."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" and host not in ("127.0.0.1", "localhost"):
        raise Invalid("webhook-url", _("The address begins with https://."), field="url")
    if host not in settings.WEBHOOK_HOSTS or parts.username or parts.password:
        allowed = ", ".join(settings.WEBHOOK_HOSTS) or _("none yet; ask the operator")
        raise Invalid(
            "webhook-host",
            _("Hosts that may be told: %(allowed)s.") % {"allowed": allowed},
            field="url",
        )


@service
def end_webhook(*, by: Actor, webhook_id: uuid.UUID) -> Webhook:
    require(by, Permission.WEBHOOKS_MANAGE)
    webhook = own_webhooks(by).filter(pk=webhook_id).first()
    if webhook is None:
        raise NotFound
    webhook.active = False
    webhook.save(update_fields=["active"])
    return webhook


def own_webhooks(by: Actor) -> Any:
    return Webhook.objects.filter(posting_id=by.posting_id)


def own_deliveries(by: Actor) -> Any:
    return WebhookDelivery.objects.filter(webhook__posting_id=by.posting_id)


@service
def replay(*, by: Actor, delivery_id: uuid.UUID) -> WebhookDelivery:
    """The same message again, as a delivery of its own; the log keeps both."""
    require(by, Permission.WEBHOOKS_MANAGE)
    first = own_deliveries(by).select_related("webhook").filter(pk=delivery_id).first()
    if first is None or not first.webhook.active:
        raise NotFound
    same = WebhookDelivery.objects.filter(webhook=first.webhook, release_id=first.release_id)
    number = same.aggregate(last=Max("replay"))["last"] + 1
    return WebhookDelivery.objects.create(
        webhook=first.webhook,
        release_id=first.release_id,
        replay=number,
        due_at=timezone.now(),
    )


# --- the job --------------------------------------------------------------------------------------


def announce() -> int:
    """Creates a delivery for every release that is out and every address that existed at its hour."""
    created = 0
    for release in Release.objects.out().order_by("day"):
        told = WebhookDelivery.objects.filter(release=release).values("webhook_id")
        # An address that was added after a release is not told of it.
        waiting = Webhook.objects.filter(active=True, created_at__lte=release.embargo_until)
        for webhook in waiting.exclude(pk__in=told):
            try:
                with transaction.atomic():
                    WebhookDelivery.objects.create(
                        webhook=webhook, release=release, due_at=timezone.now()
                    )
                created += 1
            except IntegrityError:
                log.info("delivery_made_meanwhile", release=release.pk)
    return created


def deliver_due(now: datetime | None = None) -> int:
    """Send the deliveries that are due, one after another; returns how many arrived."""
    return DELIVERIES.run_due(now)


def body_of(release: Release, region: str) -> bytes:
    """`region`: the receiver's own; its token gets the released figures at this address, of the release's
    day and of the level below.
    """
    return orjson.dumps(
        {
            "type": "release.published",
            "timestamp": release.embargo_until,
            "data": {
                "release": release.name,
                "day": release.day,
                "coverage": f"/api/v1/coverage/?region={region}&release={release.pk}",
            },
        }
    )


def signature(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body``."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(secret, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _send(delivery: WebhookDelivery) -> str:
    """The status of the answer, or the kind of error if none came."""
    webhook = delivery.webhook
    secret = bytes.fromhex(decrypt(bytes(webhook.secret), context=f"webhook {webhook.pk}"))
    body, now = (
        body_of(delivery.release, webhook.posting.region_id),
        int(timezone.now().timestamp()),
    )
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "dukcapil",
        "webhook-id": str(delivery.pk),
        "webhook-timestamp": str(now),
        "webhook-signature": signature(secret, str(delivery.pk), now, body),
    }
    try:
        _check(webhook.url)
        answer = urllib3.request(
            "POST",
            webhook.url,
            body=body,
            headers=headers,
            timeout=PATIENCE,
            retries=False,
            redirect=False,
            preload_content=False,
        )
        answer.release_conn()
    except Invalid:
        return "host no longer allowed"
    return str(answer.status)


def _deliver(delivery: WebhookDelivery, _asker: None) -> dict[str, Any]:
    try:
        answer = _send(delivery)
    except (urllib3.exceptions.HTTPError, InvalidTag, ValueError) as error:
        answer = type(error).__name__
    log.info("webhook_sent", delivery=str(delivery.pk), answer=answer, attempt=delivery.attempts)
    outcome: dict[str, Any] = {"answer": answer[:60], "answered_at": timezone.now()}
    if answer.isdigit() and answer.startswith("2"):
        return outcome | {"state": DeliveryState.DELIVERED}
    if not delivery.webhook.active:
        return outcome | {"state": DeliveryState.FAILED}
    return outcome


DELIVERIES = Queue(
    WebhookDelivery, _deliver, tries=len(RETRIES) + 1, wait=lambda tries: RETRIES[tries - 1]
)
