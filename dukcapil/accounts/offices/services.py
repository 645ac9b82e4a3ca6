"""Changing what an office prints on its paper."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.accounts.offices.selectors import office_of, office_profile, profile_at
from dukcapil.accounts.offices.validators import letterhead_given, nip_given
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.versions import stale

#: What may be changed, and what people call it.
FIELDS = {
    "letterhead": _("Lines of the letterhead"),
    "address": _("Address"),
    "place": _("Place"),
    "head_name": _("Name of the head"),
    "head_rank": _("Rank of the head"),
    "head_nip": _("NIP of the head"),
    "logo": _("Logo"),
}


@service
def set_office_profile(
    *,
    by: Actor,
    version: int,
    letterhead: str,
    address: str = "",
    place: str = "",
    head_name: str = "",
    head_rank: str = "",
    head_nip: str = "",
    logo: bytes | None = None,
    keep_logo: bool = True,
) -> OfficeProfile:
    """Of the actor's own office. `version`: the one that the actor changed. `logo`: a picture that
    `core.pictures` wrote anew; without one the present logo stays if `keep_logo`.
    """
    require(by, Permission.STAFF_DECIDE)
    office = office_of(by)
    given = {
        "letterhead": letterhead_given(letterhead),
        "address": address.strip(),
        "place": place.strip(),
        "head_name": head_name.strip(),
        "head_rank": head_rank.strip(),
        "head_nip": nip_given(head_nip),
    }
    now = office_profile(office)
    if now.version != version:
        before = profile_at(office, version)
        changed = [name for name in FIELDS if getattr(before, name, None) != getattr(now, name)]
        raise stale(str(now.version), {name: FIELDS[name] for name in changed})
    if logo is None and keep_logo and now.logo:
        logo = bytes(now.logo)
    log_access(
        by=by, action=Access.CHANGE, kind="office profile", subject=f"{office.pk}/{version + 1}"
    )
    return OfficeProfile.objects.create(
        office=office, version=version + 1, posting_id=by.posting_id, logo=logo, **given
    )
