"""What offices have of cards, for programs: balances, how long they last, what is needed."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.accounts.permissions import Permission
from dukcapil.core.api import Results, StrictSerializer, TextField, serializer
from dukcapil.core.errors import NotFound
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.selectors import regions_below
from events.stock.enums import Item
from events.stock.selectors import SHOWN, OfficeStock, standings
from reports.cover.selectors.cover import LOOKED_AT, Cover, cover_from
from reports.cover.selectors.need import Need, NeedBy
from reports.exports import needs_within


class StockQuery(StrictSerializer):
    region = TextField()
    item = serializers.ChoiceField(Item.choices, required=False)


StockAnswer = serializer(
    "Stock",
    {
        "region": serializers.CharField(),
        "name": serializers.CharField(),
        "item": serializers.ChoiceField(Item.choices),
        "balance": serializer(
            "StockBalance", {kind: serializers.IntegerField(allow_null=True) for kind in SHOWN}
        )(help_text="nulls before the first count"),
        "days_of_cover": serializers.CharField(allow_null=True, help_text="with one place"),
        "need": serializers.IntegerField(allow_null=True),
        "need_by": serializers.ChoiceField(
            NeedBy.choices,
            allow_null=True,
            help_text="statuses: in the print queue, print-ready and sent, of an office that brings lists"
            " of statuses; coverage: recorded and not printed, and not recorded",
        ),
        "need_as_of": serializers.DateField(
            allow_null=True, help_text="of the newest list of statuses; null by coverage"
        ),
        "threshold": serializers.IntegerField(),
        "counted_at": serializers.DateTimeField(allow_null=True),
    },
)


class StockList(ScopedApiView):
    """A row for every office and item; of a province that keeps a store of its own, a row for that too."""

    permission = Permission.COVERAGE_VIEW
    pagination_class = Results

    @extend_schema(parameters=[StockQuery], responses=StockAnswer(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(StockQuery)
        region = self.region(query["region"])
        if Level(region.level).is_below(Level.REGENCY):
            raise NotFound
        places = {one.pk: one for one in regions_below(region.pk, [Level.PROVINCE, Level.REGENCY])}
        asked, day = query.get("item"), today_in(region.pk)
        items = [asked] if asked else Item.values
        needs: dict[str, Need] = {}
        if Item.CARD in items:
            offices = [one for one in places.values() if one.level == Level.REGENCY]
            needs = needs_within(region, offices)
        found: list[dict[str, Any]] = []
        for item in items:
            for code, one in standings(places, item, day - LOOKED_AT, day).items():
                of_office = len(code) == Level.REGENCY.code_length
                if one.stock.opened_at or (of_office and item == (asked or Item.CARD)):
                    need = needs.get(code) if item == Item.CARD else None
                    moves = item in Item.moved()
                    cover = cover_from(one, today_in(code)) if moves else None
                    found.append(_shown(one.stock, places[code].name, cover, need))
        return Response({"results": sorted(found, key=lambda row: row["region"])})


def _shown(stock: OfficeStock, name: str, cover: Cover | None, need: Need | None) -> dict[str, Any]:
    # An office that keeps nothing here has nulls, whatever coverage says of it.
    kept = stock.opened_at is not None
    need = need if kept else None
    return {
        "region": stock.region,
        "name": name,
        "item": stock.item,
        "balance": {kind: getattr(stock, kind) for kind in SHOWN},
        "days_of_cover": cover.text if cover and kept else None,
        "need": need.cards if need else None,
        "need_by": need.by if need else None,
        "need_as_of": need.backlog.as_of if need and need.backlog else None,
        "threshold": stock.threshold,
        "counted_at": stock.counted_at,
    }
