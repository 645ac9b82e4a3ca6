from __future__ import annotations

import base64
import time

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import cached_property

from dukcapil import embedded
from dukcapil.accounts.models import User
from dukcapil.accounts.selectors import current_posting


class Backend(AuthenticationBackend):
    def get_user(self, user_id: int) -> User | None:
        """A session's user together with today's posting: one query, at every page."""
        posting = current_posting(user_id)
        user = posting.user if posting else User.objects.filter(pk=user_id).first()
        if user is None or not self.user_can_authenticate(user):
            return None
        user.posting_today = posting  # type: ignore[attr-defined]
        return user


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by a head or an administrator, never by a visitor."""
        return False

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Who logged in a moment ago need not repeat the password to set up the second factor."""
        request = context.request
        recent = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
        records = get_authentication_records(request, request.user) if request else []
        if any(record["at"] > recent for record in records):
            return False
        return bool(super().is_reauthentication_required(app=app))


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
