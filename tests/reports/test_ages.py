"""The unrecorded by age, and first-time voters: statements divide people as anniversaries do."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

from dukcapil.accounts.scoping import scoped
from dukcapil.regions.models import Region
from events.elections.models import Election
from registrations.people.models import Resident
from registrations.people.validators import anniversary
from reports.coverage.selectors.ages import age_bands
from tests.world import World, make_resident

#: Days around which births of a leap day are easily counted wrong.
DAYS = [
    *(date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)),
    *(date(2025, 2, 27), date(2025, 2, 28), date(2025, 3, 1), date(2026, 2, 28)),
]
BIRTHS = [
    date(year, month, day)
    for year, (month, day) in product(range(2002, 2011), ((2, 27), (2, 28), (3, 1), (11, 27)))
] + [date(2004, 2, 29), date(2008, 2, 29)]


def _expected(
    people: list[tuple[date, bool]], day: date, election: date, before: date
) -> dict[str, Any]:
    def reached(born: date, age: int, when: date = day) -> bool:
        return anniversary(born, age) <= when

    def between(first: int, last: int) -> int:
        return sum(reached(born, first) and not reached(born, last) for born, _married in people)

    pemula = [
        born for born, _m in people if reached(born, 17, election) and not reached(born, 17, before)
    ]
    return {
        "under_17_married": sum(married and not reached(born, 17) for born, married in people),
        **{str(age): between(age, age + 1) for age in range(17, 21)},
        "21_and_over": between(21, 200),
        "pemula": len(pemula),
        "turning_17": sum(
            reached(born, 17, election) and not reached(born, 17) for born, _m in people
        ),
    }


def test_bands_divide_as_anniversaries_do(made: World) -> None:
    before = date(2024, 2, 28)
    election = Election(region_id="00", kind="pemilu", name="Pemilu")
    election.held_on = date(2026, 2, 28)
    people = []
    with scoped(made["operator"].actor.scope):
        for number, born in enumerate(BIRTHS):
            person = make_resident(made, birth_date=born)
            married = number % 3 == 0
            people.append((born, married))
            if married:
                Resident.objects.filter(pk=person.pk).update(marital_status="widowed")
        office = Region.objects.get(pk="13.75")
        answers = {day: age_bands(office, day, election, before) for day in DAYS}
    for day, found in answers.items():
        bands = {name: n for name, _label, n in found["bands"]}
        told = {name: found[name] for name in ("pemula", "turning_17")}
        assert bands | told == _expected(people, day, election.held_on, before), day
        assert found["unrecorded"] == sum(bands.values()), day
