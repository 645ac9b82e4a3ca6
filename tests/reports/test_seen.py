"""Who confirms, locks, approves or publishes has seen it: the version of what was shown decides."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import rows
from dukcapil.core.errors import Conflict
from dukcapil.core.versions import version_of
from reports.bases.models import BasisDecision, PopulationBasis
from reports.bases.selectors.signing import basis_parts
from reports.bases.services.basis import BasisFacts, decide_basis, propose_basis
from reports.daily.models import DayConfirmation, DayLock
from reports.daily.selectors.signing import days_standing
from reports.daily.services.build import build_stale, ensure_day
from reports.daily.services.confirming import confirm_day, lock_days
from reports.publication.models import Publication
from reports.publication.services.publications import approve_release, propose_release
from tests.engines import as_superuser
from tests.threads import at_once
from tests.world import (
    AGAM,
    BUKITTINGGI,
    World,
    at,
    make_basis,
    make_caller,
    make_resident,
    record,
    today,
)

YESTERDAY = today() - timedelta(days=1)


def built() -> None:
    use_role("worker")
    build_stale()
    use_role("web")


def day_of(made: World, office: str = BUKITTINGGI) -> str:
    """A report of yesterday with one recording; its version."""
    record(made, make_resident(made, office), occurred_at=at(9, 0, YESTERDAY))
    built()
    return version(made, office)


def version(made: World, office: str = BUKITTINGGI) -> str:
    answer = made["province_officer"].get(f"daily-reports/?region={office}&date={YESTERDAY}")
    return str(answer.json["results"][-1]["version"])


def confirm(made: World, **body: Any) -> Any:
    sent = {"date": str(YESTERDAY), "region": BUKITTINGGI, "revision": 1, **body}
    return made["operator"].post("daily-reports/confirm/", sent)


def lock(made: World, *regions: str, **body: Any) -> Any:
    sent = {"date": str(YESTERDAY), "regions": list(regions or [BUKITTINGGI]), **body}
    return made["province_officer"].post("daily-reports/lock/", sent)


def refused(answer: Any, word: str) -> None:
    assert answer.status == 409, answer.content
    assert answer.json["type"] == "/problems/changed-meanwhile"
    assert word in answer.json["title"]


# --- days -----------------------------------------------------------------------------------------


def test_a_day_is_confirmed_and_locked_as_it_was_shown(kept: World) -> None:
    seen = day_of(kept)
    record(kept, make_resident(kept), occurred_at=at(10, 0, YESTERDAY))
    built()
    stale = confirm(kept, revision=2, version=seen)
    refused(stale, "angka")
    assert stale.json["version"] == version(kept) != seen
    assert not DayConfirmation.objects.exists()
    refused(lock(kept, version=seen), "revisi")
    assert not DayLock.objects.exists()
    before = version(kept)
    signed = confirm(kept, revision=2, version=before)
    assert (signed.status, signed.json["version"]) == (201, before)
    refused(lock(kept, version=before), "konfirmasi")
    told = lock(kept)
    assert (told.status, told.json["locked"]) == (200, 1)
    assert told.json["version"] not in (before, version(kept))
    older = kept["operator"].get(f"daily-reports/?region=13.75&date={YESTERDAY}&revision=1")
    assert older.json["results"][0]["version"] is None


def test_several_days_are_locked_by_the_version_of_all_of_them(kept: World) -> None:
    day_of(kept)
    day_of(kept, AGAM)
    status = f"daily-reports/status/?region=13&date={YESTERDAY}"
    seen = kept["province_officer"].get(status).json["version"]
    confirm(kept)
    stale = lock(kept, AGAM, BUKITTINGGI, version=seen)
    refused(stale, "Bukittinggi")
    assert "Agam" not in stale.json["title"]
    assert stale.json["changed"] == [BUKITTINGGI]
    assert not DayLock.objects.exists()
    assert lock(kept, AGAM, BUKITTINGGI, version=stale.json["version"]).json["locked"] == 2


def page_of(made: World, who: str) -> Client:
    client = Client()
    client.force_login(made[who].user)
    return client


def hidden(page: Any) -> str:
    found = re.findall(r'name="version"\s+value="([^"]*)"', page.content.decode())
    assert found
    return str(found[0])


def test_the_pages_of_a_day_carry_the_version(kept: World) -> None:
    day_of(kept)
    clerk, province = page_of(kept, "operator"), page_of(kept, "province_officer")
    own, all_ = f"/laporan/13.75/?date={YESTERDAY}", f"/laporan/13/?date={YESTERDAY}"
    seen = {own: hidden(clerk.get(own)), all_: hidden(province.get(all_))}
    clerk.post(own, {"do": "confirm", "revision": "1", "version": seen[own]})
    assert DayConfirmation.objects.count() == 1
    answer = province.post(
        all_, {"do": "lock", "confirm": "lock", "version": seen[all_]}, follow=True
    )
    assert "diubah orang lain" in answer.content.decode()
    assert not DayLock.objects.exists()
    now = hidden(province.get(all_))
    answer = province.post(all_, {"do": "lock", "confirm": "lock", "version": now}, follow=True)
    assert now[:16] in answer.content.decode()
    assert DayLock.objects.count() == 1


def test_of_a_lock_and_a_confirmation_at_the_same_moment_one_wins(kept: World) -> None:
    """Two real connections; each has seen the same day."""
    use_role("worker")
    days = [today() - timedelta(days=n) for n in range(1, 9)]
    for day in days:
        ensure_day(BUKITTINGGI, day)
    use_role("web")
    clerk, officer = kept["operator"].actor, kept["province_officer"].actor
    for day in days:
        seen = days_standing([BUKITTINGGI], day).version

        def confirmed(day: Any = day, seen: str = seen) -> Any:
            with scoped(clerk.scope):
                return confirm_day(
                    by=clerk,
                    regency=BUKITTINGGI,
                    day=day,
                    revision=1,
                    nil_reason="closed",
                    version=seen,
                )

        def locked(day: Any = day, seen: str = seen) -> Any:
            with scoped(officer.scope):
                return lock_days(by=officer, regencies=[BUKITTINGGI], day=day, version=seen)

        results = at_once(confirmed, locked)
        losers = [one for one in results if isinstance(one, Conflict)]
        assert len(losers) == 1, results
        assert losers[0].code == "changed-meanwhile"
        rows_of_day = DayConfirmation.objects.filter(day__service_date=day).count()
        assert rows_of_day + DayLock.objects.filter(service_date=day).count() == 1


@pytest.mark.parametrize("first", ["confirm", "lock"])
def test_whoever_comes_while_the_other_has_not_finished_is_refused(kept: World, first: str) -> None:
    """Also without a version: nobody signs past what is being signed."""
    day_of(kept)
    clerk, officer = kept["operator"].actor, kept["province_officer"].actor

    def confirmed() -> Any:
        with scoped(clerk.scope):
            return confirm_day(by=clerk, regency=BUKITTINGGI, day=YESTERDAY, revision=1)

    def locked() -> Any:
        with scoped(officer.scope):
            return lock_days(by=officer, regencies=[BUKITTINGGI], day=YESTERDAY)

    winner, loser = (confirmed, locked) if first == "confirm" else (locked, confirmed)
    with transaction.atomic():
        winner()
        [refusal] = at_once(loser)
    assert isinstance(refusal, Conflict), refusal
    assert refusal.code == "changed-meanwhile"
    assert DayConfirmation.objects.count() + DayLock.objects.count() == 1


# --- bases and releases ---------------------------------------------------------------------------

ROWS = [{"region_code": "13.75", "wajib_ktp": "2000", "recorded": "1900"}]


def past_every_rule(sql: str) -> None:
    """As somebody with the database in hand would."""
    as_superuser(f"SET session_replication_role = replica; {sql}")


def proposal(made: World, name: str = "Usulan") -> PopulationBasis:
    head = made["head"].actor
    facts = BasisFacts(name, "dkb", today() - timedelta(days=30), "regency", source="Surat uji")
    with scoped(head.scope):
        return propose_basis(by=head, rows=ROWS, facts=facts)


def test_a_basis_is_approved_with_the_figures_that_were_shown(kept: World) -> None:
    basis = proposal(kept)
    client, path = page_of(kept, "province_officer"), f"/dasar/{basis.pk}/"
    seen = hidden(client.get(path))
    assert seen == version_of(basis_parts(basis))
    past_every_rule(
        f"UPDATE reports_populationfigure SET recorded = 1, unrecorded = 1999"
        f" WHERE basis_id = {basis.pk}"
    )
    answer = client.post(path, {"do": "approve", "version": seen}, follow=True)
    assert "diubah orang lain" in answer.content.decode()
    assert not BasisDecision.objects.exists()
    officer = kept["province_officer"].actor
    with scoped(officer.scope), pytest.raises(Conflict) as refusal:
        decide_basis(by=officer, basis=basis, verdict="approved", version=seen)
    assert refusal.value.extra["changed"] == ["figures"]


def test_a_release_is_approved_with_the_entries_that_were_shown(kept: World) -> None:
    make_basis()
    record(kept, make_resident(kept), occurred_at=at(9, 0, YESTERDAY))
    built()
    second = make_caller("kedua", "administrator", "00", today() - timedelta(days=9))
    by = kept["administrator"].actor
    with scoped(by.scope):
        release = propose_release(by=by, name="minggu", day=YESTERDAY, embargo_until=timezone.now())
    client = Client()
    client.force_login(second.user)
    seen = hidden(client.get("/rilis/"))
    past_every_rule(
        f"UPDATE reports_releaseentry SET ledger_seq = ledger_seq - 1"
        f" WHERE release_id = {release.pk}"
    )
    form = {"do": "approve", "release": str(release.pk), "version": seen, "confirm": "publish"}
    assert "diubah orang lain" in client.post("/rilis/", form, follow=True).content.decode()
    assert not Publication.objects.exists()
    with scoped(second.actor.scope), pytest.raises(Conflict) as refusal:
        approve_release(by=second.actor, release=release, version=seen)
    assert refusal.value.extra["changed"] == ["entries"]
    form["version"] = hidden(client.get("/rilis/"))
    assert form["version"] == refusal.value.extra["version"]
    assert rows("SELECT count(*) FROM reports_publication") == [(0,)]
