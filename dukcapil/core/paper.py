"""Typst, our fonts, and texts that these show: no text that somebody typed keeps a file from being made."""

from __future__ import annotations

import json
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import structlog
import typst
from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates" / "typst"
FONTS = TEMPLATES / "fonts"
#: Stands for a letter that no font of ours has.
REPLACEMENT = "\ufffd"
#: Bullets and ticks that Word takes out of its own fonts, by numbers that mean nothing elsewhere.
_WORD = {
    **dict.fromkeys("\uf0b7\uf0a8\uf06c\uf09f", "•"),
    **dict.fromkeys("\uf0a7\uf06e", "▪"),
    **dict.fromkeys("\uf0d8\uf0e0\uf0e8", "→"),
    "\uf0fc": "✓",
    "\uf0fb": "✗",
    "\uf02d": "-",
    "\uf020": " ",
}
#: What only changes how the letter before it looks: which of two forms, and the colour of a skin.
_FORMS = {
    **dict.fromkeys(range(0xFE00, 0xFE10)),
    **dict.fromkeys(range(0x1F3FB, 0x1F400)),
    **dict.fromkeys(range(0xE0100, 0xE01F0)),
}
_JOINERS = "\u200c\u200d"
#: What would have been one picture.
_JOINED = re.compile(rf"{REPLACEMENT}[{_JOINERS}]+")
#: Control characters, halves of a letter, and numbers that no letter has.
_NONE = {"Cc", "Cs", "Cn"}
#: Letters before this are Latin; quotes, dashes and bullets are everybody's.
_LATIN_END = "\u0250"
_PUNCTUATION = ("\u2010", "\u2070")
log = structlog.get_logger(__name__)


@cache
def _covered() -> tuple[list[int], list[int]]:
    lines = [line.split("-") for line in (FONTS / "covered.txt").read_text().split()]
    return [int(first, 16) for first, _last in lines], [int(last, 16) for _first, last in lines]


def typed(text: str) -> str:
    """The text for files that bring no fonts: Word's private signs read, and nothing that XML forbids."""
    kept = (_WORD.get(sign, sign) for sign in text)
    return "".join(sign for sign in kept if sign == "\n" or unicodedata.category(sign) not in _NONE)


def _is_shown(sign: str) -> bool:
    firsts, lasts = _covered()
    place = bisect_right(firsts, ord(sign)) - 1
    return place >= 0 and ord(sign) <= lasts[place]


def printable(text: str) -> str:
    """The text with a sign in place of every letter that no font of ours has."""
    if text.isascii() and text.isprintable():
        return text
    composed = unicodedata.normalize("NFC", text.translate(_FORMS))
    shown = "".join(_shown(sign) for sign in composed)
    return _JOINED.sub(REPLACEMENT, shown)


def _shown(sign: str) -> str:
    if sign in _WORD:
        return _WORD[sign]
    kind = unicodedata.category(sign)
    if kind == "Cf":
        return sign if sign in _JOINERS else ""
    if kind in ("Cc", "Zs", "Zl", "Zp"):
        return "\n" if sign == "\n" else " "
    return sign if _is_shown(sign) else REPLACEMENT


def _is_latin(sign: str) -> bool:
    return sign < _LATIN_END or _PUNCTUATION[0] <= sign < _PUNCTUATION[1]


def _on_paper(content: Any, *, latin: bool = False) -> Any:
    """Every text in it as our fonts show it. `latin`: letters of all other scripts replaced too."""
    if isinstance(content, str):
        text = printable(content)
        if latin:
            text = "".join(sign if _is_latin(sign) else REPLACEMENT for sign in text)
        return text
    if isinstance(content, Mapping):
        return {name: _on_paper(value, latin=latin) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_on_paper(value, latin=latin) for value in content]
    return content if content is None or isinstance(content, int | float) else str(content)


@cache
def _fonts() -> typst.Fonts:
    """Those in typst and ours: every machine makes the same file."""
    return typst.Fonts(include_system_fonts=False, font_paths=[str(FONTS)])


def compiled(
    template: str, content: dict[str, Any], moment: datetime | None, logo: bytes | None = None
) -> bytes:
    """A PDF for archives: bytes that depend on these alone. `moment`: when it is said to be made."""
    text, latin = _on_paper(content), _on_paper(content, latin=True)
    # A picture that is none costs the picture; a mark that stands alone, or letters of two scripts in
    # one, the other scripts.
    pictures = [logo, None] if logo else [None]
    tries = [(said, drawn) for said in (text, latin) for drawn in pictures]
    for number, (said, drawn) in enumerate(tries[:-1]):
        with suppress(typst.TypstError):
            return _compiled(template, said, moment, drawn)
        # The text of the error holds what somebody typed: it is not logged.
        log.warning("paper_simplified", template=template, tried=number)
    return _compiled(template, latin, moment, None)


def _compiled(
    template: str, content: dict[str, Any], moment: datetime | None, logo: bytes | None
) -> bytes:
    return bytes(
        typst.compile(
            TEMPLATES / template,
            root=TEMPLATES,
            font_paths=_fonts(),
            sys_inputs={"data": json.dumps(content), "logo": json.dumps(list(logo or b""))},
            timestamp=int(moment.timestamp()) if moment else 0,
            pdf_standards=["a-2u"],
        )
    )
