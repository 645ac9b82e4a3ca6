"""Elections are moved and cancelled by decisions, days are opened and closed, and what hangs on them
follows.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from redis import Redis

from dukcapil.accounts.scoping import scoped
from dukcapil.core import limits
from dukcapil.core.db import EVERYBODY
from dukcapil.regions.enums import zone_of
from dukcapil.regions.models import Region
from events.calendar.selectors import days_worked, decided, is_usual, off_days, working_days
from events.elections.enums import Colour
from events.elections.models import (
    Election,
    ElectionDecision,
    Heartbeat,
    Opening,
    OpeningLink,
)
from events.elections.selectors import (
    SILENCE,
    next_elections,
    now_of,
    opening_of_link,
    openings_of,
    previous_election,
    shown,
)
from events.elections.services.opening import end_opening, make_opening_link, plan_opening
from events.planning.models.event import ServiceEvent
from events.planning.selectors.events import get_event_or_404
from events.planning.services.events import plan_event
from registrations.lifecycle.services.events import cancel_event
from tests.threads import deadlocks, until_one_waits
from tests.world import World, make_event, today

Browser = Callable[[str], Client]


def _plain_weeks() -> date:
    """A Wednesday ahead without a holiday near it, so that the tests hold in every season."""
    day = today() + timedelta(days=20)
    while day.weekday() != 2 or not all(
        is_usual(day + timedelta(days=n)) for n in (-2, -1, 0, 5, 6, 7, 8)
    ):
        day += timedelta(days=1)
    return day


WORKDAY = _plain_weeks()
SATURDAY = WORKDAY + timedelta(days=3)


def entered(made: World, by: str = "province_officer", **changes: Any) -> Any:
    body = {
        "name": "Pilkada",
        "kind": "pilkada",
        "region": "13.75",
        "held_on": str(WORKDAY),
        "source": "SK KPU 5",
        **changes,
    }
    return made[by].post("elections/", body)


def opened(made: World, day: date, by: str = "operator", **changes: Any) -> Any:
    body = {"office": "13.75", "day": str(day), "from": "07:00", "until": "14:00", **changes}
    return made[by].post("openings/", body)


def test_an_election_is_entered_moved_and_cancelled_with_its_history(made: World) -> None:
    answer = entered(made)
    assert answer.status == 201
    assert {key: answer.json[key] for key in ("state", "held_on", "listed_from", "region")} == {
        "state": "planned",
        "held_on": str(WORKDAY),
        "listed_from": str(today()),
        "region": "13.75",
    }
    known_before = timezone.now()
    path = f"elections/{answer.json['id']}/decisions/"
    later = WORKDAY + timedelta(days=7)
    moved = made["province_officer"].post(path, {"held_on": str(later), "source": "SK KPU 6"})
    assert (moved.status, moved.json["state"], moved.json["held_on"]) == (201, "moved", str(later))
    assert [(row["held_on"], row["state"], row["source"]) for row in moved.json["history"]] == [
        (str(WORKDAY), "planned", "SK KPU 5"),
        (str(later), "moved", "SK KPU 6"),
    ]
    # A question of before the move still has the day of then: a release stays.
    day = today()
    now = next_elections(["13.75"], day)["13.75"]
    assert now is not None
    assert now.held_on == later
    then = next_elections(["13.75"], day, known_before)["13.75"]
    assert then is not None
    assert (then.pk, then.held_on) == (answer.json["id"], WORKDAY)
    cancelled = made["province_officer"].post(path, {"state": "cancelled", "source": "SK KPU 7"})
    assert (cancelled.json["state"], cancelled.json["held_on"]) == ("cancelled", str(later))
    assert next_elections(["13.75", "13"], day) == {"13.75": None, "13": None}
    # The same province sees it above and below; another one does not see the region at all.
    for region in ("13", "13.75", "13.75.01"):
        rows = made["province_officer"].get(f"elections/?region={region}").json["results"]
        assert [row["id"] for row in rows] == [answer.json["id"]]
    assert made["operator"].get("elections/?region=13.06").status == 404
    with pytest.raises(DatabaseError), transaction.atomic():
        ElectionDecision.objects.update(held_on=WORKDAY)


REFUSED_ELECTIONS = [
    ({"source": ""}, 422, "/source"),
    ({"kind": "lain"}, 422, "/kind"),
    ({"held_on": "2026-02-30"}, 422, "/held_on"),
    ({"held_on": "1999-02-03"}, 422, "/held_on"),
    ({"listed_from": str(WORKDAY + timedelta(days=1))}, 422, "/listed_from"),
    ({"kind": "example", "region": "13"}, 422, "/region"),
    ({"kind": "example", "offices": ["13.71"]}, 422, "/offices"),
    ({"offices": ["13.71"]}, 422, "/offices"),
    ({"region": "18"}, 404, None),
    ({"region": "00"}, 404, None),
]


def test_what_is_wrong_with_an_election_is_said_before_anything_is_written(made: World) -> None:
    for changes, status, pointer in REFUSED_ELECTIONS:
        answer = entered(made, **changes)
        assert answer.status == status, (changes, answer.content)
        if pointer:
            assert answer.json["errors"][0]["pointer"] == pointer
    for by in ("operator", "head", "nation_viewer", "village_verifier"):
        assert entered(made, by=by).status == 403
    assert not Election.objects.exists()
    one = entered(made)
    assert entered(made).status == 409
    assert entered(made, "administrator", region="18", name="Pilkada Lampung").status == 201
    decisions = f"elections/{one.json['id']}/decisions/"
    post = made["province_officer"].post
    for body, status in (
        ({"held_on": str(SATURDAY)}, 422),
        ({"held_on": str(SATURDAY), "source": " "}, 422),
        ({"state": "held", "source": "SK"}, 422),
        ({"state": "moved", "source": "SK"}, 422),
        ({"state": "cancelled", "held_on": str(SATURDAY), "source": "SK"}, 422),
    ):
        assert post(decisions, body).status == status, body
    assert made["other_province_officer"].post(decisions, {"source": "SK"}).status == 404
    assert made["operator"].post(decisions, {"source": "SK"}).status == 403
    assert ElectionDecision.objects.filter(election_id=one.json["id"]).count() == 1


def test_one_that_was_held_is_moved_by_who_confirms_it(made: World) -> None:
    past = today() - timedelta(days=30)
    one = entered(made, held_on=str(past))
    assert one.json["state"] == "held"
    path = f"elections/{one.json['id']}/decisions/"
    body = {"held_on": str(WORKDAY), "source": "SK KPU 9"}
    asked = made["province_officer"].post(path, body)
    assert (asked.status, asked.json["confirm"]) == (409, ["election-held"])
    assert previous_election("13.75", today()) is not None
    done = made["province_officer"].post(path, {**body, "confirm": ["election-held"]})
    assert (done.status, done.json["state"]) == (201, "moved")
    assert previous_election("13.75", today()) is None


def test_an_example_bears_on_its_office_and_offices_on_themselves(made: World) -> None:
    example = entered(made, kind="example")
    assert example.json["offices"] == ["13.75"]
    some = entered(made, region="13", kind="pilkades", offices=["13.06"], held_on=str(SATURDAY))
    found = next_elections(["13", "13.75", "13.75.01", "13.06", "13.71", "00"], today())
    assert {code: election and election.pk for code, election in found.items()} == {
        "13": None,
        "00": None,
        "13.71": None,
        "13.75": example.json["id"],
        "13.75.01": example.json["id"],
        "13.06": some.json["id"],
    }


def test_nothing_opens_on_an_ordinary_day_or_one_that_the_region_closed(made: World) -> None:
    refused = opened(made, WORKDAY)
    assert (refused.status, refused.json["type"].rsplit("/", 1)[-1]) == (409, "ordinary-day")
    province = made["province_officer"]
    day = {"region": "13", "day": str(WORKDAY), "kind": "open", "reason": "Instruksi"}
    assert made["operator"].post("local-days/", day).status == 403
    assert province.post("local-days/", {**day, "region": "18"}).status == 404
    assert province.post("local-days/", {**day, "reason": " "}).status == 422
    assert province.post("local-days/", {**day, "kind": "buka"}).status == 422
    assert province.post("local-days/", {**day, "region": "13.75.01"}).status == 422
    assert province.post("local-days/", day).status == 201
    assert opened(made, WORKDAY).status == 201
    assert opened(made, WORKDAY).status == 409
    closed = {**day, "kind": "closed", "reason": "Banjir"}
    asked = province.post("local-days/", closed)
    assert (asked.status, asked.json["confirm"]) == (409, ["openings-end"])
    assert "Bukittinggi" in str(asked.json)
    assert decided(["13.75"], WORKDAY) == {"13.75": "open"}
    assert province.post("local-days/", {**closed, "confirm": ["openings-end"]}).status == 201
    assert openings_of(["13.75"], WORKDAY) == []
    refused = opened(made, WORKDAY)
    assert (refused.status, refused.json["type"].rsplit("/", 1)[-1]) == (409, "day-closed")
    rows = made["operator"].get(f"local-days/?region=13.75&day={WORKDAY}").json["results"]
    assert [(row["region"], row["kind"]) for row in rows] == [("13", "closed"), ("13", "open")]


def test_an_opening_writes_the_day_and_names_the_event_of_that_day(made: World) -> None:
    for changes in (
        *({"from": "15:00"}, {"from": "07:00+07:00"}, {"from": "7 pagi"}, {"from": 7}),
        *({"shifts": 0}, {"day": str(today() - timedelta(1))}),
    ):
        assert opened(made, **{"day": SATURDAY, **changes}).status == 422
    for by in ("province_officer", "nation_viewer", "administrator", "village_verifier"):
        assert opened(made, SATURDAY, by).status == 403
    assert opened(made, SATURDAY, "neighbour").status in (403, 404)
    assert days_worked(["13.75"], SATURDAY, SATURDAY) == {"13.75": set()}
    answer = opened(made, SATURDAY, shifts=2, consult_only=True, reason="Hari libur")
    assert answer.status == 201, answer.content
    assert (answer.json["event"], answer.json["shifts"], answer.json["from"]) == (None, 2, "07:00")
    assert days_worked(["13.75"], SATURDAY, SATURDAY) == {"13.75": {SATURDAY}}
    assert decided(["13.06"], SATURDAY) == {"13.06": ""}
    event = make_event(
        made,
        kind="holiday_opening",
        holiday_reason="Hari libur",
        starts_on=SATURDAY,
        ends_on=SATURDAY,
    )

    def named() -> Any:
        [row] = made["operator"].get(f"openings/?region=13.75&day={SATURDAY}").json["results"]
        return row["event"]

    assert named() == str(event.pk)
    with scoped(EVERYBODY):
        head = made["head"].actor
        cancel_event(by=head, event=get_event_or_404(head, event.pk), reason="uji")
    assert ServiceEvent.everything.get(pk=event.pk).state == "cancelled"
    assert named() is None
    assert made["other_province_officer"].get("openings/?region=13").status == 404


def test_a_region_closes_a_day_off_too_and_an_opening_taken_back_hides_nothing(
    made: World,
) -> None:
    province, operator = made["province_officer"], made["operator"]
    first = opened(made, SATURDAY)
    assert first.status == 201
    row = {"region": "13", "day": str(SATURDAY), "kind": "closed", "reason": "Banjir"}
    asked = province.post("local-days/", row)
    assert (asked.status, asked.json["confirm"]) == (409, ["openings-end"])
    assert decided(["13.75"], SATURDAY) == {"13.75": "open"}
    assert province.post("local-days/", {**row, "confirm": ["openings-end"]}).status == 201
    assert openings_of(["13.75"], SATURDAY) == []
    assert decided(["13.75"], SATURDAY) == {"13.75": "closed"}
    assert days_worked(["13.75"], SATURDAY, SATURDAY) == {"13.75": set()}
    assert opened(made, SATURDAY).json["type"].endswith("/day-closed")
    assert off_days("13.75", SATURDAY, SATURDAY) == {SATURDAY: "Banjir"}

    # On an election's day: taken back, and closed above afterwards.
    entered(made)
    by_office = opened(made, WORKDAY).json["id"]
    actor = operator.actor
    with scoped(actor.scope):
        end_opening(by=actor, opening_id=by_office, reason="Batal")
    assert working_days(WORKDAY, {"13.75": WORKDAY}) == {"13.75": 1}
    assert province.post("local-days/", {**row, "day": str(WORKDAY)}).status == 201
    assert decided(["13.75"], WORKDAY) == {"13.75": "closed"}
    assert working_days(WORKDAY, {"13.75": WORKDAY}) == {"13.75": 0}
    assert days_worked(["13.75"], WORKDAY, WORKDAY) == {"13.75": set()}
    assert opened(made, WORKDAY).json["type"].endswith("/day-closed")
    # A person's own row stands whatever word its source is, and counts again after an opening.
    sunday = SATURDAY + timedelta(days=1)
    own = {**row, "region": "13.75", "day": str(sunday), "kind": "open", "source": "opening"}
    assert province.post("local-days/", own).status == 201
    opening_id = opened(made, sunday).json["id"]
    with scoped(actor.scope):
        end_opening(by=actor, opening_id=opening_id, reason="Batal")
    assert decided(["13.75"], sunday) == {"13.75": "open"}
    # What the region says is as in the calendar ends nothing that may open by the calendar.
    next_saturday = SATURDAY + timedelta(days=7)
    assert opened(made, next_saturday).status == 201
    usual = {**row, "day": str(next_saturday), "kind": "usual"}
    assert province.post("local-days/", {**usual, "region": "13.75"}).status == 201
    assert len(openings_of(["13.75"], next_saturday)) == 1
    assert decided(["13.75"], next_saturday) == {"13.75": "open"}


def test_openings_follow_an_election_that_is_moved(made: World) -> None:
    one = entered(made)
    first = opened(made, WORKDAY).json
    assert first["election"] == one.json["id"]
    eve = WORKDAY - timedelta(days=WORKDAY.weekday() + 1)
    before = opened(made, eve, election=one.json["id"]).json
    path = f"elections/{one.json['id']}/decisions/"
    post = made["province_officer"].post
    week = timedelta(days=7)
    assert post(path, {"held_on": str(WORKDAY + week), "source": "SK 2"}).status == 201
    days = {str(one.id): one.day for one in openings_of(["13.75"], None)}
    assert days == {first["id"]: WORKDAY + week, before["id"]: eve + week}
    assert decided(["13.75"], WORKDAY) == {"13.75": ""}
    assert decided(["13.75"], eve + week) == {"13.75": "open"}
    # Three days later the eve would be an ordinary day: that opening ends, and says why.
    held_on = WORKDAY + week + timedelta(days=1)
    assert post(path, {"held_on": str(held_on), "source": "SK 3"}).status == 201
    assert [str(one.id) for one in openings_of(["13.75"], None)] == [first["id"]]
    assert Opening.everything.get(pk=before["id"]).ended_reason
    assert post(path, {"state": "cancelled", "source": "SK 4"}).status == 201
    assert openings_of(["13.75"], None) == []
    assert days_worked(["13.75"], eve + week, eve + week) == {"13.75": set()}


def test_openings_side_by_side_move_without_meeting_each_other(made: World) -> None:
    """Onto the day of one that leaves it at the same moment, whichever way days move."""
    election = entered(made).json["id"]
    sunday = WORKDAY - timedelta(days=3)
    saturday = sunday - timedelta(days=1)

    def days_after(by: int) -> dict[str, date]:
        held_on = Election.objects.get(pk=election).held_on + timedelta(days=by)
        body = {"held_on": str(held_on), "source": f"SK {held_on}"}
        path = f"elections/{election}/decisions/"
        assert made["province_officer"].post(path, body).status == 201
        return {str(one.id): one.day for one in openings_of(["13.75"], None)}

    first = opened(made, saturday, election=election).json["id"]
    opened(made, sunday, election=election)
    # Monday is an ordinary day: that one ends.
    assert days_after(1) == {first: sunday}
    assert days_after(-1) == {first: saturday}
    second = opened(made, sunday, election=election).json["id"]
    assert days_after(-1)[second] == saturday


def test_a_sign_counts_by_the_clock_that_can_be_right(made: World) -> None:
    day = today()
    made["province_officer"].post(
        "local-days/", {"region": "13.75", "day": str(day), "kind": "open", "reason": "Uji"}
    )
    path = (
        f"openings/{opened(made, day, **{'from': '00:01', 'until': '23:59'}).json['id']}/heartbeat/"
    )
    now = timezone.now()
    this_morning = datetime.combine(day, time(0, 0, 1), ZoneInfo(zone_of("13.75")))
    for device, counts in (
        (now + timedelta(hours=3), False),
        (now - timedelta(days=400), False),
        # Of a phone that was out of reach since then.
        (this_morning, True),
        (this_morning - timedelta(minutes=1), False),
    ):
        answer = made["operator"].post(path, {"state": "open", "at": device.isoformat()})
        assert answer.status == 201
        assert (answer.json["at"] == answer.json["received_at"]) is not counts
        assert datetime.fromisoformat(answer.json["device_at"]) == device
    assert made["operator"].post(path, {"state": "buka"}).status == 422
    assert made["operator"].post(path, {"state": "open", "at": "2026-11-26T07:00"}).status == 422
    assert made["neighbour"].post(path, {"state": "open"}).status == 404
    assert made["province_officer"].post(path, {"state": "open"}).status == 403
    assert made["head"].post(path, {"state": "stopped", "note": "Listrik"}).status == 201
    [row] = made["operator"].get("openings/?region=13.75").json["results"]
    assert (row["heartbeat"]["state"], row["colour"]) == ("stopped", "red")
    # Without a day a list begins today.
    Opening.everything.update(day=day - timedelta(days=1))
    assert made["operator"].get("openings/?region=13.75").json["results"] == []
    yesterday = f"openings/?region=13.75&day={day - timedelta(days=1)}"
    [row] = made["operator"].get(yesterday).json["results"]
    # What was said on another day tells nothing of it.
    assert (row["heartbeat"], row["opened_at"]) == (None, None)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE events_heartbeat SET state = 'open'")


def test_colours_of_an_opening_by_the_clock_of_its_office(made: World) -> None:
    opened(made, SATURDAY)
    [opening] = list(Opening.everything.select_related("office"))

    def moment(hour: int, minute: int = 0) -> datetime:
        zone = ZoneInfo(zone_of("13.75"))
        return datetime.combine(SATURDAY, time(hour, minute), zone)

    def colour(at: datetime) -> Colour:
        return shown([opening], at)[0].colour

    hours = [moment(6, 59), moment(7), moment(7, 29), moment(7, 30), moment(16)]
    assert [colour(at) for at in hours] == ["", "amber", "amber", "red", "red"]

    def says(state: str, at: datetime) -> None:
        Heartbeat.objects.create(
            opening=opening, state=state, at=at, received_at=at, by_id=opening.created_by_id
        )

    says("open", moment(7) - SILENCE - timedelta(minutes=1))
    [early] = shown([opening], moment(7))
    assert (early.colour, early.opened_at) == (Colour.AMBER, None)
    assert colour(moment(7, 30)) == Colour.RED
    says("open", moment(7, 5))
    assert colour(moment(7, 6)) == Colour.GREEN
    assert colour(moment(7, 5) + SILENCE) == Colour.GREEN
    assert colour(moment(9, 6)) == Colour.GREY
    says("stopped", moment(11))
    assert colour(moment(11)) == Colour.RED
    says("open", moment(12, 30))
    # After its hours nobody has to say anything more.
    assert colour(moment(20)) == Colour.GREEN
    says("closed", moment(13, 30))
    assert [colour(moment(hour)) for hour in (14, 20)] == [Colour.AMBER, Colour.AMBER]
    says("closed", moment(14))
    assert colour(moment(20)) == Colour.NONE
    # Moved, nothing was said of it yet.
    opening.day = SATURDAY + timedelta(days=7)
    [moved] = shown([opening], moment(20))
    assert (moved.last, moved.opened_at, moved.colour) == (None, None, Colour.NONE)


@pytest.mark.parametrize(
    ("state", "hour", "colours"),
    [
        ("open", 15, [Colour.RED, Colour.RED]),
        ("closed", 6, [Colour.AMBER, Colour.RED]),
        ("stopped", 9, [Colour.RED, Colour.RED]),
    ],
)
def test_who_never_was_open_in_time_is_red(
    made: World, state: str, hour: int, colours: list[Colour]
) -> None:
    opened(made, SATURDAY)
    [opening] = list(Opening.everything.select_related("office"))
    zone = ZoneInfo(zone_of("13.75"))
    at = datetime.combine(SATURDAY, time(hour), zone)
    Heartbeat.objects.create(
        opening=opening, state=state, at=at, received_at=at, by_id=opening.created_by_id
    )
    later = datetime.combine(SATURDAY, time(16), zone)
    assert [shown([opening], moment)[0].colour for moment in (at, later)] == colours


def test_an_event_and_an_opening_of_the_same_moment_find_each_other(kept: World) -> None:
    started = threading.Event()

    def plan() -> None:
        started.set()
        try:
            make_event(
                kept,
                kind="holiday_opening",
                holiday_reason="Hari libur",
                starts_on=SATURDAY,
                ends_on=SATURDAY,
            )
        finally:
            connection.close()

    clerk = threading.Thread(target=plan)
    operator = kept["operator"].actor
    with transaction.atomic(), scoped(operator.scope):
        opening = plan_opening(
            by=operator,
            office=Region.objects.get(pk="13.75"),
            day=SATURDAY,
            opens_at=time(7),
            closes_at=time(14),
        )
        clerk.start()
        started.wait()
        # Time enough to write the event, if nothing made it wait.
        clerk.join(1.5)
    clerk.join()
    with scoped(EVERYBODY):
        assert Opening.everything.get(pk=opening.pk).event is not None


def test_the_form_offers_offices_and_finds_a_village(browser: Browser, made: World) -> None:
    officer = browser("province_officer")
    page = BeautifulSoup(officer.get("/pemilihan/").content, "html.parser")
    offered = [one["value"] for one in page.select("select[name=offices] option")]
    assert len(offered) == 19
    form = {
        "name": "Pilkades",
        "kind": "pilkades",
        "region": "13.06",
        "held_on": str(WORKDAY),
        "source": "SK Bupati 1",
    }

    def refused(**more: Any) -> str:
        answer = officer.post("/pemilihan/", {**form, **more})
        assert answer.status_code == 422
        return BeautifulSoup(answer.content, "html.parser").get_text(" ", strip=True)

    name = Region.objects.get(pk="13.06.01.2001").name
    assert "Tidak ada desa" in refused(village="Tak Ada")
    assert "Tidak ada desa" in refused(village="13.75.01.1001")
    assert "hanya Pilkades" in refused(village=name, kind="pilkada")
    assert "tidak menyebut dinas" in refused(village="13.06.01.2001", offices=["13.06"])
    assert officer.post("/pemilihan/", {**form, "village": "13.06.01.2001"}).status_code == 302
    assert Election.objects.get(kind="pilkades").region_id == "13.06.01.2001"
    both = {**form, "kind": "pilkada", "region": "13", "offices": ["13.06", "13.75"]}
    assert officer.post("/pemilihan/", both).status_code == 302
    assert Election.objects.get(kind="pilkada").offices == ["13.06", "13.75"]


def test_an_opening_moves_while_its_event_is_edited(kept: World) -> None:
    """Whoever moves it waits for the event before it locks the opening, which the event's rule writes."""
    until = SATURDAY + timedelta(days=7)
    operator = kept["operator"].actor
    with scoped(operator.scope):
        event = plan_event(
            by=operator,
            title="Layanan",
            kind="holiday_opening",
            office=Region.objects.get(pk="13.75"),
            village=Region.objects.get(pk="13.75.01.1001"),
            place="Aula",
            starts_on=SATURDAY,
            ends_on=until,
            services=["recording"],
            holiday_reason="Hari libur",
        )
    election = entered(kept).json["id"]
    opening = opened(kept, SATURDAY, election=election).json["id"]
    before, moved = deadlocks(), []

    def move() -> None:
        body = {"held_on": str(WORKDAY + timedelta(days=7)), "source": "SK 2"}
        try:
            moved.append(
                kept["province_officer"].post(f"elections/{election}/decisions/", body).status
            )
        finally:
            connection.close()

    officer = threading.Thread(target=move)
    with transaction.atomic(), scoped(operator.scope):
        events = ServiceEvent.everything.filter(pk=event.pk)
        events.select_for_update().get()
        officer.start()
        until_one_waits()
        events.update(ends_on=until + timedelta(days=1))
    officer.join()
    assert moved == [201]
    with scoped(EVERYBODY):
        assert Opening.everything.get(pk=opening).day == until
    assert deadlocks() == before


def test_of_two_elections_of_a_kind_and_region_one_is_on_a_day(made: World) -> None:
    post = made["province_officer"].post
    other_day = str(WORKDAY + timedelta(days=7))
    one, two = entered(made).json["id"], entered(made, held_on=other_day).json["id"]
    moved = post(f"elections/{two}/decisions/", {"held_on": str(WORKDAY), "source": "SK 2"})
    assert (moved.status, moved.json["type"].rsplit("/", 1)[-1]) == (409, "election-exists")
    cancel = {"state": "cancelled", "source": "SK 3"}
    assert post(f"elections/{one}/decisions/", cancel).status == 201
    again = entered(made)
    assert again.status == 409
    assert "dibatalkan" in str(again.json)
    # Nothing opens for it, on whatever day.
    refused = opened(made, SATURDAY, election=one)
    assert (refused.status, refused.json["type"].rsplit("/", 1)[-1]) == (409, "election-cancelled")
    # The other one may take its day; then the first one does not come back.
    assert (
        post(f"elections/{two}/decisions/", {"held_on": str(WORKDAY), "source": "SK 4"}).status
        == 201
    )
    assert post(f"elections/{one}/decisions/", {"source": "SK 5"}).status == 409
    assert opened(made, SATURDAY, election=two).status == 201
    past = today() - timedelta(days=30)
    old = entered(made, kind="pemilu", held_on=str(past)).json
    assert old["listed_from"] == str(past)
    # Lists go with an election that is moved before them.
    sooner = today() + timedelta(days=2)
    late = {"listed_from": str(today() + timedelta(days=9)), "region": "13"}
    third = entered(made, kind="pemilu", held_on=other_day, **late).json["id"]
    answer = post(f"elections/{third}/decisions/", {"held_on": str(sooner), "source": "SK 6"})
    assert (answer.status, answer.json["listed_from"]) == (201, str(sooner))


# --- pages and commands ---------------------------------------------------------------------------


def test_an_office_plans_on_a_page_and_a_phone_says_that_it_is_open_in_two_taps(
    browser: Browser, made: World
) -> None:
    day = today()
    officer = browser("province_officer")
    page = officer.get("/hari-libur/")
    assert page.status_code == 200
    row = {"region": "13.75", "day": str(day), "kind": "open", "reason": "Uji", "source": "SK 1"}
    assert officer.post("/hari-libur/", row).status_code == 302
    operator = browser("operator")
    plan = {
        "do": "plan",
        "day": str(day),
        "opens_at": "00:01",
        "closes_at": "23:59",
        "shifts": "2",
    }
    assert operator.post("/buka/", {**plan, "closes_at": "00:00"}).status_code == 422
    answer = operator.post("/buka/", plan)
    assert answer.status_code == 302
    assert operator.get(answer["Location"]).status_code == 200
    assert operator.post(answer["Location"], {"do": "link"}).status_code == 302
    shown_once = operator.get(answer["Location"]).content.decode()
    [path] = re.findall(r"http://testserver(/buka/hp/[^<\s]+)", shown_once)
    assert path not in operator.get(answer["Location"]).content.decode()
    assert path.split("/")[-2] not in str(list(OpeningLink.objects.values()))

    phone = Client()
    first = phone.get(path).content.decode()
    assert "Bukittinggi" in first
    for staff in ("operator (test)", "head (test)"):
        assert staff not in first
    asked = phone.post(path, {"state": "open"})
    assert asked.status_code == 200
    assert not Heartbeat.objects.exists()
    wrong_clock = "2019-01-01T00:00:00.000Z"
    yes = {"state": "open", "confirm": "open", "at": wrong_clock}
    assert phone.post(path, yes).status_code == 302
    sign = Heartbeat.objects.get()
    assert (sign.state, sign.by_id, sign.at) == ("open", None, sign.received_at)
    assert sign.device_at == datetime.fromisoformat(wrong_clock)
    assert now_of(sign.opening).colour == Colour.GREEN
    assert phone.post(path, {"state": "buka", "confirm": "buka"}).status_code == 200
    assert phone.get("/buka/hp/lain/").status_code == 404
    # A new link ends the one before; of an opening that was taken back there is none.
    operator.post(answer["Location"], {"do": "link"})
    assert phone.get(path).status_code == 404
    link = OpeningLink.objects.latest("pk")
    assert opening_of_link(link.digest) is not None
    end = {"do": "end", "reason": "Listrik padam"}
    assert operator.post(answer["Location"], end).status_code == 302
    assert opening_of_link(link.digest) is None
    assert (
        made["operator"].post(f"openings/{sign.opening_id}/heartbeat/", {"state": "open"}).status
        == 409
    )


def test_a_link_works_on_its_day_alone_and_guessing_is_stopped(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening_id = opened(made, SATURDAY).json["id"]
    operator = made["operator"].actor
    with scoped(operator.scope):
        secret = make_opening_link(by=operator, opening_id=opening_id)
    phone = Client(REMOTE_ADDR="10.9.8.7")
    path = f"/buka/hp/{secret}/"
    assert phone.get(path).status_code == 200
    assert phone.post(path, {"state": "open", "confirm": "open"}).status_code == 404
    assert not Heartbeat.objects.exists()
    answers = {phone.get("/buka/hp/tebak/").status_code for _n in range(62)}
    assert answers == {404, 429}
    # An office behind the same address of a carrier goes on, however often it looks.
    assert {phone.get(path).status_code for _n in range(62)} == {200}
    nowhere = Redis.from_url("redis://127.0.0.1:1/0")
    monkeypatch.setattr(limits, "client", lambda: nowhere)
    assert phone.get(path).status_code == 200
    assert phone.get("/buka/hp/tebak/").status_code == 404


@pytest.mark.contexts
def test_elections_are_entered_and_moved_on_pages_and_by_command(
    browser: Browser, made: World, capsys: pytest.CaptureFixture[str]
) -> None:
    officer = browser("province_officer")
    body = {
        "name": "Pilkada",
        "kind": "pilkada",
        "region": "13.75",
        "source": "SK 1",
        "held_on": str(WORKDAY),
    }
    assert officer.post("/pemilihan/", {**body, "source": ""}).status_code == 422
    assert officer.post("/pemilihan/", {**body, "region": "18"}).status_code == 422
    form = officer.get("/pemilihan/").content.decode()
    offered = re.findall(r'<option value="([\d.]+)"', form)
    assert {"13", "13.75"} <= set(offered)
    assert all(code.startswith("13") for code in offered)
    assert officer.post("/pemilihan/", body).status_code == 302
    election = Election.objects.get()
    page = f"/pemilihan/{election.pk}/"
    later = WORKDAY + timedelta(days=7)
    seen = officer.get(page).context["form"]
    shown = seen["version"].value()
    moved = {"held_on": str(later), "source": "SK 2"}
    assert officer.post(page, {**moved, "version": shown}).status_code == 302
    # Who opened the page before that decision looks again first, and moves nothing back by what the
    # page showed: the new day was put in beside what was typed.
    stale = {name: seen[name].value() or "" for name in ("held_on", "state", "version", "shown")}
    again = officer.post(page, {**stale, "source": "SK 1a"})
    assert (again.status_code, election.decisions.count()) == (409, 2)
    assert "SK 2" in again.content.decode()
    form = again.context["form"]
    assert form["version"].value() not in ("", shown)
    assert (form["held_on"].value(), form["source"].value()) == (str(later), "SK 1a")
    assert [one.taken for one in form.differences] == [True]
    assert "SK 2" in browser("operator").get("/pemilihan/").content.decode()
    assert "daftar mulai" in officer.get("/pemilihan/").content.decode()
    assert browser("operator").get(page).status_code == 403
    past = today() - timedelta(days=3)
    assert officer.post(page, {"held_on": str(past), "source": "SK 3"}).status_code == 302
    # Its lists are over with it.
    assert "daftar mulai" not in officer.get("/pemilihan/").content.decode()
    asked = officer.post(page, {"held_on": str(later), "source": "SK 4"})
    assert asked.status_code == 409
    assert 'name="confirm" value="election-held"' in asked.content.decode()
    yes = {"held_on": str(later), "source": "SK 4", "confirm": "election-held"}
    assert officer.post(page, yes).status_code == 302
    assert opened(made, later).status == 201
    cancelled = officer.post(
        page,
        {"held_on": str(later), "state": "cancelled", "source": "SK 5"},
        follow=True,
    )
    assert "1 pembukaan ikut ditarik" in cancelled.content.decode()
    call_command(
        "elections", decide=election.pk, state="cancelled", source="SK 5", by="province_officer"
    )
    call_command(
        "local_days",
        region="13",
        kind="closed",
        day=WORKDAY,
        reason="Banjir",
        by="province_officer",
    )
    call_command("elections", region="13.75")
    call_command("local_days", region="13.75")
    out = capsys.readouterr().out
    assert "cancelled" in out
    assert "Banjir" in out
    # A command asks as a page does, and says how to say yes.
    by = {"source": "SK 7", "by": "province_officer"}
    call_command("elections", enter="Lama", kind="pemilu", region="13.75", day=past, **by)
    old = Election.objects.get(name="Lama")
    with pytest.raises(CommandError, match="--yes"):
        call_command("elections", decide=old.pk, state="cancelled", **by)
    call_command("elections", decide=old.pk, state="cancelled", yes=True, **by)
    assert Election.objects.get(pk=old.pk).state == "cancelled"
    with pytest.raises(CommandError, match="posting"):
        call_command("elections", decide=election.pk, source="SK 6", by="nobody")
    with pytest.raises(CommandError):
        call_command("elections", decide=election.pk, source="", by="province_officer")
