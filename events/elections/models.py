"""Elections and what was decided of them; openings of offices on days off, and what they say of
themselves. Public facts, no person.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Scope, ScopedModel
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import APPEND_ONLY, clocked, says
from dukcapil.regions.enums import today_in
from dukcapil.regions.models import Region, code_length
from events.calendar.validators import FIRST_DAY
from events.elections.enums import ElectionKind, ElectionState, Sign
from events.elections.triggers import ELECTION_DECIDED_BY, OPENING_NAMES_EVENT
from events.planning.models.event import ServiceEvent
from events.points.models import Point


class ElectionQuerySet(models.QuerySet["Election"]):
    def known(self, at: datetime | None = None) -> Any:
        """With the `held_on` and `state` of the newest decision of that moment, or of now; without
        the elections of which nothing was known yet.
        """
        decisions = ElectionDecision.objects.filter(election=OuterRef("pk"))
        if at is not None:
            decisions = decisions.filter(decided_at__lte=at)
        newest: Any = decisions.order_by("-decided_at", "-pk")
        return self.annotate(
            held_on=Subquery(newest.values("held_on")[:1]),
            state=Subquery(newest.values("state")[:1]),
        ).filter(held_on__isnull=False)

    def create(self, **identity: Any) -> Any:
        """An election comes with its first decision (`held_on`, `source`, `by_id`): without one it has
        no day. Lists begin today, or on that day where it is earlier, unless `listed_from` says more.
        """
        held_on: date = identity.pop("held_on")
        identity.pop("first_held_on", None)
        source, by_id = identity.pop("source", ""), identity.pop("by_id", None)
        region = identity.get("region_id") or identity["region"].pk
        listed_from = identity.pop("listed_from", None) or min(today_in(region), held_on)
        with transaction.atomic(using=self.db):
            election = super().create(first_held_on=held_on, listed_from=listed_from, **identity)
            ElectionDecision.objects.create(
                election=election, held_on=held_on, source=source, by_id=by_id
            )
        election.held_on, election.state = held_on, ElectionState.PLANNED
        return election

    def get_or_create(self, defaults: Any = None, **identity: Any) -> tuple[Any, bool]:
        """Django's own refuses what is no column, as the day and the source of the first decision."""
        if found := self.filter(**identity).first():
            return found, False
        return self.create(**identity, **(defaults or {})), True


class _Known(models.Manager["Election"]):
    def get_queryset(self) -> ElectionQuerySet:
        return ElectionQuerySet(self.model, using=self._db).known()


class Election(models.Model):
    """Which election it is: nothing here changes. Its day and state are what was decided last; rows
    of `objects` carry them as `held_on` and `state`.
    """

    held_on: date
    state: str

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=ElectionKind.choices)
    region = models.ForeignKey(Region, models.PROTECT)
    #: The offices that it concerns; empty for every one of its region.
    offices = ArrayField(models.CharField(max_length=5), default=list, blank=True, db_default=[])
    #: The day of the first decision: it tells elections of a kind and region apart, and counts
    #: nowhere. The column has its name from before elections were moved.
    first_held_on = models.DateField(db_column="held_on")
    #: As it was entered; what counts is `lists_from`.
    listed_from = models.DateField(db_default=FIRST_DAY)
    #: When people vote, by the local clock: shifts leave the staff time to vote too.
    voting_from = models.TimeField(default=time(7))
    voting_until = models.TimeField(default=time(13))
    created_at = models.DateTimeField(auto_now_add=True)

    #: Untyped: `held_on` and `state` are columns of `known`, which types cannot tell.
    objects: ClassVar[Any] = _Known()
    everything = ElectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("election")
        default_manager_name = "objects"
        triggers = [clocked("created_at"), *APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "kind", "first_held_on"],
                name="election_once",
                **says(
                    "election-exists",
                    _("This election was entered already; decide on that one."),
                    field="held_on",
                ),
            ),
            models.CheckConstraint(
                name="election_voting", condition=Q(voting_until__gt=F("voting_from"))
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def lists_from(self) -> date:
        """Lists of who turns 17 leave out who was recorded before this day. It goes with an election that
        is moved to an earlier one.
        """
        return min(self.listed_from, self.held_on)

    @property
    def areas(self) -> list[str]:
        """The codes that it is held in."""
        return self.offices or [self.region_id]


class ElectionDecision(models.Model):
    """That an election is held on a day, was moved or cancelled, and who says so. The newest counts;
    a release counts only those that were known at its moment.
    """

    election = models.ForeignKey(Election, models.PROTECT, related_name="decisions")
    held_on = models.DateField()
    state = models.CharField(
        max_length=9, choices=ElectionState.choices, default=ElectionState.PLANNED
    )
    #: The decree or letter; empty for what stood here before sources were kept.
    source = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("decision on an election")
        triggers = [ELECTION_DECIDED_BY, clocked("decided_at"), *APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="electiondecision_source",
                condition=~Q(source="") | Q(by__isnull=True),
                **says("source", _("Name the decree or letter that says so."), field="source"),
            ),
        ]
        indexes = [models.Index(fields=["election", "-decided_at"], name="electiondecision_newest")]


@pghistory.track(pghistory.UpdateEvent(), pghistory.DeleteEvent(), level=pghistory.Statement)
class Opening(ScopedModel):
    """An office, or one of its points, that opens on a day off or on the day of an election.

    `event` is the one at which people are booked that day; the database keeps it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    point = models.ForeignKey(Point, models.PROTECT, null=True, blank=True, related_name="openings")
    election = models.ForeignKey(
        Election, models.PROTECT, null=True, blank=True, related_name="openings"
    )
    event = models.ForeignKey(
        ServiceEvent, models.PROTECT, null=True, blank=True, editable=False, related_name="openings"
    )
    day = models.DateField()
    opens_at = models.TimeField()
    closes_at = models.TimeField()
    shifts = models.PositiveSmallIntegerField(default=1)
    #: Questions are answered, by phone too; nobody is recorded.
    consult_only = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    ended_reason = models.CharField(max_length=200, blank=True)

    scope = Scope(people=False)

    class Meta(ScopedModel.Meta):
        verbose_name = _("opening")
        triggers = [OPENING_NAMES_EVENT]
        constraints = [
            models.UniqueConstraint(
                fields=["office", "day"],
                condition=Q(ended_at__isnull=True, point__isnull=True),
                name="opening_once",
                **says("opening-exists", _("This opening is planned already."), field="day"),
            ),
            models.UniqueConstraint(
                fields=["point", "day"],
                condition=Q(ended_at__isnull=True, point__isnull=False),
                name="opening_of_point_once",
                **says("opening-exists", _("This opening is planned already."), field="day"),
            ),
            models.CheckConstraint(
                name="opening_office_is_regency", condition=code_length("office", 5)
            ),
            models.CheckConstraint(
                name="opening_hours",
                condition=Q(closes_at__gt=F("opens_at")),
                **says("opening-hours", _("It closes after it opens."), field="until"),
            ),
            models.CheckConstraint(
                name="opening_shifts",
                condition=Q(shifts__range=(1, 6)),
                **says("opening-shifts", _("From one to six shifts."), field="shifts"),
            ),
            models.CheckConstraint(
                name="opening_ended",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, ended_reason="")
                | Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ended_reason=""),
                **says("reason", _("Say why it does not open."), field="reason"),
            ),
        ]
        indexes = [models.Index(fields=["day", "office"], name="opening_day_office")]


class OpeningLink(models.Model):
    """A secret address of one opening for one day: a phone says with it, without a login, that the
    office is open. Only its hash is kept; it tells of nothing but that opening.
    """

    opening = models.ForeignKey(Opening, models.PROTECT, related_name="links")
    #: The day of the opening when it was made: of an opening that was moved it works no more.
    day = models.DateField()
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("phone link of an opening")


class Heartbeat(models.Model):
    """What an office said of an opening, and when."""

    opening = models.ForeignKey(Opening, models.PROTECT, related_name="heartbeats")
    state = models.CharField(max_length=7, choices=Sign.choices)
    #: When it was so: what the device said, where that can be; else when it arrived.
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    device_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    link = models.ForeignKey(
        OpeningLink, models.PROTECT, null=True, blank=True, related_name="heartbeats"
    )

    class Meta:
        verbose_name = _("sign of an opening")
        triggers = APPEND_ONLY
        constraints = [
            models.CheckConstraint(
                name="heartbeat_of_one",
                condition=Q(by__isnull=False, link__isnull=True)
                | Q(by__isnull=True, link__isnull=False),
            ),
            models.CheckConstraint(
                name="heartbeat_not_ahead", condition=Q(at__lte=F("received_at"))
            ),
        ]
        indexes = [models.Index(fields=["opening", "-at"], name="heartbeat_newest")]
