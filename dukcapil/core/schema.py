"""The description of the API, open to everybody: made once in a process, then only sent."""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.utils.translation import get_language
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request

_making = threading.Lock()


class Schema(SpectacularAPIView):
    def _get_schema_response(self, request: Request) -> HttpResponse:
        renderer = request.accepted_renderer
        with _making:
            body = _rendered(renderer.media_type, get_language())
        return HttpResponse(
            body,
            content_type=f"{renderer.media_type}; charset={renderer.charset}",
            headers={"Content-Disposition": f'inline; filename="dukcapil.{renderer.format}"'},
        )


@cache
def _rendered(media_type: str, language: str) -> bytes:
    renderer = next(one for one in Schema.renderer_classes if one.media_type == media_type)
    schema: Any = Schema.generator_class().get_schema(request=None, public=True)
    rendered: bytes | str = renderer().render(schema, renderer_context={})
    return rendered.encode() if isinstance(rendered, str) else rendered
