"""Three numbers of a region side by side: officially unrecorded, on our list, and not on our list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dukcapil.accounts.scoping import Actor
from dukcapil.regions.models import Region
from events.elections.models import Election
from registrations.missing.selectors.lists import CountRow, counts
from reports.coverage.selectors.coverage import answer
from reports.coverage.selectors.question import Question
from reports.coverage.selectors.row import CoverageRow


class RollRow(CountRow):
    official_unrecorded: int | None
    #: What the figures say more than the list; may be negative.
    not_on_list: int | None


def roll_rows(
    by: Actor, region: Region, level: str, purpose: str, election: Election | None = None
) -> list[RollRow]:
    """Every region of `level` within `region`. Raises NotFound outside the actor's region, Invalid for a
    level above it or too many rows.
    """
    question = Question.of(by=by, region=region, level=level)
    official = official_of(answer(question).rows)
    return beside_official(official, counts(region.pk, question.level, purpose, election))


def official_of(rows: Iterable[CoverageRow]) -> dict[str, int | None]:
    """Region -> people who are officially not recorded."""
    return {row["region"]: row["unrecorded"] for row in rows}


def beside_official(official: Mapping[str, int | None], found: Iterable[CountRow]) -> list[RollRow]:
    return [_beside(row, official.get(row["region"])) for row in found]


def _beside(row: CountRow, official: int | None) -> RollRow:
    missing = None
    if row["on_list"] is not None and row["recorded"] is not None and row["left"] is not None:
        missing = row["on_list"] - row["recorded"] - row["left"]
    difference = None if official is None or missing is None else official - missing
    return {**row, "official_unrecorded": official, "not_on_list": difference}
