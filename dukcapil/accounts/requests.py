"""What our middleware puts on a request: who asks, and by which posting."""

from __future__ import annotations

from dukcapil.accounts.models import Posting
from dukcapil.accounts.scoping import Actor
from dukcapil.core.requests import HtmxRequest


class Request(HtmxRequest):
    """Anybody's: without a posting today both are None."""

    actor: Actor | None
    posting: Posting | None


class StaffRequest(Request):
    """Of a page behind `accounts.access.page`: somebody at work."""

    actor: Actor
    posting: Posting
