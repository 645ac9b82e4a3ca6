"""What a head signs of an event: its plan as it stands, its version, and what came after a signature."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from django.db.models import JSONField
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from dukcapil.core.db import rows
from dukcapil.core.versions import require_seen, version_of
from events.planning.enums import EDITED_FIELDS, CostItem, EventState, Service
from events.planning.models.event import ServiceEvent

#: Parts of a version -> what a refusal calls them.
PART_WORDS: dict[str, Any] = {
    "title": _("title"),
    "kind": _("kind"),
    "place": _("place of the event"),
    "days": _("days"),
    "audience": _("for whom"),
    "services": _("services"),
    "resources": _("recording sets and shares of places"),
    "sessions": _("sessions"),
    "places": _("number of places"),
    "costs": _("costs"),
    "proposal": _("proposed change"),
}
_PARTS_OF_FACTS = {
    "title": ("title",),
    "kind": ("kind", "programme", "holiday_reason"),
    "place": ("village_id", "place", "place_kind"),
    "days": ("starts_on", "ends_on"),
    "audience": ("target_group", "by_invitation"),
    "services": ("services",),
    "resources": ("kits", "walk_in_percent", "priority_percent"),
}

#: Everything besides the event's own row, as one value; `{event}` is the event's id.
_STANDING = """jsonb_build_object(
    'sessions', (SELECT coalesce(jsonb_object_agg(session.id, jsonb_build_object(
            'starts_at', to_char(session.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            'ends_at', to_char(session.ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            'places', (SELECT coalesce(jsonb_object_agg(seats.service, seats.n), '{{}}') FROM (
                SELECT service, count(*) AS n FROM events_seat
                 WHERE session_id = session.id GROUP BY service) seats))), '{{}}')
        FROM events_servicesession session WHERE session.event_id = {event}),
    'costs', (SELECT coalesce(jsonb_object_agg(item, planned), '{{}}')
        FROM events_eventcost WHERE event_id = {event} AND planned > 0),
    'change', (SELECT jsonb_build_object('id', change.id, 'values', change.values,
            'moves', change.moves, 'proposed_by', person.name, 'proposed_at', change.proposed_at)
        FROM events_eventchange change JOIN accounts_user person ON person.id = change.proposed_by_id
       WHERE change.event_id = {event} AND change.state = 'pending'),
    'signature', (SELECT content FROM events_eventsignature
        WHERE event_id = {event} ORDER BY id DESC LIMIT 1))"""

#: An annotation for `get_event_or_404`: a page then asks nothing more for `what_stands`.
WITH_STANDING = {
    "standing": RawSQL(  # noqa: S611 - nothing that somebody typed is in it
        _STANDING.format(event='"events_serviceevent"."id"'), (), output_field=JSONField()
    )
}


@dataclass(frozen=True)
class Proposal:
    """A change that waits for a head. `values`: column -> proposed value, as JSON has it."""

    id: uuid.UUID
    values: dict[str, Any]
    moves: bool
    proposed_by: str
    proposed_at: datetime


@dataclass(frozen=True)
class Later:
    """Something that was added or enlarged after the signature. `signed`: how much was signed."""

    what: str
    name: str
    session: uuid.UUID | None
    starts_at: datetime | None
    signed: int | None
    now: int

    @property
    def label(self) -> str:
        """What it is called, besides its session."""
        if self.what == "places":
            return str(Service(self.name).label)
        return str(CostItem(self.name).label) if self.what == "cost" else ""


@dataclass(frozen=True)
class Standing:
    """An event as it stands: what a head would sign now, and what was signed last."""

    content: dict[str, Any]
    parts: dict[str, Any]
    proposal: Proposal | None
    #: The content of the last signature.
    signed: dict[str, Any] | None
    #: Added or enlarged after the last signature, while the event is approved.
    later: list[Later]

    @property
    def version(self) -> str:
        return version_of(self.parts)

    @property
    def late_sessions(self) -> set[uuid.UUID]:
        return {item.session for item in self.later if item.session}

    def require(self, seen: str | None) -> str:
        """The version that stands; Conflict when somebody saw another one."""
        return require_seen(seen, self.parts, PART_WORDS)


def facts_of(event: ServiceEvent) -> dict[str, Any]:
    """The edited columns as JSON has them."""
    return {name: as_json(getattr(event, name)) for name in EDITED_FIELDS}


def as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def what_stands(event: ServiceEvent) -> Standing:
    """One query, or none for an event that came `WITH_STANDING`; its own row is taken as in hand."""
    loaded = getattr(event, "standing", None)
    if loaded is None:
        [[text]] = rows(f"SELECT {_STANDING.format(event='%(event)s')}", {"event": event.pk})
        loaded = orjson.loads(text)
    change, signature = loaded["change"], loaded["signature"]
    content = {
        "facts": facts_of(event),
        **{name: loaded[name] for name in ("sessions", "costs")},
    }
    proposal = _proposal(change) if change else None
    later: list[Later] = []
    if signature and event.state == EventState.APPROVED:
        later = _later(signature, content)
    return Standing(content, parts_of(content, change), proposal, signature, later)


def _proposal(change: dict[str, Any]) -> Proposal:
    return Proposal(
        uuid.UUID(change["id"]),
        change["values"],
        change["moves"],
        change["proposed_by"],
        datetime.fromisoformat(change["proposed_at"]),
    )


def parts_of(content: dict[str, Any], change: dict[str, Any] | None = None) -> dict[str, Any]:
    """Name of a part -> its content, for `core.versions`."""
    facts, sessions = content["facts"], content["sessions"]
    return {
        **{part: [facts[name] for name in names] for part, names in _PARTS_OF_FACTS.items()},
        "sessions": {key: [one["starts_at"], one["ends_at"]] for key, one in sessions.items()},
        "places": {key: one["places"] for key, one in sessions.items()},
        "costs": content["costs"],
        "proposal": [change["id"], change["values"], change["moves"]] if change else None,
    }


def _later(signed: dict[str, Any], now: dict[str, Any]) -> list[Later]:
    """Sessions that are new or have other hours, more places, higher costs."""
    later = []
    for key, session in sorted(now["sessions"].items(), key=lambda item: item[1]["starts_at"]):
        before = signed["sessions"].get(key)
        session_id, starts_at = uuid.UUID(key), datetime.fromisoformat(session["starts_at"])
        hours = [session["starts_at"], session["ends_at"]]
        if before is None or [before["starts_at"], before["ends_at"]] != hours:
            places = sum(session["places"].values())
            signed_places = sum(before["places"].values()) if before else None
            later.append(Later("session", "", session_id, starts_at, signed_places, places))
        for service, n in session["places"].items() if before else ():
            if n > before["places"].get(service, 0):
                had = before["places"].get(service, 0)
                later.append(Later("places", service, session_id, starts_at, had, n))
    for item, planned in now["costs"].items():
        if planned > signed["costs"].get(item, 0):
            had = signed["costs"].get(item, 0)
            later.append(Later("cost", item, None, None, had, planned))
    return later
