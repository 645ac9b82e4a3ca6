"""A breach of data is written down, followed up, and told to whom it concerns."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.accounts.validators import refuse_number
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from registrations.oversight.models import Breach, BreachNote, BreachOffice
from registrations.oversight.selectors.breaches import get_breach_or_404

#: Before it nothing was kept here: a year like 0026 is a slip of the hand.
FIRST_YEAR = 2020


@service
def report_breach(
    *,
    by: Actor,
    what: str,
    kinds: str,
    noticed_at: datetime,
    offices: Collection[str],
    people: int | None = None,
) -> Breach:
    """The clock of 3 x 24 hours runs from `noticed_at`. `people`: how many, as far as is known."""
    require(by, Permission.BREACHES_WRITE)
    what, kinds = _tidy(what, "what"), _tidy(kinds, "kinds")
    if not noticed_at.year >= FIRST_YEAR or noticed_at > timezone.now():
        text = _("This time has not come yet, or lies too long ago.")
        raise Invalid("noticed-at", text, field="noticed_at")
    codes = sorted(set(offices))
    regencies = Region.objects.within(by.region).level(Level.REGENCY)
    if not codes or regencies.filter(pk__in=codes).count() != len(codes):
        raise Invalid("offices", _("Name at least one office of your region."), field="offices")
    breach = Breach.objects.create(
        region_id=by.region, noticed_at=noticed_at, what=what, data=kinds[:200], by_id=by.user_id
    )
    BreachOffice.objects.bulk_create(BreachOffice(breach=breach, office_id=code) for code in codes)
    if people is not None:
        BreachNote.objects.create(breach=breach, people=people, by_id=by.user_id)
    _log(by, breach, "data breach")
    return breach


@service
def note_breach(
    *,
    by: Actor,
    breach_id: uuid.UUID,
    text: str = "",
    people: int | None = None,
    told_at: datetime | None = None,
) -> BreachNote:
    """What was found or done since; with `told_at`, that people and authority were told in writing, which
    stands once. Raises Conflict `already-told`.
    """
    require(by, Permission.BREACHES_WRITE)
    breach = get_breach_or_404(by, breach_id)
    text = _tidy(text, "text")
    if told_at and not breach.noticed_at <= told_at <= timezone.now():
        raise Invalid(
            "told-at",
            _("People are told after it was noticed, and not in the future."),
            field="told_at",
        )
    note = BreachNote.objects.create(
        breach=breach, text=text, people=people, told_at=told_at, by_id=by.user_id
    )
    _log(by, breach, "data breach told" if told_at else "data breach noted")
    return note


def _tidy(text: str, field: str) -> str:
    tidy = " ".join(text.split())
    refuse_number(tidy, field=field)
    return tidy[:500]


def _log(by: Actor, breach: Breach, kind: str) -> None:
    log_access(by=by, action=Access.CHANGE, kind=kind, subject=str(breach.pk))
