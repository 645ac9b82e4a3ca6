"""Cards for programs: movements, counts, requests. What offices have stands in `reports.api.stock`."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.api import (
    DayField,
    MomentField,
    StrictSerializer,
    TextField,
    WholeNumberField,
    list_columns,
    paginate,
    serializer,
    shown,
)
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import get_region
from events.stock.enums import Act, Item
from events.stock.selectors import movements_in, requests_in
from events.stock.services.counting import count
from events.stock.services.moving import move
from events.stock.services.requests import ask_stock, decide_request
from events.stock.validators import Minutes

_MOST = 2**62
_ACCOUNT = (
    "centre, province:13, office:13.75, in_transit:13.75, event:<id>, spoiled:13.75:encode, ..."
)

MemberBody = serializer(
    "StockMember",
    {"name": TextField(max_length=120), "function": TextField(max_length=120)},
    StrictSerializer,
)
WitnessBody = serializer(
    "StockWitness",
    {
        "name": TextField(max_length=120),
        "function": TextField(max_length=120),
        "office": TextField(max_length=120),
    },
    StrictSerializer,
)
MinutesBody = serializer(
    "StockMinutes", {"number": TextField(max_length=120), "date": DayField()}, StrictSerializer
)
_TEXT: dict[str, Any] = {"required": False, "allow_blank": True, "allow_null": True}
MovementBody = serializer(
    "MovementBody",
    {
        "id": serializers.UUIDField(help_text="made by the sender; the same again is harmless"),
        "item": serializers.ChoiceField(Item.choices),
        "source": TextField(max_length=80, help_text=_ACCOUNT),
        "target": TextField(max_length=80, help_text=_ACCOUNT),
        "quantity": WholeNumberField(min_value=1, max_value=_MOST),
        "document": TextField(max_length=120, help_text="number of the paper that goes with it"),
        "occurred_at": MomentField(),
        "event": serializers.UUIDField(required=False, allow_null=True),
        "reason": TextField(max_length=300, **_TEXT),
        "supplier": TextField(max_length=150, **_TEXT),
        "funds": TextField(max_length=150, **_TEXT),
        "minutes": MinutesBody(required=False, allow_null=True),
        "witnesses": serializers.ListField(
            child=WitnessBody(), required=False, allow_null=True, max_length=20
        ),
    },
    StrictSerializer,
)
MovementAnswer = serializer(
    "Movement",
    {
        "id": serializers.UUIDField(),
        "act": serializers.ChoiceField(
            Act.choices, help_text="what it came of: by hand, a count, a record"
        ),
        "item": serializers.ChoiceField(Item.choices),
        "source": serializers.CharField(source="source.key"),
        "target": serializers.CharField(source="target.key"),
        "quantity": serializers.IntegerField(),
        "document": serializers.CharField(),
        "occurred_at": serializers.DateTimeField(),
        "received_at": serializers.DateTimeField(),
        "event": serializers.UUIDField(source="event_id", allow_null=True),
        "record": serializers.UUIDField(allow_null=True, help_text="of a print"),
        "by": serializers.IntegerField(source="by_id", help_text="account"),
        "reason": serializers.CharField(),
        "supplier": serializers.CharField(),
        "funds": serializers.CharField(),
        "minutes": serializer(
            "StockMinutesAnswer",
            {"number": serializers.CharField(), "date": serializers.DateField()},
        )(source="*", allow_null=True),
        "witnesses": serializer(
            "StockWitnessAnswer",
            {
                "name": serializers.CharField(),
                "function": serializers.CharField(),
                "office": serializers.CharField(),
            },
        )(many=True),
    },
)
#: `minutes` has two columns.
_COLUMNS = list_columns(MovementAnswer) | {
    "minutes_number": "minutes_number",
    "minutes_on": "minutes_on",
}


def _shown(row: dict[str, Any], *, names: bool) -> dict[str, Any]:
    """`names`: of witnesses, for who keeps cards or decides about them."""
    number, day = row.pop("minutes_number"), row.pop("minutes_on")
    witnesses = row.pop("witnesses")
    return {
        **row,
        "minutes": {"number": number, "date": day} if day else None,
        "witnesses": witnesses if names else [],
    }


def _may_read_names(by: Actor) -> bool:
    return by.may(Permission.STOCK_MOVE) or by.may(Permission.STOCK_DECIDE)


class MovementQuery(StrictSerializer):
    region = TextField()
    item = serializers.ChoiceField(Item.choices, required=False)
    event = serializers.UUIDField(required=False)


class MovementList(ScopedApiView):
    """What moved between the accounts of a region, and between them and others."""

    permission = {"GET": Permission.COVERAGE_VIEW, "POST": Permission.STOCK_MOVE}

    @extend_schema(parameters=[MovementQuery], responses=MovementAnswer(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(MovementQuery, paged=True)
        region = self.region(query.pop("region"))
        names = _may_read_names(self.actor)
        return paginate(
            request,
            movements_in(region.pk, **query),
            _COLUMNS,
            key="id",
            shape=lambda row: _shown(row, names=names),
        )

    @extend_schema(request=MovementBody, responses={200: MovementAnswer, 201: MovementAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(MovementBody)
        for name in ("reason", "supplier", "funds"):
            body[name] = body.get(name) or ""
        minutes = body.pop("minutes", None)
        body["minutes"] = Minutes(minutes["number"], minutes["date"]) if minutes else None
        body["witnesses"] = body.get("witnesses") or []
        row, new = move(by=self.actor, movement_id=body.pop("id"), **body)
        return Response(_shown(shown(row, _COLUMNS), names=True), status=201 if new else 200)


CountBody = serializer(
    "StockCountBody",
    {
        "id": serializers.UUIDField(help_text="made by the sender; the same again is harmless"),
        "account": TextField(max_length=80, help_text=_ACCOUNT),
        "item": serializers.ChoiceField(Item.choices),
        "physical": WholeNumberField(min_value=0, max_value=_MOST),
        "counted_at": MomentField(),
        "team": serializers.ListField(child=MemberBody(), max_length=20),
        "reason": TextField(max_length=300, **_TEXT),
    },
    StrictSerializer,
)
CountAnswer = serializer(
    "StockCount",
    {
        "id": serializers.UUIDField(),
        "account": serializers.CharField(source="account.key"),
        "item": serializers.ChoiceField(Item.choices, source="account.item"),
        "system": serializers.IntegerField(
            allow_null=True, help_text="by the books at that moment; null of a first count"
        ),
        "physical": serializers.IntegerField(),
        "difference": serializers.IntegerField(allow_null=True),
        "counted_at": serializers.DateTimeField(),
        "received_at": serializers.DateTimeField(),
        "team": serializer(
            "StockMemberAnswer",
            {"name": serializers.CharField(), "function": serializers.CharField()},
        )(many=True),
        "reason": serializers.CharField(),
        "by": serializers.IntegerField(source="by_id", help_text="account"),
    },
)
_COUNT_COLUMNS = list_columns(CountAnswer)


class CountList(ScopedApiView):
    permission = {"POST": Permission.STOCK_COUNT}

    @extend_schema(request=CountBody, responses={200: CountAnswer, 201: CountAnswer})
    def post(self, request: Request) -> Response:
        """Somebody counted. The first count of a store opens it; of a later one the difference to the
        books of that moment becomes a movement, with its reason.
        """
        body = self.body(CountBody)
        body["reason"] = body.get("reason") or ""
        row, new = count(by=self.actor, count_id=body.pop("id"), **body)
        return Response(shown(row, _COUNT_COLUMNS), status=201 if new else 200)


class RequestQuery(StrictSerializer):
    region = TextField()


RequestBody = serializer(
    "StockRequestBody",
    {
        "office": TextField(help_text="regency code"),
        "item": serializers.ChoiceField(Item.choices),
        "asked": WholeNumberField(min_value=1, max_value=_MOST),
        "reason": TextField(max_length=300),
    },
    StrictSerializer,
)
RequestAnswer = serializer(
    "StockRequest",
    {
        "id": serializers.UUIDField(),
        "office": serializers.CharField(source="office_id"),
        "item": serializers.ChoiceField(Item.choices),
        "asked": serializers.IntegerField(),
        "reason": serializers.CharField(),
        "asked_at": serializers.DateTimeField(),
        "asked_by": serializers.IntegerField(source="asked_by_id", help_text="account"),
        "granted": serializers.IntegerField(
            allow_null=True, help_text="null until it is decided; may be more than was asked"
        ),
        "note": serializers.CharField(),
        "decided_at": serializers.DateTimeField(allow_null=True),
        "decided_by": serializers.IntegerField(
            source="decided_by_id", allow_null=True, help_text="account"
        ),
    },
)
_REQUEST_COLUMNS = list_columns(RequestAnswer)


class RequestList(ScopedApiView):
    """What offices asked the province for."""

    permission = {"GET": Permission.COVERAGE_VIEW, "POST": Permission.STOCK_MOVE}

    @extend_schema(parameters=[RequestQuery], responses=RequestAnswer(many=True))
    def get(self, request: Request) -> Response:
        region = self.region(self.query(RequestQuery, paged=True)["region"])
        return paginate(request, requests_in(region.pk), _REQUEST_COLUMNS, key="id")

    @extend_schema(request=RequestBody, responses={201: RequestAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(RequestBody)
        body["office"] = get_region(body["office"], level=Level.REGENCY, field="office")
        row = ask_stock(by=self.actor, **body)
        return Response(shown(row, _REQUEST_COLUMNS), status=201)


class DecisionBody(StrictSerializer):
    granted = WholeNumberField(min_value=0, max_value=_MOST)
    note = TextField(required=False, allow_blank=True, allow_null=True, max_length=300)


class RequestDecision(ScopedApiView):
    permission = {"POST": Permission.STOCK_DECIDE}

    @extend_schema(request=DecisionBody, responses=RequestAnswer)
    def post(self, request: Request, stock_request_id: uuid.UUID) -> Response:
        """The province says how many it gives; the cards come by a movement."""
        body = self.body(DecisionBody)
        row = decide_request(
            by=self.actor,
            request_id=stock_request_id,
            granted=body["granted"],
            note=body.get("note") or "",
        )
        return Response(shown(row, _REQUEST_COLUMNS))
