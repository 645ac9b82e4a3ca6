"""What stands above the entries of a village, and what its forms offer: one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format

from dukcapil.accounts.models import Posting
from dukcapil.accounts.permissions import Permission, Role
from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import Part, at_once
from dukcapil.core.errors import NotFound
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import get_region
from events.planning.enums import EventState
from events.planning.models.session import ServiceSession
from events.planning.selectors.visits import Visits, visits_by, visits_part
from events.venues.enums import VenueKind
from events.venues.models import Venue
from events.venues.selectors import goes_to_prison
from registrations.bench.models import SavedView
from registrations.booking.models.group import VisitGroup
from registrations.missing.enums import EntryState
from registrations.missing.models import RollCount, RollList
from registrations.roll.enums import Completeness
from registrations.roll.models import VillageList

#: Who may be handed somebody: they work with the people of an office, or of a village of it.
OWNERS = (Role.DISTRICT_OPERATOR, Role.DISTRICT_HEAD, Role.VILLAGE_VERIFIER)
_LATEST_GROUPS = 40
_LATEST_SESSIONS = 40


@dataclass(frozen=True)
class Head:
    """Counts of a village's list (None: there is no list yet), and choices as (value, label)."""

    village: Region
    counts: dict[str, int] | None
    closed_at: datetime | None
    completeness: Completeness
    complete_on: date | None
    visit: Visits | None
    owners: list[tuple[str, str]]
    groups: list[tuple[str, str]]
    venues: list[tuple[str, str]]
    sessions: list[tuple[str, str]]
    views: list[dict[str, Any]]

    @property
    def people(self) -> int:
        return sum((self.counts or {}).values())

    @property
    def states(self) -> list[tuple[EntryState, int]]:
        return [(state, (self.counts or {}).get(state, 0)) for state in EntryState]


def village_or_404(by: Actor, code: str) -> Region:
    """A village that the actor covers."""
    village = get_region(code, level=Level.VILLAGE)
    if not by.covers(village.pk):
        raise NotFound
    return village


def head_of(by: Actor, village: Region, roll: RollList | None) -> Head:
    parts: dict[str, Part] = {
        "complete": VillageList.objects.filter(pk=village.pk).values("completeness", "on"),
        "visits": visits_part(village.pk, Level.VILLAGE, by.today, staff=True),
        "owners": _owners(village.pk),
        "groups": _groups(by, village.pk[:5]),
        "venues": _venues(by, village.pk[:5]),
        "sessions": _sessions(by, village.pk[:5]),
        "views": SavedView.objects.filter(posting_id=by.posting_id)
        .order_by("name")
        .values("id", "name", "filters"),
    }
    if roll is not None:
        parts["counts"] = RollCount.objects.filter(list=roll, village=village).values(
            *EntryState.values
        )
    found = at_once(parts)
    complete = next(iter(found["complete"]), None)
    counted = found.get("counts", [])
    counts = dict(counted[0]) if counted else dict.fromkeys(EntryState.values, 0)
    return Head(
        village=village,
        counts=counts if roll is not None else None,
        closed_at=roll.closed_at if roll else None,
        completeness=Completeness(complete["completeness"]) if complete else Completeness.NONE,
        complete_on=date.fromisoformat(complete["on"]) if complete else None,
        visit=visits_by(found["visits"]).get(village.pk),
        owners=[(str(row["id"]), _owner(row)) for row in found["owners"]],
        groups=[(row["id"], f"{row['name']} · {row['title']}") for row in found["groups"]],
        venues=[(row["id"], row["name"]) for row in found["venues"]],
        sessions=[(row["id"], _session(row, village)) for row in found["sessions"]],
        views=found["views"],
    )


def _groups(by: Actor, office: str) -> Any:
    """No group of a prison for whoever may not see who is in one."""
    groups = VisitGroup.objects.visible_to(by).filter(office_id=office)
    if not by.may(Permission.PRISONS_VIEW):
        groups = groups.exclude(goes_to_prison("event_id"))
    shown = groups.order_by("-created_at").values("id", "name", title=F("event__title"))
    return shown[:_LATEST_GROUPS]


def _venues(by: Actor, office: str) -> Any:
    venues = Venue.objects.visible_to(by).filter(office_id=office)
    if not by.may(Permission.PRISONS_VIEW):
        venues = venues.exclude(kind=VenueKind.PRISON)
    return venues.order_by("name").values("id", "name")


def _owners(village: str) -> Any:
    """Current postings of the office, and the verifiers of this village."""
    today = timezone.localdate()
    current = Posting.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today),
        user__is_active=True,
        role__in=OWNERS,
        region_id__in=[village, village[:8], village[:5]],
    )
    return current.order_by("user__name", "pk").values("id", "role", name=F("user__name"))


def owners_of(village: str) -> list[tuple[str, str]]:
    """Whom somebody of this village may be handed to."""
    return [(str(row["id"]), _owner(row)) for row in _owners(village)]


def _owner(row: dict[str, Any]) -> str:
    return f"{row['name']} ({Role(row['role']).label})"


def _sessions(by: Actor, office: str) -> Any:
    """To come, and taking bookings."""
    sessions = ServiceSession.objects.visible_to(by).filter(
        event__office_id=office, event__state=EventState.APPROVED, ends_at__gt=timezone.now()
    )
    shown = sessions.order_by("starts_at", "pk").values(
        "id", "starts_at", title=F("event__title"), where=F("event__village__name")
    )
    return shown[:_LATEST_SESSIONS]


def _session(row: dict[str, Any], village: Region) -> str:
    begins = datetime.fromisoformat(row["starts_at"]).astimezone(ZoneInfo(village.timezone))
    return f"{date_format(begins, 'j M Y H.i')} · {row['title']} · {row['where']}"
