"""Whether a moment lies within the days of an event. A step of `entries`."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid
from dukcapil.regions.enums import bounds, zone_of
from events.calendar.validators import FIRST_DAY
from events.planning.models.event import ServiceEvent

#: A night shift goes on for so long after its hours, for whoever still waits.
OVERRUN = timedelta(hours=6)


def check_time(event: ServiceEvent | None, moment: datetime, day: date) -> None:
    if event and not (event.starts_on <= day <= event.ends_on or _in_a_night(event, moment, day)):
        raise Invalid(
            "outside-event",
            _("The time lies outside the event's days (%(first)s to %(last)s).")
            % {"first": f"{event.starts_on:%d-%m-%Y}", "last": f"{event.ends_on:%d-%m-%Y}"},
            field="occurred_at",
        )
    if day < FIRST_DAY:
        raise Invalid(
            "too-early",
            _("Nothing was logged before %(day)s.") % {"day": f"{FIRST_DAY:%d-%m-%Y}"},
            field="occurred_at",
        )


def _in_a_night(event: ServiceEvent, moment: datetime, day: date) -> bool:
    """Whether it happened after midnight, in or soon after a session of the event's last day."""
    if day != event.ends_on + timedelta(days=1):
        return False
    midnight, _after = bounds(day, zone_of(event.village_id))
    nights = event.sessions.filter(ends_at__gt=midnight, ends_at__gte=moment - OVERRUN)
    return nights.exists()
