"""What a desk reports of a day: page, PDF, workbook and message show the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.regions.enums import zone_of
from events.incidents.enums import CallKind, IncidentState
from events.incidents.models import Incident
from events.incidents.selectors import (
    calls_by_kind,
    incidents_of_day,
    outages_of_day,
    place_of,
    state_of,
)
from reports.closing.selectors.sections import (
    Cell,
    DayPaper,
    Section,
    moment_in_words,
    summed,
)
from reports.election_desk.enums import ReportState
from reports.election_desk.selectors.board import Board


@dataclass(kw_only=True)
class DeskPaper(DayPaper):
    #: Of each office a line: its name, what is the matter, and what it recorded.
    lines: list[tuple[str, str, int]] = field(default_factory=list)


def desk_paper(by: Actor, board: Board) -> DeskPaper:
    """What was noted of an incident is for those who follow incidents up; others read that there is one."""
    paper = DeskPaper(region=board.region, day=board.day, made_at=board.as_of)
    if board.election:
        paper.about.append(_election(board))
    if board.as_of:
        moment = moment_in_words(board.as_of, board.region.pk)
        paper.about.append(_("As of %(moment)s.") % {"moment": moment})
    totals = board.totals
    paper.figures = [
        (_("Offices"), len(board.lines)),
        *((str(worst.label), n) for worst, n in board.by_worst),
        (_("People recorded"), totals["recorded_day"]),
        (_("Cards printed"), totals["printed_day"]),
        (_("Biodata"), totals["biodata_day"]),
        (_("Suket"), totals["suket_day"]),
        (_("Cards left"), totals["cards_left"]),
        (_("Open incidents"), totals["incidents_open"]),
        (_("Devices out of order"), totals["devices_down"]),
        (_("17 on the day, open"), totals["unexplained"]),
    ]
    paper.lines = [
        (line.row["name"], "; ".join(line.reasons), line.row["recorded_day"])
        for line in board.lines
    ]
    found = incidents_of_day(board.region.pk, board.day)
    paper.sections = [
        _offices(board),
        *([_hours(board)] if board.hours else []),
        _incidents(board, found, noted=by.may(Permission.INCIDENTS_WRITE)),
        _outages(board, noted=by.may(Permission.INCIDENTS_WRITE)),
        _calls(board),
    ]
    return paper


def _election(board: Board) -> str:
    election, days = board.election, board.days_left
    if election is None:
        return ""
    words = {"name": election.name, "day": date_format(election.held_on, "j F Y"), "days": days}
    if board.is_cancelled:
        return _("%(name)s: %(day)s, cancelled.") % words
    if days == 0:
        return _("%(name)s: today, %(day)s.") % words
    if days is None:
        return _("%(name)s: %(day)s, over.") % words
    return _("%(name)s: %(day)s, %(days)s days left.") % words


def _offices(board: Board) -> Section:
    table: list[list[Cell]] = [
        [
            f"{line.row['name']} ({line.row['region']})",
            line.row["recorded_day"],
            line.row["printed_day"],
            line.row["biodata_day"],
            line.row["suket_day"],
            line.row["cards_left"],
            line.row["unexplained"],
            line.row["incidents_open"],
            str(line.worst.label),
            "; ".join(line.reasons),
            str(ReportState(line.row["report_state"]).label),
        ]
        for line in board.lines
    ]
    columns = [
        *(_("Office"), _("Recorded that day"), _("Printed"), _("Biodata"), _("Suket")),
        *(_("Cards left"), _("17 on the day, open"), _("Incidents")),
        *(_("State"), _("Why"), _("Daily report")),
    ]
    return Section(_("Offices"), columns, table)


def _hours(board: Board) -> Section:
    table: list[list[Cell]] = [[f"{hour:02}.00–{hour:02}.59", n] for hour, n in board.hours]
    return Section(_("Recorded by hour"), [_("Hour"), _("People")], table, summed(table))


def _incidents(board: Board, found: list[Incident], *, noted: bool) -> Section:
    own = {line.row["region"] for line in board.lines}
    zone = ZoneInfo(zone_of(board.region.pk))
    table: list[list[Cell]] = [
        [
            incident.get_kind_display(),
            one.office.name,
            date_format(incident.since.astimezone(zone), "H.i"),
            date_format(one.until.astimezone(zone), "H.i") if one.until else "",
            str(IncidentState(state_of(incident)).label),
            *([_notes(incident)] if noted else []),
        ]
        for incident in found
        for one in incident.offices.all()
        if one.office_id in own
    ]
    columns = [_("Incident"), _("Office"), _("Since"), _("Until"), _("State")]
    return Section(_("Incidents"), [*columns, *([_("Notes")] if noted else [])], table)


def _outages(board: Board, *, noted: bool) -> Section:
    zone = ZoneInfo(zone_of(board.region.pk))
    table: list[list[Cell]] = [
        [
            one.get_kind_display(),
            one.office.name,
            place_of(one, named=noted),
            *(
                date_format(moment.astimezone(zone), "j M H.i") if moment else ""
                for moment in (one.since, one.until)
            ),
            *([one.note] if noted else []),
        ]
        for one in outages_of_day(board.region.pk, board.day)
    ]
    columns = [_("Outage"), _("Office"), _("Where"), _("Since"), _("Until")]
    title = _("Outages of network and power")
    return Section(title, [*columns, *([_("Note")] if noted else [])], table)


def _notes(incident: Incident) -> str:
    return " / ".join(note.text for note in incident.notes.all() if note.text)


def _calls(board: Board) -> Section:
    names = {line.row["region"]: line.row["name"] for line in board.lines}
    calls = calls_by_kind(board.region.pk, board.day)
    table: list[list[Cell]] = [
        [names[office], *(calls[office][kind] for kind in CallKind.values), calls[office].total()]
        for office in sorted(calls)
        if office in names
    ]
    columns = [_("Office"), *(str(kind.label) for kind in CallKind), _("Calls")]
    return Section(_("Calls of the hotline"), columns, table, summed(table) if table else None)
