"""What we change in allauth: login, its limits, passwords, and the secrets of the second factor."""

from __future__ import annotations

import base64
import time
from contextlib import suppress
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.ratelimit import get_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from dukcapil import embedded
from dukcapil.accounts.devices import device_of, remember
from dukcapil.accounts.enums import Access
from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.selectors import actor_of, current_posting
from dukcapil.accounts.services import log_access
from dukcapil.core.limits import Limit

#: Wrong passwords for one account from one address: a stranger elsewhere keeps nobody out.
GUESSES_PER_ACCOUNT = Limit("account", 10, 300)
#: For one account from all addresses together, so that many addresses do not make many guesses.
GUESSES_PER_ACCOUNT_ANYWHERE = Limit("account anywhere", 50, 3600)
#: From one address for any account.
GUESSES_PER_ADDRESS = Limit("address", 100, 300)
#: On a device where this account logged in before; others' guesses do not count there.
GUESSES_PER_DEVICE = Limit("device", 10, 300)
#: Past these, for an account with a second factor: a wrong password is refused as before, the right one
#: leads to the code, which has a limit of its own.
GUESSES_BEFORE_FACTOR = Limit("before factor", 100, 3600)


_BEGAN = "login_began"


class Backend(AuthenticationBackend):
    def get_user(self, user_id: int) -> User | None:
        """A session's user together with today's posting: one query, at every page."""
        posting = current_posting(user_id)
        user = posting.user if posting else User.objects.filter(pk=user_id).first()
        if user is None or not self.user_can_authenticate(user):
            return None
        user.posting_today = posting
        return user


class AccountAdapter(DefaultAccountAdapter):
    #: Whether this attempt is looked at for its second factor's sake alone.
    _past_limits = False

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by a head or an administrator, never by a visitor."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counted before the password is looked at, and given back when it was right.

        allauth's own limit waits a second for a lock, then says no: thirty colleagues who log in at
        seven o'clock would meet it. Without Redis nobody logs in, so nobody guesses; open sessions
        go on. Whom a stranger shut out gets in on a known device, and with a second factor (ADR 0032).
        """
        login = str(credentials.get("username", "")).strip().casefold()
        address = get_ip(request)
        self._past_limits = False
        try:
            if device := device_of(request, login):
                passed = self._take((GUESSES_PER_DEVICE, f"{device} {login}"))
            else:
                passed = self._take(
                    (GUESSES_PER_ADDRESS, address),
                    (GUESSES_PER_ACCOUNT, f"{login} {address}"),
                    (GUESSES_PER_ACCOUNT_ANYWHERE, login),
                )
            if not passed and not device and _has_factor(login):
                self._past_limits = passed = self._take(
                    (GUESSES_PER_ADDRESS, address), (GUESSES_BEFORE_FACTOR, login)
                )
        except RedisError as error:
            raise ValidationError(
                _("Logging in is not possible for a moment. Try again.")
            ) from error
        if not passed:
            raise self.validation_error("too_many_login_attempts")

    def _take(self, *limits: tuple[Limit, str]) -> bool:
        """One attempt of each limit, or of none."""
        self._taken: list[tuple[Limit, str]] = []
        for limit, of in limits:
            if not limit.take(of):
                self._rollback_login_failed_rl_usage()
                return False
            self._taken.append((limit, of))
        return True

    def _rollback_login_failed_rl_usage(self) -> None:
        for limit, of in self._taken:
            with suppress(RedisError):
                limit.give_back(of)

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Between password and code a login is half done; ending all sessions ends it too: `login`
        compares the hash that is kept here.
        """
        request.session[_BEGAN] = user.get_session_auth_hash()
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def login(self, request: HttpRequest, user: User) -> None:
        began = request.session.pop(_BEGAN, None)
        if began is not None and not constant_time_compare(began, user.get_session_auth_hash()):
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        remember(request, response, user)
        return response

    def clean_password(self, password: str, user: User | None = None) -> str:
        if user is not None and user.pk and user.check_password(password):
            raise ValidationError(_("Choose another password than the present one."))
        return str(super().clean_password(password, user))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Kept with the account's id when there is one, never with what was typed."""
        user = User.objects.filter(username=credentials.get("username", "")).first()
        posting = current_posting(user.pk) if user else None
        log_access(
            by=actor_of(posting) if posting else None,
            action=Access.REFUSED,
            kind="login",
            subject=f"user {user.pk}" if user else "",
        )
        if self._past_limits:
            raise self.validation_error("too_many_login_attempts")

    def set_password(self, user: User, password: str) -> None:
        """Called when the person changes it, so from now on nobody else knows it."""
        user.must_change_password = False
        super().set_password(user, password)

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Somebody who logged in just now sets up the second factor without the password again."""
        request = context.request
        recent = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
        records = get_authentication_records(request, request.user) if request else []
        if any(record["at"] > recent for record in records):
            return False
        return bool(super().is_reauthentication_required(app=app))


def _has_factor(login: str) -> bool:
    return Authenticator.objects.filter(user__username=login).exists()


# --- rows of the second factor, whoever changes it and from where --------------------------------


def _log_factor(user: User, action: Access, kind: str, by: Actor | None) -> None:
    posting = current_posting(user.pk)
    log_access(
        by=by,
        action=action,
        kind=kind,
        subject=f"user {user.pk}",
        office=posting.region_id if posting else "",
    )


@receiver(authentication_failed)
def wrong_code(user: User, **kwargs: Any) -> None:
    posting = current_posting(user.pk)
    _log_factor(user, Access.REFUSED, "second factor", actor_of(posting) if posting else None)


_FACTORS = {
    Authenticator.Type.TOTP: "second factor",
    Authenticator.Type.RECOVERY_CODES: "recovery codes",
}


def _log_change(factor: Authenticator, what: str) -> None:
    by: Actor | None = getattr(context.request, "actor", None)
    kind = f"{_FACTORS.get(factor.type, factor.type)} {what}"
    _log_factor(factor.user, Access.CHANGE, kind, by)


@receiver(post_save, sender=Authenticator)
def factor_made(instance: Authenticator, *, created: bool, **kwargs: Any) -> None:
    """In the transaction of the change: allauth's own signals come after it."""
    if created:
        _log_change(instance, "set up")


@receiver(post_delete, sender=Authenticator)
def factor_removed(instance: Authenticator, **kwargs: Any) -> None:
    _log_change(instance, "removed")


class MfaAdapter(DefaultMFAAdapter):
    """TOTP secrets are kept encrypted with a key outside the database."""

    @cached_property
    def _fernet(self) -> Fernet:
        text = embedded.secret(settings.VAR_DIR, "totp")
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return Fernet(base64.urlsafe_b64encode(raw))

    def encrypt(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return self._fernet.decrypt(encrypted_text.encode()).decode()
