"""The staff of an office, its paper, and everybody's own account."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.forms import (
    EndForm,
    NumberForm,
    OfficeForm,
    PostingForm,
    ResetForm,
    StaffForm,
    TokenForm,
    end_stands,
    office_stands,
)
from dukcapil.accounts.models import Posting, StaffProposal
from dukcapil.accounts.offices.selectors import history, logo_address, office_of, office_profile
from dukcapil.accounts.offices.services import set_office_profile
from dukcapil.accounts.permissions import ROLES, Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.selectors import (
    get_posting_or_404,
    has_recovery_codes,
    is_current,
    may_reset,
    own_tokens,
    staff,
    two_persons,
)
from dukcapil.accounts.services import create_token, log_out_everywhere, revoke_token
from dukcapil.accounts.staff.selectors import access_set_by, get_proposal_or_404, proposals
from dukcapil.accounts.staff.services import (
    add_staff,
    approve_proposal,
    end_staff_posting,
    enter_staff_number,
    post_staff,
    reset_access,
    withdraw_proposal,
)
from dukcapil.core.forms import attempt, fill, tell_once, told_once
from dukcapil.core.pages import ordered, paged, status_of

_COLUMNS = {
    "name": ("user__name",),
    "role": ("role",),
    "region": ("region__name",),
    "from": ("starts_on",),
    "until": ("ends_on",),
}


@page(Permission.STAFF_MANAGE)
def staff_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    pages = paged(request, ordered(request, staff(actor), _COLUMNS))
    rows = [(posting, is_current(posting), may_reset(actor, posting)) for posting in pages]
    waiting = proposals(actor).filter(decision__isnull=True).count()
    context = {"pages": pages, "rows": rows, "waiting": waiting}
    return render(request, "accounts/staff_list.html", context)


@page(Permission.STAFF_MANAGE)
def staff_new(request: StaffRequest, actor: Actor) -> HttpResponse:
    form = fill(request, StaffForm, by=actor)
    if request.method == "POST" and (added := attempt(form, add_staff, by=actor)):
        if isinstance(added, StaffProposal):
            return _proposed(request)
        posting, password = added
        tell_once(request, password)
        return redirect("staff-made", posting.pk)
    return render(request, "accounts/staff_form.html", {"form": form}, status=status_of(form))


def _proposed(request: StaffRequest) -> HttpResponse:
    messages.success(request, _("It is proposed, and counts once a second person approves it."))
    return redirect("staff-proposals")


@page(Permission.STAFF_MANAGE)
def staff_made(request: StaffRequest, actor: Actor, posting_id: int) -> HttpResponse:
    """Shows the first password, once."""
    posting = get_posting_or_404(actor, posting_id)
    context = {"staff_posting": posting, "password": told_once(request)}
    return render(request, "accounts/staff_made.html", context)


@page(Permission.STAFF_MANAGE)
def posting_new(request: StaffRequest, actor: Actor, posting_id: int) -> HttpResponse:
    """Another posting for somebody who has, or had, one here."""
    earlier = get_posting_or_404(actor, posting_id)
    form = fill(request, PostingForm, by=actor)
    if request.method == "POST" and (
        posted := attempt(form, post_staff, by=actor, user=earlier.user)
    ):
        if isinstance(posted, StaffProposal):
            return _proposed(request)
        messages.success(request, _("The posting was made."))
        return redirect("staff")
    context = {"form": form, "staff_posting": earlier}
    return render(request, "accounts/staff_form.html", context, status=status_of(form))


@page(Permission.STAFF_MANAGE)
def posting_end(request: StaffRequest, actor: Actor, posting_id: int) -> HttpResponse:
    posting = get_posting_or_404(actor, posting_id)
    form = fill(request, EndForm, stands=lambda: end_stands(get_posting_or_404(actor, posting_id)))
    if request.method == "POST" and (
        ended := attempt(form, end_staff_posting, by=actor, posting=posting)
    ):
        text = _("The last day of the posting is %(day)s.")
        messages.success(request, text % {"day": date_format(ended.ends_on, "j F Y")})
        return redirect("staff")
    context = {"form": form, "staff_posting": posting, "ending": True}
    return render(request, "accounts/staff_form.html", context, status=status_of(form))


@page(Permission.STAFF_MANAGE)
def access_reset(request: StaffRequest, actor: Actor, posting_id: int) -> HttpResponse:
    """A new first password; every session and token of the person ends with it."""
    posting = get_posting_or_404(actor, posting_id)
    form = fill(request, ResetForm)
    if request.method == "POST" and (
        reset := attempt(form, reset_access, by=actor, posting=posting)
    ):
        if isinstance(reset, StaffProposal):
            return _proposed(request)
        tell_once(request, reset)
        return redirect("staff-made", posting.pk)
    context = {"form": form, "staff_posting": posting, "resetting": True}
    return render(request, "accounts/staff_form.html", context, status=status_of(form))


@page(Permission.STAFF_MANAGE)
def staff_number(request: StaffRequest, actor: Actor, posting_id: int) -> HttpResponse:
    """The NIP or NIK of an account that was made without one."""
    posting = get_posting_or_404(actor, posting_id)
    form = fill(request, NumberForm)
    if request.method == "POST":
        attempt(form, enter_staff_number, by=actor, posting=posting)
        if not form.errors:
            messages.success(request, _("Entered. This person counts as a second person now."))
            return redirect("staff")
    context = {"form": form, "staff_posting": posting, "numbering": True}
    return render(request, "accounts/staff_form.html", context, status=status_of(form))


@page(Permission.STAFF_DECIDE)
def proposal_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """What waits for a second person, and what became of the rest. After an approval it shows the
    password that was made, once.
    """
    if request.method == "POST":
        return _decide(request, actor)
    pages = paged(request, proposals(actor), rows=20)
    second = two_persons(actor, {row.proposed_by_id for row in pages})
    makers = access_set_by(row.user_id for row in pages if row.user_id)
    rows = [
        (
            row,
            row.proposed_by_id in second and row.user_id != actor.user_id,
            makers.get(row.user_id, []),
        )
        for row in pages
    ]
    context = {
        "pages": pages,
        "rows": rows,
        "password": told_once(request),
        "section": "staff",
    }
    return render(request, "accounts/proposal_list.html", context)


def _decide(request: StaffRequest, actor: Actor) -> HttpResponse:
    proposal = get_proposal_or_404(actor, request.POST.get("proposal", ""))
    if request.POST.get("do") == "withdraw":
        withdraw_proposal(by=actor, proposal=proposal)
        messages.success(request, _("The proposal is withdrawn."))
    elif request.POST.get("do") == "approve":
        _posting, password = approve_proposal(by=actor, proposal=proposal)
        if password:
            tell_once(request, f"{proposal.who}: {password}")
        messages.success(request, _("Approved."))
    return redirect("staff-proposals")


@page(Permission.STAFF_DECIDE)
def office_page(request: StaffRequest, actor: Actor) -> HttpResponse:
    """What the office prints above and below what it signs, and who changed it when."""
    office = office_of(actor)
    form = fill(request, OfficeForm, stands=lambda: office_stands(office))
    if request.method == "POST":
        if attempt(form, set_office_profile, by=actor):
            messages.success(request, _("Saved. New files and slips carry it."))
            return redirect("office-profile")
        form.was_refused()
    profile = office_profile(office)
    context = {
        "form": form,
        "office": office,
        "profile": profile,
        "logo": logo_address(profile),
        "pages": paged(request, history(office), rows=20),
    }
    return render(request, "accounts/office.html", context, status=status_of(form))


@page(Permission.REGIONS_VIEW)
def account(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Who I am here, what I may do, and how I log in."""
    if request.method == "POST" and request.POST.get("do") == "revoke":
        revoke_token(by=actor, token_key=request.POST.get("token", "").replace("\0", "")[:15])
        messages.success(request, _("The token no longer works."))
        return redirect("account")
    if request.method == "POST" and request.POST.get("do") == "everywhere":
        log_out_everywhere(by=actor, tokens="tokens" in request.POST)
        logout(request)
        return redirect("account_login")
    context = {
        "rule": ROLES[actor.role],
        "tokens": own_tokens(actor),
        "has_codes": has_recovery_codes(actor),
    }
    return render(request, "accounts/account.html", context)


@page(Permission.REGIONS_VIEW)
def token_new(request: StaffRequest, actor: Actor) -> HttpResponse:
    form = fill(request, TokenForm)
    posting: Posting = request.posting
    if request.method == "POST" and (created := attempt(form, create_token, posting=posting)):
        _token, text = created
        tell_once(request, text)
        return redirect("token-made")
    return render(request, "accounts/token_form.html", {"form": form}, status=status_of(form))


@page(Permission.REGIONS_VIEW)
def token_made(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Shows the token's text, once."""
    return render(request, "accounts/token_made.html", {"text": told_once(request)})
