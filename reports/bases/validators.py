"""Arithmetic of figures: integers in, text out, half up, nothing clipped."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext

from django.utils.translation import gettext as _

from dukcapil.core.errors import Invalid

#: What the wajib KTP of a dinamis basis is made of, in the order of its formula: the consolidated
#: clean data, and whether each change since is added or taken off.
COMPONENTS = {
    "dkb": "+",
    "deaths": "-",
    "duplicates": "-",
    "moved_out": "-",
    "moved_in": "+",
    "first_recordings": "+",
}
#: The signs as people read them; the first part has none.
SIGNS = {
    name: "" if number == 0 else {"+": "+", "-": "−"}[sign]
    for number, (name, sign) in enumerate(COMPONENTS.items())
}
#: The same formula over the columns of a table.
DINAMIS_SQL = " ".join(f"{sign} {name}" for name, sign in COMPONENTS.items())


def dinamis(parts: Mapping[str, int | None]) -> int:
    """Wajib KTP from its components. Raises Invalid naming the one that is missing."""
    total = 0
    for name, sign in COMPONENTS.items():
        value = parts[name]
        if value is None:
            raise Invalid("missing", _("Give all six components."), field=name)
        total += value if sign == "+" else -value
    return total


def ratio_text(numerator: int, denominator: int) -> str:
    with localcontext() as context:
        context.prec = 40
        exact = Decimal(100 * numerator) / Decimal(denominator)
        return str(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))


def percent(numerator: int | None, denominator: int | None) -> str | None:
    """``98.68`` for 6,528,688 of 6,616,086; None when either is unknown or there is nobody."""
    if numerator is None or not denominator:
        return None
    return ratio_text(numerator, denominator)


def percent_of_target(
    numerator: int | None, base: int | None, target: Decimal | None
) -> str | None:
    """Share of ``target % of base`` that was reached."""
    if numerator is None or not base or not target:
        return None
    hundredths = int(target * 100)
    return ratio_text(numerator * 10_000, base * hundredths)


def gap_to_target(recorded: int | None, wajib: int | None, target: Decimal | None) -> int | None:
    """``ceil(target % of wajib) - recorded``; below zero when the target is passed. Of IKD: what is
    active against the recorded.
    """
    if recorded is None or wajib is None or target is None:
        return None
    return -(-wajib * int(target * 100) // 10_000) - recorded


def per_day(gap: int | None, days: int) -> int | None:
    """People a day, rounded up; None when no day is left, zero when nothing is missing."""
    if gap is None:
        return None
    if gap <= 0:
        return 0
    return None if days == 0 else -(-gap // days)


def band(share: str | None) -> int:
    """The Director General's bands: 4 (>= 100), 3 (80 to 99.99), 2 (60 to 79.99), 1; 0 is unknown."""
    if share is None:
        return 0
    return 1 + sum(Decimal(share) >= edge for edge in (60, 80, 100))
