"""Late, voided and corrected records in any order, over ten days in three zones."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY
from dukcapil.regions.enums import Level, zone_of
from dukcapil.regions.models import Region
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.corrections import void_record
from registrations.ledger.services.ledger import log_service
from registrations.people.services.residents import register
from reports.coverage.selectors.coverage import coverage
from reports.coverage.selectors.question import Question
from reports.daily.services.build import build_stale
from reports.invariants.selectors import INVARIANTS, offenders_of
from tests.engines import LONG
from tests.world import Caller, World, entry, make_caller, nik, today

#: An office in each zone, and one that its people often live in.
OFFICES = ("13.75", "51.71", "91.71")
DAYS = 10
CHECKED = [
    rule for rule in INVARIANTS if rule.name in {"revision-recount", "revision-numbers", "built-to"}
]

steps = st.lists(
    st.tuples(
        st.sampled_from(["record", "record", "elsewhere", "void", "correct", "build"]),
        st.integers(0, len(OFFICES) - 1),
        st.integers(1, DAYS),
    ),
    min_size=4,
    max_size=18,
)


class Country:
    """What was done, counted by hand beside the system."""

    def __init__(self, staff: list[Caller]) -> None:
        self.staff = staff
        self.counts: Counter[tuple[str, date]] = Counter()
        self.open: list[tuple[int, Any]] = []

    def record(self, number: int, back: int, *, domicile: int | None = None) -> None:
        caller, office = self.staff[number], OFFICES[number]
        home = OFFICES[number if domicile is None else domicile]
        village = Region.objects.within(home).level("village").order_by("code")[back % 3]
        day = today() - timedelta(days=back)
        # Near midnight, where zones disagree about the day.
        moment = datetime.combine(day, time(0, 30) if back % 2 else time(23, 40))
        with scoped(caller.actor.scope):
            person = register(
                by=caller.actor,
                nik=nik(date(1990, 1, 1)),
                name="Contoh Acak",
                birth_date=date(1990, 1, 1),
                sex="M",
                village=village,
                confirm=["look-alike"],
            )
            row = log_service(
                by=caller.actor,
                entry=entry(person, occurred_at=moment.replace(tzinfo=ZoneInfo(zone_of(office)))),
            )[0]
        assert row.service_date == day
        self.counts[office, day] += 1
        self.open.append((number, row))

    def void(self, which: int) -> int | None:
        if not self.open:
            return None
        number, row = self.open.pop(which % len(self.open))
        by = self.staff[number].actor
        with scoped(by.scope):
            void_record(by=by, record=row, reason="Salah orang")
        self.counts[OFFICES[number], row.service_date] -= 1
        return number

    def step(self, what: str, number: int, back: int) -> None:
        if what == "record":
            self.record(number, back)
        elif what == "elsewhere":
            self.record(number, back, domicile=(number + 1) % len(OFFICES))
        elif what == "void":
            self.void(back)
        elif what == "correct":
            if (again := self.void(back)) is not None:
                self.record(again, 1 + back % DAYS)
        else:
            build()


def build() -> None:
    use_role("worker")
    build_stale()
    use_role("web")


def found_broken() -> list[str]:
    use_role("owner")
    try:
        return [rule.name for rule in CHECKED if offenders_of(rule)]
    finally:
        use_role("web")


def test_the_rules_looked_at_are_rules() -> None:
    assert len(CHECKED) == 3


def recorded(made: World, region: str, level: str, day: date, view: str) -> dict[str, int]:
    question = Question.of(
        by=made["nation_viewer"].actor,
        region=Region.objects.get(pk=region),
        level=level,
        day=day,
        view=view,
    )
    return {row["region"]: row["recorded_today"] for row in coverage(question)}


def check_sums(made: World, country: Country, day: date) -> None:
    for view in ("service", "domicile"):
        nation = recorded(made, "00", Level.NATION, day, view)["00"]
        provinces = recorded(made, "00", Level.PROVINCE, day, view)
        assert nation == sum(provinces.values())
        assert nation == sum(country.counts[office, day] for office in OFFICES)
        for office in OFFICES:
            [regency] = recorded(made, office, Level.REGENCY, day, view).values()
            assert provinces[office[:2]] == regency
            if view == "service":
                # Without an event the place is the office itself, which lies in no district.
                assert regency == country.counts[office, day]
            else:
                districts = recorded(made, office, Level.DISTRICT, day, view)
                villages = recorded(made, office, Level.VILLAGE, day, view)
                assert regency == sum(districts.values()) == sum(villages.values())


def test_any_interleaving_recounts_and_adds_up(kept: World) -> None:
    staff = [
        make_caller(f"acak-{office}", "district_operator", office, today() - timedelta(days=99))
        for office in OFFICES
    ]
    country = Country(staff)

    @settings(
        max_examples=24 if LONG else 4, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(steps)
    def tried(chosen: list[tuple[str, int, int]]) -> None:
        for what, number, back in chosen:
            country.step(what, number, back)
        days = {today() - timedelta(days=back) for _what, _number, back in chosen}
        check_sums(kept, country, max(days))  # live: what is not built yet counts already
        build()
        assert found_broken() == []
        for day in sorted(days)[:2]:
            check_sums(kept, country, day)

    tried()
    with scoped(EVERYBODY):
        assert ServiceRecord.objects.filter(row_kind="void").exists()
