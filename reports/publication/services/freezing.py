"""A release is frozen with the answers that it will show, and why they changed since the one before."""

from __future__ import annotations

from datetime import date
from typing import Any

from dukcapil.core.db import service
from dukcapil.regions.models import Region
from dukcapil.regions.validators import NATION
from reports.coverage.selectors.change import explained
from reports.coverage.selectors.counting import (
    EMPTY,
    Since,
    counted_of,
    since_of,
    whole_of,
)
from reports.coverage.selectors.coverage import answer
from reports.coverage.selectors.frozen import LEVELS, as_json, from_json
from reports.coverage.selectors.question import Question
from reports.coverage.selectors.row import CoverageRow
from reports.releases.enums import ReleaseKind
from reports.releases.models import Release, ReleaseAnswer
from reports.releases.selectors import day_of_release
from reports.releases.services import cut


@service
def freeze_release(*, name: str, note: str = "") -> Release:
    """Freeze what is built at this moment, for staff. The same name again returns the first."""
    earlier = Release.objects.filter(name=name).first()
    return earlier or frozen(Release(name=name, note=note))


def frozen(release: Release) -> Release:
    """In the caller's transaction: afterwards nothing can be added to a release."""
    cut(release)
    before = _answers_before(release)
    since = before[NATION]["date"] if NATION in before else None
    logged = counts_of(release, since) if since else {}
    ReleaseAnswer.objects.bulk_create(
        (
            ReleaseAnswer(
                release=release,
                region_id=code,
                row=as_json(row),
                change=_change(before.get(code), row, logged.get(code, EMPTY)),
            )
            for code, row in answers_of(release).items()
        ),
        batch_size=500,
    )
    return release


def _questions(release: Release) -> list[Question]:
    """Of the nation with its provinces, and with its regencies."""
    nation, day = Region.objects.get(pk=NATION), day_of_release(release)
    return [Question(nation, level, day, release=release) for level in LEVELS[1:]]


def answers_of(release: Release) -> dict[str, CoverageRow]:
    """Every region's own row, down to regencies."""
    found: dict[str, CoverageRow] = {}
    for question in _questions(release):
        rows = answer(question)
        found |= {row["region"]: row for row in (rows.whole, *rows.rows)}
    return found


def counts_of(release: Release, since: date | None = None) -> dict[str, dict[str, Any]]:
    """What the ledger counts of every region after that day, else after the day of its own basis."""
    counts: dict[str, dict[str, Any]] = {}
    for question in _questions(release):
        bases = since_of(question)
        counted = counted_of(question, Since(since, since, bases=bases) if since else bases)
        counts |= counted | {NATION: whole_of(counted)}
    return counts


def _answers_before(release: Release) -> dict[str, CoverageRow]:
    """The rows of the release before of this kind; of publications, of those that went out."""
    earlier = Release.objects.filter(kind=release.kind, answers__isnull=False)
    if release.kind == ReleaseKind.PUBLICATION:
        earlier = earlier.filter(publication__isnull=False)
    newest = earlier.exclude(pk=release.pk).order_by("-frozen_at").values("pk")[:1]
    rows = ReleaseAnswer.objects.filter(release__in=newest).values_list("region_id", "row")
    return {code: from_json(row) for code, row in rows}


def _change(before: CoverageRow | None, row: CoverageRow, logged: dict[str, Any]) -> dict[str, Any]:
    return dict(explained(before, row, logged["recorded"])) if before else {}
