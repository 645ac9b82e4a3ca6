"""Two people: whoever proposed is not the one who decides. What is decided stays as it was."""

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.triggers import roles_that, signed_by
from dukcapil.core.errors import Conflict, Invalid, rule
from dukcapil.core.rules import Rule, signs, with_parent

rule(
    "DK301",
    lambda: Conflict("two-people", _("A second person decides about a basis.")),
)


BASIS_TWO_PEOPLE = Rule(
    name="basis_two_people",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("importer", "bigint")],
    func="""
        SELECT imported_by_id INTO importer FROM reports_populationbasis WHERE id = NEW.basis_id;
        IF importer IS NOT NULL AND (NEW.decided_by_id IS NULL
           OR one_person(importer, NEW.decided_by_id, clock_timestamp()) IS NOT NULL) THEN
            RAISE EXCEPTION 'a second person decides' USING ERRCODE = 'DK301';
        END IF;
        RETURN NEW;
    """,
)


BASIS_SIGNED = signs(
    "basis_signed",
    "SELECT encode(basis_content(basis), 'hex') INTO signed"
    " FROM reports_populationbasis basis WHERE basis.id = NEW.basis_id;",
)


#: A seal stands from the commit of the basis on; a decision may come before, in the same transaction.
FIGURES_WITH_BASIS = with_parent(
    "figures_with_basis",
    "SELECT 1 FROM (SELECT DISTINCT basis_id FROM added) added WHERE EXISTS"
    " (SELECT 1 FROM public.accounts_seal seal"
    "   WHERE seal.kind = 'reports_populationbasis' AND seal.row = added.basis_id)"
    " OR EXISTS (SELECT 1 FROM public.reports_basisdecision decision"
    "   WHERE decision.basis_id = added.basis_id)",
)


rule(
    "DK313",
    lambda: Invalid(
        "target-setter", _("A target is set by somebody whose work it is, for the own region.")
    ),
)

#: A target counts from its commit on and no second person sees it before.
TARGET_SET_BY = signed_by(
    "target_set_by",
    "set_by_id",
    roles_that(Permission.TARGETS_SET),
    region="NEW.region_id",
    code="DK313",
)


#: In nobody's name decides the operator of the server alone, about what nobody else brought.
BASIS_DECIDED_BY = signed_by(
    "basis_decided_by",
    "decided_by_id",
    roles_that(Permission.BASES_APPROVE),
    region="SELECT region_id FROM reports_populationbasis WHERE id = NEW.basis_id",
)
