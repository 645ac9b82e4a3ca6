"""What is decided stays as it was decided: as `web` nothing is added, as the superuser nothing goes unseen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

import events
from dukcapil import accounts, embedded
from dukcapil.accounts.models import AccessLog, User
from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY, rows, service
from dukcapil.core.errors import Conflict
from dukcapil.core.redis import client as redis
from dukcapil.regions.models import Region
from events.calendar.models import LocalDay
from events.elections.models import Election
from events.elections.services.days import decide_day
from events.planning.models.signing import EventSignature
from reports import daily
from reports.bases.models import BasisDecision, PopulationBasis, PopulationFigure, Target
from reports.bases.selectors.seal import content_of_basis
from reports.bases.services.basis import BasisFacts, propose_basis
from reports.bases.services.targets import set_target
from reports.daily.models import DayConfirmation, DayLock, RegencyDay
from reports.daily.selectors.seal import content_of_day
from reports.daily.services.build import build_stale, ensure_day
from reports.daily.services.confirming import confirm_day, lock_days
from reports.invariants.selectors import broken
from reports.publication.models import Publication, PublicFigure
from reports.publication.services.freezing import freeze_release
from reports.publication.services.publications import approve_release, propose_release
from reports.releases.models import Release, ReleaseEntry
from reports.releases.selectors import content_of_release
from tests import engines
from tests.standing import built_once
from tests.walls import alterations
from tests.walls.conftest import as_superuser
from tests.world import (
    World,
    at,
    issue_paper,
    make_basis,
    make_caller,
    make_event,
    make_resident,
    record,
    today,
)

YESTERDAY = today() - timedelta(days=1)
BEFORE = YESTERDAY - timedelta(days=1)


def built(*nil: Any) -> None:
    use_role("worker")
    build_stale()
    for day in nil:
        ensure_day("13.75", day)
    use_role("web")


@built_once
def decided(kept: World) -> None:
    """One of everything that is decided; days with two revisions, confirmed and locked ones."""
    make_basis()
    second = make_caller("kedua", "administrator", "00", today() - timedelta(days=90)).actor
    by, head, province = (kept[n].actor for n in ("operator", "head", "province_officer"))
    for office in ("13.75", "13.06"):
        record(kept, make_resident(kept, office), occurred_at=at(9, 0, YESTERDAY))
    built(BEFORE)
    young = make_resident(kept, birth_date=today() - timedelta(days=16 * 366))
    record(kept, young, "family_card", occurred_at=at(9, 30, YESTERDAY))
    built()
    office = Region.objects.get(pk="13.75")
    with scoped(head.scope):
        newest = RegencyDay.objects.get(regency_id="13.75", service_date=YESTERDAY, latest=True)
        confirm_day(by=by, regency="13.75", day=YESTERDAY, revision=newest.revision)
        confirm_day(by=by, regency="13.75", day=BEFORE, revision=1, nil_reason="closed")
        lock_days(by=province, regencies=["13.06"], day=YESTERDAY)
        set_target(
            by=province,
            indicator="recording",
            region=office,
            year=2026,
            percent=Decimal("99.4"),
            source="Surat",
        )
        freeze_release(name="potong")
        propose_basis(
            by=head,
            rows=[{"region_code": "13.75", "wajib_ktp": "1000", "recorded": "900"}],
            facts=BasisFacts("Menunggu", "dkb", today() - timedelta(days=40), "regency"),
        )
        release = propose_release(
            by=kept["administrator"].actor,
            name="keluar",
            day=YESTERDAY,
            embargo_until=timezone.now(),
        )
        approve_release(by=second, release=release)
        decide_day(
            by=province,
            region=office,
            day=today() + timedelta(days=40),
            kind="closed",
            reason="Banjir",
        )
    make_event(kept)
    alterations.rarely_filled(by.user_id, head.user_id)
    issue_paper(kept, make_resident(kept), "biodata")
    kept["operator"].get("residents/")


def verified() -> list[str]:
    use_role("owner")
    try:
        return [item.invariant.name for item in broken()]
    finally:
        use_role("web")


# --- as `web` and `worker` ------------------------------------------------------------------------


def refused(make: Any) -> str:
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        make()
    return str(getattr(error.value.__cause__, "pgcode", ""))


def test_nothing_is_added_to_what_was_decided(decided: World) -> None:
    """The attack: one more row for a figure that is served at once."""
    assert verified() == []
    approved = PopulationBasis.objects.get(name="Uji DKB")
    waiting = PopulationBasis.objects.get(name="Menunggu")
    for basis in (approved, waiting):
        figure = PopulationFigure(basis=basis, region_id="13.71", wajib=1, recorded=1)
        assert refused(lambda figure=figure: figure.save(force_insert=True)) == "DK005"
    frozen = Release.objects.get(name="potong")
    out = Release.objects.get(name="keluar")
    for release in (frozen, out):
        entry = ReleaseEntry(release=release, regency_id="13.71", ledger_seq=9)
        assert refused(lambda entry=entry: entry.save(force_insert=True)) == "DK005"
        shown = PublicFigure(
            release=release, region_id="13.71.01", recording=True, ikd=True, counted={}, row={}
        )
        assert refused(lambda shown=shown: shown.save(force_insert=True)) == "DK005"
    use_role("worker")
    day = RegencyDay.objects.filter(regency_id="13.75").latest("revision")
    count = (
        "INSERT INTO reports_daycount SELECT day_id, service_date, '13.75.02.1001', domicile_id,"
        " service, category, outcome, reason, n, last_at FROM reports_daycount WHERE day_id = %s"
    )
    assert refused(lambda: rows(count, [day.pk])) == "DK005"
    use_role("web")
    forged = "SELECT seal_append('bases', 'reports_populationbasis', 0, 'x')"
    assert refused(lambda: rows(forged)) == "42501"  # nobody but the trigger seals
    assert verified() == []


def test_with_the_rule_off_it_is_served_at_once_and_found_by_its_seal(decided: World) -> None:
    """The control, seen from outside."""

    def served() -> Any:
        redis().flushdb()  # no figure that is remembered
        answer = decided["nation_viewer"].get("coverage/?region=13.71&level=regency")
        return answer.json["results"][0]["wajib_ktp"]

    before = served()
    as_superuser("ALTER TABLE reports_populationfigure DISABLE TRIGGER figures_with_basis")
    basis = PopulationBasis.objects.get(name="Uji DKB")
    PopulationFigure.objects.create(basis=basis, region_id="13.71", wajib=77, recorded=7)
    assert (before, served()) == (None, 77)
    assert verified() == ["seal-content", "seal-triggers"]


def test_the_same_rows_come_with_a_parent_that_is_not_decided(decided: World) -> None:
    """The other side, and what is left to an attacker: a proposal, which a second person sees."""
    with transaction.atomic():
        basis = PopulationBasis.objects.create(
            name="Baru",
            kind="dkb",
            region_id="13",
            level="regency",
            wajib_as_of=today(),
            recorded_as_of=today(),
        )
        PopulationFigure.objects.create(basis=basis, region_id="13.71", wajib=1, recorded=1)
    assert verified() == []


def test_times_are_those_of_the_database(decided: World) -> None:
    operator = decided["operator"].actor
    long_ago, later = timezone.now() - timedelta(days=400), timezone.now() + timedelta(days=400)
    began = timezone.now()
    with scoped(EVERYBODY):
        for sent in (long_ago, later):
            look = AccessLog.objects.create(
                at=sent, action="view", user_id=operator.user_id, office="13.75", kind="resident"
            )
            target = Target.objects.create(
                indicator="ikd",
                region_id="13",
                year=2026,
                percent="30",
                set_at=sent,
                set_by_id=decided["province_officer"].actor.user_id,
            )
            assert began <= AccessLog.objects.get(pk=look.pk).at <= timezone.now()
            assert began <= target.set_at <= timezone.now()
            assert target.set_at == Target.objects.get(pk=target.pk).set_at
            release = Release.objects.create(name=f"r {sent:%Y}", frozen_at=sent)
            assert began <= release.frozen_at <= timezone.now()
    user = User.objects.create_user("kini", None, name="x", created_at=long_ago)
    assert began <= User.objects.get(pk=user.pk).created_at <= timezone.now()
    days = timezone.localdate()
    election = Election.objects.create(
        name="x", kind="example", region_id="13", held_on=days, created_at=long_ago
    )
    assert began <= Election.objects.get(pk=election.pk).created_at <= timezone.now()
    for model, name in (
        *((BasisDecision, "decided_at"), (Publication, "approved_at")),
        *((EventSignature, "signed_at"), (LocalDay, "created_at")),
        *((DayConfirmation, "confirmed_at"), (DayLock, "locked_at"), (RegencyDay, "built_at")),
    ):
        trigger = f"{model._meta.db_table}_clock"
        [(body,)] = rows("SELECT prosrc FROM pg_proc WHERE proname = %s", [trigger])
        assert body.split() == f"BEGIN NEW.{name} := clock_timestamp(); RETURN NEW; END".split()
    assert verified() == []


def test_a_decision_carries_what_it_was_about(decided: World) -> None:
    """The database fills the hash in; with another one, of something else that was seen, it refuses."""
    basis = PopulationBasis.objects.get(name="Menunggu")
    by = decided["province_officer"].actor.user_id
    with pytest.raises(DatabaseError, match="another version"), transaction.atomic():
        BasisDecision.objects.create(
            basis=basis, verdict="approved", decided_by_id=by, content="0" * 64
        )
    seen = content_of_basis(basis.pk)
    decision = BasisDecision.objects.create(
        basis=basis, verdict="approved", decided_by_id=by, content=seen
    )
    assert decision.content == seen
    publication = Publication.objects.get()
    assert publication.content == content_of_release(publication.release_id)
    confirmation = DayConfirmation.objects.get(day__service_date=YESTERDAY)
    assert confirmation.content == content_of_day(confirmation.day_id)
    lock = DayLock.objects.get()
    locked = RegencyDay.objects.get(regency_id="13.06", service_date=YESTERDAY, latest=True)
    assert lock.content == content_of_day(locked.pk)
    assert {len(one.content) for one in (decision, publication, confirmation, lock)} == {64}


def test_a_refusal_is_in_words(decided: World) -> None:
    basis = PopulationBasis.objects.get(name="Menunggu")

    @service
    def add() -> None:
        PopulationFigure.objects.create(basis=basis, region_id="13.71", wajib=1, recorded=1)

    with pytest.raises(Conflict) as found:
        add()
    assert found.value.code == "sealed"


# --- as whoever owns the machine ------------------------------------------------------------------


@pytest.fixture
def cursor(decided: World) -> Iterator[Any]:
    alterations.edition(decided["head"].actor.user_id)  # younger than the migration of seals
    alterations.plan(decided["head"].actor.user_id)
    connection.close()
    database = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    with database.cursor() as found:
        yield found
    database.rollback()
    database.close()


def test_every_altered_column_is_found_or_may_change(cursor: Any) -> None:
    wanted = alterations.columns(cursor)
    alterations.as_who_owns_the_machine(cursor)
    assert alterations.found_by(cursor) == ""
    for table in sorted(alterations.NEVER):
        assert alterations.counted(cursor, table), f"{table}: nothing to alter"
    # What a part of the rule finds, the rule finds: the parts are in it.
    [whole] = [rule.sql for rule in alterations.FINDING if rule.name == "seal-content"]
    assert all(part.sql in whole for part in alterations.PARTS)
    tried, missed = alterations.unseen(cursor, wanted)
    assert missed == []
    assert tried > 150
    assert alterations.found_by(cursor) == ""


def test_what_may_change_is_there_and_no_decision_among_it(cursor: Any) -> None:
    """A column that is gone goes from the list; a new one is altered above until it stands here."""
    present = {(column.table, column.name) for column in alterations.columns(cursor)}
    assert set(alterations.listed()) - present == set()
    assert alterations.NEVER & set(alterations.MAY_CHANGE) == set()
    assert alterations.NEVER | set(alterations.MAY_CHANGE) == set(alterations.tables())
    assert all(len(reason) > 20 for reason in alterations.listed().values())


def test_a_new_column_is_red_until_somebody_decides(cursor: Any) -> None:
    """The control: neither sealed nor listed. A figure's is sealed by itself, a file's is not."""
    cursor.execute("ALTER TABLE reports_figurefile ADD title varchar(9) NOT NULL DEFAULT 'a'")
    cursor.execute("ALTER TABLE reports_daycount ADD weight integer NOT NULL DEFAULT 1")
    cursor.execute("ALTER TABLE reports_populationfigure ADD children bigint")
    changed = ("reports_daycount", "reports_figurefile", "reports_populationfigure")
    wanted = [one for one in alterations.columns(cursor) if one.table in changed]
    alterations.as_who_owns_the_machine(cursor)
    assert alterations.found_by(cursor) == ""
    _tried, missed = alterations.unseen(cursor, wanted)
    assert sorted(missed) == ["reports_daycount: weight", "reports_figurefile: title"]


def test_without_hashes_it_goes_unseen(cursor: Any) -> None:
    """The control: the rules of before say that all is well."""
    alterations.as_who_owns_the_machine(cursor)
    for what in (
        "UPDATE reports_populationfigure SET recorded = recorded - 1",
        "UPDATE reports_publicfigure SET row = row || '{\"recorded\": 1}'",
        "UPDATE reports_target SET percent = 1",
        "UPDATE reports_daylock SET locked_at = locked_at - interval '1 day'",
        "UPDATE reports_dayconfirmation SET note = 'lain'",
    ):
        cursor.execute("SAVEPOINT before")
        cursor.execute(what)
        found = [rule.name for rule in alterations.FINDING if alterations.asked(cursor, rule)]
        assert [name for name in found if not name.startswith("basis-")] == ["seal-content"], what
        cursor.execute("ROLLBACK TO before")


def test_what_stood_in_a_database_before_seals_is_sealed_by_the_migration(decided: World) -> None:
    seals = rows("SELECT kind, row, encode(content, 'hex') FROM accounts_seal ORDER BY 1, 2")
    as_superuser("TRUNCATE accounts_seal, accounts_sealhead")
    assert set(verified()) == {"seal-content", "decided-content"}
    for sql in (
        Path(daily.__file__).parents[1] / "migrations/sql/0005_seals.sql",
        Path(accounts.__file__).parent / "migrations/sql/0005_staff_seals.sql",
        Path(events.__file__).parent / "migrations/sql/0012_seal_elections.sql",
        Path(events.__file__).parent / "migrations/sql/0016_seal_signatures.sql",
    ):
        backfill, end, _triggers = sql.read_text().partition("END $$;")
        as_superuser(backfill + end)
    assert (
        rows("SELECT kind, row, encode(content, 'hex') FROM accounts_seal ORDER BY 1, 2") == seals
    )
    assert verified() == []
    setter = decided["province_officer"].user
    target = Target.objects.create(
        indicator="ikd", region_id="13", year=2026, percent="30", set_by=setter
    )
    assert verified() == []
    last = "SELECT kind, row FROM accounts_seal WHERE chain = 'targets' ORDER BY seq DESC LIMIT 1"
    assert rows(last) == [("reports_target", target.pk)]


def test_a_chain_of_seals_that_was_computed_anew_differs_from_its_anchor(
    decided: World, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever owns the database makes the whole chain anew: sound in itself, and not as anchored."""
    anchors = tmp_path / "anchors"

    def verify(**options: Any) -> None:
        try:
            call_command("verify_invariants", **options)
        finally:
            use_role("web")

    verify(anchors=anchors)
    assert "seal targets 1 " in anchors.read_text()
    assert "seal built 13.75 " in anchors.read_text()
    as_superuser(
        "SET session_replication_role = replica",
        "UPDATE reports_target SET percent = 50",
        """DO $$ DECLARE link accounts_seal; last bytea := ''; BEGIN
            FOR link IN SELECT * FROM accounts_seal WHERE chain = 'targets' ORDER BY seq LOOP
                link.content := (SELECT row_content(t) FROM reports_target t WHERE id = link.row);
                link.previous_hash := last; last := seal_hash(link);
                UPDATE accounts_seal SET content = link.content, hash = last,
                    previous_hash = link.previous_hash WHERE chain = link.chain AND seq = link.seq;
            END LOOP;
            UPDATE accounts_sealhead SET hash = last WHERE chain = 'targets'; END $$""",
    )
    verify()  # sound in itself
    with pytest.raises(SystemExit):
        verify(anchors=anchors)
    assert "REWRITTEN since it was anchored: seal targets" in capsys.readouterr().out
