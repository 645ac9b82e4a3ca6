"""Who was recorded is called again: missing from that day on, and the next recording counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Asks, Conflict
from dukcapil.core.ids import uuid7
from registrations.booking.models.appointment import Appointment
from registrations.booking.readers import Line
from registrations.booking.services.appointments import book, walk_in
from registrations.booking.services.group_changes import move_group
from registrations.booking.services.groups import book_group
from registrations.booking.services.waiting import wait
from registrations.corrections.services.called_again import reopen_recording
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.ledger import log_service
from registrations.people.models import RecordingReopened, Resident
from reports.daily.services.build import build_stale
from reports.publication.services.freezing import counts_of, freeze_release
from reports.releases.models import Release
from tests.registrations.test_corrections import code_of, counts, held, sound
from tests.registrations.test_races import as_actor
from tests.roles import acting_as
from tests.threads import at_once, deadlocks
from tests.world import (
    AGAM,
    Answer,
    World,
    at,
    entry,
    looks,
    make_basis,
    make_event,
    make_resident,
    make_session,
    nik,
    record,
    today,
)


def reopen(made: World, person: Resident, who: str = "head", **body: Any) -> Answer:
    ask = {"reason": "deleted", "may_return_on": str(today()), **body}
    return made[who].post(f"residents/{person.pk}/reopen-recording/", ask)


def shown(made: World, person: Resident, who: str = "head") -> dict[str, Any]:
    return dict(made[who].get(f"residents/{person.pk}/").json)


def test_who_is_called_again_is_missing_and_the_next_recording_counts(kept: World) -> None:
    person = make_resident(kept)
    first = record(kept, person)
    assert code_of(log(kept, person)) == "already-recorded"
    answer = reopen(kept, person, may_return_on=str(today() + timedelta(days=9)), evidence="B-7")
    assert answer.status == 201
    assert answer.json["reopened_on"] == str(today())
    assert not shown(kept, person)["recorded"]
    with scoped(EVERYBODY):
        void = ServiceRecord.objects.get(ref=first)
        row = RecordingReopened.objects.get()
    assert (void.row_kind, void.weight) == ("void", -1)
    assert str(row.pk) in void.note
    assert (row.record, row.void, row.seq) == (first.pk, void.pk, void.seq)
    assert [look.case for look in looks(kind="recording called again")] == [str(row.pk)]
    assert sum(counts().values()) == 0
    # Nothing is left to call again.
    assert (reopen(kept, person).status, code_of(reopen(kept, person))) == (409, "not-recorded")
    assert log(kept, person).status == 201
    assert shown(kept, person)["recorded"]
    assert sum(counts().values()) == 1
    assert reopen(kept, person, who="province_officer", reason="adjudicate").status == 201
    assert sound() == []


def log(made: World, person: Resident, who: str = "operator", day: date | None = None) -> Answer:
    body = {
        "id": str(uuid7()),
        "service": "recording",
        "outcome": "done",
        "resident": str(person.pk),
        "occurred_at": (at(9, 0, day) if day else timezone.now()).isoformat(),
    }
    return made[who].post("service-records/", body)


def test_what_is_refused(made: World) -> None:
    person = make_resident(made)
    assert code_of(reopen(made, person)) == "not-recorded"
    record(made, person)
    ahead = str(today() + timedelta(days=800))
    for body, status, pointer in [
        ({"reason": "lost"}, 422, "/reason"),
        ({"reason": ""}, 422, "/reason"),
        ({"may_return_on": ahead}, 422, "/may_return_on"),
        ({"may_return_on": str(today() - timedelta(days=1))}, 422, "/may_return_on"),
        ({"may_return_on": None}, 422, "/may_return_on"),
        ({"evidence": "NIK 9901011705900001"}, 422, "/evidence"),
    ]:
        answer = reopen(made, person, **body)
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (status, pointer), body
    for who, status in {"operator": 403, "neighbour_head": 404, "nation_viewer": 403}.items():
        assert reopen(made, person, who=who).status == status
    assert shown(made, person)["recorded"]


def test_a_known_recording_ends(kept: World) -> None:
    person = make_resident(kept, known_recorded_on=date(2019, 3, 4))
    assert code_of(log(kept, person)) == "already-recorded"
    assert reopen(kept, person).status == 201
    assert held(person).known_recorded_on is None
    assert not shown(kept, person)["recorded"]
    assert log(kept, person).status == 201
    assert sum(counts().values()) == 1
    assert sound() == []


def test_a_record_of_another_office_is_voided_by_the_home(kept: World) -> None:
    """Nobody sees the other office's rows by it, and a guest's office does not do it."""
    number = nik(date(1990, 5, 17))
    home = make_resident(kept, nik=number)
    guest = make_resident(kept, AGAM, nik=number, village=home.village)
    there = record(kept, guest)
    assert not shown(kept, home)["recorded"]  # what another office did is told at the desk
    assert reopen(kept, home).status == 201
    with scoped(EVERYBODY):
        void = ServiceRecord.objects.get(ref=there)
        row = RecordingReopened.objects.get()
    assert void.office_id == row.chain_id == AGAM
    again = record(kept, home)
    assert again.weight == 1
    # The guest's office is not the home: it asks for another's record in vain.
    assert code_of(reopen(kept, guest, who="neighbour_head")) == "not-at-home"
    assert sum(counts().values()) == 1
    # Its own record it calls again.
    assert reopen(kept, home).status == 201
    record(kept, guest)
    assert reopen(kept, guest, who="neighbour_head").status == 201
    assert sum(counts().values()) == 0
    assert sound() == []


def test_a_row_stays_as_it_was_written(kept: World) -> None:
    person, other = make_resident(kept), make_resident(kept)
    record(kept, person)
    assert reopen(kept, person, evidence="surat untuk Zulhijah").status == 201
    for change in ({"may_return_on": today()}, {"evidence": "lain"}, {"reopened_on": today()}):
        changed = {
            k: v - timedelta(days=1) if isinstance(v, date) else v for k, v in change.items()
        }
        with scoped(EVERYBODY), pytest.raises(DatabaseError), transaction.atomic():
            RecordingReopened.objects.update(**changed)
    use_role("web")
    into = {"into": str(other.pk), "reason": "orang yang sama"}
    assert kept["head"].post(f"residents/{person.pk}/merge/", into).status == 200
    with scoped(EVERYBODY):
        assert RecordingReopened.objects.get().resident_id == other.pk
    erased = {"reason": "permintaan", "case": "1/2026"}
    assert kept["head"].post(f"residents/{other.pk}/erase/", erased).status == 200
    with scoped(EVERYBODY):
        assert RecordingReopened.objects.get().evidence == ""
    assert sound() == []


def test_what_was_recorded_before_the_call_is_no_new_recording(kept: World) -> None:
    """At every door: a late record, one that waited, a finding. Past days stay as they were."""
    make_basis()
    then, late = today() - timedelta(days=10), today() - timedelta(days=3)
    number = nik(date(1990, 5, 17))
    person = make_resident(kept, nik=number)
    guest = make_resident(kept, AGAM, nik=number, village=person.village)
    record(kept, person, occurred_at=at(9, 0, then))
    waits = record(kept, guest, occurred_at=at(10, 0, late))
    assert waits.set_aside_code == "other-office"
    assert reopen(kept, person).status == 201
    for day in (then, late):
        old = log(kept, person, day=day)
        assert (old.status, old.json["set_aside_code"]) == (201, "called-again"), old.json
        # It waits for the office, which can but take it back; another of before is not kept beside it.
        assert code_of(log(kept, person, day=day)) == "waits-for-decision"
        for record_id in (old.json["id"], waits.pk):
            accepted = kept["province_officer"].post(
                f"service-records/{record_id}/accept/", {"reason": "benar"}
            )
            assert (accepted.status, code_of(accepted)) == (409, "called-again")
        assert not shown(kept, person)["recorded"]
        assert (coverage(kept), coverage(kept, f"&date={late}")) == (990, 991)
        void = f"service-records/{old.json['id']}/void/"
        assert kept["head"].post(void, {"reason": "dari sebelum dipanggil"}).status == 201
    said = {
        "resident": str(person.pk),
        "outcome": "recorded_already",
        "evidence": {"issuer": "Disdukcapil", "date": str(late)},
    }
    refused = kept["operator"].post("findings/", said)
    assert (refused.status, code_of(refused)) == (422, "called-again")
    assert log(kept, person).status == 201
    assert (coverage(kept), coverage(kept, f"&date={late}")) == (991, 991)
    assert sound() == []


# --- figures --------------------------------------------------------------------------------------


def coverage(made: World, query: str = "") -> int:
    answer = made["head"].get(f"coverage/?region=13.75&level=regency{query}")
    assert answer.status == 200, answer.json
    (row,) = answer.json["results"]
    return int(row["recorded"])


def series(made: World) -> dict[str, tuple[int, int]]:
    """Day -> who is recorded at its end, and who was recorded on it."""
    first = today() - timedelta(days=12)
    rows = made["head"].get(f"coverage/13.75/series/?from={first}").json["results"]
    return {row["date"]: (row["recorded"], row["recorded_today"]) for row in rows}


def test_the_figure_falls_on_the_day_itself_and_says_why(
    kept: World, browser: Callable[[str], Client]
) -> None:
    """Days before it stay as they were, whether the ledger or the basis counted the person."""
    make_basis()  # a year ago, 990 recorded
    day, yesterday, now = (str(today() - timedelta(days=n)) for n in (10, 1, 0))
    logged = make_resident(kept)
    record(kept, logged, occurred_at=at(9, 0, today() - timedelta(days=10)))
    of_basis = make_resident(kept, known_recorded_on=date(2019, 3, 4))
    since = make_resident(kept, known_recorded_on=today() - timedelta(days=5))
    early = make_resident(kept, birth_date=today() - timedelta(days=16 * 366 + 30))
    record(kept, early)

    def built() -> None:
        with acting_as("worker"):
            build_stale()

    def frozen(name: str) -> int:
        built()
        with acting_as("worker"):
            freeze_release(name=name)
        return coverage(kept, f"&release={name}")

    assert (coverage(kept), frozen("before")) == (991, 991)
    for person in (logged, of_basis, since, early):
        assert reopen(kept, person).status == 201
    for _built in (False, True):
        assert (coverage(kept), coverage(kept, f"&date={yesterday}")) == (989, 991)
        found = series(kept)
        assert (found[now], found[yesterday]) == ((989, 0), (991, 0))
        assert found[day] == (991, 0)  # the work of that day is taken back, as by any void
        built()
    assert coverage(kept, "&release=before") == 991
    # No row of a ledger says so of who was known alone, and what is frozen now knows it all the same.
    assert frozen("called") == 989
    changes = counts_of(Release.objects.get(name="called"), today() - timedelta(days=1))
    assert changes["13.75"]["recorded"] == -2  # `since` is of after the basis
    place = kept["head"].get("coverage/?region=13.75&level=regency&view=service").json["results"]
    assert place[0]["recorded"] == 989
    page = browser("head").get("/cakupan/13.75/mengapa/").content.decode()
    assert "dihapus di pusat" in page
    assert re.search(r"dihapus di pusat.*?<td class=\"n\">2</td>", page, re.DOTALL)
    assert log(kept, logged).status == log(kept, of_basis).status == 201
    assert (coverage(kept), frozen("after")) == (991, 991)
    assert sound() == []


# --- coming back ----------------------------------------------------------------------------------


def test_who_comes_too_early_is_asked_about_at_every_door(
    made: World, browser: Callable[[str], Client]
) -> None:
    person = make_resident(made)
    record(made, person)
    client = browser("head")
    address = f"/penduduk/{person.pk}/panggil-kembali/"
    assert client.get(address).status_code == 200
    later = today() + timedelta(days=3)
    typed = {"reason": "adjudicate", "may_return_on": str(later), "evidence": "Tiket 8/2026"}
    assert client.post(address, typed | {"reason": "x"}).status_code == 422
    assert client.post(address, typed).status_code == 302
    page = client.get(f"/penduduk/{person.pk}/").content.decode()
    assert "Dalam ajudikasi di pusat" in page
    assert "Tiket 8/2026" in page
    assert browser("operator").get(address).status_code == 403
    session = make_session(made, make_event(made))
    body = {"session": str(session.pk), "resident": str(person.pk), "services": ["recording"]}
    asked = made["operator"].post("appointments/", body)
    assert (asked.status, asked.json["confirm"]) == (409, ["returns-later"])
    other = {**body, "services": ["ikd_activation"]}
    assert made["operator"].post("appointments/", other).status != 409
    by = made["operator"].actor
    with scoped(by.scope):
        for verb in (book, walk_in, wait):
            with pytest.raises(Asks) as question:
                verb(by=by, session=session, resident=person, services=["recording"])
            assert question.value.words == ("returns-later",)
    client = browser("operator")
    ask = {"do": "book", "resident": str(person.pk), "services": ["recording"]}
    answer = client.post(f"/sesi/{session.pk}/pesan/", ask)
    assert answer.status_code == 409
    assert "Tetap daftarkan" in answer.content.decode()
    yes = made["operator"].post("appointments/", {**body, "confirm": ["returns-later"]})
    assert yes.status == 201


def test_a_group_with_who_comes_too_early_is_asked_about_once(
    made: World, browser: Callable[[str], Client]
) -> None:
    person, other = make_resident(made, name="Ani Kembali"), make_resident(made, name="Budi Baru")
    record(made, person)
    by = made["head"].actor
    session, there = (make_session(made, make_event(made), {"recording": 9}) for _n in range(2))
    lines = [Line(row, "", name=one.identity.name, born=one.birth_date)
             for row, one in enumerate((person, other), 2)]  # fmt: skip
    with scoped(by.scope):
        reopen_recording(
            by=by, resident=person, reason="duplicate", may_return_on=today() + timedelta(days=3)
        )
        booked = book_group(
            by=by, session=session, name="XII IPA 1", services=["recording"], lines=lines
        )
        with pytest.raises(Asks, match="returns-later"):
            move_group(by=by, group=booked.group, session=there)
    client, address = browser("operator"), f"/rombongan/{booked.group.pk}/"
    asked = client.post(address, {"do": "move", "session": str(there.pk)})
    assert asked.status_code == 409
    question = BeautifulSoup(asked.content, "html.parser").select_one("form.question")
    assert "1 orang" in question.get_text()
    sent = {one["name"]: one["value"] for one in question.select("input")}
    assert client.post(address, sent).status_code == 302
    with scoped(by.scope):
        moved = Appointment.objects.filter(session=there, state="booked")
        assert set(moved.values_list("resident", flat=True)) == {person.pk, other.pk}


# --- at the same moment ---------------------------------------------------------------------------


def test_two_offices_at_once_call_somebody_again_once(kept: World) -> None:
    """And a recording beside them counts, or is refused: never two."""
    before, operator = deadlocks(), kept["operator"].actor
    for _round in range(3):
        number = nik(date(1990, 5, 17))
        home = make_resident(kept, nik=number)
        guest = make_resident(kept, AGAM, nik=number, village=home.village)
        record(kept, guest)

        def called(who: str, person: Resident) -> Callable[[], Any]:
            by = kept[who].actor
            return as_actor(
                by,
                lambda: reopen_recording(
                    by=by, resident=person, reason="duplicate", may_return_on=today()
                ),
            )

        one = entry(home)
        found = at_once(
            called("head", home),
            called("neighbour_head", guest),
            called("province_officer", home),
            as_actor(operator, lambda e=one: log_service(by=operator, entry=e)),
        )
        done = [row for row in found[:3] if isinstance(row, RecordingReopened)]
        codes = {row.code for row in found[:3] if isinstance(row, Conflict)}
        assert len(done) + len(codes & {"not-recorded", "not-at-home"}) >= 1
        assert codes <= {"not-recorded", "not-at-home", "recorded-elsewhere"}, found
        with scoped(EVERYBODY):
            mine = ServiceRecord.objects.filter(resident__in=[home, guest])
            assert sum(mine.values_list("weight", flat=True)) in (0, 1)
            assert len({row.record for row in done}) == len(done)
    assert deadlocks() == before
    assert sound() == []
