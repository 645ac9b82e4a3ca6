"""Region codes: how people write them, and which region lies in which (queries: `models.inside`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid
from dukcapil.regions.enums import Level

NATION = "00"
_SHAPE = re.compile(r"[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?")
_CUTS = {2: (2,), 4: (2, 4), 6: (2, 4, 6), 10: (2, 4, 6, 10)}
_LEVELS = {2: Level.PROVINCE, 5: Level.REGENCY, 8: Level.DISTRICT, 13: Level.VILLAGE}


def dotted(text: str, *, field: str = "region") -> str:
    """``1375011001`` and ``13.75.01.1001`` alike give the dotted code. Raises Invalid."""
    code = text.strip()
    if code.isascii() and code.isdigit() and len(code) in _CUTS:
        cuts = _CUTS[len(code)]
        code = ".".join(code[a:b] for a, b in zip((0, *cuts), cuts, strict=False))
    if not _SHAPE.fullmatch(code):
        raise Invalid(
            "region-code",
            _("A region code has 2, 4, 6 or 10 digits, with or without dots: 13.75.01.1001."),
            field=field,
        )
    return code


def level_of(code: str) -> Level:
    """The level that a dotted code's length says."""
    return Level.NATION if code == NATION else _LEVELS[len(code)]


@dataclass(frozen=True)
class Borders:
    """What a map of the parts of a region is drawn from: a static file and its layer."""

    path: str
    layer: str
    within: str


def borders_of(code: str, parts: Level | None = None) -> Borders | None:
    """`parts`: the level of what is drawn, by default the one below. None for villages, whose
    boundaries nobody gave us, and for the districts of a nation: no file holds them all.
    """
    match parts or level_of(code).below:
        case Level.PROVINCE:
            return Borders("geo/provinces.topo.json", "provinsi", code)
        case Level.REGENCY:
            return Borders("geo/regencies.topo.json", "kabkota", code)
        case Level.DISTRICT if code != NATION:
            path = f"geo/districts/{ancestor(code, Level.PROVINCE)}.topo.json"
            return Borders(path, "kecamatan", code)
        case _:
            return None


def within(code: str, ancestor: str) -> bool:
    return ancestor in (NATION, code) or code.startswith(ancestor + ".")


def bounds(code: str) -> tuple[str, str]:
    """Half-open range of the codes strictly below `code`, for ``COLLATE "C"`` columns."""
    return ("", "~") if code == NATION else (code + ".", code + "/")


def inside_sql(column: str) -> str:
    """`regions.models.inside` as text of SQL; the region comes with the parameters of `span`."""
    return f"({column} = %(code)s OR ({column} >= %(low)s AND {column} < %(high)s))"


def span(code: str) -> dict[str, str]:
    low, high = bounds(code)
    return {"code": code, "low": low, "high": high}


def lineage(code: str) -> list[str]:
    """The codes from the nation down to the region itself."""
    parts = [] if code == NATION else code.split(".")
    return [NATION, *accumulate(parts, "{}.{}".format)]


def ancestor(code: str, level: Level) -> str:
    """The code of the region of `level` that `code` lies in; itself, where it is no lower."""
    return NATION if level == Level.NATION else code[: level.code_length]


def ancestor_sql(column: str, level: Level) -> str:
    """`ancestor` as text of SQL."""
    return f"'{NATION}'" if level == Level.NATION else f"left({column}, {level.code_length})"
