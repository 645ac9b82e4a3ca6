"""Asking for a plan, of what an office holds or of an instance that is sent, and stopping one."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import orjson
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound, TooMany
from dukcapil.core.locks import Lock, hold
from dukcapil.regions.models import Region
from dukcapil.regions.validators import NATION
from reports.planner.enums import PlanState
from reports.planner.models.plans import Plan
from reports.planner.selectors.answers import get_plan_or_404
from reports.planner.services.examining import examine

#: Plans that one posting may have under way, and may ask for within an hour.
MOST_WAITING, MOST_AN_HOUR = 30, 500


@dataclass(frozen=True)
class Asked:
    """What a plan is made from: the columns of its row that say so."""

    office: str
    from_day: date
    until_day: date
    instance: dict[str, Any]
    given: bool
    basis_id: int | None = None
    election_id: int | None = None


@service
def request_plan(
    *,
    by: Actor,
    instance: dict[str, Any] | None = None,
    office: Region | None = None,
    from_day: date | None = None,
    until_day: date | None = None,
    parent: uuid.UUID | None = None,
    seed: int = 1,
) -> Plan:
    """Ask for a plan; a job makes it. Either an `instance`, with any dates, or an `office` and a period.

    The new plan is never worse than its `parent`, as far as that can still be carried out.
    """
    require(by, Permission.PLANS_MAKE)
    if by.region == NATION:
        raise NotFound
    _make_room(by)
    if instance is not None:
        asked = _of_instance(by, instance)
    else:
        asked = _of_office(by, office, from_day, until_day)
    before = get_plan_or_404(by, parent) if parent else None
    if before is not None and before.objective is None:
        raise Conflict("parent-not-ready", _("That plan is not ready."), field="parent")
    plan = Plan.everything.create(
        office_id=asked.office,
        from_day=asked.from_day,
        until_day=asked.until_day,
        given=asked.given,
        instance=asked.instance,
        instance_hash=hash_of(asked.instance),
        basis_id=asked.basis_id,
        election_id=asked.election_id,
        cut=timezone.now(),
        seed=seed,
        parent=before,
        asked_by_id=by.posting_id,
    )
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="plan asked for",
        subject=str(plan.pk),
        office=asked.office,
    )
    return plan


@service
def stop_plan(*, by: Actor, plan_id: uuid.UUID) -> Plan:
    """A plan that waits is not made; one that is being made ends soon, with what was found. Twice is once."""
    require(by, Permission.PLANS_MAKE)
    get_plan_or_404(by, plan_id)
    plan = Plan.objects.visible_to(by).defer("instance").select_for_update().get(pk=plan_id)
    if plan.state == PlanState.WAITING:
        plan.state, plan.finished_at = PlanState.STOPPED, timezone.now()
    if plan.stop_asked_at is None:
        plan.stop_asked_at = timezone.now()
        plan.save(update_fields=["state", "finished_at", "stop_asked_at"])
        log_access(
            by=by,
            action=Access.CHANGE,
            kind="plan stopped",
            subject=str(plan.pk),
            office=plan.office_id,
        )
    return plan


def hash_of(instance: dict[str, Any]) -> str:
    """The same for the same content, however it was written."""
    return hashlib.sha256(orjson.dumps(instance, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _make_room(by: Actor) -> None:
    """Nobody fills the queue, nor the disk, alone."""
    hold(Lock.QUEUED, f"{Plan._meta.label} {by.posting_id}")
    own = Plan.everything.filter(asked_by_id=by.posting_id)
    if own.filter(state__in=[PlanState.WAITING, PlanState.SOLVING]).count() >= MOST_WAITING:
        raise Conflict(
            "too-many-waiting",
            _("%(most)s of your plans are being made already. Wait until one is ready.")
            % {"most": MOST_WAITING},
        )
    if own.filter(created_at__gte=timezone.now() - timedelta(hours=1)).count() >= MOST_AN_HOUR:
        raise TooMany(
            "too-many-plans",
            _("At most %(most)s plans are made in an hour. Go on later.") % {"most": MOST_AN_HOUR},
        )


def _of_instance(by: Actor, instance: dict[str, Any]) -> Asked:
    examine(instance)
    days = instance["workdays"] or [instance["election"]]
    return Asked(
        office=by.office or by.region,
        from_day=date.fromisoformat(days[0]),
        until_day=date.fromisoformat(days[-1]),
        instance=instance,
        given=True,
    )


def _of_office(
    by: Actor, office: Region | None, from_day: date | None, until_day: date | None
) -> Asked:
    if office is None or from_day is None or until_day is None:
        missing = "office" if office is None else "from" if from_day is None else "until"
        raise Invalid("required", _("Give an instance, or an office with its days."), field=missing)
    if not by.covers(office.pk):
        raise NotFound
    if from_day < by.today:
        raise Invalid("plan-past", _("A plan begins today or later."), field="from")
    if until_day < from_day:
        raise Invalid("plan-days", _("It ends before it begins."), field="until")
    raise Invalid("plan-office", _("A plan is that of one office."), field="office")
