"""Strangers' tables, as numbered rows of cells, or as one dict a row with the header's names as keys.

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
from dukcapil.core.reader.child import CSV, ODS, WORKBOOK, XLS
from dukcapil.core.reader.limits import LONGEST_SHEET_NAME, MB, Limits

Rows = list[dict[str, Any]]
#: What a reader found out about a file besides its rows: sheets, encoding, separator.
About = dict[str, Any]
log = structlog.get_logger(__name__)

WIDEST = Limits()
#: Seconds to wait for a place at the readers before somebody is told to come again.
PATIENCE = 0.3
_ENDINGS = {
    **dict.fromkeys((".csv", ".txt", ".tsv"), CSV),
    **dict.fromkeys((".xlsx", ".xlsm"), WORKBOOK),
    ".xls": XLS,
    ".ods": ODS,
}
#: Types that say something. Browsers on Windows call a CSV application/vnd.ms-excel, others anything.
_TYPES = {
    "text/csv": CSV,
    "application/csv": CSV,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": WORKBOOK,
    "application/vnd.ms-excel.sheet.macroenabled.12": WORKBOOK,
    "application/vnd.oasis.opendocument.spreadsheet": ODS,
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


class WhichSheet(Exception):
    """Several sheets are filled, or a hidden one: name, hidden, filled rows of each."""

    def __init__(self, sheets: list[tuple[str, bool, int]]) -> None:
        super().__init__("which-sheet")
        self.sheets = sheets


@dataclass(frozen=True)
class Broken:
    """A cell that shows no value: an `error` (`#REF!`), or a `formula` that nobody has computed (`=`)."""

    kind: str
    text: str = ""

    def __str__(self) -> str:
        return self.text


#: With the number that the sheet gives it.
NumberedRow = tuple[int, list[Any]]


def read_numbered(
    file: BinaryIO, name: str, limits: Limits, sheet: str = ""
) -> tuple[list[NumberedRow], About]:
    """Every filled row of a sheet. Raises Invalid naming the limit that the file passes, Busy,
    WhichSheet."""
    size = limits.size or WIDEST.size or 0
    content = file.read(size + 1)
    if len(content) > size:
        raise refusal("file-size", size)
    declared = declared_type(name, getattr(file, "content_type", "") or "")
    about: About = {}
    with _place(limits):
        try:
            process = start.reader_given(content, _arguments(declared, sheet, limits))
            return list(_told_by(process, limits, about)), about
        finally:
            start.make_ready()


def declared_type(name: str, content_type: str = "") -> str:
    """What a file is said to be: csv, workbook, or nothing. Raises Invalid for anything else."""
    ending = PurePath(name).suffix.lower()
    kind = content_type.partition(";")[0].strip().lower()
    by_name, by_type = _ENDINGS.get(ending, ""), _TYPES.get(kind, "")
    if (ending and not by_name) or kind.startswith(_NEVER):
        raise Invalid(
            "file-type", _("Bring a file that ends in .xlsx, .xls, .ods or .csv."), field="file"
        )
    if by_name and by_type and by_name != by_type:
        raise refusal("file-type")
    return by_name or by_type


def stream_numbered(
    file: BinaryIO, declared: str, limits: Limits, about: About
) -> Generator[NumberedRow, None, None]:
    """As they come; `about` fills while they do."""
    process = start.reader_of(file, _arguments(declared, "", limits))
    return _told_by(process, limits, about)


def _arguments(declared: str, sheet: str, limits: Limits) -> list[str]:
    name = sheet[:LONGEST_SHEET_NAME].encode().hex()
    return [f"declared={declared}", f"sheet={name}", *limits.arguments()]


def _told_by(
    process: subprocess.Popen[bytes], limits: Limits, about: About
) -> Generator[NumberedRow, None, None]:
    """Rows, and then the end of the reader, whatever happens."""
    with process:
        try:
            yield from _rows(process, limits, about)
        finally:
            process.kill()


def _rows(process: subprocess.Popen[bytes], limits: Limits, about: About) -> Iterator[NumberedRow]:
    for line in _lines(process, limits):
        try:
            message = orjson.loads(line)
            rows = [
                (_number(number), [cell if type(cell) in _PLAIN else _cell(cell) for cell in row])
                for number, *row in message.get("rows", ())
            ]
            about.update(_about(message.get("about", {})))
            refused = "refused" in message and _refusal_of(message, about)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("reader_raves", error=type(error).__name__)
            raise refusal("workbook") from error
        if refused:
            raise refused
        if "end" in message:
            return
        yield from rows
    raise _ended(process, limits)


def _number(number: Any) -> int:
    if type(number) is not int:
        raise TypeError
    return number


def _about(told: dict[str, Any]) -> About:
    """It is believed no more than the file: only what is known, as the type that it has."""
    found = {
        key: told[key] for key in ("encoding", "separator", "sheet") if type(told.get(key)) is str
    }
    if "sheets" in told:
        found["sheets"] = [(str(one), bool(two), _number(n)) for one, two, n in told["sheets"]]
    if told.get("since_1904") is True:
        found["since_1904"] = True
    return found


def _refusal_of(message: dict[str, Any], about: About) -> Exception:
    if message["refused"] == "which-sheet":
        return WhichSheet(about["sheets"])
    return refusal(message["refused"], message["number"])


def _ended(process: subprocess.Popen[bytes], limits: Limits) -> DomainError:
    """Without a word: the kernel stopped it, or it stumbled over what nobody foresaw."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(1)
    log.warning("reader_ended", status=process.returncode)
    if process.returncode == -signal.SIGXCPU:
        return refusal("file-time", limits.cpu)
    # By the kernel, which had no memory left; or by itself, having asked for more than it may have.
    if process.returncode in (-signal.SIGKILL, -signal.SIGABRT):
        return refusal("file-memory", limits.memory)
    return refusal("workbook")


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
            raise refusal("file-time", limits.seconds)
        chunk = os.read(out, 1 << 16)
        if not chunk:
            return
        said += len(chunk)
        if most is not None and said > most:
            raise refusal("file-text", limits.text)
        pieces.append(chunk)
        if b"\n" in chunk:
            *lines, rest = b"".join(pieces).split(b"\n")
            pieces = [rest]
            yield from lines


_PLAIN = frozenset((str, float, int, bool))


def _cell(cell: dict[str, Any]) -> date | Broken:
    if "broken" in cell:
        return Broken(str(cell["broken"]), str(cell["text"]))
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
        "The content of this file is not what its name says, or no table. Save it again as XLSX or"
        " as “CSV UTF-8”."
    ),
    "file-html": lambda _n: _(
        "This file is a web page, whatever its name says. Open it in Excel and save it as XLSX."
    ),
    "file-password": lambda _n: _(
        "This workbook is locked with a password. Open it, take the password away, and save it."
    ),
    "encoding": lambda n: (
        _(
            "Line %(row)s of the file has letters in another encoding than the rest. Save it again as “CSV UTF-8”."
        )
        % {"row": n}
    ),
    "file-quotes": lambda n: (
        _("A quotation mark in row %(row)s is never closed: take it away, or close it.")
        % {"row": n}
    ),
    "workbook": lambda _n: _("This workbook cannot be read."),
    "file": lambda _n: _("This file is no table that can be read."),
}
#: Codes of what cannot be read at all; a limit is its own code.
_CODES = {"workbook": "file", "file-unpacked": "file-size", "file-html": "file-type"}


def refusal(code: str, number: int = 0) -> DomainError:
    return Invalid(_CODES.get(code, code), _WORDS[code](number), field="file")


def text_of(value: Any) -> str:
    return "" if value is None else str(value).strip()
