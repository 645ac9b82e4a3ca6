"""Rules of documents that a CHECK cannot say; their words: `errors`."""

from __future__ import annotations

from collections.abc import Iterable

import pgtrigger

from dukcapil.core.rules import Rule
from registrations.documents.enums import TRANSITIONS


def _said(states: Iterable[str]) -> str:
    return ", ".join(f"'{state}'" for state in states)


_ALLOWED = " OR ".join(
    f"(OLD.state = '{old}' AND NEW.state IN ({_said(to)}))" for old, to in TRANSITIONS.items() if to
)

#: What was asked for stays as it was asked. What was handed over stays so while its record stands: a
#: correction writes the record anew, and the request goes with it.
DOCUMENT_STATE = Rule(
    name="document_state",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    func=f"""
        IF (NEW.id, NEW.office_id, NEW.service, NEW.for_whom, NEW.event_id, NEW.asked_papers,
            NEW.taken_by_id, NEW.taken_at)
           IS DISTINCT FROM
           (OLD.id, OLD.office_id, OLD.service, OLD.for_whom, OLD.event_id, OLD.asked_papers,
            OLD.taken_by_id, OLD.taken_at) THEN
            RAISE EXCEPTION 'it was asked for so' USING ERRCODE = 'DK001';
        END IF;
        IF NEW.state <> OLD.state AND NOT ({_ALLOWED}) THEN
            RAISE EXCEPTION 'no such step' USING ERRCODE = 'DK270';
        END IF;
        IF OLD.record_id IS NOT NULL AND NEW.record_id IS DISTINCT FROM OLD.record_id
           AND NOT EXISTS (SELECT FROM registrations_servicerecord void
                            WHERE void.ref_id = OLD.record_id AND void.row_kind = 'void') THEN
            RAISE EXCEPTION 'its record stands' USING ERRCODE = 'DK270';
        END IF;
        RETURN NEW;
    """,
)
