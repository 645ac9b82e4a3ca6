"""Refusals that more than one verb of planning gives."""

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict, Invalid


def no_seats() -> Invalid:
    return Invalid("capacity", _("Give places for at least one service."), field="capacity")


def session_times() -> Invalid:
    return Invalid("session-times", _("A session ends after it starts."), field="ends_at")


def session_booked() -> Conflict:
    return Conflict(
        "session-booked",
        _(
            "Somebody was booked, waits or was recorded here, so the session stays. Move them first."
        ),
    )
