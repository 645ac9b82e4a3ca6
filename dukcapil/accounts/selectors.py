from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from dukcapil.accounts.models import ApiToken, Posting
from dukcapil.accounts.scoping import Actor


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


def actor_for_token(token: ApiToken) -> Actor | None:
    """None when the token, its user or its posting no longer holds."""
    expired = token.expiry is not None and token.expiry < timezone.now()
    if expired or not token.user.is_active or not is_current(token.posting):
        return None
    return actor_of(token.posting, tuple(token.scopes))
