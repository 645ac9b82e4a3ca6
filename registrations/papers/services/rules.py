"""Verbs of who decides for an office: when papers are issued, and how their numbers look."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.regions.models import Region
from events.elections.models import Election
from events.elections.selectors import bears_on
from registrations.papers.enums import PaperKind
from registrations.papers.models import STATUS_AGE, PaperRule, PaperTemplate


@service
def set_paper_rule(
    *,
    by: Actor,
    election: Election,
    kind: str,
    region: Region,
    days_before_open: int,
    days_before_close: int,
    source: str,
    status_age: int | None = None,
) -> PaperRule:
    """For the own office, or for a province and all its offices. `status_age`: None for the usual."""
    require(by, Permission.PAPERS_SET)
    if not by.covers(region.pk):
        raise NotFound
    if kind not in PaperKind.values:
        raise Invalid("kind", _("Choose the kind of paper."), field="kind")
    if len(region.pk) > len("00.00") or not bears_on(election, region.pk):
        raise Invalid(
            "rule-region",
            _("This election is held elsewhere: name a province or regency that it concerns."),
            field="region",
        )
    rule = PaperRule.objects.create(
        election=election,
        kind=kind,
        region=region,
        days_before_open=days_before_open,
        days_before_close=days_before_close,
        status_age=STATUS_AGE if status_age is None else status_age,
        source=" ".join(source.split()),
        decided_by_id=by.user_id,
    )
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="paper rule",
        subject=f"{region.pk} {kind}",
        reason=rule.source,
    )
    return rule


@service
def set_template(*, by: Actor, office: Region, text: str) -> PaperTemplate:
    """From the next number on; those that were given stay."""
    require(by, Permission.PAPERS_SET)
    if by.office != office.pk:
        raise NotFound
    newest = PaperTemplate.objects.create(
        office=office, text="".join(text.split()), set_by_id=by.user_id
    )
    log_access(
        by=by, action=Access.CHANGE, kind="paper numbers", subject=office.pk, reason=newest.text
    )
    return newest
