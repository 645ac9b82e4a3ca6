"""A process of its own that may end at any moment, without the start of one: a copy of this one."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from typing import Any

from django.db import connections


def in_a_child(job: Callable[[], Any]) -> int:
    """What `job` did is told by the database, files and pipes. As `subprocess` says it: 0 when it went through, 1 after
    a fault, which is printed, and less than 0 for the signal that ended it.
    """
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            job()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    _pid, ended = os.waitpid(pid, 0)
    return -os.WTERMSIG(ended) if os.WIFSIGNALED(ended) else os.WEXITSTATUS(ended)


def kill_me() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
