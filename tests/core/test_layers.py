"""Imports keep to their layers, and `make check` says so when one does not."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = ("dukcapil", "events", "registrations", "reports")
#: A module of the house, what it is made to import, and the contract that this breaks.
PLANTED = [
    (
        "registrations.people.selectors",
        "registrations.ledger.models",
        "registrations: subjects look down only",
    ),
    (
        "registrations.ledger.selectors",
        "registrations.models",
        "registrations: subjects look down only",
    ),
    ("events.planning.enums", "events.resources.models", "events: subjects look down only"),
    ("reports.releases.services", "reports.views.today", "reports: subjects look down only"),
    ("events.shapes", "reports.bases.models", "Apps look down only"),
    (
        "dukcapil.accounts.selectors",
        "dukcapil.accounts.services",
        "Modules of the ground look down only",
    ),
    ("reports.bases.readers", "reports.bases.services.basis", "Rooms of a subject look down only"),
    (
        "registrations.booking.services.groups",
        "events.forms.planning",
        "Only the url roots enter events by its edge",
    ),
    (
        "reports.views.today",
        "registrations.tasks",
        "Only the url roots enter registrations by its edge",
    ),
    ("dukcapil.core.db", "reports.exports", "Only the url roots enter reports by its edge"),
    (
        "dukcapil.regions.api",
        "dukcapil.accounts.forms",
        "Only the url roots enter the ground by its edge",
    ),
    (
        "registrations.booking.services.visits",
        "rest_framework",
        "Rules know nothing of HTTP, DRF or Celery",
    ),
    (
        "events.views.planning",
        "events.planning.services.steps",
        "Steps of an event are taken by its life cycle",
    ),
    (
        "registrations.api.appointments",
        "registrations.booking.services.visits",
        "Steps of a visit are taken by verbs",
    ),
    ("reports.planner.core.instance", "django", "The planner's core is plain Python"),
]


def law() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    return found["importlinter"]


def contract(name: str) -> dict[str, Any]:
    (found,) = (one for one in law()["contracts"] if one["name"] == name)
    return found


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of all Python of the four packages, for breaking things."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            copy = tmp_path / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    return tmp_path


def checked(house: Path) -> tuple[int, str]:
    """`make check`'s own line, run there: its status and what it says."""
    steps = subprocess.run(
        ["make", "--no-print-directory", "--dry-run", "--assume-old=.venv/stamps/dev", "check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    (step,) = (line for line in steps if "lint-imports" in line)
    done = subprocess.run(
        ["sh", "-c", f"{ROOT}/{step}"], cwd=house, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def test_every_contract_finds_what_it_forbids(house: Path) -> None:
    """That the house as it stands breaks none is what `make check` says."""
    assert {name for *_import, name in PLANTED} == {one["name"] for one in law()["contracts"]}
    for importer, imported, _name in PLANTED:
        with (house / f"{importer.replace('.', '/')}.py").open("a") as source:
            source.write(f"\nimport {imported}\n")
    status, said = checked(house)
    assert status != 0
    broken = said.partition("Broken contracts")[2]
    for importer, imported, name in PLANTED:
        title = re.search(rf"^{re.escape(name)}\n-+\n", broken, re.MULTILINE)
        assert title, f"{name}: kept\n{said}"
        # A long line is broken where the terminal ends.
        found = " ".join(re.split(r"\n---", broken[title.end() :])[0].split())
        assert f"{importer} -> {imported} (" in found, name


def test_every_subject_keeps_the_laws_of_subjects() -> None:
    """A new folder stands in its app's order, or lint-imports fails; here: its rooms have laws too."""
    subjects = {
        f"{path.parent.parent.name}.{path.parent.name}"
        for app in ("events", "registrations", "reports")
        for path in (ROOT / app).glob("*/__init__.py")
        if path.parent.name not in {"api", "forms", "management", "migrations", "views"}
    }
    # Two without rooms: one reads everything for the rules, the other plays the whole story.
    roomless = {"reports.invariants", "reports.demo"}
    assert set(contract("Rooms of a subject look down only")["containers"]) == subjects - roomless
    ruled = set(contract("Rules know nothing of HTTP, DRF or Celery")["source_modules"])
    assert {one for one in ruled if not one.startswith("dukcapil.")} == subjects - {"reports.demo"}
