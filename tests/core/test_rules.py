"""Rules stand in subjects: an edge parses, calls and shows. Halves of verbs are taken by whole ones."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = ("dukcapil", "events", "registrations", "reports")
_spec = importlib.util.spec_from_file_location("edges", ROOT / ".ci" / "edges.py")
assert _spec
assert _spec.loader
law = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(law)


def checked(root: Path) -> subprocess.CompletedProcess[str]:
    """The very program that `make check` runs."""
    assert "$(BIN)/python .ci/edges.py" in (ROOT / "Makefile").read_text()
    return subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "edges.py")],
        env={**os.environ, "DUKCAPIL_EDGES_ROOT": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_edge_writes() -> None:
    assert len(law.edges()) > 60
    assert (checked(ROOT).returncode, law.wrong()) == (0, [])


def test_a_rule_in_a_view_breaks_the_check(tmp_path: Path) -> None:
    view = tmp_path / "events" / "views" / "planning.py"
    view.parent.mkdir(parents=True)
    view.write_text("def view(request, event):\n    event.save()\n")
    done = checked(tmp_path)
    assert done.returncode == 1
    assert "events/views/planning.py:2: save" in done.stdout


@pytest.mark.parametrize(
    "planted",
    [
        "def view(request):\n    ServiceEvent.objects.filter(pk=1).update(state='approved')\n",
        "def clean(self):\n    self.event.kits = 3\n    self.event.save(update_fields=['kits'])\n",
        "class Body(StrictSerializer):\n    def keep(self):\n        Seat.objects.create(number=1)\n",
        "def view(request):\n    Seat.objects.bulk_create(Seat(n) for n in range(9))\n",
        "def view(request, found):\n    found.first().delete()\n",
        "def view(request):\n    with_lock = Loan.objects.select_for_update().get(pk=1)\n",
        "from django.db import transaction\n\n@transaction.atomic\ndef view(request): ...\n",
        "import django.db.transaction\n",
        "from django.db import connection\n",
    ],
    ids=["update", "save", "create", "bulk", "delete", "lock", "atomic", "import", "sql"],
)
def test_a_planted_write_is_found(planted: str) -> None:
    assert law.written_by(planted)


def test_what_an_edge_may_do_is_not_found() -> None:
    fine = (
        "def view(request, form):\n    cache.delete('draft')\n    form.data.copy()\n"
        "    return Event.objects.visible_to(actor).filter(pk=1)\n"
    )
    assert law.written_by(fine) == []


# --- halves of verbs ------------------------------------------------------------------------------

#: Module -> which of its names are half of a verb (None: all), and whose whole verbs take them.
HALVES: dict[str, tuple[set[str] | None, tuple[str, ...]]] = {
    "events.planning.services.steps": (None, ("registrations/lifecycle/",)),
    "registrations.requests.services.steps": (None, ("registrations/lifecycle/",)),
    "events.planning.services.signing": (
        {"accept_open", "apply_values", "propose", "sign", "sign_again", "withdraw_open"},
        ("registrations/lifecycle/", "events/planning/services/"),
    ),
    "events.resources.services": (
        {"answer_loan", "assign", "change_fault", "end_assignment", "note_fault"},
        ("registrations/lifecycle/",),
    ),
    "registrations.booking.services.visits": (
        {"end", "end_all_of", "give_places", "mark_served", "release_missed"},
        ("registrations/booking/services/", "registrations/ledger/", "registrations/lifecycle/"),
    ),
    "registrations.booking.services.seats": (
        {"release", "take"},
        ("registrations/booking/services/",),
    ),
    "registrations.booking.services.waiting": (
        {"give_back", "promote"},
        ("registrations/booking/services/", "registrations/lifecycle/"),
    ),
    "registrations.booking.services.closing": (None, ("registrations/lifecycle/",)),
    "registrations.booking.services.messages": (
        {
            *("drop", "drop_all_of", "drop_entries", "drop_of_group", "forget"),
            *("remind", "remind_all", "tell", "tell_moved"),
        },
        ("registrations/booking/services/", "registrations/lifecycle/"),
    ),
    "registrations.booking.services.contacts": (
        {"carry", "give_group", "put", "take_over"},
        (
            "registrations/booking/services/",
            "registrations/lifecycle/",
            "registrations/requests/services/",
        ),
    ),
    "registrations.ledger.services.ledger": (
        {"append", "insert"},
        ("registrations/ledger/services/",),
    ),
    # The machine's operator acts without a posting; staff have verbs that ask who they are.
    "dukcapil.accounts.services": (
        {
            *("create_user", "create_posting", "end_posting", "end_everything", "remember_act"),
            "log_by_machine",
        },
        ("dukcapil/accounts/management/", "dukcapil/accounts/staff/", "reports/demo/"),
    ),
    "dukcapil.accounts.staff.services": (
        {"identify", "approve_on_server"},
        ("dukcapil/accounts/management/", "reports/demo/"),
    ),
    "reports.bases.services.basis": (
        {"import_basis"},
        ("reports/management/", "reports/demo/"),
    ),
}


def taken_by(source: str) -> Iterator[tuple[str, str]]:
    """(module, name) of everything that a source imports from a module, and (module, '*')."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for one in node.names:
                yield node.module, one.name
                yield f"{node.module}.{one.name}", "*"
        elif isinstance(node, ast.Import):
            for one in node.names:
                yield one.name, "*"


def names_one(source: str) -> bool:
    """A module that does not name one of them takes nothing from it: to take all modules apart takes seconds."""
    places = [(module, *module.rpartition(".")[::2]) for module in HALVES]
    return any(
        module in source or (f"from {package} import" in source and name in source)
        for module, package, name in places
    )


def half_taken(path: str, source: str) -> list[str]:
    found: list[str] = []
    if not names_one(source):
        return found
    for module, name in taken_by(source):
        names, takers = HALVES.get(module, (set(), ()))
        half = names is None or name in names or (name == "*" and names)
        if half and not path.startswith(takers) and path != f"{module.replace('.', '/')}.py":
            found.append(f"{path}: {module}.{name}")
    return found


def test_halves_of_verbs_are_taken_by_whole_ones() -> None:
    wrong = []
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            wrong += half_taken(path.relative_to(ROOT).as_posix(), path.read_text())
    assert wrong == []


@pytest.mark.parametrize(
    "planted",
    [
        "from events.planning.services.steps import sign_neutrality\n",
        "from events.planning.services import steps\n",
        "import events.planning.services.steps\n",
        "from registrations.booking.services.visits import end\n",
        "from registrations.booking.services import seats\n",
        "from registrations.requests.services.steps import settle\n",
        "from dukcapil.accounts.services import end_posting\n",
    ],
)
def test_a_planted_half_is_found(planted: str) -> None:
    assert half_taken("events/views/planning.py", planted)
    assert half_taken("registrations/api/events.py", planted)


# --- verbs say what they take ---------------------------------------------------------------------


@cache
def verbs() -> dict[str, ast.FunctionDef]:
    found = {}
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if "services" in parts:
                for node in ast.parse(path.read_text()).body:
                    if isinstance(node, ast.FunctionDef):
                        found[f"{'.'.join(parts)}.{node.name}"] = node
    return found


@pytest.mark.xdist_group("verbs taken apart")
def test_verbs_take_named_fields_with_types() -> None:
    found = verbs()
    assert len(found) > 150
    assert [name for name, verb in found.items() if verb.args.kwarg or verb.args.vararg] == []
    untyped = [
        f"{name}({one.arg})"
        for name, verb in found.items()
        for one in (*verb.args.args, *verb.args.kwonlyargs)
        if one.annotation is None
    ]
    assert untyped == []


@pytest.mark.xdist_group("verbs taken apart")
def test_verbs_take_nothing_by_its_place() -> None:
    """What `@service` marks is called from every edge: by names, so that nothing is mistaken."""
    marked = [
        name
        for name, verb in verbs().items()
        if any(getattr(one, "id", "") == "service" for one in verb.decorator_list)
        and (verb.args.args or verb.args.posonlyargs)
        and not verb.name.startswith("_")
    ]
    assert marked == []
