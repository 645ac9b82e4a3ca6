"""What people bring to each service: by the rows of a region, with their history."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import status_of
from events.forms.requirements import RequirementForm
from events.planning.enums import Service
from events.planning.selectors.requirements import papers_of, requirements_of
from events.planning.services.requirements import set_requirement


@page(Permission.COVERAGE_VIEW)
def requirements_page(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Of the region in which somebody works."""
    region = request.posting.region
    form = fill(request, RequirementForm)
    if request.method == "POST":
        require(actor, Permission.REQUIREMENTS_SET)
        if attempt(form, set_requirement, by=actor, region=region):
            messages.success(request, _("The rule was entered."))
            return redirect("requirements")
    found = papers_of(region.pk, Service.values, actor.today)
    context = {
        "region": region,
        "today": [(Service(name).label, papers) for name, papers in found.items()],
        "rows": requirements_of(region.pk),
        "form": form if actor.may(Permission.REQUIREMENTS_SET) else None,
        "section": "events",
    }
    return render(request, "events/requirements.html", context, status=status_of(form))
