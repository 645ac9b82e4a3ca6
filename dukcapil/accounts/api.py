"""The API call that only proves a token."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView


class Pong(serializers.Serializer[Any]):
    ping = serializers.CharField()


class Ping(ScopedApiView):
    """Answers one word to a valid token; used to measure the speed of a call that does nothing."""

    permission = "regions.view"

    @extend_schema(responses=Pong)
    def get(self, request: Request) -> Response:
        return Response({"ping": "pong"})
