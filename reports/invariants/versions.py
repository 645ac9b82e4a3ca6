"""Lists of villages: what is said of them is what their imports say."""

from __future__ import annotations

from reports.invariants.rule import Invariant

VERSIONS = [
    Invariant(
        "village-list",
        "how complete the list of a village is, is told by an import that stands, of that day",
        "SELECT said.village_id FROM registrations_villagelist said"
        "  JOIN registrations_rollimport told ON told.id = said.roll_import_id"
        " WHERE told.step <> 'write' OR told.completeness <> said.completeness"
        '    OR told.as_of <> said."on" OR NOT said.village_id = ANY (told.covers)'
        "    OR told.office_id <> said.office_id",
    ),
    Invariant(
        "gone-asked",
        "who is asked about because of a list is of a village that it covers, and it stands",
        "SELECT asked.id::text FROM registrations_rollgone asked"
        "  JOIN registrations_rollimport told ON told.id = asked.roll_import_id"
        " WHERE asked.state = 'open' AND (told.step <> 'write' OR told.completeness <> 'whole'"
        "    OR NOT asked.village_id = ANY (told.covers) OR asked.office_id <> told.office_id)",
    ),
]
