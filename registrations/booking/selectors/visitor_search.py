"""Searching a visitor by what a clerk types or scans: number of the queue, slip, NIK or name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Conflict
from events.planning.models.session import ServiceSession
from registrations.booking.models.appointment import Appointment
from registrations.people.selectors import find_people

#: A number of the queue has at most so many digits; anything longer is a NIK or part of one.
_LONGEST_NUMBER = 4


@dataclass(frozen=True)
class VisitorMatch:
    """One visit, when the text is its number or slip; else the people with this NIK or name."""

    visit: Appointment | None = None
    people: list[dict[str, Any]] = field(default_factory=list)


def search_visitor(
    by: Actor, text: str, *, slips: bool = False, queue: ServiceSession | None = None
) -> VisitorMatch:
    """`text` is a NIK or the beginning of a name; with `slips` it may be the code of a slip, with
    `queue` a number of that session's queue.

    Raises Invalid when it is too short, Conflict `queue-number` when nobody has the number.
    """
    text = text.strip()
    if queue and text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER:
        return VisitorMatch(visit=_by_number(by, queue, text))
    if slips and (visit := find_ticket(by, text)):
        return VisitorMatch(visit=visit)
    return VisitorMatch(people=find_people(by, text))


def _by_number(by: Actor, session: ServiceSession, text: str) -> Appointment:
    appointments = Appointment.objects.visible_to(by).filter(
        session=session, queue_number=int(text)
    )
    if (visit := appointments.first()) is None:
        raise Conflict(
            "queue-number", _("Nobody in this queue has number %(number)s.") % {"number": text}
        )
    return visit


def find_ticket(by: Actor, text: str) -> Appointment | None:
    """By the code of a slip, as a scanner or a person types it."""
    code = text.strip().upper()
    if not (6 <= len(code) <= 10 and code.isascii() and code.isalnum()):
        return None
    appointments = Appointment.objects.visible_to(by).select_related("session__event")
    return appointments.filter(ticket=code).first()
