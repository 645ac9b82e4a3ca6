"""Who acts, and the first wall: which rows of a scoped table an actor may reach.

The second wall is row-level security in PostgreSQL; each is tested with the other off.
"""

from __future__ import annotations

import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Q

from dukcapil.accounts.permissions import ROLES, Role, scope_allows
from dukcapil.core import db
from dukcapil.regions.validators import NATION, bounds, within

M = TypeVar("M", bound=models.Model)

#: Whether anybody said in this context whose rows are meant. Managers raise when nobody did.
declared: ContextVar[str | None] = ContextVar("declared_scope", default=None)


class NoScope(RuntimeError):
    """A scoped table was read without saying for whom: a bug, never an answer."""


@dataclass(frozen=True)
class Actor:
    """A posting at work today: the `by=` of every verb. Holds no name."""

    user_id: int
    posting_id: int
    role: str
    region: str
    scopes: tuple[str, ...] = ("*",)
    lent_events: tuple[uuid.UUID, ...] = field(default=())

    def may(self, permission: str) -> bool:
        return permission in ROLES[self.role].permissions and scope_allows(self.scopes, permission)

    @property
    def office(self) -> str | None:
        """The regency that this actor serves in, None for provinces and above."""
        return self.region[:5] if self.region != NATION and len(self.region) >= 5 else None

    @property
    def village_range(self) -> str | None:
        return self.region if self.role == Role.VILLAGE_VERIFIER else None

    @property
    def scope(self) -> str:
        """What `app.scope` is set to: ``office range;village range;lent event,...``, or ``*``."""
        if self.region == NATION:
            return db.NATION
        events = ",".join(str(event) for event in self.lent_events)
        return f"{self.office or self.region};{self.village_range or ''};{events}"

    def covers(self, code: str) -> bool:
        """Whether figures and offices of this region are this actor's business."""
        return within(code, self.region)


def declare(scope: str) -> str:
    """Set the scope of the open transaction; returns the scope before.

    The database is only asked when something changes: a transaction begins with no scope.
    """
    before = declared.get() or ""
    if scope != before:
        db.set_scope(scope)
    declared.set(scope)
    return before


def restore(before: str) -> None:
    if before != (declared.get() or ""):
        db.set_scope(before)
    declared.set(before or None)


class scoped:  # noqa: N801 - reads as a statement
    """``with scoped(actor.scope):`` a transaction with a scope, for jobs, commands, tests."""

    def __init__(self, scope: str) -> None:
        self.scope = scope

    def __enter__(self) -> None:
        self._database = db.scoped(self.scope)
        self._database.__enter__()
        self._token = declared.set(self.scope)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        declared.reset(self._token)
        return self._database.__exit__(kind, error, trace)


class ScopedQuerySet(models.QuerySet[M]):
    #: Columns that the actor's ranges apply to; a model's own query set names its own.
    office_column = "office_id"
    village_column: str | None = None
    event_column: str | None = None

    def visible_to(self, actor: Actor) -> Self:
        """The only door for views and API."""
        if actor.region == NATION:
            return self
        mine = self._range(self.office_column, actor.office or actor.region)
        if actor.village_range and self.village_column:
            mine &= self._range(self.village_column, actor.village_range)
        elif actor.village_range:
            mine = Q(pk__in=[])
        if self.event_column and actor.lent_events:
            mine |= Q(**{f"{self.event_column}__in": actor.lent_events})
        return self.filter(mine)

    @staticmethod
    def _range(column: str, code: str) -> Q:
        low, high = bounds(code)
        return Q(**{column: code}) | Q(**{f"{column}__gte": low, f"{column}__lt": high})


class ScopedManager(models.Manager[M]):
    """Raises where no scope was declared, so that a job that forgets it fails in its test."""

    def get_queryset(self) -> Any:
        if declared.get() is None:
            raise NoScope(f"{self.model.__name__} was read without a scope")
        return super().get_queryset()

    def visible_to(self, actor: Actor) -> ScopedQuerySet[M]:
        found: ScopedQuerySet[M] = self.get_queryset().visible_to(actor)
        return found
