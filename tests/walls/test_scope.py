"""One declaration a table: held against lists written by hand, an oracle of rows, and the plans."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from typing import Any

import psycopg2
import pytest
from django.db import connection

from dukcapil import catalogue, embedded, grants
from dukcapil.accounts.models import AccessLog
from dukcapil.accounts.scoping import Actor, Scope, scoped, scoped_models
from dukcapil.core.db import rows
from registrations.booking.models.appointment import Appointment
from registrations.people.models import Resident
from reports.invariants.walls import _append_only
from tests import engines
from tests.one_wall import keep_nothing
from tests.walls.board import Board
from tests.walls.conftest import as_superuser
from tests.walls.test_matrix import leaks_of
from tests.world import World, make_resident

#: Written by hand: table -> its office, village and event columns. A model that declares itself
#: otherwise, or a new one that is not here, is red.
WALLED: dict[str, tuple[str, str | None, str | None]] = {
    "accounts_accesslog": ("office", "office", None),
    "registrations_appointment": ("office_id", "village_id", "event_id"),
    "registrations_appointmentservice": ("office_id", "village_id", "event_id"),
    "registrations_documentrequest": ("office_id", "village_id", None),
    "registrations_correctionproposal": ("office_id", "village_id", None),
    "registrations_export": ("office_id", None, None),
    "registrations_finding": ("office_id", "village_id", None),
    "registrations_findingminutes": ("office_id", "village_id", None),
    "registrations_findingtask": ("office_id", "village_id", None),
    "registrations_listdraft": ("office_id", None, "event_id"),
    "registrations_listmapping": ("office_id", None, None),
    "registrations_message": ("office_id", None, "event_id"),
    "registrations_paper": ("office_id", None, None),
    "registrations_recordingreopened": ("office_id", None, None),
    "registrations_recordnote": ("office_id", "village_id", "event_id"),
    "registrations_cardreceiver": ("office_id", "village_id", "event_id"),
    "registrations_recordstatus": ("office_id", None, None),
    "registrations_statusimport": ("office_id", None, None),
    "registrations_resident": ("office_id", "village_id", None),
    "registrations_residentevent": ("office_id", "village_id", None),
    "registrations_residentidentity": ("office_id", "village_id", None),
    "registrations_rollcontact": ("office_id", "village_id", None),
    "registrations_rollentry": ("office_id", "village_id", None),
    "registrations_arrival": ("office_id", None, None),
    "registrations_rollgone": ("office_id", None, None),
    "registrations_rollimport": ("office_id", None, None),
    "registrations_rollperson": ("office_id", None, None),
    "registrations_roster": ("office_id", None, None),
    "registrations_rosterversion": ("office_id", None, None),
    "registrations_burial": ("office_id", "village_id", None),
    "registrations_rosterentry": ("office_id", None, None),
    "registrations_groupmember": ("office_id", None, None),
    "registrations_rollrows": ("office_id", None, None),
    "registrations_rolltouched": ("office_id", None, None),
    "registrations_servicerecord": ("office_id", "domicile_id", "event_id"),
    "registrations_voterlist": ("office_id", None, None),
    "registrations_voterrow": ("office_id", None, None),
    "registrations_notavoter": ("office_id", None, None),
    "registrations_visitgroup": ("office_id", None, "event_id"),
    "registrations_visitrequest": ("office_id", "village_id", None),
    "registrations_waiting": ("office_id", "village_id", "event_id"),
}
#: Whose rows are also seen by who is lent to an event that booked the person.
LENT = {"registrations_resident": "id", "registrations_residentidentity": "resident_id"}
WRITTEN_ONCE = {
    *("registrations_servicerecord", "registrations_recordnote", "accounts_accesslog"),
    *("accounts_staffidentity", "accounts_staffact", "accounts_staffproposal"),
    *("accounts_staffdecision", "accounts_officeprofile"),
    *("events_eventsignature", "events_eventreopening", "events_election"),
    *("events_electiondecision", "events_localday", "events_heartbeat"),
    *("events_incidentnote", "events_call", "registrations_printrule"),
    *("registrations_findingminutes", "registrations_findingtask"),
    *("registrations_burialbooks", "registrations_burialreport"),
    *("registrations_paperrule", "registrations_papertemplate"),
    *("registrations_retentionrule", "registrations_breach", "registrations_breachoffice"),
    "registrations_breachnote",
    *("events_movement", "events_stockcount", "events_cardofrecord", "events_stockthreshold"),
    # What was noted by hand, before there was a ledger of cards.
    "events_eventblanko",
    "registrations_rosterversion",
    *("registrations_officecount", "events_requirement"),
    *("reports_populationbasis", "reports_populationfigure", "reports_daycount"),
    "reports_earlycount",
    *("reports_release", "reports_releaseentry", "reports_releaseanswer"),
    *("reports_basisdecision", "reports_target", "reports_alertrule"),
    *("reports_dayconfirmation", "reports_daylock", "reports_publication", "reports_publicfigure"),
    *("reports_edition", "reports_editionrow"),
    *("reports_turnoutrule", "reports_planrules", "reports_planadoption"),
}


def test_what_is_declared_is_what_was_written_by_hand() -> None:
    declared = {t: (s.office, s.village, s.event) for t, s, _key in grants.walled()}
    assert declared == WALLED
    assert {t for t, s, _key in grants.walled() if s.lent} == LENT.keys()
    assert set(_append_only()) == WRITTEN_ONCE
    assert {m._meta.db_table for m in scoped_models() if not m.scope.people} == {
        *("events_serviceevent", "events_servicesession", "events_opening"),
        *("events_venue", "events_venuevisit"),
        "registrations_votercode",
        "registrations_officecount",
        *("reports_siteprofile", "reports_siteclosure", "reports_travelleg"),
        *("reports_planfloor", "reports_planpin", "reports_plan", "reports_planduty"),
        *("reports_planstop", "reports_planleftout"),
    }
    assert all(model._meta.base_manager_name == "everything" for model in scoped_models())


# --- the same rows as an oracle that knows no SQL of ours -------------------------------------------


def as_everybody(sql: str) -> list[tuple[Any, ...]]:
    database = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    try:
        with database, database.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()
    finally:
        database.close()


def below(code: str | None, region: str) -> bool:
    """Parts of a code begin with the parts of the region's."""
    parts = region.split(".")
    return code is not None and code.split(".")[: len(parts)] == parts


def everything(table: str) -> list[tuple[str, str | None, str | None, str | None]]:
    """Key, office, village and event of every row: the same for all scopes."""
    office, village, event = WALLED[table]
    key = (
        LENT.get(table)
        or as_everybody(
            "SELECT a.attname FROM pg_index i JOIN pg_attribute a"
            "   ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)"
            f" WHERE i.indisprimary AND i.indrelid = '{table}'::regclass"
        )[0][0]
    )
    columns = (key, office, village or "NULL", event or "NULL")
    return as_everybody(f"SELECT {', '.join(f'{c}::text' for c in columns)} FROM {table}")


def expected(
    table: str, scope: str, every: list[tuple[Any, ...]], booked: dict[str, set[str]]
) -> set[str]:
    """Keys of the rows that a scope reaches, told by its words alone."""
    _office, village, _event = WALLED[table]
    if scope == "*":
        return {row[0] for row in every}
    if not scope:
        return set()
    mine, only, lent = scope.split(";")
    events = set(lent.split(",")) - {""}
    people = {person for at in events for person in booked.get(at, ())}
    return {
        found
        for found, of, place, at in every
        if (below(of, mine) and (not only or (village is not None and below(place, only))))
        or (at in events)
        or (table in LENT and found in people)
    }


def test_every_scope_sees_the_rows_of_the_oracle(board: Board) -> None:
    """Offices, neighbours, provinces, verifiers, lent clerks, nobody, everybody: each table."""
    own, sibling = board.places["own"], board.places["sibling"]
    booked: dict[str, set[str]] = {}
    for event, person in as_everybody(
        "SELECT event_id::text, resident_id::text FROM registrations_appointment"
    ):
        booked.setdefault(event, set()).add(person)
    scopes = [
        *("*", "", "13.75;;", "13.06;;", "18.71;;", "13;;", "1;;", "13.7;;", "31.73;;", ";;"),
        *("13.75;13.75.01;", "13.75;13.75.01.1001;", "13.75;13.75.01.1002;", "13.06;13.75.01;"),
        *(f"13.06;;{own.event}", f"13.06;;{own.event},{sibling.event}", f"18.71;;{uuid.uuid4()}"),
        f"13.06;13.06.01.2001;{own.event}",
    ]
    seen = 0
    for table in WALLED:
        key = LENT.get(table)
        every = everything(table)
        for scope in scopes:
            wanted = expected(table, scope, every, booked)
            with scoped(scope):
                column = key or ("record_id" if table.endswith("recordnote") else "id")
                column = "pgh_id" if table.endswith("residentevent") else column
                found = {row[0] for row in rows(f"SELECT {column}::text FROM {table}")}
            assert found == wanted, (table, scope)
            seen += bool(wanted)
    assert seen > 60, seen


# --- plans ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["13.75;;", "13.75;13.75.01.1001;", f"13.06;;{uuid.UUID(int=7)}"])
def test_no_policy_calls_a_function_of_the_row(made: World, scope: str) -> None:
    """Each function of the scope is asked once, in an InitPlan; rows are only compared."""
    for table in WALLED:
        with scoped(scope):
            plan = [row[0] for row in rows(f"EXPLAIN (VERBOSE) SELECT * FROM {table}")]
        conditions = [line for line in plan if re.search(r"(Filter|Cond):", line)]
        assert conditions, (table, plan)
        assert not [line for line in conditions if "scope" in line or "SubPlan" in line], plan


def test_who_is_lent_is_asked_for_rows_of_others_alone(made: World) -> None:
    own, other = make_resident(made), make_resident(made, "13.06")
    for person, asked in ((own, False), (other, True)):
        with scoped(made["operator"].actor.scope):
            plan = "\n".join(
                row[0]
                for row in rows(
                    "EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, BUFFERS OFF, SUMMARY OFF)"
                    " SELECT id FROM registrations_resident WHERE id = %s",
                    [person.pk],
                )
            )
        [carried_out] = re.findall(r"\((.*)\)\n +Output: scope_lent\(\)", plan)
        assert (carried_out != "never executed") is asked, plan


# --- a declaration that is wrong is found ---------------------------------------------------------


def _without_second_wall() -> None:
    as_superuser(*[f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY" for table in WALLED])


@pytest.mark.long
def test_a_wrong_declaration_leaks_in_the_matrix(
    board: Board, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """The hand-written matrix is the oracle: a table that says it is somebody else's is found."""
    _without_second_wall()
    assert leaks_of(board, "neighbour") == []
    everybodys = Scope(office="nik_hash_is_no_office", people=False)
    monkeypatch.setattr(Scope, "reached", _all_of(everybodys))
    monkeypatch.setattr(Resident, "scope", everybodys)
    keep_nothing(monkeypatch, settings)
    assert {leak[3] for leak in leaks_of(board, "neighbour")} >= {"people"}


def _all_of(wrong: Scope) -> Any:
    from django.db.models import Q  # noqa: PLC0415 - beside its one use

    right = Scope.reached
    return lambda self, actor: Q() if self is wrong else right(self, actor)


def test_a_table_that_hides_its_people_is_a_difference(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`people=False` on a table with people: the catalogue has a wall that nobody declares."""
    monkeypatch.setattr(Appointment, "scope", replace(Appointment.scope, people=False))
    with connection.cursor() as cursor:
        found = catalogue.differences(cursor)
    assert any(line.startswith("registrations_appointment: policy serve") for line in found)


def test_a_verifier_without_a_village_column_sees_nothing(made: World) -> None:
    """Not declared is not visible: never everybody's."""
    verifier = Actor(1, 1, "village_verifier", "13.75.01.1001")
    with scoped(verifier.scope):
        AccessLog.objects.visible_to(verifier).count()
        assert str(Scope().reached(verifier)) == "(AND: ('pk__in', []))"


def test_a_wall_is_never_taken_down_by_a_model(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `migrate` would do for a model that hides its people: nothing, and it is told."""
    with connection.cursor() as cursor:
        standing = catalogue._actual_policies(cursor)
    table = "registrations_appointment"
    monkeypatch.setattr(Appointment, "scope", replace(Appointment.scope, people=False))
    assert {name for of, name in grants.policies() if of == table} == set()
    assert (
        catalogue._steps_of_wall(table, forced=True, actual=standing, expected=grants.policies())
        == []
    )
    assert (
        catalogue._steps_of_wall("registrations_export", forced=True, actual=standing, expected={})
        == []
    )
