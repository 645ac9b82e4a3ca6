"""Numbers as Indonesians write them, in every form of the application."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.test import Client
from django.urls import get_resolver
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from dukcapil.accounts.scoping import scoped
from dukcapil.core.forms import DecimalField, NumberField
from dukcapil.core.numerals import NotANumber, TwoReadings, in_words, read_number, written
from dukcapil.core.whole import Stands
from dukcapil.regions.models import Region
from events.planning.models.event import EventCost
from registrations.roll.selectors import VillageRows
from reports.bases.models import PopulationBasis, Target
from tests.world import World, at, make_event, make_session

ROOT = Path(settings.BASE_DIR)
DAY = date(2026, 11, 25)
_VILLAGE = Region(code="13.75.01.1001", name="Contoh", timezone="Asia/Jakarta")
_EVENT = SimpleNamespace(
    village=_VILLAGE, starts_on=DAY, ends_on=DAY, kits=2, services=["recording"]
)
#: What the forms are made with: a form that wants something else gets its line here.
SAMPLES: dict[str, Any] = {
    "event": _EVENT,
    "session": SimpleNamespace(event=_EVENT, starts_at=at(8, 0, DAY), ends_at=at(12, 0, DAY)),
    "services": ["recording"],
    "stands": lambda: Stands({}, ""),
    "members": dict,
    "villages": [_VILLAGE],
    "offices": [],
    "lenders": [],
    "places": [],
    "ages": [("31", "31 hari")],
    "points": [],
    "districts": [],
    "groups": [],
    "teams": [],
    "devices": [],
    "clerks": [],
    "roles": [],
    "regions": [],
    "elections": [],
    "code": "13.75",
    "bases": PopulationBasis.objects.none(),
    "needed": True,
    "budget": True,
    "nil": True,
    "free": {"recording": {"free": 1, "capacity": 2}},
    "zone": "Asia/Jakarta",
    "accounts": [],
    "sources": [],
    "targets": [],
    "stores": [],
    "events": [],
    "most": 5_000,
    "lying": [("spoiled:13.75:encode", "Rusak", 5)],
    "unit": "blangko",
    "venues": [("1", "SMA Contoh")],
    "owners": [("1", "Petugas")],
    "sessions": [("1", "Contoh, 08.00")],
    "classes": [("XII", 30)],
    "sees_groups": True,
    "kind": "school",
    "today": DAY,
    "rows": [VillageRows(_VILLAGE.pk, _VILLAGE.name)],
    "region": "13.75",
    "office": "13.75",
    "papers": ["Kartu keluarga"],
    "for_whom": [],
}


def all_forms() -> Iterator[type[forms.Form]]:
    assert get_resolver().url_patterns  # which imports every page
    waiting = [forms.Form]
    while waiting:
        for form in waiting.pop().__subclasses__():
            waiting.append(form)
            if form.__module__.split(".")[0] in ("dukcapil", "events", "registrations", "reports"):
                yield form


def built(form: type[forms.Form], **more: Any) -> forms.Form:
    samples = SAMPLES | more
    samples.setdefault("actor", samples.get("by"))
    # Also what a form may do without: with it there are more fields.
    named = inspect.signature(form.__init__).parameters
    wanted: dict[str, Any] = {name: samples[name] for name in named if name in samples}
    for _again in range(9):
        try:
            return form(**wanted)
        except TypeError as missing:
            name = re.findall(r"'(\w+)'", str(missing))[0]
            wanted[name] = samples[name]
    raise AssertionError(form)


def test_no_form_turns_a_thousand_into_one(made: World) -> None:
    numbers, wrong = 0, []
    for form in all_forms():
        for name, field in built(form, by=made["head"].actor).fields.items():
            where = f"{form.__name__}.{name}"
            if isinstance(field, forms.IntegerField | forms.FloatField):
                numbers += 1
                if not isinstance(field, NumberField | DecimalField):
                    wrong.append(f"{where}: use core.forms.NumberField")
            if getattr(field.widget, "input_type", "") == "number":
                wrong.append(f"{where}: type=number")
            try:
                value = field.clean("1.000")
            except forms.ValidationError:
                continue
            if not isinstance(value, bool) and value in (1, "1"):
                wrong.append(where)
    assert wrong == []
    assert numbers >= 25


def test_no_template_has_a_number_field_of_the_browsers() -> None:
    found = [
        path.name
        for path in (ROOT / "templates").rglob("*.html")
        if re.search(r"""type=["']?number""", path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("500.000", "500000"),
        ("500000", "500000"),
        ("1.000.000", "1000000"),
        ("1 000 000", "1000000"),
        ("7,5", "7.5"),
        ("12,75", "12.75"),
        ("0,500", "0.5"),
        ("1.234,5", "1234.5"),
        ("1.000,00", "1000"),
        ("Rp 500.000,-", "500000"),
        ("1,000,000", "1000000"),
        ("1,234.5", "1234.5"),
        ("-3", "-3"),
        ("007", "7"),
        (" 12 ", "12"),
    ],
)
def test_what_has_one_reading_is_read(typed: str, value: str) -> None:
    assert read_number(typed) == Decimal(value)


@pytest.mark.parametrize(
    ("typed", "readings"),
    [
        ("1,000", ("1", "1000")),
        ("1.00", ("1", "100")),
        ("1.000,", ("1", "1000")),
        ("7.5", ("7.5", "75")),
        ("12.5000", ("12.5", "125000")),
        ("0.500", ("0.5", "500")),
        ("12,345", ("12.345", "12345")),
    ],
)
def test_what_has_two_readings_is_refused_with_both(typed: str, readings: tuple[str, str]) -> None:
    with pytest.raises(TwoReadings) as refused:
        read_number(typed)
    assert refused.value.readings == tuple(map(Decimal, readings))
    with override("id"), pytest.raises(forms.ValidationError) as told:
        NumberField().clean(typed)
    for reading in refused.value.readings:
        assert in_words(reading) in told.value.message
        assert written(reading) in told.value.message


@pytest.mark.parametrize("typed", ["x", "1e3", "1..000", "1.000.00", "1,2,3", "--1", "٣", "9" * 41])
def test_the_rest_is_no_number(typed: str) -> None:
    with pytest.raises(NotANumber):
        read_number(typed)
    with pytest.raises(forms.ValidationError):
        NumberField().clean(typed)


def test_the_limits_of_a_field_leave_one_reading() -> None:
    field = DecimalField(max_digits=5, decimal_places=2, max_value=100)
    with override("id"):
        for typed, words in (
            ("99.4", "“99.4” di sini ditulis lain: tulis 99,4."),
            ("banyak", "Tulis bilangan dengan angka, misalnya 7,5."),
            ("7,555", "dua cara"),
            ("7,5555", "Paling banyak 2 angka di belakang koma."),
        ):
            with pytest.raises(forms.ValidationError) as refused:
                field.clean(typed)
            text = " ".join(refused.value.messages)
            assert words in text or typed == "7,555", text
            assert "994" not in text
            assert "Pastikan" not in text
        with pytest.raises(forms.ValidationError, match=r"misalnya 1\.250"):
            NumberField().clean("banyak")


def test_a_whole_number_has_no_decimals() -> None:
    with override("id"), pytest.raises(forms.ValidationError, match="bulat"):
        NumberField().clean("7,5")
    assert DecimalField().clean("7,5") == Decimal("7.5")
    assert NumberField(required=False).clean(" ") is None


def test_a_limit_stands_in_its_refusal_as_it_is_written() -> None:
    with override("id"), pytest.raises(forms.ValidationError) as refused:
        NumberField(max_value=5_000).clean("5.001")
    assert "5.000" in str(refused.value)
    assert NumberField(max_value=5_000).clean("5.000") == 5_000


@given(st.decimals(-(10**12), 10**12, places=2) | st.integers(-(10**15), 10**15).map(Decimal))
def test_what_a_form_shows_it_reads_again(number: Decimal) -> None:
    assert read_number(written(number)) == number


@pytest.mark.parametrize(
    ("number", "indonesian", "english"),
    [
        ("0", "nol", "zero"),
        ("11", "sebelas", "eleven"),
        ("100", "seratus", "one hundred"),
        ("1000", "seribu", "one thousand"),
        ("1115", "seribu seratus lima belas", "one thousand one hundred fifteen"),
        ("21000", "dua puluh satu ribu", "twenty one thousand"),
        ("1000000", "satu juta", "one million"),
        ("-7.5", "minus tujuh koma lima", "minus seven point five"),
    ],
)
def test_numbers_in_words(number: str, indonesian: str, english: str) -> None:
    for language, words in (("id", indonesian), ("en", english)):
        with override(language):
            assert in_words(Decimal(number)) == words


def test_pages_take_numbers_as_they_are_written(
    made: World, browser: Callable[[str], Client]
) -> None:
    event = make_event(made)
    client = browser("operator")
    notes = f"/kegiatan/{event.pk}/catatan/"
    done = client.post(
        notes, {"do": "costs", "planned_transport": "500.000", "spent_transport": "Rp1.000"}
    )
    assert done.status_code == 302
    with scoped(made["operator"].actor.scope):
        cost = EventCost.objects.get(event=event, item="transport")
    assert (cost.planned, cost.spent) == (500_000, 1_000)
    shown = client.get(notes).content.decode()
    assert 'value="500.000"' in shown
    refused = client.post(notes, {"do": "costs", "planned_transport": "1,000"})
    assert refused.status_code == 422
    assert "seribu" in refused.content.decode()
    target = {"indicator": "ikd", "region": "13", "year": "2026", "percent": "7,5", "source": "SE"}
    officer = browser("province_officer")
    assert officer.post("/target/", target).status_code == 302
    assert Target.objects.get(region_id="13", year=2026).percent == Decimal("7.5")


def test_the_api_reads_no_text_with_a_dot(made: World) -> None:
    session = make_session(made, make_event(made))
    capacity = {"recording": 10, "ikd_activation": 10}
    path = f"sessions/{session.pk}/"
    for wrong in ("1.000", "1,5", 1.5, True):
        refused = made["operator"].patch(path, {"capacity": {**capacity, "recording": wrong}})
        assert refused.status == 422, wrong
    for right in (12, "12", 12.0):
        done = made["operator"].patch(path, {"capacity": {**capacity, "recording": right}})
        assert done.status == 200, right
    day = "daily-reports/?region=13.75&date=2026-11-01"
    assert made["operator"].get(f"{day}&revision=1.000").status == 422
