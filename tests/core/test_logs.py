"""Logs hold no person, even when PostgreSQL repeats a refused row."""

from __future__ import annotations

import json
import logging

import pytest
from django.db import IntegrityError, transaction

from dukcapil.accounts.models import User
from dukcapil.core.logs import formatter
from tests.world import World


def test_a_refused_row_does_not_reach_the_log(made: World) -> None:
    User.objects.filter(username="head").update(email="rahasia@contoh.id")
    with (
        pytest.raises(IntegrityError, match=r"rahasia@contoh\.id") as refused,
        transaction.atomic(),
    ):
        User.objects.filter(username="head").update(name=None)
    error = refused.value
    trace = (type(error), error, error.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, "", 0, "gagal", None, trace)
    line = formatter().format(record)
    assert "rahasia" not in line
    assert json.loads(line)["exception"][0]["exc_type"] == "IntegrityError"


def test_paths_are_logged_without_their_query(
    made: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        made["operator"].get("regions/?parent=13&level=regency&limit=7")
    assert "/api/v1/regions/" in caplog.text
    assert "parent=13" not in caplog.text
