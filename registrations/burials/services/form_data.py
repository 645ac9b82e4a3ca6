"""Lines with their full NIK: for the form of a death (F-2.01) with a reason, and to be corrected. Logged."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.utils.translation import gettext as _

from dukcapil.accounts.access_log import Look, write
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.accounts.validators import reason_given
from dukcapil.core.db import service
from registrations.burials.models import Burial
from registrations.burials.selectors.burials import written_by
from registrations.burials.services.recording import hold_burial
from registrations.people.services.lookups import EACH_NAMED
from registrations.people.services.residents import limit_reveals


def log_lines(*, by: Actor, lines: Collection[Burial]) -> None:
    """Log an answer of the API that lists lines: up to five one by one, as a page of one is, more as a count."""
    if 0 < len(lines) <= EACH_NAMED:
        matches = by.may(Permission.BURIALS_MATCH)
        write(
            Look(by, Access.VIEW, "burial", _meant(one) if matches else "", case=str(one.pk))
            for one in lines
        )
    elif lines:
        write([Look(by, Access.VIEW, "burials", found=len(lines))])


def _meant(burial: Burial) -> str:
    return str(burial.resident_id or "")


@service
def take_form_data(*, by: Actor, burial_id: uuid.UUID, reason: str) -> Burial:
    """The line as it is shown in the open. Raises TooMany after too many full numbers within an hour."""
    require(by, Permission.RESIDENTS_REVEAL)
    why = reason_given(reason)
    burial = hold_burial(by, burial_id, Permission.BURIALS_MATCH)
    limit_reveals(by)
    log_access(
        by=by,
        action=Access.REVEAL,
        kind="burial",
        subject=str(burial.resident_id or ""),
        reason=why,
        case=str(burial.pk),
    )
    return burial


@service
def look_at_line(*, by: Actor, burial: Burial) -> None:
    """Log that a line is shown to be corrected. Its full NIK is a look of its own, and counted, but for who
    wrote what stands there.
    """
    case = str(burial.pk)
    if written_by(burial) == by.user_id or "nik" not in burial.told:
        log_access(by=by, action=Access.VIEW, kind="burial", case=case)
        return
    require(by, Permission.RESIDENTS_REVEAL)
    limit_reveals(by)
    log_access(
        by=by,
        action=Access.REVEAL,
        kind="burial",
        subject=str(burial.resident_id or ""),
        reason=_("To correct a line of the burial register"),
        case=case,
    )
