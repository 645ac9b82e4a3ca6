"""make bench"""

from __future__ import annotations

import os

os.environ["DUKCAPIL_TEST_DURABLE"] = "1"
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"

from tests import engines

engines.fresh_database()
for _role in ("owner", "web", "worker"):
    os.environ[f"DATABASE_{_role.upper()}_URL"] = engines.database_url(_role)

import django

django.setup()

from tests.benchmarks import (
    batch,
    floor,
    lists,
    maps,
    missing,
    pages,
    planner,
    residents,
    rows,
    screens,
    statements,
    stock,
    walls,
)

if __name__ == "__main__":
    rows.main(
        screens.screens,
        pages.pages,
        maps.maps,
        walls.walls,
        stock.stock,
        lists.lists,
        missing.missing,
        residents.residents,
        planner.planner,
        floor.floor,
        statements.statements,
        batch.batch,
    )
