"""Whatever compares a moment with a day asks the place, whatever zone the server thinks in.

Each rule half an hour after midnight and at half past six, in the three zones. At both hours it is
still yesterday in UTC (in WIT also in Jakarta), and in Los Angeles.
"""

from __future__ import annotations

import os
import random
import time as clock
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from dukcapil.accounts.models import Posting
from dukcapil.accounts.scoping import scoped
from dukcapil.accounts.selectors import is_current, posting_over
from dukcapil.core.errors import DomainError
from dukcapil.regions.enums import today_in
from dukcapil.regions.models import Region
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.selectors.events import is_final, suggested_day
from events.planning.services.events import plan_event
from events.planning.services.sessions import open_session
from events.resources.services import assign
from registrations.booking.services.appointments import book
from registrations.booking.services.judging import is_today, local_day
from registrations.ledger.services.ledger import log_service
from registrations.lifecycle.services.events import move_event, open_to_booking
from registrations.people.models import Resident
from registrations.people.services.residents import register
from tests.engines import LONG
from tests.world import Caller, World, entry, make_caller, nik, today

#: The day of every rule below.
DAY = today() + timedelta(days=10)
BEFORE, AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)
VILLAGES = {"WIB": "13.75.01.1001", "WITA": "51.71.01.1001", "WIT": "91.71.01.1001"}
EARLY = [time(0, 30), time(6, 30)]


@contextmanager
def server_in(zone: str) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    clock.tzset()
    try:
        with timezone.override(ZoneInfo(zone)):
            yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        clock.tzset()


@dataclass
class Office:
    village: Region
    operator: Caller
    head: Caller
    zone: ZoneInfo

    @property
    def code(self) -> str:
        return self.village.pk[:5]

    def at(self, day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, self.zone)

    def event(self, first: date, last: date, *, approved: bool = True) -> ServiceEvent:
        event = plan_event(
            by=self.operator.actor, title="Uji zona", kind="gebyar", place="Aula",
            office=Region.objects.get(pk=self.code), village=self.village, starts_on=first,
            ends_on=last, services=["recording", "family_card"],
        )  # fmt: skip
        if approved:
            open_to_booking(by=self.head.actor, event=event, neutrality_signed=True)
            event.refresh_from_db()
        return event

    def session(self, event: ServiceEvent, begins: datetime, ends: datetime) -> ServiceSession:
        by = self.operator.actor
        capacity = {"recording": 5, "family_card": 5}
        return open_session(by=by, event=event, starts_at=begins, ends_at=ends, capacity=capacity)

    def person(self, born: date) -> Resident:
        return register(
            by=self.operator.actor, nik=nik(born), name="Contoh Zona", birth_date=born, sex="M",
            village=self.village, confirm=["look-alike"],
        )  # fmt: skip


def offices() -> list[Office]:
    found = []
    for name, code in VILLAGES.items():
        village = Region.objects.filter(code__startswith=code[:5] + ".", level="village").earliest(
            "code"
        )
        operator, head = (
            make_caller(f"{role}_{name}", f"district_{role}", code[:5], BEFORE - timedelta(99))
            for role in ("operator", "head")
        )
        found.append(Office(village, operator, head, ZoneInfo(village.timezone)))
    return found


def refusal(verb: Any, **values: Any) -> str:
    with pytest.raises(DomainError) as refused:
        verb(**values)
    return refused.value.code


SERVERS = ["UTC", "America/Los_Angeles"]


@pytest.mark.parametrize("number", range(2 if LONG else 1))
def test_each_rule_asks_the_place_for_its_day(
    number: int, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run is a server in one of two zones, in both of which it is still the day before; LONG=yes in both."""
    with server_in(SERVERS[number] if LONG else random.choice(SERVERS)):
        for office in offices():
            with scoped(office.operator.actor.scope):
                for hour in EARLY:
                    _plan(office, hour)
                    _book(office, hour)
                    with monkeypatch.context() as patch:
                        patch.setattr(timezone, "now", lambda: office.at(DAY, hour))  # noqa: B023
                        _now(office, hour)


def _plan(office: Office, hour: time) -> None:
    """Sessions and shifts of a day, and what a program asks for it."""
    by, begins = office.operator.actor, office.at(DAY, hour)
    event = office.event(DAY, DAY)
    session = office.session(event, begins, begins + timedelta(hours=2))
    assert local_day(session) == DAY
    # Another one would be on the next day, were it one of the event's.
    assert suggested_day(event) == DAY
    night = office.session(event, office.at(DAY, time(22)), office.at(AFTER, hour))
    assert local_day(night) == DAY
    outside = {"event": event, "capacity": {"recording": 1}, "by": by}
    for first, last in ((AFTER, AFTER), (BEFORE, DAY)):
        hours = {"starts_at": office.at(first, hour), "ends_at": office.at(last, time(23))}
        assert refusal(open_session, **outside, **hours) == "session-outside-event"
    found = {
        day: {row["id"] for row in office.operator.get(f"sessions/?date={day}").json["results"]}
        for day in (DAY, AFTER)
    }
    ours = {str(session.pk), str(night.pk)}
    assert (found[DAY] & ours, found[AFTER] & ours) == (ours, set())
    newcomer = make_caller(f"baru{event.pk.hex}", "district_operator", office.code, DAY)
    shift = {"by": by, "event": event, "clerk": newcomer.user}
    assign(**shift, starts_at=begins, ends_at=begins + timedelta(hours=1))
    # Of the eve of the posting there is nobody to send.
    eve = office.at(BEFORE, hour)
    code = refusal(assign, **shift, starts_at=eve, ends_at=eve + timedelta(hours=1))
    assert code == "not-lent"


def _book(office: Office, hour: time) -> None:
    by, begins = office.operator.actor, office.at(DAY, hour)
    session = office.session(office.event(DAY, DAY), begins, begins + timedelta(hours=1))
    sixteen = DAY.replace(year=DAY.year - 16)
    of_age, too_young = (office.person(sixteen + timedelta(days=n)) for n in (0, 1))
    visit = {"by": by, "session": session, "services": ["recording"]}
    book(**visit, resident=of_age)
    assert refusal(book, **visit, resident=too_young) == "too-young"


def _now(office: Office, hour: time) -> None:
    """It is this hour of DAY at the place."""
    by, now = office.operator.actor, office.at(DAY, hour)
    assert (today_in(office.code), by.today) == (DAY, DAY)
    since, until = (
        Posting(region=Region.objects.get(pk=office.code), **values)
        for values in ({"starts_on": DAY}, {"starts_on": BEFORE, "ends_on": BEFORE})
    )
    assert [is_current(one) for one in (since, until)] == [True, False]
    assert [posting_over(one) for one in (since, until)] == [False, True]
    office.person(DAY)
    assert refusal(office.person, born=AFTER) == "birth-date-future"
    coming = office.event(AFTER, AFTER)
    with scoped(office.head.actor.scope):
        move = {"by": office.head.actor, "event": coming}
        assert refusal(move_event, **move, starts_on=BEFORE) == "in-the-past"
        assert move_event(**move, starts_on=DAY).starts_on == DAY
    final, not_yet = (
        ServiceEvent(village=office.village, ends_on=DAY - timedelta(n)) for n in (8, 7)
    )
    assert (is_final(final), is_final(not_yet)) == (True, False)
    # A night that began yesterday and goes on.
    event = office.event(BEFORE, BEFORE)
    night = office.session(event, office.at(BEFORE, time(20)), now + timedelta(hours=1))
    assert (is_today(night), local_day(night)) == (True, BEFORE)
    person = office.person(date(1990, 5, 17))
    written = log_service(
        by=by,
        entry=entry(person, session=night.pk, occurred_at=now - timedelta(minutes=1)),
    )[0]
    assert written.service_date == DAY
    late = entry(office.person(date(1990, 5, 17)), event=event.pk, occurred_at=now)
    assert log_service(by=by, entry=late)[0].service_date == DAY
    day_event = office.event(BEFORE, BEFORE)
    office.session(day_event, office.at(BEFORE, time(8)), office.at(BEFORE, time(12)))
    late = entry(office.person(date(1990, 5, 17)), event=day_event.pk, occurred_at=now)
    assert refusal(log_service, by=by, entry=late) == "outside-event"


def test_the_hours_lie_on_another_day_elsewhere(made: World) -> None:
    """The control."""
    for office in offices():
        for hour in EARLY:
            moment = office.at(DAY, hour)
            elsewhere = [
                moment.astimezone(ZoneInfo(name)).date() for name in ("UTC", "America/Los_Angeles")
            ]
            assert elsewhere == [BEFORE, BEFORE]
