"""What a head signs of an event, in words: the plan with sessions and costs, a change beside what it
changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.regions.models import Region
from events.fields import EventForm
from events.planning.enums import EDITED_FIELDS, CostItem, EventKind, PlaceKind, Service
from events.planning.models.event import ServiceEvent
from events.planning.selectors.signing import Standing


@dataclass(frozen=True)
class ProposedRow:
    label: Any
    before: str
    after: str


@dataclass(frozen=True)
class SignedSession:
    when: str
    #: (service, number)
    places: list[tuple[str, int]]
    late: bool


def proposed_rows(event: ServiceEvent, standing: Standing) -> list[ProposedRow]:
    """Each field of the change that waits: as it was signed, and as proposed."""
    if standing.proposal is None:
        return []
    facts, proposed = standing.content["facts"], standing.proposal.values
    villages: dict[str, Region] = {}
    if proposed.get("village_id") is not None:
        villages = Region.objects.in_bulk({facts["village_id"], proposed["village_id"]})
    return [
        ProposedRow(
            EventForm.base_fields[name.removesuffix("_id")].label,
            _shown(name, facts[name], villages),
            _shown(name, value, villages),
        )
        for name in EDITED_FIELDS
        if (value := proposed.get(name)) is not None
    ]


def _shown(name: str, value: Any, villages: Mapping[str, Region]) -> str:
    if name == "village_id":
        return villages[value].name
    if name in ("starts_on", "ends_on"):
        return date_format(date.fromisoformat(value), "l, j F Y")
    if name == "services":
        return ", ".join(str(Service(service).label) for service in value)
    if name == "by_invitation":
        return _("yes") if value else _("no")
    kinds: dict[str, Any] = {"kind": EventKind, "place_kind": PlaceKind}
    if name in kinds:
        return str(kinds[name](value).label)
    return str(value) if value != "" else "–"


def signed_sessions(event: ServiceEvent, standing: Standing) -> list[SignedSession]:
    zone = ZoneInfo(event.village.timezone)
    late = {str(key) for key in standing.late_sessions}
    sessions = sorted(standing.content["sessions"].items(), key=lambda item: item[1]["starts_at"])
    return [
        SignedSession(
            f"{_moment(one['starts_at'], zone, 'l, j F Y, H.i')}–{_moment(one['ends_at'], zone, 'H.i')}",
            [(str(Service(name).label), n) for name, n in one["places"].items()],
            key in late,
        )
        for key, one in sessions
    ]


def _moment(text: str, zone: ZoneInfo, how: str) -> str:
    return date_format(datetime.fromisoformat(text).astimezone(zone), how)


def signed_costs(standing: Standing) -> list[tuple[str, int]]:
    costs = standing.content["costs"]
    return [(str(CostItem(item).label), costs[item]) for item in CostItem.values if item in costs]
