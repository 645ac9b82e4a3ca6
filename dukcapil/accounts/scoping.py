"""Who acts, and whose rows are whose: the one declaration that both walls are made from.

A table says `scope = Scope(...)` once. The first wall (`visible_to`) is made from it here, the second
(row-level security in PostgreSQL) in `dukcapil/grants.py`; each is tested with the other off.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar, cast

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from dukcapil.accounts.permissions import OF_VILLAGES, ROLES, scope_allows
from dukcapil.core import db
from dukcapil.core.scopes import scope_waits
from dukcapil.regions.enums import today_in
from dukcapil.regions.models import inside
from dukcapil.regions.validators import NATION, bounds, within

M = TypeVar("M", bound=models.Model)

#: The scope that this context declared. None: nobody declared one, and managers raise.
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
    def today(self) -> date:
        """By the clock of the actor's own region."""
        return today_in(self.region)

    @property
    def village_range(self) -> str | None:
        return self.region if self.role in OF_VILLAGES else None

    @property
    def whole_office(self) -> str | None:
        """The office, of somebody who sees the whole of it and nothing beside."""
        return None if self.village_range or self.lent_events else self.office

    @property
    def texts(self) -> list[str]:
        """What stands in the queries of `visible_to`, and is another's for another region."""
        codes = [self.office or self.region, *filter(None, [self.village_range])]
        return [text for code in codes for text in (code, *bounds(code))]

    @property
    def scope(self) -> str:
        """What `app.scope` is set to: ``office range;village range;lent event,...``, or ``*``."""
        if self.region == NATION:
            return db.EVERYBODY
        events = ",".join(str(event) for event in self.lent_events)
        return f"{self.office or self.region};{self.village_range or ''};{events}"

    def covers(self, code: str) -> bool:
        """Whether figures and offices of this region are this actor's business."""
        return within(code, self.region)


def of_office(office: str) -> str:
    """The scope of a whole office, for a rule of the house that follows from what somebody else did there."""
    return f"{office};;"


@contextmanager
def declares(scope: str) -> Iterator[str]:
    """Set the scope of the open transaction, with the first statement inside; gives the scope before.

    The database is only told when something changes: a transaction begins with no scope.
    """
    before = declared.get() or ""
    with scope_waits(scope) if scope != before else nullcontext():
        declared.set(scope)
        yield before


def entered(scope: str, known: str) -> None:
    """As `declares`, where the statement that found the actor has set the database's scope to `known`. Only
    what `Actor.scope` says holds.
    """
    if known != scope:
        db.set_scope(scope)
    declared.set(scope)


def restore(before: str) -> None:
    if before != (declared.get() or ""):
        db.set_scope(before)
    declared.set(before or None)


class scoped:  # noqa: N801 - reads as a statement
    """``with scoped(actor.scope):`` a transaction with a scope, for jobs, commands, tests."""

    def __init__(self, scope: str) -> None:
        self.scope = scope

    def __enter__(self) -> None:
        self._database = db.scope_of_transaction(self.scope)
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


@dataclass(frozen=True)
class Scope:
    """Whose rows a table holds: the columns that an actor's ranges apply to. A column is a column of
    the table, or for the first wall a path to one.
    """

    #: Code of the office that the row belongs to.
    office: str = "office_id"
    #: Code of a village: somebody with a village posting sees the rows of that village alone, and no
    #: row of a table that does not name a village.
    village: str | None = None
    #: The event: somebody who is lent to it sees the row too.
    event: str | None = None
    #: Path from the row to its person's visits: somebody who is lent to an event sees the people who
    #: are booked there.
    lent: str | None = None
    #: Holds people, or tells of them: then the second wall (row-level security) is made too.
    people: bool = True
    #: Everybody may add rows, as to a log; the scope limits reading alone.
    written_by_all: bool = False

    def reached(self, actor: Actor) -> Q:
        """Rows of the actor's own ranges, and of the events that the actor is lent to."""
        condition = inside(self.office, actor.office or actor.region)
        if actor.village_range and self.village:
            condition &= inside(self.village, actor.village_range)
        elif actor.village_range:
            condition = Q(pk__in=[])
        if self.event and actor.lent_events:
            condition |= Q(**{f"{self.event}__in": actor.lent_events})
        return condition

    def booked(self, model: type[models.Model], actor: Actor) -> Exists:
        """Rows whose person is booked at an event that the actor is lent to."""
        holder: Any = model
        *path, name = str(self.lent).split("__")
        for step in path:
            holder = holder._meta.get_field(step).related_model
        visits = holder._meta.get_field(name)
        return Exists(
            visits.related_model.everything.filter(
                **{visits.field.attname: OuterRef("pk"), "event_id__in": actor.lent_events}
            )
        )


@dataclass(frozen=True)
class Personal:
    """Which columns of a table tell of a person, and what erasing leaves in them. Said once, on the
    table; `registrations.oversight.services.erasing` blanks them, and a test looks for a column
    that is missing.
    """

    #: Path from the row to its person.
    person: str
    #: Column -> what stands in it afterwards.
    blank: Mapping[str, Any]


class ScopedQuerySet(models.QuerySet[M]):
    def visible_to(self, actor: Actor) -> Self:
        """The rows that this actor may see. Views and API read through this alone."""
        if actor.region == NATION:
            return self
        scope: Scope = self.model.scope  # type: ignore[attr-defined]  # a ScopedModel's
        own = self.filter(scope.reached(actor))
        if scope.lent is None or not actor.lent_events:
            return own
        return self.filter(Q(pk__in=own.values("pk")) | scope.booked(self.model, actor))


class ScopedManager(models.Manager[M]):
    """Raises where no scope was declared, so that a job that forgets it fails in its test."""

    _queryset_class = ScopedQuerySet

    def get_queryset(self) -> ScopedQuerySet[M]:
        if declared.get() is None:
            raise NoScope(f"{self.model.__name__} was read without a scope")
        return cast("ScopedQuerySet[M]", super().get_queryset())

    def visible_to(self, actor: Actor) -> ScopedQuerySet[M]:
        return self.get_queryset().visible_to(actor)


class ScopedModel(models.Model):
    """A table whose rows belong to offices. `class Meta(ScopedModel.Meta)` in each."""

    scope: ClassVar[Scope]
    #: None: nothing of a person but the id stands in this table.
    personal: ClassVar[Personal | None] = None

    objects = ScopedManager[Self]()
    #: Past the first wall: for jobs, foreign keys and verbs that hold the row already.
    everything = models.Manager[Self]()

    class Meta:
        abstract = True
        base_manager_name = "everything"


def scoped_models() -> list[type[ScopedModel]]:
    """Every table that declares a scope, by name of the table."""
    tables = [model for model in apps.get_models() if issubclass(model, ScopedModel)]
    return sorted(tables, key=lambda model: model._meta.db_table)
