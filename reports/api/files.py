"""Files that a job makes for programs: ask for one, look at its status, fetch its content."""

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
from dukcapil.core.api import StrictSerializer, TextField
from dukcapil.core.http import OwnFormat
from dukcapil.core.jobs import hint
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import get_region
from reports.coverage.enums import View
from reports.coverage.selectors.question import Question
from reports.files import services as figure_files
from reports.files.enums import FileKind, FileState
from reports.tasks import build_file

#: By how a file's name ends.
MEDIA_TYPES = {"pdf": "application/pdf", "zip": "application/zip"}


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
        answer = _file(file)
        return Response(answer, status=202, headers={"Location": answer["status"]})


class FileDetail(ScopedApiView):
    permission = Permission.COVERAGE_VIEW

    @extend_schema(operation_id="files_retrieve", responses=FileAnswer)
    def get(self, request: Request, file_id: uuid.UUID) -> Response:
        return Response(_file(figure_files.own_file(self.actor, file_id)))


class FileContent(ScopedApiView):
    """The file itself; fetched once it is ready, for a day."""

    permission = Permission.COVERAGE_VIEW
    content_negotiation_class = OwnFormat
    also_answers = (409,)

    @extend_schema(
        operation_id="files_content",
        responses={(200, media_type): OpenApiTypes.BINARY for media_type in MEDIA_TYPES.values()},
    )
    def get(self, request: Request, file_id: uuid.UUID) -> HttpResponse:
        name, content = figure_files.fetch_file(by=self.actor, file_id=file_id)
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        media_type = MEDIA_TYPES[name.rpartition(".")[2]]
        return HttpResponse(content, content_type=media_type, headers=headers)
