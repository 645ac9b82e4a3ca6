"""Words of headers, made comparable."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_BRACKETS = re.compile(r"[(\[{<][^)\]}>]*[)\]}>]")


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[str, ...]:
    """Words in small letters, without accents and signs: `Tgl_Lahir*` is `tgl`, `lahir`."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    kept = (
        sign if sign.isalnum() else " "
        for sign in plain
        if not unicodedata.combining(sign) and unicodedata.category(sign) != "Cf"
    )
    return tuple("".join(kept).split())


def squash(text: str) -> str:
    """The words without what stands between them, so that `N I K` is `nik`."""
    return "".join(tokens(text))


def outside_brackets(text: str) -> str:
    """`NIK (16 digit)` is `NIK `."""
    return _BRACKETS.sub(" ", text)
