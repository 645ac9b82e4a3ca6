"""Green on sound data; red for each rule once that rule is broken by hand (as superuser)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg2
import pytest
from django.core.management import call_command
from django.db import connection

from dukcapil import embedded
from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from registrations.booking.services.appointments import book, walk_in
from registrations.booking.services.waiting import wait
from registrations.ledger.services.corrections import void_record
from reports.daily.services.build import build_stale
from reports.invariants.selectors import INVARIANTS, broken
from reports.releases.services import freeze_release
from tests import engines
from tests.world import World, make_basis, make_event, make_resident, make_session, nik, record

OFF = "ALTER TABLE {t} DISABLE TRIGGER USER; {sql}; ALTER TABLE {t} ENABLE TRIGGER USER"
LEDGER = "registrations_servicerecord"

BREAK = {
    "ledger-seen": "ALTER TABLE registrations_servicerecord DISABLE TRIGGER ALL;"
    " DELETE FROM registrations_servicerecord;"
    " ALTER TABLE registrations_servicerecord ENABLE TRIGGER ALL",
    "ledger-gapless": OFF.format(t=LEDGER, sql=f"UPDATE {LEDGER} SET seq = 77 WHERE seq = 2"),
    "ledger-hash": OFF.format(t=LEDGER, sql=f"UPDATE {LEDGER} SET note = 'lain' WHERE seq = 1"),
    "ledger-chain": OFF.format(
        t=LEDGER, sql=f"UPDATE {LEDGER} SET previous_hash = '\\x00' WHERE seq = 2"
    ),
    "access-hash": OFF.format(
        t="accounts_accesslog", sql="UPDATE accounts_accesslog SET kind = 'lain'"
    ),
    "access-chain": "DELETE FROM accounts_accesslink WHERE seq = 1",
    "seal-content": OFF.format(
        t="reports_populationfigure", sql="UPDATE reports_populationfigure SET population = 5"
    ),
    "seal-chain": "DELETE FROM accounts_seal WHERE seq = 1",
    "seal-parents": "SET session_replication_role = replica;"
    " INSERT INTO reports_releaseentry (release_id, regency_id, ledger_seq) VALUES (0, '13.75', 1)",
    "decided-content": OFF.format(
        t="reports_basisdecision", sql="UPDATE reports_basisdecision SET content = 'lain'"
    ),
    "seal-triggers": "ALTER TABLE reports_target DISABLE TRIGGER seal",
    "ledger-weights": OFF.format(
        t=LEDGER, sql=f"UPDATE {LEDGER} SET weight = 0 WHERE row_kind = 'void'"
    ),
    "ledger-doubtful": OFF.format(
        t="registrations_resident", sql="UPDATE registrations_resident SET doubtful_number = true"
    ),
    "ledger-copies": OFF.format(
        t=LEDGER, sql=f"UPDATE {LEDGER} SET service = 'other' WHERE row_kind = 'void'"
    ),
    "effective-once": "DELETE FROM registrations_effectiveservice",
    "revision-recount": OFF.format(
        t="reports_daycount", sql="UPDATE reports_daycount SET n = n + 1"
    ),
    "two-people": OFF.format(
        t="reports_populationbasis",
        sql="SET CONSTRAINTS ALL IMMEDIATE; UPDATE reports_populationbasis SET imported_by_id ="
        " (SELECT min(id) FROM accounts_user)",
    ),
    "revision-numbers": OFF.format(
        t="reports_regencyday", sql="UPDATE reports_regencyday SET revision = revision + 1"
    ),
    "built-to": "UPDATE reports_buildhead SET built_to = built_to + 5",
    "seat-holders": OFF.format(t="events_seat", sql="UPDATE events_seat SET holder = NULL"),
    "queue-gapless": "UPDATE registrations_appointment SET queue_number = 5 WHERE queue_number = 1",
    "waiting-list": "UPDATE registrations_waiting SET appointment_id = (SELECT id FROM"
    " registrations_appointment WHERE queue_number = 1)",
    "lent-only": "INSERT INTO events_device (office_id, label, kind) VALUES ('13.06', 'x', 'set');"
    + OFF.format(
        t="events_assignment",
        sql="SET CONSTRAINTS ALL IMMEDIATE;"
        " INSERT INTO events_assignment (id, event_id, device_id, period)"
        " SELECT gen_random_uuid(), event.id, device.id, '[2026-01-01,2026-01-02)'"
        " FROM events_serviceevent event, events_device device LIMIT 1;"
        " SET CONSTRAINTS ALL IMMEDIATE",
    ),
    "booked-once": "UPDATE registrations_appointment SET state = 'cancelled'",
    "visits-ended": "UPDATE registrations_appointment SET state = 'came_not_served', ended_at = now(),"
    " checked_in_at = now()",
    "events-signed": "ALTER TABLE events_serviceevent DROP CONSTRAINT event_neutrality;"
    " UPDATE events_serviceevent SET neutrality_signed_at = NULL",
    "sessions-in-events": OFF.format(
        t="events_servicesession",
        sql="UPDATE events_servicesession SET starts_at = starts_at - interval '9 days'",
    ),
    "basis-arithmetic": "ALTER TABLE reports_populationfigure DROP CONSTRAINT figure_sum;"
    + OFF.format(
        t="reports_populationfigure",
        sql="UPDATE reports_populationfigure SET recorded = recorded - 1",
    ),
    "regions-tree": "UPDATE regions_region SET timezone = 'Asia/Jayapura' WHERE code = '13.75'",
    "merged-follows": OFF.format(
        t="registrations_resident", sql="UPDATE registrations_resident SET merged_into = id"
    ),
    "erased-is-blank": OFF.format(
        t="registrations_resident", sql="UPDATE registrations_resident SET erased_at = now()"
    ),
    "erased-counts-once": OFF.format(
        t="registrations_resident", sql="UPDATE registrations_resident SET erased_at = now()"
    ),
    "people-in-office": "UPDATE registrations_residentidentity SET office_id = '13.06'",
    "walls-forced": "ALTER TABLE registrations_appointment NO FORCE ROW LEVEL SECURITY",
    "append-only": "ALTER TABLE accounts_accesslog DISABLE TRIGGER accounts_accesslog_append_only",
    "staff-two-people": "INSERT INTO accounts_staffproposal (kind, username, name, email, factor,"
    " role, region_id, starts_on, proposed_by_id) SELECT 'account', 'x', 'x', '', false,"
    " 'administrator', '00', '2026-01-01', min(id) FROM accounts_user;"
    + OFF.format(
        t="accounts_staffdecision",
        sql="SET CONSTRAINTS ALL IMMEDIATE; INSERT INTO accounts_staffdecision"
        " (proposal_id, verdict, decided_by_id) SELECT id, 'approved', proposed_by_id"
        " FROM accounts_staffproposal; SET CONSTRAINTS ALL IMMEDIATE",
    ),
    "ledger-trigger": f"ALTER TABLE {LEDGER} DISABLE TRIGGER ledger_append",
    "serving-roles": "GRANT CREATE ON SCHEMA public TO web; SET ROLE web;"
    " CREATE TABLE public.mine (a int); RESET ROLE",
}


@pytest.fixture
def work(kept: World) -> World:
    """A little of everything: counted, voided, set aside, booked, built, released."""
    make_basis()
    session = make_session(kept, make_event(kept))
    number = nik(date(1990, 5, 17))
    record(kept, make_resident(kept, nik=number), session=session.pk)
    record(kept, make_resident(kept, "13.06", nik=number))
    wrong = record(kept, make_resident(kept))
    operator = kept["operator"].actor
    waiting = make_resident(kept)
    with scoped(operator.scope):
        void_record(by=operator, record=wrong, reason="Salah orang")
        book(by=operator, session=session, resident=waiting, services=["recording"])
        for verb in (walk_in, wait):
            verb(
                by=operator,
                session=session,
                resident=make_resident(kept),
                services=["ikd_activation"],
            )
    kept["operator"].get("residents/")
    kept["operator"].get(f"residents/{waiting.pk}/")
    use_role("worker")
    build_stale()
    freeze_release(name="uji")
    use_role("web")
    return kept


@pytest.fixture
def owner(work: World) -> Iterator[None]:
    use_role("owner")
    yield
    connection.close()
    use_role("web")


def by_hand(sql: str) -> None:
    database = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    with database, database.cursor() as cursor:
        cursor.execute(sql)
    database.close()


@pytest.mark.usefixtures("owner")
def test_sound_data_breaks_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert broken() == []
    call_command("verify_invariants")
    assert f"{len(INVARIANTS)} of {len(INVARIANTS)}" in capsys.readouterr().out


def test_every_rule_has_its_breakage() -> None:
    assert {invariant.name for invariant in INVARIANTS} == set(BREAK)


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize("name", sorted(BREAK))
def test_a_broken_rule_is_found(name: str) -> None:
    by_hand(BREAK[name])
    assert name in {item.invariant.name for item in broken()}
    with pytest.raises(SystemExit) as ended:
        call_command("verify_invariants")
    assert ended.value.code == 1
