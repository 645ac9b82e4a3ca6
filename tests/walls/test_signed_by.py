"""What counts at once, or as somebody's signature, names somebody whose work it is: also where a session in SQL
with the rights of a web process writes the row, past every verb.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction

from dukcapil.accounts.models import Posting, StaffDecision, StaffProposal, User
from dukcapil.core.command import use_role
from dukcapil.core.db import rows
from dukcapil.core.errors import from_database
from events.calendar.models import LocalDay
from events.elections.models import Election, ElectionDecision
from events.planning.models.signing import EventSignature
from reports.alerts.models import AlertRule
from reports.bases.models import BasisDecision, PopulationBasis
from reports.planner.models.rules import TurnoutRule
from tests.world import World, make_basis, make_event, today

Build = Callable[[World], models.Model]
DAY = date(2031, 3, 3)


def _localday(_made: World) -> models.Model:
    return LocalDay(region_id="13.75", day=DAY, kind="closed", reason="Banjir")


def _day_of_an_opening(_made: World) -> models.Model:
    return LocalDay(region_id="13.75", day=DAY, kind="open", reason="Buka", by_opening=True)


def _election(_made: World) -> models.Model:
    election = Election.objects.create(
        name="Pilkada", kind="pilkada", region_id="13", held_on=DAY, source="SK"
    )
    return ElectionDecision(election_id=election.pk, held_on=DAY, state="cancelled", source="SK")


def _alert_rule(_made: World) -> models.Model:
    return AlertRule(
        region_id="13.75",
        kind="stock_low",
        valid_from=today(),
        is_on=False,
        number=1,
        reason="Sepi",
    )


def _basis(_made: World) -> models.Model:
    make_basis(name="Satu")
    made = PopulationBasis.objects.get(name="Satu")
    other = PopulationBasis.objects.create(
        **{
            field.attname: getattr(made, field.attname)
            for field in PopulationBasis._meta.concrete_fields
            if not field.primary_key and field.attname != "name"
        },
        name="Dua",
    )
    return BasisDecision(basis=other, verdict="approved")


def _staff(made: World) -> models.Model:
    proposal = StaffProposal.objects.create(
        kind="account",
        username="baru",
        name="Baru",
        role="district_head",
        region_id="13.75",
        starts_on=today(),
        proposed_by=made["head"].user,
    )
    return StaffDecision(proposal=proposal, verdict="approved")


def _signature(made: World) -> models.Model:
    return EventSignature(event=make_event(made), version="1", content={})


def _turnout(_made: World) -> models.Model:
    return TurnoutRule(
        region_id="13.75",
        kind="village",
        visit=1,
        per_thousand=400,
        valid_from=today(),
        source="Uji",
    )


#: Build, column, whose work it is, whose it is not. Nobody's: of none.
CASES: list[tuple[Build, str, tuple[str, ...], tuple[str, ...]]] = [
    (
        _localday,
        "by_id",
        ("province_officer", "administrator"),
        ("operator", "head", "other_province_officer", "api_client"),
    ),
    (
        _day_of_an_opening,
        "by_id",
        ("operator", "head", "province_officer", "administrator"),
        ("neighbour", "other_province_officer", "nation_viewer"),
    ),
    (
        _election,
        "by_id",
        ("province_officer", "administrator"),
        ("head", "operator", "other_province_officer", "nation_viewer"),
    ),
    (
        _alert_rule,
        "by_id",
        ("head", "province_officer", "administrator"),
        ("operator", "neighbour_head", "other_province_officer"),
    ),
    (
        _basis,
        "decided_by_id",
        ("province_officer", "administrator"),
        ("head", "operator", "other_province_officer", "api_client"),
    ),
    (
        _staff,
        "decided_by_id",
        ("province_officer", "administrator"),
        ("operator", "neighbour_head", "other_province_officer", "nation_viewer"),
    ),
    (
        _signature,
        "signed_by_id",
        ("head",),
        ("operator", "neighbour_head", "province_officer", "administrator"),
    ),
    (
        _turnout,
        "set_by_id",
        ("head", "province_officer"),
        ("operator", "neighbour_head", "administrator"),
    ),
]


def written(row: models.Model, column: str, user: int | None) -> None:
    """Past the verb and past `save`."""
    setattr(row, column, user)
    type(row)._base_manager.bulk_create([row])


def refused(row: models.Model, column: str, user: int | None) -> str | None:
    """The code that the person reads; None: it was written, and taken back."""
    try:
        with transaction.atomic():
            written(row, column, user)
            transaction.set_rollback(True)
    except DatabaseError as error:
        told = from_database(error)
        return told.code if told else repr(error)
    finally:
        row.pk = None
    return None


@pytest.mark.parametrize(("build", "column", "whose", "others"), CASES)
def test_a_row_that_counts_names_somebody_whose_work_it_is(
    made: World, build: Build, column: str, whose: tuple[str, ...], others: tuple[str, ...]
) -> None:
    row = build(made)
    said = {who: refused(row, column, made[who].actor.user_id) for who in (*whose, *others)}
    assert said == dict.fromkeys(whose) | dict.fromkeys(others, "whose-work")
    assert refused(row, column, None) == "whose-work"
    assert refused(row, column, made["former_operator"].actor.user_id) == "whose-work"
    # Whoever was stopped, or is posted from tomorrow on, signs nothing today.
    first = made[whose[0]].actor.user_id
    User.objects.filter(pk=first).update(is_active=False)
    assert refused(row, column, first) == "whose-work"
    User.objects.filter(pk=first).update(is_active=True)
    assert refused(row, column, first) is None
    Posting.objects.filter(user=first).update(starts_on=today() + timedelta(days=2))
    assert refused(row, column, first) == "whose-work"


def test_what_a_job_measures_is_nobodys_and_what_is_assumed_is_not(made: World) -> None:
    row: Any = _turnout(made)
    assert refused(row, "set_by_id", None) == "whose-work"
    row.measured = True
    assert refused(row, "set_by_id", None) is None


@pytest.fixture
def _back_to_web() -> Iterator[None]:
    yield
    use_role("web")


@pytest.mark.usefixtures("_back_to_web", "kept")
def test_the_operator_of_the_server_decides_in_nobodys_name(tmp_path: Path) -> None:
    """As `owner`; the same command as `web` is refused."""
    file = tmp_path / "dasar.csv"
    file.write_text("region_code,wajib_ktp,recorded\n13.75,1000,900\n")
    said = ["--kind=dkb", "--as-of=2025-01-01", "--level=regency"]
    call_command("import_basis", str(file), "--name=Dasar", *said)
    assert list(BasisDecision.objects.values_list("decided_by", flat=True)) == [None]
    use_role("web")
    values = {"name": "Lain", "kind": "dkb", "level": "regency", "region_id": "13.75"}
    basis = PopulationBasis.objects.create(wajib_as_of=DAY, recorded_as_of=DAY, **values)
    decision = BasisDecision(basis=basis, verdict="approved")
    assert refused(decision, "decided_by_id", None) == "whose-work"


#: Columns that may name nobody, with what stands in the way, or why nothing has to. What is set later
#: (a decision about a row that waits) is not among them: a new row is none.
NOBODY = {
    ("accounts_staffact", "by_id"): "a log of accounts, which `web` may make as well",
    ("accounts_staffdecision", "decided_by_id"): "staff_decided_by",
    ("accounts_staffproposal", "user_id"): "whom it is about, not who says so",
    ("events_electiondecision", "by_id"): "election_decided_by",
    ("events_heartbeat", "by_id"): "a phone link says it instead (heartbeat_of_one)",
    ("events_localday", "by_id"): "localday_by",
    ("registrations_resident", "created_by_id"): "an import makes people, too",
    ("reports_alertrule", "by_id"): "alert_rule_by",
    ("reports_basisdecision", "decided_by_id"): "basis_decided_by",
    ("reports_planrules", "set_by_id"): "plan_rules_set_by",
    ("reports_populationbasis", "imported_by_id"): "counts once it is decided about",
    (
        "reports_release",
        "proposed_by_id",
    ): "a working release is a mark; publications name somebody",
    ("reports_target", "set_by_id"): "target_set_by",
    ("reports_turnoutrule", "set_by_id"): "turnout_set_by",
}
#: Set by an UPDATE, when somebody does it.
LATER = (
    *("assigned_by_id", "clerk_id", "ended_by_id", "answered_by_id", "done_by_id", "taken_by_id"),
    *("matched_by_id", "filed_by_id", "voided_by_id", "seen_by_id", "triaged_by_id"),
    *("decided_by_id", "neutrality_signed_by_id"),
)

_COLUMNS = """
SELECT kind.relname, field.attname
  FROM pg_constraint tie
  JOIN pg_class kind ON kind.oid = tie.conrelid
  JOIN pg_attribute field ON field.attrelid = kind.oid AND tie.conkey = ARRAY[field.attnum]
 WHERE tie.contype = 'f' AND tie.confrelid = 'accounts_user'::regclass AND NOT field.attnotnull
   AND (has_column_privilege('web', kind.oid, field.attnum, 'INSERT')
        OR has_column_privilege('worker', kind.oid, field.attnum, 'INSERT'))
"""


@pytest.mark.usefixtures("made")
def test_every_column_that_may_name_nobody_is_known() -> None:
    """By the catalogue: a new one is red until a rule of it, or a reason, is written down here."""
    append_only = {
        table
        for (table,) in rows(
            "SELECT kind.relname FROM pg_trigger one JOIN pg_class kind ON kind.oid = one.tgrelid"
            " WHERE one.tgname LIKE '%%append_only'"
        )
    }
    found = {
        (table, column)
        for table, column in rows(_COLUMNS)
        if column not in LATER or table in append_only
    }
    assert found == set(NOBODY)
    triggers = {name for (name,) in rows("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")}
    assert {rule for rule in NOBODY.values() if " " not in rule} <= triggers


def test_nobody_reads_a_code_instead_of_words(made: World) -> None:
    with pytest.raises(DatabaseError) as said, transaction.atomic():
        written(_localday(made), "by_id", None)
    error = from_database(said.value)
    assert error is not None
    assert "ditugaskan" in str(error.message)
    assert connection.settings_dict["USER"] == "web"
