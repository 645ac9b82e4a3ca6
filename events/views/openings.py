"""Openings on days off and election days: planning them, and saying that the office is open, also from
a phone that nobody has logged in on.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from redis.exceptions import RedisError

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.errors import NotFound
from dukcapil.core.forms import attempt, fill, tell_once, told_once
from dukcapil.core.limits import Limit
from dukcapil.core.pages import paged, status_of
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import regions_below
from events.calendar.services import digest_of
from events.calendar.validators import parse_day
from events.elections.enums import ElectionState, Sign
from events.elections.models import OpeningLink
from events.elections.selectors import (
    bears_on,
    elections_of,
    find_opening,
    now_of,
    opening_of_link,
    openings_in,
)
from events.elections.services.opening import (
    end_opening,
    give_sign,
    give_sign_by_link,
    make_opening_link,
    plan_opening,
)
from events.forms.elections import EndForm, OpeningForm, PhoneForm, PointForm, SignForm
from events.points.selectors import points_of
from events.points.services import add_point

_ROWS = 50
#: Unknown links from one address. Known ones are never counted: many offices share a carrier's address.
_PHONE = Limit("opening link", 60, 600)


@page(Permission.COVERAGE_VIEW)
def opening_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """From today on, of the own office or of all below; the office plans another one, of the day in
    ``?day=`` where a link names one.
    """
    may = actor.may(Permission.OPENINGS_CONFIRM) and actor.office is not None
    if request.method == "POST":
        require(actor, Permission.OPENINGS_CONFIRM)
    context: dict[str, Any] = {
        "pages": paged(request, openings_in(actor.region), _ROWS),
        "office": actor.office,
        "plans": may,
        "section": "elections",
    }
    status = 200
    if may:
        answer, status = _plan(request, actor, context)
        if answer:
            return answer
    return render(request, "events/opening_list.html", context, status=status)


def _plan(
    request: StaffRequest, actor: Actor, context: dict[str, Any]
) -> tuple[HttpResponse | None, int]:
    office = Region.objects.get(pk=actor.office)
    coming = [
        one
        for one in elections_of(office.pk)
        if bears_on(one, office.pk)
        and one.state != ElectionState.CANCELLED
        and one.held_on >= actor.today
    ]
    points = points_of(office.pk)
    planned = {"day": parse_day(request.GET.get("day", ""))}
    form = fill(
        request, OpeningForm, do=("plan",), points=points, elections=coming, initial=planned
    )
    districts = regions_below(office.pk, [Level.DISTRICT])
    point = fill(request, PointForm, do=("point",), districts=districts)
    do = request.POST.get("do")
    if do == "plan" and (opening := attempt(form, plan_opening, by=actor, office=office)):
        messages.success(request, _("The opening was planned."))
        return redirect("opening", opening.pk), 200
    if do == "point" and attempt(point, add_point, by=actor, office=office):
        messages.success(request, _("The point was named."))
        return redirect("openings"), 200
    context |= {"form": form, "point": point, "points": points}
    return None, status_of(form if do == "plan" else point)


@page(Permission.COVERAGE_VIEW)
def opening_page(request: StaffRequest, actor: Actor, opening_id: uuid.UUID) -> HttpResponse:
    """An opening, what was said of it, and for its office the buttons that say so."""
    opening = find_opening(actor, opening_id)
    do = request.POST.get("do")
    sign = fill(request, SignForm, do=("sign",))
    ending = fill(request, EndForm, do=("end",))
    if request.method == "POST":
        require(actor, Permission.OPENINGS_CONFIRM)
        if do == "sign" and attempt(sign, give_sign, by=actor, opening_id=opening.pk):
            messages.success(request, _("Said."))
            return redirect("opening", opening.pk)
        if do == "link":
            tell_once(request, make_opening_link(by=actor, opening_id=opening.pk))
            return redirect("opening", opening.pk)
        if do == "end" and attempt(ending, end_opening, by=actor, opening_id=opening.pk):
            messages.success(request, _("The opening was taken back."))
            return redirect("openings")
    secret = told_once(request)
    own = actor.may(Permission.OPENINGS_CONFIRM) and actor.office == opening.office_id
    context = {
        "opening": opening,
        "now": now_of(opening),
        "signs": list(opening.heartbeats.select_related("by").order_by("-received_at", "-pk")),
        "own": own,
        "stands": opening.ended_at is None,
        "is_today": opening.day == today_in(opening.office_id),
        "states": Sign.choices,
        "sign": sign,
        "ending": ending,
        "link": request.build_absolute_uri(reverse("opening-phone", args=[secret]))
        if secret
        else "",
        "section": "elections",
    }
    status = status_of(ending if do == "end" else sign)
    return render(request, "events/opening.html", context, status=status)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def opening_phone(request: HttpRequest, secret: str) -> HttpResponse:
    """Two taps: which state, and yes. Nobody logs in, and nothing but the opening is told."""
    link = opening_of_link(digest_of(secret))
    if link is None:
        if not _may_miss(request.META.get("REMOTE_ADDR", "")):
            context = {"status": 429, "detail": _("Too many attempts. Try again in ten minutes.")}
            return render(request, "errors/error.html", context, status=429)
        raise Http404
    form = PhoneForm(request.POST or None)
    asked = str(form.cleaned_data["state"]) if form.is_bound and form.is_valid() else ""
    if asked and request.POST.get("confirm") == asked:
        try:
            give_sign_by_link(secret=secret, state=asked, at=_moment(form.cleaned_data["at"]))
        except NotFound as error:
            raise Http404 from error
        return redirect("opening-phone", secret)
    return render(request, "events/opening_phone.html", _phone(link, asked))


def _may_miss(address: str) -> bool:
    """Redis away stops no office: 192 bits are guessed by nobody."""
    try:
        return _PHONE.take(address)
    except RedisError:
        return True


def _phone(link: OpeningLink, asked: str) -> dict[str, Any]:
    opening = link.opening
    return {
        "opening": opening,
        "now": now_of(opening),
        "states": Sign.choices,
        "asked": asked,
        "asked_label": Sign(asked).label if asked else "",
        "is_today": link.day == today_in(opening.office_id),
    }


def _moment(text: str) -> datetime | None:
    """A phone's clock as its browser writes it; what is no moment with an offset is left out."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None and 1970 < moment.year < 2200 else None
