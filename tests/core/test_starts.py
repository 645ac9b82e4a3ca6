"""What each process pays for when it starts, and what it does not."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pgtrigger
import pytest
from django.conf import settings
from django.core.checks import Error
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from pgtrigger import registry

from dukcapil.core.registered import Registered
from registrations.people.models import Resident

ROOT = Path(settings.BASE_DIR)
#: What takes a start 20 to 80 ms each, and few processes ever need; and the one module of ours that loads it at
#: once, which is loaded late itself.
RARE = {
    "docx": "dukcapil.accounts.offices.text_document",
    "icalendar": "events.planning.renderers",
    "sentry_sdk": None,
    "urllib3": None,
    "xlsxwriter": None,
}


def sources(word: str) -> Iterator[tuple[str, ast.Module]]:
    """Modules of the house with this in them, taken apart."""
    for app in ("dukcapil", "events", "registrations", "reports"):
        for path in (ROOT / app).rglob("*.py"):
            text = path.read_text()
            if re.search(word, text):
                yield ".".join(path.relative_to(ROOT).with_suffix("").parts), ast.parse(text)


def named(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.Import):
        return {one.name for one in node.names}
    return {str(node.module), *(f"{node.module}.{one.name}" for one in node.names)}


def at_once(tree: ast.AST) -> set[str]:
    """What is imported as soon as the module is: outside of functions, and not for types alone."""
    found = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= named(node)
        elif isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            continue
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found |= at_once(node)
    return found


def too_soon(module: str, tree: ast.Module) -> set[str]:
    rare = {*RARE, *filter(None, RARE.values())}
    return {
        name
        for name in at_once(tree)
        for one in rare
        if (name == one or name.startswith(f"{one}.")) and RARE.get(one) != module
    }


def test_what_few_need_is_not_loaded_by_each_start() -> None:
    control = (
        "import docx.shared\ntry:\n    from dukcapil.accounts.offices import text_document as docx\n"
        "finally:\n    pass\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import urllib3\n"
        "def later():\n    import xlsxwriter"
    )
    assert too_soon("reports.tasks", ast.parse(control)) == {
        *("docx.shared", "dukcapil.accounts.offices.text_document")
    }
    words = "|".join((*RARE, "text_document", "planning.renderers", "planning import renderers"))
    found = {module: names for module, tree in sources(words) if (names := too_soon(module, tree))}
    assert found == {}


def test_what_is_imported_late_is_there() -> None:
    """Else whoever asks for it first would meet the error."""
    late = {
        name
        for _module, tree in sources(
            rf"({'|'.join(RARE)}|text_document|renderers).* # noqa: PLC0415"
        )
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in named(node)
    }
    assert late >= {*RARE, *filter(None, RARE.values())} - {"docx", "icalendar"}
    for name in late:
        parent, _dot, own = name.rpartition(".")
        assert (parent and hasattr(import_module(parent), own)) or import_module(name), name


def test_the_collector_waits_until_all_is_imported_and_leaves_that_alone() -> None:
    """In a process of its own; a module that is loaded later, and begins anew, changes nothing."""
    code = (
        "import gc; from dukcapil import processes\n"
        "told = lambda: print(gc.get_threshold()[0], bool(gc.get_freeze_count()))\n"
        "for step in ('collect_seldom', 'begin_work', 'collect_seldom'):\n"
        "    getattr(processes, step)(); told()"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["1000000 False", "50000 True", "50000 True"]


def test_the_checks_of_the_code_have_nothing_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """No command of ours carries them out, nor a server or worker when it starts: they import every page."""
    call_command("check", fail_level="WARNING")
    hole = classmethod(lambda _model, **_options: [Error("A hole.", id="dukcapil.E099")])
    monkeypatch.setattr(Resident, "check", hole)
    with pytest.raises(SystemCheckError, match="A hole"):
        call_command("check")


# --- rules --------------------------------------------------------------------------------------------


def test_all_rules_are_registered_where_their_names_are_kept() -> None:
    kept = registry._registry
    assert isinstance(kept, Registered)
    rules = [*kept.values()]
    assert len(rules) > 250
    assert kept.pg_function_names == {rule.get_pgid(model) for model, rule in rules}
    assert kept.by_db_table == {(model._meta.db_table, rule.name): rule for model, rule in rules}


class _Named(pgtrigger.Trigger):
    """Whatever its name, its function has this one."""

    def get_pgid(self, model: Any) -> str:
        return "one_function_for_two"


def _rule(kind: type[pgtrigger.Trigger], name: str, func: str = "RETURN NULL;") -> Any:
    return kind(name=name, when=pgtrigger.After, operation=pgtrigger.Insert, func=func)


def test_two_rules_do_not_share_a_name_nor_a_function() -> None:
    """As the library has it; and a rule that was taken away leaves its names to others."""
    label = Resident._meta.label
    first = _rule(_Named, "first_one")
    first.register(Resident)
    try:
        with pytest.raises(KeyError, match="already used for model"):
            _rule(pgtrigger.Trigger, "first_one", "RETURN NEW;").register(Resident)
        with pytest.raises(KeyError, match="has Postgres function name"):
            _rule(_Named, "second_one").register(Resident)
    finally:
        first.unregister(Resident)
    assert f"{label}:first_one" not in registry._registry
    second = _rule(_Named, "second_one")
    second.register(Resident)
    second.unregister(Resident)
    test_all_rules_are_registered_where_their_names_are_kept()
