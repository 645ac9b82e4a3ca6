"""How complete an office's list of a village is: told by the imports that stand, never by hand."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from dukcapil.accounts.scoping import Actor

#: Of the lists that stand, a whole one says more than one of the missing alone, a later one more than an
#: earlier one. A village whose last list was undone has none.
_TELL = """
WITH village AS (
    SELECT unnest(%(villages)s::text[]) AS code
), standing AS (
    SELECT DISTINCT ON (v.code) v.code, i.id, i.completeness, i.as_of
      FROM village v
      JOIN registrations_rollimport i ON i.office_id = %(office)s AND v.code = ANY (i.covers)
     WHERE i.step = 'write' AND i.completeness <> ''
     ORDER BY v.code, i.completeness = 'whole' DESC, i.as_of DESC, i.written_at DESC
), told AS (
    INSERT INTO registrations_villagelist AS kept
           (village_id, office_id, completeness, roll_import_id, "on")
    SELECT v.code, %(office)s, coalesce(s.completeness, 'none'), s.id, coalesce(s.as_of, %(today)s)
      FROM village v LEFT JOIN standing s ON s.code = v.code
    ON CONFLICT (village_id) DO UPDATE
       SET completeness = excluded.completeness, roll_import_id = excluded.roll_import_id,
           "on" = excluded."on"
    RETURNING 1
)
SELECT count(*) FROM told
"""


def tell_villages(by: Actor, villages: Collection[str]) -> None:
    """After an import of these villages was written or undone, in its transaction."""
    values = {"office": by.office, "villages": sorted(villages), "today": by.today}
    with connection.cursor() as cursor:
        cursor.execute(_TELL, values)
