"""Two thousand people of each office of the demonstration, by name: households in every village, most of
them recorded years ago, and 160 who are missing.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Q

from dukcapil.accounts.scoping import Actor
from dukcapil.regions.models import Region
from registrations.people.models import Resident
from registrations.people.selectors import recorded_dates
from registrations.people.services.register_many import register_many
from registrations.people.validators import (
    CARD_AGE,
    Nik,
    Person,
    anniversary,
    last_birth_date_reaching,
)

FIRST_NAMES = (
    "Adit Agus Alya Bima Citra Dewi Dimas Eka Fajar Farhan Gita Hana Indra Intan Joko Kartika"
    " Lestari Maya Nabila Nanda Putri Rafi Rizki Salsa Siti Tiara Vina Wahyu Yoga Zahra"
).split()
FAMILY_NAMES = (
    "Anwar Basri Chaniago Darwis Effendi Firdaus Guci Hasan Ilyas Jamal Koto Lubis Malik"
    " Nasution Piliang Rasyid Sikumbang Tanjung Usman Yusuf"
).split()
STREETS = "Contoh Melati Kenanga Anggrek Cempaka Mawar Teratai Flamboyan".split()
#: Of each office, with those who come to its events; and who of them is due and was never recorded.
ROLL, MISSING = 2000, 160
#: Those who come to the events of the last thirty days and of today.
VISITORS = 268
#: National electronic cards were first taken then.
_FIRST_YEAR = 2012


@dataclass
class Draw:
    """People of one office, drawn the same at each start of a day."""

    office: str
    today: date
    chance: random.Random
    villages: list[Region]
    #: Of their numbers, two digits: those of the roll are other ones than those of the visitors.
    series: str
    number: int = 0

    def person(
        self, born: date, *, household: Household | None = None, married: str = "single"
    ) -> Person:
        chance, self.number = self.chance, self.number + 1
        female = chance.random() < 0.5
        home = household or self.household()
        day = born.day + 40 * female
        serial = f"{day:02}{born:%m%y}{self.number:04}"
        return Person(
            nik=Nik(f"99{self.office[3:5]}{self.series}{serial}"),
            name=f"{chance.choice(FIRST_NAMES)} {home.name} (Contoh)",
            birth_date=born,
            sex="F" if female else "M",
            village=home.village,
            address=home.address,
            rt=home.rt,
            rw=home.rw,
            marital_status=married,
        )

    def household(self) -> Household:
        chance = self.chance
        return Household(
            chance.choice(FAMILY_NAMES),
            chance.choice(self.villages),
            f"Jalan {chance.choice(STREETS)} No. {chance.randint(1, 140)}",
            f"{chance.randint(1, 9):03}",
            f"{chance.randint(1, 5):03}",
        )

    def born(self, youngest: int, oldest: int) -> date:
        """Between these ages, in years."""
        days = self.chance.randint(youngest * 366, oldest * 365 + 364)
        return self.today - timedelta(days=days)


@dataclass(frozen=True)
class Household:
    name: str
    village: Region
    address: str
    rt: str
    rw: str


def register_visitors(by: Actor, draw: Draw) -> list[Resident]:
    """Who comes to the events: two of three about seventeen years old, and nobody recorded."""
    people = {}
    for number in range(VISITORS):
        young, days = number % 3 != 0, draw.chance.randint
        born = draw.today - timedelta(days=days(6030, 6560) if young else days(6800, 22000))
        married = "single" if young else draw.chance.choice(["single", "married"])
        people[number] = draw.person(born, married=married)
    return list(register_many(by=by, people=people).values())


def register_roll(by: Actor, today: date) -> None:
    """Everybody else, so that with the visitors `MISSING` are due and not recorded."""
    villages = list(Region.objects.within(by.region).level("village"))
    chance = random.Random(f"roll {by.region}")  # noqa: S311 - examples
    draw = Draw(by.region, today, chance, villages, "02")
    most = ROLL - VISITORS
    missing = MISSING - missing_of(by.region, today)
    people = list(_never_recorded(draw, missing))
    for one in _households(draw):
        if len(people) == most:
            break
        people.append(one)
    register_many(by=by, people=dict(enumerate(people)))


def missing_of(office: str, today: date) -> int:
    """Due today, and nobody knows of a recording."""
    seventeen = last_birth_date_reaching(CARD_AGE, today)
    due = Q(birth_date__lte=seventeen) | ~Q(marital_status="single")
    people = Resident.objects.filter(due, office_id=office, known_recorded_on=None)
    ids = list(people.values_list("pk", flat=True))
    return len(ids) - len(recorded_dates(ids))


def _never_recorded(draw: Draw, most: int) -> Iterator[Person]:
    """Late adults, the old, and a few who married young; most of them in some villages alone."""
    draw.villages, everywhere = draw.villages[:8], draw.villages
    for number in range(most):
        if number % 20 == 19:
            yield draw.person(draw.born(16, 16), married="married")
        else:
            ages = ((18, 22), (22, 30), (30, 60), (65, 90))[number % 4]
            yield draw.person(draw.born(*ages))
    draw.villages = everywhere


def _households(draw: Draw) -> Iterator[Person]:
    """Two parents and up to three children of fifteen or more; who was seventeen is recorded."""
    while True:
        home = draw.household()
        for _parent in range(2):
            yield _recorded(draw, draw.born(38, 80), home, married="married")
        for _child in range(draw.chance.randint(0, 3)):
            yield _recorded(draw, draw.born(15, 30), home)


def _recorded(draw: Draw, born: date, home: Household, married: str = "single") -> Person:
    person = draw.person(born, household=home, married=married)
    due = max(anniversary(born, CARD_AGE), date(_FIRST_YEAR, 1, 1))
    last = draw.today - timedelta(days=60)
    if due > last:
        # Too young, or seventeen for some days: taken in school at sixteen.
        early = anniversary(born, CARD_AGE - 1)
        if early > last or anniversary(born, CARD_AGE) > draw.today:
            return person
        return replace(person, known_recorded_on=last)
    day = min(due + timedelta(days=draw.chance.randint(0, 400)), last)
    return replace(person, known_recorded_on=day)
