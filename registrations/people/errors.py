from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict, Invalid, rule

rule(
    "DK201",
    lambda: Conflict(
        "already-recorded",
        _("This person is already recorded. Next step: print or hand over the card."),
        field="resident",
    ),
)
rule(
    "DK202",
    lambda: Invalid(
        "not-recorded-yet",
        _("IKD is for recorded people only. Record this person first."),
        field="resident",
    ),
)
rule("DK203", lambda: Conflict("not-a-record", _("Only a record can be voided or accepted.")))
rule("DK204", lambda: Conflict("already-voided", _("This record is already void.")))
rule("DK205", lambda: Conflict("already-counts", _("This record counts already.")))
rule(
    "DK206",
    lambda: Conflict(
        "other-record-counts",
        _("The other office's record still counts. It must be voided first."),
    ),
)
rule(
    "DK207",
    lambda: Conflict(
        "already-activated", _("IKD is already active for this person."), field="resident"
    ),
)
rule(
    "request_once",
    lambda: Conflict(
        "already-asked", _("A visit to this person is asked for already."), field="resident"
    ),
)
rule(
    "request_in_office",
    lambda: Invalid(
        "other-district",
        _("The place lies in another district: that office has to be asked."),
        field="village",
    ),
)
rule("ledger_void_once", lambda: Conflict("already-voided", _("This record is already void.")))
rule("ledger_accept_once", lambda: Conflict("already-counts", _("This record counts already.")))
rule("resident_once", lambda: resident_exists())  # noqa: PLW0108 - defined below
rule(
    "booked_once",
    lambda: Conflict(
        "already-booked", _("This person is already booked for this service."), field="services"
    ),
)
rule(
    "registrations_servicerecord_pkey",
    lambda: Conflict("record-id-taken", _("This id belongs to another record."), field="id"),
)
rule(
    "resident_birth_date",
    lambda: Invalid("birth-date", _("Nobody alive was born before 1890."), field="birth_date"),
)
rule(
    "ledger_failure_has_reason",
    lambda: Invalid(
        "failure-reason",
        _("A failed service has a reason, a done one has none."),
        field="reason",
    ),
)

rule(
    "ledger_unambiguous",
    lambda: Invalid("device", _("The name of a device has no vertical line (|)."), field="device"),
)
rule(
    "export_reason",
    lambda: Invalid("reason", _("Give a reason of at least two characters."), field="reason"),
)


def session_full() -> Conflict:
    return Conflict("session-full", _("The session is full for this service."), field="services")


def resident_exists(resident: str | None = None) -> Conflict:
    return Conflict(
        "resident-exists",
        _("This person is already held by your office."),
        field="nik",
        resident=resident,
    )


rule(
    "waiting_once",
    lambda: Conflict("already-waiting", _("This person is on the waiting list already.")),
)
rule(
    "group_once",
    lambda: Conflict("group-exists", _("A group of this name is booked already."), field="name"),
)
