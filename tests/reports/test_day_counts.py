"""What an office did today, from what was counted before and the rows after it: the same as all of it counted
anew, whatever was voided, came late or was taken back; and of nobody else's office or day.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.drawn import drawings
from dukcapil.core.newest import Newest
from dukcapil.regions.enums import zone_of
from dukcapil.regions.models import Region
from registrations.booking.services.appointments import book
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.corrections import void_record
from registrations.ledger.services.ledger import log_service
from registrations.people.services.residents import register
from reports.daily.selectors import today as counting
from reports.daily.selectors.daily import figures_stamp
from tests import engines
from tests.engines import LONG
from tests.world import (
    World,
    entry,
    make_caller,
    make_event,
    make_resident,
    make_session,
    nik,
    record,
    today,
)

Browser = Callable[[str], Client]


def plain(by: Actor, day: date) -> dict[tuple[str, str, str], int]:
    """Row by row, without any SQL that counts."""
    counts: dict[tuple[str, str, str], int] = {}
    for row in ServiceRecord.objects.visible_to(by).filter(service_date=day):
        what = row.service, row.outcome, row.category
        counts[what] = counts.get(what, 0) + row.weight
    return {what: n for what, n in counts.items() if n}


def remembered(by: Actor, day: date) -> dict[tuple[str, str, str], int]:
    return {what: n for what, n in counting.day_counts(by, day).items() if n}


class Office:
    """Some people of an office, and moments around its midnights."""

    def __init__(self, code: str, since: date) -> None:
        self.by, self.head = (
            make_caller(f"{role} {code}", role, code, since).actor
            for role in ("district_operator", "district_head")
        )
        village = Region.objects.filter(code__startswith=f"{code}.", level="village").first()
        values = {"name": "Contoh Zona", "sex": "M", "village": village, "confirm": ["look-alike"]}
        born = date(1990, 1, 1)
        with scoped(self.by.scope):
            self.people = [
                register(by=self.by, nik=nik(born), birth_date=born, **values) for _n in range(3)
            ]
        self.records: list[ServiceRecord] = []
        midnight = datetime.combine(self.by.today, time.min, ZoneInfo(zone_of(code)))
        self.moments = [midnight, *(midnight - timedelta(seconds=n) for n in (1, 90_000))]

    def logs(self, dice: random.Random) -> None:
        """One more, done or failed, of now or of before; sometimes it is taken back at once."""
        failed = {"outcome": "failed", "reason": "network"} if dice.random() < 0.3 else {}
        moment = dice.choice([*self.moments, timezone.now() - timedelta(seconds=5)])
        service = dice.choice(["family_card", "birth_certificate"])
        said = entry(dice.choice(self.people), service, occurred_at=moment, **failed)
        stays = dice.random() < 0.8
        with scoped(self.by.scope):
            before = transaction.savepoint()
            row, _new = log_service(by=self.by, entry=said)
            remembered(self.by, row.service_date)
            (transaction.savepoint_commit if stays else transaction.savepoint_rollback)(before)
        if stays:
            self.records.append(row)

    def voids(self, dice: random.Random) -> None:
        if self.records:
            row = self.records.pop(dice.randrange(len(self.records)))
            with scoped(self.head.scope):
                void_record(by=self.head, record=row, reason="keliru")


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3 if LONG else 1))
def test_as_all_of_it_counted_anew(seed: int) -> None:
    dice = random.Random(seed if LONG else engines.dice("days counted").random())
    offices = [Office(code, today() - timedelta(days=400)) for code in ("13.75", "91.71")]
    assert len({zone_of(str(office.by.office)) for office in offices}) == 2
    some = 0
    for _n in range(20):
        office = dice.choice(offices)
        dice.choice([office.logs, office.logs, office.voids])(dice)
        for one in dice.sample(offices, dice.randrange(3)):
            with scoped(one.by.scope):
                for days in range(3):
                    day = one.by.today - timedelta(days=days)
                    found = remembered(one.by, day)
                    assert found == plain(one.by, day)
                    some += len(found)
    assert some


@pytest.mark.django_db
def test_what_was_taken_back_or_is_of_another_ledger_is_no_count(made: World) -> None:
    by = made["operator"].actor
    record(made, make_resident(made), "family_card")
    with scoped(by.scope):
        assert sum(remembered(by, today()).values()) == 1
    before = transaction.savepoint()
    for _n in range(3):
        record(made, make_resident(made), "family_card")
    with scoped(by.scope):
        assert sum(remembered(by, today()).values()) == 4
    transaction.savepoint_rollback(before)
    # The same numbers again, in another row: known by its hash alone.
    for _n in range(3):
        record(made, make_resident(made), "recording")
    with scoped(by.scope):
        assert remembered(by, today()) == plain(by, today())
        assert counting._remembered[by.office, today()].seq == 4


@pytest.mark.django_db
def test_only_rows_that_came_since_are_read(made: World) -> None:
    by = made["operator"].actor
    for _n in range(4):
        record(made, make_resident(made), "family_card")
    with scoped(by.scope):
        counting.day_counts(by, today())
        known = counting._remembered[by.office, today()]
        record(made, make_resident(made), "family_card")
        found = counting._DONE_SINCE.rows(by.office, today(), known.seq, known.hash)
        assert [(row[0], row[2], row[-1]) for row in found] == [(5, True, 1)]
        assert sum(remembered(by, today()).values()) == 5


@pytest.mark.django_db
def test_who_sees_more_or_less_than_an_office_counts_alone(made: World) -> None:
    """Nothing of it is kept for others, nor taken from them."""
    event = make_event(made)
    person = make_resident(made)
    record(made, person, "family_card", event=event.pk)
    clerk = made["operator"].actor
    with scoped(clerk.scope):
        assert sum(remembered(clerk, today()).values()) == 1
    kept = dict(counting._remembered)
    lent = replace(made["neighbour"].actor, lent_events=(event.pk,))
    others = [lent, *(made[name].actor for name in ("village_verifier", "nation_viewer"))]
    for by in others:
        with scoped(by.scope):
            assert remembered(by, today()) == plain(by, today())
    assert dict(counting._remembered) == kept


def test_so_many_are_kept_and_no_more(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_remembered", Newest(2))
    by = made["operator"].actor
    record(made, make_resident(made), "family_card")
    with scoped(by.scope):
        for n in range(4):
            counting.day_counts(by, today() - timedelta(days=n))
    assert len(counting._remembered) <= 2


# --- the page ---------------------------------------------------------------------------------------

POLL = {"HX-Request": "true", "HX-Target": "live"}


def _seen(client: Client) -> str:
    soup = BeautifulSoup(client.get("/hari-ini/").content, "html.parser")
    headers = str(soup.select_one("#live")["hx-headers"])
    return headers.split('"X-Seen": "')[1].split('"', maxsplit=1)[0]


def _asks(client: Client, seen: str) -> int:
    return client.get("/hari-ini/", headers=POLL | {"X-Seen": seen}).status_code


def test_whatever_today_shows_makes_it_another_page(made: World, browser: Browser) -> None:
    event = make_event(made)
    session = make_session(made, event)
    by = made["operator"].actor
    person = make_resident(made)
    clients = {name: browser(name) for name in ("operator", "head")}

    def booked() -> None:
        with scoped(by.scope):
            book(by=by, session=session, resident=person, services=["recording"])

    changes: dict[str, Callable[[], Any]] = {
        "a record": lambda: record(made, person, "family_card"),
        "a failed one": lambda: record(
            made, person, "family_card", outcome="failed", reason="network"
        ),
        "a booking": booked,
        "an event to come": lambda: make_event(
            made,
            title="Besok",
            starts_on=today() + timedelta(days=3),
            ends_on=today() + timedelta(days=3),
        ),
    }

    for what, change in changes.items():
        before = {name: _seen(client) for name, client in clients.items()}
        assert {_asks(client, before[name]) for name, client in clients.items()} == {204}, what
        change()
        assert {_asks(client, before[name]) for name, client in clients.items()} == {200}, what


def test_a_poll_with_nothing_new_draws_nothing_and_asks_little(
    made: World, browser: Browser
) -> None:
    record(made, make_resident(made), "family_card")
    client = browser("operator")
    seen = _seen(client)
    drawings.forget()
    with CaptureQueriesContext(connection) as queries:
        assert _asks(client, seen) == 204
    assert len(drawings) == 0
    assert len([one for one in queries if "EXECUTE" in one["sql"]]) <= 4


def test_who_has_other_rights_is_shown_another_page(made: World, browser: Browser) -> None:
    make_event(made)
    head, operator, neighbour = (_seen(browser(name)) for name in ("head", "operator", "neighbour"))
    assert len({head, operator, neighbour}) == 3


@pytest.mark.parametrize("name", ["operator", "neighbour", "province_officer"])
def test_the_state_of_the_figures_comes_along(made: World, name: str) -> None:
    """The same that is asked for alone, also of an office that has recorded nothing."""
    by = made[name].actor
    with scoped(by.scope):
        counts, figures = counting.counts_and_figures(by, today())
        assert not counts
        assert figures == figures_stamp()
    record(made, make_resident(made))
    with scoped(by.scope):
        counts, after = counting.counts_and_figures(by, today())
        assert {what: n for what, n in counts.items() if n} == plain(by, today())
        assert after == figures_stamp() != figures


@pytest.mark.parametrize("name", ["operator", "head", "province_officer", "administrator"])
def test_the_page_of_today_only_reads(browser: Browser, name: str) -> None:
    """It has no savepoint of its own, so nothing that it wrote could be undone without the rest."""
    client = browser(name)
    client.get("/hari-ini/")
    for send in (client.get, client.head):
        with CaptureQueriesContext(connection) as asked:
            assert send("/hari-ini/").status_code == 200
        said = [one["sql"] for one in asked.captured_queries]
        assert sum("SAVEPOINT" in one and "RELEASE" not in one for one in said) == 1, (
            "the request's"
        )
        assert not [one for one in said if re.search(r"\b(INSERT|UPDATE|DELETE)\b", one)]
