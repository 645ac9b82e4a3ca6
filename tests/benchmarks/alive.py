"""Whether a server that was just started answers; of ours and of others, so without Django."""

from __future__ import annotations

import time
import urllib.request


def until_answers(address: str, seconds: float) -> None:
    """Asks ten times a second."""
    ends = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            if time.monotonic() > ends:
                raise RuntimeError(f"{address} does not answer") from None
            time.sleep(0.1)  # between two questions: nothing tells when a server listens
        else:
            return
