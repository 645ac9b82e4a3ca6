"""Old Excel workbooks (BIFF8), written byte by byte: no library that is kept still writes them."""

from __future__ import annotations

import struct
from typing import Any

_SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
#: Shorter streams would lie in small sectors.
_SHORTEST = 4096


def workbook(
    sheets: dict[str, list[list[Any]]],
    *,
    hidden: tuple[str, ...] = (),
    corner: tuple[int, int] | None = None,
    merges: list[tuple[int, int, int, int]] = [],  # noqa: B006 - only read
    stream: str = "Workbook",
) -> bytes:
    """`corner`: one more cell of the first sheet; `merges`: of the first, row, row, column, column."""
    bodies = []
    for number, rows in enumerate(sheets.values()):
        cells = [
            _cell(row, column, cell)
            for row, line in enumerate(rows)
            for column, cell in enumerate(line)
            if cell != ""
        ]
        if corner and not number:
            cells.append(_cell(*corner, "x"))
        if merges and not number:
            spans = b"".join(struct.pack("<4H", *one) for one in merges)
            cells.append(_record(0x00E5, struct.pack("<H", len(merges)) + spans))
        bodies.append(_begin(0x0010) + b"".join(cells) + _record(0x000A, b""))
    names = [name.encode("utf-16-le") for name in sheets]
    length = sum(4 + 8 + len(name) for name in names)
    place = len(_begin(0x0005)) + length + 4
    bound = b""
    for label, name, body in zip(sheets, names, bodies, strict=True):
        state = int(label in hidden)
        bound += _record(0x0085, struct.pack("<IBBBB", place, state, 0, len(name) // 2, 1) + name)
        place += len(body)
    return compound({stream: _begin(0x0005) + bound + _record(0x000A, b"") + b"".join(bodies)})


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0))


def _record(number: int, data: bytes) -> bytes:
    return struct.pack("<HH", number, len(data)) + data


def _cell(row: int, column: int, cell: Any) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(cell, bool):
        return _record(0x0205, place + struct.pack("<BB", cell, 0))
    if isinstance(cell, int | float):
        return _record(0x0203, place + struct.pack("<d", cell))
    text = str(cell).encode("utf-16-le")
    return _record(0x0204, place + struct.pack("<HB", len(text) // 2, 1) + text)


def compound(streams: dict[str, bytes]) -> bytes:
    """The file within which such a workbook lies: a table of sectors and a folder of streams."""
    table, data, entries = [_FAT], b"", [_entry("Root Entry", 5, _END, 0, child=1)]
    table.append(_END)  # the folder
    for name, content in streams.items():
        padded = content.ljust(max(_SHORTEST, -(-len(content) // _SECTOR) * _SECTOR), b"\0")
        first, count = len(table), len(padded) // _SECTOR
        table += [*range(first + 1, first + count), _END]
        data += padded
        entries.append(_entry(name, 2, first, len(padded)))
    entries += [_entry("", 0, 0, 0)] * (4 - len(entries))
    fat = struct.pack(f"<{len(table)}I", *table).ljust(_SECTOR, b"\xff")
    assert len(fat) == _SECTOR, "one sector of the table holds 64 KB"
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, b"",
        0, 1, 1, 0, _SHORTEST, _END, 0, _END, 0, 0,
    )  # fmt: skip
    return header.ljust(_SECTOR, b"\xff") + fat + b"".join(entries) + data


def _entry(name: str, kind: int, first: int, size: int, *, child: int = _FREE) -> bytes:
    text = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16sIQQIQ", text, len(text) + 2 if name else 0, kind, 1, _FREE, _FREE, child, b"", 0,
        0, 0, first, size,
    )  # fmt: skip
