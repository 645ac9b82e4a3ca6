"""Which sheet of a village is asked for: its village and a selection, as an address says it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid
from dukcapil.regions.models import Region
from events.venues.enums import VenueKind
from events.venues.models import Venue
from events.venues.selectors import goes_to_prison
from registrations.bench.enums import Tried
from registrations.bench.selectors.filters import (
    TO_DO,
    TO_DO_STATES,
    BenchFilter,
    filter_of,
    require_short,
)
from registrations.bench.selectors.head import village_or_404
from registrations.booking.models.group import VisitGroup
from registrations.missing.enums import EntryState
from registrations.people.enums import FindingOutcome, Stage
from registrations.rosters.models import RosterEntry

VILLAGE = "desa"


@dataclass(frozen=True)
class SheetAsked:
    village: Region
    which: BenchFilter

    @property
    def is_to_do(self) -> bool:
        """Whether everybody on it is still to be recorded."""
        return self.which.state in (TO_DO, *TO_DO_STATES)

    @property
    def text(self) -> str:
        rest = self.which.text
        return urlencode({VILLAGE: self.village.pk}) + (f"&{rest}" if rest else "")

    @property
    def said(self) -> list[str]:
        """What was chosen, in words."""
        which = self.which
        labels = [
            (which.stage, Stage),
            (which.tried, Tried),
            (which.finding, FindingOutcome),
        ]
        words = [
            (which.age, _("aged %(age)s") % {"age": which.age}),
            (which.group, _("of one class")),
            (which.venue, _("of one place")),
            (which.grade, _("class %(name)s") % {"name": which.grade}),
            (which.owner, _("by whom they were handed to")),
        ]
        said = [str(choices(value).label) for value, choices in labels if value]
        said += [text for value, text in words if value]
        if not which.state:
            return said
        state = _("still to do") if which.state == TO_DO else EntryState(which.state).label
        return [str(state), *said]


def sheet_from(by: Actor, text: str) -> SheetAsked:
    """Of who is still to be recorded, where no state is chosen: who is recorded, explained or gone is
    nobody whom a village has to find. Raises NotFound for a village elsewhere, Invalid for what cannot
    be read or stays in the house.
    """
    values = dict(parse_qsl(text))
    which = filter_of(values)
    which = which if which.state else replace(which, state=TO_DO)
    asked = SheetAsked(village_or_404(by, values.get(VILLAGE, "")), which)
    require_short(asked.text)
    _stays_in_house(asked)
    return asked


def _stays_in_house(asked: SheetAsked) -> None:
    """Who belongs to a group that is sought out, or is in a prison, is told on no paper: a sheet of them
    alone tells it.
    """
    which, text = asked.which, ""
    if which.sought:
        text = _(
            "Who belongs to a group that is sought out stays in the office: choose without it."
        )
    elif _is_of_prison(which, asked.village.pk[:5]):
        text = _("Who is in a prison stays in the office: choose without it.")
    if text:
        raise Invalid("stays-in-house", text, field="sought" if which.sought else "venue")


def _is_of_prison(which: BenchFilter, office: str) -> bool:
    """Also a class without its place, when a prison has one of that name."""
    if which.group:
        groups = VisitGroup.everything.filter(goes_to_prison("event_id"), pk=UUID(which.group))
        if groups.exists():
            return True
    if which.venue:
        venues = Venue.everything.filter(pk=UUID(which.venue), kind=VenueKind.PRISON)
        return venues.exists()
    if not which.grade:
        return False
    blocks = RosterEntry.everything.filter(
        office=office, class_name=which.grade, roster__venue__kind=VenueKind.PRISON
    )
    return blocks.exists()
