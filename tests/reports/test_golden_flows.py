"""Printed reports of offices, to the digit, out of what was keyed: flows summed over a period, days off apart."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from bs4 import BeautifulSoup
from python_calamine import CalamineWorkbook

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.templatetags.figures import people
from events.calendar.models import LocalDay
from events.planning.models.event import ServiceEvent
from registrations.documents.selectors import counted_on, version_of
from registrations.documents.services.counts import set_counts
from registrations.ledger.services.batch import log_batch
from registrations.people.models import Resident
from reports.daily.services.build import build_stale
from tests.stock import MINUTES, WITNESSES, Cards
from tests.world import VILLAGES, WIB, World, entry, make_event

#: Manokwari, the days before the Pilkada of 2024: recorded, printed (domain-2.md section 1). 24 November is
#: a Sunday.
MANOKWARI = {
    date(2024, 11, 24): (38, 153),
    date(2024, 11, 25): (49, 177),
    date(2024, 11, 26): (90, 376),
}
#: Lamandau, 8 to 11 February 2024 (domain.md 1.8): all days off.
LAMANDAU_DAYS = [date(2024, 2, 8 + n) for n in range(4)]
LAMANDAU = {
    "family_card": 32,
    "birth_0_17": 1,
    "moving_out": 24,
    "moving_in": 17,
    "child_card_0_5": 6,
}
RECORDED, PRINTED, DESTROYED = 21, 88, 21
_PEOPLE = """
INSERT INTO registrations_resident (id, office_id, nik_hash, village_id, birth_date, sex,
    marital_status, known_recorded_on, is_example, created_at)
SELECT gen_random_uuid(), '13.75', sha256((%(kind)s || n)::bytea), %(village)s, date '1980-01-01',
       'M', 'married', %(recorded)s, true, now()
  FROM generate_series(1, %(n)s) n
RETURNING id
"""


def persons(kind: str, n: int, recorded: date | None = None) -> list[Resident]:
    params = {"kind": kind, "village": VILLAGES["13.75"], "recorded": recorded, "n": n}
    ids = [pk for (pk,) in rows(_PEOPLE, params)]
    return list(Resident.objects.filter(pk__in=ids))


def keyed(
    made: World, service: str, of: Iterable[Resident], days: Iterable[date], event: ServiceEvent
) -> None:
    by = made["operator"].actor
    more = {"reason": "first_card"} if service == "card_print" else {}
    entries = [
        entry(
            person,
            service,
            event=event.pk,
            occurred_at=datetime.combine(day, time(9, 0), WIB) + timedelta(seconds=n),
            **more,
        )
        for n, (person, day) in enumerate(zip(of, days, strict=True))
    ]
    answers = log_batch(by=by, entries=entries)
    assert {one.status for one in answers} == {"created"}


def spread(n: int, days: list[date]) -> list[date]:
    """`n` services over these days, as evenly as that goes."""
    return sorted(days[number % len(days)] for number in range(n))


def built() -> None:
    use_role("worker")
    build_stale()
    use_role("web")


def table(html: bytes, title: str) -> dict[str, list[str]]:
    """A table of the recap's page: first cell -> the others, as they are shown."""
    page = BeautifulSoup(html, "html.parser")
    (found,) = [
        panel
        for panel in page.select("section")
        if panel.h2 and panel.h2.get_text(strip=True) == title
    ]
    return {
        cells[0]: cells[1:]
        for row in found.select("tbody tr, tfoot tr")
        if (cells := [one.get_text(" ", strip=True) for one in row.select("th, td")])
    }


def test_manokwari_recorded_177_and_printed_706(kept: World, browser: Any) -> None:
    days = list(MANOKWARI)
    event = make_event(
        kept,
        kind="holiday_opening",
        holiday_reason="Pilkada",
        starts_on=days[0],
        ends_on=days[-1],
        services=["recording", "card_print"],
    )
    with scoped(EVERYBODY):
        new = iter(persons("baru", 177))
        known = iter(persons("lama", 706 - 177, date(2020, 1, 1)))
        for day, (recorded, printed) in MANOKWARI.items():
            today = [next(new) for _n in range(recorded)]
            keyed(kept, "recording", today, [day] * recorded, event)
            cards = [*today, *(next(known) for _n in range(printed - recorded))]
            keyed(kept, "card_print", cards, [day] * printed, event)
    built()
    by_day = {}
    for day in days:
        [row] = kept["operator"].get(f"daily-reports/?region=13.75&date={day}").json["results"]
        by_day[day] = (row["recorded"], row["cards_printed"])
    assert by_day == MANOKWARI
    assert tuple(map(sum, zip(*by_day.values(), strict=True))) == (177, 706)
    address = f"/kegiatan/rekap/?first={days[0]}&last={days[-1]}"
    page = browser("operator").get(address).content
    # Event days, recorded (first-time, general), IKD, cards printed.
    found = table(page, "Hari kerja dan hari libur")
    assert found["Hari libur"][:5] == ["1", "0", "38", "0", "153"]
    assert found["Hari kerja"][:5] == ["2", "0", "139", "0", "553"]
    assert found["Jumlah"][:5] == ["3", "0", "177", "0", "706"]
    # Only a part of the period: a flow, not the last value.
    page = browser("operator").get(f"/kegiatan/rekap/?first={days[1]}&last={days[-1]}").content
    assert table(page, "Hari kerja dan hari libur")["Jumlah"][:5] == ["2", "0", "139", "0", "553"]


def test_the_holiday_report_of_lamandau(kept: World, browser: Any) -> None:
    days = LAMANDAU_DAYS
    event = make_event(
        kept,
        kind="holiday_opening",
        holiday_reason="Pemilu 2024",
        starts_on=days[0],
        ends_on=days[-1],
        services=["recording", "card_print", "family_card"],
    )
    # Cuti bersama, which no law makes a holiday: the region says so.
    LocalDay.objects.create(
        region_id="13", day=days[1], kind="closed", reason="Cuti bersama Imlek", source="SKB"
    )
    by = kept["operator"].actor
    with scoped(EVERYBODY):
        keyed(kept, "recording", persons("baru", RECORDED), spread(RECORDED, days), event)
        known = persons("lama", PRINTED, date(2020, 1, 1))
        keyed(kept, "card_print", known, spread(PRINTED, days), event)
    with scoped(by.scope):
        for number, day in enumerate(days):
            counts: dict[str, int | None] = {
                what: n // 4 + (number < n % 4) for what, n in LAMANDAU.items()
            }
            version = version_of("13.75", day, event.pk)
            set_counts(by=by, day=day, counts=counts, version=version, event=event)
            assert counted_on("13.75", day, event.pk) == counts
    cards = Cards(kept["operator"])
    assert cards.count("office:13.75", 500).status == 201
    old = cards.move("public:13.75", "handed_in:13.75:data_changed", DESTROYED)
    assert old.status == 201, old.json
    paper = {"minutes": MINUTES, "witnesses": WITNESSES, "event": str(event.pk)}
    done = cards.move("handed_in:13.75:data_changed", "destroyed:13.75", DESTROYED, **paper)
    assert done.status == 201, done.json
    assert cards.balance("13.75")["destroyed"] == DESTROYED
    built()
    summed = [
        kept["operator"].get(f"daily-reports/?region=13.75&date={day}").json["results"][0]
        for day in days
    ]
    assert sum(row["recorded"] for row in summed) == RECORDED
    assert sum(row["cards_printed"] for row in summed) == PRINTED
    address = f"/kegiatan/rekap/?first={days[0]}&last={days[-1]}"
    page = browser("operator").get(address).content
    found = table(page, "Hari kerja dan hari libur")
    assert set(found) == {"Hari libur", "Jumlah"}
    assert found["Hari libur"][:5] == ["4", "0", "21", "0", "88"]
    counted = table(page, "Dihitung tanpa nama orang")
    assert sorted(int(row[0]) for row in counted.values()) == sorted(LAMANDAU.values())
    figures = BeautifulSoup(page, "html.parser").select_one("dl.figures")
    assert figures is not None
    words = figures.get_text(" ", strip=True)
    assert f"Keping dimusnahkan {people(DESTROYED)}" in words
    # The same in the file, and in the report of the event.
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(browser("operator").get(address + "&format=xlsx").content)
    )
    flat = [
        str(cell)
        for name in book.sheet_names
        for row in book.get_sheet_by_name(name).to_python()
        for cell in row
    ]
    assert any("Keping dimusnahkan" in cell for cell in flat)
    report = browser("operator").get(f"/kegiatan/{event.pk}/laporan/").content.decode()
    for n in (*LAMANDAU.values(), RECORDED, PRINTED):
        assert people(n) in report, n
    assert "Keping dimusnahkan" in report
