"""Refusals about people that both a verb and a database rule give."""

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict


def number_erased() -> Conflict:
    return Conflict(
        "erased",
        _(
            "The data of the person with this number was erased. Nobody is held under it again; your"
            " head of office knows why."
        ),
        field="nik",
    )


def resident_exists(resident: str | None = None) -> Conflict:
    return Conflict(
        "resident-exists",
        _("This person is already held by your office."),
        field="nik",
        resident=resident,
    )


def other_name() -> Conflict:
    return Conflict(
        "nik-name",
        _("NIK and name do not belong together: compare with the KK."),
        field="nik",
    )
