"""Pages of documents: the list, a new one, one and its steps, and counts without persons."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import chosen_id, ordered, paged, status_of
from dukcapil.core.whole import Stands
from dukcapil.regions.enums import today_in
from events.planning.enums import Service
from events.planning.selectors.events import get_event_or_404
from events.planning.selectors.requirements import papers_of
from registrations.documents.enums import DocumentState
from registrations.documents.models import DocumentRequest
from registrations.documents.selectors import (
    counted_on,
    document_states,
    document_version,
    documents_of,
    documents_of_person,
    events_of_today,
    fitting,
    get_document_or_404,
    median_days,
    version_of,
    working_days_taken,
)
from registrations.documents.services.counts import set_counts
from registrations.documents.services.requests import (
    ask_document,
    hand_over,
    handed_to,
    move_document,
    refuse_document,
    tick_papers,
)
from registrations.forms.documents import (
    CountsForm,
    DocumentFilter,
    DocumentForm,
    HandOverForm,
    RefuseForm,
    TickForm,
    kinds,
)
from registrations.people.selectors import get_resident_or_404, person_or_404

_COLUMNS = {"asked": ("taken_at",), "village": ("village__name",), "state": ("state",)}
_S = DocumentState
_TICKED = (_S.ASKED, _S.INCOMPLETE, _S.IN_WORK)
#: The step that a button takes, and its words.
_NEXT = {
    _S.ASKED: (_S.IN_WORK, gettext_lazy("Into work")),
    _S.IN_WORK: (_S.READY, gettext_lazy("It is ready")),
    _S.READY: (_S.IN_WORK, gettext_lazy("Back into work")),
}


@require_safe
@page(Permission.APPOINTMENTS_VIEW)
def document_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """What somebody waits for, the oldest first."""
    form = DocumentFilter(request.GET if "state" in request.GET else None)
    state = form.cleaned_data["state"] if form.is_bound and form.is_valid() else ""
    event_text = request.GET.get("event", "")
    event = get_event_or_404(actor, chosen_id(event_text)) if event_text else None
    taken_at = event.pk if event else None
    found = documents_of(actor, state=state, event=taken_at)
    pages = paged(request, ordered(request, found, _COLUMNS))
    log_access(by=actor, action=Access.VIEW, kind="documents", found=len(pages.object_list))
    counts, usual = document_states(actor, event=taken_at), median_days(actor)
    context = {
        "filter": form,
        "pages": pages,
        "event": event,
        "counts": [(one.label, counts.get(one, 0)) for one in DocumentState],
        "median": usual[0] if usual else None,
        "of": usual[1] if usual else 0,
        "takes": _takes(actor),
        "exports": bool(actor.office) and actor.may(Permission.RESIDENTS_EXPORT),
        "state": state,
        "section": "events",
    }
    return render(request, "registrations/document_list.html", context, status=status_of(form))


def _takes(actor: Actor) -> bool:
    return bool(actor.office) and actor.may(Permission.RECORDS_LOG)


@page(Permission.RECORDS_LOG)
def document_new(request: StaffRequest, actor: Actor, resident_id: uuid.UUID) -> HttpResponse:
    """First of which kind, then ``?service=``: its papers, and at which of today's events."""
    resident = get_resident_or_404(actor, resident_id)
    if actor.office is None or resident.office_id != actor.office:
        raise NotFound
    person, service = person_or_404(actor, resident.pk), request.GET.get("service", "")
    log_access(by=actor, action=Access.VIEW, kind="resident", subject=str(resident.pk))
    context: dict[str, Any] = {"person": person, "kinds": kinds(), "section": "events"}
    if not service:
        context["asked"] = documents_of_person(actor, resident.pk)
        return render(request, "registrations/document_new.html", context)
    if service not in Service.documents():
        raise Invalid("document-service", _("Only documents are asked for."), field="service")
    papers = papers_of(actor.office, [service], today_in(actor.office))[service]
    form = fill(
        request,
        DocumentForm,
        papers=papers,
        events=events_of_today(actor),
        for_whom=fitting(service),
    )
    values = {"by": actor, "resident": resident, "service": service}
    if request.method == "POST" and (made := attempt(form, ask_document, **values)):
        messages.success(request, _("Taken in."))
        return redirect("document", made.pk)
    context |= {"form": form, "label": Service(service).label}
    return render(request, "registrations/document_new.html", context, status=status_of(form))


@page(Permission.APPOINTMENTS_VIEW)
def document_page(request: StaffRequest, actor: Actor, document_id: uuid.UUID) -> HttpResponse:
    document = get_document_or_404(actor, document_id)
    if request.method == "POST":
        require(actor, Permission.RECORDS_LOG)
    papers = fill(
        request,
        TickForm,
        do=("papers",),
        papers=document.asked_papers,
        stands=_stands(actor, document),
    )
    out, refusal = (
        fill(request, HandOverForm, do=("hand",)),
        fill(request, RefuseForm, do=("refuse",)),
    )
    if request.method == "POST" and _stepped(request, actor, document, papers, out, refusal):
        messages.success(request, _("Noted."))
        return redirect("document", document.pk)
    if request.method == "POST":
        document = get_document_or_404(actor, document_id)
    log_access(by=actor, action=Access.VIEW, kind="resident", subject=str(document.resident_id))
    acts = _takes(actor) and document.office_id == actor.office
    state = document.state
    context = {
        "document": document,
        "person": person_or_404(actor, document.resident_id),
        "taker": handed_to(document),
        "days": working_days_taken(document),
        "papers": papers if acts and (papers.is_bound or state in _TICKED) else None,
        "out": out if acts and (out.is_bound or state == _S.READY) else None,
        "refusal": refusal if acts and (refusal.is_bound or state in _S.open()) else None,
        "step": _NEXT.get(_S(state)) if acts else None,
        "version": document_version(document),
        "section": "events",
    }
    status = max(status_of(form) for form in (papers, out, refusal))
    return render(request, "registrations/document.html", context, status=status)


def _stands(actor: Actor, document: DocumentRequest) -> Callable[[], Stands]:
    """The document of the page, and read again after a refusal."""
    read = [document]

    def stands() -> Stands:
        one = read.pop() if read else get_document_or_404(actor, document.pk)
        here = [paper for paper in one.asked_papers if paper not in one.lacks]
        return Stands({"here": here}, document_version(one))

    return stands


def _stepped(
    request: StaffRequest,
    actor: Actor,
    document: DocumentRequest,
    papers: TickForm,
    out: HandOverForm,
    refusal: RefuseForm,
) -> bool:
    values: dict[str, Any] = {"by": actor, "request": document}
    if papers.is_bound:
        return attempt(papers, tick_papers, **values) is not None
    if out.is_bound:
        return attempt(out, hand_over, **values) is not None
    if refusal.is_bound:
        return attempt(refusal, refuse_document, **values) is not None
    seen = request.POST.get("version")
    move_document(state=request.POST.get("do", ""), version=seen, **values)
    return True


@page(Permission.RECORDS_LOG)
def document_counts(request: StaffRequest, actor: Actor) -> HttpResponse:
    """``?day=``, without one today; ``?event=`` where it was counted."""
    if actor.office is None:
        raise NotFound
    event_text = request.GET.get("event")
    event = get_event_or_404(actor, chosen_id(event_text)) if event_text else None
    if event is not None and event.office_id != actor.office:
        raise NotFound
    day = _day_asked(request, actor)
    place = (actor.office, day, event.pk if event else None)
    initial: dict[str, Any] = {**counted_on(*place), "version": version_of(*place)}
    form = fill(request, CountsForm, initial=initial)
    values = {"by": actor, "day": day, "event": event}
    # The number of changed rows may be 0: then everything was said already.
    if request.method == "POST" and attempt(form, set_counts, **values) is not None:
        messages.success(request, _("Counted."))
        asked = {"day": day} | ({"event": event.pk} if event else {})
        return redirect(f"{reverse('document-counts')}?{urlencode(asked)}")
    context = {"form": form, "day": day, "event": event, "section": "events"}
    return render(request, "registrations/document_counts.html", context, status=status_of(form))


def _day_asked(request: StaffRequest, actor: Actor) -> date:
    text = request.GET.get("day", "")
    if not text:
        return actor.today
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("day", _("This is no day."), field="day") from None
