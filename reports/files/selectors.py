"""The daily report as it goes to paper: of one office, or of the offices of a region."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from events.planning.enums import Service
from registrations.documents.selectors import asked_within, counted_within
from registrations.ledger.enums import Failure, PrintReason
from reports.closing.selectors.documents import day_sections
from reports.closing.selectors.ikd import funnel_sections, funnels_section
from reports.closing.selectors.sections import (
    Cell,
    DayPaper,
    Section,
    moment_in_words,
    summed,
)
from reports.cover.selectors.cover import cover_of
from reports.cover.selectors.office import booked_at
from reports.daily.selectors.daily import (
    DayCounts,
    by_service,
    daily_reports,
    day_cells,
    day_of_regencies,
    in_words,
)
from reports.daily.selectors.ikd import ikd_funnels, together
from reports.daily.selectors.row import DailyRow
from reports.releases.enums import Status
from reports.releases.models import Release


def daily_paper(
    region: Region, day: date, *, revision: int | None = None, release: Release | None = None
) -> DayPaper:
    paper = DayPaper(region=region, day=day)
    if region.level == Level.REGENCY:
        _one_office(paper, revision, release)
    else:
        _offices(paper, release)
    return paper


def _one_office(paper: DayPaper, revision: int | None, release: Release | None) -> None:
    code = paper.region.pk
    revisions = daily_reports(code, paper.day, revision=revision, release=release)
    documents: list[Section] = []
    if revision is None and release is None:
        asked, counted = (
            read(code, paper.day, paper.day) for read in (asked_within, counted_within)
        )
        documents = day_sections(asked, counted)
    if not revisions:
        paper.about.append(_("There is no report of this day yet."))
        paper.sections += documents
        return
    newest = revisions[-1]
    paper.made_at = newest["built_at"]
    paper.about += _standing(newest, code)
    paper.figures += [
        (_("Places for recording"), newest["target"]),
        (_("Present"), newest["present"]),
        (_("People recorded"), newest["recorded"]),
        (_("of it first-time"), newest["recorded_pemula"]),
        (_("of it general"), newest["recorded_umum"]),
        (_("of it from elsewhere"), newest["recorded_outsiders"]),
        (_("IKD activated"), newest["ikd_activated"]),
        (_("Cards printed"), newest["cards_printed"]),
        (_("Biodata"), newest["biodata"]),
        (_("Suket"), newest["suket"]),
        (_("Other documents"), newest["other_documents"]),
        (_("Failed"), newest["failed"]),
    ]
    if revision is None and release is None:
        paper.figures += _cards_left(code, paper.day)
    paper.sections += [_services(code, paper.day, newest["revision"]), *documents]
    for title, column, reasons, words in (
        (_("Failed, by reason"), _("Times"), newest["failed_by_reason"], Failure),
        (_("Cards printed, by reason"), _("Cards"), newest["printed_by_reason"], PrintReason),
    ):
        table: list[list[Cell]] = [[*pair] for pair in in_words(reasons, words)]
        if table:
            paper.sections.append(Section(title, [_("Reason"), column], table, summed(table)))
    funnels = ikd_funnels(paper.day, {code: newest["revision"]})
    paper.sections += funnel_sections(together(funnels.values()))


def region_funnels(region: Region, day: date, rows: list[dict[str, Any]]) -> list[Section]:
    """`rows`: of `day_of_regencies`. Of the nation no chain is asked for who came and where it stopped."""
    beside = region.level != Level.NATION
    funnels = ikd_funnels(day, {row["region"]: row["revision"] for row in rows}, beside=beside)
    named = [
        (f"{row['name']} ({row['region']})", funnels[row["region"]])
        for row in rows
        if row["region"] in funnels
    ]
    return [
        *funnel_sections(together(funnels.values())),
        *funnels_section(_("Office"), named),
    ]


def _cards_left(code: str, day: date) -> list[tuple[str, int | None]]:
    """A stock: what lay there at the end of the day, never a sum of days. It is none of a revision: what is
    booked later, or found by a count, belongs to that day too; so it says by which books.
    """
    cards, booked = cover_of([code], day)[code].cards, booked_at([code])
    if cards is None or booked is None:
        return []
    words = _("Cards left at the end of the day, by the books of %(moment)s")
    return [(words % {"moment": moment_in_words(booked, code)}, cards)]


def _standing(row: DailyRow, code: str) -> list[str]:
    lines = [
        _("%(status)s, revision %(number)s, built %(moment)s.")
        % {
            "status": Status(row["status"]).label,
            "number": row["revision"],
            "moment": moment_in_words(row["built_at"], code),
        }
    ]
    if row["confirmed_at"]:
        said = _("Confirmed by the office on %(moment)s.")
        lines.append(said % {"moment": moment_in_words(row["confirmed_at"], code)})
    if row["locked_at"]:
        said = _("Locked by the province on %(moment)s.")
        lines.append(said % {"moment": moment_in_words(row["locked_at"], code)})
    return lines


def _services(code: str, day: date, revision: int) -> Section:
    table: list[list[Cell]] = [
        [str(Service(name).label), row.done, row.pemula, row.outsiders, row.failed]
        for name, row in by_service(day_cells(code, day, revision)).items()
    ]
    columns = [
        *(_("Service"), _("Done"), _("of it first-time"), _("of it from elsewhere"), _("Failed"))
    ]
    return Section(_("Services"), columns, table, summed(table))


def _offices(paper: DayPaper, release: Release | None) -> None:
    rows = day_of_regencies(paper.region.pk, paper.day)
    paper.made_at = max((row["built_at"] for row in rows if row["built_at"]), default=None)
    counts = DayCounts.of(rows)
    paper.about.append(
        _("%(reported)s of %(offices)s offices have a report.")
        % {"reported": counts.reported, "offices": counts.offices}
    )
    paper.figures += [
        (_("People recorded"), counts.recorded),
        (_("IKD activated"), counts.ikd),
        (_("Failed"), counts.failed),
        (_("Confirmed"), counts.confirmed),
        (_("Locked"), counts.locked),
    ]
    codes = [row["region"] for row in rows]
    # Nothing of it stands still with a release.
    left = cover_of(codes, paper.day) if release is None else {}
    if left and (booked := booked_at(codes)):
        said = _("Cards left: by the books of %(moment)s.")
        paper.about.append(said % {"moment": moment_in_words(booked, paper.region.pk)})
    table: list[list[Cell]] = [
        [
            f"{row['name']} ({row['region']})",
            row["revision"],
            row["recorded"],
            row["ikd_activated"],
            row["failed"],
            *([left[row["region"]].cards] if left else []),
            _("yes") if row["confirmed_at"] else _("no"),
            _("yes") if row["locked_at"] else _("no"),
        ]
        for row in rows
    ]
    columns = [
        *(_("Office"), _("Revision"), _("People recorded"), _("IKD activated"), _("Failed")),
        *([_("Cards left")] if left else []),
        *(_("Confirmed"), _("Locked")),
    ]
    paper.sections.append(Section(_("Reports of the offices"), columns, table))
    paper.sections += region_funnels(paper.region, paper.day, rows)
