from __future__ import annotations

from typing import Any

from dukcapil.accounts.enums import Access
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.core.errors import Invalid
from dukcapil.core.forms import refuse
from registrations.forms.people import FindForm
from registrations.people.selectors import find_people


def found_by(actor: Actor, find: FindForm) -> list[dict[str, Any]]:
    """Whom the search finds, logged; a search that says too little is refused at its field."""
    if not find.is_valid():
        return []
    try:
        people = find_people(actor, find.cleaned_data["q"])
    except Invalid as error:
        refuse(find, error)
        return []
    only = str(people[0]["id"]) if len(people) == 1 else ""
    log_access(by=actor, action=Access.SEARCH, kind="resident", subject=only, found=len(people))
    return people
