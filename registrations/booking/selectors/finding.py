"""Whom a clerk means by what is typed or scanned: the one door for numbers, slips, NIK and names."""

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
_NUMBER = 4


@dataclass(frozen=True)
class Meant:
    """A visit, by its number or slip; else everybody who has this NIK or a name like this."""

    visit: Appointment | None = None
    people: list[dict[str, Any]] = field(default_factory=list)


def meant(
    by: Actor, text: str, *, slips: bool = False, queue: ServiceSession | None = None
) -> Meant:
    """A NIK or the beginning of a name; a slip's code or a number of the queue where these are taken.

    Raises Invalid when it says too little, Conflict `queue-number` when nobody has the number.
    """
    text = text.strip()
    if queue and text.isascii() and text.isdigit() and len(text) <= _NUMBER:
        return Meant(visit=_by_number(by, queue, text))
    if slips and (visit := find_ticket(by, text)):
        return Meant(visit=visit)
    return Meant(people=find_people(by, text))


def _by_number(by: Actor, session: ServiceSession, text: str) -> Appointment:
    found = Appointment.objects.visible_to(by).filter(session=session, queue_number=int(text))
    if (visit := found.first()) is None:
        raise Conflict(
            "queue-number", _("Nobody in this queue has number %(number)s.") % {"number": text}
        )
    return visit


def find_ticket(by: Actor, text: str) -> Appointment | None:
    """By the code of a slip, as a scanner or a person types it."""
    code = text.strip().upper()
    if not (6 <= len(code) <= 10 and code.isascii() and code.isalnum()):
        return None
    found = Appointment.objects.visible_to(by).select_related("session__event")
    return found.filter(ticket=code).first()
