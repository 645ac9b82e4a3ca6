"""Which bases somebody may see, replace or decide about: the same for pages and for programs."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission, Role
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.regions.enums import Level
from dukcapil.regions.models import inside
from dukcapil.regions.validators import lineage
from reports.bases.enums import VOTERS, Verdict
from reports.bases.models import BasisQuerySet, PopulationBasis, PopulationFigure


def bases_seen_by(by: Actor, *, proposals: bool = False) -> BasisQuerySet:
    """Everybody sees approved bases. With `proposals` those who import or approve bases also see the
    waiting and the refused ones of their own region.
    """
    approved = Q(decision__verdict=Verdict.APPROVED)
    if proposals and (by.may(Permission.BASES_IMPORT) or by.may(Permission.BASES_APPROVE)):
        return PopulationBasis.objects.filter(approved | inside("region_id", by.region))
    return PopulationBasis.objects.filter(approved)


def get_basis_or_404(by: Actor, basis_id: int, *, proposals: bool = False) -> PopulationBasis:
    bases = bases_seen_by(by, proposals=proposals).filter(pk=basis_id)
    if (basis := bases.select_related("region", "decision", "imported_by").first()) is None:
        raise NotFound
    return basis


def figures_seen_by(by: Actor, basis: PopulationBasis) -> QuerySet[PopulationFigure]:
    """A basis' own rows within the reader's region."""
    check_may_ask(by, basis, Level(basis.level))
    return PopulationFigure.objects.filter(inside("region_id", by.region), basis=basis)


def is_outside(by: Actor) -> bool:
    """A program that is no part of an office."""
    return by.role in (Role.API_CLIENT, Role.PUBLIC_CLIENT)


def is_refused_voters(by: Actor, level: Level) -> bool:
    """Programs outside are not told the exact voters of districts and villages."""
    return is_outside(by) and level.is_below(Level.REGENCY)


def check_may_ask(by: Actor, basis: PopulationBasis, level: Level) -> None:
    if basis.kind in VOTERS and is_refused_voters(by, level):
        raise Invalid(
            "voters-below-regency",
            _(
                "Voters of districts and villages are no figures for programs: they leave the house"
                " as editions, rounded, for a recipient who is named."
            ),
            field="basis",
        )


def about_region(code: str) -> Q:
    """Bases that say something about this region or what lies in it."""
    return Q(region_id__in=lineage(code)) | inside("region_id", code)


def replaceable_by(by: Actor) -> BasisQuerySet:
    """Bases in force that a new basis of this actor may replace."""
    return PopulationBasis.objects.in_force().filter(inside("region_id", by.region))


def may_decide(by: Actor, basis: PopulationBasis) -> bool:
    """Whether a page offers the decision: the basis waits, is of the own region, and somebody else
    imported it.
    """
    return (
        not hasattr(basis, "decision")
        and by.may(Permission.BASES_APPROVE)
        and by.covers(basis.region_id)
        and basis.imported_by_id != by.user_id
    )
