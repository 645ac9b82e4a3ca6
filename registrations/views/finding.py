from __future__ import annotations

from dukcapil.accounts.enums import Access
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.core.errors import Invalid
from dukcapil.core.forms import refuse
from events.planning.models.session import ServiceSession
from registrations.booking.selectors.finding import Meant, meant
from registrations.forms.people import FindForm


def found_by(actor: Actor, find: FindForm, *, queue: ServiceSession | None = None) -> Meant:
    """Whom the search means; people who are found are logged.

    A search that says too little is refused at its field.
    """
    if not find.is_valid():
        return Meant()
    try:
        found = meant(actor, find.cleaned_data["q"], slips=find.slips, queue=queue)
    except Invalid as error:
        refuse(find, error)
        return Meant()
    if found.visit is None:
        people = found.people
        only = str(people[0]["id"]) if len(people) == 1 else ""
        log_access(by=actor, action=Access.SEARCH, kind="resident", subject=only, found=len(people))
    return found
