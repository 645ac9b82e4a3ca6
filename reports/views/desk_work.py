"""What a desk follows up: incidents, tasks, calls of the hotline, commitments."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import paged, status_of
from dukcapil.regions.enums import Level, today_in, zone_of
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import regions_below
from events.following import follow_outage
from events.hour_fields import OutageForm
from events.incidents.enums import CallKind, IncidentState
from events.incidents.selectors import (
    calls_by_kind,
    commitments,
    get_incident_or_404,
    incidents,
    outages,
    rows_of,
    state_of,
    tasks,
)
from events.incidents.services import (
    add_commitment,
    add_task,
    change_commitment,
    change_incident,
    count_call,
    finish_task,
    report_incident,
    report_outage,
)
from events.points.selectors import points_of
from reports.forms import (
    CallForm,
    CommitmentForm,
    CommitmentStateForm,
    IncidentForm,
    IncidentNoteForm,
    TaskForm,
)
from reports.views.desk import desk_region


def _context(crumbs: list[Region], tab: str, **more: Any) -> dict[str, Any]:
    return {"region": crumbs[-1], "crumbs": crumbs, "section": "desk-own", "tab": tab, **more}


def _office(data: dict[str, Any]) -> Region:
    return Region.objects.get(pk=data.pop("office"))


def _id(post: Mapping[str, Any], name: str) -> uuid.UUID:
    try:
        return uuid.UUID(str(post.get(name, "")))
    except ValueError as error:
        raise NotFound from error


def _version(post: QueryDict) -> int:
    text = post.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _changed(form: Form, name: str) -> str:
    """Of which row what was typed is shown again: after a refusal, or after a lost session."""
    return str(form.data.get(name, "")) if form.is_bound else ""


# --- incidents ------------------------------------------------------------------------------------


@page(Permission.INCIDENTS_WRITE)
def incidents_page(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """Open ones (``?state=closed``: those that ended), and a form for a new one. A change names the
    version that was shown; who is second is told what stands and keeps what was typed.
    """
    crumbs = desk_region(actor, code)
    region, do = crumbs[-1], request.POST.get("do", "")
    form = fill(request, IncidentForm, do=("report",), code=region.pk)
    note = fill(request, IncidentNoteForm, do=("change",))
    if do == "report" and attempt(form, _reporting(actor)):
        messages.success(request, _("The incident is on the board."))
        return redirect("desk-incidents", region.pk)
    if do == "change" and attempt(note, _changing(actor, request.POST)):
        messages.success(request, _("Saved."))
        return redirect("desk-incidents", region.pk)
    is_closed = request.GET.get("state") == IncidentState.CLOSED
    state = IncidentState.CLOSED if is_closed else IncidentState.OPEN
    shown = paged(request, incidents(actor, region.pk, state))
    changed = _changed(note, "incident")
    listed = list(shown)
    if changed and all(str(one.pk) != changed for one in listed):
        # Somebody else closed or opened it meanwhile: it stands here still, with what was typed.
        listed.insert(0, get_incident_or_404(actor, _id(note.data, "incident")))
    context = _context(
        crumbs,
        "incidents",
        form=form,
        note_form=note,
        changed=changed,
        page=shown,
        incidents=[
            {
                "incident": one,
                "state": IncidentState(state_of(one)),
                "offices": [
                    {"row": row, "own": actor.covers(row.office_id)} for row in one.offices.all()
                ],
                "whole": all(actor.covers(row.office_id) for row in one.offices.all()),
                "overdue": bool(one.due and one.due < timezone.now()),
            }
            for one in listed
        ],
        state=state,
        zone=zone_of(region.pk),
    )
    status = max(status_of(form), status_of(note))
    return render(request, "reports/desk_incidents.html", context, status=status)


def _reporting(actor: Actor) -> Callable[..., Any]:
    def report(*, offices: list[str], due: datetime | None, **data: Any) -> Any:
        if due is not None:
            # The browser's clock is that of the desk.
            due = due.replace(tzinfo=ZoneInfo(zone_of(actor.region)))
        regions = list(Region.objects.filter(pk__in=offices))
        return report_incident(by=actor, offices=regions, due=due, **data)

    return report


def _changing(actor: Actor, post: QueryDict) -> Callable[..., Any]:
    """The button pressed says what: `end` an office, `whole` for all, or a note alone."""

    def change(*, note: str) -> Any:
        office = post.get("end", "")
        state = IncidentState.CLOSED if office or "whole" in post else ""
        return change_incident(
            by=actor,
            incident_id=_id(post, "incident"),
            version=_version(post),
            office=office,
            state=state,
            note=note,
        )

    return change


# --- outages --------------------------------------------------------------------------------------


@page(Permission.INCIDENTS_WRITE)
def outages_page(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """Of network and power: those that last or are announced (``?state=closed``: those that are over)."""
    crumbs = desk_region(actor, code)
    region, do = crumbs[-1], request.POST.get("do", "")
    offices = regions_below(region.pk, [Level.REGENCY])
    zone, places = zone_of(region.pk), _places(offices)
    form = fill(request, OutageForm, do=("outage",), places=places, zone=zone, auto_id="outage_%s")
    follow = follow_outage(request, actor, zone)
    if do == "outage" and attempt(form, report_outage, by=actor):
        messages.success(request, _("The outage is on the board."))
        return redirect("desk-outages", region.pk)
    if follow.said:
        messages.success(request, follow.said)
        return redirect("desk-outages", region.pk)
    is_closed = request.GET.get("state") == IncidentState.CLOSED
    state = IncidentState.CLOSED if is_closed else IncidentState.OPEN
    shown = paged(request, outages(actor, region.pk, state))
    context = _context(
        crumbs,
        "outages",
        form=form,
        follow=follow,
        page=shown,
        outages=rows_of(actor, shown),
        names=len(offices) > 1,
        state=state,
        zone=zone,
        now=timezone.now(),
    )
    status = max(status_of(form), follow.status)
    return render(request, "reports/desk_outages.html", context, status=status)


def _places(offices: list[Region]) -> list[tuple[str, Any, dict[str, Any]]]:
    """Each office, and of a single one its points."""
    places: list[tuple[str, Any, dict[str, Any]]] = [
        (one.pk, one.name, {"office": one}) for one in offices
    ]
    if len(offices) == 1:
        told = {"office": offices[0]}
        points = points_of(offices[0].pk)
        places += [(str(one.pk), one.name, told | {"point": one}) for one in points]
    return places


# --- tasks ----------------------------------------------------------------------------------------


@page(Permission.INCIDENTS_WRITE)
def tasks_page(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    crumbs = desk_region(actor, code)
    region, do = crumbs[-1], request.POST.get("do", "")
    if do == "done":
        finish_task(by=actor, task_id=_id(request.POST, "task"))
        messages.success(request, _("Done."))
        return redirect("desk-tasks", region.pk)
    form = fill(request, TaskForm, do=("add",), code=region.pk)
    if do == "add" and attempt(
        form, lambda **data: add_task(by=actor, office=_office(data), **data)
    ):
        messages.success(request, _("Saved."))
        return redirect("desk-tasks", region.pk)
    context = _context(
        crumbs,
        "tasks",
        form=form,
        page=paged(request, tasks(actor, region.pk)),
        today=today_in(region.pk),
    )
    return render(request, "reports/desk_tasks.html", context, status=status_of(form))


# --- calls of the hotline -------------------------------------------------------------------------


@page(Permission.INCIDENTS_WRITE)
def calls_page(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """Calls of today, by office and by what they were about. One button counts one call."""
    crumbs = desk_region(actor, code)
    region = crumbs[-1]
    form = fill(request, CallForm, do=("call",), code=region.pk)
    if request.method == "POST" and attempt(
        form, lambda **data: count_call(by=actor, office=_office(data), **data)
    ):
        messages.success(request, _("The call is counted."))
        return redirect("desk-calls", region.pk)
    today = today_in(region.pk)
    calls = calls_by_kind(region.pk, today)
    names = dict(Region.objects.filter(pk__in=calls).values_list("pk", "name"))
    context = _context(
        crumbs,
        "calls",
        form=form,
        kinds=list(CallKind),
        rows=[
            (names[office], [calls[office][kind] for kind in CallKind], calls[office].total())
            for office in sorted(calls)
        ],
        today=today,
    )
    return render(request, "reports/desk_calls.html", context, status=status_of(form))


# --- commitments ----------------------------------------------------------------------------------


@page(Permission.INCIDENTS_WRITE)
def commitments_page(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    crumbs = desk_region(actor, code)
    region, do = crumbs[-1], request.POST.get("do", "")
    form = fill(request, CommitmentForm, do=("add",), code=region.pk)
    state_form = fill(request, CommitmentStateForm, do=("state",))
    if do == "add" and attempt(
        form, lambda **data: add_commitment(by=actor, office=_office(data), **data)
    ):
        messages.success(request, _("Saved."))
        return redirect("desk-commitments", region.pk)
    if do == "state" and attempt(state_form, _keeping(actor, request.POST)):
        messages.success(request, _("Saved."))
        return redirect("desk-commitments", region.pk)
    context = _context(
        crumbs,
        "commitments",
        form=form,
        state_form=state_form,
        changed=_changed(state_form, "commitment"),
        page=paged(request, commitments(actor, region.pk)),
        today=today_in(region.pk),
    )
    status = max(status_of(form), status_of(state_form))
    return render(request, "reports/desk_commitments.html", context, status=status)


def _keeping(actor: Actor, post: QueryDict) -> Callable[..., Any]:
    def keep(*, state: str, link: str) -> Any:
        return change_commitment(
            by=actor,
            commitment_id=_id(post, "commitment"),
            version=_version(post),
            state=state,
            link=link,
        )

    return keep
