"""Refusals of findings that several verbs know."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict, Invalid


def recorded_meanwhile() -> Conflict:
    return Conflict(
        "already-recorded",
        _("This person is recorded: there is nothing to find out any more."),
        field="resident",
    )


def overtaken() -> Conflict:
    return Conflict(
        "already-decided",
        _(
            "This does not stand any more: something that was said or recorded later took its place."
        ),
    )


def called_again_after(day: date) -> Invalid:
    return Invalid(
        "called-again",
        _(
            "This person was called again on %(day)s: a recording up to that day counts no more. Only a"
            " later one does."
        )
        % {"day": date_format(day, "j F Y")},
        field="evidence",
    )
