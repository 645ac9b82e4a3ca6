from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict, Invalid, rule

rule("DK101", lambda: Conflict("event-state", _("The event's state does not allow this.")))
rule(
    "DK102",
    lambda: Invalid(
        "session-outside-event",
        _("A session lies within the days of its event."),
        field="starts_at",
    ),
)
rule(
    "DK103",
    lambda: Conflict(
        "capacity-below-booked",
        _("The capacity cannot be lower than the places already booked."),
        field="capacity",
    ),
)
rule("DK104", lambda: Conflict("event-over", _("The event is closed or cancelled."), field="event"))
rule(
    "event_dates",
    lambda: Invalid("event-dates", _("An event ends on or after its first day."), field="ends_on"),
)
rule(
    "event_years",
    lambda: Invalid("event-years", _("An event lies between 2011 and 2100."), field="starts_on"),
)
rule(
    "event_in_office",
    lambda: Invalid(
        "event-outside-office", _("The village lies outside the office's region."), field="village"
    ),
)
rule(
    "event_holiday_reason",
    lambda: Invalid(
        "holiday-reason",
        _("A reason is given for an opening on a holiday, and only then."),
        field="holiday_reason",
    ),
)
rule(
    "event_neutrality",
    lambda: Invalid(
        "neutrality-unsigned",
        _("The neutrality checklist must be signed before approval."),
        field="neutrality_signed",
    ),
)
rule(
    "event_services",
    lambda: Invalid("event-services", _("Name at least one service."), field="services"),
)
rule(
    "session_times",
    lambda: Invalid("session-times", _("A session ends after it starts."), field="ends_at"),
)
rule("team_used_once", lambda: Conflict("team-busy", _("The team is elsewhere at that time.")))
rule(
    "device_used_once", lambda: Conflict("device-busy", _("The device is elsewhere at that time."))
)
rule("clerk_used_once", lambda: Conflict("clerk-busy", _("The clerk is elsewhere at that time.")))
rule(
    "DK105",
    lambda: Conflict(
        "not-lent", _("This belongs to another office, which has not lent it to this event.")
    ),
)
rule(
    "DK106",
    lambda: Conflict(
        "event-final",
        _("The event was closed and its last day is final: nothing is changed any more."),
    ),
)
rule(
    "DK107",
    lambda: Invalid("loan-self", _("An office does not lend to itself."), field="lender"),
)
rule(
    "loan_asked_once",
    lambda: Conflict("loan-asked", _("This office was asked already and has not answered yet.")),
)
rule(
    "event_shares",
    lambda: Invalid(
        "event-shares",
        _("The shares for walk-ins and for priority are at most 100 % together."),
        field="walk_in_percent",
    ),
)
rule(
    "blanko_adds_up",
    lambda: Invalid(
        "blanko",
        _("Printed, rejected and returned must add up to what was taken along."),
        field="taken",
    ),
)
rule(
    "obstacle_other_has_note",
    lambda: Invalid("obstacle-note", _("Say what it was."), field="note"),
)
rule(
    "device_once",
    lambda: Conflict("device-exists", _("A device of this name exists."), field="label"),
)
