"""The daily report as it goes to paper: of one office, or of the offices of a region."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.regions.enums import Level, zone_of
from dukcapil.regions.models import Region
from events.planning.enums import Service
from registrations.ledger.enums import Failure, Outcome, PrintReason
from registrations.people.enums import Category
from reports.closing.selectors.sections import Cell, Section, Sections, summed
from reports.daily.selectors.daily import daily_reports, day_cells, day_of_regencies
from reports.daily.selectors.row import DailyRow
from reports.releases.enums import Status
from reports.releases.models import Release


@dataclass(kw_only=True)
class DailyPaper(Sections):
    region: Region
    day: date
    #: What is said under the heading: status, revision, when it was built.
    about: list[str] = field(default_factory=list)
    made_at: datetime | None = None

    @property
    def title(self) -> str:
        return f"{self.region.name} ({self.region.pk})"

    @property
    def day_in_words(self) -> str:
        return date_format(self.day, "l, j F Y")


def daily_paper(
    region: Region, day: date, *, revision: int | None = None, release: Release | None = None
) -> DailyPaper:
    paper = DailyPaper(region=region, day=day)
    if region.level == Level.REGENCY:
        _one_office(paper, revision, release)
    else:
        _offices(paper)
    return paper


def _moment(moment: datetime, code: str) -> str:
    zone = zone_of(code)
    return f"{date_format(moment.astimezone(ZoneInfo(zone)), 'j F Y H.i')} {zone.label}"


def _one_office(paper: DailyPaper, revision: int | None, release: Release | None) -> None:
    code = paper.region.pk
    revisions = daily_reports(code, paper.day, revision=revision, release=release)
    if not revisions:
        paper.about.append(_("There is no report of this day yet."))
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
    paper.sections.append(_services(code, paper.day, newest["revision"]))
    for title, column, reasons, words in (
        (_("Failed, by reason"), _("Times"), newest["failed_by_reason"], Failure),
        (_("Cards printed, by reason"), _("Cards"), newest["printed_by_reason"], PrintReason),
    ):
        table: list[list[Cell]] = [
            [str(words(reason).label) if reason else _("not said"), n]
            for reason, n in sorted(reasons.items())
            if n
        ]
        if table:
            paper.sections.append(Section(title, [_("Reason"), column], table, summed(table)))


def _standing(row: DailyRow, code: str) -> list[str]:
    lines = [
        _("%(status)s, revision %(number)s, built %(moment)s.")
        % {
            "status": Status(row["status"]).label,
            "number": row["revision"],
            "moment": _moment(row["built_at"], code),
        }
    ]
    if row["confirmed_at"]:
        said = _("Confirmed by the office on %(moment)s.")
        lines.append(said % {"moment": _moment(row["confirmed_at"], code)})
    if row["locked_at"]:
        said = _("Locked by the province on %(moment)s.")
        lines.append(said % {"moment": _moment(row["locked_at"], code)})
    return lines


def _services(code: str, day: date, revision: int) -> Section:
    counted: dict[str, list[int]] = {}
    for cell in day_cells(code, day, revision):
        row = counted.setdefault(cell["service"], [0, 0, 0, 0])
        if cell["outcome"] == Outcome.FAILED:
            row[3] += cell["n"]
            continue
        row[0] += cell["n"]
        row[1] += cell["n"] if cell["category"] == Category.PEMULA else 0
        row[2] += cell["outsiders"] or 0
    table: list[list[Cell]] = [
        [str(Service(name).label), *counted[name]] for name in Service.values if name in counted
    ]
    columns = [
        *(_("Service"), _("Done"), _("of it first-time"), _("of it from elsewhere"), _("Failed"))
    ]
    return Section(_("Services"), columns, table, summed(table))


def _offices(paper: DailyPaper) -> None:
    rows = day_of_regencies(paper.region.pk, paper.day)
    paper.made_at = max((row["built_at"] for row in rows if row["built_at"]), default=None)
    reported = sum(row["revision"] is not None for row in rows)
    paper.about.append(
        _("%(reported)s of %(offices)s offices have a report.")
        % {"reported": reported, "offices": len(rows)}
    )
    paper.figures += [
        (_("People recorded"), sum(row["recorded"] for row in rows)),
        (_("IKD activated"), sum(row["ikd_activated"] for row in rows)),
        (_("Failed"), sum(row["failed"] for row in rows)),
        (_("Confirmed"), sum(row["confirmed_at"] is not None for row in rows)),
        (_("Locked"), sum(row["locked_at"] is not None for row in rows)),
    ]
    table: list[list[Cell]] = [
        [
            f"{row['name']} ({row['region']})",
            row["revision"],
            row["recorded"] if row["revision"] else None,
            row["ikd_activated"] if row["revision"] else None,
            row["failed"] if row["revision"] else None,
            _("yes") if row["confirmed_at"] else _("no"),
            _("yes") if row["locked_at"] else _("no"),
        ]
        for row in rows
    ]
    columns = [
        *(_("Office"), _("Revision"), _("People recorded"), _("IKD activated"), _("Failed")),
        *(_("Confirmed"), _("Locked")),
    ]
    paper.sections.append(Section(_("Reports of the offices"), columns, table))
