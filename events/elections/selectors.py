"""The elections before, on and after a day in a region; the openings of offices."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple, TypeVar, cast
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from dukcapil.accounts.asked import asked
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.regions.enums import Level, Zone, day_of, today_in, zone_of
from dukcapil.regions.models import inside
from dukcapil.regions.validators import lineage, within
from events.elections.enums import HELD, Colour, ElectionKind, ElectionState, Sign
from events.elections.models import Election, ElectionDecision, Heartbeat, Opening, OpeningLink
from events.points.models import Point

E = TypeVar("E", "Election", "Coming")

#: An example is one office's practice: entered for a province or the nation it bears on nobody.
_BEARS = ~Q(kind=ElectionKind.EXAMPLE) | ~Q(region__level__in=[Level.NATION, Level.PROVINCE])


def _on(known_at: datetime | None = None) -> Any:
    """Elections that take place, as was known then."""
    return Election.everything.known(known_at).exclude(state=ElectionState.CANCELLED)


def _held_in(codes: Iterable[str]) -> Q:
    """In one of these very regions: where an election names offices, in one of those."""
    wanted = list(codes)
    return Q(region_id__in=wanted, offices=[]) | Q(offices__overlap=wanted)


def previous_election(code: str, day: date) -> Election | None:
    """The last real election in this region before `day` (examples do not make first-time voters)."""
    codes = lineage(code)
    if len(codes) != len(_OF_A_VILLAGE.kinds) - 1:
        return elections_before(codes, day).first()
    return cast("Election | None", _OF_A_VILLAGE.one_for_all(day, *codes))


def elections_before(codes: list[str], day: date) -> QuerySet[Election]:
    """The same of all these regions, the latest first."""
    before: QuerySet[Election] = (
        _on()
        .filter(_held_in(codes), held_on__lt=day)
        .exclude(kind=ElectionKind.EXAMPLE)
        .order_by("-held_on", "-pk")
    )
    return before


#: Asked of every record: the last one before a day in the regions that a village lies in.
_OF_A_VILLAGE = asked(
    "previous_election",
    lambda _by, day, *codes: elections_before(list(codes), day)[:1],
    **{"day": date, **dict.fromkeys(("nation", "province", "office", "district", "village"), str)},
)


def last_elections(day: date) -> list[tuple[str, date, list[str]]]:
    """As `previous_election`, for every region at once: (region, day of its last election before
    `day`, regions within it that had a later one). A region that had none later is not among them.
    """
    last: dict[str, date] = {}
    for election in _on().filter(held_on__lt=day).exclude(kind=ElectionKind.EXAMPLE):
        for code in election.areas:
            last[code] = max(election.held_on, last.get(code, election.held_on))
    later: dict[str, date] = {}
    for code in sorted(last, key=lambda code: (len(lineage(code)), code)):
        above = [later[one] for one in lineage(code) if one in later]
        if not above or last[code] > max(above):
            later[code] = last[code]
    return [
        (code, on, [other for other in later if other != code and within(other, code)])
        for code, on in later.items()
    ]


def next_election(code: str, day: date, known_at: datetime | None = None) -> Election | None:
    """`known_at`: only what was decided by that moment."""
    return next_elections([code], day, known_at)[code]


def next_elections(
    codes: Iterable[str], day: date, known_at: datetime | None = None
) -> dict[str, Election | None]:
    """As `next_election`, for each region of its own. One query for any number of regions."""
    lines = {code: lineage(code) for code in codes}
    above = {region for line in lines.values() for region in line}
    coming = _on(known_at).filter(_BEARS, _held_in(above), held_on__gte=day)
    return _nearest(lines, coming.order_by("held_on", "pk"))


class Coming(NamedTuple):
    """An election that is still to be held."""

    held_on: date
    pk: int
    areas: list[str]


def coming_elections(
    code: str, level: Level, day: date, known_at: datetime | None = None
) -> QuerySet[Election, dict[str, Any]]:
    """For `nearest`: of a region and the regions of that level within it, where a page asks for many
    things at once (`core.db.at_once`).
    """
    not_below = [one for one in Level if not one.is_below(level)]
    coming: Any = _on(known_at).filter(_BEARS, _above(code) | inside("region_id", code))
    coming = coming.filter(held_on__gte=day, region__level__in=not_below)
    columns = coming.order_by("held_on", "pk").annotate(on=F("held_on"))
    return cast("Any", columns.values("on", "id", "region_id", "offices"))


def nearest(codes: Iterable[str], rows: Iterable[dict[str, Any]]) -> dict[str, Coming | None]:
    """As `next_elections`, with the rows of `coming_elections` read already."""
    coming = (
        Coming(date.fromisoformat(row["on"]), row["id"], row["offices"] or [row["region_id"]])
        for row in rows
    )
    return _nearest({code: lineage(code) for code in codes}, coming)


def _nearest(lines: dict[str, list[str]], coming: Iterable[E]) -> dict[str, E | None]:
    """region -> the first of its own line. `coming`: in order of their days."""
    first: dict[str, E] = {}
    for election in coming:
        for region in election.areas:
            first.setdefault(region, election)
    return {
        code: min(
            (first[region] for region in line if region in first),
            key=lambda election: (election.held_on, election.pk),
            default=None,
        )
        for code, line in lines.items()
    }


def election_on(code: str, day: date) -> Election | None:
    """The election that is held in this region on that very day."""
    return _on().filter(_BEARS, _held_in(lineage(code)), held_on=day).order_by("pk").first()


def bears_on(election: Election, code: str) -> bool:
    """Whether an election is one of this region: held there, or in a region above."""
    is_nobodys = election.kind == ElectionKind.EXAMPLE and election.region_id in ("00", code[:2])
    return not is_nobodys and any(within(code, area) for area in election.areas)


def find_opening(actor: Actor, opening_id: uuid.UUID) -> Opening:
    """Raises NotFound for one that is not this actor's to see."""
    found = Opening.objects.visible_to(actor).select_related("office", "point")
    opening = found.filter(pk=opening_id).first()
    if opening is None:
        raise NotFound
    return opening


def state_of(election: Election) -> str:
    """What was decided last, or that it was held."""
    is_over = election.held_on < today_in(election.region_id)
    return HELD if is_over and election.state != ElectionState.CANCELLED else election.state


def decisions_of(election: Election) -> list[ElectionDecision]:
    """The first one first; without a query where they were fetched with the election."""
    return sorted(election.decisions.all(), key=lambda one: (one.decided_at, one.pk))


def shown_of(election: Election) -> dict[str, Any]:
    """What somebody looks at who decides on an election, for its version."""
    return {"decisions": [one.pk for one in decisions_of(election)]}


def elections_of(code: str) -> list[Election]:
    """All that are held in a region, above or below it, the latest day first; with their decisions
    (`decisions`, the first one first) in a second query.
    """
    of_offices = Q(offices__overlap=lineage(code))
    if len(code) < Level.REGENCY.code_length:
        return _told(Election.objects.filter(inside("region_id", code) | _above(code)))
    return _told(
        Election.objects.filter(
            inside("region_id", code) | of_offices | _above(code) & Q(offices=[])
        )
    )


def _above(code: str) -> Q:
    return Q(region_id__in=lineage(code))


def _told(elections: Any) -> list[Election]:
    shown = elections.select_related("region").prefetch_related("decisions")
    return list(shown.order_by("-held_on", "-pk"))


#: An office that is to be open and has not said so is red after this.
GRACE = timedelta(minutes=30)
#: After this nobody knows whether an office that said so is still open.
SILENCE = timedelta(hours=2)


@dataclass(frozen=True)
class OpeningNow:
    """An opening, what was said of it last, and what that means at the moment of asking."""

    id: uuid.UUID
    office: str
    office_name: str
    point: Point | None
    day: date
    opens_at: time
    closes_at: time
    zone: str
    shifts: int
    consult_only: bool
    reason: str
    election_id: int | None
    event_id: uuid.UUID | None
    #: Of that day: the newest sign, and the first "open" that was said in time.
    last: Heartbeat | None
    opened_at: datetime | None
    colour: Colour

    @property
    def said_at(self) -> str:
        """The hour of the newest sign, by the office's clock."""
        return f"{self.last.at.astimezone(ZoneInfo(self.zone)):%H.%M}" if self.last else ""

    @property
    def zone_label(self) -> str:
        """WIB, WITA or WIT."""
        return str(Zone(self.zone).label)


def openings_of(
    codes: Iterable[str],
    day: date | None,
    election: Election | int | None = None,
    *,
    now: datetime | None = None,
) -> list[OpeningNow]:
    """The standing openings of these offices on a day (or on all), in order of office and hour; two
    queries for any number of offices. For the offices of a region: `openings_in`.
    """
    return _openings(Q(office_id__in=list(codes)), day, election, now)


def openings_in(
    region: str,
    day: date | None = None,
    election: Election | int | None = None,
    *,
    now: datetime | None = None,
) -> list[OpeningNow]:
    """As `openings_of`, for every office within a region, or for the one that it lies in. Without a day
    and an election: those from today on.
    """
    where = inside("office_id", region[: Level.REGENCY.code_length])
    if day is None and election is None:
        where &= Q(day__gte=today_in(region))
    return _openings(where, day, election, now)


def _openings(
    where: Q, day: date | None, election: Election | int | None, now: datetime | None
) -> list[OpeningNow]:
    openings = Opening.everything.filter(where, ended_at=None)
    if day is not None:
        openings = openings.filter(day=day)
    if election is not None:
        openings = openings.filter(election_id=getattr(election, "pk", election))
    ordered = openings.select_related("office", "point").order_by(
        "day", "office_id", "opens_at", "pk"
    )
    return shown(list(ordered), now or timezone.now())


def shown(openings: list[Opening], now: datetime) -> list[OpeningNow]:
    """These openings with their signs, as of a moment. One query."""
    signs: dict[uuid.UUID, list[Heartbeat]] = defaultdict(list)
    said = Heartbeat.objects.filter(opening__in=openings, at__lte=now).select_related("by")
    for sign in said.order_by("at", "pk"):
        signs[sign.opening_id].append(sign)
    return [_shown(opening, signs[opening.pk], now) for opening in openings]


def now_of(opening: Opening) -> OpeningNow:
    return shown([opening], timezone.now())[0]


def _shown(opening: Opening, said: list[Heartbeat], now: datetime) -> OpeningNow:
    # What was said on another day tells nothing of this one: an opening may have been moved.
    signs = [sign for sign in said if day_of(sign.at, opening.office_id) == opening.day]
    return OpeningNow(
        id=opening.pk,
        office=opening.office_id,
        office_name=opening.office.name,
        point=opening.point,
        day=opening.day,
        opens_at=opening.opens_at,
        closes_at=opening.closes_at,
        zone=zone_of(opening.office_id),
        shifts=opening.shifts,
        consult_only=opening.consult_only,
        reason=opening.reason,
        election_id=opening.election_id,
        event_id=opening.event_id,
        last=signs[-1] if signs else None,
        opened_at=next(
            (one.at for one in signs if one.state == Sign.OPEN and _is_timely(opening, one)), None
        ),
        colour=_colour(opening, signs, now),
    )


def _colour(opening: Opening, signs: list[Heartbeat], now: datetime) -> Colour:
    """Red without "open" half an hour after the planned hour, or when it stopped; amber when it closed
    before its time; grey when it has said nothing for two hours while it should be open.
    """
    opens, closes = _hours(opening)
    counting = [sign for sign in signs if sign.state != Sign.OPEN or _is_timely(opening, sign)]
    was_open = any(sign.state == Sign.OPEN for sign in counting)
    last = counting[-1] if counting else None
    if last is not None and last.state == Sign.STOPPED:
        return Colour.RED
    if last is not None and last.state == Sign.OPEN:
        return Colour.GREY if min(now, closes) - last.at > SILENCE else Colour.GREEN
    if last is not None and last.at >= closes:
        return Colour.NONE
    if was_open:
        return Colour.AMBER
    if last is None and now < opens:
        return Colour.NONE
    return Colour.AMBER if now < opens + GRACE else Colour.RED


def _hours(opening: Opening) -> tuple[datetime, datetime]:
    """The planned moments of opening and closing, by the clock of the office."""
    zone = ZoneInfo(zone_of(opening.office_id))
    return (
        datetime.combine(opening.day, opening.opens_at, zone),
        datetime.combine(opening.day, opening.closes_at, zone),
    )


def _is_timely(opening: Opening, sign: Heartbeat) -> bool:
    """Whether "open" tells of the planned hours: not long before them, and not when they are over."""
    opens, closes = _hours(opening)
    return opens - SILENCE <= sign.at <= closes


def opening_of_link(digest: str) -> OpeningLink | None:
    """The link with this hash, unless it or its opening ended, or the opening has another day now."""
    link = (
        OpeningLink.objects.filter(digest=digest, ended_at=None)
        .select_related("opening__office", "opening__point")
        .first()
    )
    if link is None or link.opening.ended_at is not None or link.opening.day != link.day:
        return None
    return link
