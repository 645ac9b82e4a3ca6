"""A law for `make check`: pages, forms, serializers and jobs call verbs, and write nothing themselves."""

import ast
import os
import sys
from pathlib import Path

ROOT = Path(os.environ.get("DUKCAPIL_EDGES_ROOT", Path(__file__).resolve().parent.parent))
APPS = ("dukcapil", "events", "registrations", "reports")
#: Pages, forms, serializers and what they share; modules or packages of these names.
EDGES = {
    "views",
    "forms",
    "stock_forms",
    "plan_forms",
    "plan_asking",
    "api",
    "filters",
    "fields",
    "hour_fields",
    "shapes",
    "tasks",
    "exports",
}
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


def wrong() -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{line}"
        for path in edges()
        for line in written_by(path.read_text())
    ]


if __name__ == "__main__":
    found = wrong()
    if found:
        print(
            "An edge writes; a verb of `services` should (docs/architecture.md):",
            *found,
            sep="\n  ",
        )
    sys.exit(bool(found))
