"""Who is held at home in a village and not on a whole list of it: asked once the list is written, and put
right when a list is undone, by the lists that still stand.
"""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Collection
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import keyed_hash
from registrations.arrivals.services.sending import take_back
from registrations.people.models import Resident
from registrations.people.validators import name_key
from registrations.roll.enums import Completeness, GoneState, ImportState, ImportStep
from registrations.roll.models import RollGone, RollImport, RollRows, Row
from registrations.roll.selectors import later_lists
from registrations.roll.services.completeness import tell_villages

_LISTED = """
CREATE TEMPORARY TABLE IF NOT EXISTS listed_person
    (resident uuid, nik_hash bytea, name_key text, born date) ON COMMIT DROP;
TRUNCATE listed_person
"""
_COPY = "COPY listed_person FROM STDIN WITH (FORMAT csv)"
#: Whoever stands on the list stands there also in a row that was refused: under the number, or under
#: name and birth date where the list has another number, or none. A later list's question stays.
_GONE = """
WITH merged AS (
    SELECT m.merged_into AS id
      FROM registrations_resident m JOIN listed_person l ON l.nik_hash = m.nik_hash
     WHERE m.office_id = %(office)s AND m.merged_into IS NOT NULL
)
SELECT r.id, r.village_id FROM registrations_resident r
  JOIN registrations_residentidentity i ON i.resident_id = r.id
 WHERE r.office_id = %(office)s AND r.village_id = ANY (%(villages)s)
   AND (%(people)s::uuid[] IS NULL OR r.id = ANY (%(people)s::uuid[]))
   AND r.off_roll_since IS NULL AND r.merged_into IS NULL AND r.erased_at IS NULL
   AND NOT EXISTS (SELECT FROM listed_person l WHERE l.resident = r.id)
   AND NOT EXISTS (SELECT FROM listed_person l WHERE l.nik_hash = r.nik_hash)
   AND NOT EXISTS (
       SELECT FROM listed_person l WHERE l.name_key = i.name_key AND l.born = r.birth_date
   )
   AND NOT EXISTS (SELECT FROM merged WHERE merged.id = r.id)
   AND NOT EXISTS (
       SELECT FROM registrations_rollgone g JOIN registrations_rollimport o ON o.id = g.roll_import_id
        WHERE g.resident = r.id AND g.state = 'open' AND o.as_of > %(as_of)s
   )
"""
#: Answered by this list, whatever it covers: unless it is older than the one that asks.
_BACK = """
UPDATE registrations_rollgone g
   SET state = %(state)s, answered_at = now(), closed_by = %(import)s
  FROM listed_person l, registrations_rollimport asks
 WHERE l.resident = g.resident AND g.state = 'open' AND g.office_id = %(office)s
   AND asks.id = g.roll_import_id
   AND (%(as_of)s::date IS NULL OR %(as_of)s::date >= asks.as_of)
"""
_ANEW = """
UPDATE registrations_rollgone g
   SET state = %(state)s, answered_at = now(), closed_by = %(import)s
 WHERE g.resident = ANY (%(people)s::uuid[]) AND g.state = 'open' AND g.office_id = %(office)s
   AND g.roll_import_id <> %(import)s
"""
#: What an undone list had closed. Where a later list that stands asks about the person, or asked, it is
#: that one's now; who is not held there any more is not asked about.
_REOPEN = """
WITH closed AS (
    SELECT g.id, p.id AS held, (
        SELECT o.roll_import_id
          FROM registrations_rollgone o JOIN registrations_rollimport i ON i.id = o.roll_import_id
         WHERE o.resident = g.resident AND o.office_id = g.office_id AND o.id > g.id
           AND i.step = 'write' AND o.state NOT IN ('undone', 'over')
         ORDER BY o.id LIMIT 1
    ) AS later
      FROM registrations_rollgone g JOIN registrations_rollimport asks ON asks.id = g.roll_import_id
      LEFT JOIN registrations_resident p
        ON p.id = g.resident AND p.merged_into IS NULL AND p.erased_at IS NULL
       AND p.village_id = g.village_id
     WHERE g.closed_by = %(import)s AND g.office_id = %(office)s
       AND g.state IN ('back', 'anew') AND asks.step = 'write'
)
UPDATE registrations_rollgone g
   SET state = CASE WHEN c.held IS NULL THEN 'over' WHEN c.later IS NULL THEN 'open' ELSE 'anew' END,
       closed_by = CASE WHEN c.held IS NOT NULL THEN c.later END,
       answered_at = CASE WHEN c.held IS NULL OR c.later IS NOT NULL THEN g.answered_at END
  FROM closed c
 WHERE c.id = g.id
RETURNING g.resident, g.state
"""


def settle_version(roll_import: RollImport, by: Actor) -> None:
    """What follows from the list once it is written. Within one transaction of the job."""
    _stage_listed(by, roll_import)
    _answer_listed(roll_import)
    if roll_import.completeness == Completeness.WHOLE:
        villages = set(roll_import.covers) - set(later_lists(by, roll_import))
        _ask_about_gone(roll_import, villages)
    if roll_import.completeness:
        tell_villages(by, roll_import.covers)


def _keys(roll_import: RollImport) -> dict[str, Any]:
    return {
        "import": roll_import.pk,
        "office": roll_import.office_id,
        "as_of": roll_import.as_of,
    }


def _answer_listed(roll_import: RollImport) -> None:
    """Needs the list staged."""
    with connection.cursor() as cursor:
        cursor.execute(_BACK, _keys(roll_import) | {"state": GoneState.BACK})


def _ask_about_gone(
    roll_import: RollImport,
    villages: Collection[str],
    people: Collection[uuid.UUID] | None = None,
) -> None:
    """Needs the list staged. `people`: these alone, where nobody asks about them yet."""
    keys = _keys(roll_import) | {
        "villages": sorted(villages),
        "people": None if people is None else [str(one) for one in people],
    }
    with connection.cursor() as cursor:
        cursor.execute(_GONE, keys)
        gone = cursor.fetchall()
        if people is None:
            closed = [str(resident) for resident, _village in gone]
            cursor.execute(_ANEW, keys | {"state": GoneState.ANEW, "people": closed})
    RollGone.objects.bulk_create(
        (
            RollGone(
                roll_import=roll_import,
                office_id=roll_import.office_id,
                village_id=village,
                resident=resident,
            )
            for resident, village in gone
        ),
        batch_size=5_000,
        ignore_conflicts=people is not None,
    )


def _stage_listed(by: Actor, roll_import: RollImport) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LISTED)
        pieces = RollRows.objects.visible_to(by).filter(roll_import=roll_import)
        for piece in pieces.order_by("number").iterator(20):
            text = io.StringIO()
            csv.writer(text).writerows(_listed(row) for row in piece.read())
            text.seek(0)
            cursor.copy_expert(_COPY, text)
        cursor.execute("ANALYZE listed_person")


def _listed(row: Row) -> list[str]:
    said = row.person or {}
    number = said.get("nik", "")
    return [
        row.resident,
        "\\x" + keyed_hash(number).hex() if number else "",
        "" if row.resident else name_key(said.get("name", "")),
        said.get("birth_date", ""),
    ]


# --- undone ---------------------------------------------------------------------------------------


def take_back_version(roll_import: RollImport, by: Actor) -> None:
    """Questions of an import that is undone end, and who was taken off the roll because of it is on it
    again, and asked about by the list that is the newest now; what it closed is open again, unless a
    later list that stands answers or asks; what it handed over and nobody decided is taken back.
    """
    asked = RollGone.objects.visible_to(by).filter(roll_import=roll_import)
    off = asked.filter(state=GoneState.OFF).values("resident")
    again = Resident.objects.visible_to(by).filter(pk__in=off, off_roll_since=roll_import.as_of)
    back = set(again.values_list("pk", flat=True))
    again.update(off_roll_since=None)
    # Whom it asked about are the newest list's to ask about, also where nobody had answered.
    back |= set(asked.filter(state=GoneState.OPEN).values_list("resident", flat=True))
    asked.filter(state=GoneState.OPEN).update(state=GoneState.UNDONE, answered_at=timezone.now())
    asked.update(state=GoneState.UNDONE, closed_by=None)
    _reopen(by, roll_import)
    _ask_newest(by, back)
    take_back(by=by, source=roll_import.pk)
    if roll_import.completeness:
        tell_villages(by, roll_import.covers)


def _reopen(by: Actor, undone: RollImport) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_REOPEN, _keys(undone))
        is_open = any(state == GoneState.OPEN for _resident, state in cursor.fetchall())
    if not is_open or undone.written_at is None:
        return
    # Who stands on a list stands in its sealed rows: those written later are asked, in their order.
    later = _standing(by).filter(written_at__gt=undone.written_at)
    for one in later.order_by("written_at"):
        _stage_listed(by, one)
        _answer_listed(one)


def _ask_newest(by: Actor, people: Collection[uuid.UUID]) -> None:
    """Of the whole lists that stand, in each village the newest asks about these people."""
    if not people:
        return
    lives = Resident.objects.visible_to(by).filter(pk__in=people)
    villages = set(lives.order_by().values_list("village", flat=True).distinct())
    whole = _standing(by).filter(completeness=Completeness.WHOLE, covers__overlap=sorted(villages))
    for one in whole.order_by("-as_of", "-written_at"):
        if asks := villages & set(one.covers):
            villages -= asks
            _stage_listed(by, one)
            _ask_about_gone(one, asks, people)


def _standing(by: Actor) -> QuerySet[RollImport]:
    """Lists that were taken over, as long as their rows are kept."""
    own = RollImport.objects.visible_to(by).filter(office_id=by.office, step=ImportStep.WRITE)
    return own.filter(state=ImportState.READY).defer("file", "about")
