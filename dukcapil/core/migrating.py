"""Migrations without making half the house anew for every rule.

After each constraint, index and trigger Django makes the classes of a table and of its relatives again,
for migrations that ask for them: more than half the time of a first start. A rule changes no column, so
here the table's own class is made again and its relatives keep theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger

_CHANGE_RULES = (
    (ProjectState, "_append_option"),
    (ProjectState, "_remove_option"),
    (ProjectState, "_alter_option"),
    (AddTrigger, "state_forwards"),
    (RemoveTrigger, "state_forwards"),
)


@contextmanager
def rules_alone() -> Iterator[None]:
    with ExitStack() as stack:
        for owner, name in _CHANGE_RULES:
            stack.enter_context(_replaced(owner, name, _alone(getattr(owner, name))))
        yield


@contextmanager
def _replaced(owner: type, name: str, verb: Callable[..., None]) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, verb)
    try:
        yield
    finally:
        setattr(owner, name, before)


def _alone(changes_rule: Callable[..., None]) -> Callable[..., None]:
    def change(*args: Any) -> None:
        with _replaced(ProjectState, "reload_model", _reload_one):
            changes_rule(*args)

    return change


def _reload_one(state: Any, app_label: str, model_name: str, **_delay: bool) -> None:
    if "apps" in state.__dict__:
        state._reload({(app_label, model_name.lower())})  # noqa: SLF001 - Django has no public verb for one
