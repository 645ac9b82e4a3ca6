"""Instances that somebody sent: what is taken, how long it would take, and which row is wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from dukcapil.core.characters import Unseen, plain
from dukcapil.core.errors import Invalid
from reports.planner.core.limits import FORMAT, MOST_DATES, MOST_SITES

Row = dict[str, Any]
Check = Callable[[Any, str], None]

#: Rows of each list. Of one office the solver takes `MOST_SITES` at most.
MOST: dict[str, int] = {
    "offices": 600,
    "sites": 10_000,
    "teams": 2_000,
    "kits": 4_000,
    "travel": 600,
    "floors": 10_000,
    "pins": 5_000,
    "announced": 10_000,
}
#: People of a group at a place, points of a person, and what multiplied stays within 64 bits.
MOST_PEOPLE, MOST_WEIGHT, MOST_MINUTES, MOST_MONEY = 100_000, 1_000_000, 100_000, 10**12
MOST_VISITS = 12
#: Seconds that a plan may take: less than its job has.
LONGEST = 420
_NIK = re.compile(r"[0-9]{16}")


def refused(code: str, where: str, message: Any, **extra: Any) -> Invalid:
    """`where`: the way to the row, as a JSON pointer has it behind `/instance`."""
    return Invalid(code, message, field=f"instance/{where}" if where else "instance", **extra)


def _wrong(where: str, what: Any) -> Invalid:
    return refused("plan-instance", where, f"{where or 'instance'}: {what}", row=where)


# --- values ---------------------------------------------------------------------------------------


def _text(most: int) -> Check:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, str) or not 1 <= len(value) <= most:
            raise _wrong(where, _("text of 1 to %(most)s characters is wanted.") % {"most": most})
        try:
            same = plain(value) == value
        except Unseen:
            same = False
        if not same:
            raise _wrong(where, _("it holds characters that cannot be seen."))
        if _NIK.search(value):
            raise _wrong(where, _("no number of a person may stand here."))

    return check


def _whole(most: int, least: int = 0) -> Check:
    def check(value: Any, where: str) -> None:
        if type(value) is not int or not least <= value <= most:
            limits = {"least": least, "most": most}
            raise _wrong(where, _("a whole number from %(least)s to %(most)s is wanted.") % limits)

    return check


def _yes_or_no(value: Any, where: str) -> None:
    if not isinstance(value, bool):
        raise _wrong(where, _("true or false is wanted."))


def _degrees(value: Any, where: str) -> None:
    if type(value) not in (int, float) or not -180 <= value <= 180:
        raise _wrong(where, _("degrees are wanted."))


def _day(value: Any, where: str) -> None:
    try:
        fits = date.fromisoformat(value).isoformat() == value
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise _wrong(where, _("no day of the calendar, as 2024-11-27."))


def _list(one: Check, most: int) -> Check:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, list):
            raise _wrong(where, _("a list is wanted."))
        if len(value) > most:
            raise _wrong(where, _("at most %(most)s are taken.") % {"most": most})
        for number, item in enumerate(value):
            one(item, f"{where}/{number}")

    return check


def _or_none(one: Check) -> Check:
    def check(value: Any, where: str) -> None:
        if value is not None:
            one(value, where)

    return check


def _named(one: Check, most: int) -> Check:
    """An object of few names, all with values of one kind."""
    name = _text(60)

    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict) or len(value) > most:
            words = _("an object with at most %(most)s names is wanted.") % {"most": most}
            raise _wrong(where, words)
        for key, item in value.items():
            name(key, where)
            one(item, f"{where}/{key}")

    return check


def _square(value: Any, where: str) -> None:
    """Rows of whole numbers. Their size is compared with the places by the solver's own reader."""
    if not isinstance(value, list):
        raise _wrong(where, _("a list is wanted."))
    for number, row in enumerate(value):
        if not isinstance(row, list) or len(row) != len(value):
            words = _("%(most)s rows of %(most)s numbers are wanted.") % {"most": len(value)}
            raise _wrong(f"{where}/{number}", words)
        fits = all(type(one) is int for one in row)
        if not fits or min(row) < 0 or max(row) > MOST_MONEY // 1000:
            raise _wrong(f"{where}/{number}", _("a whole number is wrong, or far too large."))


_ID, _NAME = _text(60), _text(150)
_DAYS = _list(_day, 400)
_MINUTE = _whole(24 * 60)

#: Names that may be left out: the solver does not read them.
_LOOSE = frozenset({"lat", "lon", "name", "kind", "village"})
_PARTS: dict[str, dict[str, Check]] = {
    "day": {
        **dict.fromkeys(["start", "end", "minutes", "min_stop"], _MINUTE),
        "max_stops": _whole(12),
        "max_km": _whole(MOST_MINUTES),
        "max_nights": _whole(30),
        "rest_days": _whole(400),
    },
    "costs": dict.fromkeys(["km", "day", "night"], _whole(10**8)),
}
_ROWS: dict[str, dict[str, Check]] = {
    "offices": {"id": _ID, "lat": _degrees, "lon": _degrees, "budget": _whole(MOST_MONEY)},
    "teams": {
        "id": _ID,
        "name": _NAME,
        "office": _ID,
        "off": _DAYS,
        **dict.fromkeys(["staff", "max_kits"], _whole(200)),
    },
    "kits": {"id": _ID, "name": _NAME, "office": _ID, "off": _DAYS},
    "sites": {
        **dict.fromkeys(["id", "district", "office"], _ID),
        "kind": _NAME,
        "name": _NAME,
        "village": _ID,
        "lat": _degrees,
        "lon": _degrees,
        "gap": _named(_whole(MOST_PEOPLE), 12),
        "turnout": _list(_whole(1000), MOST_VISITS),
        "minutes": _whole(24 * 60, 1),
        "setup": _MINUTE,
        "open": _list(_MINUTE, 2),
        "weekdays": _list(_whole(7, 1), 7),
        "off": _DAYS,
        "only": _or_none(_DAYS),
        "lodging": _yes_or_no,
    },
    "travel": {
        "office": _ID,
        "nodes": _list(_ID, MOST_SITES + 1),
        "minutes": _square,
        "km": _square,
        "fare": _or_none(_square),
    },
    "floors": {"district": _ID, "min_visits": _whole(1000)},
    "pins": {"site": _ID, "date": _day, "team": _or_none(_ID)},
    "announced": {"site": _ID, "date": _day, "points": _whole(10**9)},
}
_HEAD = {"format", "id", "workdays", "election", "weights", *_PARTS, *_ROWS}


# --- the whole ------------------------------------------------------------------------------------


def check_instance(raw: Any) -> None:
    """Raises Invalid with the row, for whatever is wrong with the form of an instance."""
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise _wrong("", _("the format is not %(format)s.") % {"format": FORMAT})
    _names(raw, _HEAD, frozenset(), "")
    _ID(raw["id"], "id")
    _day(raw["election"], "election")
    _list(_day, MOST_DATES)(raw["workdays"], "workdays")
    _named(_whole(MOST_WEIGHT), 12)(raw["weights"], "weights")
    for name, fields in _PARTS.items():
        _object(raw[name], fields, name)
    for name, fields in _ROWS.items():
        _rows(raw[name], name, fields)
    _gaps(raw)


def _names(row: Row, wanted: set[str], loose: frozenset[str], where: str) -> None:
    here = f"{where}/" if where else ""
    for name in sorted(wanted - loose - row.keys()):
        raise _wrong(f"{here}{name}", _("this is missing."))
    for name in row:
        if name not in wanted:
            _text(60)(name, where)
            raise _wrong(f"{here}{name}", _("this is not known here."))


def _object(value: Any, fields: dict[str, Check], where: str) -> None:
    if not isinstance(value, dict):
        raise _wrong(where, _("an object is wanted."))
    _names(value, set(fields), _LOOSE, where)
    for name, check in fields.items():
        if name in value:
            check(value[name], f"{where}/{name}")


def _rows(value: Any, name: str, fields: dict[str, Check]) -> None:
    if not isinstance(value, list):
        raise _wrong(name, _("a list is wanted."))
    if len(value) > MOST[name]:
        raise too_large(name, len(value), MOST[name])
    for number, row in enumerate(value):
        _object(row, fields, f"{name}/{number}")


def _gaps(raw: Row) -> None:
    """Each group of people has its weight, hours are two and in order."""
    for number, site in enumerate(raw["sites"]):
        for group in site["gap"]:
            if group not in raw["weights"]:
                raise _wrong(f"sites/{number}/gap/{group}", _("this group has no weight."))
        if len(site["open"]) != 2 or site["open"][0] >= site["open"][1]:
            raise _wrong(f"sites/{number}/open", _("two minutes of the day are wanted, in order."))


# --- how long -------------------------------------------------------------------------------------


def too_large(where: str, there: int, most: int) -> Invalid:
    """So many rows, and how long so many places would take."""
    minutes = max(1, round(there * 0.05 / 60))
    words = _(
        "%(there)s rows, at most %(most)s are taken. So many places take about %(minutes)s minutes: ask for a few offices at a time."
    ) % {"there": there, "most": most, "minutes": minutes}
    return refused("plan-too-large", where, words, row=where, seconds=minutes * 60)


def seconds_for(raw: Row) -> int:
    """About how long a plan of an instance takes, without its bound. Measured: 250 places, six teams and 48
    days 5 s; 1,265 places of 19 offices 51 s; a few places are solved exactly.
    """
    teams = Counter(team["office"] for team in raw["teams"])
    sites = Counter(site["office"] for site in raw["sites"])
    days = len(raw["workdays"])
    found = 2.0
    for office, places in sites.items():
        found += 0.5 + places * 0.012 * (1 + places / 500) * (1 + teams[office] * days / 300)
        if places <= 12 and places * days <= 100:
            found += places * 3
    return round(found)


def check_time(raw: Row) -> None:
    """Raises Invalid with the time, when a plan of this would take longer than its job has."""
    seconds = seconds_for(raw)
    if seconds > LONGEST:
        words = _(
            "A plan of %(places)s places takes about %(minutes)s minutes, at most %(most)s are given. Ask for a few offices at a time."
        ) % {
            "places": len(raw["sites"]),
            "minutes": -(-seconds // 60),
            "most": LONGEST // 60,
        }
        raise refused("plan-too-large", "sites", words, row="sites", seconds=seconds)
