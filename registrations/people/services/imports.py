"""Importing residents from a CSV: staged with hash and cipher, then merged; all rows or none."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.accounts.access_log import Look, write
from dukcapil.accounts.enums import Access
from dukcapil.core.characters import readable
from dukcapil.core.crypto import encrypt, keyed_hash
from dukcapil.core.db import rows as fetch
from dukcapil.core.db import service
from dukcapil.core.errors import DomainError, Invalid
from dukcapil.core.ids import uuid7
from dukcapil.core.reader.child import CSV
from dukcapil.core.reader.limits import MB, Limits
from dukcapil.core.tables import stream
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import known_areas
from dukcapil.regions.validators import ancestor, dotted
from registrations.people.enums import MaritalStatus
from registrations.people.errors import number_erased
from registrations.people.selectors import erased, nik_doubts
from registrations.people.services.checks import LOOK_ALIKE, judge, refuse
from registrations.people.services.residents import masked
from registrations.people.validators import Person, Remark, bare_number, name_key, parse_nik

REQUIRED = ("nik", "name", "birth_date", "sex", "village")
OPTIONAL = ("address", "rt", "rw", "marital_status", "recorded_on")
_COLUMNS = (*REQUIRED, *OPTIONAL)
#: Rows staged at a time; memory does not grow with the file.
CHUNK = 5_000
#: The operator's own file, as large as an office is; seconds are those in which no row comes.
LIMITS = Limits(
    size=None,
    rows=20_000_000,
    cells=200_000_000,
    text=20_000_000_000,
    memory=256 * MB,
    cpu=3_600,
    seconds=600,
    at_once=None,
)
#: At most so many errors are listed; the file is refused all the same.
SHOWN = 200

_STAGE = """
CREATE TEMPORARY TABLE staged_resident (
    line bigint, id uuid, office text, nik_hash bytea, village text, birth_date date, sex text,
    marital_status text, recorded_on date, is_example boolean, doubtful boolean, name text,
    name_key text,
    address text, rt text, rw text, nik_cipher bytea, nik_masked text
) ON COMMIT DROP
"""
_COPY = "COPY staged_resident FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL (address, rt, rw))"
_TWICE = """
SELECT min(line), max(line) FROM staged_resident GROUP BY office, nik_hash HAVING count(*) > 1
 ORDER BY 1 LIMIT %s
"""
#: New people with name and birth date of somebody the office holds, or of an earlier row, and another
#: NIK: left out of the stage, and told.
_TAKE_OUT_ALIKE = """
WITH new AS (
    SELECT s.*, first_value(nik_hash) OVER same_name AS first_hash
      FROM staged_resident s
     WHERE NOT EXISTS (
           SELECT FROM registrations_resident r
            WHERE r.office_id = s.office AND r.nik_hash = s.nik_hash
     )
    WINDOW same_name AS (PARTITION BY office, name_key, birth_date ORDER BY line)
)
DELETE FROM staged_resident s USING new
 WHERE s.line = new.line
   AND (new.nik_hash <> new.first_hash OR EXISTS (
       SELECT FROM registrations_residentidentity i
         JOIN registrations_resident r ON r.id = i.resident_id
        WHERE i.office_id = new.office AND i.name_key = new.name_key
          AND r.birth_date = new.birth_date
   ))
RETURNING s.line
"""
_DOUBTFUL = "SELECT line FROM staged_resident WHERE doubtful ORDER BY line"
_MERGE = """
WITH fresh AS (
    INSERT INTO registrations_resident (id, office_id, nik_hash, village_id, birth_date, sex,
        marital_status, known_recorded_on, is_example, doubtful_number, created_at)
    SELECT id, office, nik_hash, village, birth_date, sex, marital_status, recorded_on, is_example,
           doubtful, now()
      FROM staged_resident ORDER BY office, nik_hash
    ON CONFLICT (office_id, nik_hash) DO NOTHING
    RETURNING id
), identities AS (
    INSERT INTO registrations_residentidentity (resident_id, office_id, village_id, name, name_key,
        address, rt, rw, nik_cipher, nik_masked)
    SELECT id, office, village, name, name_key, address, rt, rw, nik_cipher, nik_masked
      FROM staged_resident JOIN fresh USING (id)
    RETURNING 1
)
SELECT count(*) FROM identities
"""
#: A row a number that was held before, in the log of the office that holds it; nobody is told which.
#: Of an office with more than a thousand one row with their count: each row is a link of its chain.
_LOG_HELD = """
INSERT INTO accounts_accesslog (at, action, office, kind, subject, reason, "case", found)
WITH held AS (
    SELECT r.office_id, r.id, count(*) OVER (PARTITION BY r.office_id) AS n
      FROM staged_resident s
      JOIN registrations_resident r ON r.office_id = s.office AND r.nik_hash = s.nik_hash
     WHERE r.id <> s.id
)
SELECT clock_timestamp(), 'search', office_id, 'resident import', id::text, '', '', 1
  FROM held WHERE n <= 1000
UNION ALL
SELECT clock_timestamp(), 'search', office_id, 'resident import', '', '', '', count(*)
  FROM held WHERE n > 1000 GROUP BY office_id
"""


@dataclass
class Imported:
    """How many people are new; those `held` before are left as they are.

    `alike`: rows that were left out, for they look like somebody else whom the office holds.
    `doubtful`: rows of the file, new or held, whose number nobody can have been issued. `warned`: rows
    to look at once more, for each warning.
    """

    created: int = 0
    held: int = 0
    alike: list[int] = field(default_factory=list)
    doubtful: list[int] = field(default_factory=list)
    warned: dict[Remark, list[int]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


class BadRows(DomainError):
    def __init__(self, errors: list[str]) -> None:
        super().__init__("rows", "\n".join(errors))
        self.errors = errors


@service
def import_residents(
    *, path: Path, progress: Callable[[int], object] = abs, confirm: Collection[str] = ()
) -> Imported:
    """Hold the people of a file at the office of their village. The same file again writes nothing.

    Rows that look like somebody else are left out unless `confirm` has `look-alike`.

    Raises BadRows naming line and field of what is wrong (never a value); then nothing is written.
    Needs a scope of the whole nation.
    """
    villages = set(Region.objects.level("village").values_list("code", flat=True))
    areas, today = known_areas(), timezone.localdate()
    errors: list[str] = []
    warned: dict[Remark, list[int]] = defaultdict(list)
    total = 0
    with (
        path.open("rb") as file,
        closing(stream(file, CSV, LIMITS)) as rows,
        connection.cursor() as cursor,
    ):
        header = next(rows, [])
        if missing := set(REQUIRED) - set(header):
            raise BadRows(
                [_("Missing columns: %(names)s.") % {"names": ", ".join(sorted(missing))}]
            )
        cursor.execute(_STAGE)
        people = (dict(zip(header, row, strict=True)) for row in rows)
        for lines in _chunks(enumerate(people, start=2)):
            total += len(lines)
            text = io.StringIO()
            writer = csv.writer(text)
            gone = erased(bare_number(row.get("nik") or "") for _number, row in lines)
            for number, row in lines:
                try:
                    if bare_number(row.get("nik") or "") in gone:
                        raise number_erased()
                    staged, remarks = _staged_row(number, row, villages, areas, today)
                    writer.writerow(staged)
                    for remark in remarks:
                        warned[remark].append(number)
                except DomainError as error:
                    errors.append(_error_line(number, error))
            text.seek(0)
            cursor.copy_expert(_COPY, text)
            progress(total)
        repeated = _("Row %(row)s, nik: stands again in row %(again)s.")
        errors += [
            repeated % {"row": first, "again": again} for first, again in fetch(_TWICE, [SHOWN])
        ]
        if errors:
            raise BadRows(errors[:SHOWN])
        alike = []
        if LOOK_ALIKE not in confirm:
            alike = sorted(line for (line,) in fetch(_TAKE_OUT_ALIKE))
        cursor.execute(_MERGE)
        created = cursor.fetchone()[0]
        cursor.execute(_LOG_HELD)
        doubtful = [line for (line,) in fetch(_DOUBTFUL)]
    write([Look(None, Access.SEARCH, "resident import, not held", found=created)])
    held = total - created - len(alike)
    return Imported(created=created, held=held, alike=alike, doubtful=doubtful, warned=warned)


def _chunks(
    rows: Iterable[tuple[int, dict[str, str]]],
) -> Iterable[list[tuple[int, dict[str, str]]]]:
    chunk: list[tuple[int, dict[str, str]]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _error_line(number: int, error: DomainError) -> str:
    return _("Row %(row)s, %(field)s: %(message)s") % {
        "row": number,
        # As the file's column is called.
        "field": (error.field or "").removeprefix("known_"),
        "message": error.message,
    }


def _staged_row(
    number: int, row: dict[str, str], villages: set[str], areas: set[str], today: date
) -> tuple[list[object], list[Remark]]:
    row = {column: readable(row.get(column) or "", field=column) for column in _COLUMNS}
    nik = parse_nik(row["nik"] or "")
    name = " ".join((row["name"] or "").split())
    village = dotted(row["village"] or "", field="village")
    if village not in villages:
        raise Invalid("region-unknown", _("No region has this code."), field="village")
    born = _date(row["birth_date"], "birth_date")
    person = Person(
        nik=nik,
        name=name,
        birth_date=born,
        sex=row["sex"] or "",
        marital_status=row["marital_status"] or MaritalStatus.SINGLE,
        address=row["address"] or "",
        rt=row["rt"] or "",
        rw=row["rw"] or "",
        known_recorded_on=_date(row["recorded_on"], "recorded_on"),
    )
    remarks = judge(person, today=today, areas=areas)
    refuse(remarks)
    resident = uuid7()
    staged: list[object] = [
        *(
            number,
            resident,
            ancestor(village, Level.REGENCY),
            "\\x" + keyed_hash(nik.text).hex(),
            village,
            born,
        ),
        *(person.sex, person.marital_status, person.known_recorded_on, nik.is_example),
        *(bool(nik_doubts(nik, areas)), name, name_key(name)),
        *(person.address, person.rt, person.rw),
        "\\x" + encrypt(nik.text, context=str(resident)).hex(),
        masked(nik),
    ]
    return staged, remarks


def _date(text: str | None, name: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("date", _("Write the date as YYYY-MM-DD."), field=name) from error
