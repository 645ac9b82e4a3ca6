"""The row that every page begins with is put together by hand: it is what the models would read."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import Model, Value
from django.test.utils import CaptureQueriesContext

from dukcapil.accounts import selectors
from dukcapil.accounts.models import Posting
from dukcapil.accounts.selectors import current_posting, read_with_posting
from tests.world import CAST, World


def fields(row: Model) -> dict[str, tuple[type, Any]]:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {name: (type(value), value) for name, value in values.items()}


def test_it_has_every_field_as_the_models_read_it(made: World) -> None:
    for who in CAST:
        user = made[who].user
        assert user is not None
        with CaptureQueriesContext(connection) as asked:
            posting = current_posting(user.pk)
            assert posting is not None
            found = [
                (fields(row), row._state.db) for row in (posting, posting.user, posting.region)
            ]
        assert len(asked) == 1, asked.captured_queries
        plain = Posting.objects.select_related("user", "region").get(user=user)
        rows = (plain, plain.user, plain.region)
        assert found == [(fields(row), row._state.db) for row in rows], who
        assert (posting, posting.user, posting.region) == rows
        assert not posting._state.adding


def test_what_an_app_reads_beside_it_replaces_nothing(
    made: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the user who is asked for, nor whether there is a second factor."""
    user = made["operator"].user
    assert user is not None
    settings.PREPARED = False  # this connection may know the statement of the house already
    monkeypatch.setattr(selectors, "_BESIDE", {})
    try:
        read_with_posting(number=Value(-1))
        assert vars(current_posting(user.pk))["number"] == -1
        read_with_posting(has_factor=Value(value=True))
        with pytest.raises(TypeError, match="has_factor"):
            current_posting(user.pk)
    finally:
        selectors._posting_statement.cache_clear()
