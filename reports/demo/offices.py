"""What the two offices of the demonstration print on their paper: nobody's name, number or emblem."""

from __future__ import annotations

import struct
import zlib

from dukcapil.accounts.offices.selectors import profile_of
from dukcapil.accounts.offices.services import set_office_profile
from dukcapil.accounts.scoping import scoped
from reports.demo.accounts import actor

#: Who saves it: address, place of signing.
_PAPER = {
    "kepala": ("Jalan Contoh Nomor 1, Bukittinggi 26100 (contoh)", "Bukittinggi"),
    "kepala-agam": ("Jalan Contoh Nomor 2, Lubuk Basung 26400 (contoh)", "Lubuk Basung"),
}
_WIDE = 96


def make_profiles() -> None:
    logo = _ring()
    for username, (address, place) in _PAPER.items():
        by = actor(username)
        with scoped(by.scope):
            set_office_profile(
                by=by,
                version=0,
                letterhead=profile_of(by.region).letterhead,
                address=address,
                place=place,
                head_name="Nama Kepala Dinas (contoh)",
                head_rank="Pembina Utama Muda (IV/c)",
                head_nip="0" * 18,
                logo=logo,
            )


def _ring() -> bytes:
    """A PNG of two rings, where an office's emblem would stand."""
    middle = (_WIDE - 1) / 2
    rows = b""
    for y in range(_WIDE):
        away = [((x - middle) ** 2 + (y - middle) ** 2) ** 0.5 / middle for x in range(_WIDE)]
        rows += b"\0" + bytes(90 if 0.85 < r < 1 or 0.4 < r < 0.6 else 255 for r in away)
    head = struct.pack(">IIBBBBB", _WIDE, _WIDE, 8, 0, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
