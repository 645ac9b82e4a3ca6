"""The job that mails: one mail for each alert and person, over the gateway of messages.

A server that does not answer loses none: mails wait for it, as long as it takes. A mailbox that is full
holds up its own mails alone. Only when it says that nobody has an address, nothing is sent there any more, and
its owner is told so by the bell.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any

import structlog
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from dukcapil.accounts.scoping import scoped
from dukcapil.accounts.selectors import current_posting
from dukcapil.core.db import EVERYBODY
from dukcapil.core.work import Queue, Stopped
from dukcapil.regions.validators import within
from registrations.booking.enums import Channel
from registrations.booking.services.gateways import gateway_of
from reports.alerts.enums import KINDS, MailState
from reports.alerts.models import AlertAddress, AlertMail
from reports.alerts.renderers import mail_of
from reports.alerts.selectors.rules import rules_at
from reports.alerts.validators import mail_may_go

log = structlog.get_logger()

#: More than a year and a half of tries: by then a person has given the mail up, and not the job.
TRIES = 30_000
#: Minutes between tries, at most.
LONGEST_WAIT = 30
#: Mails of one run, and how many in a row fail before the server is left alone until the next one.
MOST_MAILS, MOST_IN_VAIN = 200, 3


def send_due() -> int:
    """Send what is due, each in a transaction of its own; returns how many were sent."""
    sent = in_vain = 0
    begun = timezone.now()
    for mail_id in _due():
        done = MAILS.run(mail_id)
        sent += done
        in_vain = in_vain + 1 if not done and _is_in_vain(mail_id, begun) else 0
        if in_vain == MOST_IN_VAIN:
            break
    return sent


def _is_in_vain(mail_id: uuid.UUID, begun: datetime) -> bool:
    """Whether the mail waits on, and for the server: neither dropped, nor held up by its own mailbox alone."""
    waiting = AlertMail.objects.filter(pk=mail_id, state=MailState.WAITING)
    return waiting.exclude(held_at__gte=begun).exists()


def _due() -> list[uuid.UUID]:
    """Mails that may go out now. What is tried again waits for the end of quiet hours too, and for those
    that were tried less often.
    """
    now, may_go = timezone.now(), []
    waiting = AlertMail.objects.filter(state=MailState.WAITING, due_at__lte=now)
    rules = rules_at()
    for mail in waiting.select_related("alert").order_by("attempts", "due_at", "pk")[:MOST_MAILS]:
        region = mail.alert.region_id
        moment = mail_may_go(now, region, rules.of(mail.alert.kind, region).quiet)
        if moment <= now:
            may_go.append(mail.pk)
        else:
            AlertMail.objects.filter(pk=mail.pk, attempts=mail.attempts).update(due_at=moment)
    return may_go


def _send(mail: AlertMail, _asker: None) -> dict[str, Any]:
    """Words and address are those of this moment. Raises Stopped when it is not theirs any more."""
    address = AlertAddress.objects.filter(user_id=mail.user_id, refused_at=None).first()
    if address is None or not address.email or not _is_theirs(mail):
        raise Stopped
    with translation.override("id"):
        subject, text = mail_of(mail.alert, _address_of_page(mail))
    try:
        gateway_of(Channel.EMAIL).send(address.email, subject, text)
    except SMTPRecipientsRefused as error:
        if _takes_nothing_now(error):
            log.info("alert_mailbox_holds", id=str(mail.pk))
            return {"held_at": timezone.now()}
        if not _nobody_has_it(error):
            raise
        AlertAddress.objects.filter(pk=address.pk).update(refused_at=timezone.now())
        log.info("alert_address_refused", user=mail.user_id)
        return {"state": MailState.REFUSED}
    return {"state": MailState.SENT}


MAILS = Queue(
    AlertMail,
    _send,
    tries=TRIES,
    wait=lambda tries: timedelta(minutes=min(2 ** min(tries - 1, 5), LONGEST_WAIT)),
    scope=lambda: scoped(EVERYBODY),
    stopped=MailState.DROPPED,
)


def _is_theirs(mail: AlertMail) -> bool:
    """Whether whom it is for still works where it happened, in a role whose work it is."""
    posting = current_posting(mail.user_id)
    return (
        posting is not None
        and posting.user.is_active
        and posting.role in KINDS[mail.alert.kind].mailed_to
        and within(mail.alert.region_id, posting.region_id)
    )


def _nobody_has_it(error: SMTPRecipientsRefused) -> bool:
    """Whether the server refuses this address for good; a rule of its own (5.7.x: no relay, a blocked
    sender) says nothing about the address.
    """
    return any(
        code in (550, 551, 553) and not text.decode(errors="replace").startswith("5.7.")
        for code, text in error.recipients.values()
    )


def _takes_nothing_now(error: SMTPRecipientsRefused) -> bool:
    """Whether it is this mailbox alone that is full or locked (x.2.x, 450, 552). Any other "later" is the
    server's own.
    """
    return all(
        code in (450, 552) or text.decode(errors="replace").startswith(("4.2.", "5.2."))
        for code, text in error.recipients.values()
    )


def _address_of_page(mail: AlertMail) -> str:
    """A link for whoever reads a mail; where no origin is set, that of the machine itself."""
    named = (one for one in settings.CSRF_TRUSTED_ORIGINS if "*" not in one)
    origin = next(named, f"http://127.0.0.1:{settings.PORT}")
    return origin.rstrip("/") + reverse("alert", args=[mail.alert_id])
