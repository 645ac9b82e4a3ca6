"""What was changed of people, what waits for a decision, and where somebody went."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.regions.models import Region
from registrations.people.enums import ChangeState, MaritalStatus, Sex
from registrations.people.models import CorrectionProposal, Resident
from registrations.people.services.proposals import FIELDS, content, current

LABELS: dict[str, str | Promise] = {
    "name": _("Name"),
    "birth_date": _("Birth date"),
    "sex": _("Sex"),
    "marital_status": _("Marital status"),
    "village": _("Village"),
    "address": _("Address"),
    "rt": "RT",
    "rw": "RW",
    "nik": "NIK",
    "moved_on": _("Moved on"),
}
_DATES = {"birth_date", "moved_on"}


@dataclass(frozen=True)
class Line:
    """One field, old and new, as words. `now`: what stands at the moment, where that is another."""

    field: str
    label: str | Promise
    old: str
    new: str
    now: str = ""


@dataclass(frozen=True)
class Change:
    proposal: CorrectionProposal
    lines: list[Line]


def changes_of(by: Actor, resident_id: uuid.UUID) -> list[Change]:
    """The history of a person's data, newest first; for the own office alone."""
    changes = _visible(by).filter(resident_id=resident_id)
    return _shown(list(changes.order_by("-proposed_at", "-pk")[:50]))


def open_changes(by: Actor) -> QuerySet[CorrectionProposal]:
    """Proposals that this actor may decide about, the oldest first."""
    changes = _visible(by).filter(state=ChangeState.OPEN)
    return changes.order_by("proposed_at", "pk")


def how_many_open(by: Actor) -> int:
    return open_changes(by).count()


def with_lines(changes: list[CorrectionProposal]) -> list[Change]:
    """As pages show them, a fixed number of queries; of open ones also what stands now."""
    return _shown(changes, {change.resident_id: current(change.resident) for change in changes})


def open_change_or_404(by: Actor, proposal_id: uuid.UUID) -> CorrectionProposal:
    change = open_changes(by).filter(pk=proposal_id).first()
    if change is None:
        raise NotFound
    return change


def decided_about(by: Actor, proposal_id: uuid.UUID) -> uuid.UUID | None:
    """Whose data a proposal of the own office was about that is decided by now."""
    changes = _visible(by).filter(pk=proposal_id).exclude(state=ChangeState.OPEN)
    return changes.values_list("resident_id", flat=True).first()


def _visible(by: Actor) -> QuerySet[CorrectionProposal]:
    if by.office is None or not by.may(Permission.RESIDENTS_CORRECT):
        return CorrectionProposal.objects.none()
    return (
        CorrectionProposal.objects.visible_to(by)
        .filter(office_id=by.office)
        .select_related("proposed_by", "decided_by", "resident__identity", "resident__village")
    )


def _shown(
    changes: list[CorrectionProposal], now: dict[uuid.UUID, dict[str, str]] | None = None
) -> list[Change]:
    contents = {change.pk: content(change) for change in changes}
    codes = {
        side["village"] for both in contents.values() for side in both.values() if "village" in side
    }
    codes |= {person["village"] for person in (now or {}).values()}
    villages = dict(Region.objects.filter(pk__in=codes).values_list("pk", "name"))
    return [
        Change(
            change, _lines(contents[change.pk], (now or {}).get(change.resident_id, {}), villages)
        )
        for change in changes
    ]


def _lines(
    both: dict[str, dict[str, Any]], now: dict[str, str], villages: dict[str, str]
) -> list[Line]:
    old, new = both["old"], both["new"]
    names = [name for name in LABELS if name in old or name in new]
    return [
        Line(
            name,
            LABELS[name],
            _words(name, old.get(name, ""), villages),
            _words(name, new.get(name, ""), villages),
            _words(name, now[name], villages)
            if name in FIELDS and name in now and now[name] != old.get(name)
            else "",
        )
        for name in names
    ]


def _words(name: str, text: str, villages: dict[str, str]) -> str:
    if not text:
        return ""
    if name in _DATES:
        return date_format(date.fromisoformat(text), "j F Y")
    if name == "village":
        return f"{villages.get(text, '')} ({text})".strip()
    if name == "sex":
        return str(Sex(text).label)
    if name == "marital_status":
        return str(MaritalStatus(text).label)
    return text


def went_to(by: Actor, resident_id: uuid.UUID) -> uuid.UUID | None:
    """The row that a merged person of the own office goes on under; None to everybody else."""
    target: uuid.UUID | None = None
    step: uuid.UUID | None = resident_id
    while by.office and by.may(Permission.RESIDENTS_CORRECT) and step is not None:
        row = Resident.everything.filter(pk=step, office=by.office).values_list(
            "merged_into", "erased_at"
        )
        merged_into, erased_at = row.first() or (None, True)
        if merged_into is None:
            return target if target and not erased_at else None
        target = step = merged_into
    return None
