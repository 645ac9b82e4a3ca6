"""What programs ask to be done: files made by a job, and being told of releases."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.access import ScopedApiView
from dukcapil.accounts.permissions import Permission
from dukcapil.core.api import Empty, StrictSerializer, TextField, list_columns, paginate
from dukcapil.core.jobs import hint
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import get_region
from reports.coverage.enums import View
from reports.coverage.selectors.question import Question
from reports.files import services as figure_files
from reports.files.enums import FileKind, FileState
from reports.publication.services import webhooks
from reports.tasks import build_file

#: PDF or ZIP; generators of clients know no other type for files.
_BYTES = "application/octet-stream"


class FileBody(StrictSerializer):
    kind = serializers.ChoiceField(FileKind.choices)
    region = TextField()
    level = serializers.ChoiceField(Level.choices, required=False)
    date = serializers.DateField(required=False)
    basis = TextField(required=False)
    view = serializers.ChoiceField(View.choices, required=False)
    release = TextField(required=False)


class FileAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status = serializers.CharField(help_text="address that tells when it is ready")
    state = serializers.CharField()
    content = serializers.CharField(allow_null=True, help_text="address of the file, once ready")


def _file(file: Any) -> dict[str, Any]:
    ready = file.state == FileState.READY
    return {
        "id": file.pk,
        "status": reverse("api:file", args=[file.pk]),
        "state": file.state,
        "content": reverse("api:file-content", args=[file.pk]) if ready else None,
    }


class FileList(ScopedApiView):
    """PDF and data packages are made by a job: ask, look at `status`, fetch `content`."""

    permission = Permission.COVERAGE_VIEW

    @extend_schema(operation_id="files_create", request=FileBody, responses={202: FileAnswer})
    def post(self, request: Request) -> Response:
        body = self.body(FileBody)
        question = Question.of(
            by=self.actor,
            region=get_region(body["region"]),
            level=body.get("level"),
            day=body.get("date"),
            basis=body.get("basis"),
            view=body.get("view", View.DOMICILE),
            release=body.get("release"),
        )
        file = figure_files.request_file(by=self.actor, kind=body["kind"], question=question)
        hint(build_file, str(file.pk))
        shown = _file(file)
        return Response(shown, status=202, headers={"Location": shown["status"]})


class FileDetail(ScopedApiView):
    permission = Permission.COVERAGE_VIEW

    @extend_schema(operation_id="files_retrieve", responses=FileAnswer)
    def get(self, request: Request, file_id: uuid.UUID) -> Response:
        return Response(_file(figure_files.own_file(self.actor, file_id)))


class FileContent(ScopedApiView):
    permission = Permission.COVERAGE_VIEW

    @extend_schema(
        operation_id="files_content",
        responses={(200, _BYTES): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, file_id: uuid.UUID) -> HttpResponse:
        name, content = figure_files.fetch_file(by=self.actor, file_id=file_id)
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(content, content_type=_BYTES, headers=headers)


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
        found = webhooks.own_webhooks(self.actor)
        return paginate(request, found, list_columns(WebhookRow), key="id")

    @extend_schema(request=WebhookBody, responses={201: WebhookMade})
    def post(self, request: Request) -> Response:
        made, secret = webhooks.add_webhook(by=self.actor, **self.body(WebhookBody))
        row = {"id": made.pk, "url": made.url, "active": True, "created_at": made.created_at}
        return Response(row | {"secret": secret}, status=201)


class WebhookEnd(ScopedApiView):
    permission = Permission.WEBHOOKS_MANAGE

    @extend_schema(request=Empty, responses={200: WebhookRow})
    def post(self, request: Request, webhook_id: uuid.UUID) -> Response:
        self.body(Empty)
        made = webhooks.end_webhook(by=self.actor, webhook_id=webhook_id)
        row = {"id": made.pk, "url": made.url, "active": False, "created_at": made.created_at}
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
        found = webhooks.own_deliveries(self.actor)
        return paginate(request, found, _DELIVERY, key="id")


class DeliveryReplay(ScopedApiView):
    """The same message again."""

    permission = Permission.WEBHOOKS_MANAGE

    @extend_schema(request=Empty, responses={201: DeliveryRow})
    def post(self, request: Request, delivery_id: uuid.UUID) -> Response:
        self.body(Empty)
        made = webhooks.replay(by=self.actor, delivery_id=delivery_id)
        [row] = webhooks.own_deliveries(self.actor).filter(pk=made.pk).values(*_DELIVERY)
        return Response({_DELIVERY[k]: v for k, v in row.items()}, status=201)
