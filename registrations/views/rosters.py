"""Pages of rosters: a list is brought, its people are shown by class, sorted in a prison, and visited."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.errors import Asks, Invalid
from dukcapil.core.forms import attempt, fill
from dukcapil.core.lists.grid import WhichSheet
from dukcapil.core.lists.layout import WhichColumns
from dukcapil.core.pages import chosen_id, paged, status_of
from dukcapil.core.templatetags.figures import people
from events.venues.models import Venue
from registrations.forms.groups import offered_kinds
from registrations.forms.venues import ClassVisitForm, RosterForm, TriageForm, told_kinds
from registrations.lifecycle.services.class_visits import Planned, plan_class_visit
from registrations.people.services.lookups import log_people
from registrations.rosters.models import Roster
from registrations.rosters.readers import ROSTER
from registrations.rosters.selectors.rosters import (
    Shown,
    Sums,
    funnel,
    new_since_visit,
    present,
    roster_with_lists_or_404,
    shown,
    standing_of,
)
from registrations.rosters.services.bringing import Brought, bring_roster
from registrations.rosters.services.triage import triage

#: Rows of a list that were refused, as the page names them.
_NAMED = 30


def bring(
    request: StaffRequest, actor: Actor, venue: Venue, form: RosterForm
) -> HttpResponse | dict[str, Any]:
    """The roster's page once the list is kept; else what the form is shown with again."""
    require(actor, Permission.RESIDENTS_REGISTER)
    if not form.is_valid():
        return {}
    fixed = {"chosen": told_kinds(request.POST), "confirm": request.POST.getlist("confirm")}
    asked: dict[str, Any] = {}

    def asking(**values: Any) -> Brought | None:
        try:
            return bring_roster(**values)
        except Asks as question:
            asked["question"], asked["words"] = question.message, question.words
        except WhichColumns as which:
            asked["columns"], asked["problems"] = which.columns, which.problems
            asked["kinds"] = offered_kinds(ROSTER.kinds)
        except WhichSheet as which:
            names = ", ".join(one.name for one in which.sheets)
            text = _("Choose the sheet that holds the list: %(names)s.") % {"names": names}
            raise Invalid("which-sheet", text, field="sheet") from which
        return None

    brought = attempt(form, asking, by=actor, venue=venue, **fixed)
    if asked:
        return asked
    if brought is None:
        return {}
    _tell(request, brought)
    return redirect("roster", brought.roster.pk)


def _tell(request: StaffRequest, brought: Brought) -> None:
    version = brought.version
    text = _(
        "Read: %(rows)s rows; new %(added)s, moved %(moved)s, gone %(gone)s, as before %(same)s."
    )
    messages.success(
        request,
        text
        % {
            name: people(getattr(version, name))
            for name in ("rows", "added", "moved", "gone", "same")
        },
    )
    for number, why in brought.refused[:_NAMED]:
        row = _("Row %(row)s was left out: %(why)s") % {"row": number, "why": why}
        messages.warning(request, row)
    if (rest := len(brought.refused) - _NAMED) > 0:
        more = ngettext("%(n)s more row was left out.", "%(n)s more rows were left out.", rest)
        messages.warning(request, more % {"n": people(rest)})
    for sentence in brought.said:
        messages.info(request, sentence)


@page(Permission.APPOINTMENTS_VIEW)
def roster_page(request: StaffRequest, actor: Actor, roster_id: uuid.UUID) -> HttpResponse:
    """Who is at a venue, by class; `?kelas=` one class, `?baru=1` who came since the last visit."""
    roster, lists = roster_with_lists_or_404(actor, roster_id)
    own = actor.office == roster.office_id
    standing = standing_of(actor, roster)
    visit = fill(request, ClassVisitForm, do=("visit",), classes=standing.classes)
    sort = fill(request, TriageForm, do=("triage",))
    if request.method == "POST":
        require(actor, Permission.EVENTS_PLAN)
        if (done := _act(request, actor, roster, visit, sort)) is not None:
            return done
    until = vars(roster)["visited_until"]  # of that query
    newcomers = new_since_visit(actor, roster, until)
    new = None if newcomers is None else newcomers.count()
    chosen = request.GET.get("kelas")
    only_new = bool(request.GET.get("baru")) and newcomers is not None
    if only_new:
        part: _Counted = _Counted(newcomers, new or 0)
    elif chosen is not None:
        sums = standing.by_class.get(chosen, Sums())
        part = _Counted(present(actor, roster, class_name=chosen), sums.listed)
    else:
        part = _Counted(present(actor, roster), standing.whole.listed)
    pages = paged(request, part)
    rows = shown(pages, standing)
    _log(actor, roster, rows)
    context = {
        "roster": roster,
        "venue": roster.venue,
        "pages": pages,
        "rows": rows,
        "whole": standing.whole,
        "classes": sorted(standing.by_class.items()),
        "chosen": None if only_new else chosen,
        "only_new": only_new,
        "visited": until,
        "new": new,
        "funnel": funnel(standing) if roster.venue.is_prison else None,
        "versions": lists,
        "visit": visit if own and actor.may(Permission.EVENTS_PLAN) else None,
        "sort": sort if own and roster.venue.is_prison else None,
        "writes": own and actor.may(Permission.RESIDENTS_EXPORT),
        "section": "venues",
    }
    status = max(status_of(visit), status_of(sort))
    return render(request, "registrations/roster.html", context, status=status)


class _Counted:
    """A part of the list whose length is known already."""

    def __init__(self, entries: Any, count: int) -> None:
        self._entries, self._count = entries, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, part: slice) -> list[Any]:
        return list(self._entries[part])


def _act(
    request: StaffRequest, actor: Actor, roster: Roster, visit: ClassVisitForm, sort: TriageForm
) -> HttpResponse | None:
    if request.POST.get("do") == "triage":
        entries = [chosen_id(text) for text in request.POST.getlist("entries")]
        done = attempt(sort, triage, by=actor, roster=roster, entries=entries)
        if done is None:
            return None
        text = ngettext("Sorted: one person.", "Sorted: %(n)s people.", done)
        messages.success(request, text % {"n": people(done)})
        return redirect(request.get_full_path())
    planned: Planned | None = attempt(visit, plan_class_visit, by=actor, roster=roster)
    if planned is None:
        return None
    text = ngettext(
        "A draft was made, %(n)s person is expected: check it, add a team, have it approved.",
        "A draft was made, %(n)s people are expected: check it, add a team, have it approved.",
        planned.expected,
    )
    messages.success(request, text % {"n": people(planned.expected)})
    for why, count in planned.left.items():
        messages.info(request, _LEFT[why] % {"n": people(count)})
    return redirect("event", planned.event.pk)


#: Why somebody of the roster is not expected.
_LEFT = {
    "unknown": gettext_lazy("Not expected, not matched with anybody whom the office holds: %(n)s."),
    "recorded": gettext_lazy("Not expected, recorded already: %(n)s."),
    "gone": gettext_lazy("Not expected, died, held twice or on the list no more: %(n)s."),
    "young": gettext_lazy("Not expected, too young on that day: %(n)s."),
    "later": gettext_lazy("Not expected, to be recorded again on a later day: %(n)s."),
    "booked": gettext_lazy("Not expected, booked elsewhere: %(n)s."),
}


def _log(actor: Actor, roster: Roster, rows: list[Shown]) -> None:
    """A look at each whom the office holds, or at so many; of the others their number."""
    held = [row.resident for row in rows if row.resident]
    if held:
        log_people(by=actor, people=held, kind="roster", subject=str(roster.pk))
    if others := len(rows) - len(held):
        log_access(
            by=actor, action=Access.VIEW, kind="roster", subject=str(roster.pk), found=others
        )
