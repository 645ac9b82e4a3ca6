"""What is told, to whom, and what a rule says until somebody changes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Role


class AlertKind(models.TextChoices):
    OFFICE_NOT_OPEN = "office_not_open", _("An office is not open")
    STOCK_LOW = "stock_low", _("Few blank cards are left")
    DEVICE_DOWN_ON_EVENT_DAY = (
        "device_down_on_event_day",
        _("A device is broken on an event's day"),
    )
    INCIDENT_OVERDUE = "incident_overdue", _("An incident is past its hour")
    NO_REPORT = "no_report", _("A day is not reported")
    NIL_WITHOUT_REASON = "nil_without_reason", _("Nobody was served, and nobody says why")
    DOUBTFUL_RECORDS = "doubtful_records", _("Records wait that may be wrong")
    COVERAGE_DROP = "coverage_drop", _("Coverage fell")
    MAIL_NOT_SENT = "mail_not_sent", _("Alerts cannot be mailed")


class AlertState(models.TextChoices):
    OPEN = "open", _("Open")
    TAKEN = "taken", _("Taken")
    CLOSED = "closed", _("Over")


class MailState(models.TextChoices):
    WAITING = "waiting", _("Waits")
    SENT = "sent", _("Sent")
    #: The server said that nobody has this address.
    REFUSED = "refused", _("Address refused")
    #: Whom it was for works here no more, or wants no mail any more.
    DROPPED = "dropped", _("Not needed")
    FAILED = "failed", _("Given up")


_DESK = (Role.DISTRICT_OPERATOR, Role.DISTRICT_HEAD)
_BOARD = (*_DESK, Role.PROVINCE_OFFICER, Role.DESK_MEMBER)
_DECIDE = (Role.DISTRICT_HEAD, Role.PROVINCE_OFFICER)
_EVERYBODY = (*_BOARD, Role.STOCK_KEEPER, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class KindRule:
    """`number`: from where on it is told, in `unit`; `quiet`: when mail waits, unless a rule says more."""

    number: Decimal
    unit: str | Promise
    most: int
    #: Roles that see it, in and above its office.
    seen_by: tuple[str, ...]
    #: Roles whose work it is: they are mailed too.
    mailed_to: tuple[str, ...]
    least: Decimal = Decimal(1)
    quiet: tuple[time, time] | None = (time(21), time(6))
    #: It is whole, as days are.
    whole: bool = True


KINDS: dict[str, KindRule] = {
    # Hari-H begins before the night is over for some; an office that is shut cannot wait.
    AlertKind.OFFICE_NOT_OPEN: KindRule(
        number=Decimal(30),
        unit=_("minutes after the planned hour"),
        most=240,
        seen_by=_BOARD,
        mailed_to=(Role.DISTRICT_HEAD, Role.PROVINCE_OFFICER, Role.DESK_MEMBER),
        least=Decimal(30),
        quiet=None,
    ),
    AlertKind.STOCK_LOW: KindRule(
        number=Decimal(5),
        unit=_("days of cover"),
        most=60,
        seen_by=(*_DESK, Role.PROVINCE_OFFICER, Role.STOCK_KEEPER),
        mailed_to=(Role.DISTRICT_HEAD, Role.PROVINCE_OFFICER, Role.STOCK_KEEPER),
        least=Decimal(0),
    ),
    # It names the event, which a desk member does not see.
    AlertKind.DEVICE_DOWN_ON_EVENT_DAY: KindRule(
        number=Decimal(1),
        unit=_("days ahead"),
        most=7,
        seen_by=(*_DESK, Role.PROVINCE_OFFICER),
        mailed_to=_DESK,
        least=Decimal(0),
    ),
    AlertKind.INCIDENT_OVERDUE: KindRule(
        number=Decimal(0),
        unit=_("hours past its hour"),
        most=72,
        seen_by=_BOARD,
        mailed_to=(Role.DISTRICT_HEAD, Role.PROVINCE_OFFICER, Role.DESK_MEMBER),
        least=Decimal(0),
    ),
    AlertKind.NO_REPORT: KindRule(
        number=Decimal(1),
        unit=_("days that are owed"),
        most=30,
        seen_by=(*_DESK, Role.PROVINCE_OFFICER),
        mailed_to=_DESK,
    ),
    AlertKind.NIL_WITHOUT_REASON: KindRule(
        number=Decimal(1),
        unit=_("days that are owed"),
        most=30,
        seen_by=(*_DESK, Role.PROVINCE_OFFICER),
        mailed_to=_DESK,
    ),
    AlertKind.DOUBTFUL_RECORDS: KindRule(
        number=Decimal(1), unit=_("records"), most=10_000, seen_by=_DECIDE, mailed_to=_DECIDE
    ),
    AlertKind.COVERAGE_DROP: KindRule(
        number=Decimal("0.10"),
        unit=_("percentage points within a week"),
        most=100,
        seen_by=_DECIDE,
        mailed_to=_DECIDE,
        least=Decimal("0.01"),
        whole=False,
    ),
    AlertKind.MAIL_NOT_SENT: KindRule(
        number=Decimal(3),
        unit=_("tries in vain"),
        most=50,
        seen_by=_EVERYBODY,
        mailed_to=(),
        quiet=None,
    ),
}

#: An alert of the whole house concerns everybody who is mailed.
OF_THE_HOUSE = frozenset({AlertKind.MAIL_NOT_SENT})

#: Roles of an office that answer for it: where nobody has one, nobody is told that it owes a day.
AT_WORK = tuple(str(role) for role in _DESK)
