"""Pages of bases (one person imports, another approves), of targets and of releases."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.characters import readable
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.core.forms import asked_about, attempt, confirmed, fill
from dukcapil.core.pages import paged, status_of
from dukcapil.core.versions import short, version_of
from dukcapil.core.whole import Stands
from dukcapil.regions.validators import NATION
from reports.bases.enums import Verdict
from reports.bases.models import PopulationFigure, Target
from reports.bases.selectors.access import (
    bases_seen_by,
    figures_seen_by,
    get_basis_or_404,
    may_decide,
)
from reports.bases.selectors.basis import components_of
from reports.bases.selectors.comparing import compared
from reports.bases.selectors.signing import basis_parts
from reports.bases.selectors.targets import targets_version
from reports.bases.services.basis import decide_basis
from reports.bases.services.targets import set_target
from reports.coverage.selectors.effect import Effect
from reports.daily.selectors.daily import DayCounts, day_of_regencies
from reports.forms import ReleaseForm, TargetForm
from reports.publication.services.publications import approve_release, propose_release
from reports.releases.models import Release
from reports.releases.selectors import (
    get_release_or_404,
    publishes,
    release_parts,
    releases_for,
)
from reports.releases.validators import EMBARGO_ZONE
from reports.views.basis_new import effect_shown, known_columns


@page(Permission.COVERAGE_VIEW)
def basis_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    bases = bases_seen_by(actor, proposals=True).select_related("region", "decision", "imported_by")
    bases = bases.prefetch_related("replaced_by__decision")
    context = {
        "pages": paged(request, bases.order_by("-recorded_as_of", "-pk")),
        "may_import": actor.may(Permission.BASES_IMPORT),
        "tab": "bases",
    }
    return render(request, "reports/basis_list.html", context)


@page(Permission.COVERAGE_VIEW)
def basis_page(request: StaffRequest, actor: Actor, basis_id: int) -> HttpResponse:
    basis = get_basis_or_404(actor, basis_id, proposals=True)
    if request.method == "POST":
        version = request.POST.get("version") or version_of(basis_parts(basis))
        decide_basis(
            by=actor,
            basis=basis,
            verdict=_verdict(request.POST.get("do", "")),
            note=readable(request.POST.get("reason", ""), field="reason"),
            version=version,
        )
        text = _("The decision is kept. Signed: version %(version)s.")
        messages.success(request, text % {"version": short(version)})
        return redirect("basis", basis.pk)
    figures = figures_seen_by(actor, basis).select_related("region")
    waits = not hasattr(basis, "decision")
    pages = paged(request, figures.order_by("region_id"), rows=100)
    decides = may_decide(actor, basis)
    shown: dict[str, Any] = {}
    if waits:
        own = list(basis.figures.all())
        shown = effect_shown(request, own, basis, basis.replaces)
    context = shown | {
        "basis": basis,
        "pages": pages,
        "known": known_columns(pages),
        "rows": [_figure_row(row, shown.get("effect")) for row in pages],
        "waits": waits,
        "may_decide": decides,
        "version": version_of(basis_parts(basis)) if decides else "",
        "own": basis.imported_by_id == actor.user_id,
        "compared": compared(own, basis.replaces) if waits and basis.replaces else None,
        "section": "bases",
    }
    return render(request, "reports/basis.html", context)


def _figure_row(row: PopulationFigure, effect: Effect | None) -> dict[str, Any]:
    code = row.region_id
    return {
        "figure": row,
        "name": row.region.name,
        "parts": components_of(row),
        "before": effect.before.get(code) if effect else None,
        "after": effect.after.get(code) if effect else None,
        "wajib_before": effect.wajib.get(code) if effect else None,
        "remarks": effect.remarks.get(code, []) if effect else [],
    }


def _verdict(text: str) -> str:
    verdict = {"approve": Verdict.APPROVED, "refuse": Verdict.REFUSED}.get(text)
    if verdict is None:
        raise Invalid("choice", _("Choose a row of the list first."))
    return verdict


# --- targets --------------------------------------------------------------------------------------


@page(Permission.COVERAGE_VIEW)
def target_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Every target as it was set; the newest row of an indicator, region and year counts."""
    may_set = actor.may(Permission.TARGETS_SET)
    initial = {"region": actor.region, "year": timezone.localdate().year}
    form = (
        fill(request, TargetForm, stands=lambda: Stands(initial, targets_version()))
        if may_set
        else None
    )
    if request.method == "POST":
        if form is None:
            raise NotFound
        if attempt(form, set_target, by=actor):
            messages.success(request, _("The target is set."))
            return redirect("targets")
    targets = Target.objects.select_related("region", "set_by")
    context = {
        "form": form,
        "pages": paged(request, targets.order_by("-year", "indicator", "region_id", "-set_at")),
        "tab": "targets",
        "section": "bases",
    }
    status = status_of(form) if form else 200
    return render(request, "reports/target_list.html", context, status=status)


# --- releases -------------------------------------------------------------------------------------


@page(Permission.COVERAGE_VIEW)
def release_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    form = fill(request, ReleaseForm) if publishes(actor) else None
    question = None
    if request.method == "POST":
        if form is None:
            raise NotFound
        question = _publishing(request, actor, form)
        if request.POST.get("do") == "approve":
            if question is None:
                return _approve(request, actor)
            form = ReleaseForm()
        elif question is None and (release := attempt(form, propose_release, by=actor)):
            text = _(
                "The figures are frozen as version %(version)s. They go out once a second person"
                " approves."
            )
            messages.success(request, text % {"version": short(_version_of(release))})
            return redirect("releases")
    releases = releases_for(actor).select_related("publication__approved_by", "proposed_by")
    pages = paged(request, releases.order_by("-frozen_at", "-pk"))
    if form:
        parts = release_parts(list(pages))
        for release in pages:
            release.version = version_of(parts[release.pk])
    context = {
        "form": form,
        "question": question,
        "pages": pages,
        "now": timezone.now(),
        "me": actor.user_id,
        "tab": "releases",
        "section": "bases",
    }
    status = status_of(form) if form and request.method == "POST" else 200
    return render(request, "reports/release_list.html", context, status=409 if question else status)


def _publishing(request: StaffRequest, actor: Actor, form: ReleaseForm) -> dict[str, Any] | None:
    """What is asked before figures are frozen or go out: the day, and what stands behind it."""
    approves = request.POST.get("do") == "approve"
    words = request.POST.getlist("confirm") if approves else confirmed(request, form)
    if "publish" in words:
        return None
    if approves:
        release = get_release_or_404(actor, request.POST.get("release", ""))
        day, until = release.day, release.embargo_until
        title = _("Publish the figures of %(day)s?")
    elif form.is_valid():
        release = None
        day, until = form.cleaned_data["day"], form.cleaned_data["embargo_until"]
        title = _("Freeze the figures of %(day)s for publication?")
    else:
        return None
    if day is None or until is None:
        return None
    return {
        "title": title % {"day": date_format(day, "l, j F Y")},
        "until": until.astimezone(EMBARGO_ZONE),
        "counts": DayCounts.of(day_of_regencies(NATION, day)),
        "release": release,
        "version": request.POST.get("version", ""),
        "asked": "" if approves else asked_about(form),
    }


def _version_of(release: Release) -> str:
    return version_of(release_parts([release])[release.pk])


def _approve(request: StaffRequest, actor: Actor) -> HttpResponse:
    release = get_release_or_404(actor, request.POST.get("release", ""))
    version = request.POST.get("version") or _version_of(release)
    approve_release(by=actor, release=release, version=version)
    text = _("Approved: version %(version)s. It is out when its hour has come.")
    messages.success(request, text % {"version": short(version)})
    return redirect("releases")
