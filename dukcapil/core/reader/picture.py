"""A logo, written anew: nothing of a stranger's PNG or JPEG goes on but what a picture is made of.

Runs in the reading process. A PNG is unpacked and packed again; of a JPEG every part is looked at, and
those that hold no picture (a place, a camera, a smaller picture, what follows the end) are left out.
Then it is drawn once by what makes our PDF: a picture that it cannot draw would be missing on paper later.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from collections.abc import Callable, Iterator

from dukcapil.core.reader.limits import MB, Limits, Refusal

#: Of a picture: bytes as it comes, bytes as it is written anew, points in each direction.
LARGEST = 200 * 1024
LARGEST_ANEW = 256 * 1024
WIDEST = 2_000
LIMITS = Limits(size=LARGEST, memory=512 * MB, cpu=5, seconds=10)
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
#: The folder of the library that draws; the parent says it.
PACKAGES = ""
#: Bits of a point by kind of colour: how many values, and which depths a value has.
_VALUES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
#: First column and row, and steps, of the seven passes of an interlaced picture.
_PASSES = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
_FRAMES = {0xC0, 0xC1, 0xC2}
_TABLES = {0xDB, 0xC4, 0xDD}
_SCAN, _END, _ADOBE = 0xDA, 0xD9, 0xEE
_PAGE = b"#image(bytes(json(bytes(sys.inputs.logo))), width: 1cm)"
_USUAL = b"\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"


def main() -> None:
    from dukcapil.core.reader.child import confine  # noqa: PLC0415 - the parent needs none of it

    draw = _drawing()
    confine(LIMITS)
    content = sys.stdin.buffer.read(LARGEST + 1)
    try:
        picture = clean(content)
        draw(picture)
        said = b"ok\n" + picture
    except Refusal as refusal:
        said = f"{refusal.code} {refusal.number}\n".encode()
    except (struct.error, zlib.error, IndexError, ValueError, MemoryError):
        said = b"picture 0\n"
    sys.stdout.buffer.write(said)
    sys.stdout.buffer.flush()


def _drawing() -> Callable[[bytes], None]:
    """The library is loaded, and its threads begin, before anything is confined."""
    sys.path.append(PACKAGES)
    import typst  # noqa: PLC0415 - the parent makes no paper here

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False)
    typst.compile(b"#rect()", font_paths=fonts)

    def draw(picture: bytes) -> None:
        given = {"logo": json.dumps(list(picture))}
        try:
            typst.compile(_PAGE, font_paths=fonts, sys_inputs=given, pdf_standards=["a-2u"])
        except typst.TypstError as error:
            raise Refusal("picture") from error

    return draw


def clean(content: bytes) -> bytes:
    """The picture alone. Raises Refusal."""
    if len(content) > LARGEST:
        raise Refusal("picture-size", LARGEST // 1024)
    if content.startswith(PNG):
        anew = _png(content)
    elif content.startswith(JPEG):
        anew = _jpeg(content)
    else:
        raise Refusal("picture-kind")
    # What was packed by hand may unpack into something that zlib packs far worse.
    _refuse(unless=len(anew) <= LARGEST_ANEW)
    return anew


def _refuse(*, unless: bool) -> None:
    if not unless:
        raise Refusal("picture")


def _check_size(width: int, height: int) -> None:
    _refuse(unless=width > 0 and height > 0)
    if max(width, height) > WIDEST:
        raise Refusal("picture-points", WIDEST)


# --- PNG ------------------------------------------------------------------------------------------


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(PNG)
    while True:
        (length,) = struct.unpack_from(">I", content, place)
        kind, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        (check,) = struct.unpack_from(">I", content, place + 8 + length)
        _refuse(unless=check == zlib.crc32(kind + data))
        yield kind, data
        if kind == b"IEND":
            return
        place += 12 + length


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(content: bytes) -> bytes:
    found: dict[bytes, bytes] = {}
    for kind, data in _chunks(content):
        _refuse(unless=bool(found) or kind == b"IHDR")
        if kind == b"IDAT":
            found[kind] = found.get(kind, b"") + data
        elif kind in (b"IHDR", b"PLTE", b"tRNS"):
            _refuse(unless=kind not in found and b"IDAT" not in found)
            found[kind] = data
    head = found[b"IHDR"] if len(found.get(b"IHDR", b"")) == 13 else b""
    width, height, depth, colour, packing, filters, laced = struct.unpack(">IIBBBBB", head)
    _check_size(width, height)
    _refuse(unless=depth in _DEPTHS.get(colour, ()) and (packing, filters) == (0, 0) and laced < 2)
    palette = found.get(b"PLTE", b"")
    _refuse(unless=len(palette) % 3 == 0 and len(palette) <= 768 and (colour != 3 or bool(palette)))
    rows = list(_rows(width, height, depth * _VALUES[colour], laced=bool(laced)))
    packed = zlib.decompressobj()
    points = packed.decompress(found.get(b"IDAT", b""), sum(rows) + 1)
    _refuse(unless=len(points) == sum(rows))
    place = 0
    for length in rows:
        _refuse(unless=points[place] < 5)
        place += length
    made = [_chunk(b"IHDR", head)]
    made += [_chunk(kind, found[kind]) for kind in (b"PLTE", b"tRNS") if found.get(kind)]
    made += [_chunk(b"IDAT", zlib.compress(points, 9)), _chunk(b"IEND", b"")]
    return PNG + b"".join(made)


def _rows(width: int, height: int, bits: int, *, laced: bool) -> Iterator[int]:
    """Bytes of each row as it is packed, with the one that names its filter."""
    for left, top, across, down in _PASSES if laced else ((0, 0, 1, 1),):
        columns = (width - left + across - 1) // across
        count = (height - top + down - 1) // down
        if columns > 0 and count > 0:
            yield from [1 + (columns * bits + 7) // 8] * count


# --- JPEG -----------------------------------------------------------------------------------------


def _jpeg(content: bytes) -> bytes:
    made: list[bytes] = []
    place, frames, scans, coloured = 2, 0, 0, 1
    while True:
        _refuse(unless=content[place] == 0xFF)
        mark = content[place + 1]
        if mark == 0xFF:  # may stand before any mark
            place += 1
            continue
        if mark == _END:
            break
        (length,) = struct.unpack_from(">H", content, place + 2)
        data = content[place + 4 : place + 2 + length]
        _refuse(unless=length >= 2 and len(data) == length - 2)
        place += 2 + length
        part = b"\xff" + bytes([mark]) + struct.pack(">H", length) + data
        if mark in _FRAMES:
            frames += 1
            precision, height, width, values = struct.unpack_from(">BHHB", data)
            _check_size(width, height)
            _refuse(unless=precision == 8 and values in (1, 3) and len(data) == 6 + 3 * values)
        elif mark == _SCAN:
            scans += 1
            end = _scan_end(content, place)
            part += content[place:end]
            place = end
        elif mark == _ADOBE and data.startswith(b"Adobe") and len(data) == 12:
            coloured = data[11]
        elif 0xE0 <= mark <= 0xEF or mark == 0xFE:
            continue
        else:
            _refuse(unless=mark in _TABLES)
        made.append(part)
    _refuse(unless=frames == 1 and scans > 0)
    # The usual beginning, without the small picture that may stand in it; it says how colours are
    # written, so a picture that writes them otherwise has none.
    begins = b"\xff\xd8" + (_USUAL if coloured else b"")
    return begins + b"".join(made) + b"\xff\xd9"


def _scan_end(content: bytes, place: int) -> int:
    """Where the next part begins: 00 and the marks of a fresh start belong to the scan."""
    while True:
        place = content.index(b"\xff", place)
        if content[place + 1] == 0 or 0xD0 <= content[place + 1] <= 0xD7:
            place += 2
        else:
            return place


def points(picture: bytes) -> tuple[int, int]:
    """Width and height of a picture that `clean` made."""
    if picture.startswith(PNG):
        width, height = struct.unpack_from(">II", picture, 16)
        return width, height
    place = 2
    while picture[place + 1] not in _FRAMES:
        place += 2 + int(struct.unpack_from(">H", picture, place + 2)[0])
    height, width = struct.unpack_from(">HH", picture, place + 5)
    return width, height
