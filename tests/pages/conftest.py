from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.counting import asks


class Asked:
    """How often a request asked the database for something."""

    def __init__(self, client: Client, path: str, **extra: Any) -> None:
        with CaptureQueriesContext(connection) as captured:
            self.answer = client.get(path, **extra)
        # In a test the request's transaction lies in the test's own, so its scope is restored by hand.
        restored = "SELECT set_config('app.scope', '', true)"
        self.sql = [row["sql"] for row in captured if asks(row["sql"]) and row["sql"] != restored]
        self.count = len(self.sql)


def little(client: Client, path: str, most: int) -> Asked:
    """No more than that: at the first look, else once what is remembered between two requests is remembered."""
    asked = Asked(client, path)
    if asked.count > most:
        asked = Asked(client, path)
    assert asked.answer.status_code == 200, path
    assert asked.count <= most, (path, asked.count, "\n".join(asked.sql))
    return asked


@pytest.fixture
def asked() -> type[Asked]:
    return Asked
