"""The local day of a service, in three zones, whatever zone the server thinks in."""

from __future__ import annotations

import os
import time
from datetime import date, datetime
from functools import partial
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from dukcapil.core.command import use_role
from reports.daily.models import RegencyDay
from tests.forked import in_a_child
from tests.world import first_recorded

#: zone, local moment, its UTC: every one lies on another day in UTC or in Los Angeles.
MOMENTS = [
    ("WIT", "91.71.01.1001", "2026-03-10T07:10:00+09:00", "2026-03-10"),
    ("WITA", "51.71.01.1001", "2026-03-10T00:30:00+08:00", "2026-03-10"),
    ("WIB", "13.75.01.1001", "2026-03-10T23:50:00+07:00", "2026-03-10"),
]

#: Where servers may think they are, and what their clocks call that.
SERVERS = {"UTC": "UTC", "America/Los_Angeles": "PST"}


def _told(into: Path) -> None:
    """What each server wrote for each moment; nothing of it stays."""
    lines = []
    for server, (number, (zone, village, moment, _day)) in product(SERVERS, enumerate(MOMENTS)):
        os.environ["TZ"] = server
        time.tzset()
        timezone.activate(ZoneInfo(server))
        with transaction.atomic():
            when = datetime.fromisoformat(moment)
            row = first_recorded(f"petugas{number}", village[:5], when)
            lines.append(f"{time.tzname[0]} {zone} {row.service_date}")
            transaction.set_rollback(True)
    into.write_text("\n".join(lines))


@pytest.mark.django_db(transaction=True)
def test_a_recording_counts_on_the_day_of_its_place(tmp_path: Path) -> None:
    """A process of its own in one zone and in another, as servers set up elsewhere would be."""
    told = tmp_path / "told"
    assert in_a_child(partial(_told, told)) == 0
    assert [tuple(line.split()) for line in told.read_text().splitlines()] == [
        (name, zone, day) for name in SERVERS.values() for zone, _village, _moment, day in MOMENTS
    ]


def test_the_moments_lie_on_another_day_elsewhere() -> None:
    """The control: each is another day in UTC, in Los Angeles, or in the zone of a neighbour."""
    for _zone, _village, moment, day in MOMENTS:
        when = datetime.fromisoformat(moment)
        elsewhere = ("UTC", "America/Los_Angeles", "Asia/Jayapura")
        days = {str(when.astimezone(ZoneInfo(name)).date()) for name in elsewhere}
        assert days - {day}


@pytest.mark.django_db(transaction=True)
def test_nil_days_since_end_with_the_day_of_the_regency(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half an hour before midnight in Padang it is tomorrow in Jayapura."""
    monkeypatch.setattr(
        timezone, "now", lambda: datetime.fromisoformat("2026-03-10T23:30:00+07:00")
    )
    try:
        for region in ("13.75", "91.71"):
            call_command("build_reports", since=date(2026, 3, 9), region=region)
        found = RegencyDay.objects.values_list("regency_id", "service_date").order_by("pk")
        assert list(found) == [
            ("13.75", date(2026, 3, 9)),
            ("13.75", date(2026, 3, 10)),
            ("91.71", date(2026, 3, 9)),
            ("91.71", date(2026, 3, 10)),
            ("91.71", date(2026, 3, 11)),
        ]
    finally:
        use_role("web")
