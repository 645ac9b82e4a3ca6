"""Finding a visit by what a clerk types or scans: a number of the queue, or the code of a slip."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Conflict
from events.planning.models.session import ServiceSession
from registrations.booking.models.appointment import Appointment

#: A number of the queue has at most so many digits; anything longer is a NIK or part of one.
_LONGEST_NUMBER = 4
#: Fewest and most characters of a slip's code.
_CODE = (6, 10)


def find_visit(
    by: Actor, text: str, *, slips: bool = False, queue: ServiceSession | None = None
) -> Appointment | None:
    """With `slips` the text may be the code of a slip, with `queue` a number of that session's queue.

    None: it is neither. Raises Conflict `queue-number` when nobody has the number.
    """
    text = text.strip()
    if queue and text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER:
        return _by_number(by, queue, text)
    return find_ticket(by, text) if slips else None


def _by_number(by: Actor, session: ServiceSession, text: str) -> Appointment:
    appointments = Appointment.objects.visible_to(by).filter(
        session=session, queue_number=int(text)
    )
    if (visit := appointments.first()) is None:
        raise Conflict(
            "queue-number", _("Nobody in this queue has number %(number)s.") % {"number": text}
        )
    return visit


def is_slip_code(text: str) -> bool:
    """Only a slip's code looks so: no name has digits, no number has letters."""
    code = text.strip()
    return _may_be_code(code) and not code.isalpha() and not code.isdigit()


def _may_be_code(code: str) -> bool:
    return _CODE[0] <= len(code) <= _CODE[1] and code.isascii() and code.isalnum()


def find_ticket(by: Actor, text: str) -> Appointment | None:
    """By the code of a slip, as a scanner or a person types it."""
    code = text.strip().upper()
    if not _may_be_code(code):
        return None
    appointments = Appointment.objects.visible_to(by).select_related("session__event")
    return appointments.filter(ticket=code).first()
