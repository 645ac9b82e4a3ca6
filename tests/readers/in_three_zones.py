"""A calendar of every zone, made of rows that no database holds, and what has to be read out of it."""

from __future__ import annotations

import json
import os
import sys
import uuid
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dukcapil.settings")
os.environ.setdefault("DUKCAPIL_SECRET_KEY", "unused")

_DAY = date(2026, 11, 27)
_CHANGED = datetime(2026, 11, 25, 3, 4, 5, tzinfo=UTC)


def main() -> None:
    django.setup()
    from dukcapil.regions.models import Region  # noqa: PLC0415 - after setup
    from events.planning.models.event import ServiceEvent  # noqa: PLC0415
    from events.planning.models.session import ServiceSession  # noqa: PLC0415
    from events.planning.renderers import as_calendar  # noqa: PLC0415
    from events.planning.selectors.schedule import (  # noqa: PLC0415
        Change,
        Feed,
        Removed,
        ScheduledEvent,
    )

    entries, expected = [], {}

    def expect(key: uuid.UUID, begins: str, ends: str, status: str, number: int) -> None:
        place = 'Aula; "Lantai, 2", Desa Uji, Kecamatan Uji, Kota Uji'
        expected[f"{key}@dukcapil"] = [begins, ends, status, number, place]

    for zone in ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"):
        district = Region(code="99.01.01", level="district", name="Kecamatan Uji", timezone=zone)
        village = Region(
            code="99.01.01.1001", level="village", name="Desa Uji", timezone=zone, parent=district
        )
        for state, status in (("approved", "CONFIRMED"), ("cancelled", "CANCELLED")):
            event = ServiceEvent(
                title="Gebyar; uji, koma\\garis",
                office=Region(code="99.01", level="regency", name="Kota Uji", timezone=zone),
                village=village,
                place='Aula; "Lantai, 2"',
                services=["recording"],
                starts_on=_DAY,
                ends_on=_DAY + timedelta(days=1),
                state=state,
                created_at=_CHANGED - timedelta(days=3),
            )
            hours = [
                datetime.combine(_DAY, begins, ZoneInfo(zone))
                for begins in (time(0, 30), time(6, 30), time(22))
            ]
            sessions = [
                ServiceSession(event=event, starts_at=begins, ends_at=begins + timedelta(hours=6))
                for begins in hours
            ]
            gone = Removed(
                uuid.uuid4(), hours[1], hours[1] + timedelta(hours=1), Change(1, _CHANGED)
            )
            change = Change(2, _CHANGED)
            entries += [
                ScheduledEvent(
                    event,
                    [(session, {}) for session in sessions],
                    change,
                    {session.pk: Change(1, _CHANGED) for session in sessions},
                    [gone],
                )
            ]
            for session in sessions:
                expect(session.pk, *_utc(session.starts_at, session.ends_at), status, 3)
            expect(gone.key, *_utc(gone.starts_at, gone.ends_at), "CANCELLED", 3)
            whole = ServiceEvent(
                title="Penyuluhan",
                office=event.office,
                village=village,
                place=event.place,
                services=["recording"],
                starts_on=_DAY,
                ends_on=_DAY,
                state=state,
                created_at=_CHANGED,
            )
            entries.append(ScheduledEvent(whole, [], change))
            expect(whole.pk, str(_DAY), str(_DAY + timedelta(days=1)), status, 2)
    feed = Feed(entries, _DAY, _DAY, whole=True)
    calendar = as_calendar(feed, "Uji").decode()
    sys.stdout.write(json.dumps({"calendar": calendar, "expected": expected}))


def _utc(*moments: datetime) -> list[str]:
    return [f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for moment in moments]
