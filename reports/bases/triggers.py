"""Two people: whoever proposed is not the one who decides."""

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict, rule
from dukcapil.core.rules import Rule

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
