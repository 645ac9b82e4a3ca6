"""The search form of a page, with its look in the log."""

from __future__ import annotations

from dukcapil.accounts.enums import Access
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.core.errors import Invalid
from dukcapil.core.forms import refuse
from events.planning.models.session import ServiceSession
from registrations.booking.selectors.visitor_search import VisitorMatch, search_visitor
from registrations.forms.people import FindForm


def search_and_log(
    actor: Actor, find: FindForm, *, queue: ServiceSession | None = None
) -> VisitorMatch:
    """What the search finds; a search for people is logged. A text that is too short becomes an
    error of the form's field.
    """
    if not find.is_valid():
        return VisitorMatch()
    try:
        match = search_visitor(actor, find.cleaned_data["q"], slips=find.slips, queue=queue)
    except Invalid as error:
        refuse(find, error)
        return VisitorMatch()
    if match.visit is None:
        people = match.people
        only = str(people[0]["id"]) if len(people) == 1 else ""
        log_access(by=actor, action=Access.SEARCH, kind="resident", subject=only, found=len(people))
    return match
