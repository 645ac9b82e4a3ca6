"""The newest of what is remembered in a process; the oldest makes room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Newest(OrderedDict[K, V]):
    """At most `most` values, by all threads of the process. What `keep` was told last goes last."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._lock = threading.Lock()

    def known(self, key: K) -> V | None:
        with self._lock:
            return self.get(key)

    def keep(self, key: K, value: V) -> None:
        with self._lock:
            self[key] = value
            self.move_to_end(key)
            while len(self) > self._most:
                self.popitem(last=False)

    def forget(self) -> None:
        with self._lock:
            self.clear()
