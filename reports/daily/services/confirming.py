"""The office confirms the report of its day, the province locks it: one of them at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import rows, service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.locks import Lock, try_hold
from dukcapil.core.versions import CHANGED
from dukcapil.regions.enums import today_in
from reports.daily.models import DayConfirmation, DayLock, RegencyDay
from reports.daily.selectors.confirmable import lockable_within
from reports.daily.selectors.owed import may_owe
from reports.daily.selectors.signing import days_standing
from reports.daily.services.build import PLANNED
from reports.releases.validators import is_over


@dataclass(frozen=True)
class Confirmed:
    confirmation: DayConfirmation
    #: What was signed.
    version: str


@dataclass(frozen=True)
class Locked:
    #: How many days were open.
    count: int
    version: str


@service
def confirm_day(
    *,
    by: Actor,
    regency: str,
    day: date,
    revision: int,
    nil_reason: str = "",
    note: str = "",
    version: str | None = None,
) -> Confirmed:
    """The office of `regency` says that this revision is right, or why it counts nobody.

    `version`: of what was shown; None signs what stands. Raises Conflict when the day is another one
    meanwhile, the revision is no longer the newest, was confirmed, or the day is locked; Invalid when
    a nil report has no reason, or another one has.
    """
    require(by, Permission.REPORTS_CONFIRM)
    if by.office != regency:
        raise NotFound
    if not is_over(regency, day, timezone.now()):
        raise Conflict("day-open", _("This day is not over yet; confirm it after midnight."))
    _alone([regency], day)
    signed = days_standing([regency], day).require(version)
    revisions = RegencyDay.objects.filter(regency_id=regency, service_date=day, revision=revision)
    if (report := revisions.first()) is None:
        raise Invalid("revision", _("There is no such revision of this day."), field="revision")
    confirmation = DayConfirmation.objects.create(
        day=report,
        nil_reason=nil_reason,
        note=" ".join(note.split()),
        confirmed_by_id=by.user_id,
    )
    return Confirmed(confirmation, signed)


#: `nil_day` is a function of the database: who confirms reports may not write them.
_NIL = f"SELECT nil_day(%(regency)s, %(day)s, {PLANNED.format(regency='%(regency)s', day='%(day)s::date')}::int)"


@service
def report_nil(*, by: Actor, regency: str, day: date, nil_reason: str, note: str = "") -> Confirmed:
    """In one step: the report of a day on which nobody was served is made, if there is none, and
    confirmed with its reason.

    Raises as `confirm_day`; Invalid when the office does not owe that day; Conflict while something
    that was logged is not counted yet.
    """
    require(by, Permission.REPORTS_CONFIRM)
    if by.office != regency:
        raise NotFound
    if not is_over(regency, day, timezone.now()):
        raise Conflict("day-open", _("This day is not over yet; confirm it after midnight."))
    if not may_owe(regency, today_in(regency), day):
        raise Invalid(
            "day-not-owed",
            _("%(day)s is no day to report: a working day of the last thirty is.")
            % {"day": date_format(day, "l, j F Y")},
            field="day",
        )
    _alone([regency], day)
    rows(_NIL, {"regency": regency, "day": day})
    reports = RegencyDay.objects.filter(regency_id=regency, service_date=day, latest=True)
    if (revision := reports.values_list("revision", flat=True).first()) is None:
        raise Conflict(
            "day-behind",
            _("Somebody was served on this day, and the report is being built: look again soon."),
        )
    return confirm_day(
        by=by, regency=regency, day=day, revision=revision, nil_reason=nil_reason, note=note
    )


def _alone(regencies: list[str], day: date) -> None:
    """Nobody else decides about these days at this moment; whoever does, wins."""
    if not try_hold(Lock.DAY, [f"{code} {day}" for code in regencies]):
        raise Conflict(
            CHANGED,
            _("Somebody confirms or locks this day at this very moment: look again."),
        )


@service
def lock_days(*, by: Actor, regencies: list[str], day: date, version: str | None = None) -> Locked:
    """Close the day of these regencies. What still changes in a ledger makes a further revision that
    stands beside the locked one.

    `version`: of what was shown; None signs what stands. Raises Conflict when it is another one
    meanwhile, also when an office confirms its day at this moment.
    """
    require(by, Permission.REPORTS_LOCK)
    if not regencies or not all(by.covers(code) for code in regencies):
        raise NotFound
    with_report = set(
        RegencyDay.objects.filter(
            regency_id__in=regencies, service_date=day, latest=True
        ).values_list("regency_id", flat=True)
    )
    if missing := sorted(set(regencies) - with_report):
        raise Conflict(
            "no-report",
            _("There is no report of this day yet: %(codes)s.") % {"codes": ", ".join(missing)},
        )
    if not all(is_over(code, day, timezone.now()) for code in regencies):
        raise Conflict("day-open", _("This day is not over yet; lock it after midnight."))
    _alone(regencies, day)
    signed = days_standing(regencies, day).require(version)
    locks = DayLock.objects.filter(regency_id__in=regencies, service_date=day)
    open_regencies = set(regencies) - set(locks.values_list("regency_id", flat=True))
    for code in sorted(open_regencies):
        DayLock.objects.create(regency_id=code, service_date=day, locked_by_id=by.user_id)
    return Locked(len(open_regencies), signed)


@service
def lock_region(*, by: Actor, code: str, day: date, version: str | None = None) -> Locked:
    """Close the day of every regency within a region that may be: over, and with a report.

    Raises NotFound when there is none.
    """
    regencies = lockable_within(code, day, timezone.now())
    return lock_days(by=by, regencies=regencies, day=day, version=version)
