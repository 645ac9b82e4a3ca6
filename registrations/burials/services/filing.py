"""What became of a death at the office: reported by its form, and the number of the certificate."""

from __future__ import annotations

import uuid
from datetime import date

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.accounts.validators import refuse_number
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid
from dukcapil.core.versions import require_seen, version_of
from dukcapil.regions.enums import today_in
from registrations.burials.models import Burial
from registrations.burials.services.recording import hold_burial

LONGEST_CERTIFICATE = 60


@service
def file_burial(
    *,
    by: Actor,
    burial_id: uuid.UUID,
    filed_on: date | None,
    certificate: str = "",
    version: str | None = None,
) -> Burial:
    """The family handed in the form on a day: the thirty days end then. Said again, it is what is said
    last; without a day it was not reported after all. `certificate`: once it is issued.
    """
    burial = hold_burial(by, burial_id, Permission.BURIALS_MATCH)
    require_seen(version, _parts(burial), {})
    number = " ".join(certificate.split())
    refuse_number(number, field="certificate")
    if len(number) > LONGEST_CERTIFICATE:
        raise Invalid(
            "too-long",
            _("At most %(most)s characters.") % {"most": LONGEST_CERTIFICATE},
            field="certificate",
        )
    taken_back = filed_on is None and burial.filed_on is not None and not number
    if not taken_back and not (
        filed_on and burial.died_on <= filed_on <= today_in(burial.village_id)
    ):
        raise Invalid(
            "filed-on",
            _("The day of the report lies between the death and today."),
            field="filed_on",
        )
    burial.filed_on, burial.filed_by_id = filed_on, None if taken_back else by.user_id
    burial.certify(number)
    burial.save(update_fields=["filed_on", "filed_by", "certificate"])
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="report taken back" if taken_back else "death reported",
        case=str(burial.pk),
    )
    return burial


def _parts(burial: Burial) -> dict[str, str]:
    return {"filed_on": str(burial.filed_on or ""), "certificate": burial.certificate_number}


def filed_version(burial: Burial) -> str:
    """It changes with what is known of the report."""
    return version_of(_parts(burial))
