"""Rules of papers that a CHECK cannot say, with their words (functions: `sql/0043_papers.sql`)."""

from __future__ import annotations

import pgtrigger
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid, rule
from dukcapil.core.rules import Rule

rule(
    "DK262",
    lambda: Invalid(
        "too-young",
        _("The biodata sheet is for whoever is 17 or married by the day of the election."),
        field="resident",
    ),
)
rule(
    "DK263",
    lambda: Invalid(
        "not-recorded-yet",
        _("A suket is for recorded people only. Record this person first."),
        field="resident",
    ),
)
rule(
    "DK264",
    lambda: Invalid(
        "card-printed",
        _(
            "The card of this person is printed, or can be: print it or hand it over. No suket is"
            " given beside it."
        ),
        field="resident",
    ),
)
rule(
    "DK267",
    lambda: Invalid(
        "status-old",
        _(
            "What is known of this person's card was told long ago: look it up and enter it, or say"
            " why a suket is issued."
        ),
        field="reason",
    ),
)

#: What is printed stays. A paper is void exactly when its record is; a correction of the person takes it
#: along to the record that is written anew (function `paper_carried`).
PAPER_STAYS = Rule(
    name="paper_stays",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    declare=[("taken_back", "boolean")],
    func="""
        IF TG_OP = 'DELETE'
           OR to_jsonb(NEW) - '{state,exchanged_by_id,record_id,resident_id,initials,birth_year,reason}'::text[]
              IS DISTINCT FROM
              to_jsonb(OLD) - '{state,exchanged_by_id,record_id,resident_id,initials,birth_year,reason}'::text[]
           OR NEW.initials NOT IN (OLD.initials, '') OR NEW.birth_year NOT IN (OLD.birth_year, 0)
           OR NEW.reason NOT IN (OLD.reason, '') THEN
            RAISE EXCEPTION 'it is printed' USING ERRCODE = 'DK001';
        END IF;
        IF (NEW.state, NEW.record_id) IS DISTINCT FROM (OLD.state, OLD.record_id) THEN
            SELECT EXISTS (SELECT FROM registrations_servicerecord
                            WHERE ref_id = NEW.record_id AND row_kind = 'void') INTO taken_back;
            IF (NEW.state = 'void') <> taken_back
               OR NEW.state = 'replaced' AND NOT EXISTS (
                   SELECT FROM registrations_paper newer
                    WHERE (newer.resident_id, newer.kind) = (NEW.resident_id, NEW.kind)
                      AND newer.state <> 'void'
                      AND (newer.issued_at, newer.id) > (NEW.issued_at, NEW.id)) THEN
                RAISE EXCEPTION 'its record says otherwise' USING ERRCODE = 'DK001';
            END IF;
        END IF;
        RETURN NEW;
    """,
)
