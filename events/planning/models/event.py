"""An event, and what is noted beside it: costs, obstacles, audience.

No table here holds a resident.
"""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Scope, ScopedModel
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import APPEND_ONLY, says
from dukcapil.regions.models import Region, code_length
from events.calendar.validators import FIRST_DAY, LAST_DAY
from events.planning.enums import (
    CostItem,
    EventKind,
    EventState,
    Neutrality,
    ObstacleKind,
    PlaceKind,
    Service,
)
from events.planning.triggers import (
    EVENT_AS_SIGNED,
    EVENT_FITS_PLACES,
    EVENT_NOTES_FINAL,
    EVENT_OF_OPENINGS,
    EVENT_STARTS_AS_DRAFT,
    EVENT_STATE,
)


@pghistory.track(pghistory.UpdateEvent(), pghistory.DeleteEvent(), level=pghistory.Statement)
class ServiceEvent(ScopedModel):
    """A service day or visit. *Running* is derived from the dates, never stored."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=EventKind.choices)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    place = models.CharField(max_length=200)
    place_kind = models.CharField(max_length=10, choices=PlaceKind.choices, default=PlaceKind.OTHER)
    target_group = models.CharField(max_length=100, blank=True)
    programme = models.CharField(max_length=60, blank=True)
    services = ArrayField(models.CharField(max_length=20, choices=Service.choices))
    starts_on = models.DateField()
    ends_on = models.DateField()
    state = models.CharField(max_length=10, choices=EventState.choices, default=EventState.DRAFT)
    holiday_reason = models.CharField(max_length=200, blank=True)
    #: Not on the public schedule: only for people or a venue that were told.
    by_invitation = models.BooleanField(default=False)
    #: Recording sets that travel along.
    kits = models.PositiveSmallIntegerField(default=0)
    #: How many percent of every session's seats are kept for people without a booking, and for the
    #: elderly, the disabled and the pregnant.
    walk_in_percent = models.PositiveSmallIntegerField(default=0)
    priority_percent = models.PositiveSmallIntegerField(default=0)
    copied_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="copies"
    )
    cancel_reason = models.CharField(max_length=200, blank=True)
    neutrality_signed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+"
    )
    neutrality_signed_at = models.DateTimeField(null=True, blank=True)
    #: Which lines of the checklist were confirmed (`events.planning.enums.Neutrality`).
    neutrality_items = ArrayField(
        models.CharField(max_length=20, choices=Neutrality.choices), default=list, blank=True
    )
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    scope = Scope(event="pk", people=False)

    class Meta(ScopedModel.Meta):
        verbose_name = _("event")
        triggers = [
            *(EVENT_STATE, EVENT_STARTS_AS_DRAFT, EVENT_AS_SIGNED, EVENT_OF_OPENINGS),
            EVENT_FITS_PLACES,
        ]
        constraints = [
            models.CheckConstraint(
                name="event_dates",
                condition=Q(ends_on__gte=F("starts_on")),
                **says(
                    "event-dates", _("An event ends on or after its first day."), field="ends_on"
                ),
            ),
            models.CheckConstraint(
                name="event_years",
                condition=Q(starts_on__gte=FIRST_DAY, ends_on__lte=LAST_DAY),
                **says("event-years", _("An event lies between 2011 and 2100."), field="starts_on"),
            ),
            models.CheckConstraint(
                name="event_office_is_regency", condition=code_length("office", 5)
            ),
            models.CheckConstraint(
                name="event_in_office",
                condition=Q(office=Left("village", 5)),
                **says(
                    "event-outside-office",
                    _("The village lies outside the office's region."),
                    field="village",
                ),
            ),
            models.CheckConstraint(
                name="event_holiday_reason",
                condition=(Q(kind="holiday_opening") & ~Q(holiday_reason=""))
                | (~Q(kind="holiday_opening") & Q(holiday_reason="")),
                **says(
                    "holiday-reason",
                    _("A reason is given for an opening on a holiday, and only then."),
                    field="holiday_reason",
                ),
            ),
            models.CheckConstraint(
                name="event_neutrality",
                condition=~Q(state__in=["approved", "closed"])
                | Q(neutrality_signed_by__isnull=False, neutrality_signed_at__isnull=False),
                **says(
                    "neutrality-unsigned",
                    _("The neutrality checklist must be signed before approval."),
                    field="neutrality_signed",
                ),
            ),
            models.CheckConstraint(
                name="event_services",
                condition=Q(services__len__gt=0),
                **says("event-services", _("Name at least one service."), field="services"),
            ),
            models.CheckConstraint(
                name="event_shares",
                condition=Q(walk_in_percent__lte=100 - F("priority_percent")),
                **says(
                    "event-shares",
                    _("The shares for walk-ins and for priority are at most 100 % together."),
                    field="walk_in_percent",
                ),
            ),
            models.CheckConstraint(
                name="event_cancel_reason", condition=Q(state="cancelled") | Q(cancel_reason="")
            ),
        ]
        indexes = [models.Index(fields=["office", "starts_on"], name="event_office_day")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_ahead(self) -> bool:
        return self.state in EventState.ahead()

    @property
    def is_held(self) -> bool:
        return self.state in EventState.held()


class EventCost(models.Model):
    """Whole rupiah, planned and spent: one row for each item."""

    event = models.ForeignKey(ServiceEvent, models.PROTECT, related_name="costs")
    item = models.CharField(max_length=12, choices=CostItem.choices)
    planned = models.PositiveBigIntegerField(default=0)
    spent = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("cost")
        triggers = [EVENT_NOTES_FINAL]
        constraints = [models.UniqueConstraint(fields=["event", "item"], name="cost_once")]


class EventObstacle(models.Model):
    """What stood in the way, coded so that it can be counted over events; the note is free text."""

    event = models.ForeignKey(ServiceEvent, models.PROTECT, related_name="obstacles")
    kind = models.CharField(max_length=12, choices=ObstacleKind.choices)
    note = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("obstacle")
        triggers = [EVENT_NOTES_FINAL]
        constraints = [
            models.CheckConstraint(
                name="obstacle_other_has_note",
                condition=~Q(kind="other") | ~Q(note=""),
                **says("obstacle-note", _("Say what it was."), field="note"),
            )
        ]


class NotedCards(models.Model):
    """What was noted by hand of an event's blank cards, before they had a ledger (`events.stock`): read in
    its reports, and written no more. Unknown is null, never zero.
    """

    event = models.OneToOneField(
        ServiceEvent, models.PROTECT, primary_key=True, related_name="noted_cards"
    )
    taken = models.PositiveIntegerField()
    printed = models.PositiveIntegerField(null=True, blank=True)
    rejected = models.PositiveIntegerField(null=True, blank=True)
    returned = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("blank cards noted by hand")
        #: Of before: renaming a table stops whoever works.
        db_table = "events_eventblanko"
        triggers = APPEND_ONLY
        constraints = [
            models.CheckConstraint(
                name="blanko_adds_up",
                condition=Q(printed__isnull=True)
                | Q(rejected__isnull=True)
                | Q(returned__isnull=True)
                | Q(taken=F("printed") + F("rejected") + F("returned")),
                **says(
                    "blanko",
                    _("Printed, rejected and returned must add up to what was taken along."),
                    field="taken",
                ),
            )
        ]


class EventAudience(models.Model):
    """How many people public information reached, counted or estimated afterwards. Informing people
    is no service, so they are not in the ledger.
    """

    event = models.OneToOneField(
        ServiceEvent, models.PROTECT, primary_key=True, related_name="audience"
    )
    people = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("audience")
        triggers = [EVENT_NOTES_FINAL]
