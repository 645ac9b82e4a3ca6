"""Logs are JSON events with a route, never a path, a query string, a body or a person."""

import logging
import re
from typing import Any

import structlog

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
]

#: A UUID, which stays; or sixteen digits and more, with the signs that people and URLs put between.
_NUMBERS = re.compile(
    r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"|\d(?:(?:[\s._\-+/]|%20|%2E|%2F){0,3}\d){15,}",
    re.IGNORECASE,
)


def without_numbers(text: str) -> str:
    """The text without anything that may be a NIK or a family card number."""
    return _NUMBERS.sub(lambda match: match[1] or "[number]", text)


structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *SHARED,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


def _without_arguments(logger: Any, name: str, event: Any) -> Any:
    """Celery puts the text of an exception into its message. Then we log the pattern of the message
    instead, with the task's name and id beside it.
    """
    record = event.get("_record")
    failed = event.get("exc_info") or (record is not None and record.exc_info)
    if record is not None and failed and isinstance(record.msg, str):
        event["event"] = record.msg
        data = getattr(record, "data", None)
        if isinstance(data, dict):
            event |= {key: data[key] for key in ("name", "id") if key in data}
    return event


def route_of(request: Any) -> str:
    """The pattern of the address that answers: what stands in its place (a key, an id) is not logged.
    Empty until it is known; a made-up address stays unknown.
    """
    match = getattr(request, "resolver_match", None)
    return "/" + match.route if match else ""


def _without_path(logger: Any, name: str, event: Any) -> Any:
    """Django's own lines about a request name its path: "Not Found: /kalender/<the key>/"."""
    record, arguments = event.get("_record"), event.pop("positional_args", ())
    request = getattr(record, "request", None)
    if record is not None and request is not None and isinstance(arguments, tuple):
        route = route_of(request) or "?"
        for one in arguments:
            if isinstance(one, str) and one.startswith("/"):
                event["event"] = event["event"].replace(one, route)
    return event


def _without_values(logger: Any, name: str, event: Any) -> Any:
    """The text of an exception may quote a value, and that may be a person: PostgreSQL repeats the
    values that it refused, `int()` its argument. The kind and the frames are enough to find a fault.
    """
    for error in event.get("exception") or []:
        if isinstance(error, dict):
            error["exc_value"] = ""
            error["exc_notes"] = []
    return event


def _scrubbed(logger: Any, name: str, event: Any) -> Any:
    """Takes out numbers that somebody typed where they do not belong, such as in an address."""
    return scrub(event)


def scrub(value: Any) -> Any:
    """The same structure with every text (keys too) passed through `without_numbers`."""
    if isinstance(value, str):
        return without_numbers(value)
    if isinstance(value, dict):
        return {without_numbers(str(key)): scrub(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [scrub(inner) for inner in value]
    if isinstance(value, (int, float)) or value is None:
        return without_numbers(str(value)) if isinstance(value, int) and value > 10**15 else value
    return without_numbers(str(value))


def formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        pass_foreign_args=True,
        processors=[
            _without_arguments,
            _without_path,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.ExceptionRenderer(
                # Locals of a frame may hold a person.
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            ),
            _without_values,
            _scrubbed,
            structlog.processors.JSONRenderer(),
        ],
    )
