"""Freezing figures. A publication needs two people, and waits for its hour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require, require_two_persons
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.locks import Lock, hold
from dukcapil.core.versions import require_seen
from dukcapil.regions.validators import NATION, lineage
from reports.coverage.enums import Family
from reports.coverage.selectors.counting import EMPTY
from reports.coverage.selectors.metadata import BY_NAME
from reports.coverage.selectors.row import CoverageRow
from reports.publication.models import Publication, PublicFigure
from reports.publication.services.freezing import answers_of, counts_of, frozen
from reports.publication.services.suppression import Counted, left_out, marks_of
from reports.releases.enums import ReleaseKind
from reports.releases.models import Release
from reports.releases.selectors import RELEASE_WORDS, release_parts
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
            _("The newest publication is of %(day)s; choose a later day.")
            % {"day": date_format(last, "j F Y")},
            field="day",
        )
    return frozen(
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
    answers, before = answers_of(release), _rows_before()
    ledger = _ledger(release, answers, before)
    shown = _shown_before(before)
    cells: dict[str, dict[str, Counted]] = {"recording": {}, "ikd": {}}
    # Where nobody knows of cards, none are shown.
    prints = any(row["printed"] is not None for row in answers.values())
    for code, row in answers.items():
        own, then = ledger[code], shown["recording"].get(code, [])
        apart = [marks_of({"": own.early}, [{"": one.get("early", 0)} for one in then])]
        if prints:
            apart.append(own.marks("printed", then))
        cells["recording"][code] = Counted(
            since=own.since["recorded"],
            today=own.day["recorded_today"],
            pemula=own.day["pemula_today"],
            marks=own.marks("recorded", then),
            apart=tuple(apart),
            total=row["recorded"],
            rest=row["unrecorded"],
        )
        cells["ikd"][code] = Counted(
            since=own.since["ikd"],
            today=own.day["ikd_today"],
            marks=own.marks("ikd", shown["ikd"].get(code, [])),
            total=row["ikd_activated"],
        )
    hidden: dict[str, set[str]] = {}
    for family, tree in cells.items():
        at_start = _hidden_at_start(family, answers, before)
        codes_left_out = left_out(tree, _hidden_before(family, before), at_start)
        hidden |= {family: codes_left_out.since, f"{family}_today": codes_left_out.today}
    for code, row in answers.items():
        suppressed = [family for family in FAMILIES if code in hidden[family]]
        yield PublicFigure(
            release=release,
            region_id=code,
            recording="recording" not in suppressed,
            ikd="ikd" not in suppressed,
            counted=ledger[code].kept,
            row=_public_row(row, release, suppressed),
        )


class _Before(NamedTuple):
    """A row of a publication that is out: of which day it is, and after which day it counts."""

    code: str
    day: date
    start: date | None
    suppressed: list[str]
    counted: dict[str, Any]


def _rows_before() -> list[_Before]:
    columns = ("region_id", "release__day", "row__recorded_as_of", "row__suppressed", "counted")
    return [
        _Before(code, day, date.fromisoformat(start) if start else None, suppressed, counted)
        for code, day, start, suppressed, counted in PublicFigure.objects.values_list(*columns)
    ]


@dataclass(frozen=True)
class _Ledger:
    """What a region counts in a release: on its day, and after each day that public rows of it or of
    regions above it ever counted from. Its neighbours and those rows tell it for all of these days.
    """

    #: After the day of its own basis.
    since: Mapping[str, int]
    day: Mapping[str, int]
    after: Mapping[str, Mapping[str, int]]

    @property
    def early(self) -> int:
        return self.day["early"]

    def marks(self, name: str, shown: Iterable[Mapping[str, Any]]) -> frozenset[int]:
        now = {day: counts[name] for day, counts in self.after.items()}
        then = [
            {day: counts[name] for day, counts in one["after"].items() if name in counts}
            for one in shown
        ]
        return marks_of(now, then)

    @property
    def kept(self) -> dict[str, Any]:
        own = {name: self.since[name] for name in ("recorded", "ikd")}
        return own | {"early": self.early, "after": self.after}


def _ledger(
    release: Release, answers: dict[str, CoverageRow], before: Iterable[_Before]
) -> dict[str, _Ledger]:
    used: dict[str, set[date]] = defaultdict(set)
    for one in before:
        if one.start:
            used[one.code].add(one.start)
    for code, row in answers.items():
        # Without a basis only the day itself is counted.
        used[code].add(row["recorded_as_of"] or row["date"])
    # What regions above counted on the day of a publication is counted from the day before it.
    days = {answers[NATION]["date"], *(one.day for one in before)}
    used[NATION] |= {day - timedelta(days=1) for day in days}
    after = {day: counts_of(release, day) for day in sorted(set().union(*used.values()))}

    def of(code: str) -> _Ledger:
        counted = {
            day: after[day].get(code, EMPTY) for above in lineage(code) for day in used[above]
        }
        own = counted[answers[code]["recorded_as_of"] or answers[code]["date"]]
        names = ("recorded", "ikd", "printed")
        kept = {str(day): {name: counts[name] for name in names} for day, counts in counted.items()}
        return _Ledger(own, own, kept)

    return {code: of(code) for code in answers}


def _hidden_before(family: str, before: Iterable[_Before]) -> set[str]:
    """Codes that the newest publication left out."""
    newest = max((one.day for one in before), default=None)
    return {one.code for one in before if one.day == newest and family in one.suppressed}


def _hidden_at_start(
    family: str, answers: Mapping[str, CoverageRow], before: Iterable[_Before]
) -> set[str]:
    """Codes that a publication left out on a day from which a row of theirs, or of a region above,
    counts now; and those that count from an earlier day than a publication of before did. What was
    left out of a day's own counts counts from the day before it.
    """
    closed: dict[str, set[date]] = defaultdict(set)
    latest: dict[str, date] = {}
    for one in before:
        if one.start:
            latest[one.code] = max(one.start, latest.get(one.code, one.start))
        if family in one.suppressed:
            closed[one.code].add(one.day)
        if f"{family}_today" in one.suppressed:
            closed[one.code].add(one.day - timedelta(days=1))
    starts = {code: row["recorded_as_of"] or row["date"] for code, row in answers.items()}
    return {
        code
        for code in answers
        if closed[code] & {starts[above] for above in lineage(code) if above in starts}
        or starts[code] < latest.get(code, starts[code])
    }


def _shown_before(before: Iterable[_Before]) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """family -> region -> what each publication that showed it counted."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {"recording": {}, "ikd": {}}
    for one in before:
        # Publications of before kept the counts after the day of the basis alone.
        of_basis = {name: one.counted[name] for name in ("recorded", "ikd")}
        then = {"after": {str(one.start): of_basis} if one.start else {}} | one.counted
        for family, by_code in found.items():
            if family not in one.suppressed:
                by_code.setdefault(one.code, []).append(then)
    return found


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
