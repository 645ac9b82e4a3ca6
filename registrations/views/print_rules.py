"""How many days before the 17th birthday the office prints a card."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.offices.selectors import office_of
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import status_of
from registrations.forms.print_rules import PrintRuleForm
from registrations.people.selectors import print_days_of, print_rules
from registrations.people.services.print_rules import set_print_rule


@page(Permission.RESIDENTS_DECIDE)
def print_rules_page(request: StaffRequest, actor: Actor) -> HttpResponse:
    """The rule of today, those before and after it, and a new one."""
    office = office_of(actor)
    form = fill(request, PrintRuleForm)
    if request.method == "POST" and attempt(form, set_print_rule, by=actor, office=office):
        messages.success(request, _("The rule was entered."))
        return redirect("print-rules")
    context = {
        "office": office,
        "form": form,
        "rules": print_rules(office.pk),
        "days_today": print_days_of([office.pk]).get(office.pk, 0),
        "section": "residents",
    }
    return render(request, "registrations/print_rules.html", context, status=status_of(form))
