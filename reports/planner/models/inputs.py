"""What plans are made from beside their rules: places and their hours, ways, fixed visits. No person.

A plan holds a copy of all of it (its instance): what is changed here changes no plan.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Scope, ScopedModel
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import says
from dukcapil.regions.models import Region, code_length
from events.resources.models import Team
from events.venues.models import Venue
from reports.planner.enums import DAY_MINUTES, PinKind, SiteKind
from reports.planner.triggers import OWN_TEAM, of_own_sites


def _minute() -> list[MinValueValidator | MaxValueValidator]:
    return [MinValueValidator(0), MaxValueValidator(DAY_MINUTES)]


class _OfOffice(ScopedModel):
    """A row that an office keeps, and who changed it last."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    scope = Scope(people=False)

    class Meta(ScopedModel.Meta):
        abstract = True


class SiteProfile(_OfOffice):
    """A village, or a venue in one, as a place where a team stops. What is empty here is as the rules of
    the day say. A village without a row is a place too.
    """

    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    #: Empty: the village itself.
    venue = models.ForeignKey(Venue, models.PROTECT, null=True, blank=True, related_name="+")
    #: Degrees; without them the middle of its district.
    lat = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    lon = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    #: For one person with one recording set.
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    #: To put everything up and take it down.
    setup = models.PositiveSmallIntegerField(null=True, blank=True)
    opens = models.TimeField(null=True, blank=True)
    closes = models.TimeField(null=True, blank=True)
    #: 1 to 7, Monday is 1; empty: as the rules say.
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    #: A team can sleep there.
    lodging = models.BooleanField(default=False)

    class Meta(_OfOffice.Meta):
        verbose_name = _("place of plans")
        constraints = [
            models.UniqueConstraint(
                fields=["office", "village"],
                condition=Q(venue=None),
                name="siteprofile_village_once",
                **says("site-exists", _("This place is there already."), field="village"),
            ),
            models.UniqueConstraint(
                fields=["office", "venue"],
                condition=Q(venue__isnull=False),
                name="siteprofile_venue_once",
                **says("site-exists", _("This place is there already."), field="venue"),
            ),
            models.CheckConstraint(
                name="siteprofile_of_office", condition=code_length("office", 5)
            ),
            models.CheckConstraint(
                name="siteprofile_in_village",
                condition=code_length("village", 13) & Q(office=Left("village", 5)),
                **says(
                    "site-outside",
                    _("Teams stop in villages of the own district only."),
                    field="village",
                ),
            ),
            models.CheckConstraint(
                name="siteprofile_position",
                condition=Q(lat=None, lon=None)
                | Q(lat__isnull=False, lon__isnull=False)
                & Q(lat__gte=-12, lat__lte=7, lon__gte=94, lon__lte=142),
                **says("position", _("Give both degrees, within Indonesia, or none."), field="lat"),
            ),
            models.CheckConstraint(
                name="siteprofile_minutes",
                condition=(Q(minutes=None) | Q(minutes__gte=1, minutes__lte=120))
                & (Q(setup=None) | Q(setup__lte=240)),
                **says(
                    "site-minutes",
                    _("A person takes 1 to 120 minutes, putting everything up at most 240."),
                    field="minutes",
                ),
            ),
            models.CheckConstraint(
                name="siteprofile_hours",
                condition=Q(opens=None, closes=None)
                | Q(opens__isnull=False, closes__isnull=False, closes__gt=F("opens")),
                **says(
                    "site-hours",
                    _("Give both hours, the end after the beginning, or none."),
                    field="closes",
                ),
            ),
            models.CheckConstraint(
                name="siteprofile_weekdays",
                condition=Q(weekdays__contained_by=[1, 2, 3, 4, 5, 6, 7]),
                **says("weekdays", _("A weekday is a number from 1 to 7."), field="weekdays"),
            ),
        ]

    def __str__(self) -> str:
        return self.venue.name if self.venue else self.village.name

    @property
    def key(self) -> str:
        """What it is called in an instance."""
        return str(self.venue_id or self.village_id)

    @property
    def says_something(self) -> bool:
        """Whether anything of it is not as the rules say."""
        alone = (self.lat, self.minutes, self.setup, self.opens)
        return any(one is not None for one in alone) or bool(self.weekdays) or self.lodging


class SiteClosure(_OfOffice):
    """Days on which a place, or all places of a kind, cannot be visited: examinations, a market."""

    #: One place; or else all of a kind; or else every one.
    site = models.ForeignKey(
        SiteProfile, models.PROTECT, null=True, blank=True, related_name="closures"
    )
    kind = models.CharField(max_length=12, choices=SiteKind.choices, blank=True)
    from_day = models.DateField()
    until_day = models.DateField()
    why = models.CharField(max_length=150)

    class Meta(_OfOffice.Meta):
        verbose_name = _("closed days of a place")
        triggers = [of_own_sites("site_id")]
        constraints = [
            models.CheckConstraint(
                name="siteclosure_of_office", condition=code_length("office", 5)
            ),
            models.CheckConstraint(
                name="siteclosure_of_one",
                condition=Q(site=None) | Q(kind=""),
                **says("closure-of-one", _("Name a place or a kind, not both."), field="kind"),
            ),
            models.CheckConstraint(
                name="siteclosure_days",
                condition=Q(until_day__gte=F("from_day")),
                **says("closure-days", _("It ends before it begins."), field="until_day"),
            ),
            models.CheckConstraint(
                name="siteclosure_why",
                condition=~Q(why=""),
                **says("reason", _("Say why."), field="why"),
            ),
        ]
        indexes = [models.Index(fields=["office", "until_day"], name="siteclosure_days")]


class TravelLeg(_OfOffice):
    """The way from one place to another, as somebody knows it: it counts instead of what is reckoned from
    the map, and back again too unless the way back has a row of its own.
    """

    #: Empty: the office.
    origin = models.ForeignKey(
        SiteProfile, models.PROTECT, null=True, blank=True, related_name="legs_from"
    )
    target = models.ForeignKey(
        SiteProfile, models.PROTECT, null=True, blank=True, related_name="legs_to"
    )
    minutes = models.PositiveSmallIntegerField(validators=_minute())
    km = models.PositiveSmallIntegerField(default=0)
    #: For boats and ferries, in rupiah.
    fare = models.PositiveIntegerField(default=0)

    class Meta(_OfOffice.Meta):
        verbose_name = _("way between places")
        triggers = [of_own_sites("origin_id", "target_id")]
        constraints = [
            models.UniqueConstraint(
                fields=["office", "origin", "target"],
                name="travelleg_once",
                nulls_distinct=False,
                **says("leg-exists", _("This way is there already."), field="target"),
            ),
            models.CheckConstraint(name="travelleg_of_office", condition=code_length("office", 5)),
            models.CheckConstraint(
                name="travelleg_of_two",
                condition=(Q(origin__isnull=False) | Q(target__isnull=False))
                & (Q(origin=None) | Q(target=None) | ~Q(origin=F("target"))),
                **says("leg-of-two", _("A way goes to another place."), field="target"),
            ),
            models.CheckConstraint(
                name="travelleg_minutes",
                condition=Q(minutes__lte=DAY_MINUTES, km__lte=2000, fare__lte=100_000_000),
                **says("leg-most", _("A way takes a day at most."), field="minutes"),
            ),
        ]


class PlanFloor(_OfOffice):
    """The fewest visits that a plan gives to the places of a kecamatan."""

    district = models.ForeignKey(Region, models.PROTECT, related_name="+")
    min_visits = models.PositiveSmallIntegerField()
    from_day = models.DateField()
    until_day = models.DateField()

    class Meta(_OfOffice.Meta):
        verbose_name = _("least number of visits")
        constraints = [
            models.UniqueConstraint(
                fields=["office", "district", "from_day"],
                name="planfloor_once",
                **says(
                    "floor-exists", _("This kecamatan has one from this day on."), field="district"
                ),
            ),
            models.CheckConstraint(
                name="planfloor_district",
                condition=code_length("district", 8) & Q(office=Left("district", 5)),
                **says("floor-district", _("Choose a kecamatan of the office."), field="district"),
            ),
            models.CheckConstraint(
                name="planfloor_visits",
                condition=Q(min_visits__gte=1, min_visits__lte=100),
                **says("floor-visits", _("One visit at least, 100 at most."), field="min_visits"),
            ),
            models.CheckConstraint(
                name="planfloor_days",
                condition=Q(until_day__gte=F("from_day")),
                **says("floor-days", _("It ends before it begins."), field="until_day"),
            ),
        ]


class PlanPin(_OfOffice):
    """A visit that every new plan has, or a place that none has, on a day or on every one."""

    site = models.ForeignKey(SiteProfile, models.PROTECT, related_name="pins")
    kind = models.CharField(max_length=5, choices=PinKind.choices, default=PinKind.VISIT)
    #: Of a visit always; empty: never at all.
    day = models.DateField(null=True, blank=True)
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="+")
    #: Invited in writing, promised to a camat.
    why = models.CharField(max_length=150, blank=True)

    class Meta(_OfOffice.Meta):
        verbose_name = _("fixed visit")
        triggers = [of_own_sites("site_id"), OWN_TEAM]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "day"],
                name="planpin_once",
                nulls_distinct=False,
                **says("pin-exists", _("This place is fixed on this day already."), field="day"),
            ),
            models.CheckConstraint(name="planpin_of_office", condition=code_length("office", 5)),
            models.CheckConstraint(
                name="planpin_day",
                condition=Q(kind="visit", day__isnull=False) | Q(kind="never", team=None),
                **says("pin-day", _("A visit has a day; no team is named for none."), field="day"),
            ),
        ]
