"""Four hundred callers without a login who send slowly, or promise much."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from dukcapil.front import DRAINED, Limits
from dukcapil.silence import EVERY, LOOKS
from tests import slow

CALLERS, PROMISED, HUGE, READERS = 400, 1000, 400 * 2**20, 50


def bodies() -> tuple[dict[str, Any], bool]:
    log = Path(tempfile.mkdtemp()) / "web.log"
    with slow.served(log) as port:
        held = slow.attacked(port, CALLERS, Limits().seconds(PROMISED) + 10, promised=PROMISED)
        refused = slow.attacked(port, CALLERS, 20)
        multipart = "Content-Type: multipart/form-data; boundary=x"
        status, taken = slow.sent(port, slow.head("/akun/masuk/", HUGE, multipart), HUGE)
        silent = slow.Silent(port, READERS)
        waits = [slow.seconds_of_health(port) for _n in range(20)]
        cut_off = silent.cut_off(EVERY * (LOOKS + 4))
        silent.close()
    with slow.served(log, slow.WITHOUT_FRONT, workers=1) as port:
        waiting = slow.Slow(port, 40)
        time.sleep(1)
        control = slow.seconds_of_health(port)
        waiting.close()
    figures = {
        "health": f"{held['health answered']} and {refused['health answered']} of 20",
        "health ms": held["health ms"],
        "slow told": held["told"],
        "large told": refused["told"],
        "huge told": status,
        "huge MB taken": taken // 2**20,
        "readers cut off": cut_off,
        "control": "stopped" if control is None else "answers",
    }
    met = (
        held["health answered"] == refused["health answered"] == held["health asked"]
        and (held["told"], refused["told"]) == ({408: CALLERS}, {302: CALLERS})
        and status == 413
        and taken < DRAINED + 16 * 2**20
        and None not in waits
        and cut_off == READERS
        and control is None
    )
    return figures, met
