"""Logs are JSON events with a path, never a query string, a body or a person."""

import logging
from typing import Any

import structlog

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
]

_DATABASE_ERRORS = {
    *("DataError", "IntegrityError", "InternalError", "OperationalError", "ProgrammingError"),
    *("CheckViolation", "UniqueViolation", "ForeignKeyViolation", "NotNullViolation"),
    *("ExclusionViolation", "RaiseException", "InvalidTextRepresentation"),
}

structlog.configure(
    processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


def _without_values(logger: Any, name: str, event: Any) -> Any:
    """PostgreSQL repeats refused values in its messages; a refused row may be a person."""
    for error in event.get("exception") or []:
        if isinstance(error, dict) and error.get("exc_type") in _DATABASE_ERRORS:
            error["exc_value"] = error["exc_value"].partition("\n")[0].partition(":")[0]
    return event


def formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.ExceptionRenderer(
                # Locals of a frame may hold a person.
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            ),
            _without_values,
            structlog.processors.JSONRenderer(),
        ],
    )
