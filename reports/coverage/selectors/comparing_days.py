"""Two days side by side: what rose because people were recorded, and what because the base changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from reports.bases.validators import percent
from reports.coverage.enums import Reading
from reports.coverage.selectors.coverage import Answer
from reports.coverage.selectors.row import CoverageRow


@dataclass(frozen=True)
class Ends:
    """One region on both days. Points are percentage points with two decimals."""

    code: str
    name: str
    before: CoverageRow | None
    after: CoverageRow | None
    points: Decimal | None
    #: Of `points`: what the recordings alone would have brought on the earlier base, and the rest.
    by_recording: Decimal | None
    by_base: Decimal | None
    recorded: int | None
    wajib: int | None
    reading: Reading

    @property
    def same_basis(self) -> bool:
        return bool(self.before and self.after and self.before["basis"] == self.after["basis"])


def compare(before: Answer, after: Answer) -> tuple[list[Ends], Ends]:
    """The rows of both answers, in the order of the later one, and the region as a whole."""
    earlier = {row["region"]: row for row in before.rows}
    later = {row["region"]: row for row in after.rows}
    codes = [*later, *(code for code in earlier if code not in later)]
    rows = [_ends(code, earlier.get(code), later.get(code)) for code in codes]
    return rows, _ends(after.whole["region"], before.whole, after.whole)


def _ends(code: str, before: CoverageRow | None, after: CoverageRow | None) -> Ends:
    named = after or before
    name = named["name"] if named else code
    shares = [row["recorded_percent"] if row else None for row in (before, after)]
    if before is None or after is None or shares[0] is None or shares[1] is None:
        return Ends(code, name, before, after, None, None, None, None, None, Reading.UNKNOWN)
    points = Decimal(shares[1]) - Decimal(shares[0])
    on_old_base = percent(after["recorded"], before["wajib_ktp"])
    by_recording = Decimal(on_old_base or shares[0]) - Decimal(shares[0])
    recorded = (after["recorded"] or 0) - (before["recorded"] or 0)
    wajib = (after["wajib_ktp"] or 0) - (before["wajib_ktp"] or 0)
    reading = _reading(points, recorded, wajib)
    by_base = points - by_recording
    return Ends(code, name, before, after, points, by_recording, by_base, recorded, wajib, reading)


def _reading(points: Decimal, recorded: int, wajib: int) -> Reading:
    """How a change is to be read, so that nobody takes a smaller base for work done."""
    if points > 0 and recorded <= 0:
        return Reading.BASE_FELL
    if points < 0 and recorded >= 0:
        return Reading.BASE_ROSE
    if recorded < 0:
        return Reading.RECORDED_FELL
    if points > 0 and wajib < 0:
        return Reading.BOTH
    return Reading.RECORDED if recorded > 0 else Reading.SAME


def counted(rows: Iterable[Ends]) -> list[tuple[Reading, int]]:
    """How many regions are to be read in each way, for the words above the table."""
    readings = [row.reading for row in rows]
    return [(one, readings.count(one)) for one in Reading if one in readings]
