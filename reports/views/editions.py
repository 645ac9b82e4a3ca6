"""Editions: who got voters by village, a new one with its question, and the file of one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.offices.selectors import profile_of
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.forms import asked_about, attempt, confirmed, fill, refuse
from dukcapil.core.pages import paged, status_of
from reports.editions.enums import MOST
from reports.editions.selectors import (
    content_of,
    editions_seen_by,
    elections_ahead,
    get_edition_or_404,
    regions_of,
)
from reports.editions.services.editions import (
    Prepared,
    look_at,
    make_edition,
    prepare_edition,
    take_out,
)
from reports.files.renderers.edition import edition_csv, edition_xlsx
from reports.files.renderers.sheets import XLSX_TYPE
from reports.forms import EditionForm

_FILES = {
    "xlsx": (XLSX_TYPE, edition_xlsx),
    "csv": ("text/csv; charset=utf-8", edition_csv),
}


@page(Permission.COVERAGE_VIEW)
def edition_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    form = question = None
    if actor.may(Permission.EDITIONS_MAKE):
        regions, elections = regions_of(actor), elections_ahead(actor)
        form = fill(request, EditionForm, regions=regions, elections=elections)
    if request.method == "POST":
        if form is None:
            raise NotFound
        if "make" in confirmed(request, form):
            if edition := attempt(form, make_edition, by=actor):
                messages.success(request, _("The edition is made. It is never changed."))
                return redirect("edition", edition.pk)
        elif form.is_valid():
            question = _question(actor, form)
    editions = editions_seen_by(actor).select_related("region", "election", "basis", "made_by")
    context = {
        "form": form,
        "question": question,
        "pages": paged(request, editions.order_by("-made_at", "-pk")),
        "tab": "editions",
        "section": "bases",
    }
    status = status_of(form) if form and request.method == "POST" else 200
    return render(request, "reports/edition_list.html", context, status=409 if question else status)


def _question(actor: Actor, form: EditionForm) -> dict[str, Any] | None:
    """What is asked before an edition is made: of what, for whom, and what cannot be taken back."""
    typed = form.cleaned_data
    try:
        ready: Prepared = prepare_edition(
            by=actor, region=typed["region"], election=typed["election"]
        )
    except (Invalid, Conflict) as error:
        refuse(form, error)
        return None
    return {
        "ready": ready,
        "recipient": typed["recipient"],
        "number": ready.made + 1,
        "most": MOST,
        "asked": asked_about(form),
    }


@page(Permission.COVERAGE_VIEW)
def edition_page(request: StaffRequest, actor: Actor, edition_id: int) -> HttpResponse:
    edition = get_edition_or_404(actor, edition_id)
    look_at(by=actor, edition=edition)
    content = content_of(edition)
    context = {
        "edition": edition,
        "rows": content.results,
        "sums": sorted(content.sums, key=lambda row: (len(row["region"]), row["region"])),
        "tab": "editions",
        "section": "bases",
    }
    return render(request, "reports/edition.html", context)


@require_safe
@page(Permission.COVERAGE_VIEW)
def edition_file(request: StaffRequest, actor: Actor, edition_id: int) -> HttpResponse:
    """``?format=xlsx|csv``, always in Indonesian. Who takes it is written down, with the recipient."""
    edition = get_edition_or_404(actor, edition_id)
    fmt = request.GET.get("format", "xlsx")
    if fmt not in _FILES:
        raise Invalid("format", _("This comes as %(formats)s.") % {"formats": ", ".join(_FILES)})
    content_type, render_file = _FILES[fmt]
    with override("id"):
        take_out(by=actor, edition=edition)
        content = render_file(edition, content_of(edition), profile_of(actor.region))
    name = f"edisi-{edition.pk}-{edition.region_id}-{edition.day}.{fmt}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)
