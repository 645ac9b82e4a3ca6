"""Green on sound data; red for each rule once that rule is broken by hand (as superuser)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import psycopg2
import pytest
from django.core.management import call_command
from django.db import connection, transaction

from dukcapil import embedded
from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from events.planning.selectors.requirements import papers_of
from registrations.booking.services.appointments import book, walk_in
from registrations.booking.services.waiting import wait
from registrations.documents.services.requests import ask_document, hand_over, move_document
from registrations.findings.selectors.minutes import draft_of, unsigned
from registrations.findings.services.findings import propose
from registrations.findings.services.minutes import sign_minutes
from registrations.ledger.services.corrections import void_record
from registrations.missing.services.refreshing import refresh
from reports.daily.services.build import build_stale
from reports.invariants.selectors import INVARIANTS, LISTS, broken, offenders_of
from reports.publication.services.freezing import freeze_release
from tests import engines
from tests.engines import LONG, dice
from tests.standing import built_once
from tests.stock import MINUTES, WITNESSES, Cards
from tests.walls import alterations
from tests.world import (
    World,
    issue_paper,
    make_basis,
    make_event,
    make_resident,
    make_session,
    nik,
    record,
    today,
)

RULES = {rule.name: rule for rule in INVARIANTS}
#: Broken ones that the command is asked of too: it asks all rules, which takes fifty times as long as one. Of
#: one list the first, by the dice of the run; with LONG=yes all.
SAID = sorted(RULES) if LONG else range(1)
OFF = "ALTER TABLE {t} DISABLE TRIGGER USER; {sql}; ALTER TABLE {t} ENABLE TRIGGER USER"
LEDGER = "registrations_servicerecord"

_DAY = str(today() + timedelta(days=30))
ELECTION = {"name": "x", "kind": "pilkada", "region": "13.75", "held_on": _DAY, "source": "SK"}
OPENING = {"office": "13.75", "day": _DAY, "from": "07:00", "until": "14:00"}

_IMPORT = (
    "INSERT INTO registrations_rollimport (id, office_id, posting_id, attempts, due_at, step, state,"
    " problem, total, done, alike_confirmed, version, created_at, completeness, covers)"
    " SELECT gen_random_uuid(), '13.75', min(id), 0, now(), 'judge', 'ready', '', 0, 0, false, 1,"
    " now(), '', '{}' FROM accounts_posting;"
)

BREAK = {
    "village-list": _IMPORT
    + "INSERT INTO registrations_villagelist (village_id, office_id, completeness, roll_import_id,"
    " \"on\") SELECT '13.75.01.1001', '13.75', 'whole', id, now() FROM registrations_rollimport",
    "gone-asked": _IMPORT
    + "INSERT INTO registrations_rollgone (roll_import_id, office_id, village_id, resident, state)"
    " SELECT id, '13.75', '13.75.01.1001', gen_random_uuid(), 'open' FROM registrations_rollimport",
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
    "decided-plans": OFF.format(
        t="reports_plan", sql="UPDATE reports_plan SET standing = 'replaced'"
    ),
    "seal-triggers": "ALTER TABLE reports_target DISABLE TRIGGER seal",
    "ledger-weights": OFF.format(
        t=LEDGER, sql=f"UPDATE {LEDGER} SET weight = 0 WHERE row_kind = 'void'"
    ),
    "ledger-doubtful": OFF.format(
        t="registrations_resident", sql="UPDATE registrations_resident SET doubtful_number = true"
    ),
    "ledger-copies": f"ALTER TABLE {LEDGER} DROP CONSTRAINT ledger_card_used;"
    + OFF.format(t=LEDGER, sql=f"UPDATE {LEDGER} SET service = 'other' WHERE row_kind = 'void'"),
    "ledger-counts-from": OFF.format(
        t=LEDGER, sql=f"UPDATE {LEDGER} SET counts_from = service_date + 9"
    ),
    "stock-said": OFF.format(
        t=LEDGER, sql=f"UPDATE {LEDGER} SET card_used = 'spoiled:print' WHERE card_used <> ''"
    ),
    "effective-once": "DELETE FROM registrations_effectiveservice",
    "revision-recount": OFF.format(
        t="reports_daycount", sql="UPDATE reports_daycount SET n = n + 1"
    ),
    "revision-early": "SET session_replication_role = replica;"
    " INSERT INTO reports_earlycount (day_id, service_date, counts_from, place_id,"
    " domicile_id, service, reason, n, last_at) SELECT day_id, service_date, service_date + 9, place_id,"
    " domicile_id, service, reason, n, last_at FROM reports_daycount LIMIT 1",
    "two-people": OFF.format(
        t="reports_populationbasis",
        sql="SET CONSTRAINTS ALL IMMEDIATE; UPDATE reports_populationbasis SET imported_by_id ="
        " decided_by_id FROM reports_basisdecision WHERE basis_id = reports_populationbasis.id",
    ),
    "revision-numbers": OFF.format(
        t="reports_regencyday", sql="UPDATE reports_regencyday SET revision = revision + 1"
    ),
    "built-to": "UPDATE reports_buildhead SET built_to = built_to + 5",
    "places-out": "UPDATE events_seat SET kept_before = kept_for, kept_for = 'out'"
    " WHERE holder IS NULL AND service = 'recording'",
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
    "openings": "INSERT INTO events_opening (id, office_id, day, opens_at, closes_at, shifts,"
    " consult_only, reason, created_by_id, created_at, ended_reason) SELECT gen_random_uuid(),"
    " '13.75', '2031-01-04', '07:00', '14:00', 1, false, '', min(id), now(), '' FROM accounts_user",
    "elections-decided": "INSERT INTO events_election (name, kind, region_id, held_on, voting_from,"
    " voting_until, created_at) VALUES ('x', 'pilkada', '13.75', '2027-01-01', '07:00', '13:00', now())",
    "stock-balances": OFF.format(
        t="events_stockaccount", sql="UPDATE events_stockaccount SET balance = balance + 1"
    ),
    "stock-floor": "ALTER TABLE events_stockaccount DROP CONSTRAINT stockaccount_not_below_zero;"
    + OFF.format(
        t="events_stockaccount",
        sql="UPDATE events_stockaccount SET balance = -1 WHERE kind = 'office'",
    ),
    "stock-conserved": OFF.format(
        t="events_stockaccount",
        sql="UPDATE events_stockaccount SET balance = balance + 1 WHERE kind = 'printed'",
    ),
    "stock-counts": OFF.format(
        t="events_stockcount",
        sql="UPDATE events_stockcount SET system = system + 1, difference = difference - 1",
    ),
    "stock-after-count": OFF.format(
        t="events_movement", sql="UPDATE events_movement SET occurred_at = '2020-01-01'"
    ),
    "stock-prints": "INSERT INTO events_cardofrecord (record, movement_id) SELECT gen_random_uuid(),"
    " id FROM events_movement WHERE act = 'record';"
    + OFF.format(
        t="events_movement",
        sql="UPDATE events_movement SET record = gen_random_uuid() WHERE act = 'record'",
    ),
    "stock-destroyed": "ALTER TABLE events_movement DROP CONSTRAINT movement_witnesses;"
    + OFF.format(
        t="events_movement",
        sql="UPDATE events_movement SET witnesses = '[]' WHERE target_kind = 'destroyed'",
    ),
    "stock-triggers": "ALTER TABLE events_movement DISABLE TRIGGER movement_booked",
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
    "called-again": OFF.format(
        t="registrations_recordingreopened",
        sql="UPDATE registrations_recordingreopened SET counted_on = counted_on - 1",
    ),
    "called-again-counts": OFF.format(
        t="registrations_recordingreopened",
        sql="UPDATE registrations_recordingreopened SET reopened_on = reopened_on + 1,"
        " at = at - interval '1 day'; INSERT INTO registrations_effectiveservice"
        " (nik_hash, service, record_id, office_id) SELECT res.nik_hash, 'recording', again.record,"
        " again.chain_id FROM registrations_recordingreopened again"
        " JOIN registrations_resident res ON res.id = again.resident_id",
    ),
    "activated-is-recorded": "INSERT INTO registrations_effectiveservice"
    " (nik_hash, service, record_id, office_id)"
    " SELECT res.nik_hash, 'ikd_activation', again.record, again.chain_id"
    " FROM registrations_recordingreopened again"
    " JOIN registrations_resident res ON res.id = again.resident_id",
    "roll-merged": OFF.format(
        t="registrations_resident", sql="UPDATE registrations_resident SET merged_into = id"
    ),
    "paper-record": OFF.format(
        t="registrations_paper", sql="UPDATE registrations_paper SET state = 'void'"
    ),
    "status-newest": OFF.format(
        t="registrations_recordstatus",
        sql="UPDATE registrations_recordstatus SET newest = false",
    ),
    "status-counts": "UPDATE registrations_statuscount SET people = people + 1, oldest = now()",
    "paper-numbers": "UPDATE registrations_papercounter SET last = 2",
    "paper-states": OFF.format(
        t="registrations_paper", sql="UPDATE registrations_paper SET state = 'replaced'"
    ),
    "document-record": OFF.format(
        t="registrations_documentrequest",
        sql="UPDATE registrations_documentrequest SET service = 'moving'",
    ),
    "minutes-content": OFF.format(
        t="registrations_finding", sql="UPDATE registrations_finding SET outcome = 'abroad'"
    ),
    "findings-two-people": OFF.format(
        t="registrations_finding",
        sql="SET CONSTRAINTS ALL IMMEDIATE;"
        " UPDATE registrations_finding SET state = 'accepted', decided_by_id = found_by_id,"
        " decided_at = now()",
    ),
    "findings-of-recorded": OFF.format(
        t="registrations_resident",
        sql="UPDATE registrations_resident SET known_recorded_on = '2020-01-01'",
    ),
    "voter-counts": "INSERT INTO registrations_voterlist (id, office_id, posting_id, election_id, kind, as_of,"
    " step, state, problem, attempts, due_at, total, done, version, created_at)"
    " SELECT gen_random_uuid(), '13.75', p.id, e.id, 'dpt', '2026-01-01', 'match', 'ready', '', 0, now(), 0,"
    " 0, 1, now() FROM accounts_posting p, events_election e LIMIT 1;"
    " INSERT INTO registrations_votercount (voter_list_id, verdict, code, n)"
    " SELECT id, 'both', '', 1 FROM registrations_voterlist",
    "roll-counts": "UPDATE registrations_rollcount SET open = open + 1",
    "roll-venue-counts": OFF.format(
        t="registrations_rollentry",
        sql="UPDATE registrations_rollentry SET venue = gen_random_uuid()",
    ),
    "roll-once": OFF.format(
        t="registrations_rollentry", sql="UPDATE registrations_rollentry SET purpose = 'seventeen'"
    ),
    "roll-recorded": OFF.format(
        t="registrations_resident",
        sql="UPDATE registrations_resident SET known_recorded_on = '2020-01-01'",
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
    "ledger-trigger": f"ALTER TABLE {LEDGER} DISABLE TRIGGER ledger_by_keeper",
    "serving-roles": "GRANT CREATE ON SCHEMA public TO web; SET ROLE web;"
    " CREATE TABLE public.mine (a int); RESET ROLE",
}


@built_once
def work(kept: World) -> None:
    """A little of everything: counted, voided, set aside, booked, built, released."""
    make_basis()
    session = make_session(kept, make_event(kept))
    number = nik(date(1990, 5, 17))
    record(kept, make_resident(kept, nik=number), session=session.pk)
    record(kept, make_resident(kept, "13.06", nik=number))
    wrong = record(kept, make_resident(kept))
    operator = kept["operator"].actor
    again = make_resident(kept)
    record(kept, again)
    ask = {"reason": "deleted", "may_return_on": str(today())}
    path = f"residents/{again.pk}/reopen-recording/"
    assert kept["head"].post(path, ask).status == 201
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
    _cards(kept)
    _found(kept)
    said = {"resident": str(waiting.pk), "code": "UNREGISTERED", "source": "SIAK"}
    said["at"] = f"{today()}T00:00:00+07:00"
    assert kept["operator"].post("record-statuses/", said).status == 201
    issue_paper(kept, make_resident(kept), "biodata")
    _handed_over(kept)
    kept["province_officer"].post("elections/", ELECTION)
    assert kept["operator"].post("openings/", OPENING).status == 201
    assert kept["head"].post("roll/lists/", {"purpose": "missing", "office": "13.75"}).status == 202
    with scoped(operator.scope):
        refresh(office="13.75")
    kept["operator"].get("residents/")
    kept["operator"].get(f"residents/{waiting.pk}/")
    alterations.plan(kept["head"].actor.user_id)
    use_role("worker")
    build_stale()
    freeze_release(name="uji")
    use_role("web")


def _handed_over(kept: World) -> None:
    by, person = kept["operator"].actor, make_resident(kept)
    with scoped(by.scope):
        papers = papers_of(person.office_id, ["other"], today())["other"]
        document = ask_document(
            by=by, resident=person, service="other", for_whom="self", here=papers
        )
        for step in ("in_work", "ready"):
            document = move_document(by=by, request=document, state=step)
        hand_over(by=by, request=document, relation="self", proof="ktp")


def _cards(kept: World) -> None:
    """Counted twice, printed and void, destroyed."""
    mine = Cards(kept["operator"])
    assert mine.count("office:13.75", 50).status == 201
    made_of = {"minutes": MINUTES, "witnesses": WITNESSES}
    for source, target, more in (
        ("office:13.75", "spoiled:13.75:print", {}),
        ("spoiled:13.75:print", "destroyed:13.75", made_of),
    ):
        assert mine.move(source, target, 2, **more).status == 201
    assert mine.count("office:13.75", 47, reason="Satu hilang").status == 201
    operator = kept["operator"].actor
    wrong = record(kept, make_resident(kept), "card_print")
    record(kept, make_resident(kept), "card_print")
    with scoped(operator.scope):
        void_record(by=operator, record=wrong, reason="Salah orang", card="never_used")


def _found(kept: World) -> None:
    """Something was found out about somebody, and signed."""
    operator = kept["operator"].actor
    person = make_resident(kept)
    with scoped(operator.scope):
        propose(by=operator, resident=person, outcome="moved")
        draft = draft_of(person.village, unsigned(operator, person.village))
        sign_minutes(
            by=operator,
            village=person.village,
            signer="Dt. Rajo Basa",
            function="Lurah",
            version=draft.version,
        )


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


@pytest.mark.usefixtures("work")
def test_a_broken_rule_is_found() -> None:
    """Each is broken and asked in a transaction that ends with nothing, in the name of whom the command asks for."""
    missed = []
    use_role(embedded.SUPERUSER)
    try:
        for name in sorted(BREAK):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(BREAK[name])
                cursor.execute("SET LOCAL ROLE owner")
                if not offenders_of(RULES[name]):
                    missed.append(name)
                transaction.set_rollback(True)
    finally:
        connection.close()
        use_role("web")
    assert missed == []


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize("which", SAID)
def test_the_command_says_what_is_broken(
    which: str | int, capsys: pytest.CaptureFixture[str]
) -> None:
    name = (
        which if isinstance(which, str) else dice("lists").sample(LISTS, len(SAID))[which][0].name
    )
    by_hand(BREAK[name])
    with pytest.raises(SystemExit) as ended:
        call_command("verify_invariants")
    assert ended.value.code == 1
    assert f"BROKEN {name}: " in capsys.readouterr().out
