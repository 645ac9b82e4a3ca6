"""Alerts: the list, one with who has taken it, the rules of a region, and the own address."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.core.forms import attempt, fill
from dukcapil.core.jobs import hint
from dukcapil.core.pages import paged, status_of
from dukcapil.core.versions import version_of
from dukcapil.core.whole import Stands
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from reports.alerts.enums import KINDS, AlertKind, AlertState
from reports.alerts.models import Alert
from reports.alerts.renderers import amount_of, text_of
from reports.alerts.selectors.rules import (
    Standing,
    answers_for,
    history,
    kinds_of,
    rules_at,
    version_parts,
)
from reports.alerts.selectors.shown import (
    address_of,
    alerts,
    get_alert_or_404,
    mails_of,
    takes,
    words_of_mails,
)
from reports.alerts.services.addresses import agree_to_mail, want_no_mail
from reports.alerts.services.rules import set_rule
from reports.alerts.services.taking import take_alert
from reports.forms import AlertAddressForm, AlertRuleForm, TakeForm
from reports.tasks import look_for_alerts
from reports.views.question import crumbs_of

#: Where it is seen to: name of the page, who may open it, and what is asked of it.
_PAGES: dict[str, tuple[str, Permission, str]] = {
    AlertKind.OFFICE_NOT_OPEN: ("openings", Permission.COVERAGE_VIEW, ""),
    AlertKind.STOCK_LOW: ("stock-office", Permission.REPORTS_VIEW, "?item=%(subject)s"),
    AlertKind.INCIDENT_OVERDUE: ("desk-incidents", Permission.INCIDENTS_WRITE, ""),
    AlertKind.NO_REPORT: ("daily-region", Permission.REPORTS_VIEW, "?date=%(first)s"),
    AlertKind.NIL_WITHOUT_REASON: ("daily-region", Permission.REPORTS_VIEW, "?date=%(first)s"),
    AlertKind.DOUBTFUL_RECORDS: ("set-aside", Permission.RECORDS_ACCEPT, ""),
    AlertKind.COVERAGE_DROP: ("coverage-why", Permission.COVERAGE_VIEW, ""),
    AlertKind.DEVICE_DOWN_ON_EVENT_DAY: ("resources", Permission.EVENTS_PLAN, ""),
}
_OF_A_REGION = {"desk-incidents", "daily-region", "coverage-why", "stock-office"}


@dataclass(frozen=True)
class Shown:
    """An alert of a list."""

    alert: Alert
    text: str


def page_of(by: Actor, alert: Alert) -> str:
    """The address where it is seen to; empty where there is none for this reader."""
    if alert.kind not in _PAGES:
        return ""
    name, permission, query = _PAGES[alert.kind]
    if not by.may(permission):
        return ""
    address = reverse(name, args=[alert.region_id] if name in _OF_A_REGION else [])
    return address + query % (alert.facts | {"subject": alert.subject})


@require_safe
@page(Permission.ALERTS_VIEW)
def alert_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Open ones first asked for; ``?state=taken|closed`` and ``?kind=`` choose others."""
    state = request.GET.get("state", AlertState.OPEN)
    kind = request.GET.get("kind", "")
    if state not in AlertState or (kind and kind not in AlertKind):
        raise NotFound
    pages = paged(request, alerts(actor, state=state, kind=kind))
    context = {
        "pages": pages,
        "rows": [Shown(alert, text_of(alert)) for alert in pages],
        "state": state,
        "states": AlertState.choices,
        "kind": kind,
        "kinds": [(one.value, one.label) for one in AlertKind if actor.role in KINDS[one].seen_by],
        "tab": "list",
        "section": "alerts",
    }
    return render(request, "reports/alert_list.html", context)


@page(Permission.ALERTS_VIEW)
def alert_page(request: StaffRequest, actor: Actor, alert_id: uuid.UUID) -> HttpResponse:
    """One alert; whoever sees to it takes it here."""
    alert = get_alert_or_404(actor, alert_id)
    form = fill(request, TakeForm)
    if request.method == "POST":
        if attempt(form, take_alert, by=actor, alert_id=alert.pk):
            messages.success(request, _("It is yours: nobody else is asked for it."))
            return redirect("alert", alert.pk)
        # Somebody may have been faster.
        alert = get_alert_or_404(actor, alert_id)
    context = {
        "alert": alert,
        "text": text_of(alert),
        "mails": words_of_mails(mails_of(alert)),
        "link": page_of(actor, alert),
        "form": form if takes(actor, alert) and alert.state == AlertState.OPEN else None,
        "refused": form if form.errors else None,
        "tab": "",
    }
    return render(request, "reports/alert.html", context, status=status_of(form))


# --- rules ----------------------------------------------------------------------------------------


@page(Permission.ALERTS_VIEW)
def own_rules(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Rules of the own region; ``?kind=`` opens one, to be set by who answers for it."""
    region = crumbs_of(actor, actor.office or actor.region)[-1]
    kind = request.POST.get("kind", request.GET.get("kind", ""))
    form = None
    if kind in kinds_of(region.pk) and answers_for(actor, region.pk):
        form = fill(
            request,
            AlertRuleForm,
            unit=str(KINDS[kind].unit),
            stands=lambda: _stands(region.pk, kind),
        )
    if request.method == "POST":
        if form is None:
            raise NotFound
        if attempt(form, set_rule, by=actor, region=region):
            hint(look_for_alerts)
            messages.success(request, _("The rule is set."))
            return redirect("alert-rules-own")
    context = _rules(request, actor, region) | {"form": form, "chosen": form and AlertKind(kind)}
    return render(
        request, "reports/alert_rules.html", context, status=status_of(form) if form else 200
    )


@require_safe
@page(Permission.ALERTS_VIEW)
def alert_rules(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """What is told in a region, and by whose rule."""
    region = crumbs_of(actor, code)[-1]
    if Level(region.level).is_below(Level.REGENCY):
        raise NotFound
    return render(request, "reports/alert_rules.html", _rules(request, actor, region))


def _rules(request: StaffRequest, actor: Actor, region: Region) -> dict[str, Any]:
    rules = rules_at([region.pk])
    standing = [(kind, rules.of(kind, region.pk)) for kind in kinds_of(region.pk)]
    pages = paged(request, history(region.pk), rows=20)
    return {
        "region": region,
        "rows": [
            (AlertKind(kind), KINDS[kind].unit, one, amount_of(one.number))
            for kind, one in standing
        ],
        "may_set": answers_for(actor, region.pk),
        "pages": pages,
        "changes": [(rule, amount_of(rule.number)) for rule in pages],
        "tab": "rules",
    }


def _stands(code: str, kind: str) -> Stands:
    standing: Standing = rules_at([code]).of(kind, code)
    begins, ends = standing.quiet or (None, None)
    values: dict[str, Any] = {
        "kind": kind,
        "is_on": standing.is_on,
        "number": standing.number,
        "quiet_from": begins,
        "quiet_until": ends,
    }
    return Stands(values, version_of(version_parts(code, kind)))


# --- mail -----------------------------------------------------------------------------------------


@page(Permission.ALERTS_TAKE)
def alert_address(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Where somebody is mailed: agreed to, changed and taken back by the person alone."""
    address = address_of(actor)
    form = fill(request, AlertAddressForm, do=("agree",))
    do = request.POST.get("do", "")
    if do == "stop":
        want_no_mail(by=actor)
        messages.success(request, _("No alert is mailed to you any more."))
        return redirect("alert-address")
    if do == "agree" and attempt(form, agree_to_mail, by=actor):
        messages.success(request, _("Alerts are mailed to you from now on."))
        return redirect("alert-address")
    context = {"address": address, "form": form, "tab": "address"}
    return render(request, "reports/alert_address.html", context, status=status_of(form))
