"""A day's report: what it says, who confirms and locks it, and how it stood at any moment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import transaction
from django.test import Client

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.errors import Conflict, DomainError, NotFound
from dukcapil.core.ids import uuid7
from dukcapil.core.redis import client as redis
from dukcapil.regions.models import Region
from registrations.ledger.services.corrections import void_record
from registrations.ledger.services.ledger import log_service
from reports.daily.models import DayConfirmation, DayLock, RegencyDay
from reports.daily.selectors.reporting import reporting
from reports.daily.services.build import build_stale, ensure_day
from reports.daily.services.confirming import confirm_day, lock_days
from reports.publication.services.freezing import freeze_release
from tests.world import (
    AGAM,
    BUKITTINGGI,
    World,
    at,
    entry,
    issue_paper,
    make_basis,
    make_event,
    make_resident,
    make_session,
    make_target,
    record,
    today,
)

YESTERDAY = today() - timedelta(days=1)


def built() -> None:
    use_role("worker")
    build_stale()
    use_role("web")


def nil(office: str, day: Any = YESTERDAY) -> None:
    use_role("worker")
    ensure_day(office, day)
    use_role("web")


def report(made: World, who: str = "operator", more: str = "") -> Any:
    answer = made[who].get(f"daily-reports/?region=13.75&date={YESTERDAY}{more}")
    assert answer.status == 200, answer.json
    return answer.json["results"]


def test_every_row_of_the_daily_report(kept: World) -> None:
    """Target, present, recordings by category and domicile, prints and failures by reason, documents."""
    event = make_event(kept)
    make_session(kept, event, {"recording": 40})
    moment = at(9, 0, YESTERDAY)
    by = kept["operator"].actor
    young = make_resident(kept, birth_date=today() - timedelta(days=17 * 366))
    old = make_resident(kept)
    agam = Region.objects.get(pk="13.06.01.2001")
    outsider = make_resident(kept, village=agam)
    for person in (young, old, outsider):
        record(kept, person, occurred_at=moment)
    with scoped(by.scope):
        for service, reason, outcome in (
            ("card_print", "lost", "done"),
            ("card_print", "first_card", "done"),
            ("card_print", "", "done"),
            ("family_card", "", "done"),
            ("ikd_activation", "no_smartphone", "failed"),
            ("ikd_activation", "", "done"),
        ):
            log_service(
                by=by,
                entry=entry(old, service, outcome=outcome, reason=reason, occurred_at=moment),
            )
    for person, kind in ((old, "biodata"), (young, "suket")):
        issue_paper(kept, person, kind, occurred_at=moment)
    built()
    [row] = report(kept)
    wanted = {
        "present": 3,
        "recorded": 3,
        "recorded_pemula": 1,
        "recorded_umum": 2,
        "recorded_outsiders": 1,
        "ikd_activated": 1,
        "cards_printed": 3,
        "biodata": 1,
        "suket": 1,
        "other_documents": 1,
        "documents": 3,
        "failed": 1,
        "printed_by_reason": {"": 1, "lost": 1, "first_card": 1},
        "failed_by_reason": {"no_smartphone": 1},
        "status": "provisional",
    }
    assert {name: row[name] for name in wanted} == wanted
    # The session is today's: its places are the target of that day alone.
    record(kept, make_resident(kept))
    built()
    [now] = kept["operator"].get(f"daily-reports/?region=13.75&date={today()}").json["results"]
    assert (now["target"], row["target"]) == (40, 0)


def test_a_print_reason_belongs_to_a_printed_card_alone(made: World) -> None:
    person = make_resident(made)
    with scoped(made["operator"].actor.scope):
        for service, outcome, reason in (
            ("family_card", "done", "lost"),
            ("card_print", "failed", "lost"),
            ("card_print", "done", "network"),
        ):
            body = {
                "id": str(uuid7()),
                "service": service,
                "outcome": outcome,
                "reason": reason,
                "resident": str(person.pk),
                "occurred_at": at(0, 1).isoformat(),
            }
            answer = made["operator"].post("service-records/", body)
            assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/reason")


# --- confirming and locking -----------------------------------------------------------------------


def confirm(made: World, who: str = "operator", **changes: Any) -> Any:
    body = {"date": str(YESTERDAY), "region": "13.75", "revision": 1, **changes}
    return made[who].post("daily-reports/confirm/", body)


def test_an_office_confirms_its_day_once_and_a_newer_revision_asks_again(kept: World) -> None:
    record(kept, make_resident(kept), occurred_at=at(9, 0, YESTERDAY))
    built()
    assert confirm(kept, "neighbour").status == 404
    assert confirm(kept, "province_officer").status == 403
    assert confirm(kept, nil_reason="device").json["type"] == "/problems/nil-reason"
    assert confirm(kept).status == 201
    assert confirm(kept).json["type"] == "/problems/confirmed"
    record(kept, make_resident(kept), occurred_at=at(10, 0, YESTERDAY))
    built()
    assert confirm(kept).json["type"] == "/problems/newer-revision"
    assert confirm(kept, revision=2).status == 201
    assert [row["confirmed_at"] is not None for row in report(kept)] == [True, True]
    with pytest.raises(Exception, match=r"never changed|permission denied"), transaction.atomic():
        DayConfirmation.objects.update(note="lain")


def test_a_day_that_is_not_over_cannot_be_confirmed(kept: World) -> None:
    record(kept, make_resident(kept))
    built()
    answer = confirm(kept, date=str(today()))
    assert (answer.status, answer.json["type"]) == (409, "/problems/day-open")


def test_nil_needs_a_reason_and_other_needs_a_note(kept: World) -> None:
    nil(BUKITTINGGI)
    assert confirm(kept).json["type"] == "/problems/nil-reason"
    assert confirm(kept, nil_reason="other").json["type"] == "/problems/note"
    assert confirm(kept, nil_reason="device", note="Kamera rusak").status == 201
    [row] = report(kept)
    assert (row["nil_reason"], row["nil_note"]) == ("device", "Kamera rusak")


def test_after_the_provinces_lock_nothing_is_confirmed_and_nothing_is_lost(kept: World) -> None:
    first = record(kept, make_resident(kept), occurred_at=at(9, 0, YESTERDAY))
    built()
    officer = kept["province_officer"]
    body = {"date": str(YESTERDAY), "regions": ["13.75"]}
    assert kept["operator"].post("daily-reports/lock/", body).status == 403
    assert kept["other_province_officer"].post("daily-reports/lock/", body).status == 404
    missing = officer.post("daily-reports/lock/", {**body, "regions": ["13.06"]})
    assert missing.json["type"] == "/problems/no-report"
    assert officer.post("daily-reports/lock/", body).json["locked"] == 1
    assert officer.post("daily-reports/lock/", body).json["locked"] == 0
    assert confirm(kept).json["type"] == "/problems/day-locked"
    with scoped(kept["operator"].actor.scope):
        void_record(by=kept["operator"].actor, record=first, reason="Salah orang")
    built()
    rows = report(kept)
    assert [(row["revision"], row["reason"], row["recorded"]) for row in rows] == [
        (1, "first", 1),
        (2, "void", 0),
    ]
    assert all(row["locked_at"] for row in rows)


def test_a_locked_day_is_final_from_its_lock_on(kept: World) -> None:
    record(kept, make_resident(kept), occurred_at=at(9, 0, YESTERDAY))
    built()
    client = Client()
    client.force_login(kept["province_officer"].user)

    def said() -> tuple[str, str]:
        html = client.get(f"/laporan/13.75/?date={YESTERDAY}").content
        tag = BeautifulSoup(html, "html.parser").select_one("p.basis .tag")
        return report(kept)[0]["status"], tag.get_text(strip=True)

    assert said() == ("provisional", "sementara")
    body = {"date": str(YESTERDAY), "regions": ["13.75"]}
    assert kept["province_officer"].post("daily-reports/lock/", body).json["locked"] == 1
    assert said() == ("final", "final")
    # As the first revision stood when it was built, nobody had locked the day.
    then = kept["operator"].get(f"daily-reports/?region=13.75&date={YESTERDAY}&revision=1").json
    assert [row["status"] for row in then["results"]] == ["provisional"]


def test_the_province_sees_who_is_late_and_the_rates(kept: World) -> None:
    record(kept, make_resident(kept), occurred_at=at(9, 0, YESTERDAY))
    record(kept, make_resident(kept, AGAM), occurred_at=at(9, 0, YESTERDAY))
    built()
    with scoped(kept["operator"].actor.scope):
        confirm_day(by=kept["operator"].actor, regency="13.75", day=YESTERDAY, revision=1)
    with scoped(kept["province_officer"].actor.scope):
        rates = reporting("13", YESTERDAY)
    assert rates["13.75"]["confirmed"] <= 1
    assert rates["13.06"]["confirmed"] == 0
    assert rates["13.06"]["due"] >= 15
    assert len(rates) == 19
    client = Client()
    client.force_login(kept["province_officer"].user)
    page = client.get(f"/laporan/13/?date={YESTERDAY}").content.decode()
    assert "Tingkat pelaporan" in page
    assert page.count("dikonfirmasi") >= 1


def test_on_the_page_a_clerk_confirms_and_the_province_locks(kept: World) -> None:
    nil(BUKITTINGGI)
    client = Client()
    client.force_login(kept["operator"].user)
    path = f"/laporan/13.75/?date={YESTERDAY}"
    assert "Mengapa tidak ada yang dilayani" in client.get(path).content.decode()
    client.post(path, {"do": "confirm", "revision": "1", "nil_reason": "closed", "note": ""})
    assert DayConfirmation.objects.get().nil_reason == "closed"
    assert "Mengapa tidak ada yang dilayani" not in client.get(path).content.decode()
    province = Client()
    province.force_login(kept["province_officer"].user)
    for code in ("13", "13.75"):
        asked = province.post(f"/laporan/{code}/?date={YESTERDAY}", {"do": "lock"})
        assert (asked.status_code, DayLock.objects.count()) == (409, 0), code
        shown = BeautifulSoup(asked.content, "html.parser").select_one("form.question")
        assert shown is not None
        yes = {one["name"]: one["value"] for one in shown.select("input[name]")}
        assert (yes["confirm"], yes["version"] != "") == ("lock", True)
    province.post(f"/laporan/13/?date={YESTERDAY}", {**yes, "do": "lock"})
    assert "dikunci provinsi" in client.get(path).content.decode()


# --- time travel ----------------------------------------------------------------------------------


def test_as_of_a_release_or_revision_gives_the_same_bytes(kept: World) -> None:
    make_basis()
    first = record(kept, make_resident(kept), occurred_at=at(9, 0, YESTERDAY))
    built()
    freeze_release(name="pagi")
    asked = [
        "coverage/?region=13&level=regency&release=pagi",
        "coverage/?region=13&level=regency&release=pagi&format=csv",
        "coverage/?region=13&level=regency&release=pagi&format=sdmx-csv",
        "coverage/?region=13&level=regency&release=pagi&format=text",
        "coverage/13.75/series/?release=pagi",
        f"daily-reports/?region=13.75&date={YESTERDAY}&release=pagi",
        f"daily-reports/?region=13.75&date={YESTERDAY}&revision=1",
    ]
    officer = kept["province_officer"]
    before = {path: officer.get(path).content for path in asked}
    client = Client()
    client.force_login(officer.user)
    pages = [
        f"/cakupan/13/?date={YESTERDAY}&release=pagi",
        f"/laporan/13.75/?date={YESTERDAY}&revision=1",
    ]

    def body_of(path: str) -> str:
        text = client.get(path).content.decode()
        return text[text.index('id="live"') :].partition('id="shortcuts"')[0]

    shown = {path: body_of(path) for path in pages}
    # A late record, a void, a confirmation, a lock, a target and a basis come afterwards.
    record(kept, make_resident(kept), occurred_at=at(11, 0, YESTERDAY))
    by = kept["operator"].actor
    with scoped(by.scope):
        void_record(by=by, record=first, reason="Salah orang")
    built()
    with scoped(by.scope):
        confirm_day(by=by, regency="13.75", day=YESTERDAY, revision=2)
    with scoped(officer.actor.scope):
        lock_days(by=officer.actor, regencies=["13.75"], day=YESTERDAY)
    make_target(region_id="13", year=2020, percent="90")
    make_basis(name="Baru", wajib_as_of=today() - timedelta(days=99))
    redis().flushdb()
    assert {path: officer.get(path).content for path in asked} == before
    assert {path: body_of(path) for path in pages} == shown
    now = officer.get("coverage/?region=13&level=regency").content
    assert now != before[asked[0]]


def test_what_changed_between_two_revisions_with_reasons_and_no_names(kept: World) -> None:
    person = make_resident(kept, name="Kenari Beda")
    first = record(kept, person, occurred_at=at(9, 0, YESTERDAY))
    built()
    by = kept["operator"].actor
    with scoped(by.scope):
        void_record(by=by, record=first, reason="Salah pilih layanan")
    built()
    path = f"/laporan/13.75/beda/?date={YESTERDAY}&from=1&to=2"
    client = Client()
    client.force_login(kept["operator"].user)
    page = client.get(path).content.decode()
    assert "−1" in page
    assert "Salah pilih layanan" in page
    assert "Kenari" not in page
    client.force_login(kept["nation_viewer"].user)
    seen = client.get(path).content.decode()
    assert "−1" in seen
    assert "Salah pilih layanan" not in seen
    client.force_login(kept["neighbour"].user)
    assert client.get(path).status_code == 404


def test_a_revision_that_is_not_there_is_said(kept: World) -> None:
    client = Client()
    client.force_login(kept["operator"].user)
    answer = client.get(f"/laporan/13.75/beda/?date={YESTERDAY}&from=1&to=2")
    assert answer.status_code == 422
    with pytest.raises(DomainError):
        confirm_day(by=kept["operator"].actor, regency="13.75", day=YESTERDAY, revision=7)
    with pytest.raises(NotFound):
        lock_days(by=kept["province_officer"].actor, regencies=[], day=YESTERDAY)
    with pytest.raises(Conflict):
        lock_days(by=kept["province_officer"].actor, regencies=["13.75"], day=YESTERDAY)
    assert not RegencyDay.objects.exists()
