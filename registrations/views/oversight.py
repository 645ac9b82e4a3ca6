"""The page of a reviewer: looks without a service, full NIKs shown, lists taken out, new postings, and
recordings that another office should know of.
"""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.accounts.staff.selectors import new_postings, with_makers
from dukcapil.core.pages import paged
from registrations.corrections.selectors import how_many_open
from registrations.oversight.selectors.looks import (
    change_lines,
    changed_people,
    exports,
    guess_lines,
    guesses,
    looks_without_service,
    readable_lines,
    reveal_lines,
    reveals,
)
from registrations.oversight.selectors.recordings import UnusualRecordings

PERIODS = {1: _("1 day"), 7: _("7 days"), 30: _("30 days"), 90: _("90 days")}


@page(Permission.ACCESS_REVIEW)
def oversight_page(request: StaffRequest, actor: Actor) -> HttpResponse:
    days_text = request.GET.get("days", "")
    days = int(days_text) if days_text in map(str, PERIODS) else 7
    since = timezone.now() - timedelta(days=days)
    tab = request.GET.get("show")
    tabs = {"reveals", "exports", "guesses", "postings", "recordings", "changes"}
    tab = tab if tab in tabs else "looks"
    context = {
        "days": days,
        "periods": PERIODS.items(),
        "shown": tab,
        # Where a reviewer begins, and beside what was changed.
        "proposed": how_many_open(actor) if tab in {"looks", "changes"} else 0,
    }
    found = None
    if tab == "exports":
        pages = paged(request, exports(actor, since))
        context |= {"pages": pages, "lines": list(pages)}
    elif tab == "guesses":
        stopped = paged(request, guesses(actor, since))
        context |= {"pages": stopped, "lines": guess_lines(list(stopped))}
    elif tab == "postings":
        days = int(days_text) if days_text in map(str, PERIODS) else 30
        posted = paged(request, new_postings(actor, timezone.now() - timedelta(days=days)))
        context |= {"pages": posted, "lines": with_makers(list(posted)), "days": days}
    elif tab == "recordings":
        recordings = UnusualRecordings(actor, since)
        pages = paged(request, recordings)
        context |= {"pages": pages, "lines": list(pages), "counts": recordings.counts()}
        found = len(pages)
    elif tab == "changes":
        pages = paged(request, changed_people(actor, since))
        context |= {"pages": pages, "lines": change_lines(actor, list(pages))}
        found = len(pages)
    elif tab == "reveals":
        pages = paged(request, reveals(actor, since))
        context |= {"pages": pages, "lines": readable_lines(actor, reveal_lines(pages))}
    else:
        looks = paged(request, looks_without_service(actor, since))
        context |= {"pages": looks, "lines": readable_lines(actor, list(looks))}
    log_access(by=actor, action=Access.VIEW, kind=f"oversight {tab}", found=found)
    return render(request, "registrations/oversight.html", context)
