"""A process of its own that may end at any moment, without the start of one: a copy of this one."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

import manage
from dukcapil import embedded, processes
from dukcapil.celery import app
from dukcapil.core import command
from dukcapil.core.management.commands.serve import reload_addresses
from tests import roles


def in_a_child(job: Callable[[], Any]) -> int:
    """What `job` did is told by the database, files and pipes. As `subprocess` says it: 0 when it went through, 1 after
    a fault, which is printed, and less than 0 for the signal that ended it.
    """
    return Child(job).wait()


class Child:
    """A copy of this process that does a job meanwhile, and ends with whatever it begins: see `in_a_child`."""

    def __init__(self, job: Callable[[], Any]) -> None:
        connections.close_all()
        self.pid = os.fork()
        if self.pid:
            return
        status = 1
        try:
            os.setsid()
            processes.die_with_parent(signal.SIGKILL)
            job()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)

    def kill(self) -> None:
        """And all that it began."""
        os.killpg(self.pid, signal.SIGKILL)
        self.wait()

    def wait(self) -> int:
        _pid, ended = os.waitpid(self.pid, 0)
        return -os.WTERMSIG(ended) if os.WIFSIGNALED(ended) else os.WEXITSTATUS(ended)


def a_worker(*arguments: str) -> Child:
    """Celery's own, with its children, of the suite's database."""
    return Child(partial(_work, arguments))


def _work(arguments: tuple[str, ...]) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    # What the suite takes for a fault Celery says of who works as root.
    warnings.simplefilter("ignore")
    command.use_role = roles.ends_the_connection
    command.use_role("worker")
    app.worker_main(["worker", *arguments])


def managed(*arguments: str, var: Path, env: dict[str, str]) -> tuple[int, str]:
    """Status and words of `manage.py` in a data folder of its own, without the two seconds of a start."""
    with tempfile.TemporaryFile() as said:
        status = in_a_child(partial(_manage, arguments, var, env, said.fileno()))
        said.seek(0)
        return status, said.read().decode()


def _manage(arguments: tuple[str, ...], var: Path, env: dict[str, str], said: int) -> None:
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.stdout = sys.stderr = os.fdopen(said, "w", buffering=1)
    os.environ.clear()
    os.environ.update(env)
    settings.VAR_DIR = var
    # A command ends the connection that it does not go on with: those of the suite are of another server.
    command.use_role = roles.ends_the_connection
    if embedded.admin_url(var):
        reload_addresses()
    sys.argv = ["manage.py", *arguments]
    status: Any = 0
    try:
        manage.main()
    except SystemExit as ended:
        status = ended.code or 0
    if not isinstance(status, int):
        print(status)
        status = 1
    os._exit(status)


def kill_me() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
