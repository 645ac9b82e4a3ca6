"""Holding many people at once: staged with hash and cipher, then merged; who is held already stays."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from dukcapil.core.crypto import encrypt, keyed_hash
from dukcapil.core.db import rows as fetch
from dukcapil.core.ids import uuid7
from registrations.people.services.residents import married_since, masked
from registrations.people.validators import Person, family_card_key, name_key

_STAGE = """
CREATE TEMPORARY TABLE staged_resident (
    line bigint, id uuid, office text, nik_hash bytea, village text, birth_date date, sex text,
    marital_status text, married_since date, recorded_on date, is_example boolean, doubtful boolean,
    name text, name_key text, family_card_hash bytea, family_card_cipher bytea,
    address text, rt text, rw text, nik_cipher bytea, nik_masked text, created_by bigint
) ON COMMIT DROP
"""
_COPY = "COPY staged_resident FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL (address, rt, rw))"
_TWICE = """
SELECT min(line), max(line) FROM staged_resident GROUP BY office, nik_hash HAVING count(*) > 1
 ORDER BY 1 LIMIT %s
"""
_DOUBTFUL = "SELECT line FROM staged_resident WHERE doubtful ORDER BY line"
_MERGE = """
WITH fresh AS (
    INSERT INTO registrations_resident (id, office_id, nik_hash, village_id, birth_date, sex,
        marital_status, known_married_since, known_recorded_on, is_example, doubtful_number,
        created_by_id, created_at)
    SELECT id, office, nik_hash, village, birth_date, sex, marital_status, married_since, recorded_on,
           is_example, doubtful, created_by, now()
      FROM staged_resident ORDER BY office, nik_hash
    ON CONFLICT (office_id, nik_hash) DO NOTHING
    RETURNING id
), identities AS (
    INSERT INTO registrations_residentidentity (resident_id, office_id, village_id, name, name_key,
        family_card_hash, family_card_cipher, address, rt, rw, nik_cipher, nik_masked)
    SELECT id, office, village, name, name_key, family_card_hash, family_card_cipher, address, rt, rw,
           nik_cipher, nik_masked
      FROM staged_resident JOIN fresh USING (id)
    RETURNING resident_id
)
SELECT {result} FROM identities
"""


@dataclass(frozen=True, slots=True)
class ToHold:
    """Somebody who was judged, and the office that is to hold them. `line`: of the list."""

    line: int
    office: str
    village: str
    person: Person
    doubtful: bool
    created_by: int | None = None


def open_stage() -> None:
    """Until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)


def stage(people: Iterable[ToHold]) -> dict[int, uuid.UUID]:
    """Line -> the id that the person will have, if nobody is held under the number."""
    text, ids = staged_text(people)
    copy_staged(text)
    return ids


def staged_text(people: Iterable[ToHold]) -> tuple[str, dict[int, uuid.UUID]]:
    """What `copy_staged` takes, and line -> id. Asks nobody, so that any process may do it."""
    text, ids = io.StringIO(), {}
    writer = csv.writer(text)
    for one in people:
        ids[one.line] = resident = uuid7()
        writer.writerow(_columns(one, resident))
    return text.getvalue(), ids


def copy_staged(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.copy_expert(_COPY, io.StringIO(text))


def _columns(one: ToHold, resident: uuid.UUID) -> list[Any]:
    person = one.person
    nik = person.nik
    if nik is None:
        raise ValueError("nobody is held without a number")
    name = " ".join(person.name.split())
    return [
        *(one.line, resident, one.office, "\\x" + keyed_hash(nik.text).hex(), one.village),
        *(person.birth_date, person.sex, person.marital_status),
        *(married_since(person, one.village), person.known_recorded_on),
        *(nik.is_example, one.doubtful, name, name_key(name)),
        *_family_card(person.family_card, resident),
        *(person.address, person.rt, person.rw),
        "\\x" + encrypt(nik.text, context=str(resident)).hex(),
        *(masked(nik), one.created_by),
    ]


def family_card_of(number: str, resident: uuid.UUID) -> tuple[bytes, bytes]:
    """Hash and cipher of a family card, for the identity of this person."""
    return family_card_key(number), encrypt(number, context=f"family card {resident}")


def _family_card(number: str, resident: uuid.UUID) -> tuple[str, str]:
    if not number:
        return "", ""
    keyed, cipher = family_card_of(number, resident)
    return "\\x" + keyed.hex(), "\\x" + cipher.hex()


def standing_twice(most: int) -> list[tuple[int, int]]:
    """Two lines of one number at one office."""
    return [(first, again) for first, again in fetch(_TWICE, [most])]


def doubtful_lines() -> list[int]:
    return [line for (line,) in fetch(_DOUBTFUL)]


def merge_count() -> int:
    """Hold all who are staged; how many of them are new."""
    return int(fetch(_MERGE.format(result="count(*)"))[0][0])


def merge() -> set[uuid.UUID]:
    """Hold all who are staged; the ids of those who are new."""
    return {resident for (resident,) in fetch(_MERGE.format(result="resident_id"))}
