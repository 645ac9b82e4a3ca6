"""An incident is told, ended office by office, and followed up; calls are counted, promises kept."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Literal

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.versions import CHANGED
from dukcapil.regions.models import Region
from events.elections.models import Opening
from events.incidents.enums import CommitmentState, IncidentState
from events.incidents.models import (
    Call,
    Commitment,
    Incident,
    IncidentNote,
    IncidentOffice,
    Outage,
    Task,
)
from events.incidents.selectors import get_incident_or_404, get_outage_or_404, state_of
from events.planning.models.event import ServiceEvent
from events.points.models import Point


@service
def report_incident(
    *,
    by: Actor,
    offices: Collection[Region],
    kind: str,
    note: str,
    opening: Opening | None = None,
    event: ServiceEvent | None = None,
    due: datetime | None = None,
    owner: str = "",
) -> Incident:
    """Tell of an incident in one or several offices. Without offices those of the opening or event."""
    require(by, Permission.INCIDENTS_WRITE)
    codes = _offices(by, offices, opening, event)
    if due is not None and due < timezone.now():
        raise Invalid("due-past", _("This hour is over: give a later one."), field="due")
    incident = Incident.objects.create(
        kind=kind,
        opening=opening,
        event=event,
        due=due,
        owner=owner.strip(),
        created_by_id=by.user_id,
    )
    IncidentOffice.objects.bulk_create(
        IncidentOffice(incident=incident, office_id=code) for code in codes
    )
    _note(by, incident, note)
    _log(by, incident)
    return get_incident_or_404(by, incident.pk)


def _offices(
    by: Actor,
    offices: Collection[Region],
    opening: Opening | None,
    event: ServiceEvent | None,
) -> list[str]:
    codes = sorted({office.pk for office in offices})
    at = {one.office_id for one in (opening, event) if one is not None}
    if not codes:
        codes = sorted(at)
    if not codes:
        raise Invalid("office", _("Name the office, or several."), field="office")
    if not all(by.covers(code) for code in [*codes, *at]):
        raise NotFound
    if not at <= set(codes):
        raise Invalid(
            "incident-elsewhere",
            _("This opening or event is of another office than the incident."),
            field="opening" if opening else "event",
        )
    return codes


@service
def change_incident(
    *,
    by: Actor,
    incident_id: uuid.UUID,
    version: int,
    office: str = "",
    state: str = "",
    note: str = "",
) -> Incident:
    """Note something, and end (or open again) one office or all. An office without a state ends.

    Raises Conflict with the version that stands as `current` when `version` is an older one.
    """
    require(by, Permission.INCIDENTS_WRITE)
    # Whose it is, before anything is locked.
    get_incident_or_404(by, incident_id)
    Incident.objects.select_for_update().get(pk=incident_id)
    incident = get_incident_or_404(by, incident_id)
    if version != incident.version:
        raise _changed(incident)
    text = note.strip()
    state = state or (IncidentState.CLOSED if office else "")
    if not state and not text:
        raise Invalid("nothing-to-change", _("Give a state, an office or a note."), field="state")
    if state:
        _set_state(by, incident, office, state)
    IncidentNote.objects.create(
        incident=incident, office_id=office or None, state=state, text=text, by_id=by.user_id
    )
    Incident.objects.filter(pk=incident.pk).update(version=F("version") + 1)
    _log(by, incident)
    return get_incident_or_404(by, incident.pk)


def _changed(incident: Incident) -> Conflict:
    """Says what stands, so that whoever is second need not look for it."""
    last = list(incident.notes.all())[-1]
    words = {
        "name": last.by.name,
        "what": IncidentState(last.state).label if last.state else _("noted something"),
        "state": IncidentState(state_of(incident)).label,
    }
    text = _(
        "Somebody was faster: %(name)s (%(what)s). The incident stands as: %(state)s. Nothing of yours was"
        " saved; look again."
    )
    return Conflict(CHANGED, text % words, current=incident.version)


def _set_state(by: Actor, incident: Incident, office: str, state: str) -> None:
    ends = state == IncidentState.CLOSED
    rows = [one for one in incident.offices.all() if not office or one.office_id == office]
    if not rows or not all(by.covers(one.office_id) for one in rows):
        raise NotFound
    changing = [one.pk for one in rows if (one.until is None) == ends]
    if not changing:
        text = _("It has ended already.") if ends else _("It is open already.")
        raise Conflict("incident-state", text, field="state", current=incident.version)
    moment = timezone.now() if ends else None
    IncidentOffice.objects.filter(pk__in=changing).update(until=moment)


def _log(by: Actor, incident: Incident) -> None:
    log_access(by=by, action=Access.CHANGE, kind="incident", subject=str(incident.pk))


def _note(by: Actor, incident: Incident, text: str) -> None:
    IncidentNote.objects.create(incident=incident, text=text.strip(), by_id=by.user_id)


@service
def report_outage(
    *,
    by: Actor,
    office: Region,
    kind: str,
    since: datetime | None = None,
    until: datetime | None = None,
    note: str = "",
    point: Point | None = None,
    event: ServiceEvent | None = None,
) -> Outage:
    """No network or no power, from now or another hour, with an end or without one yet. Raises Conflict
    `outage-overlaps` when it is noted already.
    """
    _own(by, office)
    outage = Outage.objects.create(
        office=office,
        kind=kind,
        since=since or timezone.now(),
        until=until,
        note=note.strip(),
        point=point,
        event=event,
        created_by_id=by.user_id,
    )
    log_access(by=by, action=Access.CHANGE, kind="outage", subject=str(outage.pk))
    return outage


@service
def change_outage(
    *,
    by: Actor,
    outage_id: uuid.UUID,
    since: datetime | None = None,
    until: datetime | Literal[False] | None = False,
    note: str | None = None,
    version: int | None = None,
) -> Outage:
    """Its end (None: it has none after all), another beginning, other words; what is not given stays.

    Raises Conflict with the version that stands as `current` when `version` is an older one.
    """
    outage = _hold_outage(by, outage_id, version)
    if until is not False:
        outage.until = until
    outage.since = since or outage.since
    outage.note = outage.note if note is None else note.strip()
    outage.version += 1
    outage.save(update_fields=["since", "until", "note", "version"])
    log_access(by=by, action=Access.CHANGE, kind="outage", subject=str(outage.pk))
    return get_outage_or_404(by, outage_id)


def _hold_outage(by: Actor, outage_id: uuid.UUID, version: int | None) -> Outage:
    require(by, Permission.INCIDENTS_WRITE)
    get_outage_or_404(by, outage_id)
    outage = Outage.objects.select_for_update(of=("self",)).filter(pk=outage_id).first()
    if outage is None:
        raise NotFound
    if version is not None and version != outage.version:
        text = _("Somebody changed this after you opened it: look again.")
        raise Conflict(CHANGED, text, current=outage.version)
    return outage


@service
def withdraw_outage(*, by: Actor, outage_id: uuid.UUID, version: int | None = None) -> None:
    """One that was announced does not come. Raises Conflict `outage-began` when it came: that one ends."""
    outage = _hold_outage(by, outage_id, version)
    if outage.since <= timezone.now():
        text = _("This outage has begun: say when it ended.")
        raise Conflict("outage-began", text)
    outage.delete()
    log_access(by=by, action=Access.CHANGE, kind="outage withdrawn", subject=str(outage_id))


@service
def end_outage(*, by: Actor, outage_id: uuid.UUID, version: int | None = None) -> Outage:
    """It is over, now."""
    return change_outage(by=by, outage_id=outage_id, until=timezone.now(), version=version)


def _own(by: Actor, office: Region) -> None:
    require(by, Permission.INCIDENTS_WRITE)
    if not by.covers(office.pk):
        raise NotFound


@service
def add_task(
    *,
    by: Actor,
    office: Region,
    owner: str,
    due: date,
    text: str,
    incident: Incident | None = None,
) -> Task:
    _own(by, office)
    return Task.objects.create(
        office=office,
        owner=owner.strip(),
        due=due,
        text=text.strip(),
        incident=incident,
        created_by_id=by.user_id,
    )


@service
def finish_task(*, by: Actor, task_id: uuid.UUID) -> Task:
    """Raises Conflict when somebody did already."""
    require(by, Permission.INCIDENTS_WRITE)
    task = Task.objects.select_for_update().filter(pk=task_id).first()
    if task is None or not by.covers(task.office_id):
        raise NotFound
    if task.done_at is not None:
        raise Conflict("task-done", _("Somebody has finished this task already."))
    task.done_at, task.done_by_id = timezone.now(), by.user_id
    task.save(update_fields=["done_at", "done_by"])
    return task


@service
def count_call(*, by: Actor, office: Region, kind: str) -> Call:
    """Somebody of the hotline answered a call; who called is not kept."""
    _own(by, office)
    return Call.objects.create(office=office, kind=kind, answered_by_id=by.user_id)


@service
def add_commitment(
    *, by: Actor, office: Region, source: str, text: str, owner: str, due: date
) -> Commitment:
    _own(by, office)
    values: dict[str, Any] = {"source": source, "text": text, "owner": owner}
    return Commitment.objects.create(
        office=office,
        due=due,
        created_by_id=by.user_id,
        **{name: value.strip() for name, value in values.items()},
    )


@service
def change_commitment(
    *, by: Actor, commitment_id: uuid.UUID, version: int, state: str, link: str = ""
) -> Commitment:
    """`version`: of what was shown. Raises Conflict when somebody changed it meanwhile."""
    require(by, Permission.INCIDENTS_WRITE)
    promise = Commitment.objects.select_for_update().filter(pk=commitment_id).first()
    if promise is None or not by.covers(promise.office_id):
        raise NotFound
    if promise.version != version:
        text = _("Somebody changed this after you opened it: it stands as %(state)s. Look again.")
        words = {"state": CommitmentState(promise.state).label}
        raise Conflict(CHANGED, text % words, current=promise.version)
    promise.state, promise.link = state, link.strip() or promise.link
    promise.version += 1
    promise.save(update_fields=["state", "link", "version"])
    log_access(by=by, action=Access.CHANGE, kind=f"commitment {state}", subject=str(promise.pk))
    return promise
