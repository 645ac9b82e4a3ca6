from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

LOGIN = "/akun/masuk/"


@pytest.mark.parametrize(
    "read",
    [
        lambda answer: answer.context["form"],
        lambda answer: answer.context.get("form"),
        lambda answer: bool(answer.context),
        lambda answer: "form" in answer.context,
        lambda answer: answer.context == {},
        lambda answer: len(answer.templates),
        lambda answer: [part.name for part in answer.templates],
    ],
)
def test_what_was_drawn_with_is_not_read_without_the_mark(db: Any, read: Any) -> None:
    answer = Client().get(LOGIN)
    with pytest.raises(AssertionError, match="contexts"):
        read(answer)


@pytest.mark.contexts
def test_with_the_mark_it_is_there(db: Any) -> None:
    answer = Client().get(LOGIN)
    assert "login" in answer.context["form"].fields
    assert "base.html" in [part.name for part in answer.templates]
