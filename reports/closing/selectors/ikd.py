"""Activations of IKD as tables of a report: the funnel, and where attempts stopped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from registrations.booking.enums import AppointmentState
from registrations.ledger.enums import Failure, IkdStep
from registrations.ledger.selectors import Funnel, funnel_of
from reports.closing.selectors.sections import Cell, Section, summed


def funnel_of_event(
    counted: list[dict[str, Any]], visits: dict[bool, dict[str, int]], steps: list[Any]
) -> Funnel:
    """Of what its closing report counts: the ledger, the visits' states, (step, attempts)."""
    came = sum(cell[state] for cell in visits.values() for state in AppointmentState.came())
    funnel = funnel_of(counted, came)
    for step, n, *_rest in steps:
        if n:
            funnel.stopped[step] += n
    return funnel


def funnel_sections(funnel: Funnel) -> list[Section]:
    """None where nobody tried."""
    if not funnel.tried:
        return []
    columns = [_("Step"), _("Times"), _("of it from elsewhere, no part of the target")]
    title = _("IKD, from coming to active")
    sections = [Section(title, columns, [list(line) for line in funnel.lines])]
    stops: list[list[Cell]] = [list(stop) for stop in funnel.stops]
    if stops:
        title = _("IKD, where it stopped")
        sections.append(Section(title, [_("Step"), _("Times")], stops, summed(stops)))
    return sections


@dataclass(frozen=True)
class Stop:
    """Attempts at a place that ended at a step, for a reason."""

    place: str
    step: str
    reason: str
    n: int

    @property
    def words(self) -> str:
        step = IkdStep(self.step).label if self.step else _("not said")
        return f"{self.place}: {step} – {Failure(self.reason).label}"


def stops_section(stops: Iterable[Stop], most: int) -> list[Section]:
    """Steps and reasons at each place, the most frequent ones, where there are many."""
    table: list[list[Cell]] = [
        [one.words, one.n] for one in sorted(stops, key=lambda one: (-one.n, one.words)) if one.n
    ]
    if not table:
        return []
    title, total = _("IKD, where and why it failed at each place"), summed(table[:most])
    if len(table) > most:
        title += " " + _("(the first %(most)s)") % {"most": most}
    columns = [_("Place, step and reason"), _("Times")]
    return [Section(title, columns, table[:most], total if len(table) <= most else None)]


def funnels_section(column: str, funnels: Iterable[tuple[str, Funnel]]) -> list[Section]:
    """A row for each in which somebody tried."""
    table: list[list[Cell]] = [
        [name, one.tried, one.in_vain, one.active, one.active_outsiders, one.own]
        for name, one in funnels
        if one.tried
    ]
    if not table:
        return []
    columns = [
        *(column, _("Tried to activate"), _("Failed"), _("Active")),
        *(_("of it from elsewhere, no part of the target"), _("of it for the own target")),
    ]
    return [Section(_("IKD by %(what)s") % {"what": column.lower()}, columns, table, summed(table))]
