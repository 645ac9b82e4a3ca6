"""Migrations without making half the house anew for every step.

After each table, column, constraint, index and trigger Django makes the classes of a table and of all
its relatives again, for migrations that ask for them: four fifths of the time of a first start. Here
the table's own class is made again and its relatives keep theirs, and what no class is asked for (a
constraint, an index, a trigger) is only written down at it; the state is marked, so that a migration that
runs Python (`RunPython`) gets all classes made anew by Django, as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.apps import apps as all_tables
from django.apps.registry import Apps
from django.db.migrations.state import AppConfigStub, ModelState, ProjectState, StateApps
from django.db.migrations.utils import field_is_referenced
from pgtrigger.migrations import AddTrigger, RemoveTrigger

#: What a table has beside its columns. Who carries the step out is handed it, and looks for no class.
_BESIDE = ("constraints", "indexes", "triggers")


@contextmanager
def tables_alone() -> Iterator[None]:
    with ExitStack() as stack:
        for owner, name, changed in _STEPS:
            stack.enter_context(_replaced(owner, name, changed(owner.__dict__[name])))
        stack.enter_context(_replaced(ModelState, "clone", _copy_of_table))
        stack.enter_context(_replaced(StateApps, "clone", _copy_of_classes))
        stack.enter_context(_replaced(Apps, "get_swappable_settings_name", _swappable_name()))
        yield


@contextmanager
def _replaced(owner: type, name: str, verb: Callable[..., Any]) -> Iterator[None]:
    before = owner.__dict__[name]
    setattr(owner, name, verb)
    try:
        yield
    finally:
        setattr(owner, name, before)


def _alone(changes_table: Callable[..., None]) -> Callable[..., None]:
    def change(*args: Any) -> None:
        with _replaced(ProjectState, "reload_model", _reload_one):
            changes_table(*args)

    return change


def _altered(changes_column: Callable[..., None]) -> Callable[..., None]:
    """A column that others point to changes them too; Django knows."""

    def change(state: Any, app_label: str, model_name: str, name: str, *args: Any) -> None:
        table, before = (app_label, model_name), state.models[app_label, model_name].fields[name]
        if any(
            one.primary_key or one.many_to_many or field_is_referenced(state, table, (name, one))
            for one in (before, args[0])
        ):
            changes_column(state, app_label, model_name, name, *args)
            return
        with _replaced(ProjectState, "reload_model", _reload_one):
            changes_column(state, app_label, model_name, name, *args)

    return change


def _noted(changes_table: Callable[..., None]) -> Callable[..., None]:
    def change(*args: Any) -> None:
        with _replaced(ProjectState, "reload_model", _note_beside):
            changes_table(*args)

    return change


def _reload_one(state: Any, app_label: str, model_name: str, **_delay: bool) -> None:
    if "apps" in state.__dict__:
        # Django's own mark: who runs Python gets the relatives made again too.
        state.is_delayed = True
        state._reload({(app_label, model_name.lower())})  # noqa: SLF001 - Django has no public verb for one


def _note_beside(state: Any, app_label: str, model_name: str, **_delay: bool) -> None:
    if "apps" in state.__dict__:
        state.is_delayed = True
        options = state.models[app_label, model_name.lower()].options
        its = state.apps.get_model(app_label, model_name)._meta
        for name in _BESIDE:
            if name in options:
                setattr(its, name, list(options[name]))
        its._expire_cache()  # noqa: SLF001 - as Django does where a class is made anew


# --- copies: Django copies the state of all tables before each step ------------------------------------


def _copy_of_table(table: Any) -> Any:
    """Without Django's look at each column: it was looked at when the table was written down."""
    copy = ModelState.__new__(ModelState)
    copy.app_label, copy.name, copy.bases = table.app_label, table.name, table.bases
    copy.fields, copy.options = dict(table.fields), dict(table.options)
    copy.managers = list(table.managers)
    return copy


def _copy_of_classes(classes: Any) -> Any:
    """Classes are not copied, by Django neither; the dictionaries in which they stand are."""
    copy = StateApps([], {})
    for label, models in classes.all_models.items():
        copy.all_models[label] = dict(models)
    for label in classes.app_configs:
        config: Any = AppConfigStub(label)
        config.apps = copy
        config.import_models()
        copy.app_configs[label] = config
    copy.real_models = classes.real_models
    return copy


def _swappable_name() -> Any:
    """Which setting names a table; asked of the house itself, whose tables stay, for each relation."""
    asked = Apps.__dict__["get_swappable_settings_name"].__wrapped__
    known: dict[str, str | None] = {}

    def name_of(registry: Apps, label: str) -> Any:
        if registry is not all_tables:
            return asked(registry, label)
        if label not in known:
            known[label] = asked(registry, label)
        return known[label]

    # Django forgets what it knows whenever a class is made, wherever that is.
    name_of.cache_clear = lambda: None  # type: ignore[attr-defined]  # what Django calls
    return name_of


_STEPS: tuple[tuple[type, str, Callable[..., Any]], ...] = (
    (ProjectState, "add_model", _alone),
    (ProjectState, "add_field", _alone),
    (ProjectState, "alter_field", _altered),
    (ProjectState, "_append_option", _noted),
    (ProjectState, "_remove_option", _noted),
    (ProjectState, "_alter_option", _noted),
    (AddTrigger, "state_forwards", _noted),
    (RemoveTrigger, "state_forwards", _noted),
)
