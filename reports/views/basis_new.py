"""Bringing a basis: the file is read and asked about, seen as it would be stored, and then stored so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import DomainError, Invalid, NotFound
from dukcapil.core.forms import fill, refuse
from dukcapil.core.pages import paged, status_of
from dukcapil.core.tables import RowErrors
from dukcapil.core.workbook import XLSX
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import level_of
from reports.bases.models import PopulationBasis, PopulationFigure
from reports.bases.readers.figures import Parsed
from reports.bases.readers.places import OtherCodes
from reports.bases.readers.words import BASES
from reports.bases.renderers import template_csv, template_rows, template_xlsx
from reports.bases.selectors.access import replaceable_by
from reports.bases.selectors.comparing import compared
from reports.bases.selectors.summary import LABELS, summary_of
from reports.bases.services.basis import digest_of, propose_basis, read_basis, refuse_taken
from reports.coverage.selectors.effect import effect_of
from reports.forms import BasisForm, NoteForm
from reports.views.drafts import Draft, kept_draft

#: Messages about single rows that a page shows; all are counted.
_SHOWN = 100
ROWS = 100


@page(Permission.BASES_IMPORT)
def basis_new(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Reads and checks the file. A preview shows what it would change before anything is saved."""
    bases = replaceable_by(actor).order_by("-recorded_as_of")
    context: dict[str, Any] = {"section": "bases", "levels": _levels(actor)}
    if request.method != "POST":
        context["form"] = fill(request, BasisForm, bases=bases)
        return render(request, "reports/basis_new.html", context)
    form = BasisForm(request.POST, request.FILES, bases=bases)
    draft = _read(form) if form.is_valid() else None
    if draft is not None:
        asked, _parsed = _looked_at(actor, draft, form)
        if asked is not None or not form.errors:
            draft.keep(actor)
        if asked is not None:
            return render(request, "reports/basis_ask.html", context | asked, status=422)
        if not form.errors:
            return redirect("basis-preview", draft.token)
    return render(
        request, "reports/basis_new.html", context | {"form": form}, status=status_of(form)
    )


def _levels(actor: Actor) -> list[tuple[str, Any]]:
    """Levels of which there is an empty list to fill in."""
    own = level_of(actor.region)
    return [(level.value, level.label) for level in Level if level == own or level.is_below(own)]


def _read(form: BasisForm) -> Draft | None:
    facts = dict(form.cleaned_data)
    file, replaces = facts.pop("file"), facts.pop("replaces")
    try:
        refuse_taken(facts["name"])
        return Draft.of(facts, replaces.pk if replaces else None, file)
    except DomainError as error:
        _show(form, error)
        return None


def _looked_at(
    actor: Actor, draft: Draft, form: BasisForm | None = None
) -> tuple[dict[str, Any] | None, Parsed | None]:
    """What has to be chosen about a file before it can be shown, or what it says.

    Errors that no choice mends are shown at the form: then it is neither.
    """
    asked: dict[str, Any] = {"draft": draft, "form": form, "problems": draft.problems}
    asked["columns"] = draft.columns or (draft.table["sheet"] if draft.table else [])
    asked["kinds"] = kinds()
    if draft.table is not None:
        try:
            return None, _read_as(actor, draft)
        except OtherCodes as error:
            asked |= {"names": True, "problems": error.errors[:_SHOWN]}
        except DomainError as error:
            if form is not None:
                _show(form, error)
                return None, None
            asked["problems"] = (
                error.errors[:_SHOWN] if isinstance(error, RowErrors) else [str(error.message)]
            )
    if form is not None:
        for text in asked["problems"]:
            form.add_error("file", text)
    return asked, None


def kinds() -> list[tuple[str, Any]]:
    """What a column may hold."""
    return [(kind.name, kind.label) for kind in BASES.kinds if kind.used]


def _show(form: BasisForm, error: DomainError) -> None:
    if not isinstance(error, RowErrors):
        refuse(form, error)
        return
    for text in error.errors[:_SHOWN]:
        form.add_error("file", text)
    if len(error.errors) > _SHOWN:
        more = len(error.errors) - _SHOWN
        form.add_error("file", _("... and %(count)s more.") % {"count": more})


def _read_as(actor: Actor, draft: Draft) -> Parsed:
    try:
        return read_basis(by=actor, rows=draft.rows, facts=draft.described())
    except NotFound as error:
        text = _("The file names regions outside your own.")
        raise Invalid("region", text, field="file") from error


# --- what was read --------------------------------------------------------------------------------


@page(Permission.BASES_IMPORT)
def basis_preview(request: StaffRequest, actor: Actor, token: str) -> HttpResponse:
    draft = kept_draft(actor, token)
    if draft is None:
        messages.warning(request, _("This preview is gone; choose the file once more."))
        return redirect("basis-new")
    if request.method == "POST" and request.POST.get("do"):
        return _choose(request, actor, draft)
    asked, parsed = _looked_at(actor, draft)
    if parsed is None:
        context = {**(asked or {}), "section": "bases"}
        return render(request, "reports/basis_ask.html", context)
    form = fill(request, NoteForm, needed=bool(parsed.warnings))
    replaced = PopulationBasis.objects.filter(pk=draft.replaces or 0).first()
    if request.method == "POST" and form.is_valid():
        stored = _stored(request, actor, draft, form, replaced)
        if stored is not None:
            draft.forget(actor)
            messages.success(
                request, _("The basis waits for a second person; until then nothing counts on it.")
            )
            return redirect("basis", stored.pk)
    context = {"form": form, "draft": draft, "section": "bases"}
    context |= _shown(request, draft, parsed, replaced)
    return render(request, "reports/basis_preview.html", context, status=status_of(form))


def _stored(
    request: StaffRequest,
    actor: Actor,
    draft: Draft,
    form: NoteForm,
    replaced: PopulationBasis | None,
) -> PopulationBasis | None:
    try:
        return propose_basis(
            by=actor,
            rows=draft.rows,
            facts=draft.described(note=form.cleaned_data["note"]),
            replaces=replaced,
            # Empty is another content than what was shown.
            content=request.POST.get("content", ""),
        )
    except DomainError as error:
        refuse(form, error)
        return None


def _shown(
    request: StaffRequest, draft: Draft, parsed: Parsed, replaced: PopulationBasis | None
) -> dict[str, Any]:
    facts = draft.described()
    basis = PopulationBasis(
        kind=facts.kind, wajib_as_of=facts.wajib_as_of, recorded_as_of=facts.recorded_on
    )
    return {
        "facts": draft.facts,
        "content": digest_of(facts, parsed),
        "said": parsed.said,
        "columns": draft.table["sheet"] if draft.table else [],
        "kinds": kinds(),
        "warnings": parsed.warnings,
        "before": replaced,
        "compared": compared(parsed.figures, replaced) if replaced else None,
        **effect_shown(request, parsed.figures, basis, replaced, parsed),
    }


def effect_shown(
    request: StaffRequest,
    figures: list[PopulationFigure],
    basis: PopulationBasis,
    replaced: PopulationBasis | None,
    parsed: Parsed | None = None,
) -> dict[str, Any]:
    """Rows of a basis with the percentage by today's answer and with it; its sums and what is left."""
    summary = summary_of(figures, parsed.total if parsed else None)
    effect = effect_of(figures, basis, summary.root, replaced=replaced.pk if replaced else None)
    pages = paged(request, figures, rows=ROWS)
    codes = [figure.region_id for figure in pages]
    named = dict(Region.objects.filter(code__in=codes).values_list("code", "name"))
    rows = [
        {
            "figure": figure,
            "name": named.get(figure.region_id, ""),
            "row": parsed.rows.get(figure.region_id) if parsed else None,
            "written": parsed.written.get(figure.region_id, "") if parsed else "",
            "before": effect.before.get(figure.region_id),
            "after": effect.after.get(figure.region_id),
            "wajib_before": effect.wajib.get(figure.region_id),
            "remarks": effect.remarks.get(figure.region_id, []),
        }
        for figure in pages
    ]
    return {
        "summary": summary,
        "effect": effect,
        "pages": pages,
        "rows": rows,
        "known": known_columns(figures),
    }


def known_columns(figures: Iterable[PopulationFigure]) -> set[str]:
    """Columns in which some row has a figure: the others are not shown."""
    names = (*LABELS, "published_unrecorded_percent")
    return {name for name in names for one in figures if getattr(one, name) is not None}


def _choose(request: StaffRequest, actor: Actor, draft: Draft) -> HttpResponse:
    """Which sheet, which columns, codes or names: the file is read again by that."""
    do = request.POST["do"]
    if do == "sheet":
        draft.sheet, draft.chosen = request.POST.get("sheet", ""), None
    elif do == "columns":
        names = [name for name in request.POST if name.startswith("column-")]
        draft.chosen = {name.removeprefix("column-"): request.POST.get(name, "") for name in names}
    elif do in ("names", "codes"):
        draft.facts["by_name"] = do == "names"
    try:
        if do in ("sheet", "columns"):
            draft.read()
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect("basis-preview", draft.token)
    draft.keep(actor)
    return redirect("basis-preview", draft.token)


# --- an empty list to fill in ---------------------------------------------------------------------


@require_safe
@page(Permission.BASES_IMPORT)
def basis_template(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Codes and names of the own region's parts, with the headers that are read, and no numbers."""
    own = level_of(actor.region)
    level = request.GET.get("level") or str(own.below or own)
    if level not in Level.values:
        text = _("Levels: %(allowed)s.") % {"allowed": ", ".join(Level.values)}
        raise Invalid("level", text, field="level")
    region = Region.objects.get(pk=actor.region)
    rows = template_rows(region, Level(level), dinamis="dinamis" in request.GET)
    as_csv = request.GET.get("format") == "csv"
    content = template_csv(rows) if as_csv else template_xlsx(rows)
    kind, ending = ("text/csv; charset=utf-8", "csv") if as_csv else (XLSX, "xlsx")
    answer = HttpResponse(content, content_type=kind)
    name = f"data-dasar-{region.pk}-{level}.{ending}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
