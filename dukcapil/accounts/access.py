"""What edges of every app put in front of their views."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import Any

import orjson
from django.db import connection
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from dukcapil.accounts.models import IdempotentAnswer
from dukcapil.accounts.scoping import Actor
from dukcapil.core.api import ApiView
from dukcapil.core.crypto import decrypt, encrypt, keyed_hash
from dukcapil.core.errors import Invalid
from dukcapil.core.http import dumps

HEADER = "Idempotency-Key"


class _Replay(Exception):
    def __init__(self, answer: IdempotentAnswer) -> None:
        super().__init__()
        self.answer = answer


class ScopedApiView(ApiView):
    """A view that knows who asks, and answers a repeated POST with the stored answer.

    Only 2xx answers are stored, encrypted, in the transaction of what they report, and forgotten
    after two days.
    """

    #: False where an answer must not lie in a table, such as a revealed number.
    keeps_answers = True
    _key = ""

    @property
    def actor(self) -> Actor:
        found: Actor = self.request._request.actor  # type: ignore[attr-defined]
        return found

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self._key = ""
        if request.method == "POST" and self.keeps_answers:
            self._key = request.headers.get(HEADER, "")
        if not self._key:
            return
        if len(self._key) > 200:
            raise Invalid("idempotency-key", _("An Idempotency-Key has at most 200 characters."))
        # Keyed: a body may hold a NIK, which a plain hash would let somebody guess.
        content = f"{request.path}\n{request._request.body.hex()}"
        self._fingerprint = keyed_hash(content).hex()
        posting = self.actor.posting_id
        lock = hashlib.sha256(f"{posting} {self._key}".encode()).digest()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(lock[:8], "big", signed=True)]
            )
        stored = IdempotentAnswer.objects.filter(posting_id=posting, key=self._key).first()
        if stored is None:
            return
        if stored.fingerprint != self._fingerprint:
            raise Invalid(
                "idempotency-key-reused",
                _("This Idempotency-Key was used with another body."),
            )
        raise _Replay(stored)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, _Replay):
            body = orjson.loads(decrypt(bytes(exc.answer.body), context=self._key))
            self._key = ""
            headers = {"Idempotent-Replayed": "true"}
            if exc.answer.status == HTTPStatus.ACCEPTED:
                headers["Location"] = body["status"]
            return Response(body, status=exc.answer.status, headers=headers)
        return super().handle_exception(exc)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self._key and 200 <= response.status_code < 300:
            IdempotentAnswer.objects.create(
                posting_id=self.actor.posting_id,
                key=self._key,
                fingerprint=self._fingerprint,
                status=response.status_code,
                body=encrypt(dumps(response.data).decode(), context=self._key),
            )
        return response
