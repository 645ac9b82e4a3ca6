"""Pages of cards: the queue and its batch, cards that nobody fetched, who takes one, a class at school."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import chosen_id, paged, status_of
from dukcapil.core.templatetags.figures import people
from dukcapil.core.workbook import XLSX
from dukcapil.regions.models import Region
from registrations.booking.selectors.groups import get_group_or_404
from registrations.cards.enums import STEP, Age
from registrations.cards.renderers import SheetLine, batch_sheet, uncollected_xlsx
from registrations.cards.selectors.handing import (
    cards_of,
    of_class,
    too_young_to_have,
    uncollected,
    uncollected_stock,
)
from registrations.cards.selectors.lists import counts_in, queue
from registrations.cards.selectors.statuses import age_in_days, is_late
from registrations.cards.services.printing import (
    MOST_CARDS,
    CardsRefused,
    class_version,
    hand_over_card,
    hand_over_class,
    print_cards,
)
from registrations.cards.services.telling import tell_uncollected
from registrations.forms.cards import ReceiverForm, UncollectedFilter
from registrations.ledger.enums import PrintReason
from registrations.ledger.selectors import handovers_of
from registrations.ledger.services.receivers import told_of
from registrations.people.selectors import dates_for, get_resident_or_404
from registrations.people.services.lookups import log_people, log_person

#: What the queue calls a card whose reason nobody but the clerk knows, in an address.
_AGAIN = "ulang"


@page(Permission.RECORDS_VIEW)
def print_page(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Who is print-ready and may have a card printed today; `?tahan=1` who is too young for it. Chosen ones
    are put on a sheet, or logged as printed together.
    """
    held = bool(request.GET.get("tahan"))
    refused: dict[uuid.UUID, Any] = {}
    problem = ""
    if request.method == "POST":
        require(actor, Permission.RECORDS_LOG)
        try:
            if (answer := _batch(request, actor)) is not None:
                return answer
        except CardsRefused as error:
            refused, problem = error.rows, error.message
    chosen = request.GET.get("alasan", "")
    found = queue(actor, held=held)
    village, rows = request.GET.get("desa", ""), counts_in(found)
    villages = {row["village"]: row["village_name"] for row in rows}
    if village in villages:
        found = found.filter(resident__village=village)
        rows = [row for row in rows if row["village"] == village]
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row["why"]] += row["n"]
    if chosen:
        found = found.filter(why="" if chosen == _AGAIN else chosen)
    pages = paged(request, found.select_related("resident__identity", "resident__village"))
    ticked = set(request.POST.getlist("card"))
    dates = dates_for(one.resident for one in pages)
    log_people(by=actor, people=[one.resident_id for one in pages], kind="statuses")
    context = {
        "pages": pages,
        "rows": [
            {
                "one": one,
                "step": STEP[one.code],
                "days": age_in_days(one),
                "late": is_late(one),
                "dates": dates[one.resident_id],
                "why": request.POST.get(f"why-{one.pk}", one.why),
                "ticked": str(one.pk) in ticked,
                "refused": refused.get(one.pk, ""),
            }
            for one in pages
        ],
        "held": held,
        "chosen": chosen,
        "reasons": [(name, label, counts[key]) for key, name, label in _reasons() if key in counts],
        "whole": counts.total(),
        "village": village,
        "villages": villages.items(),
        "print_reasons": PrintReason.choices,
        "prints": bool(actor.office) and not held and actor.may(Permission.RECORDS_LOG),
        "problem": problem,
        "section": "statuses",
    }
    status = 409 if problem else 200
    return render(request, "registrations/status_print.html", context, status=status)


def _reasons() -> list[tuple[str, str, Any]]:
    """(as the queue has it, as an address says it, in words)"""
    told = [(one.value, one.value, one.label) for one in PrintReason]
    return [*told, ("", _AGAIN, _("Printed before: say why"))]


def _batch(request: StaffRequest, actor: Actor) -> HttpResponse | None:
    keys = [chosen_id(text) for text in request.POST.getlist("card")[: MOST_CARDS + 1]]
    if request.POST.get("do") == "sheet":
        return _sheet(request, actor, keys)
    why = {key: request.POST.get(f"why-{key}", "") for key in keys}
    printed = print_cards(by=actor, chosen=why)
    missing = sum(one.card_missing for one in printed)
    text = ngettext("%(n)s card is logged as printed.", "%(n)s cards are logged.", len(printed))
    messages.success(request, text % {"n": people(len(printed))})
    if missing:
        text = _("By the stock ledger %(n)s of them were not left here: count the cards.")
        messages.warning(request, text % {"n": people(missing)})
    return redirect("to-print")


def _sheet(request: StaffRequest, actor: Actor, keys: list[uuid.UUID]) -> HttpResponse:
    if actor.office is None:
        raise NotFound
    if not keys:
        raise Invalid("choice", _("Choose a row of the list first."))
    found = queue(actor).filter(pk__in=keys)
    rows = list(found.select_related("resident__identity", "resident__village"))
    dates = dates_for(one.resident for one in rows)
    labels = {str(value): label for value, label in PrintReason.choices}
    log_access(by=actor, action=Access.VIEW, kind="batch of cards", found=len(rows))
    with translation.override("id"):
        lines = [
            SheetLine(
                name=one.resident.identity.name,
                nik_masked=one.resident.identity.nik_masked,
                born=one.resident.birth_date,
                village=one.resident.village.name,
                why=str(labels.get(request.POST.get(f"why-{one.pk}", one.why), "")),
                handover_from=dates[one.resident_id].handover_from,
            )
            for one in rows
        ]
        office = Region.objects.get(pk=actor.office)
        content = batch_sheet(
            office, lines, made_at=timezone.now(), who=str(getattr(request.user, "name", ""))
        )
    return _file(content, "application/pdf", "cetak.pdf")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)


@page(Permission.RECORDS_VIEW)
def uncollected_page(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Cards that were printed and nobody fetched: by village and age, and whose they are. `?berkas=xlsx` the
    counts as a workbook.
    """
    stock = uncollected_stock(actor)
    if request.GET.get("berkas") == "xlsx":
        with translation.override("id"):
            return _file(uncollected_xlsx(stock), XLSX, "belum-diambil.xlsx")
    villages = [(line["village"], line["village_name"]) for line in stock]
    asked = UncollectedFilter(request.GET, ages=Age.choices, places=villages)
    told = asked.cleaned_data if asked.is_valid() else {}
    age, village = told.get("usia", ""), told.get("desa", "")
    if request.method == "POST":
        answer = tell_uncollected(by=actor, age=age, village=village)
        _say_told(request, answer.told, answer.before, answer.silent)
        return redirect(request.get_full_path())
    found = _narrowed(uncollected(actor), age, village)
    if request.GET.get("tahan"):
        found = found.filter(too_young_to_have(actor))
    pages = paged(request, found.select_related("resident__identity", "resident__village"))
    dates = dates_for(one.resident for one in pages)
    log_people(by=actor, people=[one.resident_id for one in pages], kind="cards")
    context = {
        "pages": pages,
        "rows": [(one, Age(one.age), dates[one.resident_id].handover_from) for one in pages],
        "stock": stock,
        "ages": list(Age),
        "totals": [(age, sum(line["ages"][age] for line in stock)) for age in Age],
        "whole": sum(line["total"] for line in stock),
        "filter": asked,
        "held": bool(request.GET.get("tahan")),
        "today": actor.today,
        "hands": actor.may(Permission.RECORDS_LOG),
        "tells": bool(actor.office) and actor.may(Permission.RECORDS_LOG),
        "section": "statuses",
    }
    return render(request, "registrations/card_uncollected.html", context)


def _narrowed(cards: QuerySet[Any], age: str, village: str) -> QuerySet[Any]:
    if age:
        cards = cards.filter(age=age)
    return cards.filter(domicile=village) if village else cards


def _say_told(request: StaffRequest, told: int, before: int, silent: int) -> None:
    text = _("Told: %(told)s. Told before: %(before)s. Left no contact: %(silent)s.")
    numbers = {"told": people(told), "before": people(before), "silent": people(silent)}
    messages.success(request, text % numbers)


@page(Permission.RECORDS_VIEW)
def card_handover(request: StaffRequest, actor: Actor, resident_id: uuid.UUID) -> HttpResponse:
    """The card of one person: whether it was printed, who took it, and who takes it now."""
    resident = get_resident_or_404(actor, resident_id)
    form = fill(request, ReceiverForm)
    if request.method == "POST":
        require(actor, Permission.RECORDS_LOG)
        if attempt(form, hand_over_card, by=actor, resident=resident):
            messages.success(request, _("Handed over."))
            return redirect("card-handover", resident.pk)
    log_person(by=actor, person=resident.pk)
    state = cards_of(actor, [resident])[resident.pk]
    context = {
        "resident": resident,
        "name": resident.identity.name,
        "state": state,
        "too_young": state.handover_from > actor.today,
        "handed": [(row, row_told(row)) for row in handovers_of(actor, resident.pk)],
        "form": form if _takes(actor) and (form.errors or not state.handed) else None,
        "section": "residents",
    }
    return render(request, "registrations/card_handover.html", context, status=status_of(form))


def _takes(actor: Actor) -> bool:
    return bool(actor.office) and actor.may(Permission.RECORDS_LOG)


def row_told(row: Any) -> Any:
    """Who took it, in words; None where nobody said."""
    receiver = getattr(row, "receiver", None)
    return told_of(receiver) if receiver else None


@page(Permission.RECORDS_VIEW)
def group_handover(request: StaffRequest, actor: Actor, group_id: uuid.UUID) -> HttpResponse:
    """The cards of a class on one form: who has one here, and why somebody gets none."""
    group = get_group_or_404(actor, group_id)
    form = fill(request, ReceiverForm, initial={"receiver": "school", "proof": "receipt"})
    refused: dict[uuid.UUID, Any] = {}
    chosen = request.POST.getlist("card")

    def hand_over(**values: Any) -> list[Any]:
        nonlocal refused
        try:
            return hand_over_class(**values)
        except CardsRefused as error:
            refused = error.rows
            raise

    if request.method == "POST":
        require(actor, Permission.RECORDS_LOG)
        version, keys = request.POST.get("version", ""), [chosen_id(text) for text in chosen]
        handed = attempt(form, hand_over, by=actor, group=group, people=keys, version=version)
        if handed:
            text = ngettext("%(n)s card handed over.", "%(n)s cards handed over.", len(handed))
            messages.success(request, text % {"n": people(len(handed))})
            return redirect("group-handover", group.pk)
    pupils = of_class(actor, group)
    states = cards_of(actor, pupils)
    log_access(by=actor, action=Access.VIEW, kind="group", subject=str(group.pk), found=len(pupils))
    context = {
        "group": group,
        "rows": [
            {
                "person": person,
                "state": states[person.pk],
                "why": refused.get(person.pk) or states[person.pk].refused,
                "ticked": str(person.pk) in chosen if chosen else not states[person.pk].refused,
            }
            for person in pupils
        ],
        "ready": sum(not state.refused for state in states.values()),
        "version": class_version(states),
        "form": form if _takes(actor) else None,
        "section": "events",
    }
    status = 409 if refused else status_of(form)
    return render(request, "registrations/group_handover.html", context, status=status)
