"""The short road: plain requests of programs that come by the thousand (docs/adr/0078)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import DataError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import override
from rest_framework.exceptions import ValidationError

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.road import (
    Answer,
    entered,
    glanced,
    known,
    left,
    match,
    response_to,
)
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Conflict
from dukcapil.core.http import dumps
from dukcapil.core.middleware import LogMiddleware
from dukcapil.core.problems import MEDIA_TYPE, of_domain, plain_response
from dukcapil.core.road import (
    DatabaseErrors,
    LongWay,
    Transaction,
    Unknown,
    count_long_way,
    plain_body,
    plain_id,
    plain_token,
    take,
)
from registrations.api.appointments import answer as visit_answer
from registrations.api.records import RecordBody, entry_of, warnings_of
from registrations.api.records import answer as record_answer
from registrations.booking.errors import session_full
from registrations.booking.models.appointment import Appointment
from registrations.booking.services.road import (
    Wanted,
    book_plain,
    glance_of,
    plain_booking,
    refuse_full,
    stands,
    steps_of,
    told_already,
    was_full,
)
from registrations.ledger.services.road import log_plain, plain_entry
from registrations.ledger.services.road import steps_of as steps_of_record

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
    token, may = plain_token(request), Permission.APPOINTMENTS_BOOK
    wanted = plain_booking(plain_body(request))
    transaction = Transaction()
    try:
        if was_full(wanted):
            refuse_full(*_at_a_glance(request, transaction, token, wanted))
        actor, row = entered(request, transaction, token, may, *steps_of(wanted))
        visit, steps = book_plain(actor, transaction, wanted, row)
        answer = Answer(dumps(visit_answer(visit)), status=201)
        try:
            left(transaction, *steps)
        except Unknown as error:
            raise LongWay("unknown", partial(_made, actor, visit, answer)) from error
        except DataError as error:
            if told_already(error):
                raise LongWay("message") from error
            raise
    except Conflict:
        return _full()
    finally:
        transaction.undo()
    return answer


def _at_a_glance(
    request: HttpRequest, transaction: Transaction, token: str, wanted: Wanted
) -> tuple[Actor, Wanted, tuple[Any, ...]]:
    may = Permission.APPOINTMENTS_BOOK
    actor, row = glanced(request, transaction, token, may, glance_of(wanted))
    return actor, wanted, row


def _made(actor: Actor, visit: Appointment, answer: Answer) -> Answer | None:
    """The answer of a booking that may be why the same one is refused now."""
    try:
        return answer if stands(actor, visit) else None
    except DatabaseErrors:
        return None


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
    entry = plain_entry(entry_of(values))
    transaction = Transaction()
    try:
        steps = steps_of_record(entry)
        actor, row = entered(request, transaction, token, Permission.RECORDS_LOG, *steps)
        record = log_plain(actor, transaction, entry, row, values.get("device_now"))
        warnings = warnings_of(card_missing=record.card_missing)
        body = dumps(record_answer(record) | {"warnings": warnings})
        try:
            left(transaction)
        except Unknown as error:
            # The same record again is harmless: the long way finds it, or writes it.
            raise LongWay("unknown") from error
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
            answer = take(lambda: way(request))
        except LongWay as error:
            return self._long(request, error.reason, error.made, allowed)
        except UnreadablePostError:
            # Whoever asked has hung up: there is nothing to read on the long way, and nobody to answer.
            count_long_way("gone")
            return plain_response(request, 400)
        return self._answered(request, answer, allowed)

    def _answered(self, request: Any, answer: Answer, allowed: str) -> HttpResponse:
        request.answered = response_to(request, answer, allowed)
        request.user = _NOBODY
        response: HttpResponse = self.logged(request)
        return response

    def _long(
        self,
        request: HttpRequest,
        reason: str,
        made: Callable[[], Answer | None] = lambda: None,
        allowed: str = "",
    ) -> HttpResponse:
        count_long_way(reason)
        response = self.get_response(request)
        # What the road did all the same may be why it is refused now; a right that has ended is another matter.
        if response.status_code == HTTPStatus.CONFLICT and (answer := made()) is not None:
            return self._answered(request, answer, allowed)
        return response
