"""Refusals of papers that a verb raises before the database does, and the database all the same."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict, Invalid, rule


def outside_rule() -> Invalid:
    return Invalid(
        "outside-rule",
        _(
            "No rule lets the office issue this paper on that day: the head issues it, with a reason."
        ),
        field="kind",
    )


def already_issued() -> Conflict:
    return Conflict(
        "already-issued",
        _("A valid paper of this kind was issued to this person. For another one give the reason."),
        field="reason",
    )


def not_counted() -> Conflict:
    return Conflict(
        "paper-not-counted",
        _("A paper needs a record that counts. Decide about this person's number first."),
        field="resident",
    )


rule("DK261", outside_rule)
rule("DK265", already_issued)
rule("DK266", not_counted)
