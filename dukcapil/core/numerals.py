"""Numbers as Indonesians write them: `500.000` is half a million, `7,5` seven and a half.

What somebody else could read as another number is no number here: a form asks which one was meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from django.utils.translation import get_language

_PLAIN = re.compile(r"-?[0-9]+")
#: 500.000 and 1.000.000, with blanks too; 1.234,5
_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?: [0-9]{3})+)(?:,[0-9]+)?")
#: 7,5 and 12,75; 1,000 may be a thousand
_DECIMAL = re.compile(r"-?[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})|-?(?:0|[0-9]{4,}),[0-9]{3}")
#: Written in English, and nothing else: 1,000,000 and 1,234.5
_ENGLISH = re.compile(r"-?[1-9][0-9]{0,2}(?:(?:,[0-9]{3}){2,}|(?:,[0-9]{3})+\.[0-9]+)")
#: One sign that is a point to some and nothing to others: 1,000 and 1.00 and 7.5
_TWO_WAYS = re.compile(r"(-?[0-9]+)[.,]([0-9]+)[.,]?")
#: Around an amount of money: Rp 500.000,-
_RUPIAH = re.compile(r"(?:^(?:Rp|IDR)[. ]*)|(?:,-+$)", re.IGNORECASE)
_LONGEST = 40


class NotANumber(ValueError):
    """It is none, however it is read."""


class TwoReadings(NotANumber):
    """It is one number to one reader, and another to the next."""

    def __init__(self, with_decimals: Decimal, without: Decimal) -> None:
        super().__init__("two readings")
        self.readings = (with_decimals, without)


def read_number(text: str) -> Decimal:
    """What was typed. Raises TwoReadings, or NotANumber."""
    typed = " ".join(text.replace("\u2212", "-").split())
    typed = _RUPIAH.sub("", typed).strip()
    if len(typed) > _LONGEST:
        raise NotANumber
    if _PLAIN.fullmatch(typed):
        return Decimal(typed)
    if _GROUPED.fullmatch(typed) or _DECIMAL.fullmatch(typed):
        return Decimal(typed.replace(".", "").replace(" ", "").replace(",", "."))
    if _ENGLISH.fullmatch(typed):
        return Decimal(typed.replace(",", ""))
    if found := _TWO_WAYS.fullmatch(typed):
        whole, rest = found.groups()
        raise TwoReadings(Decimal(f"{whole}.{rest}"), Decimal(whole + rest))
    raise NotANumber


def written(number: Decimal | int) -> str:
    """As `read_number` reads it, in every language of the page: 1.234,5."""
    whole, _point, rest = f"{abs(number):f}".partition(".")
    rest = rest.rstrip("0")
    minus = "-" if number < 0 else ""
    return minus + f"{int(whole):,}".replace(",", ".") + (f",{rest}" if rest else "")


# --- in words, for two readings of one text -------------------------------------------------------

_INDONESIAN = "nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas".split()
_ENGLISH_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen".split()
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = (
    (10**12, "triliun", "trillion"),
    (10**9, "miliar", "billion"),
    (10**6, "juta", "million"),
    (10**3, "ribu", "thousand"),
)


def in_words(number: Decimal) -> str:
    """`seribu`, `tujuh koma lima`; in the language of the page."""
    spell, point, minus = (
        (_in_english, "point", "minus")
        if get_language() == "en"
        else (_in_indonesian, "koma", "minus")
    )
    whole, _point, rest = f"{abs(number):f}".partition(".")
    if int(whole) >= 10**15:
        return written(number)
    words = [minus] if number < 0 else []
    words.append(spell(int(whole)))
    if rest := rest.rstrip("0"):
        words += [point, *(spell(int(digit)) for digit in rest)]
    return " ".join(words)


def _in_indonesian(number: int) -> str:
    if number < 12:
        return _INDONESIAN[number]
    if number < 20:
        return f"{_INDONESIAN[number - 10]} belas"
    if number < 100:
        return _joined(_in_indonesian, f"{_INDONESIAN[number // 10]} puluh", number % 10)
    if number < 1000:
        hundreds = "seratus" if number < 200 else f"{_INDONESIAN[number // 100]} ratus"
        return _joined(_in_indonesian, hundreds, number % 100)
    if number < 2000:
        return _joined(_in_indonesian, "seribu", number - 1000)
    size, word, _english = next(scale for scale in _SCALES if number >= scale[0])
    return _joined(_in_indonesian, f"{_in_indonesian(number // size)} {word}", number % size)


def _in_english(number: int) -> str:
    if number < 20:
        return _ENGLISH_WORDS[number]
    if number < 100:
        return _joined(_in_english, _TENS[number // 10 - 2], number % 10)
    if number < 1000:
        return _joined(_in_english, f"{_ENGLISH_WORDS[number // 100]} hundred", number % 100)
    size, _indonesian, word = next(scale for scale in _SCALES if number >= scale[0])
    return _joined(_in_english, f"{_in_english(number // size)} {word}", number % size)


def _joined(spell: Callable[[int], str], words: str, rest: int) -> str:
    return f"{words} {spell(rest)}" if rest else words
