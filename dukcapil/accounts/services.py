"""What changes accounts, postings and tokens, and the one writer of the access log."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.access_log import Look, write
from dukcapil.accounts.enums import Access
from dukcapil.accounts.models import ApiToken, IdempotentAnswer, Posting, User
from dukcapil.accounts.permissions import MAY_POST, ROLES, SCOPES, Permission, Role
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.selectors import may_reset, posting_over
from dukcapil.accounts.validators import LONGEST_TOKEN, USERNAME, USERNAME_RULE
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound, Refused
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region


def require(by: Actor, permission: Permission) -> None:
    """Raise Refused unless the actor has the permission. Verbs call this first, whatever the page or
    API checked before.
    """
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
    """Write the access row in the caller's transaction: nobody sees data without leaving a row."""
    write([Look(by, action, kind, subject, reason, case, found)])


@service
def create_user(*, username: str, name: str, password: str, email: str = "") -> User:
    """By the machine's operator; a colleague's account is made by `add_staff`."""
    if not USERNAME.fullmatch(username):
        raise Invalid("username", USERNAME_RULE, field="username")
    if User.objects.filter(username=username).exists():
        raise Invalid("username-taken", _("This username is taken."), field="username")
    return User.objects.create_user(username, password, name=name, email=email)


@service
def create_posting(
    *, user: User, role: str, region: Region, starts_on: date, ends_on: date | None = None
) -> Posting:
    """Give a person a role in a region for a period: by the machine's operator, and the last step of
    `post_staff`. Raises Conflict when periods overlap, Invalid when the role is of other levels.
    """
    if region.level not in ROLES[role].levels:
        levels = ", ".join(str(level.label) for level in Level if level in ROLES[role].levels)
        raise Invalid(
            "posting-region",
            _("%(role)s is posted to: %(levels)s.") % {"role": Role(role).label, "levels": levels},
            field="region",
        )
    return Posting.objects.create(
        user=user, role=role, region=region, starts_on=starts_on, ends_on=ends_on
    )


@service
def end_posting(*, posting: Posting, last_day: date) -> Posting:
    """From the day after `last_day` sessions and tokens of this posting no longer work. By the
    machine's operator, and the last step of `end_staff_posting`.
    """
    posting.ends_on = last_day
    posting.save(update_fields=["ends_on"])
    return posting


# --- the staff of an office: what a head or an administrator does ---------------------------------


@service
def post_staff(
    *,
    by: Actor,
    user: User,
    role: str,
    region: Region,
    starts_on: date,
    ends_on: date | None = None,
) -> Posting:
    """A posting inside the actor's own region, to a role that the actor may give."""
    require(by, Permission.STAFF_MANAGE)
    if not by.covers(region.pk):
        raise NotFound
    if role not in MAY_POST[by.role]:
        raise Invalid("role-not-given", _("You may not give this role."), field="role")
    # Somebody else still knows this password: it must not open a second posting.
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.must_change_password:
        raise Conflict(
            "password-pending",
            _("This person has not chosen a password of their own yet; wait for the first login."),
        )
    posting = create_posting(
        user=user, role=role, region=region, starts_on=starts_on, ends_on=ends_on
    )
    log_access(by=by, action=Access.CHANGE, kind="posting made", subject=str(posting.pk))
    return posting


@service
def add_staff(
    *,
    by: Actor,
    username: str,
    name: str,
    role: str,
    region: Region,
    starts_on: date,
    ends_on: date | None = None,
    email: str = "",
) -> tuple[Posting, str]:
    """A new account with its first posting, and the first password: shown once, stored hashed."""
    require(by, Permission.STAFF_MANAGE)
    password = _random_password()
    user = create_user(username=username, name=name, password=password, email=email)
    posting = post_staff(
        by=by, user=user, role=role, region=region, starts_on=starts_on, ends_on=ends_on
    )
    User.objects.filter(pk=user.pk).update(must_change_password=True)
    return posting, password


@service
def end_staff_posting(*, by: Actor, posting: Posting, last_day: date) -> Posting:
    """Nobody ends their own posting, or one of a role that they may not give; the last day is never
    moved to a later one.

    A last day before the first day becomes the first day.
    """
    if posting.user_id == by.user_id:
        raise Refused("own-posting", _("Nobody ends their own posting."))
    _manages(by, posting)
    if posting.ends_on is not None and last_day > posting.ends_on:
        raise Invalid(
            "posting-longer",
            _("It ends on %(day)s already; make a new posting to go on.")
            % {"day": posting.ends_on},
            field="last_day",
        )
    ended = end_posting(posting=posting, last_day=max(last_day, posting.starts_on))
    log_access(by=by, action=Access.CHANGE, kind="posting ended", subject=str(posting.pk))
    return ended


def _manages(by: Actor, posting: Posting) -> None:
    """Whether this posting is the actor's to manage: inside the region, of a role they may give."""
    require(by, Permission.STAFF_MANAGE)
    if not by.covers(posting.region_id):
        raise NotFound
    if posting.role not in MAY_POST[by.role]:
        raise Refused("role-not-given", _("You may not manage a posting of this role."))


@service
def reset_access(*, by: Actor, posting: Posting, factor: bool = False) -> str:
    """A new first password for a colleague who forgot theirs, lost a phone, or must be stopped.

    Ends every session and token of the person at once; with `factor` the second factor too, which
    is set up anew at the next login. Returns the password: shown once, stored hashed, changed at
    the first login. Refused when the person holds another posting (another region, a higher role)
    that this actor may not reset: then somebody who may reset all of them does it.
    """
    if posting.user_id == by.user_id:
        raise Refused("own-access", _("Change your own password under Own account."))
    user = User.objects.select_for_update().get(pk=posting.user_id)
    for held in [posting, *Posting.objects.filter(user=user)]:
        if held == posting or not posting_over(held):
            _manages(by, held)
            if not may_reset(by, held):
                raise Refused(
                    "role-not-given", _("Ask an administrator: this is not yours to renew.")
                )
    password = _random_password()
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    if factor:
        Authenticator.objects.filter(user=user).delete()
    _end_everything(user)
    kind = "password and factor reset" if factor else "password reset"
    log_access(by=by, action=Access.CHANGE, kind=kind, subject=str(posting.pk))
    return password


@service
def log_out_everywhere(*, by: Actor, tokens: bool = False) -> None:
    """End every own session, the present one too, and every own token where asked."""
    user = User.objects.select_for_update().get(pk=by.user_id)
    _end_everything(user, tokens=tokens)
    log_access(by=by, action=Access.CHANGE, kind="logged out everywhere")


def _end_everything(user: User, *, tokens: bool = True) -> None:
    user.session_epoch += 1
    user.save(update_fields=["session_epoch"])
    UserSession.objects.filter(user=user).delete()
    if tokens:
        ApiToken.objects.filter(user=user).delete()


def _random_password() -> str:
    return "-".join(secrets.token_hex(3) for _part in range(3))


@service
def revoke_token(*, by: Actor, token_key: str) -> None:
    """Own tokens only. Revoking what is gone changes nothing."""
    deleted, _per_table = ApiToken.objects.filter(user_id=by.user_id, token_key=token_key).delete()
    if deleted:
        log_access(by=by, action=Access.CHANGE, kind="token revoked", subject=token_key)


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
    if expiry is not None and not timedelta() < expiry <= LONGEST_TOKEN:
        raise Invalid(
            "token-days",
            _("A token holds for 1 to %(most)s days.") % {"most": LONGEST_TOKEN.days},
            field="days",
        )
    # The lock waits for a reset of this person that runs now; after it no token is made.
    user = User.objects.select_for_update().get(pk=posting.user_id)
    if user.must_change_password or user.session_epoch != posting.user.session_epoch:
        raise Refused("access-ended", _("Log in again first."))
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
