"""Two people: whoever proposed is not the one who decides. What is decided stays as it was."""

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import ROLES, Permission
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

_SETS = ", ".join(
    f"'{role}'" for role in sorted(ROLES) if Permission.TARGETS_SET in ROLES[role].permissions
)

#: A target counts from its commit on and no second person sees it before: whoever writes one past the verb
#: says at least whose work it is. Of nobody are those that the owner brings with the demonstration.
TARGET_SET_BY = Rule(
    name="target_set_by",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF NEW.set_by_id IS NULL AND current_user NOT IN ('web', 'worker') THEN
            RETURN NEW;
        END IF;
        PERFORM FROM accounts_posting posting
           JOIN accounts_user setter ON setter.id = posting.user_id AND setter.is_active
           JOIN regions_region region ON region.code = posting.region_id
          WHERE posting.user_id = NEW.set_by_id AND posting.role IN ({_SETS})
            AND (clock_timestamp() AT TIME ZONE region.timezone)::date
                BETWEEN posting.starts_on AND coalesce(posting.ends_on, 'infinity')
            AND (posting.region_id IN ('00', NEW.region_id)
                 OR starts_with(NEW.region_id, posting.region_id || '.'));
        IF NOT FOUND THEN
            RAISE EXCEPTION 'nobody whose work this is' USING ERRCODE = 'DK313';
        END IF;
        RETURN NEW;
    """,
)
