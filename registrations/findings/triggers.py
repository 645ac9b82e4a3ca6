"""Rules of findings that a CHECK cannot say, with their words."""

from __future__ import annotations

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict, rule
from dukcapil.core.rules import Rule

rule(
    "DK240",
    lambda: Conflict("already-decided", _("This finding is decided already: say it anew.")),
)
rule(
    "DK241",
    lambda: Conflict("two-people", _("A second person decides about this, not who found it.")),
)

#: What was found stays as it was said; erasing the person blanks the paper and the note. A finding is
#: decided once, by another person than who found it; what a recording contradicts is decided by nobody.
DECIDED_ONCE = Rule(
    name="finding_decided_once",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    func="""
        IF (NEW.id, NEW.office_id, NEW.outcome, NEW.evidence_kind, NEW.found_by_id, NEW.found_at)
           IS DISTINCT FROM
           (OLD.id, OLD.office_id, OLD.outcome, OLD.evidence_kind, OLD.found_by_id, OLD.found_at) THEN
            RAISE EXCEPTION 'it was said so' USING ERRCODE = 'DK001';
        END IF;
        IF OLD.minutes_id IS NOT NULL AND NEW.minutes_id IS DISTINCT FROM OLD.minutes_id THEN
            RAISE EXCEPTION 'it was signed' USING ERRCODE = 'DK001';
        END IF;
        IF NEW.state = OLD.state THEN
            IF (NEW.why, NEW.decided_by_id, NEW.decided_at)
               IS DISTINCT FROM (OLD.why, OLD.decided_by_id, OLD.decided_at) THEN
                RAISE EXCEPTION 'decided' USING ERRCODE = 'DK240';
            END IF;
            RETURN NEW;
        END IF;
        IF NOT (OLD.state = 'proposed' OR (OLD.state = 'accepted' AND NEW.state = 'contradicted')) THEN
            RAISE EXCEPTION 'decided' USING ERRCODE = 'DK240';
        END IF;
        IF NEW.state IN ('accepted', 'refused') AND NEW.why NOT IN ('replaced', 'gone')
           AND one_person(NEW.found_by_id, NEW.decided_by_id, clock_timestamp()) IS NOT NULL THEN
            RAISE EXCEPTION 'a second person decides' USING ERRCODE = 'DK241';
        END IF;
        RETURN NEW;
    """,
)
