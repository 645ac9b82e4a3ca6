"""Refusals about people that both a verb and a database rule give."""

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict


def resident_exists(resident: str | None = None) -> Conflict:
    return Conflict(
        "resident-exists",
        _("This person is already held by your office."),
        field="nik",
        resident=resident,
    )
