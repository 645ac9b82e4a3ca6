"""Who belongs to a group that an office seeks out: for whoever may see groups, and nobody else."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from registrations.rosters.enums import Group
from registrations.rosters.models import GroupMember

#: Fewer people than this are told nobody outside.
SMALLEST = 5


@dataclass(frozen=True)
class GroupCount:
    group: str
    people: int

    @property
    def label(self) -> str:
        return str(Group(self.group).label)

    @property
    def public(self) -> int | None:
        """What may leave the house; None: too few."""
        return self.people if self.people >= SMALLEST else None


def group_counts(by: Actor) -> list[GroupCount]:
    require(by, Permission.GROUPS_VIEW)
    rows = GroupMember.objects.visible_to(by).exclude(group="").order_by("group")
    counts = dict(rows.values_list("group").annotate(n=Count("pk")))
    return [GroupCount(name, counts.get(name, 0)) for name in Group.values]


def members_of(by: Actor, group: str) -> QuerySet[GroupMember]:
    """By name. The caller logs the look."""
    require(by, Permission.GROUPS_VIEW)
    members = GroupMember.objects.visible_to(by).filter(group=group)
    return members.select_related("resident__identity", "resident__village").order_by(
        "resident__identity__name_key", "pk"
    )


def groups_of_person(by: Actor, resident: uuid.UUID) -> list[GroupMember]:
    """None for whoever may not see groups."""
    if not by.may(Permission.GROUPS_VIEW):
        return []
    members = GroupMember.objects.visible_to(by).filter(resident=resident).exclude(group="")
    return list(members.order_by("group"))
