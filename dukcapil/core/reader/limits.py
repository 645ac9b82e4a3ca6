"""How much of a stranger's file is read, and how a reader says that it is too much."""

from __future__ import annotations

MB = 1024 * 1024


class Limits:
    """What one door takes; the widest by default. A file that passes one of them is refused whole.

    No dataclass: what those import takes as long as reading a class list.
    """

    def __init__(
        self,
        *,
        size: int | None = 8 * MB,
        unpacked: int = 80 * MB,
        rows: int = 100_000,
        columns: int = 60,
        cells: int = 1_200_000,
        text: int = 24_000_000,
        memory: int = 512 * MB,
        cpu: int = 15,
        seconds: int = 45,
        at_once: int | None = 1,
    ) -> None:
        #: Bytes as they come (None: a file of the machine's operator), and of a workbook's parts.
        self.size = size
        self.unpacked = unpacked
        #: Rows below the header, and what stands in them: filled cells, characters of all of them.
        self.rows = rows
        self.columns = columns
        self.cells = cells
        self.text = text
        #: Of the reading process: memory, seconds of a processor, seconds that anybody waits for it.
        self.memory = memory
        self.cpu = cpu
        self.seconds = seconds
        #: Files that one process of ours has read at the same time (None: any number).
        self.at_once = at_once

    def arguments(self) -> list[str]:
        return [f"{name}={value}" for name, value in vars(self).items()]

    @classmethod
    def of(cls, arguments: list[str]) -> Limits:
        limits = cls()
        for name, _is, text in (text.partition("=") for text in arguments):
            setattr(limits, name, None if text == "None" else int(text))
        return limits


#: As many as Excel itself allows in a cell.
LONGEST_CELL = 32_767
#: Parts of a workbook: sheets, pictures, settings.
MOST_PARTS = 1_000
MOST_SHEETS = 250
#: Excel allows 31 characters, others more.
LONGEST_SHEET_NAME = 100


class Refusal(Exception):
    """The file is not read, and why: a code that the parent has words for, and a number."""

    def __init__(self, code: str, number: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.number = number
