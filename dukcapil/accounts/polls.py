"""Polls with nothing new are answered past the framework (docs/adr/0081).

A page that is left open asks every few seconds whether anything changed, and mostly nothing did. The first
poll of a session and address goes the long way, and what it was answered by is remembered: whose it was, the
statement that reads the marks of what is shown, and how a stamp is made of them (`core.live`). The next one is
one message to the database: the session, its user and today's posting, and the marks, in the scope that was
remembered, if the posting is still the one that it is of. Where everything is as it was and the browser has seen
it, the answer is 204. In every other case the request goes the long way as if there were no road.

So nobody is refused here, and nothing is shown, drawn or written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NoReturn

import orjson
from django.conf import settings
from django.contrib.auth import get_user
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import ResolverMatch
from django.utils import timezone
from django.utils.translation import get_language

from dukcapil.accounts.models import User
from dukcapil.accounts.road import headers_in
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.selectors import (
    actor_of,
    bare_posting,
    bare_posting_sql,
    first_end,
    known_posting,
    to_do_first,
)
from dukcapil.core.live import SEEN_HEADER, Watched, language_here, state_of
from dukcapil.core.middleware import LanguageMiddleware, LogMiddleware
from dukcapil.core.newest import Newest
from dukcapil.core.planned import as_kept, keep_planned
from dukcapil.core.prepared import as_array
from dukcapil.core.road import (
    LongWay,
    Statement,
    Transaction,
    count_long_way,
    take,
)
from dukcapil.core.sessions import SessionStore
from dukcapil.front import REFUSED

GetResponse = Callable[[HttpRequest], HttpResponse]

#: How many are remembered in a process. No name and no number of anybody is in them, and no session's key.
MOST = 512
#: Characters of a query: ours have some thirty. A longer one is asked the long way.
LONGEST = 200
#: Headers of browsers and proxies that change nothing in a 204. All that begin with `Sec-` besides.
_PLAIN = frozenset(
    f"HTTP_{name}"
    for name in (
        *("HOST", "CONNECTION", "KEEP_ALIVE", "USER_AGENT", "DNT", "PRIORITY", "TE", "DATE"),
        *("ACCEPT", "ACCEPT_ENCODING", "ACCEPT_LANGUAGE", "CACHE_CONTROL", "PRAGMA"),
        *("COOKIE", "REFERER", "ORIGIN", "HX_REQUEST", "HX_TARGET", "HX_CURRENT_URL", "X_SEEN"),
        *("HX_TRIGGER", "HX_TRIGGER_NAME", "X_FORWARDED_FOR", "X_FORWARDED_PROTO", "X_REAL_IP"),
        *("X_REQUEST_ID", "X_CORRELATION_ID", "TRACEPARENT", "TRACESTATE"),
    )
)
_SEEN = f"HTTP_{SEEN_HEADER.upper().replace('-', '_')}"


@cache
def _enter() -> Statement:
    """Who asks: session and postings, kept for the statement after it; and the scope that was remembered, if the
    session stands and the posting is the one that it was remembered of, and is of today.
    """
    sql, names = bare_posting_sql()
    columns = ", ".join(f"c{number}" for number in range(len(names)))
    at = {name: f"c{number}" for number, name in reversed([*enumerate(names)])}
    return Statement(
        "poll_enter",
        f"""
WITH near ({columns}) AS MATERIALIZED ({sql}),
     held AS MATERIALIZED (
           SELECT session_data FROM django_session WHERE session_key = $4 AND expire_date > $5::timestamptz)
SELECT set_config('app.entered', json_build_array($3::text,
           (SELECT session_data FROM held),
           (SELECT json_agg(json_build_array({columns})) FROM near))::text, true),
       set_config('app.scope', CASE WHEN EXISTS (SELECT FROM held) AND EXISTS (
           SELECT FROM near WHERE {at["id"]} = $6::bigint AND {at["role"]} = $7::text
              AND {at["region_id"]} = $8::text AND {at["lent_events"]} = $9::uuid[]
              AND {at["user_is_active"]}
              AND ($5::timestamptz AT TIME ZONE {at["region_timezone"]})::date
                  BETWEEN {at["starts_on"]} AND coalesce({at["ends_on"]}, 'infinity'))
           THEN $10::text ELSE '' END, true),
       set_config('plan_cache_mode', 'force_generic_plan', true)
""",
    )


@dataclass
class _Poll:
    """What was answered the long way."""

    actor: Actor
    watched: Watched
    match: ResolverMatch
    #: A hash of the session as the database had it, and what of it says who somebody is: it is read once. The text
    #: itself holds messages with names.
    session: tuple[bytes, Mapping[str, Any]] = field(default=(b"", {}))


#: By session and address.
remembered: Newest[tuple[str, str, str], _Poll] = Newest(MOST)


class _Shown(SessionStore):
    """A session that is looked at: whatever would change it goes the long way."""

    def __init__(self, key: str, values: Mapping[str, Any]) -> None:
        super().__init__(key)
        self._session_cache = dict(values)

    def _long(self, *_args: Any, **_options: Any) -> NoReturn:
        raise LongWay("session")

    flush = cycle_key = save = delete = create = load = _long


class PollMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.logged = LogMiddleware(_told)
        self.language = LanguageMiddleware(get_response)
        self.csrf = CsrfViewMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_poll(request):
            return self.get_response(request)
        session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        digest = hashlib.sha256(session_key.encode()).hexdigest()
        key = (digest, request.path, request.META.get("QUERY_STRING", ""))
        poll = remembered.known(key)
        if poll is not None:
            try:
                return take(lambda: self._nothing_new(request, session_key, key, poll))
            except LongWay as error:
                if error.reason != "news":
                    count_long_way(f"poll-{error.reason}")
        response = self.get_response(request)
        # Also of one that is known: what it asks by may be of a day that is over.
        _remember(request, response, key, session_key)
        return response

    def _nothing_new(
        self, request: Any, session_key: str, key: tuple[str, str, str], poll: _Poll
    ) -> HttpResponse:
        _plain(request)
        said, *marks = _asked(key[0], session_key, poll)
        with _session_of(request, session_key, poll, said):
            user = _admitted(request, poll, said)
        reading = poll.watched.glance.reading(marks)
        if poll.watched.needs and reading.is_empty(poll.watched.needs):
            raise LongWay("gone")
        self.csrf.process_request(request)
        if "CSRF_COOKIE_NEEDS_UPDATE" in request.META:
            raise LongWay("csrf")
        self.language.process_request(request)
        language = str(get_language())
        state = state_of(poll.watched.stamp(reading), language_here(language))
        if not (state and request.META[_SEEN].startswith(state)):
            request.has_news = True
            raise LongWay("news")
        request.answered = HttpResponse(
            status=204, headers={"Content-Length": "0", **headers_in(language)}
        )
        request.user, request.resolver_match = user, poll.match
        response: HttpResponse = self.logged(request)
        return response


def _told(request: Any) -> HttpResponse:
    answered: HttpResponse = request.answered
    return answered


def _is_poll(request: HttpRequest) -> bool:
    meta = request.META
    return bool(
        request.method == "GET"
        and meta.get("HTTP_HX_REQUEST") == "true"
        and meta.get("HTTP_HX_TARGET") == "live"
        and meta.get(_SEEN)
        and len(meta.get("QUERY_STRING", "")) <= LONGEST
        and settings.SHORT_ROAD
        and settings.PREPARED
    )


def _plain(request: HttpRequest) -> None:
    """Nothing unusual is in it."""
    meta = request.META
    if REFUSED in meta or (meta.get("CONTENT_LENGTH") or "0") != "0":
        raise LongWay("front")
    for name in meta:
        if name.startswith("HTTP_") and name not in _PLAIN and not name.startswith("HTTP_SEC_"):
            raise LongWay("header")
    try:
        request.get_host()
    except DisallowedHost:
        raise LongWay("host") from None


def _asked(digest: str, session_key: str, poll: _Poll) -> Sequence[Any]:
    now, actor, glance = timezone.now(), poll.actor, poll.watched.glance
    values = [
        *(actor.user_id, first_end(now), digest, session_key, now, actor.posting_id, actor.role),
        *(actor.region, as_array(actor.lent_events), actor.scope),
    ]
    valued = bool(glance.values)
    name, sql = keep_planned(glance.sql, values=valued), as_kept(glance.sql, values=valued)
    [[entered, *marks]] = Transaction().glance(
        (_enter(), values), (Statement(name, sql), glance.values)
    )
    said = orjson.loads(entered or "[]")
    # Inside another transaction (tests) it may be of a request before.
    if not said or said.pop(0) != digest:
        raise LongWay("entered")
    return [said, *marks]


@contextmanager
def _session_of(request: Any, session_key: str, poll: _Poll, said: Sequence[Any]) -> Iterator[None]:
    known, values = poll.session
    if not said[0]:
        raise LongWay("session")
    now = hashlib.sha256(said[0].encode()).digest()
    if known != now:
        values = SessionStore().decode(said[0])
        values = {name: value for name, value in values.items() if name.startswith("_auth_user")}
        poll.session = now, values
    request.session = _Shown(session_key, values)
    try:
        yield
    finally:
        del request.session


def _admitted(request: HttpRequest, poll: _Poll, said: Sequence[Any]) -> User:
    """Whoever has this session, if they are and may what they were and might when it was remembered."""
    posting = bare_posting(said[1] or (), timezone.now())
    if posting is None or to_do_first(posting) or actor_of(posting) != poll.actor:
        raise LongWay("posting")
    with known_posting(poll.actor.user_id, posting):
        user = get_user(request)
    if not isinstance(user, User) or user.pk != poll.actor.user_id:
        raise LongWay("session")
    return user


def _remember(
    request: Any, response: HttpResponse, key: tuple[str, str, str], session_key: str
) -> None:
    """Only what a view answered by a stamp, to somebody whose session it left as it is."""
    watched = request.__dict__.get("watched")
    if watched is None or response.status_code not in (200, 204) or not session_key:
        return
    session = request.session
    if session.session_key == session_key and not session.modified:
        remembered.keep(key, _Poll(request.actor, watched, request.resolver_match))
