from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts import errors as _rules  # noqa: F401 - registers the messages
from dukcapil.accounts.enums import Access
from dukcapil.accounts.models import AccessLog, ApiToken, IdempotentAnswer, Posting, User
from dukcapil.accounts.permissions import SCOPES, Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid, Refused
from dukcapil.regions.models import Region


def require(by: Actor, permission: Permission) -> None:
    """Services that hold a role's special right check it themselves, whatever the edge did."""
    if not by.may(permission):
        raise Refused("forbidden", _("You may not do this."))


def log_access(
    *,
    by: Actor | None,
    action: Access,
    kind: str,
    subject: str = "",
    reason: str = "",
    case: str = "",
    found: int | None = None,
) -> None:
    """Write the access row in the caller's transaction: no look without its row."""
    AccessLog.objects.create(
        action=action,
        user_id=by.user_id if by else None,
        posting_id=by.posting_id if by else None,
        office=by.region if by else "",
        kind=kind,
        subject=subject[:200],
        reason=reason,
        case=case,
        found=found,
    )


@service
def create_user(*, username: str, name: str, password: str, email: str = "") -> User:
    if User.objects.filter(username=username).exists():
        raise Invalid("username-taken", _("This username is taken."), field="username")
    return User.objects.create_user(username, password, name=name, email=email)


@service
def post(
    *, user: User, role: str, region: Region, starts_on: date, ends_on: date | None = None
) -> Posting:
    """Give a person a role in a region for a period. Raises Conflict when periods overlap."""
    return Posting.objects.create(
        user=user, role=role, region=region, starts_on=starts_on, ends_on=ends_on
    )


@service
def end_posting(*, posting: Posting, last_day: date) -> Posting:
    """From the day after `last_day` sessions and tokens of this posting no longer work."""
    posting.ends_on = last_day
    posting.save(update_fields=["ends_on"])
    return posting


@service
def create_token(
    *, posting: Posting, scopes: list[str], label: str, expiry: timedelta | None = None
) -> tuple[ApiToken, str]:
    """A token and its text, which is shown once and stored hashed."""
    unknown = sorted(set(scopes) - SCOPES)
    if unknown or not scopes:
        raise Invalid(
            "token-scope",
            _("Unknown scope. Allowed: %(allowed)s.") % {"allowed": ", ".join(sorted(SCOPES))},
            field="scopes",
        )
    extra: dict[str, Any] = {} if expiry is None else {"expiry": expiry}
    return ApiToken.objects.create(
        user=posting.user, posting=posting, scopes=scopes, label=label, **extra
    )


#: How long a retry finds its stored answer.
ANSWERS_KEPT = timedelta(days=2)


@service
def forget_answers() -> int:
    """Drop stored answers that no retry needs any more; returns how many."""
    old = IdempotentAnswer.objects.filter(created_at__lt=timezone.now() - ANSWERS_KEPT)
    return old.delete()[0]
