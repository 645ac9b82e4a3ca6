"""Levels of regions, the time zones that they lie in, and the days of these zones.

Whatever compares a moment with a day asks here, with the place that the day is of: `docs/adr/0043`.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    NATION = "nation", _("Nation")
    PROVINCE = "province", _("Province")
    REGENCY = "regency", _("Regency or city")
    DISTRICT = "district", _("District")
    VILLAGE = "village", _("Village")

    @property
    def code_length(self) -> int:
        """Characters of a dotted code at this level (the nation is ``00``)."""
        return {"nation": 2, "province": 2, "regency": 5, "district": 8, "village": 13}[self.value]

    @property
    def below(self) -> "Level | None":
        order = list(Level)
        following = order.index(self) + 1
        return order[following] if following < len(order) else None

    def is_below(self, other: "Level") -> bool:
        return list(Level).index(self) > list(Level).index(other)


class Zone(models.TextChoices):
    """The three civil time zones; Presidential Decree 41/1987."""

    WIB = "Asia/Jakarta", "WIB"
    WITA = "Asia/Makassar", "WITA"
    WIT = "Asia/Jayapura", "WIT"


#: Provinces outside Western Indonesia Time.
WITA_PROVINCES = frozenset({"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"})
WIT_PROVINCES = frozenset({"81", "82", "91", "92", "93", "94", "95", "96"})


def zone_of(code: str) -> Zone:
    province = code[:2]
    if province in WITA_PROVINCES:
        return Zone.WITA
    if province in WIT_PROVINCES:
        return Zone.WIT
    return Zone.WIB


def day_of(moment: datetime, code: str) -> date:
    """The day that this moment is on, at the place of this code."""
    return moment.astimezone(ZoneInfo(zone_of(code))).date()


def today_in(code: str) -> date:
    """The day that it is now, at the place of this code."""
    return day_of(timezone.now(), code)


def days_now() -> tuple[str, ...]:
    """The day that it is now in each zone: a page that goes by days is another one when one of them ends."""
    # In every zone a day begins on a full hour.
    return _days_at(timezone.now().replace(minute=0, second=0, microsecond=0))


@lru_cache(maxsize=4)
def _days_at(hour: datetime) -> tuple[str, ...]:
    return tuple(str(hour.astimezone(ZoneInfo(zone)).date()) for zone in Zone.values)


def bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """The first moment of a day in a zone, and that of the next day."""
    begins = datetime.combine(day, time(), ZoneInfo(zone))
    return begins, datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
