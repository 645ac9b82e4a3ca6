"""What a region says more than its rows together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypedDict, cast

from reports.coverage.selectors.row import CoverageRow


class Residual(TypedDict):
    """What a region says more than its rows together; unknown where one of them is. As every figure of
    a basis this is data: a source that does not add up, another basis, a region that none covers.
    """

    population: int | None
    wajib_ktp: int | None
    recorded: int | None
    unrecorded: int | None
    printed: int | None
    ikd_activated: int | None
    recorded_today: int | None
    recorded_today_pemula: int | None
    ikd_today: int | None


def residual_of(whole: CoverageRow, rows: Iterable[CoverageRow]) -> Residual:
    told: list[Any] = list(rows)
    own: Any = whole
    left = {}
    for name in Residual.__annotations__:
        values = [row[name] for row in told]
        unknown = own[name] is None or None in values
        left[name] = None if unknown else own[name] - sum(values)
    return cast("Residual", left)
