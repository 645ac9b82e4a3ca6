"""An office with the people of the corpus, and its voters' lists as files: numbers as KPU writes them."""

from __future__ import annotations

import csv
import io
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg2

from dukcapil import embedded
from dukcapil.core.crypto import keyed_hash
from registrations.people.validators import family_card_key, name_key
from registrations.voters.services.matching import Held, Listed
from tests import engines
from tests.benchmarks.voters_corpus import Corpus

OFFICE = "13.75"
HEADER = "No;NIK;NKK;Nama;Tgl Lahir;JK;Kelurahan\n"
#: Beyond these keys of the corpus nobody is held: a slip in a number, a stranger, another family card.
_SLIPPED = 50_000_000
_VILLAGES = f"""
INSERT INTO regions_region (code, level, parent_id, name, timezone)
SELECT '{OFFICE}.' || d, 'district', '{OFFICE}', 'Kecamatan ' || d, 'Asia/Jakarta'
  FROM unnest(%(districts)s) d ON CONFLICT DO NOTHING;
INSERT INTO regions_region (code, level, parent_id, name, timezone)
SELECT v, 'village', left(v, 8), 'Desa ' || v, 'Asia/Jakarta' FROM unnest(%(villages)s) v
    ON CONFLICT DO NOTHING;
INSERT INTO registrations_villagelist (village_id, office_id, completeness, "on")
SELECT v, '{OFFICE}', 'whole', '2026-01-01' FROM unnest(%(villages)s) v ON CONFLICT DO NOTHING
"""
_PEOPLE = """COPY registrations_resident (id, office_id, nik_hash, village_id, birth_date, sex,
    marital_status, is_example, created_at) FROM STDIN WITH (FORMAT csv)"""
_NAMES = """COPY registrations_residentidentity (resident_id, office_id, village_id, name, name_key,
    address, rt, rw, nik_cipher, nik_masked, family_card_hash) FROM STDIN WITH (FORMAT csv)"""
_AT_ONCE = 50_000


@dataclass
class Numbers:
    """NIK of a key of the corpus: of the area and day of whoever has it, each once."""

    used: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    held: dict[int, str] = field(default_factory=dict)

    def of(self, one: Held | Listed, area: str, key: int) -> str:
        born = date.fromordinal(one.born) if one.born else date(1990, 1, 1)
        day = born.day + 40 * (one.sex == "F")
        prefix = f"{area}{day:02}{born:%m%y}"
        self.used[prefix] += 1
        number = f"{prefix}{self.used[prefix]:04}"
        if key:
            self.held[key] = number
        return number


def install(made: Corpus) -> Numbers:
    """People of the corpus, as they lie in the tables; the triggers of people are off."""
    numbers = Numbers()
    database = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    with database, database.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        villages = sorted({one.village for one in made.people})
        districts = sorted({village[6:8] for village in villages})
        cursor.execute(_VILLAGES, {"villages": villages, "districts": districts})
        for first in range(0, len(made.people), _AT_ONCE):
            people, names = io.StringIO(), io.StringIO()
            _write(made.people[first : first + _AT_ONCE], numbers, people, names)
            for sql, text in ((_PEOPLE, people), (_NAMES, names)):
                text.seek(0)
                cursor.copy_expert(sql, text)
    database.autocommit = True
    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE registrations_resident, registrations_residentidentity")
        cursor.execute("CHECKPOINT")
    database.close()
    return numbers


def _write(part: list[Held], numbers: Numbers, people: Any, names: Any) -> None:
    first, second = csv.writer(people), csv.writer(names)
    for one in part:
        nik = numbers.of(one, one.area, int(one.key))  # type: ignore[call-overload]
        key = uuid.UUID(int=int(one.key))  # type: ignore[call-overload]
        born = date.fromordinal(one.born)
        first.writerow(
            (key, OFFICE, f"\\x{keyed_hash(nik).hex()}", one.village, born, one.sex, "single", "t",
             "2026-01-01")
        )  # fmt: skip
        card = family_card_key(_card(one.family)).hex()
        second.writerow(
            (key, OFFICE, one.village, one.name, name_key(one.name), "Jl. Contoh", "001", "002", "\\x",
             f"{one.area}******", f"\\x{card}")
        )  # fmt: skip


def _card(family: bytes) -> str:
    number = int.from_bytes(family, "big")
    return f"137501010190{number:04}"[:16] if number < 10_000 else f"13750101{number:08}"[:16]


def files(made: Corpus, numbers: Numbers, largest: int) -> Iterator[bytes]:
    """The list, in as many files as the door makes of it: an office gets one a district."""
    text, size = [HEADER], len(HEADER)
    for voter in made.voters:
        line = _line(voter, numbers)
        if size + len(line) > largest:
            yield "".join(text).encode()
            text, size = [HEADER], len(HEADER)
        text.append(line)
        size += len(line)
    yield "".join(text).encode()


def _line(voter: Listed, numbers: Numbers) -> str:
    nik = voter.shown
    if voter.nik:
        key = int.from_bytes(voter.nik, "big")
        nik = numbers.held.get(key) or numbers.of(voter, "137502", 0)
    born = f"{date.fromordinal(voter.born):%d-%m-%Y}" if voter.born else ""
    card = _card(voter.family) if voter.family else ""
    sex = {"M": "L", "F": "P"}.get(voter.sex, "")
    return f"{voter.number};{nik};{card};{voter.name};{born};{sex};{voter.village}\n"
