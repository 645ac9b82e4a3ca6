"""Asking for a plan, of what an office holds or of an instance that is sent, and stopping one."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound, TooMany
from dukcapil.core.locks import Lock, hold
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import get_region
from dukcapil.regions.validators import NATION
from events.elections.models import Election
from reports.planner.enums import PlanState
from reports.planner.models.plans import Plan
from reports.planner.selectors.answers import get_plan_or_404
from reports.planner.selectors.instances import hash_of
from reports.planner.services.examining import examine
from reports.planner.services.instances import Asked, ask_for

#: Plans that one posting may have under way, and may ask for within an hour.
MOST_WAITING, MOST_AN_HOUR = 30, 500


@service
def request_plan(
    *,
    by: Actor,
    instance: dict[str, Any] | None = None,
    office: Region | str | None = None,
    from_day: date | None = None,
    until_day: date | None = None,
    parent: uuid.UUID | None = None,
    seed: int = 1,
    election: Election | None = None,
) -> Plan:
    """Ask for a plan; a job makes it. Either an `instance`, with any dates, or an `office` and a period.

    The new plan is never worse than its `parent`, as far as that can still be carried out.
    """
    require(by, Permission.PLANS_MAKE)
    if by.region == NATION:
        raise NotFound
    _make_room(by)
    before = get_plan_or_404(by, parent) if parent else None
    if before is not None and before.objective is None:
        raise Conflict("parent-not-ready", _("That plan is not ready."), field="parent")
    if instance is not None:
        asked = _of_instance(by, instance)
    elif office and from_day and until_day:
        asked = ask_for(
            by=by,
            office=_office(office),
            from_day=from_day,
            until_day=until_day,
            election=election,
        )
    else:
        missing = "office" if not office else "until" if from_day else "from"
        raise Invalid("required", _("Give an instance, or an office with its days."), field=missing)
    plan = Plan.everything.create(
        office=asked.office,
        from_day=asked.from_day,
        until_day=asked.until_day,
        given=instance is not None,
        instance=asked.instance,
        instance_hash=asked.instance_hash,
        basis=asked.basis,
        election=asked.election,
        cut=asked.cut,
        seed=seed,
        parent=before,
        asked_by_id=by.posting_id,
    )
    _log(by, plan, "plan asked for")
    return plan


@service
def stop_plan(*, by: Actor, plan_id: uuid.UUID) -> Plan:
    """A plan that waits is not made; one that is being made ends soon, with what was found. Twice is once."""
    require(by, Permission.PLANS_MAKE)
    get_plan_or_404(by, plan_id)
    plan = Plan.objects.visible_to(by).defer("instance").select_for_update().get(pk=plan_id)
    if plan.stop_asked_at is None:
        plan.stop_asked_at = timezone.now()
        if plan.state == PlanState.WAITING:
            plan.state, plan.finished_at = PlanState.STOPPED, plan.stop_asked_at
        plan.save(update_fields=["state", "finished_at", "stop_asked_at"])
        _log(by, plan, "plan stopped")
    return plan


def _log(by: Actor, plan: Plan, kind: str) -> None:
    log_access(by=by, action=Access.CHANGE, kind=kind, subject=str(plan.pk), office=plan.office_id)


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
        office=Region.objects.get(pk=by.office or by.region),
        from_day=date.fromisoformat(days[0]),
        until_day=date.fromisoformat(days[-1]),
        instance=instance,
        instance_hash=hash_of(instance),
        basis=None,
        election=None,
        cut=timezone.now(),
    )


def _office(named: Region | str) -> Region:
    if isinstance(named, Region):
        return named
    return get_region(named, level=Level.REGENCY, field="office")
