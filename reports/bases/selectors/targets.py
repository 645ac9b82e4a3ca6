"""Targets as they were set: rows are only added, so the last one that a page knew is its version."""

from __future__ import annotations

from django.db.models import Max

from reports.bases.models import Target


def targets_version() -> str:
    """Of all targets that are there: the number of the last row."""
    return str(Target.objects.aggregate(last=Max("pk"))["last"] or 0)


def seen_up_to(version: str) -> int:
    """The last row that a page knew; what is no version of ours knew none."""
    return int(version) if version.isascii() and version.isdigit() and len(version) < 19 else 0


def newest_target(indicator: str, region: str, year: int, seen: int | None = None) -> Target | None:
    """The row that counts; with `seen` the one that counted for a page that knew rows up to there."""
    rows = Target.objects.filter(indicator=indicator, region=region, year=year)
    if seen is not None:
        rows = rows.filter(pk__lte=seen)
    return rows.order_by("-pk").first()
