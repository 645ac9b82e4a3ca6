"""Rules stand in subjects: an edge parses, calls and shows. Halves of verbs are taken by whole ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = ("dukcapil", "events", "registrations", "reports")
#: Pages, forms, serializers and what they share; modules or packages of these names.
EDGES = {"views", "forms", "api", "filters", "fields", "shapes", "tasks", "exports"}
WRITES = {
    *("save", "create", "update", "delete", "bulk_create", "bulk_update"),
    *("get_or_create", "update_or_create", "select_for_update", "asave", "acreate", "aupdate"),
}
#: What is written to besides tables: it is forgotten, and no figure rests on it.
FORGETFUL = {"cache", "session", "messages"}


def written_by(source: str) -> list[str]:
    """Lines of an edge that write to a table or hold a transaction, as `line: what`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module in ("django.db", "dukcapil.core.db"):
            names = {"transaction", "connection", "service"} & {one.name for one in node.names}
            found += [f"{node.lineno}: {name}" for name in sorted(names)]
        elif isinstance(node, ast.Import):
            found += [f"{node.lineno}: {one.name}" for one in node.names if "django.db" in one.name]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            held = node.func.value
            name = getattr(held, "id", getattr(held, "attr", ""))
            if node.func.attr in WRITES and name not in FORGETFUL:
                found.append(f"{node.lineno}: {node.func.attr}")
    return found


def edges() -> list[Path]:
    return [
        path
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        # The ground of all edges has no table to write to.
        if "core" not in path.relative_to(ROOT).parts
        and EDGES & {*path.relative_to(ROOT).with_suffix("").parts[1:3]}
        and "migrations" not in path.parts
    ]


def test_no_edge_writes() -> None:
    assert len(edges()) > 60
    wrong = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in edges()
        for line in written_by(path.read_text())
    }
    assert wrong == set()


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
    assert written_by(planted)


def test_what_an_edge_may_do_is_not_found() -> None:
    fine = (
        "def view(request, form):\n    cache.delete('draft')\n    form.data.copy()\n"
        "    return Event.objects.visible_to(actor).filter(pk=1)\n"
    )
    assert written_by(fine) == []


# --- halves of verbs ------------------------------------------------------------------------------

#: Module -> which of its names are half of a verb (None: all), and whose whole verbs take them.
HALVES: dict[str, tuple[set[str] | None, tuple[str, ...]]] = {
    "events.planning.services.steps": (None, ("registrations/lifecycle/",)),
    "registrations.requests.services.steps": (None, ("registrations/lifecycle/",)),
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
    "registrations.booking.services.messages": (
        {"drop", "drop_all_of", "remind", "tell"},
        ("registrations/booking/services/", "registrations/lifecycle/"),
    ),
    "registrations.ledger.services.ledger": (
        {"append", "insert"},
        ("registrations/ledger/services/",),
    ),
    # The machine's operator acts without a posting; staff have verbs that ask who they are.
    "dukcapil.accounts.services": (
        {"create_user", "end_posting", "post"},
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


def half_taken(path: str, source: str) -> list[str]:
    found = []
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


def verbs() -> Iterator[tuple[str, ast.FunctionDef]]:
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if "services" in parts:
                for node in ast.parse(path.read_text()).body:
                    if isinstance(node, ast.FunctionDef):
                        yield f"{'.'.join(parts)}.{node.name}", node


def test_verbs_take_named_fields_with_types() -> None:
    found = dict(verbs())
    assert len(found) > 150
    assert [name for name, verb in found.items() if verb.args.kwarg or verb.args.vararg] == []
    untyped = [
        f"{name}({one.arg})"
        for name, verb in found.items()
        for one in (*verb.args.args, *verb.args.kwonlyargs)
        if one.annotation is None
    ]
    assert untyped == []


def test_verbs_take_nothing_by_its_place() -> None:
    """What `@service` marks is called from every edge: by names, so that nothing is mistaken."""
    marked = [
        name
        for name, verb in verbs()
        if any(getattr(one, "id", "") == "service" for one in verb.decorator_list)
        and (verb.args.args or verb.args.posonlyargs)
        and not verb.name.startswith("_")
    ]
    assert marked == []
