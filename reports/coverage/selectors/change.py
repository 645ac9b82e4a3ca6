"""Why a figure is another one than before: what was logged, and what another basis says."""

from __future__ import annotations

from typing import Any, TypedDict, cast

from reports.coverage.selectors.row import CoverageRow


class Moved(TypedDict):
    """`by_basis`: of the change, what the ledger does not explain: another basis, or late records."""

    before: int | None
    after: int | None
    change: int | None
    by_basis: int | None


class Change(TypedDict):
    """Between two answers of one region. Where the basis is another one, a rise is no work done and a
    fall is none lost: both ends are shown.
    """

    since: str
    until: str
    basis_before: str | None
    basis: str | None
    same_basis: bool
    #: People recorded on the days in between, by the ledger.
    logged: int
    wajib_ktp: Moved
    recorded: Moved
    unrecorded: Moved


def explained(before: CoverageRow, after: CoverageRow, logged: int) -> Change:
    """`logged`: recorded after the earlier day, up to and with the later one."""
    return {
        "since": str(before["date"]),
        "until": str(after["date"]),
        "basis_before": before["basis"],
        "basis": after["basis"],
        "same_basis": before["basis"] == after["basis"],
        "logged": logged,
        "wajib_ktp": _moved("wajib_ktp", before, after, 0),
        "recorded": _moved("recorded", before, after, logged),
        "unrecorded": _moved("unrecorded", before, after, -logged),
    }


def _moved(name: str, before: CoverageRow, after: CoverageRow, logged: int) -> Moved:
    earlier, later = (cast("Any", row)[name] for row in (before, after))
    change = None if earlier is None or later is None else later - earlier
    by_basis = None if change is None else change - logged
    return {"before": earlier, "after": later, "change": change, "by_basis": by_basis}
