"""Strangers' tables, CSV and XLSX, as one dict a row with the header's names as keys.

The file itself is never looked at here: `core.reader` takes it apart in a process of its own.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from typing import IO, Any, BinaryIO, cast

import orjson
import structlog
from django.utils.translation import gettext as _

from dukcapil.core.errors import DomainError, Invalid
from dukcapil.core.reader import start
from dukcapil.core.reader.child import CSV, WORKBOOK
from dukcapil.core.reader.limits import MB, Limits

Rows = list[dict[str, Any]]
log = structlog.get_logger(__name__)

WIDEST = Limits()
#: Seconds to wait for a place at the readers before somebody is told to come again.
PATIENCE = 0.3
_ENDINGS = {
    **dict.fromkeys((".csv", ".txt", ".tsv"), CSV),
    **dict.fromkeys((".xlsx", ".xlsm"), WORKBOOK),
}
#: Types that say something. Browsers on Windows call a CSV application/vnd.ms-excel, others anything.
_TYPES = {
    "text/csv": CSV,
    "application/csv": CSV,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": WORKBOOK,
    "application/vnd.ms-excel.sheet.macroenabled.12": WORKBOOK,
}
_NEVER = ("image/", "audio/", "video/", "font/", "application/pdf", "text/html")


@dataclass
class RowError:
    row: int
    field: str
    message: str

    def __str__(self) -> str:
        if not self.row:
            return self.message
        return _("Row %(row)s, %(field)s: %(message)s") % {
            "row": self.row,
            "field": self.field,
            "message": self.message,
        }


class RowErrors(DomainError):
    """Every bad row of a file, so that all of them can be corrected at once."""

    def __init__(self, errors: list[RowError]) -> None:
        self.errors = [str(error) for error in errors]
        super().__init__("rows", "\n".join(self.errors), rows=self.errors)


class Busy(DomainError):
    """As many files are being read as this process reads at once."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "file-busy",
            _("Other files are being read at this moment. Try again in a few seconds."),
            field="file",
        )


def read_rows(file: BinaryIO, name: str = "", limits: Limits = WIDEST) -> Rows:
    """Rows of a CSV (UTF-8, comma or semicolon) or of the first sheet of an XLSX.

    Raises Invalid naming the limit that the file passes, RowErrors for a row that nobody can read,
    Busy when too many files are read at the moment.
    """
    size = limits.size or WIDEST.size or 0
    content = file.read(size + 1)
    if len(content) > size:
        raise _refusal("file-size", size)
    declared = declared_type(name, getattr(file, "content_type", "") or "")
    arguments = [f"declared={declared}", *limits.arguments()]
    with _place(limits):
        try:
            rows = _told_by(start.reader_given(content, arguments), limits)
            header = next(rows, [])
            return [dict(zip(header, row, strict=True)) for row in rows]
        finally:
            start.make_ready()


def declared_type(name: str, content_type: str = "") -> str:
    """What a file is said to be: csv, workbook, or nothing. Raises Invalid for anything else."""
    ending = PurePath(name).suffix.lower()
    kind = content_type.partition(";")[0].strip().lower()
    by_name, by_type = _ENDINGS.get(ending, ""), _TYPES.get(kind, "")
    if (ending and not by_name) or kind.startswith(_NEVER):
        raise Invalid("file-type", _("Bring a file that ends in .csv or .xlsx."), field="file")
    if by_name and by_type and by_name != by_type:
        raise _refusal("file-type")
    return by_name or by_type


def stream(file: BinaryIO, declared: str, limits: Limits) -> Generator[list[Any], None, None]:
    """Header and rows, each as long as the header, while the file is still being read.

    `file` has a descriptor, which the reader inherits with all that is left in it.
    """
    arguments = [f"declared={declared}", *limits.arguments()]
    return _told_by(start.reader_of(file, arguments), limits)


def _told_by(process: subprocess.Popen[bytes], limits: Limits) -> Generator[list[Any], None, None]:
    """Header and rows, and then the end of the reader, whatever happens."""
    with process:
        try:
            width = None
            for row in _rows(process, limits):
                width = len(row) if width is None else width
                yield row + [""] * (width - len(row))
        finally:
            process.kill()


def _rows(process: subprocess.Popen[bytes], limits: Limits) -> Iterator[list[Any]]:
    for line in _lines(process, limits):
        try:
            message = orjson.loads(line)
            rows = [[_cell(cell) for cell in row] for row in message.get("rows", ())]
            refusal = "refused" in message and _refusal(message["refused"], message["number"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("reader_raves", error=type(error).__name__)
            raise _refusal("workbook") from error
        if refusal:
            raise refusal
        if "end" in message:
            return
        yield from rows
    raise _ended(process, limits)


def _ended(process: subprocess.Popen[bytes], limits: Limits) -> DomainError:
    """Without a word: the kernel stopped it, or it stumbled over what nobody foresaw."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(1)
    log.warning("reader_ended", status=process.returncode)
    if process.returncode == -signal.SIGXCPU:
        return _refusal("file-time", limits.cpu)
    if process.returncode == -signal.SIGKILL:  # by the kernel, which had no memory left
        return _refusal("file-memory", limits.memory)
    return _refusal("workbook")


def _lines(process: subprocess.Popen[bytes], limits: Limits) -> Iterator[bytes]:
    """What the reader says. It is believed no more than the file: time and words are counted."""
    out = cast("IO[bytes]", process.stdout).fileno()
    poll = select.poll()
    poll.register(out, select.POLLIN | select.POLLHUP)
    waited, said, pieces = 0.0, 0, [b""]
    most = None if limits.size is None else 8 * limits.text + 16 * limits.cells
    while True:
        began = time.monotonic()
        ready = poll.poll(max(0.0, limits.seconds - waited) * 1000)
        waited += time.monotonic() - began
        if not ready:
            raise _refusal("file-time", limits.seconds)
        chunk = os.read(out, 1 << 16)
        if not chunk:
            return
        said += len(chunk)
        if most is not None and said > most:
            raise _refusal("file-text", limits.text)
        pieces.append(chunk)
        if b"\n" in chunk:
            *lines, rest = b"".join(pieces).split(b"\n")
            pieces = [rest]
            yield from lines


_PLAIN = frozenset((str, float, int, bool))


def _cell(cell: Any) -> str | float | date:
    if type(cell) in _PLAIN:
        return cast("str | float", cell)
    if "day" in cell:
        return date.fromisoformat(cell["day"])
    return datetime.fromisoformat(cell["moment"])


# --- places ---------- ----------------------------------------------------------------------------

_places: dict[Limits, threading.BoundedSemaphore] = {}
_new_place = threading.Lock()


@contextmanager
def _place(limits: Limits) -> Iterator[None]:
    """One of the few places at the readers; nobody stands in a long line for one."""
    if limits.at_once is None:
        yield
        return
    with _new_place:
        places = _places.setdefault(limits, threading.BoundedSemaphore(limits.at_once))
    if not places.acquire(timeout=PATIENCE):
        raise Busy
    try:
        yield
    finally:
        places.release()


# --- words ----------------------------------------------------------------------------------------

_WORDS: dict[str, Callable[[int], str]] = {
    "file-size": lambda n: _("The file is larger than %(most)s MB.") % {"most": n // MB},
    "file-unpacked": lambda n: (
        _("The workbook unpacks to more than %(most)s MB.") % {"most": n // MB}
    ),
    "file-memory": lambda n: (
        _("Reading this file takes more than %(most)s MB of memory.") % {"most": n // MB}
    ),
    "file-time": lambda n: _("Reading this file takes longer than %(most)s seconds.") % {"most": n},
    "file-rows": lambda n: _("The file has more than %(most)s rows.") % {"most": n},
    "file-columns": lambda n: _("The file has more than %(most)s columns.") % {"most": n},
    "file-cells": lambda n: _("The file has more than %(most)s filled cells.") % {"most": n},
    "file-cell": lambda n: _("A cell of the file has more than %(most)s characters.") % {"most": n},
    "file-line": lambda n: (
        _("A line of the file is longer than %(most)s KB.") % {"most": n // 1024}
    ),
    "file-text": lambda n: (
        _("The file holds more than %(most)s million characters.") % {"most": n // 1_000_000}
    ),
    "file-parts": lambda n: _("The workbook has more than %(most)s parts.") % {"most": n},
    "file-type": lambda _n: _(
        "The content of this file is not what its name says, or neither CSV nor XLSX. Save it again"
        " as XLSX or as “CSV UTF-8”."
    ),
    "workbook": lambda _n: _("This workbook cannot be read."),
    "file": lambda _n: _("This is no CSV and no XLSX file."),
}
#: Codes of what cannot be read at all; a limit is its own code.
_CODES = {"workbook": "file", "file-unpacked": "file-size"}


def _refusal(code: str, number: int = 0) -> DomainError:
    if code == "encoding":
        text = _("This file was saved in a Windows encoding (ANSI). Save it again as “CSV UTF-8”.")
        return RowErrors([RowError(number, _("file"), text)])
    return Invalid(_CODES.get(code, code), _WORDS[code](number), field="file")


def text_of(value: Any) -> str:
    return "" if value is None else str(value).strip()
