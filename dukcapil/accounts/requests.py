"""What our middleware puts on a request: who asks, and by which posting."""

from __future__ import annotations

from dukcapil.accounts.models import Posting
from dukcapil.accounts.scoping import Actor
from dukcapil.core.kept import Kept
from dukcapil.core.requests import HtmxRequest


class Request(HtmxRequest):
    """A request of anybody: both are None for somebody without a posting today."""

    actor: Actor | None
    posting: Posting | None
    #: What was typed on this page and lost; `accounts.access.page` takes it.
    kept: Kept | None


class StaffRequest(Request):
    """A request to a page behind `accounts.access.page`, which lets in only who has both."""

    actor: Actor
    posting: Posting
