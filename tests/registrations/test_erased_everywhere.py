"""A name is planted in every column that is declared personal, in whatever table, and found in none of them
after its person was erased. A new table is planted by itself.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import psycopg2
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.utils import timezone
from psycopg2.extras import Json

from dukcapil import embedded
from dukcapil.accounts.scoping import ScopedModel, scoped, scoped_models
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from registrations.people.models import Resident
from tests import engines
from tests.registrations.test_corrections import sound, whole_database
from tests.world import World, make_resident

NAME = "Zulhijah Pradoto"
BORN = date(1991, 5, 17)

#: Sealed columns of tables that name no person in a column of their own, and what empties them.
_SEALED_ELSEWHERE = {
    "Export.file": "taken away by the database when anybody of the office is erased",
    "ListDraft.source": "drafts of the office are taken back",
    "ListDraft.content": "drafts of the office are taken back",
    "ListMapping.kinds": "letters of columns",
    "RollImport.name": "blanked with the rows (`roll.services.erasing`)",
    "RollImport.file": "blanked with the rows",
    "RollImport.about": "blanked with the rows",
    "RollRows.rows": "blanked row by row",
    "RollRows.verdicts": "codes",
    "RollRows.outcomes": "codes",
    "ServiceRecord.payload_hash": "a hash under a key, of a content that is gone",
    "ServiceRecord.previous_hash": "the chain",
    "ServiceRecord.hash": "the chain",
    "StatusImport.rows": "previews of the office are dropped (`cards.services.persons`)",
    "StatusImport.refused": "blanked with the previews",
    "RollRows.villages": "codes",
    "FindingMinutes.counts": "counts",
    "VoterList.name": "gone when the result is accepted",
    "VoterList.file": "gone when the result is accepted",
    "VoterList.about": "gone when the result is accepted",
    "VisitGroup.contact": "of a school or another partner",
    "Resident.nik_hash": "a tombstone afterwards",
}


def test_who_is_erased_stands_in_no_declared_column(kept: World) -> None:
    person = make_resident(kept, name=NAME, birth_date=BORN, address=f"Jalan {NAME}")
    rows, loose = plant(person)
    assert len(rows) >= 6
    text = whole_database().casefold()
    # In a column of bytes it stands as hexadecimal digits.
    assert sum(text.count(sign) for sign in (NAME.casefold(), NAME.encode().hex())) >= len(rows)
    body = {"reason": "permintaan tertulis", "case": "UPT/12/2026"}
    assert kept["head"].post(f"residents/{person.pk}/erase/", body).status == 200
    text = whole_database().casefold()
    assert [
        sign for sign in (NAME.casefold(), NAME.encode().hex(), str(BORN)) if sign in text
    ] == []
    left = []
    with scoped(EVERYBODY):
        for model, key in [*rows.items(), *loose, (Resident, person.pk)]:
            personal = model.personal
            assert personal is not None
            (row,) = model.everything.filter(pk=key).values(*personal.blank)
            for name, blank in personal.blank.items():
                now = bytes(row[name]) if isinstance(row[name], memoryview) else row[name]
                if now != blank:
                    left.append(f"{model.__name__}.{name}")
    assert left == []
    assert "erased-is-blank" not in sound()


def test_what_stays_in_the_log_names_nobody(made: World) -> None:
    person = make_resident(made, name=NAME)
    body = {"reason": "permintaan tertulis", "case": "UPT/12/2026"}
    for wrong, pointer in (
        ({"case": "NIK 9901 0117 0590 0001"}, "/case"),
        ({"case": f"Surat {NAME.upper()}, 12/2026"}, "/case"),
        ({"reason": f"diminta H. {NAME}"}, "/reason"),
    ):
        answer = made["head"].post(f"residents/{person.pk}/erase/", body | wrong)
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer), wrong
    assert made["head"].post(f"residents/{person.pk}/erase/", body).status == 200


def test_every_sealed_column_is_emptied_by_somebody() -> None:
    """Declared personal, or named above with what empties it."""
    unsaid = set()
    for model in scoped_models():
        if not model.scope.people:
            continue
        blank = model.personal.blank if model.personal else {}
        unsaid |= {
            f"{model.__name__}.{field.name}"
            for field in model._meta.concrete_fields
            if isinstance(field, (models.BinaryField, models.JSONField)) and field.name not in blank
        }
    assert unsaid - _SEALED_ELSEWHERE.keys() == set()


Rows = dict[type[ScopedModel], Any]


def plant(person: Resident) -> tuple[Rows, list[tuple[type[ScopedModel], Any]]]:
    """A row of the person in every table with personal columns that has none, written past every rule; and
    where a list may name somebody by a number alone, a row under the person's.
    """
    personal = [model for model in scoped_models() if model.personal is not None]
    # What leads to the person through another row comes after that row.
    personal.sort(key=lambda model: model.personal.person.count("__"))  # type: ignore[union-attr]
    rows: Rows = {}
    loose: list[tuple[type[ScopedModel], Any]] = []
    database = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    with database, database.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for model in personal:
            if model is not Resident and not model._meta.pk.remote_field:
                rows[model] = _insert(cursor, model, person, rows)
                if _by_number(model):
                    loose.append((model, _insert(cursor, model, person, None)))
    database.close()
    return rows, loose


def _by_number(model: type[ScopedModel]) -> bool:
    """Whether a row may name somebody without leading to a person."""
    assert model.personal is not None
    named = model._meta.get_field(model.personal.person.partition("__")[0])
    return "nik_hash" in model.personal.blank and bool(getattr(named, "null", False))


def _insert(cursor: Any, model: type[ScopedModel], person: Resident, rows: Rows | None) -> Any:
    """`rows`: of the person, by which another row leads to them; None for one that leads to nobody."""
    table = model._meta.db_table
    cursor.execute(
        "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass", [table]
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    # Two rows that are alike stand side by side here.
    cursor.execute(
        "SELECT indexrelid::regclass::text FROM pg_index"
        " WHERE indisunique AND indpred IS NOT NULL AND indrelid = %s::regclass",
        [table],
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP INDEX {name}")
    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if not field.generated and not isinstance(field, models.AutoField):
            value = _value(model, field, person, rows)
            values[field.column] = _prepared(field, value)
    names, marks = ", ".join(f'"{name}"' for name in values), ", ".join(["%s"] * len(values))
    key = model._meta.pk.column
    cursor.execute(
        f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING {key}", list(values.values())
    )
    return cursor.fetchone()[0]


def _value(model: type[ScopedModel], field: Any, person: Resident, rows: Rows | None) -> Any:
    assert model.personal is not None
    first = model.personal.person.partition("__")[0]
    if rows is None and field.name in {first, "nik_hash"}:
        return None if field.name == first else bytes(person.nik_hash)
    if rows is not None and field.name == first:
        # Who was handed over stands there by id, without a key.
        direct = field.related_model in {Resident, None}
        return person.pk if direct else rows[field.related_model]
    if field.name in model.personal.blank:
        return _planted(field)
    if field.related_model is Region:
        return person.office_id if field.name in {"office", "chain"} else person.village_id
    if field.null:
        return None
    # In no state that a verb looks for.
    return "x" if field.name == "state" else _plain(field)


def _planted(field: Any) -> Any:
    if isinstance(field, models.BinaryField):
        return NAME.encode()
    if isinstance(field, models.JSONField):
        return {"name": NAME}
    if isinstance(field, models.DateField):
        return BORN
    if isinstance(field, models.IntegerField):
        return BORN.year
    return NAME[: field.max_length]


def _plain(field: Any) -> Any:
    if field.related_model is not None:
        return uuid7() if isinstance(field.target_field, models.UUIDField) else 1
    if field.has_default():
        return field.get_default()
    kinds: list[tuple[type[Any], Any]] = [
        (models.DateTimeField, timezone.now()),
        (models.DateField, date(2026, 1, 2)),
        (models.BooleanField, False),
        (models.IntegerField, 1),
        (models.UUIDField, uuid7()),
        (models.BinaryField, b""),
        (models.JSONField, {}),
        (ArrayField, []),
    ]
    return next((value for kind, value in kinds if isinstance(field, kind)), "")


def _prepared(field: Any, value: Any) -> Any:
    if isinstance(field, models.JSONField) and value is not None:
        return Json(value)
    if isinstance(value, UUID):
        return str(value)
    if field.related_model is not None:
        return value
    return field.get_db_prep_save(value, connection)
