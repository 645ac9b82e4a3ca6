"""Refusals that more than one verb of planning gives."""

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid


def no_seats() -> Invalid:
    return Invalid("capacity", _("Give places for at least one service."), field="capacity")
