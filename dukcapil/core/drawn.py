"""Parts of pages that were drawn, for all who may see exactly the same: in this process alone, a few of
them, for a minute. Names stand in them, so they go to no Redis and no disk, and go by themselves.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

#: How many are kept, how long, and the longest one in characters.
MOST, SECONDS, LONGEST = 48, 60, 256 * 1024


class Drawings:
    """Bodies by what they were drawn from. The clock drops them, whether or not anybody asks again."""

    def __init__(self, most: int = MOST, seconds: float = SECONDS) -> None:
        self._most, self._seconds = most, seconds
        self._kept: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._lock = threading.Lock()
        self._drops = False

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, key: str, draw: Callable[[], str]) -> str:
        """What was drawn for this key, else what `draw` draws now."""
        with self._lock:
            until, body = self._kept.get(key, (0.0, ""))
        if until > time.monotonic():
            return body
        body = draw()
        if len(body) <= LONGEST:
            self._keep(key, body)
        return body

    def _keep(self, key: str, body: str) -> None:
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = (time.monotonic() + self._seconds, body)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            self._wait()

    def _wait(self) -> None:
        """Until the oldest one is too old. They stand in the order of their ends."""
        if self._drops or not self._kept:
            return
        until, _body = next(iter(self._kept.values()))
        timer = threading.Timer(max(0.0, until - time.monotonic()), self._drop)
        timer.daemon = self._drops = True
        timer.start()

    def _drop(self) -> None:
        with self._lock:
            now = time.monotonic()
            while self._kept and next(iter(self._kept.values()))[0] <= now:
                self._kept.popitem(last=False)
            self._drops = False
            self._wait()

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()


drawings = Drawings()
