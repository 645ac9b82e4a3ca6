"""NIK, ages, categories."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dukcapil.core.crypto import check_code, decrypt, encrypt, keyed_hash
from dukcapil.core.errors import Invalid
from registrations.people.enums import Category
from registrations.people.services.residents import masked
from registrations.people.validators import (
    Nik,
    anniversary,
    category_of,
    last_birth_date_reaching,
    parse_nik,
)

PILKADA = date(2024, 11, 27)


@pytest.mark.parametrize(
    ("born", "day"),
    [
        (date(2008, 2, 29), date(2025, 2, 28)),
        (date(2007, 11, 27), date(2024, 11, 27)),
        (date(2008, 3, 1), date(2025, 3, 1)),
    ],
)
def test_seventeen_is_reached(born: date, day: date) -> None:
    assert anniversary(born, 17) == day


@given(st.integers(0, 30), st.dates(date(1950, 1, 1), date(2100, 12, 31)), st.integers(-3, 3))
@example(17, date(2025, 2, 28), 1)  # who was born on 29 February 2008 is 17
@example(17, date(2024, 2, 29), 0)
@example(16, date(2024, 2, 28), 1)  # who was born on 29 February 2008 is 16 tomorrow
def test_the_last_birth_date_that_reaches_an_age_divides_as_anniversaries_do(
    age: int, day: date, beside: int
) -> None:
    """Births next to the bound, where a wrong bound would show."""
    last = last_birth_date_reaching(age, day)
    born = last + timedelta(days=beside)
    assert (born <= last) == (anniversary(born, age) <= day)


def test_a_leap_years_anniversary_keeps_the_day() -> None:
    assert anniversary(date(2008, 2, 29), 16) == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("born", "day", "last", "category"),
    [
        (date(2008, 5, 17), date(2025, 6, 1), PILKADA, Category.PEMULA),
        (date(2007, 11, 28), date(2026, 1, 1), PILKADA, Category.PEMULA),
        (date(2007, 11, 27), date(2026, 1, 1), PILKADA, Category.UMUM),
        (date(1990, 1, 1), date(2026, 1, 1), PILKADA, Category.UMUM),
        (date(2007, 1, 1), date(2024, 12, 31), None, Category.PEMULA),
        (date(2007, 1, 1), date(2025, 1, 1), None, Category.UMUM),
    ],
)
def test_pemula_is_under_18_or_17_since_the_election_before(
    born: date, day: date, last: date | None, category: Category
) -> None:
    assert category_of(born, day, last) == category


@given(st.dates(date(1930, 1, 1), date(2010, 12, 31)), st.booleans())
def test_a_number_made_from_a_person_agrees_with_them(born: date, female: bool) -> None:
    day = born.day + 40 * female
    found = parse_nik(f"990101{day:02}{born:%m%y}0001")
    assert found.agrees_with(born)
    assert found.sex == ("F" if female else "M")
    assert not found.agrees_with(born + timedelta(days=1))
    assert found.is_example


@pytest.mark.parametrize(
    ("digits", "born"),
    [
        ("251126", date(2026, 11, 25)),
        ("261126", date(1926, 11, 26)),  # tomorrow: a hundred years ago
        ("290200", date(2000, 2, 29)),
        ("010127", date(1927, 1, 1)),
        ("310226", None),
    ],
)
def test_a_number_is_of_the_latest_century_that_has_come(digits: str, born: date | None) -> None:
    assert parse_nik(f"990101{digits}0001").born_by(date(2026, 11, 25)) == born


def test_spaces_and_dots_are_forgiven_and_nothing_else() -> None:
    assert parse_nik("99.0101 170590 0001") == Nik("9901011705900001")
    for text in ("990101170590000", "99010117059000011", "990101170590000x", "९९०१०११७०५९००००१"):
        with pytest.raises(Invalid) as refused:
            parse_nik(text)
        assert text not in str(refused.value.message)


def test_a_masked_number_tells_the_area_and_not_the_serial() -> None:
    one, two = (masked(Nik(f"990101170590000{n}")) for n in (1, 2))
    assert one[:6] == two[:6] == "990101"
    assert one != two
    assert "170590" not in one
    assert check_code("x") == check_code("x")


def test_the_cipher_belongs_to_its_row() -> None:
    blob = encrypt("9901011705900001", context="a")
    assert decrypt(blob, context="a") == "9901011705900001"
    with pytest.raises(Exception):  # noqa: B017, PT011 - InvalidTag has no message
        decrypt(blob, context="b")
    assert keyed_hash("a") != keyed_hash("b")
