"""What somebody with the database in hands changes in the ledger or the access log is found."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from django.core.management import call_command
from psycopg2 import sql

from dukcapil import embedded
from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.regions.enums import Zone
from registrations.ledger.services.corrections import void_record
from reports.invariants.selectors import INVARIANTS
from tests import engines
from tests.engines import past_all_rules
from tests.walls.alterations import asked
from tests.world import World, make_resident, record

CHAINS = [one for one in INVARIANTS if one.name.startswith(("ledger-", "access-"))]
CHAINS = [one for one in CHAINS if one.name != "ledger-trigger"]
TABLES = {
    "registrations_servicerecord": "id",
    "registrations_ledgerhead": "office_id",
    "accounts_accesslog": "id",
    "accounts_accesslink": "log_id",
    "accounts_accesshead": "office",
}
#: How many of each kind of change; the seed makes a failure repeatable.
ROUNDS = 1_000
SEED = 20241127


@pytest.fixture
def chains(kept: World) -> None:
    """Two offices' ledgers with voids, and the looks of three regions."""
    wrong = None
    for office, count in (("13.75", 8), ("13.06", 5)):
        for _n in range(count):
            wrong = record(kept, make_resident(kept, office), note="catatan | petugas")
        by = kept["operator" if office == "13.75" else "neighbour"].actor
        with scoped(by.scope):
            assert wrong
            void_record(by=by, record=wrong, reason="Salah orang")
    for who in ("operator", "neighbour", "province_officer"):
        for _n in range(4):
            kept[who].get("residents/")
        kept[who].post("residents/search/", {"name": "Contoh Warga"})


@pytest.fixture
def cursor(chains: None) -> Iterator[Any]:
    database = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    with database.cursor() as found:
        # As somebody would who owns the machine: no trigger, no foreign key, no wall.
        found.execute("SET session_replication_role = replica")
        yield found
    database.rollback()
    database.close()


def found_by(cursor: Any) -> list[str]:
    return [invariant.name for invariant in CHAINS if asked(cursor, invariant)]


def rows_of(cursor: Any) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for table in TABLES:
        cursor.execute(f"SELECT * FROM {table}")
        names = [column.name for column in cursor.description]
        found[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return found


def other(value: Any, dice: random.Random, choices: list[Any]) -> Any:
    """Another value of the same kind: of another row where there is one, else made up."""
    different = [one for one in choices if one != value]
    if different and dice.random() < 0.7:
        return dice.choice(different)
    if isinstance(value, memoryview):
        raw = bytearray(value.tobytes() or b"\0")
        raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
        return bytes(raw)
    if isinstance(value, int):
        return value + dice.choice([-1, 1])
    if value in Zone.values:  # the database itself takes no other
        return dice.choice([zone for zone in Zone.values if zone != value])
    if isinstance(value, str):
        made = value[:-1] + dice.choice(["x", "|", " "])
        return made if made != value else value[:-1] + "y"
    return dice.choice(different) if different else None


def alter(cursor: Any, dice: random.Random, known: dict[str, list[dict[str, Any]]]) -> str:
    """Change one value, remove a row, swap two rows, or add a copy; returns what was done."""
    table = dice.choice(list(TABLES))
    key, rows = TABLES[table], known[table]
    row = dice.choice(rows)
    kind = dice.choice(["change", "change", "remove", "swap", "copy"])
    if kind == "remove":
        cursor.execute(f"DELETE FROM {table} WHERE {key} = %s", [row[key]])
        return f"{table}: removed"
    names = [name for name in row if name not in ("service_date", key)]
    if kind == "swap" and len(rows) > 1:
        two = dice.choice([one for one in rows if one is not row])
        name = dice.choice([n for n in names if bytes_of(row[n]) != bytes_of(two[n])])
        for one, value in ((row, two[name]), (two, row[name])):
            _set(cursor, table, key, one[key], name, value)
        return f"{table}: swapped {name}"
    if kind == "copy" and table == "accounts_accesslog":
        cursor.execute(
            f'INSERT INTO {table} (id, at, action, office, kind, subject, reason, "case")'
            " SELECT max(id) + 1, now(), 'view', '13.75', 'resident', '', '', ''"
            f" FROM {table}"
        )
        return f"{table}: added"
    name = dice.choice(names)
    value = other(row[name], dice, [one[name] for one in rows])
    if bytes_of(value) == bytes_of(row[name]):
        return ""
    _set(cursor, table, key, row[key], name, value)
    return f"{table}: {name} changed"


def bytes_of(value: Any) -> Any:
    return value.tobytes() if isinstance(value, memoryview) else value


def _set(cursor: Any, table: str, key: str, of: Any, name: str, value: Any) -> None:
    # Unique indexes check at once; a forger drops them, so does this.
    statement = sql.SQL("UPDATE {} SET {} = %s WHERE {} = %s")
    parts = (sql.Identifier(table), sql.Identifier(name), sql.Identifier(key))
    cursor.execute(statement.format(*parts), [value, of])


def test_every_one_of_a_thousand_alterations_is_found(cursor: Any) -> None:
    for table, name in _uniques(cursor):
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name} CASCADE")
    cursor.execute("DROP INDEX ledger_void_once, ledger_accept_once")
    dice, known, missed, done = random.Random(SEED), rows_of(cursor), [], set()
    assert found_by(cursor) == []
    rounds = 0
    while rounds < ROUNDS:
        cursor.execute("SAVEPOINT before")
        what = alter(cursor, dice, known)
        if what:
            rounds += 1
            done.add(what)
            if not found_by(cursor):
                missed.append(what)
        cursor.execute("ROLLBACK TO before")
    assert missed == []
    assert len(done) > 60  # every column of every table had its turn
    assert found_by(cursor) == []


def _uniques(cursor: Any) -> list[tuple[str, str]]:
    cursor.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint"
        " WHERE contype IN ('u', 'c') AND conrelid::regclass::text = ANY (%s)",
        [list(TABLES)],
    )
    return list(cursor.fetchall())


def test_without_hashes_alterations_go_unseen(cursor: Any) -> None:
    """The control: numbers alone do not find a changed word, a changed person, a changed reason."""
    cursor.execute("UPDATE registrations_servicerecord SET note = 'lain' WHERE seq = 2")
    numbers = next(one for one in CHAINS if one.name == "ledger-gapless")
    cursor.execute(numbers.sql)
    assert cursor.fetchall() == []
    assert "ledger-hash" in found_by(cursor)


def verify(**options: Any) -> None:
    try:
        call_command("verify_invariants", **options)
    finally:
        use_role("web")


def test_a_chain_that_was_computed_anew_differs_from_its_anchor(
    kept: World, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever owns the database can make a false chain that is sound in itself."""
    rows = [record(kept, make_resident(kept)) for _n in range(3)]
    anchors = tmp_path / "anchors"
    verify(anchors=anchors)
    record(kept, make_resident(kept))
    verify(anchors=anchors)
    assert "anchors hold" in capsys.readouterr().out
    table = "registrations_servicerecord"
    past_all_rules(
        f"UPDATE {table} SET note = 'palsu' WHERE id = '{rows[0].pk}'",
        f"""DO $$ DECLARE led {table}; last bytea := ''; BEGIN
            FOR led IN SELECT * FROM {table} ORDER BY seq LOOP
                led.previous_hash := last; last := ledger_hash(led);
                UPDATE {table} SET previous_hash = led.previous_hash, hash = last WHERE id = led.id;
            END LOOP;
            UPDATE registrations_ledgerhead SET hash = last; END $$""",
    )
    verify()  # sound in itself
    with pytest.raises(SystemExit):
        verify(anchors=anchors)
    assert "REWRITTEN since it was anchored: ledger 13.75" in capsys.readouterr().out
