"""Pages of groups that an office seeks out: for whoever may see groups, and nobody else."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.core.errors import NotFound
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import paged, status_of
from registrations.forms.venues import GroupMemberForm
from registrations.people.selectors import get_resident_or_404, person_or_404
from registrations.people.services.lookups import log_people
from registrations.rosters.enums import Group
from registrations.rosters.selectors.groups import (
    SMALLEST,
    group_counts,
    groups_of_person,
    members_of,
)
from registrations.rosters.services.groups import put_in_group, take_from_group


@require_safe
@page(Permission.GROUPS_VIEW)
def group_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """How many belong to each group; `?kelompok=` shows who."""
    chosen = request.GET.get("kelompok", "")
    if chosen and chosen not in Group.values:
        raise NotFound
    pages = paged(request, members_of(actor, chosen)) if chosen else None
    if pages is not None:
        people = [member.resident_id for member in pages]
        log_people(by=actor, people=people, kind="group of people")
    context = {
        "counts": group_counts(actor),
        "chosen": chosen,
        "label": Group(chosen).label if chosen else "",
        "pages": pages,
        "smallest": SMALLEST,
        "section": "venues",
    }
    return render(request, "registrations/group_list.html", context)


@page(Permission.GROUPS_VIEW)
def resident_groups(request: StaffRequest, actor: Actor, resident_id: uuid.UUID) -> HttpResponse:
    """The groups of one person, added and taken back."""
    resident = get_resident_or_404(actor, resident_id)
    form = fill(request, GroupMemberForm)
    if request.method == "POST":
        if request.POST.get("do") == "remove":
            take_from_group(by=actor, resident=resident, group=request.POST.get("group", ""))
            messages.success(request, _("Taken back. Nothing of it is kept."))
            return redirect("resident-groups", resident.pk)
        if attempt(form, put_in_group, by=actor, resident=resident):
            messages.success(request, _("Noted."))
            return redirect("resident-groups", resident.pk)
    log_access(by=actor, action=Access.VIEW, kind="resident", subject=str(resident.pk))
    context = {
        "person": person_or_404(actor, resident.pk),
        "members": groups_of_person(actor, resident.pk),
        "form": form,
        "section": "residents",
    }
    status = status_of(form)
    return render(request, "registrations/resident_groups.html", context, status=status)
