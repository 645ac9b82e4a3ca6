"""What one can have at most: Django without middleware, and granian without Django. Started by `limits`."""

from __future__ import annotations

import os
import uuid
from typing import Any

import environ
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

settings.configure(
    SECRET_KEY="unused",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[],
    DATABASES={
        "default": {
            **environ.Env.db_url_config(os.environ["DATABASE_WEB_URL"]),
            "CONN_MAX_AGE": None,
        }
    },
)


def hello(_request: HttpRequest) -> HttpResponse:
    return _whole(HttpResponse(b"hello"))


def insert(_request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_plain (id, body) VALUES (%s, 'x')", [str(uuid.uuid4())])
    return _whole(JsonResponse({"ok": True}, status=201))


def _whole(response: HttpResponse) -> HttpResponse:
    """In one piece, as CommonMiddleware has it; granian would send it in chunks."""
    response.headers["Content-Length"] = str(len(response.content))
    return response


urlpatterns = [path("hello/", hello), path("insert/", insert)]
django = get_wsgi_application()


async def granian(_scope: Any, proto: Any) -> None:
    proto.response_bytes(200, [("content-type", "text/plain")], b"hello")
