"""What an office did on a day, and how many days are left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Sum

from dukcapil.accounts.scoping import Actor
from dukcapil.core.newest import Newest
from dukcapil.core.prepared import hot
from events.elections.enums import ElectionKind
from events.elections.selectors import next_election
from registrations.ledger.enums import Outcome
from registrations.ledger.models import ServiceRecord
from registrations.people.enums import Category
from reports.daily.selectors.daily import FIGURES, figures_stamp


@dataclass(frozen=True)
class Countdown:
    name: str
    held_on: date
    days: int
    example: bool


def countdown(code: str, day: date) -> Countdown | None:
    election = next_election(code, day)
    if election is None:
        return None
    days_left = (election.held_on - day).days
    return Countdown(
        election.name, election.held_on, days_left, election.kind == ElectionKind.EXAMPLE
    )


#: (service, outcome, category) -> n.
Counts = Mapping[tuple[str, str, str], int]


class _Counted(NamedTuple):
    """Of one office and day, up to a row of its ledger. The hash of that row says all rows before it: counts that
    were made of another ledger, or of rows that were taken back, are no counts of this one.
    """

    seq: int
    hash: bytes
    counts: Counts


_NOTHING = _Counted(0, b"", {})
#: Offices and days that are remembered, in this process alone. No name, no number of anybody is in them.
MOST = 600
_remembered: Newest[tuple[str, date], _Counted] = Newest(MOST)

#: Of the day's rows those that came after the one that is remembered, else all: the newest row of the office and
#: they are of one moment, and rows of an office are written one after another.
_DONE_SINCE = hot(
    "done_since",
    f"""
SELECT newest.seq, newest.hash, kept.holds, figures.stamp, counted.*
  FROM ({FIGURES}) figures
 CROSS JOIN (SELECT EXISTS (SELECT FROM registrations_servicerecord
                        WHERE office_id = $1::text AND seq = $3::bigint AND hash = $4::bytea)) kept (holds)
  LEFT JOIN (SELECT seq, hash FROM registrations_servicerecord
              WHERE office_id = $1::text ORDER BY seq DESC LIMIT 1) newest ON true
  LEFT JOIN LATERAL (
       SELECT service, outcome, category, sum(weight)::bigint AS n
         FROM (SELECT service, outcome, category, weight FROM registrations_servicerecord
                WHERE kept.holds AND office_id = $1::text AND service_date = $2::date AND seq > $3::bigint
                UNION ALL
               SELECT service, outcome, category, weight FROM registrations_servicerecord
                WHERE NOT kept.holds AND office_id = $1::text AND service_date = $2::date) part
        GROUP BY service, outcome, category) counted ON true
""",
)


def day_counts(by: Actor, day: date) -> Counts:
    """What the actor's office did on a day, straight from the ledger, voids taken off."""
    return counts_and_figures(by, day)[0]


def counts_and_figures(by: Actor, day: date) -> tuple[Counts, str]:
    """The same, and the state of all figures (`figures_stamp`), which the page needs besides: one statement."""
    office = by.whole_office
    if office is None:
        return _counted_now(by, day), figures_stamp()
    key = office, day
    known = _remembered.known(key) or _NOTHING
    found = _DONE_SINCE.rows(office, day, known.seq, known.hash)
    seq, row_hash, holds, figures, *_rest = found[0]
    if seq is None:
        return {}, str(figures)
    counts = dict(known.counts) if holds else {}
    for _seq, _hash, _holds, _figures, *group, n in found:
        if n is not None:
            what = (group[0], group[1], group[2])
            counts[what] = counts.get(what, 0) + n
    _remembered.keep(key, _Counted(seq, bytes(row_hash), counts))
    return counts, str(figures)


def _counted_now(by: Actor, day: date) -> Counts:
    """Whoever sees more or less than one office: counted anew, and nothing of it is kept."""
    rows = ServiceRecord.objects.visible_to(by).filter(service_date=day)
    grouped = rows.values_list("service", "outcome", "category").annotate(n=Sum("weight"))
    return {(service, outcome, category): n for service, outcome, category, n in grouped.order_by()}


def done_of(day: Counts) -> dict[tuple[str, str], int]:
    """(service, outcome) and (service, `pemula`) -> n."""
    counts: dict[tuple[str, str], int] = {}
    for (service, outcome, category), n in day.items():
        counts[service, outcome] = counts.get((service, outcome), 0) + n
        if outcome == Outcome.DONE and category == Category.PEMULA:
            counts[service, Category.PEMULA] = counts.get((service, Category.PEMULA), 0) + n
    return counts
