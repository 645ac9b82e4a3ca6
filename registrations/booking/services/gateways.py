"""How a message leaves the system: by e-mail, or by SMS or WhatsApp through a class that the office
names in DUKCAPIL_GATEWAY_PHONE.
"""

from __future__ import annotations

from functools import cache
from typing import Protocol

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.module_loading import import_string

log = structlog.get_logger()


class Gateway(Protocol):
    def send(self, address: str, subject: str, text: str) -> None:
        """Hand one message over. Raises OSError when it cannot be sent now."""


class Mail:
    """Over SMTP as DUKCAPIL_EMAIL_URL says."""

    def send(self, address: str, subject: str, text: str) -> None:
        EmailMessage(subject, text, to=[address]).send()


class Console:
    """For the demo and for offices without a gateway: the log says that something would be sent,
    never to whom.
    """

    def send(self, address: str, subject: str, text: str) -> None:
        log.info("message_not_really_sent", subject=subject, letters=len(text))


@cache
def gateway_of(channel: str) -> Gateway:
    return import_string(settings.GATEWAYS[channel])()
