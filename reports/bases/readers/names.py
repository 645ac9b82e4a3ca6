"""Names of regions as lists write them: `KAB. SOLOK`, `1. Kota Solok`, `13.72 - KOTA SOLOK`."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache

from dukcapil.regions.enums import Level
from dukcapil.regions.validators import level_of

#: Kinds of regions that a name may begin with; a regency and a city of one name are two regions.
REGENCY, CITY = "kabupaten", "kota"
_BEGINS = {
    **dict.fromkeys(("kabupaten", "kab"), REGENCY),
    **dict.fromkeys(("kota", "kotamadya", "kodya"), CITY),
    **dict.fromkeys(("provinsi", "propinsi", "prov", "prop"), Level.PROVINCE),
    **dict.fromkeys(("kecamatan", "kec", "distrik", "kapanewon", "kemantren"), Level.DISTRICT),
    **dict.fromkeys(("kelurahan", "kel", "desa", "ds", "nagari", "gampong"), Level.VILLAGE),
    **dict.fromkeys(("pekon", "kalurahan", "tiyuh"), Level.VILLAGE),
}
_SHORT = {"kep": "kepulauan", "sumatra": "sumatera", "adm": "administrasi"}
#: Names of provinces that law and use have changed, by their words.
_PROVINCES = (
    (("daerah", "khusus", "ibukota", "jakarta"), "jakarta"),
    (("daerah", "khusus", "jakarta"), "jakarta"),
    (("dki", "jakarta"), "jakarta"),
    (("daerah", "istimewa", "yogyakarta"), "yogyakarta"),
    (("di", "yogyakarta"), "yogyakarta"),
    (("d", "i", "yogyakarta"), "yogyakarta"),
    (("diy",), "yogyakarta"),
)
_NUMBERED = re.compile(r"^\s*(\d{1,3}[.)]\s+|[a-z][.)]\s+)(?=\D)", re.IGNORECASE)
_TOTAL = re.compile(
    r"^(sub[\s-]*|grand\s*)?(jumlah|total|jml)(\s+(total|keseluruhan|seluruh|semua|akhir))?\b"
    r"[\s:./,&-]*(jumlah|total)?[\s:.]*",
    re.IGNORECASE,
)
_MEANS = re.compile(r"^(rata\s*-?\s*rata|rerata|average|persentase)\b", re.IGNORECASE)
_CODE_AND_NAME = re.compile(r"^\W*(\d[\d.]{1,12})\W+([^\W\d].*?)\W*$")
_APOSTROPHES = re.compile(r"['`\u2018\u2019\u02bc\u00b4]")
#: From here on two spellings are one name, where a code says so too.
_ALIKE = 0.84

#: (what it says it is, or "" where it does not say; its letters)
Reading = tuple[str, str]


@lru_cache(maxsize=200_000)
def readings(text: str) -> frozenset[Reading]:
    """What a written name may be: `Kota Baru` is a city, or a region that is called so."""
    words = _words(text)
    if not words:
        return frozenset()
    for form, base in _PROVINCES:
        if words in (form, ("provinsi", *form), ("prov", *form)):
            return frozenset({(str(Level.PROVINCE), base)})
    found: set[Reading] = {("", "".join(words))}
    if (kind := _BEGINS.get(words[0])) and len(words) > 1:
        rest = words[1:]
        if kind in (REGENCY, CITY) and rest[0] == "administrasi" and len(rest) > 1:
            rest = rest[1:]
        found.add((str(kind), "".join(rest)))
    return frozenset(found)


@lru_cache(maxsize=10_000)  # all districts
def own_reading(code: str, name: str) -> Reading:
    """The one that a region has: what it is, and its name without that."""
    level = level_of(code)
    if level == Level.NATION:
        return str(level), "indonesia"
    words = _words(name)
    if level == Level.REGENCY and len(words) > 1:
        rest = words[2:] if words[1] == "administrasi" and len(words) > 2 else words[1:]
        return str(_BEGINS.get(words[0], words[0])), "".join(rest)
    if level == Level.PROVINCE:
        base = next((base for form, base in _PROVINCES if form == words), "".join(words))
        return str(level), base
    return str(level), "".join(words)


def is_name_of(text: str, code: str, name: str) -> bool:
    kind, base = own_reading(code, name)
    return any(base == other and said in ("", kind) for said, other in readings(text))


def alike(text: str, code: str, name: str) -> bool:
    """Another spelling of the same name: enough only where a code says the same."""
    kind, base = own_reading(code, name)
    return any(
        said in ("", kind) and SequenceMatcher(None, base, other).ratio() >= _ALIKE
        for said, other in readings(text)
    )


@lru_cache(maxsize=200_000)
def _words(text: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", _NUMBERED.sub("", text)).casefold()
    plain = _APOSTROPHES.sub("", plain)
    kept = (
        sign if sign.isalnum() else " "
        for sign in plain
        if not unicodedata.combining(sign) and unicodedata.category(sign) != "Cf"
    )
    return tuple(_SHORT.get(word, word) for word in "".join(kept).split())


def split_code(text: str) -> tuple[str, str] | None:
    """`13.72 - KOTA SOLOK` as code and name."""
    found = _CODE_AND_NAME.match(text)
    return (found[1].rstrip("."), found[2]) if found and len(found[1].rstrip(".")) > 3 else None


def total_of(text: str) -> str | None:
    """What a row says that it sums up: a name, or "" where it names nothing; None for other rows."""
    found = _TOTAL.match(text.strip())
    if found is None:
        return None
    return text.strip()[found.end() :].strip(" :.-")


_REST = re.compile(
    r"[^\w]*(tidak|tdk|tak|belum)\s+(te?rinci|terperinci|dirinci|diketahui|terpetakan|teridentifikasi)\W*"
    r"|[^\w]*(lain(nya|\s*-?\s*lain(nya)?)|sisa|residu)\W*",
    re.IGNORECASE,
)


def is_rest(text: str) -> bool:
    """People of the sum whom no row of a region counts: `Tidak terinci`."""
    return _REST.fullmatch(text.strip()) is not None


def is_mean(text: str) -> bool:
    return _MEANS.match(text.strip()) is not None
