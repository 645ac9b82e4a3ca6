"""Texts of Django and allauth whose Indonesian uses other words than ours ("sandi", "email", "anda").

Nothing imports this: `make messages` finds the texts here, and our catalogue comes before the
libraries' own. Words: docs/glossary.md.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

TEXTS = (
    # allauth
    gettext_noop("The username and/or password you specified are not correct."),
    gettext_noop("The email address and/or password you specified are not correct."),
    gettext_noop("The phone number and/or password you specified are not correct."),
    gettext_noop("Please type your current password."),
    gettext_noop("Invalid login."),
    gettext_noop("The password reset token was invalid."),
    gettext_noop("Email address"),
    gettext_noop("email address"),
    gettext_noop("email addresses"),
    gettext_noop("Username or email"),
    gettext_noop("Username, email or phone"),
    gettext_noop("Email or phone"),
    gettext_noop("A user is already registered with this email address."),
    gettext_noop("This email address is already associated with this account."),
    gettext_noop("A user is already registered with this phone number."),
    gettext_noop(
        "You cannot activate two-factor authentication until you have verified your email address."
    ),
    gettext_noop(
        "You cannot add an email address to an account protected by two-factor authentication."
    ),
    # Django
    gettext_noop("Enter a valid email address."),
    gettext_noop("password"),
    gettext_noop("Password"),
    gettext_noop("The two password fields didn’t match."),  # noqa: RUF001 - Django's own sign
    gettext_noop("Password confirmation"),
    gettext_noop("New password confirmation"),
    gettext_noop("Enter the same password as before, for verification."),
    gettext_noop(
        "Please enter a correct %(username)s and password. Note that both fields may be"
        " case-sensitive."
    ),
    gettext_noop("Your password can’t be too similar to your other personal information."),  # noqa: RUF001 - Django's own sign
    gettext_noop("Your password can’t be a commonly used password."),  # noqa: RUF001 - Django's own sign
    gettext_noop("Your password can’t be entirely numeric."),  # noqa: RUF001 - Django's own sign
)
