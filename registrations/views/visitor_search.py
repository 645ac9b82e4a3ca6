"""The search form of a page: a visit by its number or slip, else people, whose look is logged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid, TooMany
from dukcapil.core.forms import refuse
from events.planning.models.session import ServiceSession
from registrations.booking.models.appointment import Appointment
from registrations.booking.selectors.visitor_search import find_visit, is_slip_code
from registrations.forms.people import FindForm
from registrations.people.services.lookups import find_people


@dataclass(frozen=True)
class VisitorMatch:
    """One visit, when the text is its number or slip; else the people with this NIK or name."""

    visit: Appointment | None = None
    people: list[dict[str, Any]] = field(default_factory=list)
    #: There are others, who are not among them.
    more: bool = False


def search_and_log(
    actor: Actor, find: FindForm, *, queue: ServiceSession | None = None
) -> VisitorMatch:
    """What the search finds. What is too short, or too much guessing, is an error of the form."""
    if not find.is_valid():
        return VisitorMatch()
    text = find.cleaned_data["q"]
    if visit := find_visit(actor, text, slips=find.slips, queue=queue):
        return VisitorMatch(visit=visit)
    if find.slips and is_slip_code(text):
        unknown = _("No slip of this office has this code. Was it typed completely?")
        refuse(find, Invalid("unknown-slip", unknown, field="q"))
        return VisitorMatch()
    try:
        found = find_people(by=actor, text=text, birth_date=find.cleaned_data["birth_date"])
        return VisitorMatch(people=found.people, more=found.more)
    except (Invalid, TooMany) as error:
        refuse(find, error)
        return VisitorMatch()
