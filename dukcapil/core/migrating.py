"""Migrations without making half the house anew for every step.

After each table, column, constraint, index and trigger Django makes the classes of a table and of all
its relatives again, for migrations that ask for them: four fifths of the time of a first start. Here
the table's own class is made again and its relatives keep theirs; the state is marked, so that a
migration that runs Python (`RunPython`) gets all classes made anew by Django, as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger

_CHANGE_ONE_TABLE = (
    (ProjectState, "add_model"),
    (ProjectState, "add_field"),
    (ProjectState, "alter_field"),
    (ProjectState, "_append_option"),
    (ProjectState, "_remove_option"),
    (ProjectState, "_alter_option"),
    (AddTrigger, "state_forwards"),
    (RemoveTrigger, "state_forwards"),
)


@contextmanager
def tables_alone() -> Iterator[None]:
    with ExitStack() as stack:
        for owner, name in _CHANGE_ONE_TABLE:
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


def _alone(changes_table: Callable[..., None]) -> Callable[..., None]:
    of_others = changes_table.__name__ == "alter_field"

    def change(*args: Any) -> None:
        with _replaced(ProjectState, "reload_model", _column if of_others else _reload_one):
            changes_table(*args)

    return change


_reload_with_relatives = ProjectState.reload_model


def _column(state: Any, app_label: str, model_name: str, *, delay: bool) -> None:
    """A column that others point to, or that points to others, changes them too; Django knows."""
    if delay:
        _reload_one(state, app_label, model_name)
    else:
        _reload_with_relatives(state, app_label, model_name, delay=delay)


def _reload_one(state: Any, app_label: str, model_name: str, **_delay: bool) -> None:
    if "apps" in state.__dict__:
        # Django's own mark: who runs Python gets the relatives made again too.
        state.is_delayed = True
        state._reload({(app_label, model_name.lower())})  # noqa: SLF001 - Django has no public verb for one
