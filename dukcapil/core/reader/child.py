"""The reading process: a table on stdin becomes lines of JSON on stdout.

Nothing of ours is in here but this package: no Django, no environment, no open file or socket besides
these two. What a stranger's file does to it, it does to nobody else.
"""

from __future__ import annotations

import codecs
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
from dukcapil.core.reader.table import Broken, Source, Table, beginning

#: Whom a reader that was started by root becomes: a number that no account has, not even PostgreSQL's.
STRANGER = 60_613
CSV, WORKBOOK, XLS, ODS = "csv", "workbook", "xls", "ods"
#: Where the compiled module of calamine lies; the parent says it.
CALAMINE = ""
_WORKBOOK = "dukcapil.core.reader.workbook"
_FOREIGN = "dukcapil.core.reader.foreign"
_LONGEST_LINE = 4_096
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
#: Of an open document the part that names its kind stands first; 30 bytes are said about it before.
_ODS, _NAMED_AT = b"mimetype", 30
#: Beginnings of what people bring by mistake: PDF, pictures, packed files, programs.
_OTHERS = (
    *(b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"Rar!"),
    *(b"7z\xbc\xaf", b"PK", b"{\\rtf", b"\x7fELF", b"MZ"),
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
    declared, sheet = (text.partition("=")[2] for text in arguments[:2])
    limits = Limits.of(arguments[2:])
    begins = stdin.peek(100)[:100]
    found = kind_of(begins)
    calamine = None
    # No module is found any more once confined.
    if found == WORKBOOK:
        import_module(_WORKBOOK)
    elif found in (XLS, ODS):
        calamine = import_module(_FOREIGN).load(CALAMINE)
    confine(limits)
    source = io.BytesIO(stdin.read()) if given else stdin
    tell(source, begins, declared, bytes.fromhex(sheet).decode(), Table(limits, _say), calamine)


def tell(
    source: Source, begins: bytes, declared: str, sheet: str, table: Table, calamine: object = None
) -> None:
    """Says the rows, and how they ended: all were read, or the file was refused."""
    found = kind_of(begins)
    try:
        _compare(declared, found, begins)
        read(source, declared, found, sheet, table, calamine)
        table.flush()
        said: dict[str, object] = {"end": table.rows}
    except Refusal as refusal:
        table.batch = []
        said = {"refused": refusal.code, "number": refusal.number}
    except MemoryError:
        table.batch = []
        said = {"refused": "file-memory", "number": table.limits.memory}
    table.hand_on(said)


def kind_of(begins: bytes) -> str:
    """What a file is by its first bytes."""
    if begins.startswith(_ZIP):
        return ODS if begins.startswith(_ODS, _NAMED_AT) else WORKBOOK
    return XLS if begins.startswith(_OLE) else CSV


def _compare(declared: str, found: str, begins: bytes) -> None:
    """The content has to be what the file is said to be.

    But a workbook behind a password is packed as old ones are, whatever it is called.
    """
    if not begins or not declared or declared == found:
        return
    if (declared, found) != (WORKBOOK, XLS):
        raise Refusal("file-html" if _is_page(begins) else "file-type")


def _is_page(begins: bytes) -> bool:
    return begins.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def read(
    source: Source, declared: str, found: str, sheet: str, table: Table, calamine: object
) -> None:
    """`sheet`: the name of the one that is wanted, or nothing."""
    if found == WORKBOOK:
        import_module(_WORKBOOK).read(source, table, sheet)
    elif found in (XLS, ODS):
        locked_only = declared == WORKBOOK
        import_module(_FOREIGN).read(calamine, source, table, sheet, locked_only=locked_only)
    else:
        begins = beginning(source, 8)
        if _is_page(begins):
            raise Refusal("file-html")
        if begins.removeprefix(b"\xef\xbb\xbf").startswith(_OTHERS):
            raise Refusal("file-type")
        delimited.read(source, table)


def confine(limits: Limits) -> None:
    """From here on: this much memory and time, no new file, socket or process, no core dump."""
    for encoding in ("cp437", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"):
        codecs.lookup(encoding)
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
    sys.stdout.buffer.write(line_of(message))
    sys.stdout.buffer.flush()


def line_of(message: dict[str, object]) -> bytes:
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return text.encode("utf-8", "replace") + b"\n"


def _plain(cell: date | Broken) -> dict[str, str]:
    if isinstance(cell, Broken):
        return {"broken": cell.kind, "text": cell.text}
    return {"moment" if isinstance(cell, datetime) else "day": cell.isoformat()}
