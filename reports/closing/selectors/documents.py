"""Documents that were asked for, by kind, for whom and where they stand, and what was counted without
persons: the same tables in the reports of an event, of a day and of a period.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from events.planning.enums import Service
from registrations.documents.enums import COUNTED, CountedOnly, DocumentState, ForWhom
from registrations.documents.selectors import summed_by_kind
from registrations.ledger.enums import Outcome
from reports.closing.selectors.sections import Cell, Section, counted_section, summed

#: Of what is counted without persons these are documents; the others are statuses at the centre.
_DOCUMENTS = [what for what, _label in COUNTED if what not in CountedOnly.values]


def documents_section(
    asked: Iterable[tuple[str, str, str, int]], counted: dict[str, int]
) -> list[Section]:
    """`asked`: service, for_whom, state, n. What was asked for here, wherever it was handed over since: what
    was handed over on the event's days is among the services done. What was counted without persons is in
    no other table.
    """
    return [*asked_section(_("Documents asked for here"), asked), *counted_section(counted)]


def asked_section(title: str, asked: Iterable[tuple[str, str, str, int]]) -> list[Section]:
    """None where nobody asked."""
    cells: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for service, for_whom, state, n in asked:
        cells[service, for_whom][state] += n
    if not cells:
        return []
    table: list[list[Cell]] = [
        [
            f"{Service(kind).label} · {ForWhom(whom).label}",
            sum(cells[kind, whom].values()),
            *(cells[kind, whom].get(state, 0) for state in DocumentState),
        ]
        for kind in Service.values
        for whom in ForWhom.values
        if (kind, whom) in cells
    ]
    states = [str(state.label) for state in DocumentState]
    return [Section(title, [_("Document"), _("Asked"), *states], table, summed(table))]


def asked_cells(asked: Iterable[dict[str, Any]]) -> list[tuple[str, str, str, int]]:
    """Of rows of `asked_part`, wherever they were taken in."""
    return [(row["service"], row["for_whom"], row["state"], row["n"]) for row in asked]


def day_sections(asked: list[dict[str, Any]], counted: list[dict[str, Any]]) -> list[Section]:
    """Of a day, at the office and at its events: rows of `asked_part` and of `counted_part`."""
    title = _("Documents asked for on that day")
    return [
        *asked_section(title, asked_cells(asked)),
        *counted_section(summed_by_kind(counted)),
    ]


def noted_cells(noted: Iterable[list[Any]]) -> list[tuple[str, str, str, int]]:
    """Of rows of the event's one query: service, how many, nothing, and state and for whom in one text."""
    found = []
    for service, n, _none, which in noted:
        state, for_whom = which.split(" ")
        found.append((service, for_whom, state, int(n)))
    return found


def together_figures(
    ledger: Iterable[dict[str, Any]], counted: dict[str, int]
) -> list[tuple[str, int | None]]:
    """What was made in all, where something was counted without persons; else the services done say it."""
    if not any(what in counted for what in _DOCUMENTS):
        return []
    done = sum(row["n"] for row in ledger if row["outcome"] == Outcome.DONE)
    without = sum(counted.get(what, 0) for what in _DOCUMENTS)
    return [
        (_("Documents counted without persons"), without),
        (_("Done and counted together"), done + without),
    ]
