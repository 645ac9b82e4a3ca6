"""Addresses that are told when a release is out, and the log of what was sent to them."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.accounts.permissions import Permission
from dukcapil.core.api import Empty, StrictSerializer, TextField, list_columns, paginate
from reports.publication.services import webhooks


class WebhookBody(StrictSerializer):
    url = TextField(max_length=300)


class WebhookRow(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    url = serializers.CharField()
    active = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class WebhookMade(WebhookRow):
    secret = serializers.CharField(help_text="shown this once; verifies `webhook-signature`")


class WebhookList(ScopedApiView):
    """Addresses that are told when a release is out."""

    permission = Permission.WEBHOOKS_MANAGE
    #: The secret must not lie in a table of answers.
    keeps_answers = False

    @extend_schema(responses=WebhookRow(many=True))
    def get(self, request: Request) -> Response:
        self.query(Empty, paged=True)
        own_webhooks = webhooks.own_webhooks(self.actor)
        return paginate(request, own_webhooks, list_columns(WebhookRow), key="id")

    @extend_schema(request=WebhookBody, responses={201: WebhookMade})
    def post(self, request: Request) -> Response:
        webhook, secret = webhooks.add_webhook(by=self.actor, **self.body(WebhookBody))
        row = {
            "id": webhook.pk,
            "url": webhook.url,
            "active": True,
            "created_at": webhook.created_at,
        }
        return Response(row | {"secret": secret}, status=201)


class WebhookEnd(ScopedApiView):
    permission = Permission.WEBHOOKS_MANAGE

    @extend_schema(request=Empty, responses={200: WebhookRow})
    def post(self, request: Request, webhook_id: uuid.UUID) -> Response:
        self.body(Empty)
        webhook = webhooks.end_webhook(by=self.actor, webhook_id=webhook_id)
        row = {
            "id": webhook.pk,
            "url": webhook.url,
            "active": False,
            "created_at": webhook.created_at,
        }
        return Response(row)


class DeliveryRow(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    webhook = serializers.UUIDField(source="webhook_id")
    release = serializers.CharField(source="release.name")
    replay = serializers.IntegerField()
    state = serializers.CharField()
    attempts = serializers.IntegerField()
    due_at = serializers.DateTimeField()
    answer = serializers.CharField()
    answered_at = serializers.DateTimeField(allow_null=True)


_DELIVERY = list_columns(DeliveryRow)


class DeliveryList(ScopedApiView):
    """The log of what was sent and answered."""

    permission = Permission.WEBHOOKS_MANAGE

    @extend_schema(responses=DeliveryRow(many=True))
    def get(self, request: Request) -> Response:
        self.query(Empty, paged=True)
        deliveries = webhooks.own_deliveries(self.actor)
        return paginate(request, deliveries, _DELIVERY, key="id")


class DeliveryReplay(ScopedApiView):
    """The same message again."""

    permission = Permission.WEBHOOKS_MANAGE

    @extend_schema(request=Empty, responses={201: DeliveryRow})
    def post(self, request: Request, delivery_id: uuid.UUID) -> Response:
        self.body(Empty)
        delivery = webhooks.replay(by=self.actor, delivery_id=delivery_id)
        [row] = webhooks.own_deliveries(self.actor).filter(pk=delivery.pk).values(*_DELIVERY)
        return Response({_DELIVERY[k]: v for k, v in row.items()}, status=201)
