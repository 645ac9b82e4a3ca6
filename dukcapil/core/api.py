"""The base of every API view: strict input, fields, and lists in pages with a cursor."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Any, TypeVar, get_args, get_origin, is_typeddict
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dukcapil.core.characters import REFUSAL, Unseen, plain
from dukcapil.core.errors import Invalid
from dukcapil.core.rows import Column, columns

S = TypeVar("S", bound=serializers.Serializer[Any])

_DIGITS = re.compile(r"-?[0-9]{1,18}")

PAGE_SIZE = 200
LARGEST_PAGE = 1000


def _allowed(field: serializers.ChoiceField) -> str:
    """As a message of REST framework, which puts the `input` in."""
    allowed = ", ".join(map(str, field.choices))
    return gettext("“{input}” is none of the choices. Allowed: %(allowed)s.") % {"allowed": allowed}


#: In the language of the answer, and only where it is asked for: fields are made for every row of a batch.
_none_of = lazy(_allowed, str)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not know: a misspelt name must not be ignored in silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                allowed = ", ".join([*self.fields, *self.context.get("beside", ())])
                text = _("Unknown field. Allowed: %(allowed)s.") % {"allowed": allowed}
                raise serializers.ValidationError({name: [text] for name in unknown})
        return super().to_internal_value(data)

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        for one in fields.values():
            if isinstance(one, serializers.UUIDField):
                one.error_messages["invalid"] = _("No valid id (a UUID).")
            choice = one.child if isinstance(one, serializers.ListField) else one
            if isinstance(choice, serializers.ChoiceField):
                choice.error_messages["invalid_choice"] = _none_of(choice)
        return fields


class DayField(serializers.DateField):
    """Tells a day that no calendar has from what is written in another form."""

    def to_internal_value(self, value: Any) -> date:
        try:
            return date.fromisoformat(str(super().to_internal_value(value)))
        except serializers.ValidationError as error:
            if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
                text = _("No day of the calendar: there is no such day in this month.")
                raise serializers.ValidationError(text, code="invalid") from error
            raise


class Empty(StrictSerializer):
    """For calls that take no fields: any field that is sent is refused."""


class TextField(serializers.CharField):
    """Text only: DRF's own field turns numbers into text, which corrupts a NIK sent as one. Without
    characters that nobody sees.
    """

    default_error_messages = {
        "invalid": _("Must be text, in quotation marks."),
        "characters": REFUSAL,
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if "\x00" in data:
            self.fail("invalid")
        try:
            return str(super().to_internal_value(plain(data)))
        except Unseen:
            self.fail("characters")


class WholeNumberField(serializers.IntegerField):
    """A whole number, as JSON has it or in digits alone: DRF's own field reads the text `1.000` as 1."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        if isinstance(data, bool) or not _DIGITS.fullmatch(str(data)):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class MomentField(serializers.DateTimeField):
    """A moment with its offset. Without one nobody knows which of three zones is meant."""

    default_error_messages = {
        "naive": _("Give the time with its offset: 2024-11-15T08:00:00+07:00."),
        "range": _("This time is too far away."),
    }

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            self.fail("naive")
        if not 1900 <= value.year <= 9000:
            self.fail("range")
        return value.astimezone(UTC)


@extend_schema_field({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"})
class ClockField(serializers.TimeField):
    """What a clock on the wall says. No `format: time`, which has an offset, and none is taken: DRF's
    own field drops one in silence.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%H:%M", "%H:%M:%S"], **kwargs)


_FIELDS: dict[Any, type[serializers.Field]] = {
    str: serializers.CharField,
    int: serializers.IntegerField,
    bool: serializers.BooleanField,
    date: serializers.DateField,
    datetime: serializers.DateTimeField,
}


def serializer(
    name: str,
    fields: Mapping[str, serializers.Field],
    base: type[serializers.Serializer] = serializers.Serializer,
) -> type[serializers.Serializer]:
    """A serializer class, made by a call: a class statement cannot have fields named `label`,
    `source` or `parent`, which are attributes of DRF's own serializers.
    """
    # Copied one by one: DRF orders fields by when they were made.
    copies = {field_name: deepcopy(field) for field_name, field in fields.items()}
    return type(name, (base,), copies)


def serializer_of(row: type, **more: serializers.Field) -> type[serializers.Serializer]:
    """How the API document shows a TypedDict. `more`: fields that only this answer has besides, and columns
    of which it says more.
    """
    fields = {column.name: more.get(column.name) or _field_of(column) for column in columns(row)}
    return serializer(row.__name__, {**fields, **more})


def _field_of(column: Column) -> serializers.Field:
    options: dict[str, Any] = {"allow_null": True} if column.nullable else {}
    if get_origin(column.kind) is dict:
        return serializers.DictField(child=_FIELDS[get_args(column.kind)[1]](), **options)
    if is_typeddict(column.kind):
        return serializer_of(column.kind)(**options)
    return _FIELDS[column.kind](**options)


def list_columns(answer: type[serializers.Serializer]) -> dict[str, str]:
    """Columns that a list reads -> the name of each in the answer.

    A field's `source` names its column where the two differ; "*" says that it has no column: the
    list computes it.
    """
    fields = {name: str(field.source) for name, field in answer().fields.items()}
    return {source.replace(".", "__"): name for name, source in fields.items() if source != "*"}


def shown(item: object, columns: Mapping[str, str]) -> dict[str, Any]:
    """An object as a row of its list."""
    return {name: attrgetter(column.replace("__", "."))(item) for column, name in columns.items()}


class Results:
    """How the OpenAPI schema describes a list: the rows stand under `results`."""

    parameters: tuple[dict[str, Any], ...] = ()

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {"type": "object", "required": ["results"], "properties": {"results": schema}}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return list(self.parameters)


class Pages(Results):
    """The same for lists that `paginate` cuts into pages."""

    parameters = (
        {
            "name": "cursor",
            "in": "query",
            "required": False,
            "schema": {"type": "string"},
            "description": "where the next page begins; taken from the header `Link`",
        },
        {
            "name": "limit",
            "in": "query",
            "required": False,
            "description": "rows of a page",
            "schema": {
                "type": "integer",
                "minimum": 1,
                "maximum": LARGEST_PAGE,
                "default": PAGE_SIZE,
            },
        },
    )


#: For the document of a list whose pages have more than rows, which does not find them by itself.
PAGED = [
    OpenApiParameter(str(one["name"]), one["schema"], description=str(one["description"]))
    for one in Pages.parameters
]


class ApiView(APIView):
    """Base of our views. `permission` names what a role must hold: one name, a tuple of which one is
    enough, or a dict with one for each HTTP method.
    """

    permission: str | tuple[str, ...] | dict[str, str] = ""
    #: Read by drf-spectacular alone.
    pagination_class: type[Results] = Pages
    #: Statuses of problems that only this view has; read by the document alone.
    also_answers: tuple[int, ...] = ()
    #: Parameters that every list knows besides its own.
    common_parameters = frozenset({"cursor", "limit", "format"})
    #: The `X-RateLimit-*` headers, set by `TokenRateThrottle`.
    rate_headers: Mapping[str, str] = {}

    def query(self, serializer: type[S], *, paged: bool = False) -> dict[str, Any]:
        """Validated query parameters; unknown ones are an error. `paged`: of a list that `paginate` cuts."""
        params = {
            name: values[-1] if len(values) == 1 else values
            for name, values in self.request.query_params.lists()
            if name not in self.common_parameters
        }
        beside = [one["name"] for one in Pages.parameters] if paged else []
        bound = serializer(data=params, context={"beside": beside})
        bound.is_valid(raise_exception=True)
        return dict(bound.validated_data)

    def body(self, serializer: type[S]) -> dict[str, Any]:
        bound = serializer(data=self.request.data)
        bound.is_valid(raise_exception=True)
        return dict(bound.validated_data)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in self.rate_headers.items():
            response.headers[name] = value
        return response


# --- cursor pages -------------------------------------------------------------------------------


def _decode(cursor: str) -> str:
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        text = ""
    if not text or "\0" in text:
        raise Invalid("cursor", _("This cursor is not one of ours."), field="cursor")
    return text


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(PAGE_SIZE))
    if (
        not text.isascii()
        or not text.isdigit()
        or len(text) > 9
        or not 1 <= int(text) <= LARGEST_PAGE
    ):
        raise Invalid(
            "limit",
            _("limit is a number from 1 to %(most)s.") % {"most": LARGEST_PAGE},
            field="limit",
        )
    return int(text)


def paginate(
    request: Request,
    queryset: QuerySet[Any],
    columns: Mapping[str, str] | Sequence[str],
    *,
    key: str,
    shape: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
) -> Response:
    """One page of ``values(*columns)`` ordered by the unique column `key`, with a Link to the next.

    `columns`: as `list_columns` gives them, each with its name in the answer, or bare.
    The cursor holds the last key, so pages neither skip nor repeat when rows are added.
    """
    limit = _limit(request)
    queryset = queryset.order_by(key)
    if cursor := request.query_params.get("cursor"):
        try:
            queryset = queryset.filter(**{f"{key}__gt": _decode(cursor)})
        except (ValueError, TypeError, ValidationError) as error:
            raise Invalid("cursor", _("This cursor is not one of ours."), field="cursor") from error
    rows = list(queryset.values(*columns)[: limit + 1])
    more, rows = len(rows) > limit, rows[:limit]
    headers = {}
    if more:
        mark = base64.urlsafe_b64encode(str(rows[-1][key]).encode()).decode().rstrip("=")
        params = request.query_params.copy()
        params["cursor"] = mark
        url = request.build_absolute_uri(f"{request.path}?{urlencode(list(params.items()))}")
        headers["Link"] = f'<{url}>; rel="next"'
    results = rows
    if isinstance(columns, Mapping):
        results = [{columns[name]: value for name, value in row.items()} for row in rows]
    if shape:
        results = [shape(row) for row in results]
    return Response({"results": results}, headers=headers)
