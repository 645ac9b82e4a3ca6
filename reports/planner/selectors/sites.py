"""The places of an office with the people who are still to be recorded there, each in one place.

Counts alone leave this module. Who is on two lists counts once, and whom a school of the office has on its
newest roster counts there and not at home.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, QuerySet

from dukcapil.accounts.scoping import Actor
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from events.elections.models import Election
from events.venues.enums import VenueKind
from events.venues.models import Venue
from registrations.missing.enums import EntryState, Purpose
from registrations.missing.models import RollEntry, RollList
from registrations.missing.selectors.lists import counts, list_of
from registrations.people.enums import Stage
from reports.bases.models import PopulationBasis
from reports.coverage.selectors.coverage import answer
from reports.coverage.selectors.missing import beside_official, official_of
from reports.coverage.selectors.question import Question
from reports.planner.enums import SiteGroup, SiteKind
from reports.planner.models.inputs import SiteProfile

#: Who is booked is served where they are booked; who is explained is not to be recorded.
TO_VISIT = (EntryState.OPEN, EntryState.ASKED)

_GROUPS = {
    Stage.OVERDUE: SiteGroup.OVERDUE,
    Stage.DUE: SiteGroup.DUE,
    Stage.MARRIED_MINOR: SiteGroup.MARRIED_MINOR,
}


@dataclass
class Site:
    """A place, what the office says of it, and how many people of each group."""

    key: str
    kind: SiteKind
    name: str
    village: str
    profile: SiteProfile | None = None
    gap: Counter[str] = field(default_factory=Counter)

    @property
    def district(self) -> str:
        return self.village[: Level.DISTRICT.code_length]

    @property
    def people(self) -> int:
        return self.gap.total()


@dataclass(frozen=True)
class Figures:
    """What the counts of places rest on."""

    sites: list[Site]
    basis: PopulationBasis | None


def sites_of(by: Actor, office: Region, election: Election | None) -> Figures:
    """Every village of the office and every venue that it visits, with or without people. The caller has
    brought the lists up to date.
    """
    sites = places_of(by, office)
    question = Question.of(by=by, region=office, level=Level.VILLAGE)
    rows = answer(question).rows
    held = counts(office.pk, Level.VILLAGE, Purpose.MISSING, with_visits=False)
    for row in beside_official(official_of(rows), held):
        # Without a list all who are officially missing.
        more = row["official_unrecorded"] if row["on_list"] is None else row["not_on_list"]
        if row["region"] in sites and (more or 0) > 0:
            sites[row["region"]].gap[SiteGroup.UNLISTED] += more or 0
    _add_people(by, office.pk, election, sites)
    names = {row["basis"] for row in rows if row["basis"]}
    basis = PopulationBasis.objects.filter(name__in=names).order_by("-pk").first()
    return Figures(sorted(sites.values(), key=lambda one: one.key), basis)


def places_of(by: Actor, office: Region) -> dict[str, Site]:
    """Key -> place, without people. No prison: nobody is told who of a list is there."""
    profiles = {one.key: one for one in SiteProfile.objects.visible_to(by).filter(office=office)}
    villages = Region.objects.within(office.pk).level(Level.VILLAGE)
    found = {
        code: Site(code, SiteKind.VILLAGE, name, code, profiles.get(code))
        for code, name in villages.values_list("code", "name")
    }
    venues = Venue.objects.visible_to(by).filter(office=office).exclude(kind=VenueKind.PRISON)
    for venue in venues:
        if not venue.is_outside:
            key = str(venue.pk)
            found[key] = Site(key, kind_of(venue), venue.name, venue.village_id, profiles.get(key))
    return found


def kind_of(venue: Venue | None) -> SiteKind:
    if venue is None:
        return SiteKind.VILLAGE
    is_school = VenueKind(venue.kind).has_school_years
    return SiteKind.SCHOOL if is_school else SiteKind.INSTITUTION


def _add_people(
    by: Actor, office: str, election: Election | None, sites: Mapping[str, Site]
) -> None:
    for (village, venue, group), people in _people(by, office, election).items():
        at = str(venue) if venue and str(venue) in sites else village
        if at in sites:
            sites[at].gap[group] += people


def _people(
    by: Actor, office: str, election: Election | None
) -> dict[tuple[str, object, SiteGroup], int]:
    """(village, venue, group) -> people of the lists of the office who are to be visited."""
    missing = list_of(Purpose.MISSING, office)
    seventeen = list_of(Purpose.SEVENTEEN, office, election) if election else None
    found: dict[tuple[str, object, SiteGroup], int] = defaultdict(int)
    entries = RollEntry.objects.visible_to(by).filter(state__in=TO_VISIT).order_by()
    if missing is not None:
        rows = entries.filter(list=missing).values_list("village_id", "venue", "stage_at_start")
        for village, venue, stage, people in rows.annotate(n=Count("pk")):
            found[village, venue, _GROUPS.get(Stage(stage), SiteGroup.DUE)] += people
    if seventeen is not None:
        alone = entries.filter(list=seventeen)
        if missing is not None:
            alone = alone.exclude(Exists(_on(missing)))
        for village, venue, people in alone.values_list("village_id", "venue").annotate(
            n=Count("pk")
        ):
            found[village, venue, SiteGroup.SEVENTEEN] += people
    return found


def _on(roll_list: RollList) -> QuerySet[RollEntry]:
    """That the person of an entry stands on another list too."""
    stands = RollEntry.everything.filter(list=roll_list).exclude(state=EntryState.LEFT)
    return stands.filter(resident=OuterRef("resident"))
