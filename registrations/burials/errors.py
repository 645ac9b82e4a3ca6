"""Refusals of burials that several verbs know."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict, rule


def is_void() -> Conflict:
    return Conflict(
        "burial-void", _("This burial is void, or was corrected: the other line counts.")
    )


def taken_up() -> Conflict:
    """Says nothing of what the office found."""
    return Conflict(
        "taken-up", _("The office works on this burial already: ask it for the correction.")
    )


def other_content() -> Conflict:
    return Conflict("other-content", _("This id was sent with other content."), field="id")


# Of a line that the caller does not see.
rule("registrations_burial_pkey", other_content)
