"""Rules of burials that a CHECK cannot say."""

from __future__ import annotations

import pgtrigger

from dukcapil.core.rules import Rule

#: What was written down stays; a correction is a new row and voids this one. Erasing the person blanks
#: what tells of them. A void row takes nothing more; one that was handed over is decided about elsewhere.
#: No verb comes as far (`errors.is_void`): the code is the ledger's for a paper that is needed, too.
STAYS = Rule(
    name="burial_stays",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF TG_OP = 'DELETE' OR
           (NEW.id, NEW.office_id, NEW.village_id, NEW.home_village_id, NEW.year, NEW.number,
            NEW.cemetery, NEW.reported_on, NEW.recorded_by_id, NEW.recorded_at, NEW.corrects_id,
            NEW.received)
           IS DISTINCT FROM
           (OLD.id, OLD.office_id, OLD.village_id, OLD.home_village_id, OLD.year, OLD.number,
            OLD.cemetery, OLD.reported_on, OLD.recorded_by_id, OLD.recorded_at, OLD.corrects_id,
            OLD.received)
           OR (NEW.sealed IS NOT NULL AND
               (NEW.sealed, NEW.key, NEW.nik_hash, NEW.died_on, NEW.buried_on)
               IS DISTINCT FROM (OLD.sealed, OLD.key, OLD.nik_hash, OLD.died_on, OLD.buried_on))
           OR (OLD.sealed IS NULL AND NEW.sealed IS NOT NULL) THEN
            RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'DK001';
        END IF;
        IF OLD.state = 'void' AND
           (NEW.state, NEW.filed_on, NEW.voided_by_id, NEW.voided_at)
           IS DISTINCT FROM (OLD.state, OLD.filed_on, OLD.voided_by_id, OLD.voided_at) THEN
            RAISE EXCEPTION 'it is void' USING ERRCODE = 'DK260';
        END IF;
        RETURN NEW;
    """,
)
