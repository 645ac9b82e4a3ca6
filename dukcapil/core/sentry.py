"""Errors to the office's own collector, without anything that may be a person.

Off unless DUKCAPIL_SENTRY_DSN is set. What leaves: the kind of error, the frames of our code without
their variables, the pattern of the address, and nothing of the request itself: no body, cookie, header,
address or user.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.conf import settings

from dukcapil.core.logs import scrub

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

#: The only parts of an event that are sent, whatever a later version of the library adds.
PARTS_SENT = {
    *("event_id", "timestamp", "platform", "level", "logger", "exception", "transaction"),
    *("release", "environment", "server_name", "sdk"),
}


def start(dsn: str = "", transport: Any = None) -> None:
    """Begin to report, in web and worker alike. Without an address nothing is set up."""
    dsn = dsn or settings.SENTRY_DSN
    if not dsn:
        return
    # Most offices have no collector, and each start of a process would pay 40 ms for its library.
    import sentry_sdk  # noqa: PLC0415 - only where there is a collector
    from sentry_sdk.integrations import celery, django  # noqa: PLC0415 - only where there is a collector

    sentry_sdk.init(
        dsn=dsn,
        transport=transport,
        default_integrations=False,
        integrations=[django.DjangoIntegration(), celery.CeleryIntegration()],
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        traces_sample_rate=0,
        before_send=_sent,
    )


def _sent(event: Event, hint: Hint) -> Event:
    return cast("Event", without_people({**event}, hint))


def without_people(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """Only the parts that may be sent; of an exception only its kind: its text may quote a value."""
    parts = {name: value for name, value in event.items() if name in PARTS_SENT}
    for error in parts.get("exception", {}).get("values", []):
        error.pop("value", None)
        for frame in error.get("stacktrace", {}).get("frames", []):
            frame.pop("vars", None)
    cleaned: dict[str, Any] = scrub(parts)
    return cleaned
