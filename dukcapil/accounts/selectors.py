from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from allauth.mfa.utils import is_mfa_enabled
from django.db.models import Q
from django.utils import timezone

from dukcapil.accounts.models import Posting, User
from dukcapil.accounts.permissions import ROLES
from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import rows


def is_current(posting: Posting, now: datetime | None = None) -> bool:
    """Whether the posting holds on today's date where it is."""
    today = (now or timezone.now()).astimezone(ZoneInfo(posting.region.timezone)).date()
    return posting.starts_on <= today and (posting.ends_on is None or today <= posting.ends_on)


def current_posting(user_id: int) -> Posting | None:
    now = timezone.now()
    nearby = Posting.objects.select_related("region").filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=now.date() - timedelta(days=1)),
        user_id=user_id,
    )
    return next((posting for posting in nearby if is_current(posting, now)), None)


def actor_of(posting: Posting, scopes: tuple[str, ...] = ("*",)) -> Actor:
    return Actor(
        user_id=posting.user_id,
        posting_id=posting.pk,
        role=posting.role,
        region=posting.region_id,
        scopes=scopes,
    )


@dataclass(frozen=True)
class LiveToken:
    """A token that holds right now: what a request needs of it, and no more."""

    user: User
    actor: Actor
    token_key: str


#: One statement instead of four joined models: every API request begins with it.
_LIVE = """
SELECT token.token_key, token.scopes, usr.id, usr.username, usr.name,
       posting.id, posting.role, posting.region_id
  FROM accounts_apitoken token
  JOIN accounts_user usr ON usr.id = token.user_id AND usr.is_active
  JOIN accounts_posting posting ON posting.id = token.posting_id
  JOIN regions_region region ON region.code = posting.region_id
 WHERE token.digest = %(digest)s
   AND (token.expiry IS NULL OR token.expiry > %(now)s)
   AND (%(now)s AT TIME ZONE region.timezone)::date >= posting.starts_on
   AND (posting.ends_on IS NULL
        OR (%(now)s AT TIME ZONE region.timezone)::date <= posting.ends_on)
"""


def live_token(digest: str) -> LiveToken | None:
    """None when the token, its user or its posting does not hold at this moment."""
    found = rows(_LIVE, {"digest": digest, "now": timezone.now()})
    if not found:
        return None
    key, scopes, user_id, username, name, posting_id, role, region = found[0]
    actor = Actor(user_id, posting_id, role, region, tuple(scopes))
    return LiveToken(User(id=user_id, username=username, name=name), actor, key)


def second_factor_done(user: User, actor: Actor) -> bool:
    """Whether this person may go on: their role asks for no second factor, or it is set up."""
    return not ROLES[actor.role].second_factor or is_mfa_enabled(user)
