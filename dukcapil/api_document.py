"""The last touch on the document of the API: words that mean the same everywhere, and examples."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

from dukcapil.api_examples import EXAMPLES, SUMMARIES
from dukcapil.core.api import StrictSerializer
from dukcapil.core.openapi import components

#: What our base of all bodies says to colleagues.
_STRICT = cleandoc(StrictSerializer.__doc__ or "")
_CODE = r"^[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?$"
_CODE_SENT = r"^([0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?|[0-9]{4}|[0-9]{6}|[0-9]{10})$"
_PERCENT = r"^-?[0-9]+\.[0-9]{2}$"

#: What a text looks like, by the name of its field in answers.
PATTERNS = {
    **dict.fromkeys(("region", "office", "village", "parent", "domicile"), _CODE),
    "hash": "^[0-9a-f]{64}$",
    "secret": "^whsec_[A-Za-z0-9+/=]+$",
    **dict.fromkeys(
        (
            *("recorded_percent", "unrecorded_percent", "printed_percent", "target_percent"),
            *("ikd_percent_of_base", "ikd_percent_of_target", "ikd_target_percent"),
            "published_unrecorded_percent",
        ),
        _PERCENT,
    ),
}
#: And in what is sent: codes may come without their dots, a number with spaces is refused by nobody.
SENT = {
    **dict.fromkeys(("region", "office", "village", "parent", "orgUnit"), _CODE_SENT),
    "nik": "^[0-9]{16}$",
}

#: Their `office` is a name as somebody signs, no code.
NAMES = {"StockWitness", "StockWitnessAnswer"}


def finish(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """The last of drf-spectacular's hooks."""
    made = result["components"]
    sent = set(_sent_schemas(result))
    for name, schema in made["schemas"].items():
        if schema.get("description") == _STRICT:
            del schema["description"]
        if name not in NAMES:
            _patterns(schema, SENT if name in sent else PATTERNS)
    for kind, named in components().items():
        made.setdefault(kind, {}).update(named)
    for operation in _operations(result):
        for parameter in operation.get("parameters", []):
            if parameter["name"] in SENT and parameter["in"] == "query":
                parameter["schema"].setdefault("pattern", SENT[parameter["name"]])
        if summary := SUMMARIES.get(operation["operationId"]):
            operation["summary"] = summary
        _example(operation)
    return result


def _operations(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in result["paths"].values():
        yield from methods.values()


def _sent_schemas(result: dict[str, Any]) -> Iterator[str]:
    for operation in _operations(result):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            yield content["schema"].get("$ref", "").rpartition("/")[2]


def _patterns(schema: dict[str, Any], patterns: dict[str, str]) -> None:
    for name, field in schema.get("properties", {}).items():
        plain = field.get("type") == "string" and not {"enum", "format"} & field.keys()
        if plain and name in patterns:
            field["pattern"] = patterns[name]


def _example(operation: dict[str, Any]) -> None:
    sent, answered = EXAMPLES.get(operation["operationId"], (None, None))
    if sent:
        operation["requestBody"]["content"]["application/json"]["example"] = sent
    if answered:
        first = next(
            answer for status, answer in operation["responses"].items() if status.startswith("2")
        )
        first["content"]["application/json"]["example"] = answered
