"""Who was posted lately and by whom, and which proposals wait for whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import F, Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import StaffActKind
from dukcapil.accounts.models import Posting, StaffAct, StaffProposal, User
from dukcapil.accounts.permissions import DECIDING, MAY_DECIDE, MAY_POST
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.selectors import posting_over
from dukcapil.core.errors import NotFound
from dukcapil.regions.models import inside
from dukcapil.regions.validators import NATION

M = TypeVar("M", bound=Model)


def _own_area(by: Actor, rows: QuerySet[M]) -> QuerySet[M]:
    return rows if by.region == NATION else rows.filter(inside("region_id", by.region))


def proposals(by: Actor) -> QuerySet[StaffProposal]:
    """Proposals that the actor may approve or withdraw: those that wait, then the others."""
    return (
        _own_area(by, StaffProposal.objects.filter(role__in=MAY_DECIDE[by.role]))
        .select_related("user", "region", "proposed_by", "decision__decided_by")
        .order_by(F("decision__at").desc(nulls_first=True), "-pk")
    )


def get_proposal_or_404(by: Actor, proposal_id: str) -> StaffProposal:
    if not (proposal_id.isascii() and proposal_id.isdigit() and len(proposal_id) < 19):
        raise NotFound
    proposal = proposals(by).filter(pk=int(proposal_id)).first()
    if proposal is None:
        raise NotFound
    return proposal


def held_postings(user: User) -> list[Posting]:
    """Postings of today and of later."""
    return [posting for posting in user.postings.all() if not posting_over(posting)]


def may_decide(by: Actor, proposal: StaffProposal) -> bool:
    """Whether this role decides about such a person: in this region, and for a new password about
    everything else that the person holds.
    """
    held = held_postings(proposal.user) if proposal.user and proposal.kind == "reset" else []
    places = [(proposal.role, proposal.region_id)] + [(one.role, one.region_id) for one in held]
    decides = MAY_DECIDE.get(by.role, frozenset())
    posts = MAY_POST.get(by.role, ())
    return all(
        by.covers(region) and (role in decides or (role not in DECIDING and role in posts))
        for role, region in places
    )


def access_set_by(users: Iterable[int]) -> dict[int, list[StaffAct]]:
    """user -> who made the account or set its password anew, the latest first: one query. Not among
    them is whom the server's operator made.
    """
    acts = StaffAct.objects.filter(
        subject__in=list(users), by__isnull=False, kind__in=[StaffActKind.MADE, StaffActKind.RESET]
    )
    found: dict[int, list[StaffAct]] = {}
    for act in acts.select_related("by").order_by("-at", "-pk"):
        found.setdefault(act.subject_id, []).append(act)
    return found


@dataclass(frozen=True)
class NewPosting:
    """A posting as the office and the province are told of it."""

    posting: Posting
    by: list[str | Promise]


def new_postings(by: Actor, since: datetime) -> QuerySet[Posting]:
    """Postings made since then inside the actor's region, the newest first."""
    return (
        _own_area(by, Posting.objects.filter(created_at__gte=since))
        .select_related("user", "region")
        .order_by("-created_at", "-pk")
    )


def with_makers(postings: list[Posting]) -> list[NewPosting]:
    """One query for any number of postings."""
    makers: dict[int, list[str | Promise]] = {posting.pk: [] for posting in postings}
    acts = StaffAct.objects.filter(posting__in=postings, kind=StaffActKind.POSTED)
    for act in acts.select_related("by").order_by("pk"):
        makers[act.posting_id or 0].append(act.by.name if act.by else _("the server's operator"))
    return [NewPosting(posting, makers[posting.pk]) for posting in postings]
