"""Every column of every table of accounts and reports, and of papers: altered once, and looked for by the rules.

What may change stands here with its reason, and nowhere else. A column that is neither found nor here
is red; so is one here that is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from weakref import WeakKeyDictionary

from django.apps import apps
from django.db import transaction
from django.utils import timezone

from dukcapil.accounts.models import Posting, StaffAct, StaffDecision, StaffProposal, User
from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.core.db import EVERYBODY
from events.elections.models import Election
from registrations.people.models import PrintRule
from reports.bases.models import PopulationBasis
from reports.editions.models import Edition, EditionRow
from reports.invariants.seals import SEALED, as_sealed
from reports.invariants.selectors import INVARIANTS, Invariant
from reports.planner.models.plans import Plan, PlanAdoption, PlanDuty, PlanLeftOut, PlanStop
from tests.world import today

#: table -> columns -> why `verify_invariants` need not find that they were changed.
MAY_CHANGE: dict[str, dict[str, str]] = {
    "accounts_user": {
        "username name email": "people are renamed; what they decided names their key",
        "password last_login must_change_password session_epoch": "changes with each login or reset",
        "is_active": "the head opens and shuts an account",
        "id created_at demonstration": "no figure and no rule of the check is made from it",
    },
    "accounts_posting": {
        "user_id role region_id starts_on ends_on": "begins and ends; its history is a table of its own",
        "id created_at": "no figure and no rule is made from it",
    },
    "accounts_postingevent": {
        "pgh_id pgh_created_at pgh_label pgh_obj_id pgh_context_id id user_id role region_id"
        " starts_on ends_on created_at": "history that a trigger writes beside the work: no rule and no"
        " figure is made from it (docs/security.md)",
    },
    "accounts_apitoken": {
        "digest token_key created expiry user_id posting_id scopes label": "made, left and ended by"
        " its owner; a look with it stands in the access log",
    },
    "accounts_idempotentanswer": {
        "id posting_id key fingerprint status body created_at": "kept for two days, so that a retry"
        " gets the same bytes; encrypted, and nothing rests on it",
    },
    "accounts_officeprofile": {
        "id office_id version letterhead address place head_name head_rank head_nip logo posting_id at":
        "stands on paper; rows are added only, and no figure, right or decision rests on them",
    },
    "reports_buildhead": {
        "built_at": "when the last build ran: shown, and moved by every build",
        "nil_days": "counted up so that kept answers become invalid; no figure is made from it",
    },
    "reports_webhook": {
        "id posting_id url secret active created_at": "an address that its owner makes and ends",
    },
    "reports_webhookdelivery": {
        "id webhook_id release_id replay state answer answered_at due_at attempts finished_at": "a work"
        " list: who was told of what is out anyway",
    },
    "reports_deskrow": {
        "id office_id day election_id ledger_seq recorded printed biodata suket hours waiting kept_at":
        "what a board shows of a day, counted anew from the chain while the day lasts",
    },
    "reports_alert": {
        "id kind region_id subject facts seen_by opened_at taken_at taken_by_id note closed_at": "that"
        " somebody was told: no figure and no decision is made from it, and a job looks anew each minute",
    },
    "reports_alertrule": {
        "id region_id kind valid_from is_on number quiet_from quiet_until reason by_id at": "from when on"
        " somebody is told; rows are added only, and no figure or right rests on them",
    },
    "reports_alertaddress": {
        "user_id email agreed_at refused_at": "where somebody wants to be told, as long as they want it",
    },
    "reports_alertmail": {
        "id alert_id user_id state held_at created_at due_at attempts finished_at": "a work list: what it tells of"
        " stands in the alert",
    },
    "reports_siteprofile": {
        "id office_id changed_by_id changed_at village_id venue_id lat lon minutes setup opens closes"
        " weekdays lodging": "what an office says of a place, and changes; each plan has its own copy",
    },
    "reports_siteclosure": {
        "id office_id changed_by_id changed_at site_id kind from_day until_day why": "days that an office"
        " closes and opens; each plan has its own copy",
    },
    "reports_travelleg": {
        "id office_id changed_by_id changed_at origin_id target_id minutes km fare": "ways as somebody"
        " knows them; each plan has its own copy",
    },
    "reports_planfloor": {
        "id office_id changed_by_id changed_at district_id min_visits from_day until_day": "asked of plans"
        " to come; each plan has its own copy",
    },
    "reports_planpin": {
        "id office_id changed_by_id changed_at site_id kind day team_id why": "asked of plans to come;"
        " each plan has its own copy",
    },
    "reports_turnoutrule": {
        "id region_id kind visit per_thousand valid_from measured source set_by_id set_at": "what plans to"
        " come assume; rows are added only, and each plan has its own copy",
    },
    "reports_planrules": {
        "id region_id valid_from day_start day_end day_minutes min_stop max_stops max_km max_nights"
        " rest_days cost_km cost_day cost_night budget staff max_kits minutes setup opens closes speed"
        " road weights announced_points source set_by_id set_at": "limits and prices of plans to come;"
        " rows are added only, and each plan has its own copy",
    },
    "reports_plan": {
        "progress step stop_asked_at attempts due_at finished_at": "how far the job is; what an adopted one"
        " says is sealed",
    },
    "reports_planstop": {
        "event_id": "the event that was made of it, after it was adopted",
    },
    "reports_figurefile": {
        "id posting_id kind region_id question state content created_at due_at attempts finished_at":
        "a work list with files that are made anew from the figures, and forgotten after a day",
    },
    "registrations_paper": {
        "code": "100 random bits that nothing else tells: another one, and the paper in somebody's hand is seen"
        " to lead nowhere",
        "initials birth_year reason": "as printed, and emptied where the person is erased: no figure and no"
        " rule rests on them",
        "issued_at": "tells which of several papers of one person is the newer one: altered by more than the"
        " others lie apart it is found",
    },
    "registrations_papercounter": {
        "id": "names the counter of an office, kind and year, which are compared with the papers",
    },
    "registrations_paperrule": {
        "id election_id kind region_id days_before_open days_before_close status_age source decided_by_id"
        " decided_at": "lets an office issue papers from now on; rows are added only, and no figure rests on"
        " them",
    },
    "registrations_papertemplate": {
        "id office_id text set_by_id set_at": "how the next number is written; rows are added only, and that"
        " each number was written so by its office is asked of the papers",
    },
}  # fmt: skip

#: Tables of other apps that are looked at as well: what was handed out in an office's name.
PAPERS = (
    *("registrations_paper", "registrations_papercounter"),
    *("registrations_paperrule", "registrations_papertemplate"),
)
#: Tables whose rows come and go: those above, where all of a row may change.
_COME_AND_GO = frozenset(MAY_CHANGE) - {
    *("reports_buildhead", "registrations_paper", "registrations_papercounter", "reports_planstop")
}
#: A head that was added counts nothing.
MAY_BE_ADDED = _COME_AND_GO | {"reports_buildhead"}
MAY_BE_REMOVED = _COME_AND_GO

#: Decisions, figures, publications, targets, locks, confirmations, looks, and what chains them. Written by
#: hand: none of it may ever stand above.
NEVER = frozenset(
    "reports_populationbasis reports_populationfigure reports_basisdecision reports_target"
    " reports_release reports_releaseentry reports_releaseanswer reports_publication reports_publicfigure"
    " reports_edition reports_editionrow"
    " reports_planadoption reports_planduty reports_planleftout"
    " reports_regencyday reports_daycount reports_earlycount reports_dayconfirmation"
    " reports_daylock"
    " accounts_accesslog accounts_accesslink accounts_accesshead accounts_seal"
    " accounts_sealhead accounts_staffidentity accounts_staffact accounts_staffproposal"
    " accounts_staffdecision events_election events_electiondecision events_eventsignature events_localday"
    " registrations_printrule".split()
)

_ADOPTED = "SELECT plan_id FROM reports_planadoption"
#: Rows that are altered, where others of the table are nobody's decision: a plan that nobody adopted is a
#: proposal of a job. That it counts as adopted is found (`decided-plans`).
DECIDED = {
    "reports_plan": f"id IN ({_ADOPTED})",
    "reports_planduty": f"plan_id IN ({_ADOPTED})",
    "reports_planstop": "duty_id IN (SELECT duty.id FROM reports_planduty duty"
    f" WHERE duty.plan_id IN ({_ADOPTED}))",
    "reports_planleftout": f"plan_id IN ({_ADOPTED})",
}

#: Rules that find what was written; the others look at rights and triggers.
FINDING = [
    rule
    for rule in INVARIANTS
    if rule.name.startswith(
        ("seal-", "decided-", "access-", "revision-", "built-to", "basis-", "paper-")
    )
    and rule.name != "seal-triggers"
]

#: Parts of `seal-content`, by table. The whole rule plans seventeen functions each time that it is asked;
#: whatever one of its parts finds, it finds too.
PARTS = [
    Invariant(f"part-{table}", "a part of seal-content", as_sealed(table, content))
    for table, content in SEALED.items()
]

#: What is asked in a moment; to ask the whole of `seal-content` takes a hundred times as long.
SMALL = [rule for rule in FINDING if rule.name != "seal-content"]

_OTHER_TEXT = (
    "CASE WHEN coalesce({c}, '') = '' THEN 'x' ELSE left({c}, length({c}) - 1)"
    " || CASE right({c}, 1) WHEN 'y' THEN 'z' ELSE 'y' END END"
)
#: How a value of a type is made another one, as little as possible. {c} is the column.
_OTHER = {
    "boolean": "NOT {c}",
    "smallint": "coalesce({c}, 0) + 1",
    "integer": "coalesce({c}, 0) + 1",
    "bigint": "coalesce({c}, 0) + 1000003",
    "numeric": "coalesce({c}, 0) + 0.01",
    "date": "coalesce({c}, '2026-01-01') + 1",
    "time without time zone": "coalesce({c}, '00:00') + interval '1 minute'",
    "character varying[]": "coalesce({c}, '{{}}') || '13.99'::varchar",
    "timestamp with time zone": "coalesce({c}, now()) + interval '1 microsecond'",
    "jsonb": "{c} || '{{\"x\": null}}'",
    "bytea": "coalesce({c}, '') || '\\x00'",
    "uuid": "gen_random_uuid()",
    "character varying": _OTHER_TEXT,
    "text": _OTHER_TEXT,
}


@dataclass(frozen=True)
class Column:
    table: str
    name: str
    kind: str
    key: bool


def tables() -> list[str]:
    """Every table of the two apps, also those that no model of ours names (history), and what is sealed
    elsewhere.
    """
    of_apps = {
        model._meta.db_table
        for label in ("accounts", "reports")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    }
    return sorted({*of_apps, *SEALED, *PAPERS})


def columns(cursor: Any) -> list[Column]:
    """As they are in the database, whatever the models say."""
    cursor.execute(
        "SELECT a.attrelid::regclass::text, a.attname,"
        "  regexp_replace(format_type(a.atttypid, a.atttypmod), '\\(.*\\)', ''),"
        "  a.attnum = ANY (coalesce(pk.conkey, '{}'))"
        " FROM pg_attribute a LEFT JOIN pg_constraint pk"
        "   ON pk.conrelid = a.attrelid AND pk.contype = 'p'"
        " WHERE a.attrelid = ANY (%s::regclass[]) AND a.attnum > 0 AND NOT a.attisdropped"
        " ORDER BY 1, a.attnum",
        [tables()],
    )
    return [Column(*row) for row in cursor.fetchall()]


def listed() -> dict[tuple[str, str], str]:
    return {
        (table, name): reason
        for table, by_names in MAY_CHANGE.items()
        for names, reason in by_names.items()
        for name in names.split()
    }


def as_who_owns_the_machine(cursor: Any) -> None:
    """No trigger, no foreign key, no wall; what is unique or checked is dropped."""
    cursor.execute("SET session_replication_role = replica; SET timezone = 'Asia/Jakarta'")
    cursor.execute("SELECT set_config('app.scope', %s, false)", [EVERYBODY])
    cursor.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint"
        " WHERE contype IN ('u', 'c', 'x', 'p') AND conrelid = ANY (%s::regclass[])",
        [tables()],
    )
    for table, name in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name} CASCADE")
    cursor.execute(
        "SELECT indexrelid::regclass::text FROM pg_index"
        " WHERE indisunique AND indrelid = ANY (%s::regclass[])",
        [tables()],
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP INDEX {name}")


def found_by(cursor: Any) -> str:
    """The first rule that finds something, or nothing."""
    return next((rule.name for rule in FINDING if asked(cursor, rule)), "")


#: What a connection has prepared.
_planned: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def asked(cursor: Any, rule: Invariant) -> list[tuple[Any, ...]]:
    """What a rule finds. To plan a rule takes longer than to ask it."""
    name, planned = rule.name.replace("-", "_"), _planned.setdefault(cursor.connection, set())
    if name not in planned:
        cursor.execute(f"PREPARE {name} AS {rule.sql}")
        planned.add(name)
    cursor.execute(f"EXECUTE {name}")
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _changed(column: Column) -> str:
    if column.kind.endswith("[]"):
        return f"array_append({column.name}, 'x')"
    return _OTHER[column.kind].format(c=f'"{column.name}"')


def _rows_of(table: str) -> str:
    return f"{table} WHERE {DECIDED.get(table, 'true')}"


def _one_of(table: str, number: int) -> str:
    ordered = f"{_rows_of(table)} ORDER BY tableoid, ctid"
    return f"(tableoid, ctid) = (SELECT tableoid, ctid FROM {ordered} OFFSET {number} LIMIT 1)"


def counted(cursor: Any, table: str) -> int:
    cursor.execute(f"SELECT count(*) FROM {_rows_of(table)}")
    return int(cursor.fetchone()[0])


def alterations(
    cursor: Any, wanted: list[Column], rows_of_each: int
) -> Iterator[tuple[str, str, str]]:
    """(table, what is done, statement): every column changed, rows removed, rows added."""
    by_table: dict[str, list[Column]] = {}
    for column in wanted:
        by_table.setdefault(column.table, []).append(column)
    for table, of_table in by_table.items():
        for number in range(min(rows_of_each, counted(cursor, table))):
            one = _one_of(table, number)
            for column in of_table:
                change = f'UPDATE {table} SET "{column.name}" = {_changed(column)} WHERE {one}'
                yield table, column.name, change
            yield table, "removed", f"DELETE FROM {table} WHERE {one}"
            key = next(column for column in of_table if column.key)
            names = ", ".join(f'"{column.name}"' for column in of_table)
            values = ", ".join(
                _changed(column) if column is key else f'"{column.name}"' for column in of_table
            )
            yield (
                table,
                "added",
                f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE {one}",
            )


def unseen(cursor: Any, wanted: list[Column], rows_of_each: int = 1) -> tuple[int, list[str]]:
    """How many alterations were tried, and which of them no rule finds. Changes nothing."""
    known = listed()
    finders: dict[str, Invariant | None] = {}
    tried = 0
    # Of an empty table nothing can be altered: its columns stand in the list, or are red.
    missed = [
        f"{column.table}: {column.name}"
        for column in wanted
        if (column.table, column.name) not in known and not counted(cursor, column.table)
    ]
    for table, what, statement in list(alterations(cursor, wanted, rows_of_each)):
        if (table, what) in known:
            continue
        if (what == "removed" and table in MAY_BE_REMOVED) or (
            what == "added" and table in MAY_BE_ADDED
        ):
            continue
        cursor.execute("SAVEPOINT before")
        cursor.execute(statement)
        assert cursor.rowcount == 1, statement
        tried += 1
        # Most alterations of a table are found by the rule that found the one before.
        first = finders.get(table)
        if not (first and asked(cursor, first)):
            own = [part for part in PARTS if part.name == f"part-{table}"]
            rules = (*own, *SMALL, *PARTS, *FINDING)
            finders[table] = next((rule for rule in rules if asked(cursor, rule)), None)
            if finders[table] is None:
                missed.append(f"{table}: {what}")
        cursor.execute("ROLLBACK TO before")
    return tried, missed


def rarely_filled(clerk: int, head: int) -> None:
    """One row of each table that a small country leaves empty. Two ids of users of 13.75."""
    StaffAct.objects.create(subject_id=clerk, by_id=head, kind="made")
    proposal = StaffProposal.objects.create(
        kind="account",
        username="usul",
        name="Usul",
        role="district_operator",
        region_id="13.75",
        starts_on=today(),
        proposed_by_id=head,
    )
    StaffDecision.objects.create(proposal=proposal, verdict="withdrawn", decided_by_id=head)
    # A demonstration has one.
    versions = OfficeProfile.objects.filter(office_id="13.75").count()
    OfficeProfile.objects.create(
        office_id="13.75",
        version=versions + 1,
        letterhead="PEMERINTAH KOTA BUKITTINGGI",
        address="Jalan Contoh 1",
        place="Bukittinggi",
        head_name="Kepala Contoh",
        head_rank="Pembina",
        head_nip="199901012020011001",
        posting=Posting.objects.get(user=head),
    )


def plan(by: int) -> None:
    """An adopted one of 13.75, with a stop and a place that is left out."""
    with transaction.atomic():
        made = Plan.everything.create(
            office_id="13.75",
            from_day=today(),
            until_day=today(),
            instance={"id": "x"},
            instance_hash="0" * 64,
            cut=timezone.now(),
            asked_by=Posting.objects.get(user=by),
        )
        duty = PlanDuty.everything.create(
            plan=made,
            office_id="13.75",
            day=today(),
            team="1",
            kits=["1"],
            start="13.75",
            end="13.75",
            depart=480,
            back=700,
            cost=600_000,
        )
        PlanStop.everything.create(
            duty=duty,
            office_id="13.75",
            number=1,
            site="13.75.01.1001",
            village_id="13.75.01.1001",
            arrive=500,
            begin=500,
            minutes=60,
            expected=7,
        )
        PlanLeftOut.everything.create(
            plan=made, office_id="13.75", site="13.75.01.1002", reason="nobody"
        )
        Plan.everything.filter(pk=made.pk).update(state="solving")
        Plan.everything.filter(pk=made.pk).update(
            state="done", objective=7000, cost=600_000, expected=7
        )
        PlanAdoption.objects.create(plan=made, office_id="13.75", adopted_by_id=by)
        Plan.everything.filter(pk=made.pk).update(standing="adopted")


def print_rule(by: int) -> None:
    PrintRule.objects.create(
        office_id="13.75", days=7, since=today(), source="SK 3", decided_by_id=by
    )


def edition(by: int) -> None:
    """One with a row, of 13.75; a demonstration has its own. And a rule for printing."""
    print_rule(by)
    held_on = today() + timedelta(days=90)
    election = Election.objects.create(
        name="Pemilu", kind="pemilu", region_id="00", held_on=held_on
    )
    with transaction.atomic():  # its rows come with it, or never
        made = Edition.objects.create(
            region_id="13.75",
            election=election,
            held_on=held_on,
            basis=PopulationBasis.objects.get(name="Uji DKB"),
            day=today(),
            recipient="KPU Kota Bukittinggi",
            agreement="1/2026",
            made_by=User.objects.get(username="province_officer"),
        )
        EditionRow.objects.create(
            edition=made,
            level="village",
            region_id="13.75.01.1001",
            regions=["13.75.01.1001"],
            potential=100,
            recorded=90,
            unrecorded=10,
            seventeen=5,
        )
