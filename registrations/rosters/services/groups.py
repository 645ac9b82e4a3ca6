"""Noting that somebody belongs to a group, and taking it back: the row is gone then."""

from __future__ import annotations

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import NotFound
from registrations.people.models import Resident
from registrations.rosters.enums import Group
from registrations.rosters.models import GroupMember


@service
def put_in_group(*, by: Actor, resident: Resident, group: str) -> GroupMember:
    """Raises Conflict `in-group`."""
    _require(by, resident)
    member = GroupMember.objects.create(
        resident=resident, office_id=resident.office_id, group=group, noted_by_id=by.user_id
    )
    _log(by, resident, "put in a group")
    return member


@service
def take_from_group(*, by: Actor, resident: Resident, group: str) -> None:
    """Raises NotFound when they are not in it."""
    _require(by, resident)
    if group not in Group.values:
        raise NotFound
    rows = GroupMember.objects.visible_to(by).filter(resident=resident, group=group)
    gone, _by_table = rows.delete()
    if not gone:
        raise NotFound
    _log(by, resident, "taken from a group")


def _require(by: Actor, resident: Resident) -> None:
    require(by, Permission.GROUPS_VIEW)
    if by.office is None or resident.office_id != by.office:
        raise NotFound


def _log(by: Actor, resident: Resident, kind: str) -> None:
    """Which group is told by no log."""
    log_access(by=by, action=Access.CHANGE, kind=kind, subject=str(resident.pk))
