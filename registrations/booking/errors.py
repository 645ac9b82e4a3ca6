"""Refusals of booking that several verbs give."""

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict


def session_full() -> Conflict:
    return Conflict("session-full", _("The session is full for this service."), field="services")
