"""The monthly report is sent, and how many registers an office has is written down."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.accounts.validators import refuse_number
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.locks import Lock, hold
from registrations.burials.models import BurialBooks, BurialReport
from registrations.burials.selectors.months import (
    content_now,
    digest_of,
    first_day,
    newest_reports,
    region_of,
)

#: More registers or cemeteries than any office has.
MOST_BOOKS = 10_000


@service
def send_report(*, by: Actor, month: date) -> BurialReport:
    """Keep the report of the own office, or of the province, as it is now. What comes later makes another.

    Raises Conflict `already-sent` while nothing changed since, `no-reports` for a province without one of
    an office; Invalid for a month that has not begun.
    """
    require(by, Permission.BURIALS_REPORT)
    region = region_of(by)
    if month.day != 1 or month > first_day(by.today):
        raise Invalid("month", _("Choose this month or an earlier one."), field="month")
    hold(Lock.BURIALS, f"{region} {month}")
    content, parts = content_now(by, region, month)
    if by.office is None and not parts:
        raise Conflict("no-reports", _("No office has sent its report of this month."))
    digest = digest_of(content)
    before = newest_reports([region], month).get(region)
    if before is not None and before.digest == digest:
        raise Conflict("already-sent", _("This report was sent already: nothing changed since."))
    report = BurialReport.objects.create(
        region_id=region,
        month=month,
        content=content,
        digest=digest,
        parts=[one.pk for one in parts],
        made_by_id=by.user_id,
    )
    log_access(by=by, action=Access.CHANGE, kind="burial report", case=str(report.pk))
    return report


@service
def count_books(
    *,
    by: Actor,
    as_of: date,
    books: int,
    villages: int,
    source: str,
    cemeteries: int | None = None,
) -> BurialBooks:
    """How many registers and cemeteries the own office has, by a letter or a count."""
    require(by, Permission.BURIALS_REPORT)
    if by.office is None:
        raise NotFound
    if as_of > by.today:
        raise Invalid("as-of", _("Not later than today."), field="as_of")
    for field, number in (("books", books), ("villages", villages), ("cemeteries", cemeteries)):
        if number is not None and not 0 <= number <= MOST_BOOKS:
            raise Invalid("number", _("From 0 to %(most)s.") % {"most": MOST_BOOKS}, field=field)
    refuse_number(source, field="source")
    return BurialBooks.objects.create(
        office_id=by.office,
        as_of=as_of,
        books=books,
        villages=villages,
        cemeteries=cemeteries,
        source=" ".join(source.split())[:200],
        entered_by_id=by.user_id,
    )
