from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from dukcapil.accounts.models import ApiToken, Posting, User
from dukcapil.accounts.permissions import MAY_RESET, ROLES
from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import prepared
from dukcapil.core.errors import NotFound
from dukcapil.core.work import Stopped
from dukcapil.regions.models import inside
from dukcapil.regions.validators import NATION


def is_current(posting: Posting, now: datetime | None = None) -> bool:
    """Whether the posting holds on today's date where it is."""
    today = (now or timezone.now()).astimezone(ZoneInfo(posting.region.timezone)).date()
    return posting.starts_on <= today and (posting.ends_on is None or today <= posting.ends_on)


def posting_over(posting: Posting) -> bool:
    """Whether its last day has passed everywhere in the country."""
    return posting.ends_on is not None and posting.ends_on < timezone.now().date() - timedelta(1)


def may_reset(by: Actor, posting: Posting) -> bool:
    """Whether this actor's role renews the access of somebody of that role."""
    return posting.role in MAY_RESET[by.role]


def own_tokens(by: Actor) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(user_id=by.user_id).order_by("-created")


#: Events that a person is lent to by another office just now: from half a day before the shift, to
#: see the place, until a day after it, for what was logged on paper. In SQL, for events stand above
#: accounts. Only of people who are logged in: a token serves its own office.
LENT = """
ARRAY(SELECT lent.event_id FROM events_assignment lent
        JOIN events_serviceevent event ON event.id = lent.event_id
       WHERE lent.clerk_id = accounts_posting.user_id AND lent.loan_id IS NOT NULL
         AND event.state IN ('approved', 'closed')
         AND now() BETWEEN event.starts_on - 3 AND event.ends_on + 4
         AND now() BETWEEN lower(lent.period) - interval '12 hours'
                       AND upper(lent.period) + interval '24 hours')
"""


def current_posting(user_id: int) -> Posting | None:
    """Today's posting, with its region and whether a second factor is set up: one query."""
    now = timezone.now()
    factor = Authenticator.objects.filter(user_id=OuterRef("user_id")).exclude(
        type=Authenticator.Type.RECOVERY_CODES
    )
    nearby = (
        Posting.objects.select_related("user", "region")
        .annotate(has_factor=Exists(factor), lent_events=RawSQL(LENT, []))  # noqa: S611 - no value of anybody in it
        .filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=now.date() - timedelta(days=1)),
            user_id=user_id,
        )
    )
    return next((posting for posting in nearby if is_current(posting, now)), None)


def staff(by: Actor) -> QuerySet[Posting]:
    """Postings inside the actor's region, the current and coming ones first."""
    found = Posting.objects.select_related("user", "region")
    if by.region != NATION:
        found = found.filter(inside("region_id", by.region))
    return found.order_by(F("ends_on").desc(nulls_first=True), "user__name", "pk")


def get_posting_or_404(by: Actor, posting_id: int) -> Posting:
    found = staff(by).filter(pk=posting_id).first()
    if found is None:
        raise NotFound
    return found


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
    """Who asked for a work, as they stand this very moment. Raises Stopped when the right is gone.

    What they asked for is of their own office, whatever event they are lent to.
    """
    posting = Posting.objects.get(pk=posting_id)
    now = current_posting(posting.user_id)
    if now is None or now.pk != posting.pk or not now.user.is_active or to_do_first(now):
        raise Stopped
    actor = replace(actor_of(now), lent_events=())
    if not actor.may(permission):
        raise Stopped
    return actor


@dataclass(frozen=True)
class LiveToken:
    """A token that holds right now: what a request needs of it, and no more."""

    user: User
    actor: Actor
    token_key: str


#: One statement instead of four joined models: every API request begins with it. Takes `asks_live`.
LIVE = """
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
"""

#: Roles whose people log in with a second factor.
STRICT = [str(role) for role, rule in ROLES.items() if rule.second_factor]


def live_token(digest: str) -> LiveToken | None:
    """None when the token, its user or its posting does not hold at this moment."""
    found = prepared("live_token", LIVE, asks_live(digest))
    return as_live(*found[0]) if found else None


def asks_live(digest: str) -> list[Any]:
    return [digest, timezone.now(), STRICT]


def as_live(
    key: str,
    scopes: list[str],
    user_id: int,
    username: str,
    name: str,
    posting_id: int,
    role: str,
    region: str,
) -> LiveToken:
    """A row of LIVE."""
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
    # What `current_posting` read besides the columns; a posting of elsewhere fails here.
    return not ROLES[posting.role].second_factor or bool(vars(posting)["has_factor"])
