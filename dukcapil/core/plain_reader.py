"""Rows of a long list, read without a serializer for each where a row is plain.

What is read here is what the serializer would have made of it, value for value; whatever is not plain (a
field too many, a blank, a wrong word, a sign that nobody sees) is left to the serializer, which refuses it in
its own words or reads it. So the two say the same, and `tests/core/test_plain_reader.py` compares them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty

from dukcapil.core.api import MomentField, StrictSerializer, TextField


class Unsure(ValueError):
    """Only the serializer knows."""


def _id(value: Any) -> uuid.UUID:
    if type(value) is not str:
        raise Unsure
    return uuid.UUID(value)


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None or not 1900 <= moment.year <= 9000:
        raise Unsure
    return moment.astimezone(UTC)


def _text(longest: int | None) -> Callable[[Any], str]:
    most = longest or 10_000

    def read(value: Any) -> str:
        if type(value) is not str or not value.isprintable():
            raise Unsure
        text = value.strip()
        if not text or len(text) > most:
            raise Unsure
        return text

    return read


def _word(field: serializers.ChoiceField) -> Callable[[Any], Any]:
    words = dict(field.choice_strings_to_values)

    def read(value: Any) -> Any:
        if type(value) is not str:
            raise Unsure
        return words[value]

    return read


def _reader_of(field: serializers.Field[Any, Any, Any, Any]) -> Callable[[Any], Any]:
    """Raises TypeError for a field that asks more than its reader does."""
    more = field.default is not empty or getattr(field, "min_length", None)
    if more or not getattr(field, "trim_whitespace", True):
        raise TypeError(field)
    if type(field) is serializers.UUIDField:
        return _id
    if type(field) is MomentField:
        return _moment
    if type(field) is TextField:
        return _text(field.max_length)
    if type(field) is serializers.ChoiceField and not field.allow_blank:
        return _word(field)
    raise TypeError(type(field))


class PlainReader:
    """`stands`: the serializer's own `validate` in one question, of a row whose fields are read."""

    def __init__(
        self, body: type[StrictSerializer], stands: Callable[[Mapping[str, Any]], bool]
    ) -> None:
        fields = body().fields
        self._readers = {name: _reader_of(field) for name, field in fields.items()}
        self._needed = frozenset(name for name, field in fields.items() if field.required)
        self._stands = stands

    def read(self, raw: Any) -> dict[str, Any] | None:
        """The validated values, or None where only the serializer knows."""
        if type(raw) is not dict or not self._needed <= raw.keys():
            return None
        readers = self._readers
        try:
            values = {name: readers[name](value) for name, value in raw.items()}
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            return None
        return values if self._stands(values) else None
