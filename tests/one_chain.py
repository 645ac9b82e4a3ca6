"""The test client asks through one chain of middleware, as each request of a server does. Django's makes another for
each client at its first request, which costs 3 ms and means nothing: a test that sets a setting gets a new one.
"""

from __future__ import annotations

import threading
from typing import Any

from django.core.signals import setting_changed
from django.test import Client
from django.test.client import ClientHandler

#: By whether CSRF is checked.
_chains: dict[bool, ClientHandler] = {}
_making = threading.Lock()


def _forget(**_changed: Any) -> None:
    with _making:
        _chains.clear()


def _chain(client: Client) -> ClientHandler:
    checked = vars(client)["handler"].enforce_csrf_checks
    with _making:
        if checked not in _chains:
            chain = ClientHandler(checked)
            chain.load_middleware()
            _chains[checked] = chain
        return _chains[checked]


def _own(client: Client, handler: ClientHandler) -> None:
    vars(client)["handler"] = handler


def share() -> None:
    setting_changed.connect(_forget)
    Client.handler = property(_chain, _own)
