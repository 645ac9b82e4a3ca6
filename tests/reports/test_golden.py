"""Every published figure, to the digit, in every form in which coverage leaves the system."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import override

from dukcapil.regions.models import Region
from reports import exports
from reports.bases.services.basis import import_basis
from reports.coverage.selectors.coverage import answer
from reports.coverage.selectors.question import Question
from reports.demo.published import (
    LAMPUNG_DINAMIS,
    LAMPUNG_DKB,
    LAMPUNG_DP4,
    load_denpasar,
    load_lampung,
    load_nation,
)
from reports.files.renderers.document import pdf
from reports.views import question as page_question
from tests.engines import LONG, dice
from tests.reports import formats
from tests.reports.formats import Found
from tests.standing import built_once
from tests.world import World, make_target

DATA = Path(settings.BASE_DIR) / "reports" / "data"
NOVEMBER, JUNE = "2024-11-15", "2024-06-30"


def _parts(file: str) -> Iterator[dict[str, str]]:
    with (DATA / file).open() as lines:
        yield from csv.DictReader(lines)


def _golden() -> dict[tuple[str, str, str], Found]:
    """(region, date, basis) -> published figures of it and of its parts."""
    lampung = {
        "population": 9082727,
        "dkb": 6606173,
        "deaths": 12566,
        "duplicates": 51,
        "moved_out": 14285,
        "moved_in": 10143,
        "first_recordings": 26672,
        "wajib_ktp": 6616086,
        "recorded": 6528688,
        "unrecorded": 87398,
        "recorded_percent": Decimal("98.68"),
        "unrecorded_percent": Decimal("1.32"),
        "published_unrecorded_percent": Decimal("1.32"),
    }
    november: Found = {("18", name): value for name, value in lampung.items()}
    for row in _parts("lampung-2024-11-15-belum-rekam.csv"):
        november[row["region_code"], "unrecorded"] = int(row["belum_rekam"])
    june: Found = {
        ("18", "wajib_ktp"): 6577037,
        ("18", "recorded"): 6457525,
        ("18", "unrecorded"): 119512,
        ("18", "unrecorded_percent"): Decimal("1.82"),
        ("18", "published_unrecorded_percent"): Decimal("1.82"),
    }
    for row in _parts("lampung-2024-06-30-dp4.csv"):
        june[row["region_code"], "unrecorded"] = int(row["belum_rekam"])
        share = Decimal(row["published_pct_belum"])
        june[row["region_code"], "published_unrecorded_percent"] = share
    dkb: Found = {
        ("18", "population"): 9082727,
        ("18", "wajib_ktp"): 6606173,
        ("18", "recorded"): 6528688,
        ("18", "unrecorded"): 77485,
        ("18", "recorded_percent"): Decimal("98.83"),
    }
    april: Found = {
        ("51.71", "ikd_activated"): 11000,
        ("51.71", "ikd_percent_of_base"): Decimal("2.20"),
    }
    october: Found = {
        ("51.71", "recorded"): 510493,
        ("51.71", "ikd_activated"): 19740,
        ("51.71", "ikd_percent_of_base"): Decimal("3.87"),
        ("51.71", "ikd_percent_of_target"): Decimal("12.89"),
    }
    nation: Found = {
        ("00", "recorded"): 202054251,
        ("00", "recorded_percent"): Decimal("97.19"),
    }
    return {
        ("18", NOVEMBER, LAMPUNG_DINAMIS): november,
        ("18", NOVEMBER, LAMPUNG_DKB): dkb,
        ("18", JUNE, LAMPUNG_DP4): june,
        ("51.71", "2024-04-30", "Denpasar IKD April 2024"): april,
        ("51.71", "2024-10-10", "Denpasar IKD Oktober 2024"): october,
        ("00", JUNE, "Nasional semester I 2024"): nation,
    }


GOLDEN = _golden()
_BELOW = {"18": "regency", "51.71": "regency", "00": "nation"}


@built_once
def published(made: World) -> None:
    load_lampung()
    load_denpasar()
    load_nation()
    for indicator, percent in (("recording", "99.40"), ("ikd", "30.00")):
        make_target(indicator=indicator, year=2024, percent=percent)


def _read(form: str, made: World, region: str, day: str, basis: str) -> Found:
    caller = made["nation_viewer"]
    own = {"18": "province", "51.71": "regency", "00": "nation"}[region]
    if form in formats.MACHINES:
        found: Found = {}
        for level in {own, _BELOW[region]}:
            query = f"region={region}&level={level}&date={day}&basis={basis}"
            found |= formats.MACHINES[form](caller, query)
        return found
    if form == "page":
        client = Client()
        client.force_login(caller.user)
        query = {"date": day, "basis": basis}
        page = client.get(f"/cakupan/{region}/", query).content.decode()
        why = client.get(f"/cakupan/{region}/mengapa/", query).content.decode()
        return formats.from_page(page, why, region)
    question = Question.of(
        by=caller.actor,
        region=Region.objects.get(pk=region),
        level=_BELOW[region],
        day=date.fromisoformat(day),
        basis=basis,
    )
    if form == "pdf":
        with override("id"):
            return formats.from_pdf(pdf(question, answer(question)))
    query = f"region={region}&level={_BELOW[region]}&date={day}&basis={basis}&format=text"
    return formats.from_message(caller.get(f"coverage/?{query}").content.decode(), region)


FORMS = [*formats.MACHINES, "page", "pdf", "message"]
#: What every form repeats in each run: the largest of those about recordings, and the one of the other service.
_EVERYWHERE = {
    ("18", NOVEMBER, LAMPUNG_DINAMIS),
    ("51.71", "2024-10-10", "Denpasar IKD Oktober 2024"),
}


def _forms_of(which: tuple[str, str, str]) -> list[str]:
    """All, or the answer of the API and three of the others by the dice of the run: they repeat one answer."""
    if LONG or which in _EVERYWHERE:
        return FORMS
    return ["json", *dice(f"forms of {which}").sample([one for one in FORMS if one != "json"], 3)]


@pytest.mark.parametrize("which", GOLDEN, ids=lambda which: f"{which[0]}-{which[2][:20]}")
def test_published_figures_to_the_digit(published: World, which: tuple[str, str, str]) -> None:
    wanted = GOLDEN[which]
    for form in _forms_of(which):
        found = _read(form, published, *which)
        assert {key: found.get(key) for key in wanted} == wanted, form


@pytest.mark.parametrize("form", FORMS)
def test_no_form_computes_a_percentage_of_its_own(
    published: World, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The selector is made to lie; every form must repeat the lie."""
    selector = sys.modules["reports.coverage.selectors.coverage"]
    monkeypatch.setattr(selector, "percent", lambda _n, _d: "12.34")
    found = _read(form, published, "18", NOVEMBER, LAMPUNG_DINAMIS)
    assert found["18", "recorded_percent"] == Decimal("12.34")
    assert found["18", "unrecorded_percent"] == Decimal("12.34")


def _lying(real: Any) -> Any:
    def lie(question: Question, **more: Any) -> Any:
        found = real(question, **more)
        for row in (*found.rows, found.whole):
            row["recorded"] = 7654321
        return found

    return lie


@pytest.mark.parametrize("form", FORMS)
def test_no_form_counts_of_its_own(
    published: World, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lie = _lying(answer)
    for module in (exports, page_question, sys.modules[__name__]):
        monkeypatch.setattr(module, "answer", lie)
    found = _read(form, published, "18", NOVEMBER, LAMPUNG_DINAMIS)
    assert found["18", "recorded"] == 7654321


def test_the_source_that_disagrees_with_itself_is_shown_everywhere(published: World) -> None:
    caller = published["nation_viewer"]
    query = f"region=18&level=regency&date={JUNE}&basis={LAMPUNG_DP4}"
    [difference] = caller.get(f"coverage/?{query}").json["differences"]
    assert (difference["own"], difference["sum_of_parts"]) == (119512, 119506)
    client = Client()
    client.force_login(caller.user)
    page = client.get("/cakupan/18/", {"date": JUNE, "basis": LAMPUNG_DP4}).content.decode()
    assert "119.512" in page
    assert "119.506" in page
    question = Question.of(
        by=caller.actor,
        region=Region.objects.get(pk="18"),
        level="regency",
        day=date.fromisoformat(JUNE),
        basis=LAMPUNG_DP4,
    )
    with override("id"):
        words = formats.words_of(pdf(question, answer(question)))
    assert "119.506" in words
    sheet = formats.cells_of(caller.get(f"coverage/?{query}&format=xlsx").content)
    # In words as people write them; in cells for figures they are numbers (`formats.from_xlsx`).
    assert any("119.512" in str(cell) and "119.506" in str(cell) for line in sheet for cell in line)
    # What is needed a day, and until which day: of each row its own.
    [top] = [line for line in sheet if line[0] == "Kode"]
    until = top.index("Perlu per hari: sampai dengan")
    assert top[until - 1] == "Perlu per hari"
    days = {line[0]: str(line[until]) for line in sheet if len(line) > until}
    rows = caller.get(f"coverage/?{query}").json["results"]
    told = {row["region"]: row["needed_until"] for row in rows}
    assert {code: days[code] for code in told} == {c: day or "" for c, day in told.items()}
    assert "2024-11-27" in days.values() or "2024-12-31" in days.values()


#: The Director General's bands over 514 regencies, first semester 2024.
BANDS = {4: 67, 3: 412, 2: 18, 1: 17}


def test_the_bands_of_the_director_general(published: World) -> None:
    """Only the four counts were printed, so the regencies' percentages here are made up."""
    codes = iter(
        Region.objects.filter(level="regency").order_by("code").values_list("code", flat=True)
    )
    edges = {4: (1000, 1003), 3: (800, 999), 2: (600, 799), 1: (100, 599)}
    rows = [
        {
            "region_code": next(codes),
            "wajib_ktp": "1000",
            "recorded": str(edges[band][number % 2]),
        }
        for band, count in BANDS.items()
        for number in range(count)
    ]
    import_basis(rows=rows, name="Pita", kind="dkb", wajib_as_of=date(2024, 6, 30), level="regency")
    client = Client()
    client.force_login(published["nation_viewer"].user)
    query = {"date": JUNE, "basis": "Pita", "level": "regency"}
    page = client.get("/cakupan/00/", query).content.decode()
    assert formats.bands_of(page) == BANDS
