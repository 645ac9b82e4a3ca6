"""The board of a region: one row for every office, the worst first, each with why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.core.errors import Invalid, NotFound
from dukcapil.regions.enums import bounds, today_in, zone_of
from dukcapil.regions.models import Region
from dukcapil.regions.validators import within
from events.calendar.validators import FIRST_DAY, LAST_DAY
from events.elections.enums import Colour, ElectionState
from events.elections.models import Election
from events.elections.selectors import OpeningNow, bears_on, next_elections, openings_in
from events.incidents.enums import OutageKind
from events.incidents.selectors import Hindered, hindered
from registrations.cards.selectors.backlog import BacklogTable, RegionBacklog, side_by_side
from reports.cover.selectors.cover import Cover, cover_of
from reports.election_desk.enums import Network, Worst
from reports.election_desk.selectors.counts import OfficeCounts, OutageNow, office_counts
from reports.election_desk.selectors.row import DeskLine, HeartbeatCell, OpeningCell, StatusCell

#: What an opening says of its office.
_COLOURS = {
    Colour.RED: Worst.RED,
    Colour.AMBER: Worst.AMBER,
    Colour.GREEN: Worst.GREEN,
}


@dataclass(frozen=True)
class Line:
    """An office of the board."""

    row: DeskLine
    counts: OfficeCounts
    openings: list[OpeningNow]
    worst: Worst
    #: Why it stands where it stands, in words.
    reasons: list[str]
    cover_days: Decimal | None


@dataclass(frozen=True)
class Board:
    region: Region
    day: date
    election: Election | None
    lines: list[Line]

    @property
    def rows(self) -> list[DeskLine]:
        return [line.row for line in self.lines]

    @property
    def as_of(self) -> datetime | None:
        """When the last counted row of a chain came."""
        return max((one.counts.last_at for one in self.lines if one.counts.last_at), default=None)

    @property
    def lagging(self) -> list[str]:
        """Offices whose lists lag behind what happened."""
        return [one.counts.region for one in self.lines if one.counts.lags]

    @property
    def backlogs(self) -> BacklogTable:
        """Side by side, in the order of the board."""
        kept = {one.counts.region: one.counts.backlog for one in self.lines if one.counts.backlog}
        names = [(line.counts.region, line.counts.name) for line in self.lines]
        return side_by_side(names, kept)

    @property
    def days_left(self) -> int | None:
        """None without an election to come: nothing is counted down to one that was cancelled."""
        if self.election is None or self.is_cancelled or self.election.held_on < self.day:
            return None
        return (self.election.held_on - self.day).days

    @property
    def is_cancelled(self) -> bool:
        return self.election is not None and not _is_held(self.election)

    def total(self, column: str) -> int | None:
        values: list[Any] = [dict(row)[column] for row in self.rows]
        known = [value for value in values if value is not None]
        return sum(known) if known else None

    @property
    def totals(self) -> dict[str, int | None]:
        return {name: self.total(name) for name in SUMMED}

    @property
    def by_worst(self) -> list[tuple[Worst, int]]:
        found = [line.worst for line in self.lines]
        return [(worst, found.count(worst)) for worst in Worst]

    @property
    def hours(self) -> list[tuple[int, int]]:
        """(hour, recorded in all offices), from the first to the last in which anybody was."""
        sums = [sum(line.counts.hours[hour] for line in self.lines) for hour in range(24)]
        busy = [hour for hour in range(24) if sums[hour]]
        if not busy:
            return []
        return [(hour, sums[hour]) for hour in range(min(busy), max(busy) + 1)]


#: Columns that may be added up over offices.
SUMMED = (
    *("recorded_hour", "recorded_day", "printed_day", "biodata_day", "suket_day", "waiting"),
    *("incidents_open", "cards_left", "devices_down", "unexplained"),
)


def board(
    region: Region,
    day: date | None = None,
    election: Election | None = None,
    *,
    now: datetime | None = None,
) -> Board:
    """`day`: by default today, there. `election`: by default the region's next one from that day on.
    It chooses what is counted down to; another one than that also who is missed: without it every
    office is, whose own next election is held on that day. Asked within the scope of whoever may see
    these offices.
    """
    now = now or timezone.now()
    code = region.pk
    day = day or today_in(code)
    found = office_counts(code, day, now)
    coming = next_elections([code, *(one.region for one in found)], day)
    first, last = bounds(day, zone_of(code))
    openings: dict[str, list[OpeningNow]] = {}
    for opening in openings_in(code, day, now=min(now, last)):
        openings.setdefault(opening.office, []).append(opening)
    incidents = hindered(code, now, first, last)
    covers = cover_of([one.region for one in found], day)

    def votes(office: str) -> bool:
        if election is None or election == coming[code]:
            own = coming[office]
            return own is not None and own.held_on == day
        return election.held_on == day and _is_held(election) and bears_on(election, office)

    lines = [
        _line(
            counts,
            openings.get(counts.region, []),
            incidents.get(counts.region, Hindered()),
            covers[counts.region],
            missing=votes(counts.region),
            # Of the election that is looked at, else of the office's next.
            election=election or coming[counts.region],
        )
        for counts in found
    ]
    lines.sort(key=lambda line: (line.worst.rank, line.row["region"]))
    return Board(region, day, election or coming[code], lines)


def election_of(code: str, election_id: int) -> Election:
    """Raises NotFound when it is none of this region."""
    election = Election.objects.filter(pk=election_id).select_related("region").first()
    if election is None or not (bears_on(election, code) or _inside(election, code)):
        raise NotFound
    return election


def day_asked(day: date | None) -> date | None:
    if day is not None and not FIRST_DAY <= day <= LAST_DAY:
        raise Invalid("day", _("There is nothing to show of that day."), field="day")
    return day


def _inside(election: Election, code: str) -> bool:
    return any(within(area, code) for area in election.areas)


def _is_held(election: Election) -> bool:
    return election.state != ElectionState.CANCELLED


def _line(
    counts: OfficeCounts,
    openings: list[OpeningNow],
    incidents: Hindered,
    cover: Cover,
    *,
    missing: bool,
    election: Election | None,
) -> Line:
    openings = sorted(openings, key=lambda one: (_worst_of(one).rank, one.point is not None))
    shown = openings[0] if openings else None
    found = [(_worst_of(one), _why(one)) for one in openings]
    if missing and not openings:
        found.append((Worst.AMBER, _("No opening is planned for the day of the election")))
    found += [(Worst.RED, _of_outage(counts.region, one)) for one in counts.outages]
    found += _of_incidents(incidents)
    if counts.devices_down:
        words = _("Devices out of order: %(n)s") % {"n": counts.devices_down}
        found.append((Worst.AMBER, words))
    worst = min((one for one, _why_so in found), key=lambda one: one.rank, default=Worst.GREY)
    is_down = incidents.network or any(one.kind == OutageKind.NETWORK for one in counts.outages)
    row = DeskLine(
        region=counts.region,
        name=counts.name,
        opening=_opening(shown) if shown else None,
        heartbeat=_heartbeat(shown) if shown else None,
        recorded_hour=counts.last_hour,
        recorded_day=counts.recorded,
        printed_day=counts.printed,
        biodata_day=counts.biodata,
        suket_day=counts.suket,
        waiting=counts.waiting,
        cards_left=cover.cards,
        days_of_cover=cover.text,
        devices_down=counts.devices_down,
        network=str(Network.DOWN if is_down else Network.OK),
        incidents_open=incidents.count,
        unexplained=counts.unexplained.get(election.pk) if election else None,
        statuses=_statuses(counts.backlog) if counts.backlog else None,
        statuses_as_of=counts.backlog.as_of if counts.backlog else None,
        report_state=counts.report_state,
        worst=str(worst),
    )
    reasons = [why for one, why in found if why and one == worst]
    return Line(row, counts, openings, worst, reasons, cover.days)


def _statuses(backlog: RegionBacklog) -> list[StatusCell]:
    return [
        {"code": row.step.code.value, "people": row.people, "late": row.late, "oldest": row.oldest}
        for row in backlog.rows
    ]


def _of_incidents(incidents: Hindered) -> list[tuple[Worst, str]]:
    if not incidents.count:
        return []
    found = []
    if incidents.network:
        found.append((Worst.RED, _("The network is down")))
    if incidents.overdue:
        found.append((Worst.RED, _("An incident is past the hour by which it was to end")))
    found.append((Worst.AMBER, _("Open incidents: %(n)s") % {"n": incidents.count}))
    return found


def _of_outage(office: str, outage: OutageNow) -> str:
    zone = zone_of(office)
    at = f"{date_format(outage.since.astimezone(ZoneInfo(zone)), 'j M H.i')} {zone.label}"
    text = _("No power since %(at)s")
    if outage.kind == OutageKind.NETWORK:
        text = _("No network since %(at)s")
    # Of what an event is called not everybody knows who sees a board.
    place = outage.point or (_("an event") if outage.at_event else "")
    return (f"{place}: " if place else "") + text % {"at": at}


def _worst_of(opening: OpeningNow) -> Worst:
    return _COLOURS.get(opening.colour, Worst.GREY)


def _why(opening: OpeningNow) -> str:
    place = f"{opening.point.name}: " if opening.point else ""
    at = f"{opening.opens_at:%H.%M} {opening.zone_label}"
    if opening.last is None:
        words = _("has not said that it is open; planned from %(at)s") % {"at": at}
        return place + words
    said = f"{opening.last.at.astimezone(ZoneInfo(opening.zone)):%H.%M} {opening.zone_label}"
    words = _("%(state)s since %(at)s") % {"state": opening.last.get_state_display(), "at": said}
    if opening.colour == Colour.GREY:
        words = _("silent since %(at)s") % {"at": said}
    return f"{place}{words} {opening.last.note}".strip()


def _opening(opening: OpeningNow) -> OpeningCell:
    return {
        "id": str(opening.id),
        "point": str(opening.point.pk) if opening.point else None,
        "day": opening.day,
        "from": f"{opening.opens_at:%H:%M}",
        "until": f"{opening.closes_at:%H:%M}",
        "consult_only": opening.consult_only,
        "reason": opening.reason,
        "election": opening.election_id,
    }


def _heartbeat(opening: OpeningNow) -> HeartbeatCell | None:
    if (last := opening.last) is None:
        return None
    return {"state": last.state, "at": last.at, "by": last.by_id}
