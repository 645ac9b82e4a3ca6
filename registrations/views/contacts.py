"""Changing a contact, on the page of what it was left for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.utils.translation import gettext as _

from dukcapil.accounts.requests import StaffRequest
from dukcapil.core.forms import attempt
from registrations.booking.models.contacted import Contacted
from registrations.booking.services.messages import contact_of
from registrations.forms.contacts import ContactForm


def contact_changed(request: StaffRequest, form: ContactForm, verb: Callable[..., Any]) -> bool:
    """Whether the verb was carried out; else the form is shown again with its refusal."""
    if attempt(form, verb) is None:
        return False
    messages.success(request, _("The contact was changed. What waits to be sent goes there."))
    return True


def contact_shown(owner: Contacted, *, books: bool) -> str:
    """What a clerk who books recognises a contact by; to others only how they are told. Empty for none."""
    if not books:
        return owner.get_channel_display()
    contact = contact_of(owner)
    return f"{owner.get_channel_display()} {contact.hint}" if contact else ""
