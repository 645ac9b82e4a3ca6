"""What an office, a province or the nation asks people to bring to a service."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.accounts.validators import refuse_number
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.regions.enums import today_in
from dukcapil.regions.models import Region
from events.calendar.validators import LAST_DAY
from events.planning.models.requirement import LONGEST_PAPER, MOST_PAPERS, Requirement


@service
def set_requirement(
    *,
    by: Actor,
    region: Region,
    service: str,
    papers: list[str],
    source: str,
    since: date | None = None,
) -> Requirement:
    """From today or from a later day on: what was asked for before stays as it was asked."""
    require(by, Permission.REQUIREMENTS_SET)
    if not by.covers(region.pk):
        raise NotFound
    today = today_in(region.pk)
    since = since or today
    if not today <= since <= LAST_DAY:
        text = _("Papers are asked for from today or from a later day on.")
        raise Invalid("requirement-since", text, field="since")
    named = list(dict.fromkeys(" ".join(paper.split()) for paper in papers if paper.strip()))
    if not 1 <= len(named) <= MOST_PAPERS:
        text = _("Name one to twelve papers, each on a line.")
        raise Invalid("papers", text, field="papers")
    if any(len(paper) > LONGEST_PAPER for paper in named):
        text = _("A paper has a short name: at most %(most)s letters.")
        raise Invalid("papers", text % {"most": LONGEST_PAPER}, field="papers")
    source = " ".join(source.split())
    if not source:
        raise Invalid("source", _("Name the decree or letter that says so."), field="source")
    # The public schedule names the papers.
    refuse_number(" ".join(named), field="papers")
    refuse_number(source, field="source")
    row = Requirement.objects.create(
        region=region,
        service=service,
        papers=named,
        since=since,
        source=source,
        decided_by_id=by.user_id,
    )
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="requirement",
        subject=f"{region.pk} {service} {since}",
        reason=source,
    )
    return row
