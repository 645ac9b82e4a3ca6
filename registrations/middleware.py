"""The short road: plain requests of programs that come by the thousand (docs/adr/0078)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import ProgrammingError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import override
from rest_framework.exceptions import ValidationError

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.road import Answer, entered, known, left, match, response_to
from dukcapil.core.errors import Conflict
from dukcapil.core.http import dumps
from dukcapil.core.middleware import LogMiddleware
from dukcapil.core.problems import MEDIA_TYPE, of_domain
from dukcapil.core.road import (
    DatabaseErrors,
    LongWay,
    Transaction,
    count_long_way,
    mend,
    plain_body,
    plain_id,
    plain_token,
)
from registrations.api.appointments import answer as visit_answer
from registrations.api.records import RecordBody, entry_of, warnings_of
from registrations.api.records import answer as record_answer
from registrations.booking.errors import session_full
from registrations.booking.services.road import book_plain, plain_booking
from registrations.ledger.services.road import log_plain

log = structlog.get_logger()

GetResponse = Callable[[HttpRequest], HttpResponse]

_RECORD_REQUIRED = frozenset({"id", "service", "outcome", "resident", "occurred_at"})
_RECORD_OPTIONAL = frozenset({"reason", "session", "event", "device", "note", "device_now"})
_IDS = frozenset({"id", "resident", "session", "event"})
_NOBODY = AnonymousUser()
_PONG = Answer(dumps({"ping": "pong"}))


def _ping(request: HttpRequest) -> Answer:
    known(request, plain_token(request), Permission.REGIONS_VIEW)
    return _PONG


def _book(request: HttpRequest) -> Answer:
    token = plain_token(request)
    session, resident, services = plain_booking(plain_body(request))
    transaction = Transaction()
    try:
        actor = entered(request, transaction, token, Permission.APPOINTMENTS_BOOK)
        try:
            visit = book_plain(actor, transaction, session, resident, services)
        except Conflict:
            return _full()
        body = dumps(visit_answer(visit))
        left(transaction)
    finally:
        transaction.undo()
    return Answer(body, status=201)


@cache
def _record_fields() -> Mapping[str, Any]:
    """Made once: REST framework copies every field for each serializer."""
    fields = RecordBody().fields
    return {name: fields[name] for name in _RECORD_REQUIRED | _RECORD_OPTIONAL}


def _plain_record(body: Mapping[str, Any]) -> dict[str, Any]:
    names = body.keys()
    if not names >= _RECORD_REQUIRED or names - _RECORD_REQUIRED - _RECORD_OPTIONAL:
        raise LongWay("fields")
    for name in _IDS & names:
        plain_id(body[name])
    fields = _record_fields()
    try:
        return {name: fields[name].run_validation(value) for name, value in body.items()}
    except ValidationError:
        raise LongWay("fields") from None


def _record(request: HttpRequest) -> Answer:
    token = plain_token(request)
    values = _plain_record(plain_body(request))
    transaction = Transaction()
    try:
        actor = entered(request, transaction, token, Permission.RECORDS_LOG)
        record = log_plain(actor, transaction, entry_of(values), values.get("device_now"))
        warnings = warnings_of(card_missing=record.card_missing)
        body = dumps(record_answer(record) | {"warnings": warnings})
        left(transaction)
    finally:
        transaction.undo()
    return Answer(body, status=201)


@cache
def _full() -> Answer:
    with override(settings.LANGUAGE_CODE):
        body = of_domain(session_full())
    return Answer(dumps(body), status=int(body["status"]), kind=MEDIA_TYPE)


Road = tuple[Callable[[HttpRequest], Answer], str]
#: What is asked, exactly -> who answers, and `Allow`.
ROADS: dict[tuple[str, str], Road] = {
    ("GET", "/api/v1/ping/"): (_ping, "GET, HEAD, OPTIONS"),
    ("POST", "/api/v1/appointments/"): (_book, "GET, POST, HEAD, OPTIONS"),
    ("POST", "/api/v1/service-records/"): (_record, "GET, POST, HEAD, OPTIONS"),
}


def _told(request: Any) -> HttpResponse:
    """As on the long way the log learns only now who asked, and which address it was."""
    request.user, request.resolver_match = request.asker, match(request.path)
    answered: HttpResponse = request.answered
    return answered


class ShortRoadMiddleware:
    """Answers what is on `ROADS` and plain, with what the view would answer; hands on everything else."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.logged = LogMiddleware(_told)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        road = ROADS.get((request.method or "", request.path))
        if road is None or not settings.SHORT_ROAD:
            return self.get_response(request)
        way, allowed = road
        try:
            answer = way(request)
        except LongWay as error:
            return self._long(request, error.reason)
        except Exception as error:
            mend(error)
            if not isinstance(error, DatabaseErrors) or isinstance(error, ProgrammingError):
                # A fault of the road is no reason to refuse anybody.
                log.exception("short_road_failed")
                return self._long(request, "fault")
            # A rule of the database, somebody who was faster, a connection that broke.
            return self._long(request, "database")
        return self._answered(request, answer, allowed)

    def _answered(self, request: Any, answer: Answer, allowed: str) -> HttpResponse:
        request.answered = response_to(request, answer, allowed)
        request.user = _NOBODY
        response: HttpResponse = self.logged(request)
        return response

    def _long(self, request: HttpRequest, reason: str) -> HttpResponse:
        count_long_way(reason)
        return self.get_response(request)
