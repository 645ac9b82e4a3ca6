from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

#: Statements that only open, close or dress a transaction ask the database for nothing.
_DRESS = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "SET LOCAL")


class Asked:
    """How often a request asked the database for something."""

    def __init__(self, client: Client, path: str, **extra: Any) -> None:
        with CaptureQueriesContext(connection) as captured:
            self.answer = client.get(path, **extra)
        # In a test the request's transaction lies in the test's own, so its scope is restored by hand.
        restored = "SELECT set_config('app.scope', '', true)"
        self.sql = [
            row["sql"]
            for row in captured
            if not row["sql"].startswith(_DRESS) and row["sql"] != restored
        ]
        self.count = len(self.sql)


@pytest.fixture
def asked() -> type[Asked]:
    return Asked
