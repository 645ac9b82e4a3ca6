"""Calendars by RFC 5545, and the public schedule: filters, pages, places that are full, a map.

`make readers` reads the same with icalendar, vobject and ical.js.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from icalendar import Calendar

from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.regions.models import Region
from events.calendar.services import make_link
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.selectors import events as listed
from events.planning.selectors import schedule
from events.planning.services.events import plan_event
from events.planning.services.sessions import open_session
from registrations.booking.services.appointments import book
from registrations.lifecycle.services.events import (
    cancel_event,
    change_event,
    move_event,
    open_to_booking,
)
from registrations.lifecycle.services.sessions import change_session, remove_session
from tests.world import World, at, make_caller, make_event, make_resident, today

#: Kota Bukittinggi, Kota Makassar, Kota Jayapura.
ZONES = {"13.75": "Asia/Jakarta", "73.71": "Asia/Makassar", "91.71": "Asia/Jayapura"}
SOON = timedelta(days=4)


def feed(path: str = "/jadwal.ics") -> dict[str, Any]:
    """UID -> entry, as a program reads them; and the calendar itself, under an empty name."""
    answer = Client().get(path)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in answer.content.splitlines())
    calendar = Calendar.from_ical(answer.content)
    entries = {str(one["uid"]).partition("@")[0]: one for one in calendar.walk("VEVENT")}
    return {"": calendar, **entries}


def staffed(made: World, office: str) -> tuple[Actor, Actor]:
    if office == "13.75":
        return made["operator"].actor, made["head"].actor
    start = today() - timedelta(days=400)
    return (
        make_caller(f"operator{office}", "district_operator", office, start).actor,
        make_caller(f"head{office}", "district_head", office, start).actor,
    )


def plan(made: World, office: str, begins: time, hours: int, **changes: Any) -> ServiceSession:
    """An approved event in four days, with one session by the clock of its place."""
    by, head = staffed(made, office)
    first = datetime.combine(today() + SOON, begins, ZoneInfo(ZONES[office]))
    village = Region.objects.filter(pk__startswith=f"{office}.", level="village").first()
    with scoped(by.scope):
        event = plan_event(
            by=by,
            title=f"Gebyar {office}",
            kind="gebyar",
            office=Region.objects.get(pk=office),
            village=village,
            place="Aula",
            starts_on=first.date(),
            ends_on=(first + timedelta(hours=hours)).date(),
            services=["recording"],
            **changes,
        )
        session = open_session(
            by=by,
            event=event,
            starts_at=first,
            ends_at=first + timedelta(hours=hours),
            capacity={"recording": 2},
        )
    with scoped(head.scope):
        open_to_booking(by=head, event=event, neutrality_signed=True)
    return session


def test_every_zone_is_named_and_the_instants_are_ours(made: World) -> None:
    """At 00:30 and over midnight, too."""
    sessions = [
        plan(made, office, begins, 6)
        for office, begins in zip(ZONES, (time(0, 30), time(6, 30), time(22, 0)), strict=True)
    ]
    entries = feed()
    calendar = entries.pop("")
    zones = {str(one["tzid"]): one for one in calendar.walk("VTIMEZONE")}
    assert zones.keys() == set(ZONES.values())
    offsets = {name: zone.walk("STANDARD")[0]["tzoffsetto"].td for name, zone in zones.items()}
    assert sorted(offset.total_seconds() / 3600 for offset in offsets.values()) == [7, 8, 9]
    for session, zone in zip(sessions, ZONES.values(), strict=True):
        entry = entries[str(session.pk)]
        assert entry["dtstart"].params["TZID"] == zone
        assert (entry["dtstart"].dt, entry["dtend"].dt) == (session.starts_at, session.ends_at)
        assert entry["dtstart"].dt.utcoffset() == offsets[zone]
        village = session.event.village
        district = Region.objects.get(pk=village.pk[:8]).name
        regency = Region.objects.get(pk=village.pk[:5]).name
        assert str(entry["location"]) == f"Aula, {village.name}, {district}, {regency}"
        assert entry["dtstamp"].dt == entry["last-modified"].dt
        assert str(entry["status"]) == "CONFIRMED"


def test_each_change_is_newer_and_what_is_gone_is_cancelled(
    kept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = kept  # moments are told apart by their commits
    session = plan(made, "13.75", time(8), 3)
    by, head = made["operator"].actor, made["head"].actor
    event = session.event
    # Without its only session an approved event is there with its days.
    lone = plan(made, "13.75", time(8), 3)
    only = str(lone.pk)
    with scoped(by.scope):
        remove_session(by=by, session=lone)
    days = feed()[str(lone.event_id)]
    assert (str(days["status"]), days["dtstart"].dt) == ("CONFIRMED", lone.event.starts_on)
    assert str(feed()[only]["status"]) == "CANCELLED"
    with scoped(by.scope):
        cancel_event(by=by, event=ServiceEvent.objects.get(pk=lone.event_id), reason="Banjir")
        extra = open_session(
            by=by,
            event=event,
            starts_at=session.starts_at + timedelta(hours=4),
            ends_at=session.starts_at + timedelta(hours=5),
            capacity={"recording": 1},
        )
        secret = make_link(by=by)
    removed, versions = str(extra.pk), []

    def look() -> Any:
        entry = feed()[str(session.pk)]
        versions.append((int(entry["sequence"]), entry["last-modified"].dt))
        return entry

    look()
    with scoped(head.scope):
        change_event(by=head, event=event, place="Balai Kota")
    assert str(look()["location"]).startswith("Balai Kota, ")
    with scoped(head.scope):
        change_session(
            by=head,
            session=ServiceSession.objects.get(pk=session.pk),
            starts_at=session.starts_at + timedelta(hours=1),
        )
    assert look()["dtstart"].dt == session.starts_at + timedelta(hours=1)
    with scoped(by.scope):
        remove_session(by=by, session=extra)
    gone = feed()[removed]
    assert (str(gone["status"]), gone["dtstart"].dt) == ("CANCELLED", extra.starts_at)
    with scoped(head.scope):
        move_event(by=head, event=event, starts_on=event.starts_on + timedelta(days=2))
    assert look()["dtstart"].dt == session.starts_at + timedelta(days=2, hours=1)
    with scoped(by.scope):
        cancel_event(by=by, event=ServiceEvent.objects.get(pk=event.pk), reason="Banjir")
    assert str(look()["status"]) == "CANCELLED"
    assert str(feed(f"/kalender/{secret}.ics")[str(session.pk)]["status"]) == "CANCELLED"
    assert [number for number, _at in versions] == sorted({number for number, _at in versions})
    assert [moment for _number, moment in versions] == sorted(moment for _n, moment in versions)
    # After thirty days nobody is told any more.
    monkeypatch.setattr(schedule, "CANCELLED_FOR", timedelta(0))
    assert feed().keys() == {""}


def test_days_without_hours_drafts_and_what_is_not_public(made: World) -> None:
    by = made["operator"].actor
    bare = make_event(made, title="Penyuluhan")
    invited = make_event(made, by_invitation=True)
    day = today() + SOON
    with scoped(by.scope):
        secret = make_link(by=by)
        dropped = make_event(made, title="Batal", starts_on=today())
        cancel_event(by=by, event=dropped, reason="Hujan")
        draft, given_up, signed = (
            plan_event(
                by=by,
                title=title,
                kind="gebyar",
                office=bare.office,
                village=bare.village,
                place="Aula",
                starts_on=day,
                ends_on=day,
                services=["recording"],
            )
            for title in ("Rancangan", "Batal sebelum disetujui", "Disetujui")
        )
        cancel_event(by=by, event=given_up, reason="Hujan")
        early = open_session(
            by=by,
            event=signed,
            starts_at=at(8, 0, day),
            ends_at=at(9, 0, day),
            capacity={"recording": 1},
        )
        removed = str(early.pk)
        remove_session(by=by, session=early)
    with scoped(made["head"].actor.scope):
        open_to_booking(by=made["head"].actor, event=signed, neutrality_signed=True)
    public, office = feed(), feed(f"/kalender/{secret}.ics")
    entry = public[str(bare.pk)]
    assert entry["dtstart"].dt == bare.starts_on
    assert entry["dtend"].dt == bare.ends_on + timedelta(days=1)
    # What nobody outside has seen is not told to anybody outside; the office sees its own.
    assert str(signed.pk) in public
    for key, status in (
        (str(draft.pk), "TENTATIVE"),
        (str(given_up.pk), "CANCELLED"),
        (removed, "CANCELLED"),
    ):
        assert key not in public, status
        assert str(office[key]["status"]) == status
    assert str(invited.pk) not in public
    assert str(invited.pk) in office
    assert str(public[str(dropped.pk)]["status"]) == "CANCELLED"


def test_a_calendar_ends_with_a_whole_day_and_says_so(
    made: World, monkeypatch: pytest.MonkeyPatch, browser: Callable[[str], Client]
) -> None:
    days = [today() + timedelta(days=n) for n in (2, 3, 3, 5)]
    events = [make_event(made, starts_on=day, ends_on=day) for day in days]
    assert feed().keys() == {"", *(str(event.pk) for event in events)}
    assert "sampai" in str(feed()[""]["x-wr-caldesc"])
    # The week of the second and third, whatever today is.
    week, client = f"/kegiatan/kalender/?minggu={days[1]}", browser("operator")
    assert "Terlalu banyak kegiatan" not in client.get(week).content.decode()
    # Three do not fit into two: the day of the second and third is left out whole.
    monkeypatch.setattr(schedule, "MOST_EVENTS", 2)
    monkeypatch.setattr(listed, "MOST_CALENDAR_EVENTS", 1)
    cut = feed()
    assert cut.keys() == {"", str(events[0].pk)}
    until = today() + timedelta(days=2)
    assert f"{until.day} " in str(cut[""]["x-wr-caldesc"])
    assert "terlalu banyak" in str(cut[""]["x-wr-caldesc"])
    assert "Terlalu banyak kegiatan" in client.get(week).content.decode()
    # One day with more than a page holds is whole all the same.
    monkeypatch.setattr(schedule, "MOST_EVENTS", 1)
    for event in events[:1]:
        with scoped(made["operator"].actor.scope):
            cancel_event(by=made["operator"].actor, event=event, reason="Hujan")
    monkeypatch.setattr(schedule, "CANCELLED_FOR", timedelta(0))
    assert len(feed()) == 3


def test_the_schedule_is_filtered_paged_and_says_full(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from events.views import public  # noqa: PLC0415 - the page's own number of rows

    one = plan(made, "13.75", time(8), 3)
    plan(made, "73.71", time(8), 3)
    by = made["operator"].actor
    person = [make_resident(made) for _n in range(2)]
    with scoped(by.scope):
        empty = open_session(
            by=by,
            event=one.event,
            starts_at=at(14, 0, today() + SOON),
            ends_at=at(15, 0, today() + SOON),
            capacity={"recording": 1},
        )
        empty.seats.all().delete()

    def page(**query: Any) -> str:
        return Client().get("/jadwal/", query).content.decode()

    both = page()
    assert ("Gebyar 13.75" in both, "Gebyar 73.71" in both) == (True, True)
    assert "14.00–15.00" not in both
    assert 'data-layer="provinsi"' in both
    assert 'data-url="/static/geo/provinces.topo.' in both
    assert all(f'data-code="{code}"' in both for code in ("13", "73"))
    for query, here in (
        ({"wilayah": "13"}, True),
        ({"wilayah": "13.75"}, True),
        ({"wilayah": one.event.village_id[:8]}, True),
        ({"wilayah": "73.71"}, False),
        ({"layanan": "recording"}, True),
        ({"layanan": "card_print"}, False),
        ({"tanggal": str(today() + SOON)}, True),
        ({"tanggal": str(today() + SOON + timedelta(days=1))}, False),
    ):
        assert ("<h2>Gebyar 13.75</h2>" in page(**query)) == here, query
    assert Client().get("/jadwal/", {"tanggal": "2026-02-31"}).status_code == 422
    assert Client().get("/jadwal/", {"wilayah": "99"}).status_code == 404
    assert "Penuh" not in page(wilayah="13.75")
    with scoped(by.scope):
        for resident in person:
            book(by=by, session=one, resident=resident, services=["recording"])
    full = page(wilayah="13.75")
    assert "Penuh" in full
    assert 'data-band="2"' in full
    # Once the last hours are over nothing is free there; an event that has none stays.
    make_event(made, title="Tanpa jam", starts_on=today() + SOON, ends_on=today() + 2 * SOON)
    evening = SimpleNamespace(now=lambda: one.ends_at + timedelta(minutes=1))
    with monkeypatch.context() as late:
        late.setattr(schedule, "timezone", evening)
        over = page()
    assert ("Gebyar 13.75" in over, "Gebyar 73.71" in over, "Tanpa jam" in over) == (
        *(False, False),
        True,
    )
    assert 'data-code="73"' not in over
    monkeypatch.setattr(public, "_ROWS", 1)
    assert ("Gebyar 13.75" in page(), "Gebyar 73.71" in page(page=2)) == (True, True)
    assert "Gebyar 73.71" not in page()


def test_an_event_that_is_over_at_its_place_is_not_shown(made: World) -> None:
    """By the date of the place, whatever the server thinks: yesterday is over, today is not."""
    zone = ZoneInfo(ZONES["91.71"])
    there: date = datetime.now(zone).date()
    _by, head = staffed(made, "91.71")
    village = Region.objects.filter(pk__startswith="91.71.", level="village").first()
    with scoped(head.scope):
        for day in (there - timedelta(days=1), there):
            event = plan_event(
                by=head,
                title=f"Pada {day}",
                kind="gebyar",
                office=Region.objects.get(pk="91.71"),
                village=village,
                place="Aula",
                starts_on=day,
                ends_on=day,
                services=["recording"],
            )
            open_to_booking(by=head, event=event, neutrality_signed=True)
    shown = Client().get("/jadwal/").content.decode()
    assert (f"Pada {there}" in shown, f"Pada {there - timedelta(days=1)}" in shown) == (True, False)
