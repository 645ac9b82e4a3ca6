"""Two people: whoever proposed is not the one who publishes."""

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict, rule
from dukcapil.core.rules import Rule

rule(
    "DK302",
    lambda: Conflict("two-people", _("A second person approves a publication.")),
)


PUBLICATION_TWO_PEOPLE = Rule(
    name="publication_two_people",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("release", "reports_release")],
    func="""
        SELECT * INTO release FROM reports_release WHERE id = NEW.release_id;
        IF release.kind <> 'publication' OR release.proposed_by_id IS NULL
           OR one_person(release.proposed_by_id, NEW.approved_by_id, clock_timestamp()) IS NOT NULL THEN
            RAISE EXCEPTION 'a second person publishes' USING ERRCODE = 'DK302';
        END IF;
        RETURN NEW;
    """,
)
