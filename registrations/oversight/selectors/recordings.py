"""Recordings that two offices should look at: for another office's village, late, or for a number that
nobody can have been issued.

The recording office and the office of domicile see the same rows, and their provinces; the person only
who may see that record. The second wall of these reads is the function `unusual_records`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import rows
from dukcapil.regions.models import Region
from events.planning.enums import Service
from registrations.ledger.models import ServiceRecord

_COUNTS = """
SELECT office, left(domicile, 5), count(*), count(*) FILTER (WHERE elsewhere),
       count(*) FILTER (WHERE late), count(*) FILTER (WHERE doubtful),
       count(*) FILTER (WHERE state = 'waits')
  FROM unusual_records(%s) GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""
_PAGE = """
SELECT id, office, domicile, service, service_date, received_at, elsewhere, late, doubtful, state
  FROM unusual_records(%s) ORDER BY received_at DESC, id LIMIT %s OFFSET %s
"""


@dataclass(frozen=True)
class OfficeCount:
    """What one office recorded for the villages of one office."""

    office: str
    home: str
    total: int
    elsewhere: int
    late: int
    doubtful: int
    waits: int


@dataclass(frozen=True)
class Recording:
    """One line. `resident` and `masked` are None for who may not see the person."""

    id: uuid.UUID
    office: str
    village: str
    service: str
    day: date
    received_at: datetime
    elsewhere: bool
    late: bool
    doubtful: bool
    #: `counts`, `waits` or `void`.
    state: str
    resident: uuid.UUID | None = None
    masked: str | None = None


class UnusualRecordings:
    """A list that a paginator cuts: four queries for any number of lines."""

    def __init__(self, by: Actor, since: datetime) -> None:
        # A lent clerk reviews their own office, not the host's.
        self._by, self._since = replace(by, lent_events=()), since
        self._counts = rows(_COUNTS, [since])
        codes = {code for row in self._counts for code in row[:2]}
        self._names = _names(codes)

    def __len__(self) -> int:
        return sum(row[2] for row in self._counts)

    def counts(self) -> list[OfficeCount]:
        """By recording office and office of domicile, the most first."""
        return [
            OfficeCount(self._names[office], self._names[home], *numbers)
            for office, home, *numbers in self._counts
        ]

    def __getitem__(self, part: slice) -> list[Recording]:
        start = part.start or 0
        found = rows(_PAGE, [self._since, part.stop - start, start])
        names = _names({code for row in found for code in row[1:3]})
        people = self._people([row[0] for row in found])
        return list(self._lines(found, names, people))

    def _people(self, records: list[uuid.UUID]) -> dict[uuid.UUID, tuple[uuid.UUID, str]]:
        """Record -> its person, where the actor's own walls show the record."""
        visible = ServiceRecord.objects.visible_to(self._by).filter(pk__in=records)
        columns = ("pk", "resident_id", "resident__identity__nik_masked")
        return {pk: (resident, masked) for pk, resident, masked in visible.values_list(*columns)}

    @staticmethod
    def _lines(
        found: list[tuple[Any, ...]],
        names: dict[str, str],
        people: dict[uuid.UUID, tuple[uuid.UUID, str]],
    ) -> Iterator[Recording]:
        for record, office, domicile, service, day, received_at, *flags, state in found:
            resident, masked = people.get(record, (None, None))
            elsewhere, late, doubtful = flags
            yield Recording(
                id=record,
                office=names[office],
                village=f"{names[domicile]} ({domicile})",
                service=str(Service(service).label),
                day=day,
                received_at=received_at,
                elsewhere=elsewhere,
                late=late,
                doubtful=doubtful,
                state=state,
                resident=resident,
                masked=masked,
            )


def _names(codes: set[str]) -> dict[str, str]:
    return dict(Region.objects.filter(code__in=codes).values_list("code", "name"))
