"""Pages of bases (one person imports, another approves), of targets and of releases."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.characters import readable
from dukcapil.core.errors import DomainError, Invalid, NotFound
from dukcapil.core.forms import attempt, fill, refuse
from dukcapil.core.pages import paged, status_of
from dukcapil.core.tables import RowErrors, Rows, read_rows
from dukcapil.core.versions import short, version_of
from reports.bases.enums import Verdict
from reports.bases.models import PopulationBasis, Target
from reports.bases.readers import LIMITS, Parsed, parse
from reports.bases.selectors.access import (
    bases_seen_by,
    figures_seen_by,
    get_basis_or_404,
    may_decide,
    replaceable_by,
)
from reports.bases.selectors.basis import components_of
from reports.bases.selectors.comparing import compared
from reports.bases.selectors.signing import basis_parts
from reports.bases.services.basis import (
    BasisFacts,
    decide_basis,
    is_own,
    propose_basis,
    refuse_taken,
)
from reports.bases.services.targets import set_target
from reports.forms import BasisForm, NoteForm, ReleaseForm, TargetForm
from reports.publication.services.publications import approve_release, propose_release
from reports.releases.models import Release
from reports.releases.selectors import (
    get_release_or_404,
    publishes,
    release_parts,
    releases_for,
)

#: How long an uploaded file is kept between its preview and its import.
DRAFT_KEPT_SECONDS = 3600


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


@page(Permission.BASES_IMPORT)
def basis_new(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Reads and checks the file. A preview shows what it would change before anything is saved."""
    bases = replaceable_by(actor).order_by("-recorded_as_of")
    if request.method == "POST":
        form = BasisForm(request.POST, request.FILES, bases=bases)
        if form.is_valid() and (draft := _checked(form, actor)):
            token = secrets.token_urlsafe(16)
            _keep(actor, token, draft)
            return redirect("basis-preview", token)
    else:
        form = fill(request, BasisForm, bases=bases)
    context = {"form": form, "section": "bases"}
    return render(request, "reports/basis_new.html", context, status=status_of(form))


def _keep(actor: Actor, token: str, draft: dict[str, Any]) -> None:
    """Rows and facts are texts and numbers, but for days, which JSON writes as text."""
    cache.set(_key(actor, token), draft, DRAFT_KEPT_SECONDS)


def _kept(actor: Actor, token: str) -> dict[str, Any] | None:
    draft: dict[str, Any] | None = cache.get(_key(actor, token))
    if draft is not None:
        facts = draft["facts"]
        facts |= {name: parse_date(facts[name] or "") for name in ("wajib_as_of", "recorded_as_of")}
    return draft


def _key(actor: Actor, token: str) -> str:
    return f"basis-draft:{actor.posting_id}:{token}"


def _checked(form: BasisForm, actor: Actor) -> dict[str, Any] | None:
    """Facts and rows of a good file; None when there are errors, which the form then shows."""
    facts = dict(form.cleaned_data)
    file, replaces = facts.pop("file"), facts.pop("replaces")
    try:
        refuse_taken(facts["name"])
        rows = read_rows(file, file.name, LIMITS)
        _parsed(actor, rows, facts)
    except RowErrors as error:
        for text in error.errors[:100]:
            form.add_error("file", text)
        if len(error.errors) > 100:
            more = len(error.errors) - 100
            form.add_error("file", _("... and %(count)s more.") % {"count": more})
        return None
    except DomainError as error:
        refuse(form, error)
        return None
    return {"rows": rows, "facts": facts, "replaces": replaces.pk if replaces else None}


def _parsed(actor: Actor, rows: Rows, facts: dict[str, Any]) -> Parsed:
    parsed = parse(rows, facts["level"], components=facts["components"])
    if not is_own(actor, parsed):
        raise Invalid("region", _("The file names regions outside your own."), field="file")
    return parsed


@page(Permission.BASES_IMPORT)
def basis_preview(request: StaffRequest, actor: Actor, token: str) -> HttpResponse:
    draft = _kept(actor, token)
    if draft is None:
        messages.warning(request, _("This preview is gone; choose the file once more."))
        return redirect("basis-new")
    facts = draft["facts"]
    parsed = _parsed(actor, draft["rows"], facts)
    replaced = PopulationBasis.objects.filter(pk=draft["replaces"]).first()
    form = fill(request, NoteForm, needed=bool(parsed.warnings))
    if request.method == "POST" and form.is_valid():
        facts_with_note = BasisFacts(**facts, note=form.cleaned_data["note"])
        try:
            basis = propose_basis(
                by=actor, rows=draft["rows"], facts=facts_with_note, replaces=replaced
            )
        except Invalid as error:
            refuse(form, error)
        else:
            cache.delete(_key(actor, token))
            messages.success(
                request, _("The basis waits for a second person; until then nothing counts on it.")
            )
            return redirect("basis", basis.pk)
    context = {
        "form": form,
        "facts": facts,
        "warnings": parsed.warnings,
        "rows": len(parsed.figures),
        "before": replaced,
        "compared": compared(parsed.figures, replaced),
        "section": "bases",
    }
    return render(request, "reports/basis_preview.html", context, status=status_of(form))


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
    context = {
        "basis": basis,
        "pages": pages,
        "rows": [(row, components_of(row)) for row in pages],
        "waits": waits,
        "may_decide": decides,
        "version": version_of(basis_parts(basis)) if decides else "",
        "own": basis.imported_by_id == actor.user_id,
        "compared": compared(list(basis.figures.all()), basis.replaces) if waits else None,
        "section": "bases",
    }
    return render(request, "reports/basis.html", context)


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
    form = fill(request, TargetForm, initial=initial) if may_set else None
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
    if request.method == "POST":
        if form is None:
            raise NotFound
        if request.POST.get("do") == "approve":
            return _approve(request, actor)
        if release := attempt(form, propose_release, by=actor):
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
        "pages": pages,
        "now": timezone.now(),
        "me": actor.user_id,
        "tab": "releases",
        "section": "bases",
    }
    status = status_of(form) if form and request.method == "POST" else 200
    return render(request, "reports/release_list.html", context, status=status)


def _version_of(release: Release) -> str:
    return version_of(release_parts([release])[release.pk])


def _approve(request: StaffRequest, actor: Actor) -> HttpResponse:
    release = get_release_or_404(actor, request.POST.get("release", ""))
    version = request.POST.get("version") or _version_of(release)
    approve_release(by=actor, release=release, version=version)
    text = _("Approved: version %(version)s. It is out when its hour has come.")
    messages.success(request, text % {"version": short(version)})
    return redirect("releases")
