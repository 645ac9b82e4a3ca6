"""The reading process: a table on stdin becomes lines of JSON on stdout.

Nothing of ours is in here but this package: no Django, no environment, no open file or socket besides
these two. What a stranger's file does to it, it does to nobody else.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
from contextlib import suppress
from datetime import date, datetime
from importlib import import_module

from dukcapil.core.reader import delimited
from dukcapil.core.reader.limits import Limits, Refusal
from dukcapil.core.reader.table import Source, Table

#: Whom a reader that was started by root becomes: a number that no account has, not even PostgreSQL's.
STRANGER = 60_613
CSV, WORKBOOK = "csv", "workbook"
_WORKBOOK = "dukcapil.core.reader.workbook"
_LONGEST_LINE = 4_096
_ZIP = b"PK\x03\x04"
#: Beginnings of what people bring by mistake: old Excel, PDF, pictures, packed files, web pages.
_OTHERS = (
    *(b"\xd0\xcf\x11\xe0", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"Rar!"),
    *(b"7z\xbc\xaf", b"PK", b"<", b"{\\rtf", b"\x7fELF", b"MZ"),
)


def main() -> None:
    """What a file is said to be and its limits come as arguments, or as the first line of stdin."""
    stdin = open(0, "rb", closefd=False)  # noqa: SIM115 - it ends with us
    arguments = sys.argv[1:]
    given = not arguments
    if given:
        import_module(_WORKBOOK)  # while nobody waits
        arguments = stdin.readline(_LONGEST_LINE).decode().split()
        if not arguments:
            return  # whom it waited for is gone
    declared, *numbers = arguments
    limits = Limits.of(numbers)
    begins = stdin.peek(8)[:8]
    if begins.startswith(_ZIP):
        import_module(_WORKBOOK)  # no module is found any more once confined
    confine(limits)
    source = io.BytesIO(stdin.read()) if given else stdin
    table = Table(limits, lambda rows: _say({"rows": rows}))
    try:
        read(source, begins, declared.removeprefix("declared="), table)
        table.flush()
        said: dict[str, object] = {"end": table.rows}
    except Refusal as refusal:
        said = {"refused": refusal.code, "number": refusal.number}
    except MemoryError:
        table.batch = []
        said = {"refused": "file-memory", "number": limits.memory}
    _say(said)


def read(source: Source, begins: bytes, declared: str, table: Table) -> None:
    """`declared`: csv, workbook, or nothing. The content has to be what it is said to be."""
    found = WORKBOOK if begins.startswith(_ZIP) else CSV
    if begins and declared and declared != found:
        raise Refusal("file-type")
    if found == WORKBOOK:
        import_module(_WORKBOOK).read(source, table)
    elif begins.removeprefix(b"\xef\xbb\xbf").startswith(_OTHERS):
        raise Refusal("file-type")
    else:
        delimited.read(source, table)


def confine(limits: Limits) -> None:
    """From here on: this much memory and time, no new file, socket or process, no core dump."""
    for encoding in ("cp437", "utf-8-sig"):
        "".encode(encoding)
    # Where there is no such file, or it is not ours to write, it is not needed.
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123 - pathlib takes a while
        file.write("1000")  # the first to go when the machine has no memory left
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(STRANGER)
        os.setuid(STRANGER)
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 3),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(kind, (most, most + 1 if kind == resource.RLIMIT_CPU else most))


def _say(message: dict[str, object]) -> None:
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"), default=_day)
    sys.stdout.buffer.write(text.encode() + b"\n")
    sys.stdout.buffer.flush()


def _day(cell: date) -> dict[str, str]:
    return {"moment" if isinstance(cell, datetime) else "day": cell.isoformat()}
