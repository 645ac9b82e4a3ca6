"""Where somebody agrees to be mailed: the own address, by the person alone."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid
from reports.alerts.models import AlertAddress


@service
def agree_to_mail(*, by: Actor, email: str) -> AlertAddress:
    """From now on alerts are mailed there. An address that was refused is tried anew."""
    require(by, Permission.ALERTS_TAKE)
    address = email.strip()
    try:
        validate_email(address)
    except ValidationError as error:
        raise Invalid("email", _("This is no e-mail address."), field="email") from error
    return _set(by, address)


@service
def want_no_mail(*, by: Actor) -> AlertAddress:
    """The address is forgotten, and what waits is not sent."""
    require(by, Permission.ALERTS_TAKE)
    return _set(by, "")


def _set(by: Actor, email: str) -> AlertAddress:
    log_access(by=by, action=Access.CHANGE, kind="address for alerts", subject=str(by.user_id))
    found, _new = AlertAddress.objects.update_or_create(
        user_id=by.user_id,
        defaults={"email": email, "agreed_at": timezone.now(), "refused_at": None},
    )
    return found
