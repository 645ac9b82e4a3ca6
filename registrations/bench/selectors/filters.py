"""What the workbench's address may choose: codes and words, never a name."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.utils.translation import gettext as _

from dukcapil.core.errors import Invalid
from registrations.bench.enums import Tried
from registrations.booking.selectors.residents import age_text
from registrations.missing.enums import EntryState
from registrations.people.enums import FindingOutcome, Stage
from registrations.rosters.enums import Group

#: A choice of an owner that is no posting.
MINE, NOBODY = "mine", "nobody"
#: A name of a class, as rosters hold it.
LONGEST_CLASS = 40
#: A selection as it is kept with a view and an export.
LONGEST_TEXT = 300
#: A choice of states: whoever still has to be recorded.
TO_DO = "to_do"
TO_DO_STATES = (EntryState.OPEN, EntryState.ASKED, EntryState.BOOKED)


@dataclass(frozen=True)
class BenchFilter:
    """Which entries of a list; empty: all of them."""

    state: str = ""
    stage: str = ""
    age: str = ""
    #: A class that was booked, by its id.
    group: str = ""
    tried: str = ""
    #: An outcome that was proposed or accepted.
    finding: str = ""
    #: A venue, and a class of it.
    venue: str = ""
    grade: str = ""
    #: A group that the office seeks out: for who may see groups alone.
    sought: str = ""
    #: A posting, `mine` or `nobody`.
    owner: str = ""

    @property
    def text(self) -> str:
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return urlencode({name: value for name, value in values if value})


NAMES = frozenset(field.name for field in fields(BenchFilter))
_ALLOWED: dict[str, tuple[str, ...]] = {
    "state": (TO_DO, *EntryState.values),
    "stage": tuple(Stage.values),
    "tried": tuple(Tried.values),
    "finding": tuple(FindingOutcome.values),
    "sought": tuple(Group.values),
}


def filter_of(given: Mapping[str, Any]) -> BenchFilter:
    """Raises Invalid with the field that cannot be read."""
    values = {name: str(given[name]) for name in NAMES & given.keys() if given[name]}
    for name, allowed in _ALLOWED.items():
        if values.get(name, allowed[0]) not in allowed:
            text = _("Allowed: %(allowed)s.") % {"allowed": ", ".join(allowed)}
            raise Invalid("choice", text, field=name)
    if age := values.get("age"):
        values["age"] = age_text(age)
    for name in ("group", "venue"):
        if value := values.get(name):
            values[name] = _id(value, name)
    grade = values.get("grade", "")
    if len(grade) > LONGEST_CLASS or not grade.isprintable():
        raise Invalid("choice", _("Choose one of the list."), field="grade")
    owner = values.get("owner", "")
    is_number = owner.isascii() and owner.isdigit() and len(owner) < 10
    if owner not in ("", MINE, NOBODY) and not is_number:
        raise Invalid("choice", _("Choose one of the list."), field="owner")
    which = BenchFilter(**values)
    require_short(which.text)
    return which


def require_short(text: str) -> None:
    """Raises Invalid for a selection that nobody could keep."""
    if len(text) > LONGEST_TEXT:
        raise Invalid("too-much-chosen", _("Too much is chosen at once: choose less."))


def filter_from(text: str) -> BenchFilter:
    """What `BenchFilter.text` wrote, or an address that says more than that."""
    return filter_of(dict(parse_qsl(text)))


def _id(text: str, name: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise Invalid("choice", _("Choose one of the list."), field=name) from error
