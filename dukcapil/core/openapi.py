"""What every call of the API shares, said in its document: problems, pages, retries, headers."""

from __future__ import annotations

import inspect
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dukcapil.core.http import IDEMPOTENCY_HEADER
from dukcapil.core.problems import MEDIA_TYPE

_WRITES = {"POST", "PUT", "PATCH", "DELETE"}

#: Problems by status, as components: name and what they mean.
PROBLEMS = {
    400: ("Unreadable", "The body is not JSON, or not an object."),
    401: ("NotAuthenticated", "No token, or one that does not hold."),
    403: ("Forbidden", "The role may not do this."),
    404: ("NotFound", "It does not exist, or is not yours: one answer for both."),
    406: ("NotAcceptable", "`Accept` names no format that this address has."),
    409: (
        "Conflict",
        "The state does not allow it. Or it asks: the same call with the words of `confirm` is done.",
    ),
    413: ("TooLarge", "The body is larger than 5 MiB."),
    415: ("UnsupportedMediaType", "The body is not application/json."),
    422: ("Invalid", "Fields or parameters have to be corrected: see `errors`."),
    429: ("TooManyRequests", "A limit is used up, of this minute or of today; see `Retry-After`."),
}

_POINTED = {
    "type": "object",
    "required": ["pointer", "detail"],
    "properties": {
        "pointer": {"type": "string", "description": "JSON pointer to the field; empty: the whole"},
        "detail": {"type": "string"},
    },
}
_TEXTS = {"type": "array", "items": {"type": "string"}}
_OBJECTS = {"type": "array", "items": {"type": "object", "additionalProperties": {}}}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457. Programs decide by `type`, people read `title` (`Accept-Language`).",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {
            "type": "string",
            "pattern": "^/problems/[a-z0-9-]+$",
            "description": "stable: never changes its meaning",
        },
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemField"}},
        "confirm": {**_TEXTS, "description": "the words of a question: send them as `confirm`"},
        "moves": {**_TEXTS, "description": "what a correction would do to figures, in sentences"},
        "current": {
            "oneOf": [{"type": "string"}, {"type": "integer"}],
            "description": "the version that stands, where an old one was signed or changed",
        },
        "resident": {
            "type": "string",
            "format": "uuid",
            "description": "the person of your own office who has this number already",
        },
        "residents": {
            "type": "array",
            "items": {"type": "string", "format": "uuid"},
            "description": "people of your own office who look alike",
        },
        "sheets": {**_OBJECTS, "description": "sheets of the workbook: choose one as `sheet`"},
        "columns": {**_OBJECTS, "description": "columns of the file: say what they hold"},
        "kinds": {**_TEXTS, "description": "what a column may hold"},
    },
}

_COUNT = {"type": "string", "pattern": "^[0-9]+$"}
HEADERS = {
    "ETag": {
        "description": "Strong. Send it as `If-None-Match`: 304 while nothing has changed.",
        "schema": {"type": "string"},
    },
    "Link": {
        "description": '`<address>; rel="next"` while more rows follow.',
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "Where to look for what is being made.",
        "schema": {"type": "string"},
    },
    "Idempotent-Replayed": {
        "description": "`true`: the stored answer of an earlier request with the same key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": _COUNT},
    "X-RateLimit-Limit": {"description": "Requests a minute and token.", "schema": _COUNT},
    "X-RateLimit-Remaining": {"description": "Left in this minute.", "schema": _COUNT},
    "X-RateLimit-Reset": {"description": "When it begins anew, Unix time.", "schema": _COUNT},
}
_KEY = {
    "name": IDEMPOTENCY_HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    "description": "A word of your own for this one request. The same again gets the stored answer, for "
    "two days; with another body 422.",
}


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _headers(*names: str) -> dict[str, Any]:
    return {name: _ref("headers", name) for name in names}


def components() -> dict[str, dict[str, Any]]:
    """What operations refer to."""
    responses = {
        name: {
            "description": meaning,
            "content": {MEDIA_TYPE: {"schema": _ref("schemas", "Problem")}},
            **({"headers": _headers("Retry-After")} if status == 429 else {}),
        }
        for status, (name, meaning) in PROBLEMS.items()
    }
    responses["NotModified"] = {
        "description": "What `If-None-Match` names is still so.",
        "headers": _headers("ETag"),
    }
    return {
        "schemas": {"Problem": PROBLEM, "ProblemField": _POINTED},
        "responses": responses,
        "headers": HEADERS,
    }


@extend_schema_field(_ref("schemas", "Problem"))
class ProblemField(serializers.DictField):
    """A problem within an answer."""


class ApiSchema(AutoSchema):
    """Adds to each operation what the base views do for it."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if not operation:
            return operation
        answers = operation["responses"]
        for status, answer in answers.items():
            if status.startswith("2"):
                self._describe(status, answer)
        if self.method == "GET":
            answers["304"] = _ref("responses", "NotModified")
        for status in self._statuses(operation):
            answers[str(status)] = _ref("responses", PROBLEMS[status][0])
        if self.method == "POST" and getattr(self.view, "keeps_answers", False):
            operation.setdefault("parameters", []).append(_KEY)
        operation["responses"] = dict(sorted(answers.items()))
        return operation

    def get_description(self) -> Any:
        """What the call or its own view says; the words of our base views are for colleagues."""
        said = getattr(self.view, str(self.method).lower()).__doc__ or type(self.view).__doc__ or ""
        return inspect.cleandoc(said)

    def get_summary(self) -> str | None:
        return self.get_description().partition(". ")[0].partition("\n")[0].rstrip(".:") or None

    def _describe(self, status: str, answer: dict[str, Any]) -> None:
        names = ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]
        if self.method == "GET":
            names.append("ETag")
            said = [getattr(one, "name", "") for one in self.get_override_parameters()]
            if self._is_list_view() or "cursor" in said:
                names.append("Link")
        elif self.method == "POST" and getattr(self.view, "keeps_answers", False):
            names.append("Idempotent-Replayed")
            if status == "202":
                names.append("Location")
        answer["headers"] = _headers(*names)

    def _statuses(self, operation: dict[str, Any]) -> set[int]:
        statuses = {401, 403, 406, 422, 429, *getattr(self.view, "also_answers", ())}
        if operation.get("parameters") or "requestBody" in operation:
            statuses.add(404)
        if self.method in _WRITES:
            statuses |= {400, 409, 413, 415}
        return statuses
