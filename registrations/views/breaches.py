"""Breaches of data with their three times 24 hours, and how long things are kept."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import paged, status_of
from dukcapil.regions.enums import zone_of
from dukcapil.regions.validators import NATION
from registrations.forms.oversight import BreachForm, BreachNoteForm, RetentionForm
from registrations.oversight.selectors.breaches import breaches, get_breach_or_404, shown
from registrations.oversight.selectors.retention import kept, retention_rules
from registrations.oversight.services.breaches import note_breach, report_breach
from registrations.oversight.services.retention import set_retention


@page(Permission.BREACHES_WRITE)
def breach_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Those of the own region, the newest first, and a form for a new one."""
    form = fill(request, BreachForm, region=actor.region)
    if request.method == "POST" and (breach := attempt(form, report_breach, by=actor)):
        messages.success(request, _("Written down. People are to be told within 3 x 24 hours."))
        return redirect("breach", breach.pk)
    pages = paged(request, breaches(actor))
    context = {
        "form": form,
        "pages": pages,
        "breaches": shown(list(pages)),
        "zone": zone_of(actor.region),
        "section": "breaches",
    }
    return render(request, "registrations/breach_list.html", context, status=status_of(form))


@page(Permission.BREACHES_WRITE)
def breach_page(request: StaffRequest, actor: Actor, breach_id: uuid.UUID) -> HttpResponse:
    """One with all its notes, and a form for the next."""
    [breach] = shown([get_breach_or_404(actor, breach_id)])
    form = fill(request, BreachNoteForm, region=actor.region)
    if request.method == "POST" and attempt(form, note_breach, by=actor, breach_id=breach_id):
        messages.success(request, _("Saved."))
        return redirect("breach", breach_id)
    context = {
        "form": form,
        "one": breach,
        "zone": zone_of(actor.region),
        "section": "breaches",
    }
    return render(request, "registrations/breach.html", context, status=status_of(form))


@page(Permission.BREACHES_WRITE)
def retention_page(request: StaffRequest, actor: Actor) -> HttpResponse:
    """How long things are kept today, the rules, and for the nation's administrator a new one."""
    form = fill(request, RetentionForm)
    if request.method == "POST" and attempt(form, set_retention, by=actor):
        messages.success(request, _("The rule was entered."))
        return redirect("retention")
    context = {
        "form": form,
        "sets": actor.may(Permission.RETENTION_SET) and actor.region == NATION,
        "kept": kept(),
        "rules": retention_rules(),
        "zone": zone_of(actor.region),
        "section": "breaches",
    }
    return render(request, "registrations/retention.html", context, status=status_of(form))
