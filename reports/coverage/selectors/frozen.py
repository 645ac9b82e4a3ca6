"""Rows of coverage that a release keeps: written once, shown as they are."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

from dukcapil.core.rows import columns
from dukcapil.regions.enums import Level
from dukcapil.regions.models import inside
from reports.coverage.enums import View
from reports.coverage.selectors.change import Change
from reports.coverage.selectors.question import Question
from reports.coverage.selectors.row import CoverageRow
from reports.releases.models import ReleaseAnswer
from reports.releases.selectors import day_of_release

#: Of which levels a release keeps the rows: those that are published. Below, and for other days, views
#: and bases, it is counted anew up to its cut.
LEVELS = (Level.NATION, Level.PROVINCE, Level.REGENCY)

#: Columns that were added since a row was kept are unknown in it.
_UNKNOWN = dict.fromkeys(column.name for column in columns(CoverageRow))
_DAYS = {column.name for column in columns(CoverageRow) if column.kind is date}
_MOMENTS = {column.name for column in columns(CoverageRow) if column.kind is datetime}


def as_json(row: CoverageRow) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, (date, datetime)) else value
        for name, value in row.items()
    }


def from_json(row: dict[str, Any]) -> CoverageRow:
    read: dict[str, Any] = _UNKNOWN | row
    for name in _DAYS:
        read[name] = date.fromisoformat(read[name]) if read[name] else None
    for name in _MOMENTS:
        read[name] = datetime.fromisoformat(read[name]) if read[name] else None
    return cast("CoverageRow", read)


def _is_kept(question: Question) -> bool:
    usual = question.forced is None and question.view == View.DOMICILE
    release = question.release
    return usual and release is not None and question.day == day_of_release(release)


def kept_rows(question: Question) -> dict[str, CoverageRow] | None:
    """region -> its row, if a release keeps the answer to this question; else None."""
    if not _is_kept(question) or question.level not in LEVELS:
        return None
    answers = ReleaseAnswer.objects.filter(
        inside("region_id", question.region.pk),
        release=question.release,
        region__level__in={Level(question.region.level), question.level},
    )
    found = {code: from_json(row) for code, row in answers.values_list("region_id", "row")}
    return dict(sorted(found.items())) if question.region.pk in found else None


def kept_change(question: Question) -> Change | None:
    """Why the region's figures changed since the release before, as this one keeps it."""
    if not _is_kept(question):
        return None
    answers = ReleaseAnswer.objects.filter(release=question.release, region=question.region)
    change = answers.values_list("change", flat=True).first()
    return cast("Change", change) if change else None
