"""What changes accounts, postings and tokens, and the one writer of the access log."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.access_log import Look, write
from dukcapil.accounts.enums import Access, StaffActKind
from dukcapil.accounts.models import (
    ApiToken,
    IdempotentAnswer,
    Posting,
    StaffAct,
    StaffIdentity,
    User,
)
from dukcapil.accounts.permissions import ROLES, SCOPES, Permission, Role
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.selectors import actor_of, one_person
from dukcapil.accounts.validators import LONGEST_TOKEN, USERNAME, USERNAME_RULE
from dukcapil.core.crypto import decrypt
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, Refused
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region, inside
from dukcapil.regions.validators import lineage


def require(by: Actor, permission: Permission) -> None:
    """Raise Refused unless the actor has the permission. Verbs call this first, whatever the page or
    API checked before.
    """
    if not by.may(permission):
        raise Refused("forbidden", _("You may not do this."))


def require_two_persons(by: Actor, other_user_id: int | None) -> None:
    """Raise Conflict unless the actor and that user are two people. Every verb that wants a second
    person asks here; the database asks the same (`one_person`) where it holds such a rule.
    """
    if bar := one_person(by.user_id, other_user_id):
        raise Conflict("two-people", _ONE_PERSON[bar])


_ONE_PERSON = {
    "same": _("A second person decides about this, not who proposed or wrote it."),
    "no-staff-id": _(
        "This needs two people who are known by NIP or NIK. One of the two accounts has none; whoever manages the staff enters it."
    ),
    "made": _(
        "This needs two people who are independent. One of you made, posted or reset the account of the other within the last 30 days; somebody else decides."
    ),
}


def log_access(
    *,
    by: Actor | None,
    action: Access,
    kind: str,
    subject: str = "",
    reason: str = "",
    case: str = "",
    found: int | None = None,
    office: str = "",
) -> None:
    """Write the access row in the caller's transaction: nobody sees data without leaving a row.

    With the office of what it is about, that office reads a row too.
    """
    own = by.region if by else office
    write(
        Look(by, action, kind, subject, reason, case, found, reader)
        for reader in sorted({own, office or own})
    )


def check_username(username: str) -> None:
    if not USERNAME.fullmatch(username):
        raise Invalid("username", USERNAME_RULE, field="username")
    if User.objects.filter(username=username).exists():
        raise Invalid("username-taken", _("This username is taken."), field="username")


@service
def create_user(
    *,
    username: str,
    name: str,
    password: str | None,
    email: str = "",
    staff_id: bytes | None = None,
    demonstration: bool = False,
    makers: Sequence[int] = (),
) -> User:
    """By the machine's operator (no makers), and a step of `add_staff` and of an approval.

    Without a password nobody logs in until one is set.
    """
    check_username(username)
    user = User.objects.create_user(
        username,
        password,
        name=name,
        email=email,
        demonstration=demonstration,
    )
    if staff_id is not None:
        StaffIdentity.objects.create(user=user, staff_id=staff_id)
    remember_act(kind=StaffActKind.MADE, subject=user, makers=makers)
    return user


def check_posting_region(role: str, region: Region) -> None:
    if region.level not in ROLES[role].levels:
        levels = ", ".join(str(level.label) for level in Level if level in ROLES[role].levels)
        raise Invalid(
            "posting-region",
            _("%(role)s is posted to: %(levels)s.") % {"role": Role(role).label, "levels": levels},
            field="region",
        )


@service
def create_posting(
    *,
    user: User,
    role: str,
    region: Region,
    starts_on: date,
    ends_on: date | None = None,
    makers: Sequence[int] = (),
) -> Posting:
    """Give a person a role in a region for a period: by the machine's operator (no makers), and the
    last step of `post_staff` and of an approval. Raises Conflict when periods overlap, Invalid when
    the role is of other levels.
    """
    check_posting_region(role, region)
    posting = Posting.objects.create(
        user=user, role=role, region=region, starts_on=starts_on, ends_on=ends_on
    )
    remember_act(kind=StaffActKind.POSTED, subject=user, posting=posting, makers=makers)
    if not makers:
        log_by_machine(kind="posting made", subject=str(posting.pk), office=region.pk)
    return posting


def remember_act(
    *, kind: StaffActKind, subject: User, makers: Sequence[int], posting: Posting | None = None
) -> None:
    """Whoever made, posted or reset somebody is no second person beside them for a while."""
    for maker in makers or (None,):
        StaffAct.objects.create(subject=subject, by_id=maker, kind=kind, posting=posting)


def log_by_machine(*, kind: str, subject: str, office: str) -> None:
    """What the machine's operator did on the server, in the log of the office that it is about."""
    log_access(
        by=None, action=Access.CHANGE, kind=kind, subject=subject, case="server", office=office
    )


@service
def end_posting(*, posting: Posting, last_day: date) -> Posting:
    """From the day after `last_day` sessions and tokens of this posting no longer work. By the
    machine's operator, and the last step of `end_staff_posting`.
    """
    posting.ends_on = last_day
    posting.save(update_fields=["ends_on"])
    return posting


@service
def log_out_everywhere(*, by: Actor, tokens: bool = False) -> None:
    """End every own session, the present one too, and every own token where asked."""
    user = User.objects.select_for_update().get(pk=by.user_id)
    end_everything(user, tokens=tokens)
    log_access(by=by, action=Access.CHANGE, kind="logged out everywhere")


def end_everything(user: User, *, tokens: bool = True) -> None:
    """A step: every session of a person, and every token."""
    user.session_epoch += 1
    user.save(update_fields=["session_epoch"])
    UserSession.objects.filter(user=user).delete()
    if tokens:
        ApiToken.objects.filter(user=user).delete()


@service
def revoke_token(*, by: Actor, token_key: str) -> None:
    """Own tokens only. Revoking what is gone changes nothing."""
    deleted, _per_table = ApiToken.objects.filter(user_id=by.user_id, token_key=token_key).delete()
    if deleted:
        log_access(by=by, action=Access.CHANGE, kind="token revoked", subject=token_key)


@service
def create_token(
    *,
    posting: Posting,
    scopes: list[str],
    label: str,
    expiry: timedelta | None = None,
    by_machine: bool = False,
) -> tuple[ApiToken, str]:
    """A token and its text, which is shown once and stored hashed. `by_machine`: not by the person
    of the posting, but by the machine's operator.
    """
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
    token, text = ApiToken.objects.create(
        user=posting.user, posting=posting, scopes=scopes, label=label, **extra
    )
    if by_machine:
        log_by_machine(kind="token made", subject=token.token_key, office=posting.region_id)
    else:
        log_access(
            by=actor_of(posting), action=Access.CHANGE, kind="token made", subject=token.token_key
        )
    return token, text


#: How long a retry finds its stored answer.
ANSWERS_KEPT = timedelta(days=2)


@service
def forget_answers() -> int:
    """Drop stored answers that no retry needs any more; returns how many."""
    old = IdempotentAnswer.objects.filter(created_at__lt=timezone.now() - ANSWERS_KEPT)
    return old.delete()[0]


def forget_answers_that_name(signs: Collection[str], *, office: str, lent: Collection[int]) -> None:
    """Empty the stored answers to programs and clerks who may see this office's people (`lent`: users of
    other offices), where they hold one of these texts. The rows stay: nothing is carried out twice.
    """
    # Of a form only an address is stored, without a fingerprint.
    answers = IdempotentAnswer.objects.exclude(fingerprint="").filter(
        inside("posting__region_id", office)
        | Q(posting__region_id__in=lineage(office))
        | Q(posting__user_id__in=lent)
    )
    wanted = [sign.casefold() for sign in signs if sign]
    naming = [
        key
        for key, context, body in answers.values_list("pk", "key", "body").iterator()
        if body
        and (text := decrypt(bytes(body), context=context).casefold())
        and any(sign in text for sign in wanted)
    ]
    IdempotentAnswer.objects.filter(pk__in=naming).update(body=b"")
