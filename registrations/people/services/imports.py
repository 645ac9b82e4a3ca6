"""Importing residents from a file of the machine's operator: staged, then merged; all rows or none."""

from __future__ import annotations

import multiprocessing
import os
from array import array
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.accounts.access_log import Look, write
from dukcapil.accounts.enums import Access
from dukcapil.core.crypto import tombstone
from dukcapil.core.db import rows as fetch
from dukcapil.core.db import service
from dukcapil.core.errors import DomainError, Invalid
from dukcapil.core.lists.layout import Row
from dukcapil.core.lists.people import OF_FAMILIES
from dukcapil.core.lists.streams import stream_file
from dukcapil.core.reader.limits import MB, Limits
from dukcapil.core.tables import declared_type
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import KnownAreas
from dukcapil.regions.validators import ancestor
from registrations.people.errors import number_erased
from registrations.people.readers import person_of, read_person
from registrations.people.services import holding
from registrations.people.services.checks import LOOK_ALIKE, judge
from registrations.people.services.holding import ToHold
from registrations.people.validators import Remark

REQUIRED = ("nik", "name", "birth_date", "sex", "village")
OPTIONAL = ("address", "rt", "rw", "marital_status", "recorded_on", "family_card")
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
#: A workbook is held at once; what is longer comes as CSV.
WORKBOOK_LIMITS = Limits(
    size=40 * MB,
    unpacked=400 * MB,
    rows=100_000,
    cells=4_000_000,
    text=80_000_000,
    memory=1_024 * MB,
    cpu=240,
    seconds=300,
    at_once=None,
)
#: At most so many errors are listed; the file is refused all the same.
SHOWN = 200

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
    `doubtful`: rows of the file, new or held, whose number nobody can have been issued.
    `warned`: rows to look at once more, for each warning. `said`: how the file was read.
    """

    created: int = 0
    held: int = 0
    alike: list[int] = field(default_factory=list)
    doubtful: list[int] = field(default_factory=list)
    warned: Mapping[Remark, Sequence[int]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)


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

    Raises BadRows naming row and field of what is wrong (never a value); then nothing is written.
    Needs a scope of the whole nation.
    """
    reading = _Reading()
    done, total = Imported(), 0
    with path.open("rb") as file:
        layout, listed = _laid_out(file, path)
        missing = set(REQUIRED) - {column.kind for column in layout.columns}
        if missing:
            raise BadRows(
                [_("Missing columns: %(names)s.") % {"names": ", ".join(sorted(missing))}]
            )
        holding.open_stage()
        with closing(listed):
            for judged in _judged(reading, _chunks(listed)):
                total += judged.rows
                reading.take(judged)
                holding.copy_staged(judged.staged)
                progress(total)
    repeated = _("Row %(row)s, nik: stands again in row %(again)s.")
    reading.all_errors += [
        repeated % {"row": first, "again": again} for first, again in holding.standing_twice(SHOWN)
    ]
    if reading.all_errors:
        raise BadRows(reading.all_errors[:SHOWN])
    if LOOK_ALIKE not in confirm:
        done.alike = sorted(line for (line,) in fetch(_TAKE_OUT_ALIKE))
    done.created = holding.merge_count()
    with connection.cursor() as cursor:
        cursor.execute(_LOG_HELD)
    done.doubtful = holding.doubtful_lines()
    write([Look(None, Access.SEARCH, "resident import, not held", found=done.created)])
    done.held = total - done.created - len(done.alike)
    done.warned, done.said = dict(reading.all_warned), layout.said
    return done


def _laid_out(file: Any, path: Path) -> tuple[Any, Any]:
    """A name without an ending that we know is that of a CSV."""
    try:
        name = path.name if declared_type(path.name) else "list.csv"
    except DomainError:
        name = "list.csv"
    limits = LIMITS if declared_type(name) == "csv" else WORKBOOK_LIMITS
    return stream_file(file, name, limits, OF_FAMILIES)


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


@dataclass
class _Judged:
    """What became of some rows. `stones`: tombstone of each number -> its row."""

    rows: int
    staged: str
    errors: list[str]
    warned: dict[Remark, list[int]]
    stones: dict[bytes, int]


def _judged(reading: _Reading, chunks: Iterator[list[Row]]) -> Iterator[_Judged]:
    """In the file's order. A long list is judged by as many processes as the machine has cores: they
    are copies of this one, and ask nobody.
    """
    if first := next(chunks, None):
        yield reading.judge(first)
    second = next(chunks, None)
    if second is None:
        return
    workers = os.cpu_count() or 1
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, context, _remember, (reading,)) as pool:
        under_way = deque([pool.submit(_judge_there, second)])
        for rows in chunks:
            under_way.append(pool.submit(_judge_there, rows))
            if len(under_way) > workers:  # memory does not grow with the file
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


_there: list[_Reading] = []


def _remember(reading: _Reading) -> None:
    _there[:] = [reading]


def _judge_there(rows: list[Row]) -> _Judged:
    return _there[0].judge(rows)


class _Reading:
    """Rows as people to be held; what is wrong with the others."""

    def __init__(self) -> None:
        codes = Region.objects.level(Level.VILLAGE).values_list("code", flat=True)
        self.villages = {code.replace(".", ""): code for code in codes}
        self.areas, self.today = KnownAreas(), timezone.localdate()
        #: Of the rows under judgement, and of all.
        self.errors: list[str] = []
        self.warned: dict[Remark, list[int]] = {}
        self.all_errors: list[str] = []
        #: As numbers of eight bytes: every row of a list may be one to look at.
        self.all_warned: dict[Remark, array[int]] = defaultdict(lambda: array("q"))

    def judge(self, rows: list[Row]) -> _Judged:
        self.errors, self.warned = [], defaultdict(list)
        people = [person for row in rows if (person := self._person(row)) is not None]
        staged, _ids = holding.staged_text(people)
        numbers = ((one.person.nik, one.line) for one in people)
        stones = {tombstone(nik.text): line for nik, line in numbers if nik}
        return _Judged(len(rows), staged, self.errors, dict(self.warned), stones)

    def take(self, judged: _Judged) -> None:
        """What some rows have come to, and whose data was erased among them."""
        self.all_errors += judged.errors
        for remark, lines in judged.warned.items():
            self.all_warned[remark].extend(lines)
        for (stone,) in fetch("SELECT erased_numbers(%s)", [list(judged.stones)]):
            line = judged.stones[bytes(stone)]
            self.all_errors.append(_error(line, "nik", str(number_erased().message)))

    def _person(self, row: Row) -> ToHold | None:
        said = read_person(row.cells, self._village, self.today)
        if said.problems:
            name, _code, words = said.problems[0]
            self._refuse(row, name, words)
            return None
        fields = said.person
        for name, missing in (("nik", _NO_NIK), ("village", _NO_VILLAGE)):
            if name not in fields:
                self._refuse(row, name, str(missing))
                return None
        person = person_of(fields, None)
        remarks = judge(person, today=self.today, areas=self.areas)
        remarks += [Remark(*note) for note in said.notes]
        for remark in remarks:
            if remark.kind == "refuse":
                # As the file's column is called.
                self._refuse(row, remark.field.removeprefix("known_"), remark.detail)
                return None
        for remark in remarks:
            self.warned[remark].append(row.number)
        doubtful = any(remark.field == "nik" for remark in remarks)
        village = fields["village"]
        return ToHold(row.number, ancestor(village, Level.REGENCY), village, person, doubtful)

    def _refuse(self, row: Row, name: str, words: str) -> None:
        self.errors.append(_error(row.number, name, words))

    def _village(self, digits: str, _name: str) -> str:
        """Of the whole nation only a code says which village is meant."""
        if digits not in self.villages:
            raise Invalid("region-unknown", _("No region has this code."), field="village")
        return self.villages[digits]


def _error(row: int, name: str, words: str) -> str:
    text = _("Row %(row)s, %(field)s: %(message)s")
    return text % {"row": row, "field": name, "message": words}


_NO_NIK = gettext_lazy("A NIK has exactly 16 digits.")
_NO_VILLAGE = gettext_lazy("Give the village.")
