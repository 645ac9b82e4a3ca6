"""What a template was drawn with, for tests that say that they read it (mark `contexts`).

Django's test client copies the context of every template that a page includes, a tenth of what a page
costs. Without the mark nothing is copied, and to read it fails.
"""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
from django.template import Template
from django.test import Client
from django.test.utils import instrumented_test_render

_plain_render = Template._render
_plain_request = Client.request


class NotKept:
    """Instead of `response.context` and `response.templates`."""

    def _fail(self, *_asked: object) -> NoReturn:
        raise AssertionError("Mark the test with pytest.mark.contexts to read this.")

    __getattr__ = __getitem__ = __contains__ = __iter__ = __len__ = __bool__ = __eq__ = _fail
    __hash__ = object.__hash__


def _request(self: Client, **request: Any) -> Any:
    response = _plain_request(self, **request)
    response.context = response.templates = NotKept()
    return response


def keep(request: pytest.FixtureRequest) -> None:
    """Before each test: as it is marked."""
    kept = request.node.get_closest_marker("contexts")
    render = instrumented_test_render if kept else _plain_render
    Template._render = render  # type: ignore[method-assign]
    Client.request = _plain_request if kept else _request  # type: ignore[method-assign]
