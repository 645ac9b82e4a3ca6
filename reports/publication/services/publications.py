"""Freezing figures. A publication needs two people, and waits for its hour."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require, require_two_persons
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.locks import Lock, hold
from dukcapil.core.versions import require_seen
from dukcapil.regions.enums import day_of
from dukcapil.regions.models import Region
from dukcapil.regions.validators import NATION
from reports.bases.selectors.basis import default_basis
from reports.coverage.enums import Family
from reports.coverage.selectors.counting import EMPTY, counted_of
from reports.coverage.selectors.coverage import answer
from reports.coverage.selectors.metadata import BY_NAME
from reports.coverage.selectors.question import Question
from reports.coverage.selectors.row import CoverageRow
from reports.publication.models import Publication, PublicFigure
from reports.publication.services.suppression import LEVELS, Counted, left_out
from reports.releases.enums import ReleaseKind
from reports.releases.models import Release
from reports.releases.selectors import RELEASE_WORDS, release_parts
from reports.releases.services import _freeze
from reports.releases.validators import is_over

#: A province in the zone where a day ends last.
_LAST_ZONE = "11"

#: The figures of each family. They are left out together, because each one reveals the others.
FAMILIES = {
    family.value: [name for name, figure in BY_NAME.items() if family in figure.families]
    for family in Family
}


@service
def propose_release(
    *, by: Actor, name: str, day: date, embargo_until: datetime, note: str = ""
) -> Release:
    """Freeze the figures of `day` for publication. Nobody but those who publish sees them before
    a second person approved them and the embargo is over.
    """
    require(by, Permission.RELEASES_PUBLISH)
    if by.region != NATION:
        raise NotFound
    if not is_over(_LAST_ZONE, day, timezone.now()):
        raise Invalid("day-open", _("This day is not over yet."), field="day")
    if Release.objects.filter(name=name).exists():
        raise Conflict("release-name", _("A release of this name exists."), field="name")
    if (last := _last_day()) is not None and day <= last:
        raise Invalid(
            "day-order",
            _("The newest publication is of %(day)s; choose a later day.") % {"day": last},
            field="day",
        )
    return _freeze(
        Release(
            name=name,
            kind=ReleaseKind.PUBLICATION,
            day=day,
            embargo_until=embargo_until,
            proposed_by_id=by.user_id,
            note=note,
        )
    )


def _last_day() -> date | None:
    newest = Release.objects.filter(publication__isnull=False).order_by("-day").first()
    return newest.day if newest else None


@service
def approve_release(*, by: Actor, release: Release, version: str | None = None) -> Publication:
    """A second person approves. The public figures are made here, once.

    `version`: of what was shown; None approves what stands. Raises Conflict when it is another.
    """
    require(by, Permission.RELEASES_PUBLISH)
    if by.region != NATION:
        raise NotFound
    require_two_persons(by, release.proposed_by_id)
    # One at a time: each publication is compared with the one before it.
    hold(Lock.PUBLICATIONS)
    stands = Release.objects.select_related("publication").get(pk=release.pk)
    require_seen(version, release_parts([stands])[stands.pk], RELEASE_WORDS)
    if release.day is None or ((last := _last_day()) is not None and release.day <= last):
        raise Conflict("day-order", _("A publication of this day or a later one is out already."))
    publication = Publication.objects.create(release=release, approved_by_id=by.user_id)
    PublicFigure.objects.bulk_create(_public_figures(release), batch_size=500)
    return publication


def _public_figures(release: Release) -> Iterable[PublicFigure]:
    rows, counts = _answers(release)
    before = _shown_before(rows)
    cells = {
        "recording": {
            code: Counted(
                since=count["recorded"],
                today=count["recorded_today"],
                pemula=count["pemula_today"],
                before=before["recording"].get(code, 0),
                total=rows[code]["recorded"],
                rest=rows[code]["unrecorded"],
            )
            for code, count in counts.items()
        },
        "ikd": {
            code: Counted(
                since=count["ikd"],
                today=count["ikd_today"],
                before=before["ikd"].get(code, 0),
                total=rows[code]["ikd_activated"],
            )
            for code, count in counts.items()
        },
    }
    hidden: dict[str, set[str]] = {}
    for family, tree in cells.items():
        codes_left_out = left_out(tree, _hidden_before(family))
        hidden |= {family: codes_left_out.since, f"{family}_today": codes_left_out.today}
    for code, row in rows.items():
        suppressed = [family for family in FAMILIES if code in hidden[family]]
        yield PublicFigure(
            release=release,
            region_id=code,
            recording="recording" not in suppressed,
            ikd="ikd" not in suppressed,
            counted={"recorded": counts[code]["recorded"], "ikd": counts[code]["ikd"]},
            row=_public_row(row, release, suppressed),
        )


def _hidden_before(family: str) -> set[str]:
    """Codes that the newest publication left out."""
    newest = PublicFigure.objects.order_by("-release__day").values("release")[:1]
    hidden = PublicFigure.objects.filter(release__in=newest, **{family: False})
    return set(hidden.values_list("region_id", flat=True))


def _answers(release: Release) -> tuple[dict[str, CoverageRow], dict[str, dict[str, Any]]]:
    """Every region's row and counts, down to regencies, all on one basis so that they add up."""
    nation = Region.objects.get(pk=NATION)
    day = release.day or day_of(release.frozen_at, NATION)
    basis = default_basis(NATION, LEVELS[-1], day, release.frozen_at)
    rows: dict[str, CoverageRow] = {}
    counts: dict[str, dict[str, Any]] = {}
    for level in LEVELS:
        question = Question(nation, level, day, basis, release=release)
        counted = counted_of(question)
        for row in answer(question).rows:
            rows[row["region"]] = row
            counts[row["region"]] = counted.get(row["region"], EMPTY)
    return rows, counts


def _shown_before(rows: dict[str, CoverageRow]) -> dict[str, dict[str, int]]:
    """For each family the count that was shown last of a region, on a basis of the same day."""
    since = str(rows[NATION]["recorded_as_of"])
    earlier = (
        PublicFigure.objects.filter(row__recorded_as_of=since)
        .order_by("region_id", "-release__day")
        .distinct("region_id")
    )
    return {
        family: {
            figure.region_id: figure.counted[name] for figure in earlier.filter(**{family: True})
        }
        for family, name in (("recording", "recorded"), ("ikd", "ikd"))
    }


def _public_row(row: CoverageRow, release: Release, suppressed: list[str]) -> dict[str, Any]:
    """The public row. Its `as_of` is the moment of the freeze: the time of the last record could reveal
    counts that are left out.
    """
    hidden = {"revision", *(name for family in suppressed for name in FAMILIES[family])}
    if "gap_to_target" in hidden:
        hidden |= {"needed_until", "election"}
    public: dict[str, Any] = {
        name: None if name in hidden else value for name, value in row.items()
    }
    public |= {"as_of": release.frozen_at, "suppressed": suppressed}
    return {
        name: value.isoformat() if isinstance(value, (date, datetime)) else value
        for name, value in public.items()
    }
