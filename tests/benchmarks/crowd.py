"""Many people of one office, whose ids a load and pgbench know (`scripts.person_id`)."""

from __future__ import annotations

from tests import world
from tests.benchmarks.rows import admin
from tests.benchmarks.scripts import FIRST, PERSON

#: Copies of somebody who was registered, past the triggers of a new person: nothing here reads what they write.
_COPIES = """
SET session_replication_role = replica;
INSERT INTO registrations_resident
SELECT (jsonb_populate_record(one, jsonb_build_object(
           'id', '{person}' || {first} + n, 'nik_hash', sha256(convert_to('crowd' || n, 'utf8'))))).*
  FROM registrations_resident one, generate_series({start}, {last}) n
 WHERE one.id = '{like}';
"""


def crowd(made: world.World, start: int, count: int) -> None:
    """People from number `start` on."""
    like = world.make_resident(made)
    last = start + count - 1
    admin(_COPIES.format(person=PERSON, first=FIRST, start=start, last=last, like=like.pk))
    admin("ANALYZE registrations_resident")
