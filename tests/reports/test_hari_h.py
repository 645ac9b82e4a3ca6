"""Six hours of an election's day in nineteen offices: what happens is on the board within one refresh,
once, and the day's report is what the ledger says.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.elections.models import Opening
from events.elections.services.opening import give_sign, plan_opening
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.entries import Entry
from registrations.ledger.services.ledger import log_service
from registrations.people.services.residents import register
from registrations.people.validators import last_birth_date_reaching
from reports.election_desk.models import DeskRow
from reports.election_desk.selectors.board import board
from reports.election_desk.services import keep_rows
from reports.publication.services.freezing import freeze_release
from tests.world import (
    Caller,
    World,
    at,
    make_basis,
    make_caller,
    make_resident,
    make_target,
    nik,
    today,
)

pytestmark = pytest.mark.contexts

DAY = today()
SILENT, OUTAGE, STOPPED = "13.01", "13.02", "13.03"
#: Who record somebody in the fourth hour too.
AGAIN = ("13.02", "13.75", "13.77")


@dataclass
class Clock:
    """What the house takes for now."""

    moment: datetime = field(default_factory=lambda: at(6, 0, DAY))

    def to(self, hour: int, minute: int = 0) -> None:
        self.moment = at(hour, minute, DAY)


@pytest.fixture
def clock(monkeypatch: Any) -> Clock:
    found = Clock()
    monkeypatch.setattr("django.utils.timezone.now", lambda: found.moment)
    return found


@dataclass
class Desk:
    """Somebody at the desk of the province, who refreshes the board."""

    caller: Caller
    etag: str = ""
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    def look(self) -> set[str]:
        """Offices that stand otherwise than at the refresh before; none when nothing is drawn."""
        answer = self.caller.get("desk/?region=13", **{"If-None-Match": self.etag})
        if answer.status == 304:
            return set()
        assert answer.status == 200, answer.content
        before, self.etag = self.rows, answer.headers["ETag"]
        self.rows = {row["region"]: row for row in answer.json["results"]}
        return {
            code for code, row in self.rows.items() if _stands(row) != _stands(before.get(code))
        }

    def worst(self, colour: str) -> set[str]:
        return {code for code, row in self.rows.items() if row["worst"] == colour}


def _stands(row: dict[str, Any] | None) -> Any:
    if row is None:
        return None
    said = row["heartbeat"] and row["heartbeat"]["state"]
    return row["worst"], said, row["network"], row["incidents_open"]


@dataclass
class Office:
    caller: Caller
    opening: Opening
    village: Region

    def says(self, state: str) -> None:
        by = self.caller.actor
        with scoped(by.scope):
            give_sign(by=by, opening_id=self.opening.pk, state=state)

    def records(self, moment: datetime) -> None:
        by, born = self.caller.actor, date(1990, 5, 17)
        with scoped(by.scope):
            person = register(
                by=by,
                nik=nik(born),
                name="Contoh Warga",
                birth_date=born,
                sex="M",
                village=self.village,
                confirm=["look-alike"],
            )
            for service in ("recording", "card_print"):
                entry = Entry(
                    id=uuid7(),
                    service=service,
                    outcome="done",
                    resident=person.pk,
                    occurred_at=moment,
                )
                log_service(by=by, entry=entry)


def offices_of() -> dict[str, Office]:
    found = {}
    for region in Region.objects.within("13").level("regency").order_by("code"):
        caller = make_caller(f"op.{region.pk}", "district_operator", region.pk, DAY)
        with scoped(caller.actor.scope):
            opening = plan_opening(
                by=caller.actor, office=region, day=DAY, opens_at=time(7), closes_at=time(13)
            )
        village = Region.objects.within(region.pk).level("village").order_by("code").first()
        assert village
        found[region.pk] = Office(caller, opening, village)
    return found


def test_six_hours_of_an_election_day(kept: World, clock: Clock) -> None:
    body = {"name": "Pilkada Uji", "kind": "pilkada", "region": "13", "held_on": str(DAY)}
    entered = kept["province_officer"].post("elections/", {**body, "source": "SK KPU"})
    assert entered.status == 201, entered.content
    offices = offices_of()
    assert len(offices) == 19
    desk = Desk(kept["province_officer"])
    assert desk.look() == offices.keys()
    assert desk.worst("grey") == offices.keys()
    assert desk.look() == set()

    clock.to(7, 5)
    open_ones = {code: one for code, one in offices.items() if code != SILENT}
    for one in open_ones.values():
        one.says("open")
    assert desk.look() == offices.keys()
    assert (desk.worst("green"), desk.worst("amber")) == (open_ones.keys(), {SILENT})

    clock.to(7, 31)  # one never opens
    assert desk.look() == {SILENT}
    assert next(iter(desk.rows)) == SILENT
    assert (desk.worst("red"), desk.look()) == ({SILENT}, set())

    clock.to(8, 40)
    for number, one in enumerate(open_ones.values()):
        one.records(at(8, number, DAY))
    assert desk.look() == set()  # other counts, and every office as it stood
    counts = {code: row["recorded_day"] for code, row in desk.rows.items()}
    assert counts == {code: int(code != SILENT) for code in offices}
    use_role("worker")
    keep_rows()
    use_role("web")
    before = desk.etag
    assert (desk.look(), desk.etag) == (set(), before)  # whoever counted
    assert DeskRow.objects.count() == 19

    clock.to(9)
    for one in open_ones.values():
        one.says("open")
    body = {"office": OUTAGE, "kind": "network", "note": "Jaringan pusat terputus"}
    told = offices[OUTAGE].caller.post("incidents/", body)
    assert told.status == 201
    assert desk.look() == {OUTAGE}
    assert desk.rows[OUTAGE]["network"] == "down"
    assert (desk.worst("red"), desk.look()) == ({SILENT, OUTAGE}, set())
    clock.to(10)
    path = f"incidents/{told.json['id']}/"
    over = offices[OUTAGE].caller.patch(path, {"version": 1, "state": "closed", "note": "Pulih"})
    assert over.status == 200
    assert desk.look() == {OUTAGE}
    assert desk.worst("red") == {SILENT}

    clock.to(10, 50)
    for code, one in open_ones.items():
        one.says("open")
        if code in AGAIN:
            one.records(at(10, 45, DAY))
    clock.to(11)
    offices[STOPPED].says("stopped")
    assert desk.look() == {STOPPED}
    assert (desk.worst("red"), desk.look()) == ({SILENT, STOPPED}, set())
    clock.to(12)
    for code, one in open_ones.items():
        if code != STOPPED:
            one.says("closed")
    assert desk.look() == open_ones.keys() - {STOPPED}

    client = Client()
    client.force_login(desk.caller.user)
    reconciles(client, desk)


def reconciles(client: Client, desk: Desk) -> None:
    """Page, workbook, PDF and message of the day say what the chains say."""
    with scoped(EVERYBODY):
        rows = ServiceRecord.objects.filter(service_date=DAY)
        ledger = dict.fromkeys(desk.rows, (0, 0))
        for code in ledger:
            own = rows.filter(office_id=code)
            ledger[code] = (
                sum(own.filter(service="recording").values_list("weight", flat=True)),
                sum(own.filter(service="card_print").values_list("weight", flat=True)),
            )
    board = {code: (row["recorded_day"], row["printed_day"]) for code, row in desk.rows.items()}
    assert board == ledger
    total = sum(recorded for recorded, _printed in ledger.values())
    assert total == 18 + len(AGAIN)
    page = client.get("/desk-pilkada/13/laporan/")
    figures = {str(name): n for name, n in page.context["report"].figures}
    assert (figures["Direkam"], figures["Gangguan terbuka"]) == (total, 0)
    hours = dict(page.context["board"].hours)
    assert (sum(hours.values()), hours[8], hours[10]) == (total, 18, len(AGAIN))
    book = client.get("/desk-pilkada/13/berkas/?format=xlsx").content
    cells = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    by_office = [(int(row[1]), int(row[2])) for row in cells if "(13." in str(row[0])]
    assert sorted(by_office) == sorted(ledger.values())
    pdf = PdfReader(io.BytesIO(client.get("/desk-pilkada/13/berkas/?format=pdf").content))
    text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    assert "Laporan Desk Pilkada" in text
    assert "Jaringan pusat terputus" in text
    said = client.get("/desk-pilkada/13/berkas/?format=txt").content.decode()
    assert f": {total}\n" in said
    assert "belum melapor buka" in said


def test_an_election_moved_a_week_takes_its_openings_with_it(made: World) -> None:
    """Countdown, horizon, openings and stages follow; what was released stays as it was."""
    make_basis()
    make_target(year=2011)
    province, week = made["province_officer"], timedelta(days=7)
    held_on = DAY + timedelta(days=20)
    body = {"name": "Pilkada Uji", "kind": "pilkada", "region": "13", "held_on": str(held_on)}
    election = province.post("elections/", {**body, "source": "SK KPU 1"}).json["id"]
    opening = {"office": "13.75", "day": str(held_on), "from": "07:00", "until": "13:00"}
    planned = made["operator"].post("openings/", opening)
    assert planned.status == 201, planned.content
    # 17 between the two days.
    born = last_birth_date_reaching(17, held_on + timedelta(days=3))
    pupil = f"residents/{make_resident(made, birth_date=born).pk}/"
    paths = (pupil, f"{pupil}?election={election}")
    assert {made["operator"].get(path).json["stage"] for path in paths} == {"may_record"}
    freeze_release(name="sebelum")
    asked = ["release=sebelum", "release=sebelum&format=text"]
    released = [province.get(f"coverage/?region=13&level=regency&{one}").content for one in asked]
    assert stands(province, held_on) == (held_on, planned.json["id"], str(held_on))
    decided = {"held_on": str(held_on + week), "source": "SK KPU 2"}
    moved = province.post(f"elections/{election}/decisions/", decided)
    assert (moved.status, moved.json["state"]) == (201, "moved")
    later = held_on + week
    assert stands(province, held_on)[1] is None
    assert stands(province, later) == (later, planned.json["id"], str(later))
    assert {made["operator"].get(path).json["stage"] for path in paths} == {"seventeen_by_day"}
    again = [province.get(f"coverage/?region=13&level=regency&{one}").content for one in asked]
    assert again == released


def stands(caller: Caller, day: date) -> tuple[date, str | None, str]:
    """The day that the board counts down to, what opens then, and until when a day's need is counted."""
    region = Region.objects.get(pk="13")
    with scoped(caller.actor.scope):
        shown = board(region)
    assert shown.election
    assert shown.days_left == (shown.election.held_on - DAY).days
    rows = caller.get(f"desk/?region=13&day={day}").json["results"]
    opening = {row["region"]: row["opening"] for row in rows}["13.75"]
    coverage = caller.get("coverage/?region=13&level=regency").json["results"]
    until = {row["region"]: row["needed_until"] for row in coverage}["13.75"]
    return shown.election.held_on, opening and opening["id"], until
