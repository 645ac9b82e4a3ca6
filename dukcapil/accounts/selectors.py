"""Staff, postings and tokens: who somebody is today, and what they have to do first."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet
from django.db.models.expressions import BaseExpression, RawSQL
from django.utils import timezone

from dukcapil.accounts.models import ApiToken, Posting, User
from dukcapil.accounts.permissions import MAY_RESET, OF_VILLAGES, ROLES
from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import rows, with_values
from dukcapil.core.errors import NotFound
from dukcapil.core.prepared import hot
from dukcapil.core.work import Stopped
from dukcapil.regions.enums import today_in
from dukcapil.regions.models import Region, inside
from dukcapil.regions.validators import NATION


def end_parts(posting: Posting) -> dict[str, Any]:
    """For the version of what ends a posting."""
    return {"last_day": posting.ends_on}


def is_current(posting: Posting, now: datetime | None = None) -> bool:
    """Whether the posting is valid today, by the date of its region."""
    today = (now or timezone.now()).astimezone(ZoneInfo(posting.region.timezone)).date()
    return posting.starts_on <= today and (posting.ends_on is None or today <= posting.ends_on)


def posting_over(posting: Posting) -> bool:
    """Whether its last day has passed, by the date of its region."""
    return posting.ends_on is not None and posting.ends_on < today_in(posting.region_id)


def may_reset(by: Actor, posting: Posting) -> bool:
    """Whether this actor's role renews the access of somebody of that role."""
    return posting.role in MAY_RESET[by.role]


def one_person(a: int, b: int | None) -> str | None:
    """Why two users do not count as two people (ADR 0030): `same`, `no-staff-id`, or `made` (one made, posted or
    reset the other within 30 days). None when they do; nobody (the machine's operator) is another.
    """
    ((bar,),) = rows("SELECT one_person(%s, %s, clock_timestamp())", [a, b])
    return str(bar) if bar else None


def two_persons(by: Actor, others: set[int]) -> set[int]:
    """Those of `others` who are another person than the actor."""
    sql = (
        "SELECT id FROM unnest(%s::bigint[]) id WHERE one_person(%s, id, clock_timestamp()) IS NULL"
    )
    return {user_id for (user_id,) in rows(sql, [sorted(others), by.user_id])}


def has_recovery_codes(actor: Actor) -> bool:
    """Of a factor that was set up on the command line there are none."""
    codes = Authenticator.objects.filter(user_id=actor.user_id)
    return codes.filter(type=Authenticator.Type.RECOVERY_CODES).exists()


def own_tokens(by: Actor) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(user_id=by.user_id).order_by("-created")


#: Events that a person is lent to by another office now: from half a day before the shift, to look
#: at the venue, until a day after it, to enter what was written on paper. It is SQL because accounts
#: must not import events. Only for people who log in: a token works for its own office alone.
LENT_EVENTS_SQL = """
ARRAY(SELECT lent.event_id FROM events_assignment lent
        JOIN events_serviceevent event ON event.id = lent.event_id
       WHERE lent.clerk_id = accounts_posting.user_id AND lent.loan_id IS NOT NULL
         AND event.state IN ('approved', 'closed')
         AND now() BETWEEN event.starts_on - 3 AND event.ends_on + 4
         AND now() BETWEEN lower(lent.period) - interval '12 hours'
                       AND upper(lent.period) + interval '24 hours')
"""


#: What pages show of whoever is logged in and accounts must not know, over the columns of a posting.
_BESIDE: dict[str, BaseExpression] = {}


def read_with_posting(**beside: BaseExpression) -> None:
    """The apps above say at their start what is read in the statement that every page begins with, so that
    it costs no page a query. `current_posting` has it under the same name.
    """
    _BESIDE.update(beside)
    _posting_statement.cache_clear()


#: Stand in the statement for a user and for a day, until they are known: values that no expression of an app has.
_ANYBODY, _ANY_DAY = -(2**63), date.min


def _names(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


#: Rows that come with a posting, by the name that it has them under, and their columns.
_MODELS: dict[str, type[Model]] = {"user": User, "region": Region}
_WITH = {path: _names(model) for path, model in _MODELS.items()}
#: Of these what decides who somebody is and whether their session holds.
_BARE = {"user": [name for name in _names(User) if name not in ("name", "email")]}
_BARE["region"] = ["code", "timezone"]


@cache
def _posting_statement() -> tuple[str, list[str]]:
    """SQL for a user and a day, and the names of what it adds to the rows. To put it together takes longer
    than to carry it out, so that is done once.
    """
    return _posting_sql(_WITH, _BESIDE)


def _posting_sql(
    columns: Mapping[str, Sequence[str]], beside: Mapping[str, BaseExpression]
) -> tuple[str, list[str]]:
    factor = Authenticator.objects.filter(user_id=OuterRef("user_id")).exclude(
        type=Authenticator.Type.RECOVERY_CODES
    )
    nearby = Posting.objects.annotate(
        has_factor=Exists(factor),
        lent_events=RawSQL(LENT_EVENTS_SQL, []),  # noqa: S611 - no value of anybody in it
        **beside,
    ).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=_ANY_DAY), user_id=_ANYBODY)
    added = list(nearby.query.annotations)
    joined = [f"{path}__{name}" for path, names in columns.items() for name in names]
    found = nearby.values_list(*_names(Posting), *joined, *added)
    sql, params = found.query.sql_with_params()
    return with_values(sql, params, _as_value), added


def _as_value(value: Any) -> str | None:
    if value == _ANYBODY:
        return "$1::bigint"
    return "$2::date" if value == _ANY_DAY else None


def current_posting(user_id: int) -> Posting | None:
    """Today's posting, with its region, whether a second factor is set up, and what the apps above say:
    one query.
    """
    known = _known.get()
    if known is not None and known[0] == user_id:
        return known[1]
    now = timezone.now()
    _sql, beside = _posting_statement()
    found = _CURRENT_POSTING.rows(user_id, first_end(now))
    nearby = (_posting_of(row, _WITH, beside) for row in found)
    return next((posting for posting in nearby if is_current(posting, now)), None)


def first_end(now: datetime) -> date:
    """A posting whose last day was before it is over in every zone."""
    return now.date() - timedelta(days=1)


#: A user and their posting, where a statement of this request has found it already.
_known: ContextVar[tuple[int, Posting | None] | None] = ContextVar("known_posting", default=None)


@contextmanager
def known_posting(user_id: int, posting: Posting | None) -> Iterator[None]:
    """Here `current_posting` of this user asks nobody."""
    token = _known.set((user_id, posting))
    try:
        yield
    finally:
        _known.reset(token)


@cache
def bare_posting_sql() -> tuple[str, list[str]]:
    """As `current_posting` asks, without what pages show; and the names of its columns."""
    sql, added = _posting_sql(_BARE, {})
    joined = [f"{path}_{name}" for path, names in _BARE.items() for name in names]
    return sql, [*_names(Posting), *joined, *added]


def bare_posting(rows_found: Iterable[Sequence[Any]], now: datetime) -> Posting | None:
    """The posting of today among rows of `bare_posting_sql` that came as JSON."""
    _sql, names = bare_posting_sql()
    readers = [_FROM_JSON.get(name) for name in names]
    nearby = (
        [read(value) if read and value else value for read, value in zip(readers, row, strict=True)]
        for row in rows_found
    )
    postings = (_posting_of(row, _BARE, _BARE_BESIDE) for row in nearby)
    return next((posting for posting in postings if is_current(posting, now)), None)


_BARE_BESIDE = ["has_factor", "lent_events"]
_FROM_JSON: dict[str, Callable[[Any], Any]] = {
    "starts_on": date.fromisoformat,
    "ends_on": date.fromisoformat,
    "created_at": datetime.fromisoformat,
    "user_created_at": datetime.fromisoformat,
    "user_last_login": datetime.fromisoformat,
    "lent_events": lambda events: [uuid.UUID(event) for event in events],
}


_CURRENT_POSTING = hot("current_posting", lambda: _posting_statement()[0])


def _posting_of(
    row: Sequence[Any], columns: Mapping[str, Sequence[str]], beside: Sequence[str]
) -> Posting:
    """A row of `_posting_sql`."""
    values = iter(row)

    def read(model: type[Model], names: Sequence[str]) -> Any:
        return model.from_db(DEFAULT_DB_ALIAS, names, list(islice(values, len(names))))

    posting: Posting = read(Posting, _names(Posting))
    for name, model in _MODELS.items():
        setattr(posting, name, read(model, columns[name]))
    vars(posting).update(zip(beside, values, strict=True))
    return posting


def staff(by: Actor) -> QuerySet[Posting]:
    """Postings inside the actor's region, the current and coming ones first."""
    postings = Posting.objects.select_related("user__identity", "region")
    if by.region != NATION:
        postings = postings.filter(inside("region_id", by.region))
    return postings.order_by(F("ends_on").desc(nulls_first=True), "user__name", "pk")


def get_posting_or_404(by: Actor, posting_id: int) -> Posting:
    posting = staff(by).filter(pk=posting_id).first()
    if posting is None:
        raise NotFound
    return posting


def actor_of(posting: Posting, scopes: tuple[str, ...] = ("*",)) -> Actor:
    return Actor(
        user_id=posting.user_id,
        posting_id=posting.pk,
        role=posting.role,
        region=posting.region_id,
        scopes=scopes,
        lent_events=tuple(getattr(posting, "lent_events", None) or ()),
    )


def asker_now(posting_id: int, permission: str) -> Actor:
    """The actor who asked for a background job, with the rights of this moment. Raises Stopped when
    the right is gone.

    A job is about the actor's own office, so the events that they are lent to do not count.
    """
    posting = Posting.objects.get(pk=posting_id)
    current = current_posting(posting.user_id)
    if current is None or current.pk != posting.pk:
        raise Stopped
    if not current.user.is_active or to_do_first(current):
        raise Stopped
    actor = replace(actor_of(current), lent_events=())
    if not actor.may(permission):
        raise Stopped
    return actor


@dataclass(frozen=True)
class LiveToken:
    """A token that is valid now: the part of it that a request needs."""

    user: User
    actor: Actor
    token_key: str


#: One statement instead of four joined models, because every API request begins with it. Its
#: parameters: `live_token_params`.
LIVE_TOKEN_SQL = """
SELECT token.token_key, token.scopes, usr.id, usr.username, usr.name,
       posting.id, posting.role, posting.region_id
  FROM accounts_apitoken token
  JOIN accounts_user usr ON usr.id = token.user_id AND usr.is_active
                        AND NOT usr.must_change_password
  JOIN accounts_posting posting ON posting.id = token.posting_id
  JOIN regions_region region ON region.code = posting.region_id
 WHERE token.digest = $1
   AND (token.expiry IS NULL OR token.expiry > $2)
   AND ($2::timestamptz AT TIME ZONE region.timezone)::date >= posting.starts_on
   AND (posting.ends_on IS NULL
        OR ($2::timestamptz AT TIME ZONE region.timezone)::date <= posting.ends_on)
   -- A program stands in for its person: where they need a second factor, they have one.
   AND (posting.role <> ALL ($3::text[]) OR EXISTS (
        SELECT 1 FROM mfa_authenticator factor
         WHERE factor.user_id = usr.id AND factor.type <> 'recovery_codes'))
"""  # noqa: S105 - a statement, no secret

_LIVE_TOKEN = hot("live_token", LIVE_TOKEN_SQL)
#: The same, and the transaction's scope as `Actor.scope` writes it for a program.
ENTERED_SQL = f"""
SELECT live.*, set_config('app.scope', CASE WHEN live.region_id = $4::text THEN '*' ELSE
           left(live.region_id, 5) || ';'
           || CASE WHEN live.role = ANY ($5::text[]) THEN live.region_id ELSE '' END || ';'
       END, true)
  FROM ({LIVE_TOKEN_SQL}) live
"""
_ENTERED = hot("live_token_entered", ENTERED_SQL)
_VILLAGE_ROLES = sorted(map(str, OF_VILLAGES))
#: Roles whose people log in with a second factor.
SECOND_FACTOR_ROLES = [str(role) for role, rule in ROLES.items() if rule.second_factor]


def live_token(digest: str) -> LiveToken | None:
    """None when the token, its user or its posting does not hold at this moment."""
    row = _LIVE_TOKEN.one(*live_token_params(digest))
    return live_token_of_row(*row) if row else None


def enter_with_token(digest: str) -> tuple[LiveToken, str] | None:
    """As `live_token`, for the call that it begins: in the same statement the database is told whose rows
    the transaction may see. The caller compares that with the scope of the actor.
    """
    row = _ENTERED.one(*entered_params(digest))
    return (live_token_of_row(*row[:-1]), str(row[-1])) if row else None


def entered_params(digest: str) -> list[Any]:
    return [*live_token_params(digest), NATION, _VILLAGE_ROLES]


def live_token_params(digest: str) -> list[Any]:
    return [digest, timezone.now(), SECOND_FACTOR_ROLES]


def live_token_of_row(
    key: str,
    scopes: list[str],
    user_id: int,
    username: str,
    name: str,
    posting_id: int,
    role: str,
    region: str,
) -> LiveToken:
    """A row of LIVE_TOKEN_SQL."""
    actor = Actor(user_id, posting_id, role, region, tuple(scopes))
    return LiveToken(User(id=user_id, username=username, name=name), actor, key)


def to_do_first(posting: Posting) -> str | None:
    """The name of the page that this person has to finish before any other; None to go on.

    Takes a posting as `current_posting` gives it.
    """
    if posting.user.must_change_password:
        return "account_change_password"
    return None if second_factor_done(posting) else "mfa_activate_totp"


def second_factor_done(posting: Posting) -> bool:
    """Whether this person's role asks for no second factor, or it is set up."""
    # `current_posting` added `has_factor`; a posting that was read in another way raises KeyError.
    return not ROLES[posting.role].second_factor or bool(vars(posting)["has_factor"])
