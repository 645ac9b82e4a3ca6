"""Who may see a roster, and which years one may be of."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.errors import Invalid
from events.venues.enums import VenueKind
from events.venues.models import Venue

#: A school year begins in July.
_SCHOOL_BEGINS = 7


def may_see_roster(by: Actor, kind: str) -> bool:
    """That somebody is in a prison is for those alone who may see prisons."""
    needed = Permission.PRISONS_VIEW if kind == VenueKind.PRISON else Permission.RESIDENTS_VIEW
    return by.may(needed)


def require_roster(by: Actor, venue: Venue) -> None:
    require(by, Permission.RESIDENTS_VIEW)
    if venue.is_prison:
        require(by, Permission.PRISONS_VIEW)


def year_of(kind: str, day: date) -> int:
    """The year whose roster holds on a day: of a school the one in which its school year began."""
    is_school = VenueKind(kind).has_school_years
    return day.year - 1 if is_school and day.month < _SCHOOL_BEGINS else day.year


def check_year(kind: str, year: int, as_of: date, today: date) -> None:
    """Raises Invalid: the day of a list lies in its year, and not in the future."""
    if as_of > today:
        raise Invalid("as-of", _("A list is not of a day to come."), field="as_of")
    if year_of(kind, as_of) != year:
        text = _("A list of %(day)s is of the year %(year)s.") % {
            "day": f"{as_of:%d-%m-%Y}",
            "year": year_of(kind, as_of),
        }
        raise Invalid("roster-year", text, field="year")
