"""Papers: those of a day, the stock that is outstanding, one for a person; and the page for whoever holds one."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.offices.selectors import office_of
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.crypto import decrypt
from dukcapil.core.errors import Conflict, NotFound
from dukcapil.core.forms import attempt, fill
from dukcapil.core.ids import uuid7
from dukcapil.core.limits import Limit
from dukcapil.core.pages import chosen_id, paged, status_of
from events.calendar.validators import parse_day
from events.elections.enums import ElectionState
from events.elections.selectors import bears_on, elections_of
from registrations.forms.papers import LatePaperForm, PaperForm, PaperRuleForm, TemplateForm
from registrations.forms.people import reason_of
from registrations.papers.enums import PaperKind, PaperState
from registrations.papers.renderers import paper_pdf
from registrations.papers.selectors import (
    by_number,
    get_paper_or_404,
    numbers_as,
    outstanding,
    paper_of_code,
    papers_of,
    papers_of_person,
    totals,
    windows_of,
    without_paper,
)
from registrations.papers.services.papers import issue_at_desk, issue_for, void_paper
from registrations.papers.services.rules import set_paper_rule, set_template
from registrations.people.models import Resident
from registrations.people.services.lookups import log_people, log_person

#: Of one address. Nobody guesses 100 bits; nobody is to try, either.
_LOOKS = Limit("paper", 10, 60)
_DAY, _OUT = "", "beredar"


@page(Permission.PAPERS_ISSUE)
def paper_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """The control total of a day with its list by number; the outstanding suket, the next to be exchanged
    first; a paper by its number.
    """
    if request.method == "POST":
        void_paper(
            by=actor,
            paper_id=chosen_id(request.POST.get("paper")),
            reason=reason_of(request.POST),
        )
        messages.success(request, _("The paper and its record are void."))
        return redirect(request.get_full_path())
    shown = _OUT if request.GET.get("lihat") == _OUT else _DAY
    number = request.GET.get("nomor", "").replace("\0", "").strip()
    day = parse_day(request.GET.get("tanggal")) or actor.today
    if number:
        papers, counted = by_number(actor, number), []
    elif shown == _OUT:
        papers = outstanding(actor)
        counted = totals(papers)
    else:
        papers = papers_of(actor, day=day)
        counted = totals(papers)
    pages = paged(request, papers.select_related("resident__identity", "resident__village"))
    found = list(pages)
    log_people(by=actor, people={one.resident_id for one in found}, kind="papers")
    context: dict[str, Any] = {
        "pages": pages,
        "rows": [(one, one.is_expired(actor.today)) for one in found],
        "counted": [
            (PaperKind(kind).label, PaperState(state).label, n) for kind, state, n in counted
        ],
        "total": sum(n for _kind, _state, n in counted),
        "shown": shown,
        "tabs": [(_DAY, _("Of a day")), (_OUT, _("Outstanding suket"))],
        "day": day,
        "number": number,
        "section": "residents",
    }
    return render(request, "registrations/paper_list.html", context)


@page(Permission.PAPERS_ISSUE)
def paper_issue(request: StaffRequest, actor: Actor, resident_id: uuid.UUID) -> HttpResponse:
    """A paper for one person, or for what was logged of them without one."""
    people = Resident.objects.visible_to(actor).select_related("identity")
    person = people.filter(pk=resident_id).first()
    if person is None:
        raise NotFound
    log_person(by=actor, person=person.pk)
    form = fill(request, PaperForm, do=("issue",))
    late = fill(request, LatePaperForm, do=("late",))
    do = request.POST.get("do")
    if do == "issue" and (
        paper := attempt(
            form, issue_at_desk, by=actor, resident=resident_id, paper_id=_once(request)
        )
    ):
        messages.success(request, _("Issued: %(number)s.") % {"number": paper.number})
        return redirect("paper-issue", resident_id)
    if do == "late":
        require(actor, Permission.RECORDS_ACCEPT)
        record = chosen_id(request.POST.get("record"))
        if paper := attempt(late, issue_for, by=actor, record_id=record):
            messages.success(request, _("Issued: %(number)s.") % {"number": paper.number})
            return redirect("paper-issue", resident_id)
    papers = list(papers_of_person(actor, resident_id))
    context = {
        "person": person,
        "form": form,
        "late": late,
        "rows": [(one, one.is_expired(actor.today)) for one in papers],
        "waiting": without_paper(actor, resident_id),
        "windows": [one for one in windows_of(person.office_id) if one.holds(actor.today)],
        "decides": actor.may(Permission.RECORDS_ACCEPT),
        "section": "residents",
    }
    status = status_of(late if do == "late" else form)
    return render(request, "registrations/paper_issue.html", context, status=status)


def _once(request: StaffRequest) -> uuid.UUID:
    """The id that the form carries: sent twice it issues one paper."""
    try:
        return uuid.UUID(request.POST.get("once", ""))
    except ValueError:
        return uuid7()


@page(Permission.PAPERS_ISSUE)
def paper_file(request: StaffRequest, actor: Actor, paper_id: uuid.UUID) -> HttpResponse:
    """The paper as PDF, in Indonesian, with the full NIK: logged as a look. One that holds no more is not
    printed again; of who was erased nothing is.
    """
    paper = get_paper_or_404(actor, paper_id)
    if paper.state != PaperState.VALID:
        raise Conflict("paper-ended", _("Only a paper that is valid is printed."))
    person = paper.resident
    if person.erased_at:
        raise NotFound
    log_access(
        by=actor,
        action=Access.VIEW,
        kind="paper",
        subject=str(person.pk),
        case=str(paper.pk),
    )
    nik = decrypt(bytes(person.identity.nik_cipher), context=str(person.pk))
    address = request.build_absolute_uri(reverse("paper-open", args=[paper.code]))
    with translation.override("id"):
        content = paper_pdf(paper, nik=nik, address=address)
    name = f"{paper.kind}-{paper.year}-{paper.serial:04}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@page(Permission.PAPERS_SET)
def paper_rules_page(request: StaffRequest, actor: Actor) -> HttpResponse:
    """The windows that count for the office today, a new rule, and how numbers look."""
    office = office_of(actor)
    elections = [
        one
        for one in elections_of(office.pk)
        if one.held_on >= actor.today
        and one.state != ElectionState.CANCELLED
        and bears_on(one, office.pk)
    ]
    form = fill(request, PaperRuleForm, do=("rule",), elections=elections)
    shape = fill(request, TemplateForm, do=("template",), initial={"text": numbers_as(office.pk)})
    do = request.POST.get("do")
    if do == "rule" and attempt(form, set_paper_rule, by=actor, region=office):
        messages.success(request, _("The rule was entered."))
        return redirect("paper-rules")
    if do == "template" and attempt(shape, set_template, by=actor, office=office):
        messages.success(request, _("Numbers are written so from the next one on."))
        return redirect("paper-rules")
    context = {
        "office": office,
        "form": form,
        "shape": shape if actor.office else None,
        "windows": windows_of(office.pk),
        "section": "residents",
    }
    status = status_of(shape if do == "template" else form)
    return render(request, "registrations/paper_rules.html", context, status=status)


@login_not_required
@never_cache
@require_safe
def paper_open(request: HttpRequest, secret: str) -> HttpResponse:
    """What the square on a paper leads to. One answer for every code that is none."""
    if not _may_look(request.META.get("REMOTE_ADDR", "")):
        context: dict[str, Any] = {
            "status": 429,
            "detail": _("Too many attempts. Try again in a minute."),
        }
        answer = render(request, "errors/error.html", context, status=429)
    elif (found := paper_of_code(secret)) is None:
        context = {"detail": _("No paper has this code.")}
        answer = render(request, "registrations/paper_unknown.html", context, status=404)
    else:
        paper, office, expired = found
        context = {"paper": paper, "office": office, "expired": expired}
        answer = render(request, "registrations/paper_open.html", context)
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _may_look(address: str) -> bool:
    """Redis away keeps nobody from showing a paper."""
    try:
        return _LOOKS.take(address)
    except RedisError:
        return True
